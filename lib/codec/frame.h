/* frame - a frame header (RFC 6455 5.2, 5.5). SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_FRAME_H
#define WSP_CODEC_FRAME_H

#include <wsproto.h>

/* The first byte: FIN, RSV1 to RSV3, opcode; the second: MASK, length (5.2) */
#define WSP_FRAME_FIN 0x80u
#define WSP_FRAME_RSV 0x70u
#define WSP_FRAME_RSV_SHIFT 4u
#define WSP_FRAME_OPCODE 0x0Fu
#define WSP_FRAME_MASK 0x80u
#define WSP_FRAME_LEN 0x7Fu
#define WSP_FRAME_LEN16 126u /* the length is in the next 2 bytes */
#define WSP_FRAME_LEN64 127u /* the length is in the next 8 bytes */

/* wsp_frame_is_control - Close, Ping, Pong (5.5) */
static inline bool wsp_frame_is_control(enum wsp_opcode opcode)
{
    return ((unsigned)opcode & 8u) != 0;
}

/* wsp_frame_header_size - bytes of the header that begins with byte 0 and this byte 1: 2 to 14 */
static inline size_t wsp_frame_header_size(uint8_t second)
{
    unsigned len = second & WSP_FRAME_LEN;
    size_t extended = len == WSP_FRAME_LEN64 ? 8 : len == WSP_FRAME_LEN16 ? 2 : 0;
    return 2 + extended + (second & WSP_FRAME_MASK ? 4 : 0);
}

/*
 * wsp_frame_begin - the header whose first byte is FIN, RSV and opcode as given; a key of zeros,
 * when there is one, ends it and is the caller's to fill in. Returns its length.
 */
static inline size_t wsp_frame_begin(uint8_t out[WSP_FRAME_HEADER_MAX], unsigned first, bool masked,
                                     uint64_t len)
{
    struct wsp_frame f = {.payload_len = len,
                          .opcode = (enum wsp_opcode)(first & WSP_FRAME_OPCODE),
                          .fin = (first & WSP_FRAME_FIN) != 0,
                          .masked = masked,
                          .rsv = (uint8_t)((first & WSP_FRAME_RSV) >> WSP_FRAME_RSV_SHIFT)};
    return wsp_frame_write(out, &f);
}

#endif
