/* accept - the handshake's key and the answer to it (RFC 6455 4.2). SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_ACCEPT_H
#define WSP_CODEC_ACCEPT_H

#include <wsproto.h>

#define WSP_KEY_SIZE 24u    /* characters of Sec-WebSocket-Key: 16 bytes in base64 */
#define WSP_ACCEPT_SIZE 28u /* characters of Sec-WebSocket-Accept: a SHA-1 in base64 */

/* wsp_accept_key_by - wsp_accept_key with the instructions of cpu, bits of enum wsp_cpu */
void wsp_accept_key_by(char out[29], const char key[24], unsigned cpu);

/* The same in two steps, without the NUL. A hash is one long chain of instructions, each of which
 * waits for the one before: what else is done between the steps, a processor does meanwhile. */
struct wsp_accept {
    uint32_t h[5];
};
void wsp_accept_begin(struct wsp_accept *a, const char key[WSP_KEY_SIZE], unsigned cpu);
void wsp_accept_end(char out[WSP_ACCEPT_SIZE], const struct wsp_accept *a, unsigned cpu);

#endif
