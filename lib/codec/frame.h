/* frame - a frame header (RFC 6455 5.2, 5.5). SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_FRAME_H
#define WSP_CODEC_FRAME_H

#include <wsproto.h>

#include "base/bytes.h"

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
 * wsp_frame_begin - a header without its key: first is FIN, RSV and opcode, mask WSP_FRAME_MASK or
 * 0. Returns its length, 2, 4 or 10.
 */
static inline size_t wsp_frame_begin(uint8_t out[10], unsigned first, unsigned mask, uint64_t len)
{
    /* 5.2: the shortest form */
    if (len < WSP_FRAME_LEN16) {
        wsp_store_be16(out, (uint16_t)(first << 8 | mask | (unsigned)len));
        return 2;
    }
    if (len <= 0xFFFF) {
        wsp_store_be32(out, first << 24 | (mask | WSP_FRAME_LEN16) << 16 | (uint32_t)len);
        return 4;
    }
    wsp_store_be16(out, (uint16_t)(first << 8 | mask | WSP_FRAME_LEN64));
    wsp_store_be64(out + 2, len);
    return 10;
}

#endif
