/* The results, as a table to read and as numbers for programs. */
#ifndef TESTS_BENCH_REPORT_H
#define TESTS_BENCH_REPORT_H

#include "bench/idle.h"
#include "bench/machine.h"
#include "bench/measure.h"

#include <stdio.h>

enum { RESULTS_MAX = 160 };

struct report {
    struct machine machine;
    unsigned rounds;
    bool has_idle;
    struct idle idle;
    size_t count;
    struct result result[RESULTS_MAX];
};

/* Markdown: what it was made on and with, then a table a series. */
void report_head(FILE *f, const struct report *r);
void report_series(FILE *f, const struct result *first, size_t count);

/* What is missed, or that nothing is. */
void report_bars(FILE *f, const struct report *r);

/* Everything, each round. */
void report_json(FILE *f, const struct report *r);

#endif
