/* sha1_x86 - blocks by the SHA instructions of x86: four rounds each.
 * SPDX-License-Identifier: MIT */
#include "codec/sha1.h"

#if WSP_SIMD_X86

#    include <immintrin.h>

#    define KERNEL __attribute__((target("sha,ssse3,sse4.1")))

/* Words are big-endian, and the first is wanted at the top. */
KERNEL static inline __m128i load(const uint8_t *p)
{
    const __m128i reverse = _mm_set_epi64x(0x0001020304050607, 0x08090A0B0C0D0E0F);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), reverse);
}

/* Four words of the schedule from the sixteen before them (6.1.2 step 1). */
KERNEL static inline __m128i expand(__m128i w0, __m128i w4, __m128i w8, __m128i w12)
{
    return _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w0, w4), w8), w12);
}

/* before: a to d as they were four rounds ago, of which e is made. */
#    define FOUR_ROUNDS(w, f)                           \
        do {                                            \
            __m128i e = _mm_sha1nexte_epu32(before, w); \
            before = abcd;                              \
            abcd = _mm_sha1rnds4_epu32(abcd, e, (f));   \
        } while (0)
#    define NEXT_ROUNDS(w0, w4, w8, w12, f) \
        do {                                \
            w0 = expand(w0, w4, w8, w12);   \
            FOUR_ROUNDS(w0, f);             \
        } while (0)

KERNEL static inline void take_block(__m128i *state, __m128i *last, const uint8_t *block)
{
    __m128i w0 = load(block);
    __m128i w4 = load(block + 16);
    __m128i w8 = load(block + 32);
    __m128i w12 = load(block + 48);
    __m128i before = *state;
    __m128i abcd = _mm_sha1rnds4_epu32(before, _mm_add_epi32(*last, w0), 0);
    FOUR_ROUNDS(w4, 0);
    FOUR_ROUNDS(w8, 0);
    FOUR_ROUNDS(w12, 0);
    NEXT_ROUNDS(w0, w4, w8, w12, 0);
    NEXT_ROUNDS(w4, w8, w12, w0, 1);
    NEXT_ROUNDS(w8, w12, w0, w4, 1);
    NEXT_ROUNDS(w12, w0, w4, w8, 1);
    NEXT_ROUNDS(w0, w4, w8, w12, 1);
    NEXT_ROUNDS(w4, w8, w12, w0, 1);
    NEXT_ROUNDS(w8, w12, w0, w4, 2);
    NEXT_ROUNDS(w12, w0, w4, w8, 2);
    NEXT_ROUNDS(w0, w4, w8, w12, 2);
    NEXT_ROUNDS(w4, w8, w12, w0, 2);
    NEXT_ROUNDS(w8, w12, w0, w4, 2);
    NEXT_ROUNDS(w12, w0, w4, w8, 3);
    NEXT_ROUNDS(w0, w4, w8, w12, 3);
    NEXT_ROUNDS(w4, w8, w12, w0, 3);
    NEXT_ROUNDS(w8, w12, w0, w4, 3);
    NEXT_ROUNDS(w12, w0, w4, w8, 3);
    *last = _mm_sha1nexte_epu32(before, *last);
    *state = _mm_add_epi32(abcd, *state);
}

/* The words of a state as the instructions have them, and back. */
struct state {
    __m128i abcd, e;
};

KERNEL static inline struct state state_load(const uint32_t h[5])
{
    __m128i abcd = _mm_loadu_si128((const __m128i *)(const void *)h);
    return (struct state){_mm_shuffle_epi32(abcd, 0x1B), _mm_set_epi32((int)h[4], 0, 0, 0)};
}

KERNEL static inline void state_store(uint32_t h[5], struct state s)
{
    _mm_storeu_si128((__m128i *)(void *)h, _mm_shuffle_epi32(s.abcd, 0x1B));
    h[4] = (uint32_t)_mm_extract_epi32(s.e, 3);
}

KERNEL void wsp_sha1_take_kernel(uint32_t h[5], const uint8_t *data, size_t blocks)
{
    struct state s = state_load(h);
    for (; blocks > 0; blocks--, data += WSP_SHA1_BLOCK)
        take_block(&s.abcd, &s.e, data);
    state_store(h, s);
}

#    if WSP_SHA1_WORDS

#        define FIVE_FOURS(w, f)                \
            do {                                \
                FOUR_ROUNDS(four(w), f);        \
                FOUR_ROUNDS(four((w) + 4), f);  \
                FOUR_ROUNDS(four((w) + 8), f);  \
                FOUR_ROUNDS(four((w) + 12), f); \
                FOUR_ROUNDS(four((w) + 16), f); \
            } while (0)

KERNEL static inline __m128i four(const uint32_t *w)
{
    return _mm_loadu_si128((const __m128i *)(const void *)w);
}

KERNEL void wsp_sha1_words_kernel(uint32_t h[5], const uint32_t w[WSP_SHA1_ROUNDS])
{
    struct state s = state_load(h);
    __m128i before = s.abcd;
    __m128i abcd = _mm_sha1rnds4_epu32(before, _mm_add_epi32(s.e, four(w)), 0);
    FOUR_ROUNDS(four(w + 4), 0);
    FOUR_ROUNDS(four(w + 8), 0);
    FOUR_ROUNDS(four(w + 12), 0);
    FOUR_ROUNDS(four(w + 16), 0);
    FIVE_FOURS(w + 20, 1);
    FIVE_FOURS(w + 40, 2);
    FIVE_FOURS(w + 60, 3);
    s.e = _mm_sha1nexte_epu32(before, s.e);
    s.abcd = _mm_add_epi32(abcd, s.abcd);
    state_store(h, s);
}

#    endif

#endif
