/* What compression costs a connection: the bytes it asks the endpoint's allocator for. */
#ifndef TESTS_BENCH_MEMORY_H
#define TESTS_BENCH_MEMORY_H

#include "bench/corpus.h"

struct memory_cell {
    unsigned window_bits;
    bool takeover;
    /* Of a server's connection, bytes: when it is OPEN; what sending, then receiving added and left
     * behind; and in how many blocks all of it is. */
    size_t open, sending, receiving, blocks;
    size_t endpoint; /* shared by all connections, after messages both ways */
};

/*
 * A server and a client with these windows shake hands in memory and send each other all of c; the
 * server's allocator is looked at when nothing waits any more. False: told on stderr.
 */
bool memory_measure(struct memory_cell *cell, const struct corpus *c);

#endif
