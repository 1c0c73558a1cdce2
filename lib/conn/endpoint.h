/*
 * endpoint - what the connections of one thread share: settings, buffers, random pool, timers.
 * SPDX-License-Identifier: MIT
 *
 * Lent memory: an event's bytes may be in memory that its connection has given up (a delivered
 * message, a handshake). The endpoint holds it as "lent" until the next wsp_feed on the endpoint;
 * then it becomes the spare that the next message or handshake takes, or is freed when it is larger
 * than limits.keep. So connections hold nothing between messages.
 */
#ifndef WSP_CONN_ENDPOINT_H
#define WSP_CONN_ENDPOINT_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/mem.h"
#include "codec/kernels.h"
#include "conn/handshake.h"
#include "conn/random.h"
#include "conn/timers.h"

#include <wsproto.h>

/* Blocks that are asked for again and again go through a cache of the endpoint's. */
enum wsp_block_kind {
    WSP_BLOCK_CHUNK,   /* output, of the standard size */
    WSP_BLOCK_LARGE,   /* output, of any size */
    WSP_BLOCK_REFER,   /* output, a reference to a prepared message */
    WSP_BLOCK_CONTROL, /* waiting control frames of a connection */
    WSP_BLOCK_OPENING, /* a handshake */
    WSP_BLOCK_KINDS
};

/* A cached block begins with this. */
struct wsp_spare {
    struct wsp_spare *next;
    size_t len; /* bytes of the block */
};

#define WSP_CHUNK_BYTES 4096u /* a standard chunk of output, its header included */

struct wsp_chunk;
struct wsp_inflate;
struct wsp_deflate;

struct wsp_endpoint {
    struct wsp_mem mem;
    struct wsp_limits limits; /* no zeros: defaults are filled in */
    struct wsp_handshake_rules rules;
    struct wsp_random random;
    unsigned cpu; /* bits of enum wsp_cpu */
    struct wsp_kernels kernels;
    uint64_t now_ms;   /* since the caller's clock was told first */
    uint64_t epoch_ms; /* the caller's clock then */
    bool clocked;      /* it was told */
    struct wsp_timers timers;
    size_t refs; /* the owner's, and one a connection and group */
    uint32_t handshake_ms, close_ms, stall_ms, ping_ms, pong_ms;
    bool streaming, manual_accept, trust_utf8, statistics;
    bool read_borrowed;

    bool lends;                 /* one of: */
    struct wsp_buf lent, spare; /* message buffers; see above */
    const uint8_t *early;       /* a message's buffer, was the spare: see wsp_endpoint_room */
    void *lent_block;           /* a handshake block, the same way */
    size_t lent_block_len;
    struct wsp_inflate *inflate; /* shared, or NULL: see permessage.h */
    struct wsp_deflate *deflate; /* deflate_bytes, for deflate_bits of window */
    size_t deflate_bytes;
    unsigned deflate_bits;
    struct wsp_buf packed;   /* scratch of the compressor */
    uint8_t *read_buffer;    /* limits.read_buffer bytes, or NULL */
    struct wsp_chunk *ready; /* an empty standard chunk for frames, or NULL: see outq.h */
    struct wsp_spare *spares[WSP_BLOCK_KINDS];
    unsigned spare_count[WSP_BLOCK_KINDS];

    uint8_t control_body[WSP_CONTROL_MAX]; /* of the last PING or PONG event that came in pieces */
    size_t texts_len;
    char texts[]; /* rules.origins and rules.protocols */
};

void wsp_endpoint_ref(wsp_endpoint *e);
void wsp_endpoint_unref(wsp_endpoint *e);

/* What was lent to the last event's reader comes back. */
void wsp_endpoint_take_back(wsp_endpoint *e);
static inline bool wsp_endpoint_lends(const wsp_endpoint *e)
{
    return e->lends;
}
static inline void wsp_endpoint_recycle(wsp_endpoint *e)
{
    if (wsp_endpoint_lends(e))
        wsp_endpoint_take_back(e);
}

/*
 * wsp_buf_room with the spare buffer in mind: what must grow moves there when it is large enough,
 * but not so large that a few bytes would hold it. limit: what the buffer will hold in the end, as
 * far as that is announced.
 */
bool wsp_endpoint_room(wsp_endpoint *e, struct wsp_buf *b, size_t extra, size_t limit);

/* wsp_buf_shrink of what wsp_endpoint_room made. */
void wsp_endpoint_shrink(wsp_endpoint *e, struct wsp_buf *b);

/* Gives up b: lend when an event shows its bytes, give when nobody looks at them any more. */
void wsp_endpoint_lend(wsp_endpoint *e, struct wsp_buf *b);
void wsp_endpoint_give(wsp_endpoint *e, struct wsp_buf *b);

/* A block of at least *len bytes; *len is set to what it has. NULL: no memory. Not cleared. */
void *wsp_endpoint_block(wsp_endpoint *e, enum wsp_block_kind kind, size_t *len);

/* Gives a block back; p may be NULL. */
void wsp_endpoint_unblock(wsp_endpoint *e, enum wsp_block_kind kind, void *p, size_t len);

/* A cached block of a kind whose blocks have one size; NULL: there is none. */
static inline void *wsp_endpoint_pop(wsp_endpoint *e, enum wsp_block_kind kind)
{
    struct wsp_spare *s = e->spares[kind];
    if (s != NULL) {
        e->spares[kind] = s->next;
        e->spare_count[kind]--;
    }
    return s;
}

/* wsp_endpoint_unblock where the cache has room. False: nothing is done. */
#define WSP_SPARES_MAX 16u /* of a kind whose blocks have one size */
static inline bool wsp_endpoint_push(wsp_endpoint *e, enum wsp_block_kind kind, void *p, size_t len)
{
    struct wsp_spare *s = p;
    if (kind == WSP_BLOCK_LARGE || e->spare_count[kind] >= WSP_SPARES_MAX || len > e->limits.keep)
        return false;
    s->next = e->spares[kind];
    s->len = len;
    e->spares[kind] = s;
    e->spare_count[kind]++;
    return true;
}

/* Gives back a WSP_BLOCK_OPENING whose contents an event shows. */
void wsp_endpoint_lend_block(wsp_endpoint *e, void *p, size_t len);

/* Copies limits with the defaults filled in; false: a value is out of its range. */
bool wsp_limits_fill(struct wsp_limits *out, const struct wsp_limits *in);

#endif
