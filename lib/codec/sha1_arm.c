/* sha1_arm - blocks by the SHA1 instructions of ARMv8: four rounds each.
 * SPDX-License-Identifier: MIT */
#include "codec/sha1.h"

#if WSP_SIMD_NEON && WSP_SHA1_KERNEL

#    include <arm_neon.h>

#    if defined(__ARM_FEATURE_SHA2)
#        define KERNEL
#    elif defined(__clang__)
#        define KERNEL __attribute__((target("sha2")))
#    else
#        define KERNEL __attribute__((target("+crypto")))
#    endif

/* FIPS 180-4 4.2.1 */
#    define K0 UINT32_C(0x5A827999)
#    define K20 UINT32_C(0x6ED9EBA1)
#    define K40 UINT32_C(0x8F1BBCDC)
#    define K60 UINT32_C(0xCA62C1D6)

KERNEL static inline uint32x4_t load(const uint8_t *p)
{
    uint8x16_t bytes = vld1q_u8(p);
#    if defined(__AARCH64EB__)
    return vreinterpretq_u32_u8(bytes);
#    else
    return vreinterpretq_u32_u8(vrev32q_u8(bytes));
#    endif
}

/* Four words of the schedule from the sixteen before them (6.1.2 step 1). */
KERNEL static inline uint32x4_t expand(uint32x4_t w0, uint32x4_t w4, uint32x4_t w8, uint32x4_t w12)
{
    return vsha1su1q_u32(vsha1su0q_u32(w0, w4, w8), w12);
}

/* f: c, p or m, as the instruction's name has it (4.1.1) */
#    define FOUR_ROUNDS(f, w, k)                                           \
        do {                                                               \
            uint32_t next = vsha1h_u32(vgetq_lane_u32(abcd, 0));           \
            abcd = vsha1##f##q_u32(abcd, e, vaddq_u32(w, vdupq_n_u32(k))); \
            e = next;                                                      \
        } while (0)
#    define NEXT_ROUNDS(f, w0, w4, w8, w12, k) \
        do {                                   \
            w0 = expand(w0, w4, w8, w12);      \
            FOUR_ROUNDS(f, w0, k);             \
        } while (0)

KERNEL static inline void take_block(uint32x4_t *state, uint32_t *last, const uint8_t *block)
{
    uint32x4_t w0 = load(block);
    uint32x4_t w4 = load(block + 16);
    uint32x4_t w8 = load(block + 32);
    uint32x4_t w12 = load(block + 48);
    uint32x4_t abcd = *state;
    uint32_t e = *last;
    FOUR_ROUNDS(c, w0, K0);
    FOUR_ROUNDS(c, w4, K0);
    FOUR_ROUNDS(c, w8, K0);
    FOUR_ROUNDS(c, w12, K0);
    NEXT_ROUNDS(c, w0, w4, w8, w12, K0);
    NEXT_ROUNDS(p, w4, w8, w12, w0, K20);
    NEXT_ROUNDS(p, w8, w12, w0, w4, K20);
    NEXT_ROUNDS(p, w12, w0, w4, w8, K20);
    NEXT_ROUNDS(p, w0, w4, w8, w12, K20);
    NEXT_ROUNDS(p, w4, w8, w12, w0, K20);
    NEXT_ROUNDS(m, w8, w12, w0, w4, K40);
    NEXT_ROUNDS(m, w12, w0, w4, w8, K40);
    NEXT_ROUNDS(m, w0, w4, w8, w12, K40);
    NEXT_ROUNDS(m, w4, w8, w12, w0, K40);
    NEXT_ROUNDS(m, w8, w12, w0, w4, K40);
    NEXT_ROUNDS(p, w12, w0, w4, w8, K60);
    NEXT_ROUNDS(p, w0, w4, w8, w12, K60);
    NEXT_ROUNDS(p, w4, w8, w12, w0, K60);
    NEXT_ROUNDS(p, w8, w12, w0, w4, K60);
    NEXT_ROUNDS(p, w12, w0, w4, w8, K60);
    *last += e;
    *state = vaddq_u32(abcd, *state);
}

KERNEL void wsp_sha1_take_kernel(uint32_t h[5], const uint8_t *data, size_t blocks)
{
    uint32x4_t abcd = vld1q_u32(h);
    for (; blocks > 0; blocks--, data += WSP_SHA1_BLOCK)
        take_block(&abcd, &h[4], data);
    vst1q_u32(h, abcd);
}

#endif
