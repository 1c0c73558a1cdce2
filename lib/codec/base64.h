/* base64 - RFC 4648 4, with padding. SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_BASE64_H
#define WSP_CODEC_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Characters for n bytes */
#define WSP_BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* wsp_base64_encode - writes exactly WSP_BASE64_SIZE(len) characters and no NUL */
void wsp_base64_encode(char *out, const uint8_t *data, size_t len);

#endif
