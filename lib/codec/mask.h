/* mask - XOR with a masking key (RFC 6455 5.3). SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_MASK_H
#define WSP_CODEC_MASK_H

#include <wsproto.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/cpu.h"

/* wsp_mask_turn - what wsp_mask_word gives for a place n bytes further on; in either byte order */
static inline uint64_t wsp_mask_turn(uint64_t word, uint64_t n)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    unsigned bits = 8 * (unsigned)(n & 3);
    /* The halves are the same: one is turned, which 32-bit processors do in an instruction. */
    if (WSP_SMALL_CODE) {
        uint32_t half = (uint32_t)word;
        bits = first == 1 ? bits : -bits;
        half = half >> (bits & 31) | half << (-bits & 31);
        return (uint64_t)half << 32 | half;
    }
    /* First byte in the low bits: what comes later is above it. */
    if (first == 1)
        return word >> bits | word << (-bits & 63);
    return word << bits | word >> (-bits & 63);
}

/* wsp_mask_first - the first of the word's bytes in memory */
static inline uint8_t wsp_mask_first(uint64_t word)
{
    uint8_t first;
    memcpy(&first, &word, 1);
    return first;
}

/* wsp_mask_word - the eight key bytes for the payload's bytes from offset on, in memory's order */
static inline uint64_t wsp_mask_word(const uint8_t key[4], uint64_t offset)
{
    return wsp_mask_turn(wsp_load32(key) * UINT64_C(0x100000001), offset);
}

/* wsp_mask_apply - wsp_mask with the key as wsp_mask_word gives it; 0 copies */
void wsp_mask_apply(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word);

/* The kernels of it: for every processor, and for what each is named after. */
void wsp_mask_portable(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word);
#if WSP_SIMD_X86
void wsp_mask_ssse3(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word);
void wsp_mask_avx2(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word);
void wsp_mask_avx512(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word);
#elif WSP_SIMD_NEON
void wsp_mask_neon(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word);
#endif

#endif
