/* corpus_binary - records, tagged fields, samples; and noise. SPDX-License-Identifier: MIT */
#include "bench/corpus_make.h"

#include <string.h>

/* The low n bytes, little endian. */
static void put(struct maker *m, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        *m->at++ = (uint8_t)(value >> 8 * i);
}

/* A game's state: fixed records of 32 bytes, whose numbers move a little from one to the next. */
static void positions(struct maker *m, const uint8_t *end)
{
    uint32_t tick = below(m, 1000000);
    uint32_t place[3] = {below(m, 1u << 24), below(m, 1u << 24), below(m, 1u << 16)};
    while (m->at < end) {
        put(m, tick, 4);
        put(m, 1000 + rather_low(m, 200), 4);
        for (unsigned i = 0; i < 3; i++)
            put(m, place[i] += below(m, 400) - 200, 4);
        put(m, below(m, 360), 2);
        put(m, below(m, 4) > 0 ? 100 : below(m, 100), 2);
        put(m, rather_low(m, 8), 4);
        put(m, 0, 4);
        tick += below(m, 2);
    }
}

static void put_varint(struct maker *m, uint64_t value)
{
    for (; value > 127; value >>= 7)
        *m->at++ = (uint8_t)(value | 128);
    *m->at++ = (uint8_t)value;
}

/* Protocol-buffer-like: field tags, varints, short strings, nested lengths. */
static void fields(struct maker *m, const uint8_t *end)
{
    uint64_t id = below(m, 1u << 30);
    uint64_t time = UINT64_C(1700000000000) + below(m, 1000000000);
    while (m->at < end) {
        put(m, 0x0A, 1);
        uint8_t *len = m->at++;
        put(m, 0x08, 1);
        put_varint(m, id += 1 + below(m, 3));
        put(m, 0x10, 1);
        put_varint(m, time += below(m, 2000));
        put(m, 0x1A, 1);
        uint8_t *text = m->at++;
        say_word(m);
        *text = (uint8_t)(m->at - text - 1);
        put(m, 0x20, 1);
        put_varint(m, rather_low(m, 5));
        put(m, 0x29, 1);
        put(m, UINT64_C(0x4059000000000000) + ((uint64_t)below(m, 4000) << 32), 8);
        *len = (uint8_t)(m->at - len - 1);
    }
}

/* 16-bit samples of a slow signal with noise in the low bits. */
static void samples(struct maker *m, const uint8_t *end)
{
    uint32_t level = below(m, 65536);
    uint32_t slope = below(m, 64);
    while (m->at < end) {
        if (below(m, 50) == 0)
            slope = below(m, 64) - 32;
        level += slope;
        put(m, level + below(m, 8), 2);
    }
}

void corpus_binary(struct maker *m, size_t len)
{
    static void (*const kinds[])(struct maker *, const uint8_t *) = {positions, fields, samples};
    kinds[below(m, 3)](m, m->at + len);
}

void corpus_noise(struct maker *m, size_t len)
{
    const uint8_t *end = m->at + len;
    while (m->at < end)
        put(m, corpus_random(m), 8);
}
