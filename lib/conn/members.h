/*
 * members - the members of a group, and walks over them that survive what is done meanwhile.
 * SPDX-License-Identifier: MIT
 *
 * A group has three lists: all members, those with output waiting, and those whose last send was
 * refused as FULL (who are among the waiting). Each list is ordered by the number that a member
 * gets when it enters it, and a walk goes down the numbers: so it shows none twice, and misses none
 * that was in the list all along, whatever enters and leaves. Where a walk goes on is kept in the
 * list, and moved when that member leaves, so that each step is O(1); only a second walk at the
 * same time has to look for its place.
 */
#ifndef WSP_CONN_MEMBERS_H
#define WSP_CONN_MEMBERS_H

#include "base/mem.h"

#include <wsproto.h>

enum wsp_backlog { WSP_BACKLOG_NONE, WSP_BACKLOG_WAITING, WSP_BACKLOG_FULL };

/* A member's place in one list; number 0: not in it. */
struct wsp_link {
    struct wsp_link *older, *newer;
    size_t number;
};

struct wsp_links {
    struct wsp_link *newest;
    struct wsp_link *walk_at; /* what the walk whose cursor is walk_cursor shows next */
    size_t walk_cursor;
    size_t numbers; /* given out so far */
    size_t count;
};

/* One connection in one group; a connection's memberships are a list. */
struct wsp_member {
    wsp_group *group;
    wsp_conn *conn;
    struct wsp_member *next; /* of the same connection */
    struct wsp_link all, waiting, full;
};

struct wsp_group {
    wsp_endpoint *e;
    struct wsp_links all, waiting, full;
};

struct wsp_member *wsp_members_find(struct wsp_member *list, const wsp_group *g);

/* Puts c into g and links it into *list; false: no memory. */
bool wsp_members_add(wsp_group *g, const struct wsp_mem *mem, wsp_conn *c,
                     struct wsp_member **list);

/* Takes m out of its group and out of *list, and frees it. */
void wsp_members_remove(struct wsp_member *m, const struct wsp_mem *mem, struct wsp_member **list);

/* All memberships of a connection move to where its backlog belongs. */
void wsp_members_sort(struct wsp_member *list, enum wsp_backlog backlog);

/* The next member of a walk; *cursor is SIZE_MAX at first. NULL: the end. */
struct wsp_member *wsp_members_next(wsp_group *g, size_t *cursor, enum wsp_group_which which);

#endif
