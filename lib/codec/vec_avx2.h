/* vec_avx2 - vectors of 32 bytes. SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_VEC_AVX2_H
#define WSP_CODEC_VEC_AVX2_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VEC_BYTES ((size_t)32)
/* From this length on stores across cache lines cost more than to begin at an aligned place. */
#define VEC_ALIGN_FROM 512u
#define VEC_CODE __attribute__((target("avx2")))
#define VEC_INLINE VEC_CODE __attribute__((always_inline)) static inline

typedef __m256i vec;

VEC_INLINE vec vec_zero(void)
{
    return _mm256_setzero_si256();
}

VEC_INLINE vec vec_load(const uint8_t *p)
{
    return _mm256_loadu_si256((const void *)p);
}

VEC_INLINE void vec_store(uint8_t *p, vec v)
{
    _mm256_storeu_si256((void *)p, v);
}

/* A key's eight bytes in memory's order, over and over */
VEC_INLINE vec vec_repeat(uint64_t word)
{
    return _mm256_set1_epi64x((long long)word);
}

/* The four bytes, the first in the low bits, at the end */
VEC_INLINE vec vec_ending(uint32_t bytes)
{
    return _mm256_set_epi64x((long long)((uint64_t)bytes << 32), 0, 0, 0);
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return _mm256_xor_si256(a, b);
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return _mm256_or_si256(a, b);
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return _mm256_and_si256(a, b);
}

VEC_INLINE vec vec_byte(uint8_t b)
{
    return _mm256_set1_epi8((char)b);
}

VEC_INLINE bool vec_is_ascii(vec v)
{
    return _mm256_movemask_epi8(v) == 0;
}

VEC_INLINE bool vec_is_zero(vec v)
{
    return _mm256_testz_si256(v, v) != 0;
}

/* A bit for each byte that has any of these */
VEC_INLINE uint64_t vec_having(vec v, uint8_t bits)
{
    vec lacks = _mm256_cmpeq_epi8(vec_and(v, vec_byte(bits)), vec_zero());
    return (uint32_t)~_mm256_movemask_epi8(lacks);
}

/* For vec_lookup_low and vec_lookup_high */
VEC_INLINE vec vec_table(const uint8_t table[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)table));
}

/* What the table has for bits 0 to 3 of each byte, and for bits 4 to 7 */
VEC_INLINE vec vec_lookup_low(vec table, vec v)
{
    return _mm256_shuffle_epi8(table, vec_and(v, vec_byte(15)));
}

VEC_INLINE vec vec_lookup_high(vec table, vec v)
{
    return _mm256_shuffle_epi8(table, vec_and(_mm256_srli_epi16(v, 4), vec_byte(15)));
}

/* By how much each byte is above its limit */
VEC_INLINE vec vec_above(vec v, vec limits)
{
    return _mm256_subs_epu8(v, limits);
}

/* The last half of before, then the first of v: alignr works within halves. */
VEC_INLINE vec vec_halves(vec before, vec v)
{
    return _mm256_permute2x128_si256(before, v, 0x21);
}

/* The byte one, two, three before each, of these vectors side by side */
VEC_INLINE vec vec_back1(vec before, vec v)
{
    return _mm256_alignr_epi8(v, vec_halves(before, v), 15);
}

VEC_INLINE vec vec_back2(vec before, vec v)
{
    return _mm256_alignr_epi8(v, vec_halves(before, v), 14);
}

VEC_INLINE vec vec_back3(vec before, vec v)
{
    return _mm256_alignr_epi8(v, vec_halves(before, v), 13);
}

#endif
