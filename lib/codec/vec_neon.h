/* vec_neon - vectors of 16 bytes. SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_VEC_NEON_H
#define WSP_CODEC_VEC_NEON_H

#include <arm_neon.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VEC_BYTES ((size_t)16)
/* From this length on stores across cache lines cost more than to begin at an aligned place. */
#define VEC_ALIGN_FROM 512u
#define VEC_CODE
#define VEC_INLINE VEC_CODE __attribute__((always_inline)) static inline

typedef uint8x16_t vec;

VEC_INLINE vec vec_zero(void)
{
    return vdupq_n_u8(0);
}

VEC_INLINE vec vec_load(const uint8_t *p)
{
    return vld1q_u8(p);
}

VEC_INLINE void vec_store(uint8_t *p, vec v)
{
    vst1q_u8(p, v);
}

/* What lies at the lower place first */
VEC_INLINE vec vec_words(uint64_t low, uint64_t high)
{
    return vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)));
}

/* A key's eight bytes in memory's order, over and over */
VEC_INLINE vec vec_repeat(uint64_t word)
{
    return vreinterpretq_u8_u64(vdupq_n_u64(word));
}

/* The four bytes, the first in the low bits, at the end */
VEC_INLINE vec vec_ending(uint32_t bytes)
{
    return vreinterpretq_u8_u32(vsetq_lane_u32(bytes, vdupq_n_u32(0), 3));
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return veorq_u8(a, b);
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return vorrq_u8(a, b);
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return vandq_u8(a, b);
}

VEC_INLINE vec vec_byte(uint8_t b)
{
    return vdupq_n_u8(b);
}

VEC_INLINE bool vec_is_ascii(vec v)
{
    return vmaxvq_u8(v) < 0x80;
}

VEC_INLINE bool vec_is_zero(vec v)
{
    return vmaxvq_u8(v) == 0;
}

/* For vec_lookup_low and vec_lookup_high */
VEC_INLINE vec vec_table(const uint8_t table[16])
{
    return vld1q_u8(table);
}

/* What the table has for bits 0 to 3 of each byte, and for bits 4 to 7 */
VEC_INLINE vec vec_lookup_low(vec table, vec v)
{
    return vqtbl1q_u8(table, vandq_u8(v, vdupq_n_u8(15)));
}

VEC_INLINE vec vec_lookup_high(vec table, vec v)
{
    return vqtbl1q_u8(table, vshrq_n_u8(v, 4));
}

/* By how much each byte is above its limit */
VEC_INLINE vec vec_above(vec v, vec limits)
{
    return vqsubq_u8(v, limits);
}

/* The byte one, two, three before each, of these vectors side by side */
VEC_INLINE vec vec_back1(vec before, vec v)
{
    return vextq_u8(before, v, 15);
}

VEC_INLINE vec vec_back2(vec before, vec v)
{
    return vextq_u8(before, v, 14);
}

VEC_INLINE vec vec_back3(vec before, vec v)
{
    return vextq_u8(before, v, 13);
}

#endif
