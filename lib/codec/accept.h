/* accept - the handshake's key and the answer to it (RFC 6455 4.2). SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_ACCEPT_H
#define WSP_CODEC_ACCEPT_H

#include <wsproto.h>

#define WSP_KEY_SIZE 24u    /* characters of Sec-WebSocket-Key: 16 bytes in base64 */
#define WSP_ACCEPT_SIZE 28u /* characters of Sec-WebSocket-Accept: a SHA-1 in base64 */

/* wsp_accept_key_by - wsp_accept_key with the instructions of cpu, bits of enum wsp_cpu */
void wsp_accept_key_by(char out[29], const char key[24], unsigned cpu);

#endif
