/* One row measured: every peer that can, in turn, round after round. */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include "bench/row.h"

enum { MEASURE_ROUNDS_MAX = 199 };

struct score {
    bool measured;
    double round[MEASURE_ROUNDS_MAX]; /* seconds a unit */
    double median, minimum;
    double spread; /* between the quartiles, as a part of the median */
};

struct result {
    struct row row;
    unsigned rounds;
    struct score score[WS_PEERS];
};

/* Of these peers, a bit each. Checks every one first. False: it is told on stderr who is wrong, or
 * what there was no memory for. */
bool measure(struct result *r, struct row row, unsigned rounds, unsigned peers);

/* Our time / a peer's: the median of the rounds' ratios, as what slows a round slows both. */
double result_ratio(const struct result *r, unsigned peer);

/* The fastest of these peers; WS_OURS when none of them was measured. */
unsigned result_best(const struct result *r, unsigned peers);

double measure_quantile(const double *values, unsigned n, double part);

#endif
