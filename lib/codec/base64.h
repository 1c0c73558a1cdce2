/* base64 - RFC 4648 4, with padding. SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_BASE64_H
#define WSP_CODEC_BASE64_H

#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>

/* Characters for n bytes */
#define WSP_BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* wsp_base64_encode - writes exactly WSP_BASE64_SIZE(len) characters and no NUL */
void wsp_base64_encode(char *out, const uint8_t *data, size_t len);

/* wsp_base64_words_ssse3 - the same for the five words of a SHA-1, each as four bytes from its top,
 * with WSP_CPU_SSSE3 */
#if WSP_SIMD_X86
void wsp_base64_words_ssse3(char out[28], const uint32_t words[5]);
#endif

#endif
