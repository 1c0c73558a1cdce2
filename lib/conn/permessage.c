/* SPDX-License-Identifier: MIT */
#include "conn/permessage.h"

#ifndef WSP_NO_DEFLATE /* permessage_none.h otherwise */

#    include <string.h>

#    define HISTORY_FIRST 256u         /* bytes: the smallest ring */
#    define STREAM_PIECE (16u * 1024u) /* plain bytes of one event */

static struct wsp_codecs *codecs_of(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    if (*codecs == NULL)
        *codecs = wsp_mem_zero(&e->mem, sizeof **codecs);
    return *codecs;
}

/* Without takeover an idle connection holds nothing. */
static void codecs_tidy(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    const struct wsp_codecs *k = *codecs;
    if (k->deflate != NULL || k->stream != NULL || k->history.data != NULL)
        return;
    wsp_mem_free(&e->mem, *codecs, sizeof **codecs);
    *codecs = NULL;
}

/* ---------------------------------------------------------------- sending (7.2.1) */

static struct wsp_deflate *compressor_new(wsp_endpoint *e, unsigned bits, size_t *bytes)
{
    *bytes = wsp_deflate_size(bits, e->rules.deflate.level);
    struct wsp_deflate *z = wsp_mem_new(&e->mem, *bytes);
    if (z != NULL)
        wsp_deflate_init(z, bits, e->rules.deflate.level);
    return z;
}

static struct wsp_deflate *own_compressor(struct wsp_codecs **codecs, wsp_endpoint *e,
                                          unsigned bits)
{
    struct wsp_codecs *k = codecs_of(codecs, e);
    if (k == NULL)
        return NULL;
    if (k->deflate == NULL)
        k->deflate = compressor_new(e, bits, &k->deflate_bytes);
    struct wsp_deflate *z = k->deflate;
    codecs_tidy(codecs, e);
    return z;
}

/* The endpoint's, for this window, with no history. */
static struct wsp_deflate *shared_compressor(wsp_endpoint *e, unsigned bits)
{
    if (e->deflate != NULL && e->deflate_bits == bits) {
        wsp_deflate_reset(e->deflate);
        return e->deflate;
    }
    uint8_t level = e->rules.deflate.level;
    if (e->deflate != NULL && wsp_deflate_size(bits, level) > e->deflate_bytes) {
        wsp_mem_free(&e->mem, e->deflate, e->deflate_bytes);
        e->deflate = NULL;
    }
    if (e->deflate == NULL)
        e->deflate = compressor_new(e, bits, &e->deflate_bytes);
    else
        wsp_deflate_init(e->deflate, bits, level);
    e->deflate_bits = bits;
    return e->deflate;
}

bool wsp_permessage_compress(struct wsp_codecs **codecs, wsp_endpoint *e, struct wsp_context x,
                             struct wsp_slice data, struct wsp_slice *out)
{
    size_t bound = wsp_deflate_bound(data.len);
    if (bound == SIZE_MAX)
        return false;
    wsp_buf_trim(&e->packed, &e->mem, e->limits.keep);
    if (!wsp_buf_room(&e->packed, &e->mem, bound, bound > e->packed.cap ? bound : e->packed.cap))
        return false;
    struct wsp_deflate *z =
        x.takeover ? own_compressor(codecs, e, x.window_bits) : shared_compressor(e, x.window_bits);
    if (z == NULL)
        return false;
    *out =
        (struct wsp_slice){e->packed.data, wsp_deflate_run(z, e->packed.data, data.data, data.len)};
    return true;
}

void wsp_permessage_forget(struct wsp_codecs *codecs)
{
    if (codecs != NULL && codecs->deflate != NULL)
        wsp_deflate_reset(codecs->deflate);
}

void wsp_permessage_learn(struct wsp_codecs *codecs, struct wsp_slice plain)
{
    if (codecs != NULL && codecs->deflate != NULL)
        wsp_deflate_learn(codecs->deflate, plain.data, plain.len);
}

void wsp_permessage_drop_compressor(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    struct wsp_codecs *k = *codecs;
    if (k == NULL)
        return;
    wsp_mem_free(&e->mem, k->deflate, k->deflate_bytes);
    k->deflate = NULL;
    codecs_tidy(codecs, e);
}

/* ---------------------------------------------------------------- history */

/* Room in the ring for len more bytes, so far as the window reaches: it grows with what was
 * produced. */
static bool history_room(struct wsp_history *h, wsp_endpoint *e, unsigned window_bits, size_t len)
{
    size_t window = (size_t)1 << window_bits;
    size_t want = len < window - h->filled ? h->filled + len : window;
    if (want <= h->size)
        return true;
    size_t size = h->size != 0 ? h->size : HISTORY_FIRST;
    while (size < want)
        size *= 2;
    uint8_t *data = wsp_mem_new(&e->mem, size);
    if (data == NULL)
        return false;
    struct wsp_history grown = {data, size, 0, 0};
    /* Until it has wrapped round, the ring's bytes are in order from its start. */
    if (h->filled > 0 && h->filled == h->size)
        wsp_history_save(&grown, h->data + h->at, h->size - h->at);
    if (h->at > 0)
        wsp_history_save(&grown, h->data, h->at);
    wsp_mem_free(&e->mem, h->data, h->size);
    *h = grown;
    return true;
}

static bool history_take(struct wsp_history *h, wsp_endpoint *e, unsigned window_bits,
                         struct wsp_slice plain)
{
    if (plain.len == 0)
        return true;
    if (!history_room(h, e, window_bits, plain.len))
        return false;
    wsp_history_save(h, plain.data, plain.len);
    return true;
}

/* ---------------------------------------------------------------- receiving whole (7.2.2) */

static int out_of_memory(struct wsp_inflating *how)
{
    how->rule = "out of memory for a compressed message";
    return WSP_ERR_NOMEM;
}

static int too_big(struct wsp_inflating *how)
{
    how->rule = "RFC 6455 10.4: inflated message is over the size limit";
    return WSP_ERR_TOO_BIG;
}

static int bad_text(struct wsp_inflating *how)
{
    how->rule = "RFC 6455 8.1: text is not valid UTF-8";
    return WSP_ERR_UTF8;
}

/* Half as much again: while it moves, both are held beside the compressed message, and all of it is
 * to stay below three times what was inflated. */
static bool more_room(wsp_endpoint *e, struct wsp_buf *out, size_t limit)
{
    size_t more = out->cap / 2 + 64;
    if (more > limit - out->len)
        more = limit - out->len;
    return wsp_endpoint_room(e, out, more, out->len + more);
}

/* Runs until the input is used. The message may have no more than limit bytes: room is made up to
 * that, and a decompressor that has more to say then is over it. */
static int inflate_input(wsp_endpoint *e, struct wsp_inflating *how, struct wsp_inflate_call *io,
                         struct wsp_buf *out)
{
    for (;;) {
        size_t before = io->out_at;
        io->out = out->data;
        io->out_cap = out->cap < how->limit ? out->cap : how->limit;
        enum wsp_inflate_status s = wsp_inflate_run(e->inflate, io);
        out->len = io->out_at;
        if (how->text && out->len > before &&
            !e->kernels.utf8(how->utf8, out->data + before, out->len - before))
            return bad_text(how);
        if (s == WSP_INFLATE_INPUT)
            return WSP_OK;
        if (s == WSP_INFLATE_BAD) {
            how->rule = e->inflate->rule;
            return WSP_ERR_DEFLATE;
        }
        if (s == WSP_INFLATE_FINAL)
            wsp_inflate_next(e->inflate); /* 7.2.3.4: blocks go on behind a final one */
        else if (out->len >= how->limit)
            return too_big(how);
        else if (!more_room(e, out, how->limit))
            return out_of_memory(how);
    }
}

static bool shared_decompressor(wsp_endpoint *e)
{
    if (e->inflate == NULL)
        e->inflate = wsp_mem_new(&e->mem, sizeof *e->inflate);
    if (e->inflate == NULL)
        return false;
    wsp_inflate_init(e->inflate);
    return true;
}

static int inflate_all(wsp_endpoint *e, struct wsp_inflating *how, struct wsp_inflate_call *io,
                       struct wsp_buf *out)
{
    size_t first = io->in_len < how->limit - 64 ? io->in_len + 64 : how->limit;
    if (how->limit < 64)
        first = how->limit;
    if (!wsp_endpoint_room(e, out, first, first))
        return out_of_memory(how);
    int r = inflate_input(e, how, io, out);
    if (r != WSP_OK)
        return r;
    if (!wsp_inflate_between_blocks(e->inflate)) {
        how->rule = "RFC 7692 7.2.2: message ends inside a block";
        return WSP_ERR_DEFLATE;
    }
    return how->text && !wsp_utf8_done(*how->utf8) ? bad_text(how) : WSP_OK;
}

int wsp_permessage_inflate(struct wsp_codecs **codecs, wsp_endpoint *e, struct wsp_inflating *how,
                           struct wsp_slice data, struct wsp_buf *out)
{
    struct wsp_codecs *k = how->context.takeover ? codecs_of(codecs, e) : NULL;
    if ((how->context.takeover && k == NULL) || !shared_decompressor(e))
        return out_of_memory(how);
    struct wsp_inflate_call io = {.in = data.data,
                                  .in_len = data.len,
                                  .history = k != NULL ? &k->history : NULL,
                                  .window = (size_t)1 << how->context.window_bits,
                                  .tail = true};
    int r = inflate_all(e, how, &io, out);
    struct wsp_slice plain = {out->data, out->len};
    if (r == WSP_OK && k != NULL && !history_take(&k->history, e, how->context.window_bits, plain))
        return out_of_memory(how);
    return r;
}

/* ---------------------------------------------------------------- receiving as it arrives */

struct wsp_stream *wsp_permessage_stream(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    struct wsp_codecs *k = codecs_of(codecs, e);
    if (k == NULL || k->stream != NULL)
        return k != NULL ? k->stream : NULL;
    struct wsp_stream *s = wsp_mem_new(&e->mem, sizeof *s);
    if (s == NULL)
        return NULL;
    wsp_inflate_init(&s->inflate);
    s->history = (struct wsp_history){NULL, 0, 0, 0};
    s->plain = 0;
    s->tail = NULL;
    s->wire_at = 0;
    s->wire_len = 0;
    k->stream = s;
    return s;
}

/* One run over the input that waits; with last, over the tail behind it. */
static enum wsp_inflate_status stream_input(struct wsp_stream *s, struct wsp_inflate_call *io,
                                            bool last)
{
    enum wsp_inflate_status status = WSP_INFLATE_INPUT;
    if (wsp_permessage_stream_waits(s)) {
        io->in = s->wire + s->wire_at;
        io->in_len = s->wire_len - s->wire_at;
        status = wsp_inflate_run(&s->inflate, io);
        s->wire_at = s->wire_len - io->in_len;
    }
    if (status != WSP_INFLATE_INPUT || !last)
        return status;
    if (s->tail == NULL)
        s->tail = wsp_inflate_trailer; /* 7.2.2: what the sender left out */
    io->in = s->tail;
    io->in_len = (size_t)(wsp_inflate_trailer + sizeof wsp_inflate_trailer - s->tail);
    status = wsp_inflate_run(&s->inflate, io);
    s->tail = io->in;
    return status;
}

static int stream_status(struct wsp_stream *s, struct wsp_inflating *how,
                         enum wsp_inflate_status status)
{
    if (status == WSP_INFLATE_BAD) {
        how->rule = s->inflate.rule;
        return WSP_ERR_DEFLATE;
    }
    if (status == WSP_INFLATE_OUTPUT && s->plain >= how->limit)
        return too_big(how);
    if (status == WSP_INFLATE_FINAL)
        wsp_inflate_next(&s->inflate);
    return WSP_OK;
}

static bool stream_text(const wsp_endpoint *e, struct wsp_inflating *how, const struct wsp_buf *out)
{
    return !how->text || out->len == 0 || e->kernels.utf8(how->utf8, out->data, out->len);
}

static bool stream_done(const struct wsp_stream *s)
{
    return s->tail == wsp_inflate_trailer + sizeof wsp_inflate_trailer;
}

int wsp_permessage_stream_run(struct wsp_codecs *codecs, wsp_endpoint *e, struct wsp_inflating *how,
                              bool last, struct wsp_buf *out)
{
    struct wsp_stream *s = codecs->stream;
    struct wsp_history *h = how->context.takeover ? &codecs->history : &s->history;
    struct wsp_inflate_call io = {.history = h, .window = (size_t)1 << how->context.window_bits};
    uint64_t left = how->limit - s->plain;
    if (!wsp_endpoint_room(e, out, STREAM_PIECE, STREAM_PIECE))
        return out_of_memory(how);
    io.out = out->data;
    io.out_cap = left < STREAM_PIECE ? (size_t)left : STREAM_PIECE;
    enum wsp_inflate_status status;
    int r;
    do {
        size_t before = io.out_at;
        status = stream_input(s, &io, last);
        s->plain += io.out_at - before;
        r = stream_status(s, how, status);
    } while (r == WSP_OK && status == WSP_INFLATE_FINAL);
    out->len = io.out_at;
    /* What is wrong first is told, as of a whole message. */
    if (!stream_text(e, how, out))
        return bad_text(how);
    if (r != WSP_OK)
        return r;
    bool done = status == WSP_INFLATE_INPUT && last && stream_done(s);
    if (done && !wsp_inflate_between_blocks(&s->inflate)) {
        how->rule = "RFC 7692 7.2.2: message ends inside a block";
        return WSP_ERR_DEFLATE;
    }
    /* Of a message that is over, nothing is remembered without takeover. */
    bool remember = !done || how->context.takeover;
    struct wsp_slice plain = {out->data, out->len};
    if (remember && !history_take(h, e, how->context.window_bits, plain))
        return out_of_memory(how);
    if (out->len == 0)
        wsp_endpoint_give(e, out);
    how->done = done;
    return done && how->text && !wsp_utf8_done(*how->utf8) ? bad_text(how) : WSP_OK;
}

void wsp_permessage_stream_end(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    struct wsp_codecs *k = *codecs;
    if (k == NULL || k->stream == NULL)
        return;
    wsp_mem_free(&e->mem, k->stream->history.data, k->stream->history.size);
    wsp_mem_free(&e->mem, k->stream, sizeof *k->stream);
    k->stream = NULL;
    codecs_tidy(codecs, e);
}

void wsp_permessage_free(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    struct wsp_codecs *k = *codecs;
    if (k == NULL)
        return;
    wsp_mem_free(&e->mem, k->history.data, k->history.size);
    k->history = (struct wsp_history){NULL, 0, 0, 0};
    wsp_permessage_stream_end(codecs, e);
    wsp_permessage_drop_compressor(codecs, e);
}

#endif
