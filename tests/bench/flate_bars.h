/* The bars of bench_flate, and which of them are reached. */
#ifndef TESTS_BENCH_FLATE_BARS_H
#define TESTS_BENCH_FLATE_BARS_H

#include "bench/flate_table.h"

/* One bar of one kind of data, takeover or not, and level. */
struct flate_bar {
    const struct flate_group *group;
    unsigned level;
    const char *what;
    const char *peer; /* whom it is about: the best, zlib, or one that is both faster and smaller */
    double value, limit; /* ours / the peer's; of BETTER peers: how many there are */
    bool at_least;       /* value has to be at or above the limit; else at or below */
    bool reached;
};

/* Up to FLATE_BARS_A_LEVEL of one level; returns how many there are without the peers' lack. */
enum { FLATE_BARS_A_LEVEL = 4 };
unsigned flate_bars(struct flate_bar bars[FLATE_BARS_A_LEVEL], const struct flate_group *g,
                    unsigned level);

/* Whether p at one of its levels compresses both faster and to less than ours does at level. */
bool flate_is_better(const struct flate_group *g, unsigned level, unsigned p, unsigned at);

/* The misses, and how many are reached. */
void flate_print_reached(const struct flate_results *r);

#endif
