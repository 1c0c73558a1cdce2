/* SPDX-License-Identifier: MIT */
#include "conn/members.h"

#define MEMBERS_FIRST 8u

struct wsp_member *wsp_members_find(struct wsp_member *list, const wsp_group *g)
{
    while (list != NULL && list->group != g)
        list = list->next;
    return list;
}

static void swap(wsp_group *g, size_t a, size_t b)
{
    struct wsp_member *m = g->at[a];
    g->at[a] = g->at[b];
    g->at[b] = m;
    g->at[a]->place = a;
    g->at[b]->place = b;
}

/* Across the borders one by one, towards the end. */
static void sink(wsp_group *g, struct wsp_member *m, enum wsp_backlog backlog)
{
    if (m->place < g->full && backlog < WSP_BACKLOG_FULL)
        swap(g, m->place, --g->full);
    if (m->place >= g->full && m->place < g->waiting && backlog < WSP_BACKLOG_WAITING)
        swap(g, m->place, --g->waiting);
}

/* The same towards the beginning. */
static void rise(wsp_group *g, struct wsp_member *m, enum wsp_backlog backlog)
{
    if (m->place >= g->waiting && backlog > WSP_BACKLOG_NONE)
        swap(g, m->place, g->waiting++);
    if (m->place >= g->full && backlog > WSP_BACKLOG_WAITING)
        swap(g, m->place, g->full++);
}

void wsp_members_sort(struct wsp_member *list, enum wsp_backlog backlog)
{
    for (struct wsp_member *m = list; m != NULL; m = m->next) {
        sink(m->group, m, backlog);
        rise(m->group, m, backlog);
    }
}

/* Room in *list for one more than count. */
static bool list_room(struct wsp_member ***list, size_t *cap, size_t count,
                      const struct wsp_mem *mem)
{
    if (count < *cap)
        return true;
    size_t want = *cap != 0 ? *cap * 2 : MEMBERS_FIRST;
    if (want > SIZE_MAX / sizeof **list)
        return false;
    struct wsp_member **grown =
        wsp_mem_grow(mem, *list, *cap * sizeof **list, want * sizeof **list);
    if (grown == NULL)
        return false;
    *list = grown;
    *cap = want;
    return true;
}

bool wsp_members_add(wsp_group *g, const struct wsp_mem *mem, wsp_conn *c, struct wsp_member **list)
{
    if (!list_room(&g->at, &g->at_cap, g->count, mem) ||
        !list_room(&g->seats, &g->seats_cap, g->count, mem))
        return false;
    struct wsp_member *m = wsp_mem_new(mem, sizeof *m);
    if (m == NULL)
        return false;
    m->group = g;
    m->conn = c;
    m->place = g->count;
    m->seat = g->count;
    m->next = *list;
    *list = m;
    g->at[g->count] = m;
    g->seats[g->count] = m;
    g->count++;
    return true;
}

void wsp_members_remove(struct wsp_member *m, const struct wsp_mem *mem, struct wsp_member **list)
{
    wsp_group *g = m->group;
    sink(g, m, WSP_BACKLOG_NONE);
    g->count--;
    swap(g, m->place, g->count);
    g->seats[m->seat] = g->seats[g->count];
    g->seats[m->seat]->seat = m->seat;
    while (*list != NULL && *list != m)
        list = &(*list)->next;
    if (*list == m)
        *list = m->next;
    wsp_mem_free(mem, m, sizeof *m);
}
