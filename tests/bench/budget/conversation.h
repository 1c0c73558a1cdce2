/*
 * The conversations whose instructions are counted. `make bench-check` compares the counts with
 * budget.json; budget.sh says how.
 *
 * A conversation makes what it needs, has a first part that is checked byte by byte and brings the
 * connection to its steady state, and counts the rest alone, between meter_on and meter_off. Memory
 * and random bytes come from kit.h, so that a count depends on the program, the C library and the
 * CPU's features alone.
 */
#ifndef TESTS_BENCH_BUDGET_CONVERSATION_H
#define TESTS_BENCH_BUDGET_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>

#include <valgrind/callgrind.h>

#include "bench/budget/kit.h"

struct conversation {
    const char *name;
    void (*run)(const struct conversation *);
    unsigned count; /* messages, connections: what a count is divided by */

    /* What the rows of one table differ in. */
    enum wsp_role role;
    enum kit_text kind;
    size_t len;      /* bytes of a message */
    size_t fragment; /* bytes of a frame's payload; 0: as the message */
    size_t feed;     /* bytes that are fed at a time; 0: 64 KiB, or the whole */
    unsigned level;  /* of compression */
    bool takeover;
};

/* Each table ends with a row without name. */
extern const struct conversation receive_conversations[], send_conversations[],
    handshake_conversations[], control_conversations[], deflate_conversations[],
    broadcast_conversations[], pump_conversations[];

/* Under any other program than callgrind these do nothing. */
static inline void meter_on(void)
{
    CALLGRIND_TOGGLE_COLLECT;
}

static inline void meter_off(void)
{
    CALLGRIND_TOGGLE_COLLECT;
}

#endif
