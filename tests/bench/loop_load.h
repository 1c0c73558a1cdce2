/*
 * The load generator: connections of one thread, epoll, raw sockets. It keeps `window` messages of
 * each connection outstanding and compares every byte that comes back with its script.
 */
#ifndef TESTS_BENCH_LOOP_LOAD_H
#define TESTS_BENCH_LOOP_LOAD_H

#include "bench/loop_script.h"

struct loop_load;

struct loop_task {
    const struct loop_script *script;
    unsigned connections; /* the first of those that are open */
    unsigned window;      /* messages outstanding a connection, at most LOOP_MESSAGES */
    double seconds;       /* then the last answers are waited for */
};

struct loop_score {
    uint64_t messages;
    double seconds;        /* of the wall clock, to the last answer */
    double busy;           /* CPU seconds of the load generator */
    double p50, p99, p999; /* microseconds from before the write to after the read */
};

/* Connections to a server on 127.0.0.1; NULL: no memory. */
struct loop_load *loop_load_new(unsigned port);
void loop_load_free(struct loop_load *l);

/* Opens connections until there are so many; false: why is in loop_load_failed. */
bool loop_load_open(struct loop_load *l, const struct loop_script *s, unsigned count);

/* False: an echo was wrong, or did not come; after that the connections are of no use. */
bool loop_load_run(struct loop_load *l, const struct loop_task *task, struct loop_score *score);
const char *loop_load_failed(const struct loop_load *l);

#endif
