/* sha1 - FIPS 180-4 6.1, a block at a time. SPDX-License-Identifier: MIT */
#include "codec/sha1.h"

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/cpu.h"

#define BLOCK WSP_SHA1_BLOCK

static inline uint32_t rotate(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

/* FIPS 180-4 4.1.1 */
static inline uint32_t choose(uint32_t x, uint32_t y, uint32_t z)
{
    return z ^ (x & (y ^ z));
}

static inline uint32_t parity(uint32_t x, uint32_t y, uint32_t z)
{
    return x ^ y ^ z;
}

static inline uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) | (z & (x | y));
}

/* FIPS 180-4 4.2.1 */
#define K0 UINT32_C(0x5A827999)
#define K20 UINT32_C(0x6ED9EBA1)
#define K40 UINT32_C(0x8F1BBCDC)
#define K60 UINT32_C(0xCA62C1D6)

#if WSP_SMALL_CODE

/* A round's f(b, c, d) and constant (4.1.1, 4.2.1). */
static uint32_t mixed(size_t t, const uint32_t v[5])
{
    if (t < 20)
        return choose(v[1], v[2], v[3]) + K0;
    if (t < 40)
        return parity(v[1], v[2], v[3]) + K20;
    if (t < 60)
        return majority(v[1], v[2], v[3]) + K40;
    return parity(v[1], v[2], v[3]) + K60;
}

/* 6.1.2, with the schedule's last 16 words in a ring. */
static void take_block(uint32_t h[5], const uint8_t block[BLOCK])
{
    uint32_t w[16];
    uint32_t v[5]; /* a to e */
    memcpy(v, h, sizeof v);
    for (size_t t = 0; t < 80; t++) {
        uint32_t *now = &w[t & 15];
        if (t < 16)
            *now = wsp_load_be32(block + 4 * t);
        else
            *now = rotate(w[(t - 3) & 15] ^ w[(t - 8) & 15] ^ w[(t - 14) & 15] ^ *now, 1);
        uint32_t next = rotate(v[0], 5) + mixed(t, v) + v[4] + *now;
        memmove(v + 1, v, 4 * sizeof v[0]);
        v[0] = next;
        v[2] = rotate(v[2], 30);
    }
    for (size_t k = 0; k < 5; k++)
        h[k] += v[k];
}

#else

/*
 * The message schedule (6.1.2 step 1), a word at a time between the rounds: done ahead, compilers
 * make vectors of it that wait for their own stores.
 */
static inline uint32_t expand(uint32_t w[80], size_t t)
{
    w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    return w[t];
}

static inline uint32_t given(const uint32_t w[80], size_t t)
{
    return w[t];
}

/* A round leaves its result where the fifth word was, so that five rounds move nothing. */
#    define ROUND(f, k, a, b, c, d, e, word) \
        (e += rotate(a, 5) + f(b, c, d) + (k) + (word), b = rotate(b, 30))
#    define FIVE_ROUNDS(f, k, word, t)                    \
        do {                                              \
            ROUND(f, k, a, b, c, d, e, word(w, (t)));     \
            ROUND(f, k, e, a, b, c, d, word(w, (t) + 1)); \
            ROUND(f, k, d, e, a, b, c, word(w, (t) + 2)); \
            ROUND(f, k, c, d, e, a, b, word(w, (t) + 3)); \
            ROUND(f, k, b, c, d, e, a, word(w, (t) + 4)); \
        } while (0)
#    define LAST_ROUNDS(word)                        \
        do {                                         \
            for (size_t t = 20; t < 40; t += 5)      \
                FIVE_ROUNDS(parity, K20, word, t);   \
            for (size_t t = 40; t < 60; t += 5)      \
                FIVE_ROUNDS(majority, K40, word, t); \
            for (size_t t = 60; t < 80; t += 5)      \
                FIVE_ROUNDS(parity, K60, word, t);   \
        } while (0)

static void take_block(uint32_t h[5], const uint8_t block[BLOCK])
{
    uint32_t w[80];
    for (size_t t = 0; t < 16; t++)
        w[t] = wsp_load_be32(block + 4 * t);
    uint32_t a = h[0];
    uint32_t b = h[1];
    uint32_t c = h[2];
    uint32_t d = h[3];
    uint32_t e = h[4];
    for (size_t t = 0; t < 15; t += 5)
        FIVE_ROUNDS(choose, K0, given, t);
    ROUND(choose, K0, a, b, c, d, e, given(w, 15));
    ROUND(choose, K0, e, a, b, c, d, expand(w, 16));
    ROUND(choose, K0, d, e, a, b, c, expand(w, 17));
    ROUND(choose, K0, c, d, e, a, b, expand(w, 18));
    ROUND(choose, K0, b, c, d, e, a, expand(w, 19));
    LAST_ROUNDS(expand);
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

#    if WSP_SHA1_WORDS

static inline uint32_t reversed(const uint32_t w[80], size_t t)
{
    return w[t ^ 3];
}

static void take_words(uint32_t h[5], const uint32_t w[80])
{
    uint32_t a = h[0];
    uint32_t b = h[1];
    uint32_t c = h[2];
    uint32_t d = h[3];
    uint32_t e = h[4];
    for (size_t t = 0; t < 20; t += 5)
        FIVE_ROUNDS(choose, K0, reversed, t);
    LAST_ROUNDS(reversed);
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void wsp_sha1_take_words(uint32_t h[5], const uint32_t w[WSP_SHA1_ROUNDS], unsigned cpu)
{
#        if WSP_SIMD_X86
    if (cpu & WSP_CPU_SHA) {
        wsp_sha1_words_kernel(h, w);
        return;
    }
#        else
    (void)cpu;
#        endif
    take_words(h, w);
}

#    endif

#endif

void wsp_sha1_take(uint32_t h[5], const uint8_t *data, size_t blocks, unsigned cpu)
{
#if WSP_SHA1_KERNEL
    if (cpu & WSP_CPU_SHA) {
        wsp_sha1_take_kernel(h, data, blocks);
        return;
    }
#else
    (void)cpu;
#endif
    for (; blocks > 0; blocks--, data += BLOCK)
        take_block(h, data);
}

void wsp_sha1_digest(uint8_t out[WSP_SHA1_SIZE], const uint32_t h[5])
{
    for (size_t k = 0; k < 5; k++)
        wsp_store_be32(out + 4 * k, h[k]);
}
