/* group - the set of connections that a broadcast goes to. SPDX-License-Identifier: MIT */
#include "conn/conn.h"

int wsp_group_new(wsp_group **out, wsp_endpoint *e)
{
    if (out == NULL || e == NULL)
        return WSP_ERR_ARG;
    *out = wsp_mem_zero(&e->mem, sizeof **out);
    if (*out == NULL)
        return WSP_ERR_NOMEM;
    (*out)->e = e;
    wsp_endpoint_ref(e);
    return WSP_OK;
}

void wsp_group_free(wsp_group *g)
{
    if (g == NULL)
        return;
    wsp_endpoint *e = g->e;
    struct wsp_member *m;
    for (size_t at = SIZE_MAX; (m = wsp_members_next(g, &at, WSP_GROUP_ALL)) != NULL;)
        wsp_members_remove(m, &e->mem, &m->conn->members);
    wsp_mem_free(&e->mem, g, sizeof *g);
    wsp_endpoint_unref(e);
}

int wsp_group_add(wsp_group *g, wsp_conn *c)
{
    if (g == NULL || c == NULL || g->e != c->e)
        return WSP_ERR_ARG;
    if (c->phase == WSP_PHASE_OVER)
        return WSP_ERR_STATE;
    if (wsp_members_find(c->members, g) != NULL)
        return WSP_OK;
    if (!wsp_members_add(g, &g->e->mem, c, &c->members))
        return WSP_ERR_NOMEM;
    wsp_conn_sort(c);
    return WSP_OK;
}

void wsp_group_remove(wsp_group *g, wsp_conn *c)
{
    struct wsp_member *m = wsp_members_find(c->members, g);
    if (m != NULL)
        wsp_members_remove(m, &g->e->mem, &c->members);
}

size_t wsp_group_size(const wsp_group *g)
{
    return g->all.count;
}

static void count(struct wsp_group_counts *n, const wsp_conn *c, int r)
{
    if (r == WSP_OK)
        n->queued++;
    else if (r == WSP_ERR_FULL)
        n->full++;
    else if (r != WSP_ERR_STATE)
        n->failed++;
    else if (c->state == WSP_OPEN && c->send_open)
        n->streaming++;
    else
        n->not_open++;
}

size_t wsp_group_send(wsp_group *g, wsp_prepared *p, const wsp_conn *except,
                      struct wsp_group_counts *counts)
{
    struct wsp_group_counts n = {0, 0, 0, 0, 0};
    struct wsp_member *m;
    for (size_t at = SIZE_MAX; (m = wsp_members_next(g, &at, WSP_GROUP_ALL)) != NULL;) {
        if (m->conn != except)
            count(&n, m->conn, wsp_send_prepared(m->conn, p));
    }
    if (counts != NULL)
        *counts = n;
    return n.queued;
}

wsp_conn *wsp_group_next(wsp_group *g, size_t *cursor, enum wsp_group_which which)
{
    struct wsp_member *m = wsp_members_next(g, cursor, which);
    return m != NULL ? m->conn : NULL;
}
