/* One comparison: a kind of data, a level, takeover or not. */
#ifndef TESTS_BENCH_FLATE_RUN_H
#define TESTS_BENCH_FLATE_RUN_H

#include "bench/corpus.h"
#include "bench/peer.h"

enum { ROUNDS_MAX = 199 };

struct flate_setup {
    const struct corpus *corpus;
    unsigned level;
    bool takeover;
    unsigned rounds; /* 1 to ROUNDS_MAX */
};

struct flate_score {
    double median, minimum; /* seconds for the whole corpus */
    /* Its time / ours, the median of the rounds' ratios; in ours: the smallest of these, that is to
     * the best peer, and 0 where there is none. Above 1: ours is faster. */
    double ratio;
    size_t bytes; /* on the wire, without trailers */
};

/* By peer; all zero where it cannot do this. */
struct flate_cell {
    struct flate_score pack[PEERS], unpack[PEERS];
};

/*
 * Checks that every peer is right, then measures. False: it is told on stderr who is wrong, or what
 * there was no memory for.
 */
bool flate_run(struct flate_cell *cell, const struct flate_setup *setup);

/* The installed peer that reads what we make, and whose output all read. Ours, if there is none. */
unsigned flate_reference(void);

int flate_by_value(const void *a, const void *b); /* doubles, for qsort */

#endif
