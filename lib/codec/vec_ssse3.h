/* vec_ssse3 - vectors of 16 bytes. SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_VEC_SSSE3_H
#define WSP_CODEC_VEC_SSSE3_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VEC_BYTES ((size_t)16)
/* From this length on stores across cache lines cost more than to begin at an aligned place. */
#define VEC_ALIGN_FROM 512u
#define VEC_CODE __attribute__((target("ssse3")))
#define VEC_INLINE VEC_CODE __attribute__((always_inline)) static inline

typedef __m128i vec;

VEC_INLINE vec vec_zero(void)
{
    return _mm_setzero_si128();
}

VEC_INLINE vec vec_load(const uint8_t *p)
{
    return _mm_loadu_si128((const void *)p);
}

VEC_INLINE void vec_store(uint8_t *p, vec v)
{
    _mm_storeu_si128((void *)p, v);
}

/* What lies at the lower place first */
VEC_INLINE vec vec_words(uint64_t low, uint64_t high)
{
    return _mm_set_epi64x((long long)high, (long long)low);
}

/* A key's eight bytes in memory's order, over and over */
VEC_INLINE vec vec_repeat(uint64_t word)
{
    return _mm_set1_epi64x((long long)word);
}

/* The four bytes, the first in the low bits, at the end */
VEC_INLINE vec vec_ending(uint32_t bytes)
{
    return _mm_set_epi64x((long long)((uint64_t)bytes << 32), 0);
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return _mm_xor_si128(a, b);
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return _mm_or_si128(a, b);
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return _mm_and_si128(a, b);
}

VEC_INLINE vec vec_byte(uint8_t b)
{
    return _mm_set1_epi8((char)b);
}

VEC_INLINE bool vec_is_ascii(vec v)
{
    return _mm_movemask_epi8(v) == 0;
}

VEC_INLINE bool vec_is_zero(vec v)
{
    return _mm_movemask_epi8(_mm_cmpeq_epi8(v, vec_zero())) == 0xFFFF;
}

/* For vec_lookup_low and vec_lookup_high */
VEC_INLINE vec vec_table(const uint8_t table[16])
{
    return vec_load(table);
}

/* What the table has for bits 0 to 3 of each byte, and for bits 4 to 7 */
VEC_INLINE vec vec_lookup_low(vec table, vec v)
{
    return _mm_shuffle_epi8(table, vec_and(v, vec_byte(15)));
}

VEC_INLINE vec vec_lookup_high(vec table, vec v)
{
    return _mm_shuffle_epi8(table, vec_and(_mm_srli_epi16(v, 4), vec_byte(15)));
}

/* By how much each byte is above its limit */
VEC_INLINE vec vec_above(vec v, vec limits)
{
    return _mm_subs_epu8(v, limits);
}

/* The byte one, two, three before each, of these vectors side by side */
VEC_INLINE vec vec_back1(vec before, vec v)
{
    return _mm_alignr_epi8(v, before, 15);
}

VEC_INLINE vec vec_back2(vec before, vec v)
{
    return _mm_alignr_epi8(v, before, 14);
}

VEC_INLINE vec vec_back3(vec before, vec v)
{
    return _mm_alignr_epi8(v, before, 13);
}

#endif
