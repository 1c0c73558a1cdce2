/* chacha - the ChaCha20 key stream (RFC 8439 2.3). SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_CHACHA_H
#define WSP_CODEC_CHACHA_H

#include <stdint.h>

#define WSP_CHACHA_KEY 32u  /* bytes */
#define WSP_CHACHA_OUT 256u /* bytes: four blocks */

/* wsp_chacha20 - the blocks of the counters 0 to 3 under this key and a nonce of zeros; out may lie
 * over key */
void wsp_chacha20(uint8_t out[WSP_CHACHA_OUT], const uint8_t key[WSP_CHACHA_KEY]);

#endif
