/* SPDX-License-Identifier: MIT */
#include "bench/corpus.h"

#include "bench/corpus_make.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    corpus_add *add;
} kinds[CORPUS_KINDS] = {
    [CORPUS_JSON] = {"json", corpus_json},
    [CORPUS_TEXT] = {"text", corpus_text},
    [CORPUS_BINARY] = {"binary", corpus_binary},
    [CORPUS_RANDOM] = {"random", corpus_noise},
};

const char *corpus_name(enum corpus_kind kind)
{
    return kinds[kind].name;
}

/* splitmix64 */
uint64_t corpus_random(struct maker *m)
{
    uint64_t x = m->state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* 64 * 2^(k / 16), k from 0 to 127, and evenly between two of these: without libm, whose last
 * digits differ from one system to the next. */
static size_t pick_length(struct maker *m)
{
    static const uint16_t sixteenths[] = {4096, 4277, 4467, 4664, 4871, 5087, 5312, 5547, 5793,
                                          6049, 6317, 6597, 6889, 7194, 7512, 7845, 8192};
    unsigned k = below(m, 128);
    uint32_t from = (uint32_t)CORPUS_SHORTEST << k / 16;
    uint32_t low = from * sixteenths[k % 16] >> 12;
    uint32_t high = from * sixteenths[k % 16 + 1] >> 12;
    return low + below(m, high - low + 1);
}

bool corpus_make(struct corpus *c, enum corpus_kind kind, size_t total, uint64_t seed)
{
    size_t most = total / CORPUS_SHORTEST + 2;
    struct maker m = {.state = seed + kind};
    c->count = 0;
    c->offset = malloc(most * sizeof *c->offset);
    c->bytes = malloc(total + CORPUS_LONGEST + CORPUS_PIECE);
    if (c->offset == NULL || c->bytes == NULL) {
        corpus_free(c);
        return false;
    }
    m.at = c->bytes;
    c->offset[0] = 0;
    while (c->offset[c->count] < total) {
        uint8_t *begin = m.at;
        size_t len = pick_length(&m);
        kinds[kind].add(&m, len);
        m.at = begin + len;
        c->offset[++c->count] = (size_t)(m.at - c->bytes);
    }
    return true;
}

void corpus_free(struct corpus *c)
{
    free(c->bytes);
    free(c->offset);
    c->bytes = NULL;
    c->offset = NULL;
}
