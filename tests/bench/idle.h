/* What an open connection that is idle keeps of memory. */
#ifndef TESTS_BENCH_IDLE_H
#define TESTS_BENCH_IDLE_H

#include "bench/ws_peer.h"

#include <stdio.h>

/* Bytes of one of many servers' connections, the heap's own included, what all share left out; 0:
 * not measured. */
struct idle {
    size_t bytes[WS_PEERS];
};

/* False: it is told on stderr who failed. */
bool idle_measure(struct idle *i);

void idle_print(FILE *f, const struct idle *i);

/* "idle": [...], without anything behind it. */
void idle_json(FILE *f, const struct idle *i);

#endif
