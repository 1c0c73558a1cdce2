/* chars_stops - one stop after the other. SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_CHARS_STOPS_H
#define WSP_CODEC_CHARS_STOPS_H

#include "codec/chars_span.h"

/* The bytes of buf[0..len) that are not of WSP_SPAN_PLAIN, in their order. Where the processor can,
 * they are looked for a block ahead, so that what is done with one need not wait for the next. */
struct wsp_stops {
    const uint8_t *buf;
    size_t len;
    size_t at; /* what is not looked at yet */
#if WSP_SPAN_LANES
    size_t base;     /* of the block */
    uint64_t others; /* as of wsp_span_others, for a block */
#endif
};

#if WSP_SPAN_LANES

#    define WSP_SPAN_BLOCK (64u / WSP_SPAN_BITS) /* bytes */
#    define WSP_SPAN_ONE ((UINT64_C(1) << WSP_SPAN_BITS) - 1)

/* n bytes from p on, a multiple of the lanes and at most a block. */
static inline uint64_t wsp_stops_of(const uint8_t *p, unsigned n)
{
    uint64_t others = 0;
    for (unsigned i = 0; i < n; i += WSP_SPAN_LANES)
        others |= wsp_span_others(WSP_SPAN_PLAIN, p + i) << i * WSP_SPAN_BITS;
    return others;
}

/* What is left when it is less than a block. */
static WSP_NOINLINE uint64_t wsp_stops_rest(const uint8_t *buf, size_t at, size_t len)
{
    unsigned left = (unsigned)(len - at);
    unsigned even = left / WSP_SPAN_LANES * WSP_SPAN_LANES;
    uint64_t others = wsp_stops_of(buf + at, even);
    if (even == left)
        return others;
    if (len >= WSP_SPAN_LANES) {
        uint64_t last = wsp_span_others(WSP_SPAN_PLAIN, buf + len - WSP_SPAN_LANES);
        last >>= (even + WSP_SPAN_LANES - left) * WSP_SPAN_BITS;
        return others | last << even * WSP_SPAN_BITS;
    }
    for (unsigned i = even; i < left; i++)
        if (!wsp_span_has(WSP_SPAN_PLAIN, buf[at + i]))
            others |= WSP_SPAN_ONE << i * WSP_SPAN_BITS;
    return others;
}

static inline void wsp_stops_block(struct wsp_stops *s)
{
    bool whole = s->len - s->at >= WSP_SPAN_BLOCK;
    s->others = whole ? wsp_stops_of(s->buf + s->at, WSP_SPAN_BLOCK)
                      : wsp_stops_rest(s->buf, s->at, s->len);
    s->base = s->at;
    s->at = whole ? s->at + WSP_SPAN_BLOCK : s->len;
}

/* The first of others is done with. */
static inline void wsp_stops_drop(struct wsp_stops *s)
{
    if (WSP_SPAN_BITS == 1)
        s->others &= s->others - 1;
    else
        s->others &= ~(WSP_SPAN_ONE << wsp_span_first(s->others) * WSP_SPAN_BITS);
}

/* The next one; len: there is none. */
static inline size_t wsp_stops_next(struct wsp_stops *s)
{
    while (s->others == 0) {
        if (s->at == s->len)
            return s->len;
        wsp_stops_block(s);
    }
    size_t n = wsp_span_first(s->others);
    wsp_stops_drop(s);
    return s->base + n;
}

/* The next one, of which there is known to be one, is passed over. */
static inline void wsp_stops_skip(struct wsp_stops *s)
{
    if (s->others == 0)
        (void)wsp_stops_next(s);
    else
        wsp_stops_drop(s);
}

#else

static inline size_t wsp_stops_next(struct wsp_stops *s)
{
    size_t stop = wsp_span(WSP_SPAN_PLAIN, s->buf, s->at, s->len);
    s->at = stop < s->len ? stop + 1 : stop;
    return stop;
}

static inline void wsp_stops_skip(struct wsp_stops *s)
{
    (void)wsp_stops_next(s);
}

#endif

#endif
