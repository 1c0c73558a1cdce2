/* sha1 - only what the handshake needs (FIPS 180-4 6.1). SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_SHA1_H
#define WSP_CODEC_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define WSP_SHA1_SIZE 20u /* bytes */

/* wsp_sha1 - the digest of len bytes; data may be NULL when len is 0. Not for secrets: SHA-1 is
 * broken as a signature and here only shows that a server read the request (RFC 6455 10.8). */
void wsp_sha1(uint8_t out[WSP_SHA1_SIZE], const uint8_t *data, size_t len);

#endif
