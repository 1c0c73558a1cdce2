/*
 * conn_feed - wsp_feed: what most input is, done in one go. SPDX-License-Identifier: MIT
 *
 * A message in one frame that is whole in the input, and the beginning, pieces and end of one that
 * is collected, are dealt with here when nothing in their headers is to be refused. All else goes
 * to the machine of conn_recv.c, from the same state and with the same outcome: it is there that a
 * broken rule is named, but that of a message's text. Where code is to be short the machine takes
 * everything.
 */
#include "base/bytes.h"
#include "base/compiler.h"
#include "codec/frame.h"
#include "codec/mask.h"
#include "codec/payload_small.h"
#include "codec/utf8.h"
#include "conn/conn.h"

#define MASK_LEN 4u

static void input_use(struct wsp_input *in, size_t n)
{
    in->data += n;
    in->len -= n;
}

static void bad_text(wsp_conn *c)
{
    wsp_conn_fail(c, WSP_ERR_UTF8, "RFC 6455 8.1: text is not valid UTF-8");
}

/* Between two messages, with nothing kept of the next one's header, and nothing to do but to read
 * it. */
static inline bool between(const wsp_conn *c)
{
    return c->unusual == 0 && c->message.opcode == 0;
}

/* The transport and the clock ask for nothing. */
static inline bool quiet(const wsp_conn *c, const struct wsp_input *in)
{
    return in->end == WSP_END_OPEN && c->timer.due > c->e->now_ms;
}

/* ---------------------------------------------------------------- a message in one frame */

/* The bytes of a header whose length has 7 or 16 bits, *len its payload's; all of the frame is in
 * at[0..left), masked as the role wants it (5.1). Otherwise 0. */
static inline size_t short_header(const uint8_t *at, size_t left, bool server, size_t *len)
{
    size_t header = server ? 2 + MASK_LEN : 2;
    if (left < header)
        return 0;
    /* With the mask bit that the role wants, this leaves a length of 7 bits. */
    size_t n = at[1] ^ (server ? WSP_FRAME_MASK : 0u);
    if (n >= WSP_FRAME_LEN16) {
        header += 2;
        if (n > WSP_FRAME_LEN16 || left < header)
            return 0;
        n = wsp_load_be16(at + 2);
        if (n < WSP_FRAME_LEN16)
            return 0;
    }
    *len = n;
    return left - header >= n ? header : 0;
}

/* Unmasks in place and checks; without a mask nothing is written: the input may be read-only. */
static bool take_payload(const wsp_conn *c, uint8_t *at, size_t len, bool text)
{
    const struct wsp_kernels *k = &c->e->kernels;
    bool server = c->role == WSP_SERVER;
    uint64_t word = server ? wsp_mask_word(at - MASK_LEN, 0) : 0;
    uint32_t utf8 = 0;
    if (text && !c->e->trust_utf8) {
        bool good = server ? k->unmask_text(at, at, len, word, &utf8) : k->utf8(&utf8, at, len);
        return good && wsp_utf8_done(utf8);
    }
    if (server)
        k->mask(at, at, len, word);
    return true;
}

/* The text of ev is wrong: nothing is told of it. */
static enum wsp_event_type refused_text(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    bad_text(c);
    memset(ev, 0, sizeof *ev);
    return wsp_conn_feed(c, in, ev);
}

/* The payload of ev, a message that is large or not of ASCII. */
static WSP_NOINLINE enum wsp_event_type large_message(wsp_conn *c, struct wsp_input *in,
                                                      struct wsp_event *ev)
{
    uint8_t *payload = in->data - ev->data.len;
    if (take_payload(c, payload, ev->data.len, ev->opcode == WSP_TEXT))
        return WSP_EVENT_DATA;
    return refused_text(c, in, ev);
}

/* The same of a short text that is not masked. */
static WSP_NOINLINE enum wsp_event_type short_text(wsp_conn *c, struct wsp_input *in,
                                                   struct wsp_event *ev)
{
    if (c->e->trust_utf8 || c->e->kernels.utf8_short(ev->data.data, ev->data.len))
        return WSP_EVENT_DATA;
    return refused_text(c, in, ev);
}

/* ---------------------------------------------------------------- pieces of one */

/* The first byte of a header, which tells nothing alone, or some behind the first two, which were
 * looked at when they came. */
static bool more_header(wsp_conn *c, struct wsp_input *in)
{
    size_t have = c->header_len;
    size_t size = have < 2 ? 2 - have : wsp_frame_header_size(c->header[1]) - have;
    if (have == 1 || in->len >= size)
        return false;
    for (; in->len > 0; input_use(in, 1))
        c->header[c->header_len++] = in->data[0];
    return true;
}

/* Text of a message is checked as it comes, unless it is compressed (8.1). */
static bool checked(const wsp_conn *c)
{
    return c->message.opcode == WSP_TEXT && !c->message.compressed && !c->e->trust_utf8;
}

/* Unmasks, copies and checks; key is 0 where nothing is masked. */
static bool copy_payload(wsp_conn *c, uint8_t *to, const uint8_t *from, size_t len)
{
    uint64_t word = wsp_mask_word(c->key, c->key_at);
    if (checked(c))
        return c->e->kernels.unmask_text(to, from, len, word, &c->message.utf8);
    if (word != 0 || to != from) /* it may have been read straight into place */
        c->e->kernels.mask(to, from, len, word);
    return true;
}

/* Payload of a message that is collected, where there is room for it: len bytes, at most what the
 * frame has. */
static bool collect(wsp_conn *c, struct wsp_input *in, size_t len)
{
    struct wsp_message *m = &c->message;
    if (m->streaming || len > m->buf.cap - m->buf.len)
        return false;
    if (!copy_payload(c, m->buf.data + m->buf.len, in->data, len)) {
        bad_text(c);
        return false;
    }
    m->buf.len += len;
    m->total += len;
    c->frame_left -= len;
    c->key_at = (uint8_t)((c->key_at + len) & 3);
    input_use(in, len);
    return true;
}

/* Does this frame begin a message that it also ends, without anything to refuse? */
static bool alone(const wsp_conn *c, const struct wsp_frame *f)
{
    return c->message.opcode == 0 && f->fin && f->rsv == 0 &&
           f->masked == (c->role == WSP_SERVER) &&
           (f->opcode == WSP_TEXT || f->opcode == WSP_BINARY) &&
           f->payload_len <= c->limits->message && f->payload_len <= SIZE_MAX / 4;
}

/* It begins: what wsp_conn_begin_frame does of it. */
static void begin_alone(wsp_conn *c, const struct wsp_frame *f)
{
    c->frame_left = f->payload_len;
    c->key_at = 0;
    c->masked = f->masked;
    c->fin = true;
    memcpy(c->key, f->key, sizeof c->key);
    c->message.opcode = (uint8_t)f->opcode;
    c->message.compressed = false;
    c->phase = WSP_PHASE_PAYLOAD;
}

/* The first piece of a frame that ends its message and is not whole in the input. */
static WSP_NOINLINE bool begin_large(wsp_conn *c, struct wsp_input *in)
{
    struct wsp_message *m = &c->message;
    struct wsp_frame f;
    int n = wsp_frame_parse(&f, in->data, in->len);
    if (n <= 0 || f.opcode >= WSP_CLOSE || in->len - (size_t)n >= f.payload_len)
        return false;
    input_use(in, (size_t)n);
    if (alone(c, &f))
        begin_alone(c, &f);
    else
        wsp_conn_begin_frame(c, &f, (size_t)n);
    if (c->phase != WSP_PHASE_PAYLOAD || m->streaming || !c->fin || in->len == 0)
        return false;
    /* The frame's beginning has bounded this sum. */
    return wsp_endpoint_room(c->e, &m->buf, in->len, m->buf.len + (size_t)c->frame_left) &&
           collect(c, in, in->len);
}

/* The same for a byte alone that nothing is to be checked of. */
static inline bool collect_byte(wsp_conn *c, struct wsp_input *in)
{
    struct wsp_message *m = &c->message;
    if (in->len != 1 || m->streaming || m->buf.len == m->buf.cap || checked(c))
        return false;
    m->buf.data[m->buf.len++] = in->data[0] ^ c->key[c->key_at];
    m->total++;
    c->frame_left--;
    c->key_at = (c->key_at + 1) & 3;
    input_use(in, 1);
    return true;
}

/* The last piece of a message. What it did not take the machine does. */
static WSP_NOINLINE enum wsp_event_type last_payload(wsp_conn *c, struct wsp_input *in,
                                                     struct wsp_event *ev)
{
    struct wsp_message *m = &c->message;
    bool take = c->fin && !m->compressed && c->frame_left > 0;
    if (!take || !collect(c, in, (size_t)c->frame_left))
        return wsp_conn_feed(c, in, ev);
    /* 5.6, 8.1: the message as a whole is valid UTF-8 */
    if (!wsp_utf8_done(m->utf8)) {
        bad_text(c);
        return wsp_conn_feed(c, in, ev);
    }
    c->phase = WSP_PHASE_HEADER;
    wsp_conn_tell(c, ev, (struct wsp_slice){m->buf.data, m->buf.len}, true);
    return WSP_EVENT_DATA;
}

/* ---------------------------------------------------------------- fragments */

/* Fragments that are copied one after the other. */
struct gather {
    const uint8_t *at; /* the next frame; left bytes of input from it on */
    size_t left;
    uint8_t *to; /* room bytes */
    size_t room;
    size_t budget; /* bytes that the message may still grow by (10.4) */
    bool server;
    void (*mask)(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word);
};

/* The next frame, when it is a continuation with payload, not the last of its message, and there is
 * room and budget for it. */
static bool gather_one(struct gather *g)
{
    size_t len;
    size_t header = short_header(g->at, g->left, g->server, &len);
    if (header == 0 || g->at[0] != WSP_CONTINUATION || len == 0 || len > g->budget || len > g->room)
        return false;
    const uint8_t *from = g->at + header;
    uint64_t word = g->server ? wsp_mask_word(from - MASK_LEN, 0) : 0;
    g->left -= header;
    /* A few bytes are copied as a word, where both sides have one: what is behind them is room. */
    if (len <= 8 && g->room >= 8 && g->left >= 8)
        wsp_store64(g->to, wsp_load64(from) ^ word);
    else
        g->mask(g->to, from, len, word); /* 0 copies */
    g->at = from + len;
    g->left -= len;
    g->to += len;
    g->room -= len;
    g->budget -= len;
    return true;
}

void wsp_conn_fragments(wsp_conn *c, struct wsp_input *in)
{
    struct wsp_message *m = &c->message;
    size_t limit = m->compressed ? c->limits->wire : c->limits->message;
    size_t most = SIZE_MAX / 4 - m->buf.len;
    if (WSP_SMALL_CODE || m->streaming || c->counting || m->total > limit ||
        m->fragments >= c->limits->fragments)
        return;
    if (m->buf.len == m->buf.cap)
        return; /* no memory yet: NULL */
    struct gather g = {.at = in->data,
                       .left = in->len,
                       .to = m->buf.data + m->buf.len,
                       .room = m->buf.cap - m->buf.len,
                       .budget = limit - m->total < most ? (size_t)(limit - m->total) : most,
                       .server = c->role == WSP_SERVER,
                       .mask = c->e->kernels.mask};
    size_t frames = c->limits->fragments - m->fragments;
    if (frames > UINT32_MAX - m->fragments)
        frames = UINT32_MAX - m->fragments;
    size_t begun = m->buf.len;
    uint32_t count = 0;
    while (count < frames && gather_one(&g))
        count++;
    if (count == 0)
        return;
    size_t len = (size_t)(g.to - m->buf.data) - begun;
    m->fragments += count;
    m->empties = 0;
    m->buf.len += len;
    m->total += len;
    input_use(in, in->len - g.left);
    if (checked(c) && !c->e->kernels.utf8(&m->utf8, m->buf.data + begun, len))
        bad_text(c);
}

/* ---------------------------------------------------------------- the front door */

/* In the middle of something, or nothing at all. */
static inline enum wsp_event_type feed_piece(wsp_conn *c, struct wsp_input *in,
                                             struct wsp_event *ev)
{
    if (in->len == 0)
        return between(c) && c->out.control == NULL ? WSP_EVENT_NONE : wsp_conn_feed(c, in, ev);
    c->received_ms = wsp_conn_now(c);
    if (c->phase == WSP_PHASE_PAYLOAD) {
        if (in->len >= c->frame_left)
            return last_payload(c, in, ev);
        if (collect_byte(c, in) || collect(c, in, in->len))
            return WSP_EVENT_NONE;
    } else if (c->phase == WSP_PHASE_HEADER) {
        if (more_header(c, in) || (c->header_len == 0 && begin_large(c, in)))
            return WSP_EVENT_NONE;
    }
    return wsp_conn_feed(c, in, ev);
}

/* All but a message behind another. */
static WSP_NOINLINE enum wsp_event_type feed_unusual(wsp_conn *c, struct wsp_input *in,
                                                     struct wsp_event *ev)
{
    if (in == NULL || !quiet(c, in) || c->more != 0) {
        bool taken = in != NULL && wsp_conn_head_byte(c, in);
        return taken ? WSP_EVENT_NONE : wsp_conn_feed(c, in, ev);
    }
    return feed_piece(c, in, ev);
}

/* A message that is one frame, with nothing to refuse in its header, and whole in the input. What
 * this calls it calls last, and the event is written first, so all of it is done in registers. */
static WSP_INLINE enum wsp_event_type whole_message(wsp_conn *c, struct wsp_input *in,
                                                    struct wsp_event *ev, bool server)
{
    size_t len;
    uint8_t *payload = in->data;
    size_t header = short_header(payload, in->len, server, &len);
    if (header == 0 || len > c->limits->message)
        return feed_unusual(c, in, ev);
    bool text = payload[0] == (WSP_FRAME_FIN | WSP_TEXT);
    if (!text && payload[0] != (WSP_FRAME_FIN | WSP_BINARY))
        return feed_unusual(c, in, ev);
    c->received_ms = wsp_conn_now(c);
    payload += header;
    in->len -= header + len;
    in->data = payload + len;
    ev->type = WSP_EVENT_DATA;
    ev->opcode = text ? WSP_TEXT : WSP_BINARY;
    ev->first = true;
    ev->last = true;
    ev->data = (struct wsp_slice){payload, len};
    uint64_t word = server ? wsp_mask_word(payload - MASK_LEN, 0) : 0;
    if (len >= WSP_PAYLOAD_SMALL)
        return large_message(c, in, ev);
    if (text) {
        enum wsp_small what = server ? WSP_SMALL_UNMASK_ASCII : WSP_SMALL_ASCII;
        if (wsp_payload_small(payload, payload, len, word, what))
            return WSP_EVENT_DATA;
        return !server && len < WSP_UTF8_SHORT ? short_text(c, in, ev) : large_message(c, in, ev);
    }
    if (server)
        (void)wsp_payload_small(payload, payload, len, word, WSP_SMALL_UNMASK);
    return WSP_EVENT_DATA;
}

static WSP_NOINLINE enum wsp_event_type feed_server(wsp_conn *c, struct wsp_input *in,
                                                    struct wsp_event *ev)
{
    return whole_message(c, in, ev, true);
}

static WSP_NOINLINE enum wsp_event_type feed_client(wsp_conn *c, struct wsp_input *in,
                                                    struct wsp_event *ev)
{
    return whole_message(c, in, ev, false);
}

/* The reader of what was lent has seen it. */
static WSP_NOINLINE enum wsp_event_type feed_lent(wsp_conn *c, struct wsp_input *in,
                                                  struct wsp_event *ev)
{
    wsp_endpoint_take_back(c->e);
    if (in == NULL || !quiet(c, in) || !between(c) || (c->role != WSP_CLIENT && in->read_only))
        return feed_unusual(c, in, ev);
    return c->role == WSP_CLIENT ? feed_client(c, in, ev) : feed_server(c, in, ev);
}

enum wsp_event_type wsp_feed(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    memset(ev, 0, sizeof *ev);
    if (WSP_SMALL_CODE) {
        wsp_endpoint_recycle(c->e);
        return wsp_conn_feed(c, in, ev);
    }
    if (wsp_endpoint_lends(c->e))
        return feed_lent(c, in, ev);
    if (in == NULL || !quiet(c, in) || !between(c))
        return feed_unusual(c, in, ev);
    if (c->role == WSP_CLIENT)
        return feed_client(c, in, ev);
    return in->read_only ? feed_unusual(c, in, ev) : feed_server(c, in, ev);
}
