/* SPDX-License-Identifier: MIT */
#include "conn/members.h"

#include <stddef.h>

/* ---------------------------------------------------------------- one list */

static void enter(struct wsp_links *l, struct wsp_link *x)
{
    if (x->number != 0)
        return;
    x->number = ++l->numbers;
    x->older = l->newest;
    x->newer = NULL;
    if (l->newest != NULL)
        l->newest->newer = x;
    l->newest = x;
    l->count++;
}

static void leave(struct wsp_links *l, struct wsp_link *x)
{
    if (x->number == 0)
        return;
    if (l->walk_at == x)
        l->walk_at = x->older;
    if (x->newer != NULL)
        x->newer->older = x->older;
    else
        l->newest = x->older;
    if (x->older != NULL)
        x->older->newer = x->newer;
    x->number = 0;
    l->count--;
}

static void move(struct wsp_links *l, struct wsp_link *x, bool in)
{
    if (in)
        enter(l, x);
    else
        leave(l, x);
}

static struct wsp_link *next(struct wsp_links *l, size_t *cursor)
{
    struct wsp_link *x = l->newest;
    if (*cursor == l->walk_cursor && *cursor <= l->numbers)
        x = l->walk_at;
    while (x != NULL && x->number >= *cursor)
        x = x->older;
    if (x == NULL)
        return NULL;
    *cursor = x->number;
    l->walk_cursor = x->number;
    l->walk_at = x->older;
    return x;
}

/* ---------------------------------------------------------------- groups */

struct wsp_member *wsp_members_find(struct wsp_member *list, const wsp_group *g)
{
    while (list != NULL && list->group != g)
        list = list->next;
    return list;
}

void wsp_members_sort(struct wsp_member *list, enum wsp_backlog backlog)
{
    for (struct wsp_member *m = list; m != NULL; m = m->next) {
        move(&m->group->waiting, &m->waiting, backlog >= WSP_BACKLOG_WAITING);
        move(&m->group->full, &m->full, backlog == WSP_BACKLOG_FULL);
    }
}

bool wsp_members_add(wsp_group *g, const struct wsp_mem *mem, wsp_conn *c, struct wsp_member **list)
{
    struct wsp_member *m = wsp_mem_zero(mem, sizeof *m);
    if (m == NULL)
        return false;
    m->group = g;
    m->conn = c;
    m->next = *list;
    *list = m;
    enter(&g->all, &m->all);
    return true;
}

void wsp_members_remove(struct wsp_member *m, const struct wsp_mem *mem, struct wsp_member **list)
{
    leave(&m->group->all, &m->all);
    leave(&m->group->waiting, &m->waiting);
    leave(&m->group->full, &m->full);
    while (*list != NULL && *list != m)
        list = &(*list)->next;
    if (*list == m)
        *list = m->next;
    wsp_mem_free(mem, m, sizeof *m);
}

static struct wsp_member *member_at(struct wsp_link *x, size_t offset)
{
    return x != NULL ? (void *)((char *)x - offset) : NULL;
}

struct wsp_member *wsp_members_next(wsp_group *g, size_t *cursor, enum wsp_group_which which)
{
    switch (which) {
    case WSP_GROUP_WAITING:
        return member_at(next(&g->waiting, cursor), offsetof(struct wsp_member, waiting));
    case WSP_GROUP_FULL:
        return member_at(next(&g->full, cursor), offsetof(struct wsp_member, full));
    case WSP_GROUP_ALL:
        break;
    }
    return member_at(next(&g->all, cursor), offsetof(struct wsp_member, all));
}
