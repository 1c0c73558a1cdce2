/* vec_avx512 - vectors of 64 bytes. SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_VEC_AVX512_H
#define WSP_CODEC_VEC_AVX512_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VEC_BYTES ((size_t)64)
/* From this length on stores across cache lines cost more than to begin at an aligned place. */
#define VEC_ALIGN_FROM 512u
#define VEC_CODE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))
#define VEC_INLINE VEC_CODE __attribute__((always_inline)) static inline

typedef __m512i vec;

VEC_INLINE vec vec_zero(void)
{
    return _mm512_setzero_si512();
}

VEC_INLINE vec vec_load(const uint8_t *p)
{
    return _mm512_loadu_si512(p);
}

VEC_INLINE void vec_store(uint8_t *p, vec v)
{
    _mm512_storeu_si512(p, v);
}

/* A key's eight bytes in memory's order, over and over */
VEC_INLINE vec vec_repeat(uint64_t word)
{
    return _mm512_set1_epi64((long long)word);
}

/* The four bytes, the first in the low bits, at the end */
VEC_INLINE vec vec_ending(uint32_t bytes)
{
    return _mm512_set_epi64((long long)((uint64_t)bytes << 32), 0, 0, 0, 0, 0, 0, 0);
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return _mm512_xor_si512(a, b);
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return _mm512_or_si512(a, b);
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return _mm512_and_si512(a, b);
}

VEC_INLINE vec vec_byte(uint8_t b)
{
    return _mm512_set1_epi8((char)b);
}

VEC_INLINE bool vec_is_ascii(vec v)
{
    return _mm512_movepi8_mask(v) == 0;
}

VEC_INLINE bool vec_is_zero(vec v)
{
    return _mm512_test_epi64_mask(v, v) == 0;
}

/* A bit for each byte that has any of these */
VEC_INLINE uint64_t vec_having(vec v, uint8_t bits)
{
    return _mm512_test_epi8_mask(v, vec_byte(bits));
}

/* For vec_lookup_low and vec_lookup_high */
VEC_INLINE vec vec_table(const uint8_t table[16])
{
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)table));
}

/* The table stands there four times, so that it does not matter what is in bits 4 and 5. */
/* What the table has for bits 0 to 3 of each byte, and for bits 4 to 7 */
VEC_INLINE vec vec_lookup_low(vec table, vec v)
{
    return _mm512_permutexvar_epi8(v, table);
}

VEC_INLINE vec vec_lookup_high(vec table, vec v)
{
    return _mm512_permutexvar_epi8(_mm512_srli_epi16(v, 4), table);
}

/* By how much each byte is above its limit */
VEC_INLINE vec vec_above(vec v, vec limits)
{
    return _mm512_subs_epu8(v, limits);
}

/* The last quarter of before, then the first three of v: alignr works within quarters. */
VEC_INLINE vec vec_quarters(vec before, vec v)
{
    return _mm512_alignr_epi32(v, before, 12);
}

/* The byte one, two, three before each, of these vectors side by side */
VEC_INLINE vec vec_back1(vec before, vec v)
{
    return _mm512_alignr_epi8(v, vec_quarters(before, v), 15);
}

VEC_INLINE vec vec_back2(vec before, vec v)
{
    return _mm512_alignr_epi8(v, vec_quarters(before, v), 14);
}

VEC_INLINE vec vec_back3(vec before, vec v)
{
    return _mm512_alignr_epi8(v, vec_quarters(before, v), 13);
}

#endif
