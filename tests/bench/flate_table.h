/* What bench_flate has measured, as Markdown and as JSON. */
#ifndef TESTS_BENCH_FLATE_TABLE_H
#define TESTS_BENCH_FLATE_TABLE_H

#include "bench/flate_run.h"
#include "bench/machine.h"
#include "bench/memory.h"

#include <stdio.h>

enum { LEVELS = 9, MEMORY_ROWS = 6 };

/* A kind of data with takeover, or without. */
struct flate_group {
    enum corpus_kind kind;
    bool takeover;
    size_t messages, plain; /* plain: bytes */
    bool measured[LEVELS + 1];
    struct flate_cell cell[LEVELS + 1]; /* by level */
};

struct flate_results {
    struct machine machine;
    unsigned rounds;
    uint64_t seed;
    size_t group_count;
    struct flate_group group[2 * CORPUS_KINDS];
    size_t memory_count;
    struct memory_cell memory[MEMORY_ROWS];
    /* By peer, its own settings or those that take the least, and window 15, 12, 9: compressor,
     * decompressor; 0: not measured. */
    size_t peer_memory[PEERS][2][3][2];
};

extern const unsigned flate_windows[3];

void flate_print_head(const struct flate_results *r);
void flate_print_group(const struct flate_group *g);
void flate_print_bars(const struct flate_results *r);
void flate_print_memory(const struct flate_results *r);
void flate_write_json(FILE *f, const struct flate_results *r);

#endif
