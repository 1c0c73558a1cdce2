/* sha1 - only what the handshake needs (FIPS 180-4 6.1). SPDX-License-Identifier: MIT
 *
 * Not for secrets: SHA-1 is broken as a signature and here only shows that a server read the
 * request (RFC 6455 10.8). cpu: bits of enum wsp_cpu; the result is the same with any. */
#ifndef WSP_CODEC_SHA1_H
#define WSP_CODEC_SHA1_H

#include "base/compiler.h"
#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>

#define WSP_SHA1_SIZE 20u  /* bytes of a digest */
#define WSP_SHA1_BLOCK 64u /* bytes */
#define WSP_SHA1_ROUNDS 80u

/* 5.3.1: the words before the first block */
#define WSP_SHA1_BEGIN                                             \
    {                                                              \
        0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 \
    }

/* wsp_sha1_take - so many blocks into the words h; wsp_sha1_digest - the words as bytes. The caller
 * pads (5.1.1). */
void wsp_sha1_take(uint32_t h[5], const uint8_t *data, size_t blocks, unsigned cpu);
void wsp_sha1_digest(uint8_t out[WSP_SHA1_SIZE], const uint32_t h[5]);

/* Is there a kernel for processors with WSP_CPU_SHA. Before version 16, clang has the intrinsics
 * of ARM only where the compiler's baseline has the instructions. */
#if WSP_SIMD_X86
#    define WSP_SHA1_KERNEL 1
#elif WSP_SIMD_NEON && (!defined(__clang__) || __clang_major__ >= 16 || defined(__ARM_FEATURE_SHA2))
#    define WSP_SHA1_KERNEL 1
#else
#    define WSP_SHA1_KERNEL 0
#endif

/* wsp_sha1_take_kernel - wsp_sha1_take where the processor has WSP_CPU_SHA */
#if WSP_SHA1_KERNEL
void wsp_sha1_take_kernel(uint32_t h[5], const uint8_t *data, size_t blocks);
#endif

/*
 * wsp_sha1_take_words - a block whose message schedule (6.1.2 step 1) is known
 *
 * w: the schedule, of each four words the last first, as the instructions of x86 have them. It is
 * of no use where other instructions make one.
 */
#if !WSP_SMALL_CODE && (WSP_SIMD_X86 || !WSP_SHA1_KERNEL)
#    define WSP_SHA1_WORDS 1
void wsp_sha1_take_words(uint32_t h[5], const uint32_t w[WSP_SHA1_ROUNDS], unsigned cpu);
void wsp_sha1_words_kernel(uint32_t h[5], const uint32_t w[WSP_SHA1_ROUNDS]); /* x86 */
#else
#    define WSP_SHA1_WORDS 0
#endif

#endif
