/*
 * permessage - the codecs of permessage-deflate (RFC 7692 6, 7.2). SPDX-License-Identifier: MIT
 *
 * Who owns what:
 *   endpoint  one decompressor, one compressor, made at first need: they serve every message that
 *             is whole when it is (de)compressed and whose context is not taken over
 *   codecs    a connection's own, had on need: with takeover the compressor and the history of what
 *             was received; the compressor of an open wsp_send_part message; the stream of a
 *             compressed message that is delivered as it arrives
 * A sender's history is exactly what it put compressed on the wire (7.1.1): what was compressed and
 * then not sent is followed by wsp_permessage_forget.
 */
#ifndef WSP_CONN_PERMESSAGE_H
#define WSP_CONN_PERMESSAGE_H

#include "conn/endpoint.h"
#include "flate/deflate.h"
#include "flate/inflate.h"

#define WSP_PERMESSAGE_WIRE 1024u /* wire bytes that a stream holds */

/* A direction, as agreed. */
struct wsp_context {
    uint8_t window_bits;
    bool takeover;
};

/* A compressed message that is delivered as it arrives. */
struct wsp_stream {
    struct wsp_inflate inflate;
    struct wsp_history history; /* of this message, without takeover */
    uint64_t plain;             /* bytes that came out so far */
    const uint8_t *tail; /* what is left of 00 00 FF FF behind the last frame; NULL: not begun */
    size_t wire_at, wire_len;
    uint8_t wire[WSP_PERMESSAGE_WIRE]; /* unmasked input that waits */
};

struct wsp_codecs {
    struct wsp_deflate *deflate; /* deflate_bytes, or NULL */
    size_t deflate_bytes;
    struct wsp_history history; /* with takeover: of what was received */
    struct wsp_stream *stream;  /* or NULL */
};

/* What is to be done with inflated data. */
struct wsp_inflating {
    struct wsp_context context;
    size_t limit; /* bytes of the message */
    bool text;    /* check UTF-8 */
    uint32_t *utf8;
    const char *rule; /* out: the broken one */
    bool done;        /* out, of a stream: all of the message is out */
};

static inline bool wsp_permessage_stream_waits(const struct wsp_stream *s)
{
    return s->wire_at < s->wire_len;
}

#ifdef WSP_NO_DEFLATE
#    include "conn/permessage_none.h"
#else

/*
 * Compresses data into the endpoint's scratch, ending in 00 00 FF FF. With takeover the history
 * goes on: by a compressor of the connection's, made when there is none. False: no memory, nothing
 * has changed.
 */
bool wsp_permessage_compress(struct wsp_codecs **codecs, wsp_endpoint *e, struct wsp_context x,
                             struct wsp_slice data, struct wsp_slice *out);

/* The connection's compressor begins anew, if there is one. */
void wsp_permessage_forget(struct wsp_codecs *codecs);

/* The peer got this by a compressed message that the connection's compressor has not seen. */
void wsp_permessage_learn(struct wsp_codecs *codecs, struct wsp_slice plain);

/* What wsp_permessage_compress gave was copied: a scratch that is too large to keep goes. */
static inline void wsp_permessage_copied(wsp_endpoint *e)
{
    wsp_buf_trim(&e->packed, &e->mem, e->limits.keep);
}

/* The connection's compressor is not needed any more. */
void wsp_permessage_drop_compressor(struct wsp_codecs **codecs, wsp_endpoint *e);

/* Inflates a whole message into out, which is empty. WSP_OK, TOO_BIG, DEFLATE, UTF8 or NOMEM. */
int wsp_permessage_inflate(struct wsp_codecs **codecs, wsp_endpoint *e, struct wsp_inflating *how,
                           struct wsp_slice data, struct wsp_buf *out);

/* The stream of a message, made when there is none; NULL: no memory. */
struct wsp_stream *wsp_permessage_stream(struct wsp_codecs **codecs, wsp_endpoint *e);

/*
 * Inflates what waits in the stream into out, which is empty: at most as much as one event tells.
 * last: no more input comes. The same errors.
 */
int wsp_permessage_stream_run(struct wsp_codecs *codecs, wsp_endpoint *e, struct wsp_inflating *how,
                              bool last, struct wsp_buf *out);

/* Everything came out: the stream goes. */
void wsp_permessage_stream_end(struct wsp_codecs **codecs, wsp_endpoint *e);

void wsp_permessage_free(struct wsp_codecs **codecs, wsp_endpoint *e);

#endif

#endif
