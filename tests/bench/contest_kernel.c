/*
 * contest_kernel - what touches every byte: masking, checking text, both
 *
 * Blocks of the row's size, one after the other, out of what is more than a branch predictor
 * learns. SPDX-License-Identifier: MIT
 */
#include "bench/row.h"

#include <stdlib.h>

enum { LEAST = 1 << 20, FEWEST = 2 };

struct material {
    const struct series *series;
    struct traffic traffic;
    uint8_t *src; /* the messages, masked with key from each one's beginning */
    uint8_t *dst; /* one block */
    uint8_t key[4];
};

static void close_(void *material)
{
    struct material *m = material;
    traffic_free(&m->traffic);
    free(m->src);
    free(m->dst);
    free(m);
}

static void *open_(const struct series *s, size_t size)
{
    struct material *m = calloc(1, sizeof *m);
    struct traffic_kind kind = {.content = s->content,
                                .size = size,
                                .least = size * FEWEST > LEAST ? size * FEWEST : LEAST};
    if (m == NULL || !traffic_make(&m->traffic, &kind)) {
        free(m);
        return NULL;
    }
    m->series = s;
    memcpy(m->key, "\x5A\xC3\x0F\x96", sizeof m->key);
    m->src = malloc(m->traffic.count * size);
    m->dst = calloc(1, size);
    if (m->src == NULL || m->dst == NULL) {
        close_(m);
        return NULL;
    }
    for (size_t i = 0; i < m->traffic.count; i++)
        wsp_mask(m->src + i * size, traffic_message(&m->traffic, i), size, m->key, 0);
    return m;
}

/* A peer has no state, but kernels to choose. */
static void *enter(void *material, const struct ws_peer *p)
{
    struct material *m = material;
    if (p->without != NULL)
        p->without(m->series->without);
    return m;
}

/* What copying gives is masked still. */
static bool is_copy(const struct ws_peer *p)
{
    return p == ws_peers[WS_MEMCPY];
}

/* ---------------------------------------------------------------- masking */

static bool can_mask(const struct series *s, const struct ws_peer *p)
{
    (void)s;
    return p->mask != NULL;
}

static bool check_mask(void *material, const struct ws_peer *p, void *state)
{
    struct material *m = material;
    size_t size = m->traffic.kind.size;
    (void)state;
    /* At a place that is not aligned, and a length that ends inside of every word. */
    for (size_t i = 0; i < 16 && !is_copy(p); i++) {
        const uint8_t *plain = traffic_message(&m->traffic, 0);
        size_t len = size - i;
        p->mask(m->dst, m->src, len, m->key);
        if (memcmp(m->dst, plain, len) != 0)
            return false;
        p->mask(m->dst, m->dst, len, m->key);
        if (memcmp(m->dst, m->src, len) != 0)
            return false;
    }
    return true;
}

/* In place the blocks are masked and unmasked in turn. */
static size_t pass_mask(void *material, const struct ws_peer *p, void *state, struct stopwatch *w)
{
    struct material *m = material;
    size_t size = m->traffic.kind.size;
    (void)state;
    stopwatch_start(w);
    for (size_t i = 0; i < m->traffic.count; i++) {
        uint8_t *src = m->src + i * size;
        p->mask(m->series->apart ? m->dst : src, src, size, m->key);
    }
    stopwatch_stop(w);
    return m->traffic.count;
}

const struct contest contest_mask = {
    .unit = "block",
    .speed = true,
    .open = open_,
    .close = close_,
    .can = can_mask,
    .enter = enter,
    .check = check_mask,
    .pass = pass_mask,
};

/* ---------------------------------------------------------------- text */

static bool can_utf8(const struct series *s, const struct ws_peer *p)
{
    (void)s;
    return p->utf8 != NULL;
}

/* Valid text is valid, and one with a byte of 0xFF anywhere is not. */
static bool check_utf8(void *material, const struct ws_peer *p, void *state)
{
    struct material *m = material;
    size_t size = m->traffic.kind.size;
    uint8_t *text = m->traffic.plain;
    (void)state;
    for (size_t i = 0; i < m->traffic.count; i++)
        if (!p->utf8(text + i * size, size))
            return false;
    for (size_t at = 0; at < size && !is_copy(p); at += 1 + size / 97) {
        uint8_t was = text[at];
        text[at] = 0xFF;
        bool valid = p->utf8(text, size);
        text[at] = was;
        if (valid)
            return false;
    }
    return true;
}

static size_t pass_utf8(void *material, const struct ws_peer *p, void *state, struct stopwatch *w)
{
    struct material *m = material;
    size_t valid = 0;
    (void)state;
    stopwatch_start(w);
    for (size_t i = 0; i < m->traffic.count; i++)
        valid += p->utf8(traffic_message(&m->traffic, i), m->traffic.kind.size);
    stopwatch_stop(w);
    return valid == m->traffic.count ? valid : 0;
}

const struct contest contest_utf8 = {
    .unit = "block",
    .speed = true,
    .open = open_,
    .close = close_,
    .can = can_utf8,
    .enter = enter,
    .check = check_utf8,
    .pass = pass_utf8,
};

/* ---------------------------------------------------------------- both */

static bool can_unmask_utf8(const struct series *s, const struct ws_peer *p)
{
    (void)s;
    return p->unmask_utf8 != NULL;
}

static bool check_unmask_utf8(void *material, const struct ws_peer *p, void *state)
{
    struct material *m = material;
    size_t size = m->traffic.kind.size;
    (void)state;
    for (size_t i = 0; i < m->traffic.count && !is_copy(p); i++)
        if (!p->unmask_utf8(m->dst, m->src + i * size, size, m->key) ||
            memcmp(m->dst, traffic_message(&m->traffic, i), size) != 0)
            return false;
    return true;
}

static size_t pass_unmask_utf8(void *material, const struct ws_peer *p, void *state,
                               struct stopwatch *w)
{
    struct material *m = material;
    size_t size = m->traffic.kind.size, valid = 0;
    (void)state;
    stopwatch_start(w);
    for (size_t i = 0; i < m->traffic.count; i++)
        valid += p->unmask_utf8(m->dst, m->src + i * size, size, m->key);
    stopwatch_stop(w);
    return valid == m->traffic.count ? valid : 0;
}

const struct contest contest_unmask_utf8 = {
    .unit = "block",
    .speed = true,
    .open = open_,
    .close = close_,
    .can = can_unmask_utf8,
    .enter = enter,
    .check = check_unmask_utf8,
    .pass = pass_unmask_utf8,
};
