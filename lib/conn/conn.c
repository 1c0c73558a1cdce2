/* SPDX-License-Identifier: MIT */
#include "conn/conn.h"

#include "base/assert.h"
#include "codec/http.h"

#include <string.h>

/* A promise to those who hold many: an idle connection is one block of this size. */
_Static_assert(sizeof(void *) > 8 || sizeof(struct wsp_conn) <= 256, "a connection fits 256 bytes");

/* The connection's own limits, those of the endpoint at first. */
static bool own_make(wsp_conn *c)
{
    if (c->limits != &c->e->limits)
        return true;
    struct wsp_own *own = wsp_mem_zero(&c->e->mem, sizeof *own);
    if (own == NULL)
        return false;
    own->limits = c->e->limits;
    c->limits = &own->limits;
    return true;
}

static void own_free(wsp_conn *c)
{
    if (c->limits != &c->e->limits)
        wsp_mem_free(&c->e->mem, c->limits, sizeof(struct wsp_own));
    c->limits = &c->e->limits;
}

/* In pieces that a compiler clears by a few stores: for all of it at once it would take an
 * instruction that is slow to begin. */
static void clear(wsp_conn *c)
{
    enum { PIECE = 64 };
    uint8_t *p = (uint8_t *)c;
    size_t i = 0;
    for (; sizeof *c - i >= PIECE; i += PIECE)
        memset(p + i, 0, PIECE);
    memset(p + i, 0, sizeof *c - i);
}

int wsp_conn_new(wsp_conn **out, wsp_endpoint *e, enum wsp_role role)
{
    wsp_conn *c = wsp_mem_new(&e->mem, sizeof *c);
    if (c == NULL)
        return WSP_ERR_NOMEM;
    clear(c);
    c->e = e;
    c->limits = &e->limits;
    if (e->statistics && !own_make(c)) {
        wsp_mem_free(&e->mem, c, sizeof *c);
        return WSP_ERR_NOMEM;
    }
    c->counting = e->statistics;
    c->role = (uint8_t)role;
    c->phase = WSP_PHASE_HEAD;
    c->message.streaming = e->streaming;
    c->rtt_ms = WSP_NEVER;
    c->mark_ms = wsp_conn_now(c);
    c->received_ms = c->mark_ms;
    wsp_timer_init(&c->timer);
    wsp_endpoint_ref(e);
    *out = c;
    return WSP_OK;
}

static bool bits_agreeable(unsigned bits)
{
    return bits >= WSP_DEFLATE_WINDOW_MIN && bits <= WSP_DEFLATE_WINDOW_MAX;
}

static bool deflate_agreeable(const struct wsp_deflate_params *p)
{
    return bits_agreeable(p->server_max_window_bits) && bits_agreeable(p->client_max_window_bits);
}

int wsp_adopt_new(wsp_conn **out, wsp_endpoint *e, const struct wsp_agreed *a)
{
    if (out == NULL)
        return WSP_ERR_ARG;
    *out = NULL;
    if (e == NULL || a == NULL || (a->role != WSP_SERVER && a->role != WSP_CLIENT) ||
        (a->protocol.len > 0 && !wsp_field_name_valid(a->protocol)))
        return WSP_ERR_ARG; /* 4.1 (10): a subprotocol is a token */
    if (a->deflate.enabled && !deflate_agreeable(&a->deflate))
        return WSP_ERR_ARG;
    if (a->deflate.enabled && !e->rules.deflate.enabled)
        return WSP_ERR_UNSUPPORTED;
    wsp_conn *c;
    if (wsp_conn_new(&c, e, a->role) != WSP_OK)
        return WSP_ERR_NOMEM;
    if (!wsp_conn_keep_protocol(c, a->protocol)) {
        wsp_conn_free(c);
        return WSP_ERR_NOMEM;
    }
    wsp_conn_agree(c, &a->deflate);
    wsp_conn_open(c);
    wsp_conn_arm(c);
    *out = c;
    return WSP_OK;
}

/* ---------------------------------------------------------------- subprotocol */

static size_t protocol_len(const char *p)
{
    size_t n = 0;
    while (p != NULL && p[n] != '\0' && p[n] != ',' && p[n] != ' ' && p[n] != '\t')
        n++;
    return n;
}

/* The endpoint's own spelling of it, so that a connection needs no copy; NULL when it has none. */
static const char *protocol_shared(const wsp_endpoint *e, struct wsp_slice protocol)
{
    const char *p = e->rules.protocols;
    while (p != NULL && *p != '\0') {
        size_t n = protocol_len(p);
        if (n == protocol.len && memcmp(p, protocol.data, n) == 0)
            return p;
        p += n > 0 ? n : 1;
    }
    return NULL;
}

struct wsp_slice wsp_protocol(const wsp_conn *c)
{
    return (struct wsp_slice){(const uint8_t *)c->protocol, protocol_len(c->protocol)};
}

/* A copy is what no list of the endpoint's spells out. */
void wsp_conn_forget_protocol(wsp_conn *c)
{
    if (c->protocol == NULL)
        return;
    struct wsp_slice p = wsp_protocol(c);
    if (protocol_shared(c->e, p) != c->protocol) {
        char *own;
        memcpy(&own, &c->protocol, sizeof own); /* ours, so not const */
        wsp_mem_free(&c->e->mem, own, p.len + 1);
    }
    c->protocol = NULL;
}

bool wsp_conn_keep_protocol(wsp_conn *c, struct wsp_slice protocol)
{
    if (protocol.len == 0)
        return true;
    c->protocol = protocol_shared(c->e, protocol);
    if (c->protocol != NULL)
        return true;
    char *copy = wsp_mem_new(&c->e->mem, protocol.len + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, protocol.data, protocol.len);
    copy[protocol.len] = '\0';
    c->protocol = copy;
    return true;
}

void wsp_conn_agreed(const wsp_conn *c, struct wsp_agreed *out)
{
    memset(out, 0, sizeof *out);
    out->role = c->role == WSP_CLIENT ? WSP_CLIENT : WSP_SERVER;
    out->protocol = wsp_protocol(c);
    if (!wsp_conn_deflates(c))
        return;
    bool server = c->role == WSP_SERVER;
    out->deflate.enabled = true;
    out->deflate.server_no_context_takeover = !(server ? c->send_takeover : c->receive_takeover);
    out->deflate.client_no_context_takeover = !(server ? c->receive_takeover : c->send_takeover);
    out->deflate.server_max_window_bits = server ? c->send_bits : c->receive_bits;
    out->deflate.client_max_window_bits = server ? c->receive_bits : c->send_bits;
}

/* ---------------------------------------------------------------- lifetime */

void wsp_conn_opening_free(wsp_conn *c, bool lend)
{
    struct wsp_opening *o = c->opening;
    if (o == NULL)
        return;
    c->opening = NULL;
    c->opens = false;
    if (o->body.data != NULL)
        wsp_endpoint_give(c->e, &o->body);
    if (o->kept.data != NULL)
        wsp_endpoint_give(c->e, &o->kept);
    wsp_mem_free(&c->e->mem, o->protocols, o->protocols_len);
    if (lend) {
        wsp_endpoint_lend(c->e, &o->in);
        wsp_endpoint_lend_block(c->e, o, o->bytes);
    } else {
        if (o->in.data != NULL)
            wsp_endpoint_give(c->e, &o->in);
        wsp_endpoint_unblock(c->e, WSP_BLOCK_OPENING, o, o->bytes);
    }
}

static void groups_leave(wsp_conn *c)
{
    while (c->members != NULL)
        wsp_members_remove(c->members, &c->e->mem, &c->members);
}

/* Everything but the block itself, what its queries answer from, and the endpoint. */
static void conn_empty(wsp_conn *c)
{
    wsp_timers_set(&c->e->timers, &c->timer, WSP_TIMER_OFF);
    groups_leave(c);
    wsp_message_drop(&c->message, c->e);
    wsp_outq_free(&c->out, c->e);
    wsp_permessage_free(&c->codecs, c->e);
    wsp_conn_opening_free(c, false);
    wsp_conn_cause(c, WSP_CAUSE_OVER);
    c->phase = WSP_PHASE_OVER;
    c->tell_open = false;
    c->tell_request = false;
    c->full = false;
}

static void conn_destroy(wsp_conn *c)
{
    wsp_endpoint *e = c->e;
    own_free(c);
    wsp_conn_forget_protocol(c);
    wsp_mem_free(&e->mem, c, sizeof *c);
    wsp_endpoint_unref(e);
}

void wsp_conn_free(wsp_conn *c)
{
    if (c == NULL || c->freed)
        return;
    conn_empty(c);
    c->freed = true;
    if (c->held == 0)
        conn_destroy(c);
}

void wsp_hold(wsp_conn *c)
{
    WSP_ASSERT(c->held < UINT16_MAX);
    c->held++;
}

void wsp_release(wsp_conn *c)
{
    WSP_ASSERT(c->held > 0);
    c->held--;
    if (c->held == 0 && c->freed)
        conn_destroy(c);
}

/* ---------------------------------------------------------------- the end */

void wsp_conn_cause(wsp_conn *c, enum wsp_cause cause)
{
    c->state = (uint8_t)wsp_ready_next((enum wsp_state)c->state, cause);
}

void wsp_conn_open(wsp_conn *c)
{
    wsp_conn_cause(c, WSP_CAUSE_OPENED);
    c->phase = WSP_PHASE_HEADER;
    c->header_len = 0;
    c->tell_open = true;
}

/* 7.4.1: the code that tells this failure to the peer; 0: no Close frame is sent. */
static unsigned code_of(enum wsp_error error)
{
    switch (error) {
    case WSP_ERR_PROTOCOL:
        return WSP_CLOSE_PROTOCOL_ERROR;
    case WSP_ERR_UTF8:
    case WSP_ERR_DEFLATE:
        return WSP_CLOSE_INVALID_DATA;
    case WSP_ERR_TOO_BIG:
        return WSP_CLOSE_TOO_BIG;
    case WSP_ERR_NOMEM:
        return WSP_CLOSE_INTERNAL_ERROR;
    default:
        return 0;
    }
}

static bool fault_of_peer(enum wsp_error error)
{
    return error != WSP_ERR_NOMEM && error != WSP_ERR_ENTROPY && error != WSP_ERR_TIMEOUT;
}

void wsp_conn_fail(wsp_conn *c, enum wsp_error error, const char *rule)
{
    if (c->phase == WSP_PHASE_OVER)
        return;
    /* 7.1.7: no data is processed any more, not even a Close */
    wsp_message_drop(&c->message, c->e);
    wsp_permessage_free(&c->codecs, c->e);
    c->phase = WSP_PHASE_SWALLOW;
    if (c->error != WSP_OK)
        return;
    c->error = (int8_t)error;
    c->detail = rule;
    if (c->ending) {
        wsp_conn_cause(c, WSP_CAUSE_CLOSING);
        return;
    }
    c->by_peer = fault_of_peer(error);
    unsigned code = c->state != WSP_CONNECTING ? code_of(error) : 0;
    wsp_conn_cause(c, WSP_CAUSE_CLOSING);
    wsp_outq_cut(&c->out, c->e);
    if (code == 0 || wsp_conn_send_close(c, code, (struct wsp_slice){NULL, 0}) != WSP_OK) {
        c->gone = true;
        wsp_conn_sort(c); /* the cut may have left no output */
    }
}

bool wsp_conn_finished(const wsp_conn *c)
{
    if (c->phase == WSP_PHASE_OVER)
        return false;
    if (c->gone)
        return true;
    return c->flushed && c->ended;
}

/* 7.1.5, 7.1.6 */
static void told_code(const wsp_conn *c, struct wsp_event *ev)
{
    ev->code = c->close_received ? c->received_code : (uint16_t)WSP_CLOSE_ABNORMAL;
    const struct wsp_control *k = c->out.control;
    if (c->close_received && k != NULL)
        ev->data = (struct wsp_slice){k->received_reason, k->received_len};
}

void wsp_conn_over(wsp_conn *c, struct wsp_event *ev)
{
    ev->type = WSP_EVENT_CLOSE;
    /* 7.1.4: cleanly, when the closing handshake was completed */
    c->clean = c->close_received && c->flushed && c->error == WSP_OK;
    told_code(c, ev);
    ev->clean = c->clean;
    ev->by_peer = c->by_peer;
    ev->error = c->error;
    ev->detail = c->detail;
    if (c->opening != NULL && c->opening->head.status != 0 && c->role == WSP_CLIENT) {
        ev->head = &c->opening->head;
        ev->body = (struct wsp_slice){c->opening->body.data, c->opening->body.len};
    }
    wsp_conn_cause(c, WSP_CAUSE_OVER);
    c->phase = WSP_PHASE_OVER;
    c->tell_open = false;
    c->tell_request = false;
    c->full = false;
    wsp_timers_set(&c->e->timers, &c->timer, WSP_TIMER_OFF);
    wsp_message_drop(&c->message, c->e);
    wsp_permessage_free(&c->codecs, c->e);
    groups_leave(c);
}

static void end_while_open(wsp_conn *c)
{
    if (c->flushed && (c->close_received || c->answered || c->error != WSP_OK))
        return; /* what was waited for: wsp_conn_finished sees ended */
    if (c->error == WSP_OK) {
        c->error = WSP_ERR_EOF;
        c->detail = c->close_received
                        ? "RFC 6455 7.1.4: the transport ended before our Close was sent"
                        : "RFC 6455 7.1.5: the transport ended without a Close";
        if (!c->ending)
            c->by_peer = true;
    }
    c->gone = true;
}

static void end_while_connecting(wsp_conn *c)
{
    if (c->phase == WSP_PHASE_BODY) {
        c->gone = true;
        return;
    }
    /* The peer has ended its direction only: a request that is complete can still be answered. */
    if (c->phase == WSP_PHASE_WAIT || c->ending)
        return;
    if (c->error == WSP_OK) {
        c->error = WSP_ERR_EOF;
        c->detail = c->role == WSP_SERVER
                        ? "RFC 6455 4.2.1: the transport ended before the request was complete"
                        : "RFC 6455 4.1: the transport ended before the answer was complete";
        c->by_peer = true;
    }
    c->gone = true;
}

static void end_by_reset(wsp_conn *c)
{
    bool done = c->flushed && (c->close_received || c->answered);
    if (c->error == WSP_OK && !done) {
        c->error = WSP_ERR_IO;
        c->detail = "the transport failed";
        if (!c->ending)
            c->by_peer = true;
    }
    c->gone = true;
}

void wsp_conn_end(wsp_conn *c, enum wsp_end end)
{
    if (c->phase == WSP_PHASE_OVER || c->gone)
        return;
    if (end == WSP_END_RESET)
        end_by_reset(c);
    else if (c->state == WSP_CONNECTING)
        end_while_connecting(c);
    else
        end_while_open(c);
}

/* ---------------------------------------------------------------- settings and queries */

int wsp_set_limits(wsp_conn *c, const struct wsp_limits *limits)
{
    if (c->phase == WSP_PHASE_OVER || c->message.opcode != 0)
        return WSP_ERR_STATE;
    struct wsp_limits filled = c->e->limits;
    if (limits != NULL && !wsp_limits_fill(&filled, limits))
        return WSP_ERR_ARG;
    if (!own_make(c))
        return WSP_ERR_NOMEM;
    *c->limits = filled;
    return WSP_OK;
}

int wsp_set_streaming(wsp_conn *c, bool streaming)
{
    if (c->phase == WSP_PHASE_OVER || c->message.opcode != 0)
        return WSP_ERR_STATE;
    c->message.streaming = streaming;
    return WSP_OK;
}

void wsp_set_user(wsp_conn *c, void *user)
{
    c->user = user;
}

void *wsp_user(const wsp_conn *c)
{
    return c->user;
}

wsp_endpoint *wsp_conn_endpoint(const wsp_conn *c)
{
    return c->freed ? NULL : c->e;
}

enum wsp_state wsp_ready_state(const wsp_conn *c)
{
    return (enum wsp_state)c->state;
}

size_t wsp_buffered_amount(const wsp_conn *c)
{
    return c->out.buffered;
}

size_t wsp_queued_bytes(const wsp_conn *c)
{
    return c->out.queued;
}

uint32_t wsp_ping_rtt_ms(const wsp_conn *c)
{
    return c->rtt_ms;
}

bool wsp_get_statistics(const wsp_conn *c, struct wsp_statistics *out)
{
    const struct wsp_statistics *s = wsp_conn_statistics(c);
    memset(out, 0, sizeof *out);
    if (s != NULL)
        *out = *s;
    return s != NULL;
}

void wsp_close_info(const wsp_conn *c, struct wsp_close_info *out)
{
    const struct wsp_control *k = c->out.control;
    memset(out, 0, sizeof *out);
    out->received_code = c->close_received ? c->received_code : (uint16_t)WSP_CLOSE_ABNORMAL;
    out->by_peer = c->by_peer;
    out->clean = c->clean;
    out->error = c->error;
    out->detail = c->detail;
    out->sent_code = k != NULL ? k->sent_code : 0;
    if (k != NULL) {
        if (c->close_received)
            out->received_reason = (struct wsp_slice){k->received_reason, k->received_len};
        out->sent_reason = (struct wsp_slice){k->sent_reason, k->sent_len};
    }
}

unsigned wsp_wants(const wsp_conn *c)
{
    if (c->phase == WSP_PHASE_OVER)
        return WSP_WANT_END;
    unsigned wants = 0;
    bool kept = c->opening != NULL && c->opening->kept.len > 0 && c->phase != WSP_PHASE_WAIT;
    if (c->tell_open || c->tell_request || kept || wsp_conn_finished(c) || wsp_conn_drained(c) ||
        (c->ended && c->state == WSP_OPEN))
        wants |= WSP_WANT_FEED;
    if (c->phase == WSP_PHASE_WAIT)
        wants |= WSP_WANT_ANSWER;
    else if (!c->ended && !c->gone)
        wants |= WSP_WANT_READ;
    if (!wsp_outq_empty(&c->out) && !c->gone)
        wants |= WSP_WANT_WRITE;
    /* 5.5.1, 7.1.1: after both Closes the server ends first, then reads on so that no reset
     * destroys its Close */
    bool done = c->close_received || c->answered || c->error != WSP_OK;
    if (c->role == WSP_SERVER && c->flushed && done && !c->shut && !c->gone)
        wants |= WSP_WANT_SHUT;
    return wants;
}

void wsp_shut(wsp_conn *c)
{
    c->shut = true;
}
