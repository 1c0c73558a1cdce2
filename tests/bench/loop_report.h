/* What bench_loop has measured, as Markdown and as JSON. */
#ifndef TESTS_BENCH_LOOP_REPORT_H
#define TESTS_BENCH_LOOP_REPORT_H

#include "bench/loop_load.h"
#include "bench/machine.h"

#include <stdio.h>

enum { LOOP_OURS, LOOP_LWS, LOOP_WS, LOOP_CONTENDERS, LOOP_ROUNDS_MAX = 99, LOOP_CELLS_MAX = 32 };

extern const char *const loop_names[LOOP_CONTENDERS];

/* A run of one server in one round. */
struct loop_sample {
    struct loop_score score;
    double cpu; /* seconds of the server */
};

struct loop_cell {
    unsigned connections, window;
    size_t bytes;
    bool deflate;
    bool measured[LOOP_CONTENDERS];
    struct loop_sample sample[LOOP_CONTENDERS][LOOP_ROUNDS_MAX];
};

struct loop_results {
    struct machine machine;
    char what[LOOP_CONTENDERS][96]; /* "" when it is not installed */
    /* What the server's process grew by for each connection that was opened and then idle, bytes;
     * 0: not measured. */
    double resident[LOOP_CONTENDERS];
    unsigned rounds;
    double seconds; /* a run */
    int server_core, load_core;
    size_t cell_count;
    struct loop_cell cell[LOOP_CELLS_MAX];
};

void loop_print(const struct loop_results *r);
void loop_write_json(FILE *f, const struct loop_results *r);

#endif
