/* conn_recv - bytes become events (RFC 6455 5, 6.2). SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "codec/mask.h"
#include "conn/conn.h"

#include <string.h>

/* What a step of the machine came to. */
enum step {
    STEP_ON,     /* the phase changed: go on */
    STEP_EVENT,  /* *ev is an event */
    STEP_STARVED /* more input is needed */
};

static void input_use(struct wsp_input *in, size_t n)
{
    if (n == 0) /* data may be NULL: nothing may be added to that, not even 0 */
        return;
    in->data += n;
    in->len -= n;
}

/* ---------------------------------------------------------------- frame headers */

static void count_header(wsp_conn *c, size_t len)
{
    struct wsp_statistics *s = wsp_conn_statistics(c);
    if (s == NULL)
        return;
    s->received.frames++;
    s->received.wire += len;
}

static void count_payload(wsp_conn *c, size_t len)
{
    struct wsp_statistics *s = wsp_conn_statistics(c);
    if (s != NULL)
        s->received.wire += len;
}

void wsp_conn_begin_frame(wsp_conn *c, struct wsp_frame *f, size_t header_len)
{
    enum wsp_role role = c->role == WSP_CLIENT ? WSP_CLIENT : WSP_SERVER;
    const char *rule = NULL;
    /* RFC 7692 6: RSV1 on the first frame of a data message, where it was agreed on */
    bool first = f->opcode == WSP_TEXT || f->opcode == WSP_BINARY;
    uint8_t rsv = wsp_conn_deflates(c) && first ? WSP_RSV1 : 0;
    int r = wsp_frame_check(f, role, rsv, c->message.opcode != 0);
    if (r != WSP_OK) {
        wsp_conn_fail(c, (enum wsp_error)r, f->rule);
        return;
    }
    count_header(c, header_len);
    c->frame_left = f->payload_len;
    c->key_at = 0;
    c->masked = f->masked;
    c->fin = f->fin;
    c->header_len = 0;
    memcpy(c->key, f->key, sizeof c->key);
    if (f->opcode >= WSP_CLOSE) {
        c->control_op = (uint8_t)f->opcode;
        c->phase = WSP_PHASE_CONTROL;
        return;
    }
    c->phase = WSP_PHASE_PAYLOAD;
    r = wsp_message_frame(&c->message, f, c->limits, &rule);
    if (r != WSP_OK)
        wsp_conn_fail(c, (enum wsp_error)r, rule);
}

/* A header that came in pieces: its first bytes are kept and parsed again with what is new. */
static enum step step_header_kept(wsp_conn *c, struct wsp_input *in)
{
    size_t old = c->header_len;
    size_t len = old;
    for (size_t i = 0; len < sizeof c->header && i < in->len; i++)
        c->header[len++] = in->data[i];
    struct wsp_frame f;
    int n = wsp_frame_parse(&f, c->header, len);
    if (n < 0) {
        input_use(in, len - old);
        wsp_conn_fail(c, WSP_ERR_PROTOCOL, f.rule);
        return STEP_ON;
    }
    if (n == 0) {
        input_use(in, len - old);
        c->header_len = (uint8_t)len;
        return STEP_STARVED;
    }
    input_use(in, (size_t)n - old);
    wsp_conn_begin_frame(c, &f, (size_t)n);
    return STEP_ON;
}

static enum step step_header(wsp_conn *c, struct wsp_input *in)
{
    if (in->len == 0)
        return STEP_STARVED;
    if (c->header_len > 0)
        return step_header_kept(c, in);
    if (c->message.opcode != 0)
        wsp_conn_fragments(c, in);
    if (in->len == 0 || c->phase != WSP_PHASE_HEADER)
        return STEP_ON;
    struct wsp_frame f;
    int n = wsp_frame_parse(&f, in->data, in->len);
    if (n == 0)
        return step_header_kept(c, in);
    if (n < 0) {
        wsp_conn_fail(c, WSP_ERR_PROTOCOL, f.rule);
        return STEP_ON;
    }
    input_use(in, (size_t)n);
    wsp_conn_begin_frame(c, &f, (size_t)n);
    return STEP_ON;
}

/* ---------------------------------------------------------------- data */

void wsp_conn_tell(wsp_conn *c, struct wsp_event *ev, struct wsp_slice data, bool last)
{
    ev->type = WSP_EVENT_DATA;
    ev->opcode = c->message.opcode == WSP_TEXT ? WSP_TEXT : WSP_BINARY;
    ev->first = !c->message.told;
    ev->last = last;
    ev->data = data;
    c->message.told = true;
    if (last)
        wsp_message_end(&c->message, c->e);
    else
        wsp_message_lend(&c->message, c->e);
}

static void count_data(wsp_conn *c, size_t len, bool last)
{
    struct wsp_statistics *s = wsp_conn_statistics(c);
    if (s == NULL)
        return;
    s->received.payload += len;
    s->received.messages += last;
}

static enum step step_payload(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    size_t len = in->len < c->frame_left ? in->len : (size_t)c->frame_left;
    if (len == 0 && c->frame_left > 0)
        return STEP_STARVED;
    struct wsp_piece p = {
        .in = in->data,
        .len = len,
        .key = c->masked ? c->key : NULL,
        .offset = c->key_at,
        .left = c->frame_left,
        .fin = c->fin,
        .read_only = in->read_only,
    };
    struct wsp_slice out = {NULL, 0};
    const char *rule = NULL;
    int r = wsp_message_piece(&c->message, c->e, &p, &out, &rule);
    bool frame_end = len == c->frame_left;
    bool last = frame_end && c->fin;
    if (r == WSP_OK && last && c->message.compressed && wsp_conn_deflates(c))
        r = wsp_conn_inflate(c, &out, &rule);
    if (r != WSP_OK) {
        wsp_conn_fail(c, (enum wsp_error)r, rule);
        return STEP_ON;
    }
    input_use(in, len);
    c->frame_left -= len;
    c->key_at = (uint8_t)((c->key_at + len) & 3);
    count_payload(c, len);
    /* What a compressed message holds is known at its end. */
    count_data(c, !c->message.compressed ? len : last ? out.len : 0, last);
    if (frame_end)
        c->phase = WSP_PHASE_HEADER;
    if (last || (c->message.streaming && len > 0)) {
        wsp_conn_tell(c, ev, out, last);
        return STEP_EVENT;
    }
    return STEP_ON;
}

/* A piece of a compressed message that is delivered as it arrives: wire bytes and plain ones keep
 * no step, so one of them may be told after the other. */
static enum step step_stream(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    const struct wsp_codecs *k = c->codecs;
    bool waits = k != NULL && k->stream != NULL && wsp_permessage_stream_waits(k->stream);
    if (!waits && c->frame_left > 0 && in->len == 0)
        return STEP_STARVED;
    struct wsp_slice out = {NULL, 0};
    bool done = false;
    const char *rule = NULL;
    int r = wsp_conn_inflate_some(c, in, &out, &done, &rule);
    if (r != WSP_OK) {
        wsp_conn_fail(c, (enum wsp_error)r, rule);
        return STEP_ON;
    }
    k = c->codecs;
    waits = k != NULL && k->stream != NULL && wsp_permessage_stream_waits(k->stream);
    if (c->frame_left == 0 && (done || (!c->fin && !waits)))
        c->phase = WSP_PHASE_HEADER;
    count_data(c, out.len, done);
    if (out.len == 0 && !done)
        return STEP_ON;
    wsp_conn_tell(c, ev, out, done);
    return STEP_EVENT;
}

/* ---------------------------------------------------------------- control frames (5.5) */

static enum step got_ping(wsp_conn *c, struct wsp_event *ev, struct wsp_slice body)
{
    /* 5.5.2: a Pong with the same data, unless a Close was received; no frame follows our Close */
    if (!c->ending || (c->out.control != NULL && !c->out.control->close_shown)) {
        int r = wsp_conn_control(c, WSP_PONG, body);
        if (r != WSP_OK) {
            wsp_conn_fail(c, (enum wsp_error)r, "no means to answer a ping");
            return STEP_ON;
        }
    }
    ev->type = WSP_EVENT_PING;
    ev->data = body;
    return STEP_EVENT;
}

/* 5.5.3: a Pong that nobody asked for is not answered either */
static enum step got_pong(wsp_conn *c, struct wsp_event *ev, struct wsp_slice body)
{
    if (c->ping_timed && wsp_conn_hash(body) == c->ping_hash) {
        c->ping_timed = false;
        c->rtt_ms = wsp_conn_now(c) - c->ping_ms;
    }
    ev->type = WSP_EVENT_PONG;
    ev->data = body;
    return STEP_EVENT;
}

static bool keep_reason(wsp_conn *c, struct wsp_slice reason)
{
    if (reason.len == 0)
        return true;
    struct wsp_control *k = wsp_outq_control(&c->out, c->e);
    if (k == NULL)
        return false;
    k->received_len = (uint8_t)reason.len;
    memcpy(k->received_reason, reason.data, reason.len);
    return true;
}

/* 5.5.1, 7.1.5: the Close is noted, and answered unless ours is on its way */
static void got_close(wsp_conn *c, struct wsp_slice body)
{
    uint16_t code;
    struct wsp_slice reason;
    int r = wsp_close_parse(&code, &reason, body.data, body.len);
    if (r != WSP_OK) {
        wsp_conn_fail(c, (enum wsp_error)r,
                      r == WSP_ERR_UTF8 ? "RFC 6455 8.1: Close reason is not valid UTF-8"
                                        : "RFC 6455 5.5.1: malformed Close body");
        return;
    }
    if (!keep_reason(c, reason)) {
        wsp_conn_fail(c, WSP_ERR_NOMEM, "out of memory for a Close");
        return;
    }
    if (!c->ending) {
        r = wsp_conn_send_close(c, code == WSP_CLOSE_NO_STATUS ? 0 : code,
                                (struct wsp_slice){NULL, 0});
        if (r != WSP_OK) {
            wsp_conn_fail(c, (enum wsp_error)r, "no means to answer a Close");
            return;
        }
        c->by_peer = true;
    }
    c->close_received = true;
    c->received_code = code;
    wsp_conn_cause(c, WSP_CAUSE_CLOSING);
    wsp_message_drop(&c->message, c->e);
    wsp_permessage_free(&c->codecs, c->e);
    c->phase = WSP_PHASE_SWALLOW;
}

static enum step control_done(wsp_conn *c, struct wsp_event *ev, struct wsp_slice body)
{
    c->phase = WSP_PHASE_HEADER;
    switch (c->control_op) {
    case WSP_PING:
        return got_ping(c, ev, body);
    case WSP_PONG:
        return got_pong(c, ev, body);
    default:
        got_close(c, body);
        return STEP_ON;
    }
}

/* Payload that came in pieces, or must not be unmasked in place, is collected. */
static enum step control_collect(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    struct wsp_control *k = wsp_outq_control(&c->out, c->e);
    if (k == NULL) {
        wsp_conn_fail(c, WSP_ERR_NOMEM, "out of memory for a control frame");
        return STEP_ON;
    }
    size_t n = 0;
    for (; c->frame_left > 0 && n < in->len && k->body_len < WSP_CONTROL_MAX; n++) {
        k->body[k->body_len++] = in->data[n] ^ (c->masked ? c->key[c->key_at] : 0);
        c->key_at = (uint8_t)((c->key_at + 1) & 3);
        c->frame_left--;
    }
    count_payload(c, n);
    input_use(in, n);
    if (c->frame_left > 0)
        return STEP_STARVED;
    struct wsp_slice body = {c->e->control_body, k->body_len};
    memcpy(c->e->control_body, k->body, k->body_len);
    k->body_len = 0;
    return control_done(c, ev, body);
}

static enum step step_control(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    const struct wsp_control *k = c->out.control;
    bool begun = k != NULL && k->body_len > 0;
    if (begun || in->len < c->frame_left || (c->masked && in->read_only && c->frame_left > 0)) {
        if (in->len == 0)
            return STEP_STARVED;
        return control_collect(c, in, ev);
    }
    struct wsp_slice body = {in->data, (size_t)c->frame_left};
    if (c->masked)
        wsp_mask(in->data, in->data, body.len, c->key, 0);
    count_payload(c, body.len);
    input_use(in, body.len);
    c->frame_left = 0;
    return control_done(c, ev, body);
}

/* ---------------------------------------------------------------- the machine */

static enum step step_open(wsp_conn *c, struct wsp_event *ev)
{
    c->tell_open = false;
    ev->type = WSP_EVENT_OPEN;
    if (c->opening != NULL && c->opening->kept.len == 0) {
        ev->head = &c->opening->head;
        wsp_conn_opening_free(c, true);
    } else if (c->opening != NULL) {
        ev->head = &c->opening->head;
    }
    return STEP_EVENT;
}

static enum step step_request(wsp_conn *c, struct wsp_event *ev)
{
    const struct wsp_verdict *v = &c->opening->verdict;
    c->tell_request = false;
    ev->type = WSP_EVENT_REQUEST;
    ev->head = &c->opening->head;
    ev->upgrade_ok = v->status == 101;
    ev->status = (uint16_t)v->status;
    ev->detail = v->rule;
    return STEP_EVENT;
}

/* DRAIN: once for each FULL, when half of what may wait is gone */
static bool drained(wsp_conn *c, struct wsp_event *ev)
{
    if (!wsp_conn_drained(c))
        return false;
    c->full = false;
    wsp_conn_sort(c);
    ev->type = WSP_EVENT_DRAIN;
    return true;
}

static enum step step(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    if (c->tell_open)
        return step_open(c, ev);
    switch ((enum wsp_phase)c->phase) {
    case WSP_PHASE_HEAD:
        return c->opening->role->feed_head(c, in) ? STEP_ON : STEP_STARVED;
    case WSP_PHASE_WAIT:
        return c->tell_request ? step_request(c, ev) : STEP_STARVED;
    case WSP_PHASE_BODY:
        return c->opening->role->feed_body(c, in) ? STEP_ON : STEP_STARVED;
    case WSP_PHASE_HEADER:
        return step_header(c, in);
    case WSP_PHASE_PAYLOAD:
        if (c->message.compressed && c->message.streaming && wsp_conn_deflates(c))
            return step_stream(c, in, ev);
        return step_payload(c, in, ev);
    case WSP_PHASE_CONTROL:
        return step_control(c, in, ev);
    case WSP_PHASE_SWALLOW:
    case WSP_PHASE_OVER:
        break;
    }
    input_use(in, in->len);
    return STEP_STARVED;
}

static bool run(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    enum step s;
    do
        s = step(c, in, ev);
    while (s == STEP_ON);
    return s == STEP_EVENT;
}

/* What was handed over while a request waited comes before new input. */
static bool run_kept(wsp_conn *c, struct wsp_event *ev)
{
    struct wsp_opening *o = c->opening;
    if (o == NULL || o->kept.len == 0 || c->phase == WSP_PHASE_WAIT)
        return false;
    struct wsp_input in = {o->kept.data + o->kept_at, o->kept.len - o->kept_at, false,
                           WSP_END_OPEN};
    bool event = run(c, &in, ev);
    o->kept_at = o->kept.len - in.len;
    if (event)
        return true;
    o->kept.len = 0;
    wsp_conn_opening_free(c, false);
    return false;
}

static void note_input(wsp_conn *c, const struct wsp_input *in)
{
    if (in->len == 0)
        return;
    c->received_ms = wsp_conn_now(c);
    c->ping_waits = false;
    /* A keep-alive ping without an end to its wait has left no timer. */
    if (c->timer.due == WSP_TIMER_OFF)
        wsp_conn_arm(c);
}

enum wsp_event_type wsp_conn_feed(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev)
{
    struct wsp_input none = {NULL, 0, false, WSP_END_OPEN};
    if (in == NULL)
        in = &none;
    if (c->phase == WSP_PHASE_OVER) {
        input_use(in, in->len);
        return WSP_EVENT_NONE;
    }
    note_input(c, in);
    if (c->timer.due <= c->e->now_ms)
        wsp_conn_time(c);
    if (run_kept(c, ev) || run(c, in, ev) || drained(c, ev))
        return ev->type;
    /* A waiting request leaves input unused: a lost transport is noticed all the same. */
    if (in->end == WSP_END_EOF && in->len == 0)
        c->ended = true;
    if (in->end == WSP_END_RESET)
        wsp_conn_end(c, WSP_END_RESET);
    else if (c->ended)
        wsp_conn_end(c, WSP_END_EOF);
    if (wsp_conn_finished(c)) {
        wsp_conn_over(c, ev);
        return ev->type;
    }
    wsp_outq_tidy(&c->out, c->e);
    return WSP_EVENT_NONE;
}

size_t wsp_recv_space(wsp_conn *c, uint8_t **at)
{
    if (c->phase != WSP_PHASE_PAYLOAD)
        return 0;
    return wsp_message_space(&c->message, c->e, c->frame_left, at);
}
