/* inflate_fast - the symbols of a block where there is room all round.
 * SPDX-License-Identifier: MIT */
#ifndef WSP_FLATE_INFLATE_FAST_H
#define WSP_FLATE_INFLATE_FAST_H

#include "flate/inflate.h"

#ifndef WSP_INFLATE_SMALL

/* Little endian, as the bits of the input are (RFC 1951 3.1.1). */
static inline uint64_t wsp_inflate_load(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

/* What the fast loop begins with at least: input, and room, which it needs for each turn too. */
enum { WSP_INFLATE_FAST_IN = 24, WSP_INFLATE_FAST_OUT = 258 + 32 };

enum wsp_inflate_fast {
    WSP_INFLATE_FAST_EDGE, /* input or room is getting short */
    WSP_INFLATE_FAST_END,  /* the end of the block */
    WSP_INFLATE_FAST_BAD_SYMBOL,
    WSP_INFLATE_FAST_BAD_DISTANCE,
    WSP_INFLATE_FAST_BAD_REACH /* z->rule is set */
};

/* There is that much of both. It does a turn at least. */
enum wsp_inflate_fast wsp_inflate_fast(struct wsp_inflate *z, struct wsp_inflate_call *io);

/*
 * The same for the rest of the input, less than WSP_INFLATE_FAST_IN: all turns that are whole.
 * There may be none, so the state machine has to go on from here.
 */
enum wsp_inflate_fast wsp_inflate_tail(struct wsp_inflate *z, struct wsp_inflate_call *io);

#endif
#endif
