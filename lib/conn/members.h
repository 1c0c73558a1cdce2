/*
 * members - the members of a group; those with output waiting are found at their own cost.
 * SPDX-License-Identifier: MIT
 *
 * at[0..full) are FULL, at[full..waiting) have output waiting, at[waiting..count) have none. Each
 * member knows its place, so that moving it between the parts is a swap or two. seats[0..count) are
 * the same members in an order that only adding and removing change: a walk over all from the end
 * meets each once, whatever is sent or written meanwhile.
 */
#ifndef WSP_CONN_MEMBERS_H
#define WSP_CONN_MEMBERS_H

#include "base/mem.h"

#include <wsproto.h>

enum wsp_backlog { WSP_BACKLOG_NONE, WSP_BACKLOG_WAITING, WSP_BACKLOG_FULL };

/* One connection in one group; a connection's memberships are a list. */
struct wsp_member {
    wsp_group *group;
    wsp_conn *conn;
    struct wsp_member *next; /* of the same connection */
    size_t place;            /* in group->at */
    size_t seat;             /* in group->seats */
};

struct wsp_group {
    wsp_endpoint *e;
    struct wsp_member **at;
    struct wsp_member **seats;
    size_t full, waiting, count;
    size_t at_cap, seats_cap; /* pointers allocated */
};

struct wsp_member *wsp_members_find(struct wsp_member *list, const wsp_group *g);

/* Puts c into g and links it into *list; false: no memory. */
bool wsp_members_add(wsp_group *g, const struct wsp_mem *mem, wsp_conn *c,
                     struct wsp_member **list);

/* Takes m out of its group and out of *list, and frees it. */
void wsp_members_remove(struct wsp_member *m, const struct wsp_mem *mem, struct wsp_member **list);

/* All memberships of a connection move to where its backlog belongs. */
void wsp_members_sort(struct wsp_member *list, enum wsp_backlog backlog);

#endif
