/*
 * conn_feed - wsp_feed: what most input is, done in one go. SPDX-License-Identifier: MIT
 *
 * A message in one frame that is whole in the input, and pieces of a header or of a payload that do
 * not complete it, are dealt with here; the machine of conn_recv.c takes all that is refused here,
 * from the same state and with the same outcome. Nothing here can break a rule but the text of a
 * message, so no rule is stated twice.
 */
#include "base/bytes.h"
#include "codec/frame.h"
#include "codec/mask.h"
#include "codec/payload.h"
#include "conn/conn.h"

#define MASK_LEN 4u

static void input_use(struct wsp_input *in, size_t n)
{
    in->data += n;
    in->len -= n;
}

/* Nothing waits but to read frames: no event, no end, no timer, no counters to keep. */
static bool usual(const wsp_conn *c, const struct wsp_input *in)
{
    bool more = c->tell_open || c->counting || c->ping_waits || c->full || c->ending || c->gone ||
                c->ended || c->close_received;
    return !more && in->end == WSP_END_OPEN && c->opening == NULL && c->timer.due > c->e->now_ms;
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

/* Where the payload of the frame at in begins, when it is a whole message with nothing to refuse
 * in its header; otherwise 0. */
static size_t whole_header(const wsp_conn *c, const struct wsp_input *in, size_t *len)
{
    size_t header = short_header(in->data, in->len, c->role == WSP_SERVER, len);
    bool whole = header != 0 && (in->data[0] == 0x81 || in->data[0] == 0x82);
    return whole && *len <= c->limits->message ? header : 0;
}

/* Unmasks in place and checks; without a mask nothing is written: the input may be read-only. */
static bool whole_payload(uint8_t *payload, size_t len, uint64_t word, bool check)
{
    uint32_t utf8 = 0;
    if (!check) {
        if (word != 0)
            wsp_mask_apply(payload, payload, len, word);
        return true;
    }
    bool good = word != 0 ? wsp_payload_unmask_text(payload, payload, len, word, &utf8)
                          : wsp_utf8_feed(&utf8, payload, len);
    return good && wsp_utf8_done(utf8);
}

static bool whole_message(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    size_t len;
    size_t header = whole_header(c, in, &len);
    if (header == 0)
        return false;
    uint8_t *payload = in->data + header;
    bool server = c->role == WSP_SERVER;
    uint64_t word = server ? wsp_mask_word(payload - MASK_LEN, 0) : 0;
    bool text = in->data[0] == 0x81;
    if (!whole_payload(payload, len, word, text && !c->e->trust_utf8)) {
        wsp_conn_fail(c, WSP_ERR_UTF8, "RFC 6455 8.1: text is not valid UTF-8");
        return false;
    }
    input_use(in, header + len);
    ev->type = WSP_EVENT_DATA;
    ev->opcode = text ? WSP_TEXT : WSP_BINARY;
    ev->first = true;
    ev->last = true;
    ev->data = (struct wsp_slice){payload, len};
    return true;
}

/* ---------------------------------------------------------------- pieces that complete nothing */

/* Bytes of a header behind its first two, which were looked at when they came. */
static bool more_header(wsp_conn *c, struct wsp_input *in)
{
    if (c->header_len < 2 || c->header_len + in->len >= wsp_frame_header_size(c->header[1]))
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

static void bad_text(wsp_conn *c)
{
    wsp_conn_fail(c, WSP_ERR_UTF8, "RFC 6455 8.1: text is not valid UTF-8");
}

/* Payload of a message that is collected, where there is room for it. */
static bool more_payload(wsp_conn *c, struct wsp_input *in)
{
    struct wsp_message *m = &c->message;
    size_t len = in->len;
    if (m->streaming || len >= c->frame_left || len > m->buf.cap - m->buf.len)
        return false;
    uint8_t *to = m->buf.data + m->buf.len;
    uint64_t word = c->masked ? wsp_mask_word(c->key, c->key_at) : 0;
    if (len == 1 && !checked(c)) {
        to[0] = in->data[0] ^ (c->masked ? c->key[c->key_at] : 0);
    } else if (!checked(c)) {
        wsp_mask_apply(to, in->data, len, word);
    } else if (!wsp_payload_unmask_text(to, in->data, len, word, &m->utf8)) {
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

/* ---------------------------------------------------------------- fragments */

/* Fragments that are copied one after the other. */
struct gather {
    const uint8_t *at; /* the next frame; left bytes of input from it on */
    size_t left;
    uint8_t *to; /* room bytes */
    size_t room;
    size_t budget; /* bytes that the message may still grow by (10.4) */
    bool server;
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
        wsp_mask_apply(g->to, from, len, word);
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
    if (m->streaming || c->counting || m->total > limit || m->fragments >= c->limits->fragments)
        return;
    if (m->buf.len == m->buf.cap)
        return; /* no memory yet: NULL */
    struct gather g = {.at = in->data,
                       .left = in->len,
                       .to = m->buf.data + m->buf.len,
                       .room = m->buf.cap - m->buf.len,
                       .budget = limit - m->total < most ? (size_t)(limit - m->total) : most,
                       .server = c->role == WSP_SERVER};
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
    if (checked(c) && !wsp_utf8_feed(&m->utf8, m->buf.data + begun, len))
        bad_text(c);
}

/* ---------------------------------------------------------------- the front door */

enum wsp_event_type wsp_feed(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    memset(ev, 0, sizeof *ev);
    wsp_endpoint_recycle(c->e);
    if (in == NULL || in->len == 0 || !usual(c, in))
        return wsp_conn_feed(c, in, ev);
    c->received_ms = wsp_conn_now(c);
    bool in_place = !in->read_only || c->role == WSP_CLIENT;
    if (c->phase == WSP_PHASE_HEADER && c->header_len > 0) {
        if (more_header(c, in))
            return WSP_EVENT_NONE;
    } else if (c->phase == WSP_PHASE_HEADER && c->message.opcode == 0) {
        if (in_place && whole_message(c, in, ev))
            return WSP_EVENT_DATA;
    } else if (c->phase == WSP_PHASE_PAYLOAD && more_payload(c, in)) {
        return WSP_EVENT_NONE;
    }
    return wsp_conn_feed(c, in, ev);
}
