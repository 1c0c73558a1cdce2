/*
 * Messages to compress, made from a seed: the same on every machine.
 *
 * Lengths are 64 B to 16 KiB, spread evenly over their logarithms: a connection sends many small
 * messages and some large ones. A message is cut at its length, whatever it holds there.
 */
#ifndef TESTS_BENCH_CORPUS_H
#define TESTS_BENCH_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CORPUS_SHORTEST = 64, CORPUS_LONGEST = 16384 };

enum corpus_kind {
    CORPUS_JSON,   /* chat, trades, users, telemetry; the larger ones arrays of these */
    CORPUS_TEXT,   /* sentences of English words */
    CORPUS_BINARY, /* records of numbers, tagged fields, samples */
    CORPUS_RANDOM, /* what does not compress */
    CORPUS_KINDS
};

const char *corpus_name(enum corpus_kind kind);

struct corpus {
    uint8_t *bytes;
    size_t *offset; /* message i is bytes[offset[i]] to bytes[offset[i + 1]] */
    size_t count;
};

/* Messages of at least total bytes together; false without memory. */
bool corpus_make(struct corpus *c, enum corpus_kind kind, size_t total, uint64_t seed);
void corpus_free(struct corpus *c);

static inline size_t corpus_total(const struct corpus *c)
{
    return c->offset[c->count];
}

static inline size_t corpus_len(const struct corpus *c, size_t i)
{
    return c->offset[i + 1] - c->offset[i];
}

#endif
