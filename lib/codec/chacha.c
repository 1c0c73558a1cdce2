/* SPDX-License-Identifier: MIT */
#include "codec/chacha.h"

#include "base/bytes.h"

#define WORDS 16u
#define BLOCK 64u /* bytes */

/* A word of the state of LANES blocks, side by side: arithmetic is the same for one and four. */
#if defined(__GNUC__) && !defined(WSP_NO_SIMD)
typedef uint32_t word __attribute__((vector_size(16)));
#else
typedef uint32_t word;
#endif
#define LANES ((unsigned)(sizeof(word) / sizeof(uint32_t)))

static inline word turn(word x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

/* 2.1 */
static inline void quarter_round(word *a, word *b, word *c, word *d)
{
    *a += *b;
    *d = turn(*d ^ *a, 16);
    *c += *d;
    *b = turn(*b ^ *c, 12);
    *a += *b;
    *d = turn(*d ^ *a, 8);
    *c += *d;
    *b = turn(*b ^ *c, 7);
}

/* 2.3: a column round and a diagonal round */
static inline void double_round(word x[WORDS])
{
    quarter_round(&x[0], &x[4], &x[8], &x[12]);
    quarter_round(&x[1], &x[5], &x[9], &x[13]);
    quarter_round(&x[2], &x[6], &x[10], &x[14]);
    quarter_round(&x[3], &x[7], &x[11], &x[15]);
    quarter_round(&x[0], &x[5], &x[10], &x[15]);
    quarter_round(&x[1], &x[6], &x[11], &x[12]);
    quarter_round(&x[2], &x[7], &x[8], &x[13]);
    quarter_round(&x[3], &x[4], &x[9], &x[14]);
}

/* 2.3: the state of the blocks from counter on; the key is little-endian. */
static inline void begin(word x[WORDS], const uint8_t key[WSP_CHACHA_KEY], uint32_t counter)
{
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    const word zero = {0};
    uint32_t counters[LANES];
    for (unsigned i = 0; i < LANES; i++)
        counters[i] = counter + i;
    for (unsigned i = 0; i < 4; i++)
        x[i] = zero + constants[i];
    for (unsigned i = 0; i < WSP_CHACHA_KEY / 4; i++)
        x[4 + i] = zero + wsp_load_le32(key + 4 * i);
    memcpy(&x[12], counters, sizeof counters);
    x[13] = x[14] = x[15] = zero;
}

void wsp_chacha20(uint8_t out[WSP_CHACHA_OUT], const uint8_t key[WSP_CHACHA_KEY])
{
    uint8_t own[WSP_CHACHA_KEY];
    memcpy(own, key, sizeof own);
    for (unsigned first = 0; first < WSP_CHACHA_OUT / BLOCK; first += LANES) {
        word begun[WORDS], x[WORDS];
        uint32_t lanes[WORDS][LANES];
        begin(begun, own, first);
        memcpy(x, begun, sizeof x);
        for (unsigned round = 0; round < 20; round += 2)
            double_round(x);
        for (unsigned i = 0; i < WORDS; i++)
            x[i] += begun[i];
        memcpy(lanes, x, sizeof lanes);
        for (unsigned lane = 0; lane < LANES; lane++)
            for (unsigned i = 0; i < WORDS; i++)
                wsp_store_le32(out + (first + lane) * BLOCK + 4 * i, lanes[i][lane]);
    }
}
