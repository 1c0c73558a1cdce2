/* utf8 - UTF-8 checked as it arrives (RFC 3629). SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_UTF8_H
#define WSP_CODEC_UTF8_H

#include "base/cpu.h"

#include <wsproto.h>

/*
 * The state of wsp_utf8_feed is no kernel's own: 0 between characters, otherwise the bytes of the
 * incomplete character, the first in bits 0 to 7, and how many they are (1 to 3) in bits 24 to 31.
 * After a failure it holds a byte that begins no character, so every later feed fails too.
 */

/* wsp_utf8_valid - is this a whole text */
bool wsp_utf8_valid(const uint8_t *data, size_t len);

#define WSP_UTF8_SHORT 16u /* bytes: fewer are a short text */

/* The kernels of wsp_utf8_feed: for every processor, and for what each is named after. */
bool wsp_utf8_portable(uint32_t *state, const uint8_t *data, size_t len);
#if WSP_SIMD_X86
bool wsp_utf8_ssse3(uint32_t *state, const uint8_t *data, size_t len);
bool wsp_utf8_short_ssse3(const uint8_t *data, size_t len); /* wsp_utf8_valid of a short one */
bool wsp_utf8_avx2(uint32_t *state, const uint8_t *data, size_t len);
bool wsp_utf8_avx512(uint32_t *state, const uint8_t *data, size_t len);
#elif WSP_SIMD_NEON
bool wsp_utf8_neon(uint32_t *state, const uint8_t *data, size_t len);
#endif

#endif
