/* payload - unmask, copy and check text in one pass. SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_PAYLOAD_H
#define WSP_CODEC_PAYLOAD_H

#include "base/cpu.h"

#include <wsproto.h>

/*
 * wsp_payload_unmask_text - a piece of a text frame's payload (RFC 6455 5.3, 8.1)
 *
 * As wsp_mask from src to dst, then wsp_utf8_feed of dst. word: the key at src's place in the
 * payload, from wsp_mask_word; 0 when it is not masked. dst may be src; otherwise the two must not
 * overlap. Returns false when the text is invalid: then part of dst may not be written yet, or in
 * place be masked still, and the state is unusable.
 */
bool wsp_payload_unmask_text(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                             uint32_t *utf8_state);

/* The kernels of it: for every processor, and for what each is named after. */
bool wsp_payload_portable(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                          uint32_t *utf8_state);
#if WSP_SIMD_X86
bool wsp_payload_ssse3(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                       uint32_t *utf8_state);
bool wsp_payload_avx2(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                      uint32_t *utf8_state);
bool wsp_payload_avx512(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                        uint32_t *utf8_state);
#elif WSP_SIMD_NEON
bool wsp_payload_neon(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                      uint32_t *utf8_state);
#endif

#endif
