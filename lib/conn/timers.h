/* timers - one intrusive pairing heap an endpoint: setting is O(1), firing O(log n) amortised,
 * nothing is allocated. SPDX-License-Identifier: MIT */
#ifndef WSP_CONN_TIMERS_H
#define WSP_CONN_TIMERS_H

#include <stdint.h>

#define WSP_TIMER_OFF UINT64_MAX /* due of a timer that is not in the heap */

/* prev is the left sibling, or the parent of a first child; NULL in the root and in a timer that is
 * off. */
struct wsp_timer {
    uint64_t due; /* milliseconds of the endpoint's clock */
    struct wsp_timer *child;
    struct wsp_timer *next;
    struct wsp_timer *prev;
};

struct wsp_timers {
    struct wsp_timer *root; /* the earliest, NULL when none runs */
};

void wsp_timer_init(struct wsp_timer *t);

/* Sets, moves or (WSP_TIMER_OFF) takes out. */
void wsp_timers_set(struct wsp_timers *h, struct wsp_timer *t, uint64_t due);

#endif
