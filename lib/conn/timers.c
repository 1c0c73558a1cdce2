/* SPDX-License-Identifier: MIT */
#include "conn/timers.h"

#include <stddef.h>

void wsp_timer_init(struct wsp_timer *t)
{
    t->child = NULL;
    t->next = NULL;
    t->prev = NULL;
    t->due = WSP_TIMER_OFF;
}

/* The later root becomes the first child of the earlier one. Both are roots without siblings, or
 * NULL. */
static struct wsp_timer *meld(struct wsp_timer *a, struct wsp_timer *b)
{
    if (a == NULL)
        return b;
    if (b == NULL)
        return a;
    if (b->due < a->due) {
        struct wsp_timer *t = a;
        a = b;
        b = t;
    }
    b->prev = a;
    b->next = a->child;
    if (a->child != NULL)
        a->child->prev = b;
    a->child = b;
    return a;
}

static struct wsp_timer *detach(struct wsp_timer *t)
{
    if (t != NULL) {
        t->next = NULL;
        t->prev = NULL;
    }
    return t;
}

/* A list of siblings as one heap: melded in pairs from the left, then the pairs from the right. */
static struct wsp_timer *meld_siblings(struct wsp_timer *first)
{
    struct wsp_timer *pairs = NULL;
    while (first != NULL) {
        struct wsp_timer *a = first;
        struct wsp_timer *b = a->next;
        first = b != NULL ? b->next : NULL;
        struct wsp_timer *pair = meld(detach(a), detach(b));
        pair->next = pairs;
        pairs = pair;
    }
    struct wsp_timer *root = NULL;
    while (pairs != NULL) {
        struct wsp_timer *pair = pairs;
        pairs = pair->next;
        root = meld(root, detach(pair));
    }
    return root;
}

static void take_out(struct wsp_timers *h, struct wsp_timer *t)
{
    struct wsp_timer *rest = meld_siblings(t->child);
    if (t->prev == NULL) {
        h->root = rest;
    } else {
        if (t->prev->child == t)
            t->prev->child = t->next;
        else
            t->prev->next = t->next;
        if (t->next != NULL)
            t->next->prev = t->prev;
        h->root = meld(h->root, rest);
    }
    wsp_timer_init(t);
}

void wsp_timers_set(struct wsp_timers *h, struct wsp_timer *t, uint64_t due)
{
    if (t->due == due)
        return;
    if (t->due != WSP_TIMER_OFF)
        take_out(h, t);
    if (due == WSP_TIMER_OFF)
        return;
    t->due = due;
    h->root = meld(h->root, t);
}
