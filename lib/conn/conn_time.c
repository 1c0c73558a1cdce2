/*
 * conn_time - handshake, close, stall, ping and pong timers. SPDX-License-Identifier: MIT
 *
 * A connection has one timer, set to the earliest of what can run out. Traffic only stamps: when
 * the timer fires, what is really due is computed from the stamps, and the timer is set again.
 */
#include "base/bytes.h"
#include "conn/conn.h"

/* The clock's value ms after a stamp. Stamps are the clock's low 32 bits, never 2^31 ms old. */
static uint64_t after(const wsp_conn *c, uint32_t stamp, uint32_t ms)
{
    if (ms == WSP_NEVER)
        return WSP_TIMER_OFF;
    return c->e->now_ms - (uint32_t)(wsp_conn_now(c) - stamp) + ms;
}

static uint64_t handshake_due(const wsp_conn *c)
{
    if (c->state != WSP_CONNECTING || c->ending)
        return WSP_TIMER_OFF;
    return after(c, c->mark_ms, c->e->handshake_ms);
}

static uint64_t close_due(const wsp_conn *c)
{
    return c->flushed ? after(c, c->mark_ms, c->e->close_ms) : WSP_TIMER_OFF;
}

static uint64_t stall_due(const wsp_conn *c)
{
    return wsp_outq_empty(&c->out) ? WSP_TIMER_OFF : after(c, c->sent_ms, c->e->stall_ms);
}

/* Any traffic counts as life: a ping is sent after silence, and only silence after it is death. */
static uint64_t ping_due(const wsp_conn *c)
{
    if (c->state != WSP_OPEN || c->ending || c->e->ping_ms == WSP_NEVER)
        return WSP_TIMER_OFF;
    if (c->ping_waits && c->ping_leaves)
        return WSP_TIMER_OFF; /* it waits behind other output: stall_ms guards that */
    if (c->ping_waits)
        return after(c, c->ping_ms, c->e->pong_ms);
    return after(c, c->received_ms, c->e->ping_ms);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void wsp_conn_arm(wsp_conn *c)
{
    uint64_t due = WSP_TIMER_OFF;
    if (!c->gone && c->phase != WSP_PHASE_OVER) {
        due = sooner(handshake_due(c), stall_due(c));
        due = sooner(due, sooner(close_due(c), ping_due(c)));
    }
    wsp_timers_set(&c->e->timers, &c->timer, due);
}

/* close_ms ran out: what was waited for is the peer's Close, or only the transport's end */
static void close_late(wsp_conn *c)
{
    if (!c->close_received && !c->answered && c->error == WSP_OK) {
        c->error = WSP_ERR_TIMEOUT;
        c->detail = "RFC 6455 7.1.1: no Close came in answer to ours";
    }
    wsp_message_drop(&c->message, c->e);
    c->phase = WSP_PHASE_SWALLOW;
    c->gone = true;
}

static void ping_now(wsp_conn *c)
{
    uint8_t stamp[4];
    wsp_store_be32(stamp, wsp_conn_now(c));
    c->ping_waits = false;
    int r = wsp_send_ping(c, stamp, sizeof stamp);
    /* FULL: the application's own ping waits already, and serves as well. */
    c->ping_waits = r == WSP_OK || r == WSP_ERR_FULL;
    /* No memory or random bytes now: tried again after as long a silence. */
    if (!c->ping_waits)
        c->received_ms = wsp_conn_now(c);
}

void wsp_conn_time(wsp_conn *c)
{
    uint64_t now = c->e->now_ms;
    if (close_due(c) <= now) {
        close_late(c);
    } else if (handshake_due(c) <= now) {
        /* A refused client has its answer's head, and the body as far as it came. */
        if (c->phase == WSP_PHASE_BODY)
            c->gone = true;
        else
            wsp_conn_fail(c, WSP_ERR_TIMEOUT, "the opening handshake took too long");
    } else if (stall_due(c) <= now) {
        wsp_conn_fail(c, WSP_ERR_TIMEOUT, "output waited too long for the transport");
        c->gone = true;
    } else if (ping_due(c) <= now && c->ping_waits) {
        wsp_conn_fail(c, WSP_ERR_TIMEOUT, "RFC 6455 5.5.2: no sign of life after a ping");
    } else if (ping_due(c) <= now) {
        ping_now(c);
    }
    wsp_conn_arm(c);
}

wsp_conn *wsp_endpoint_due(wsp_endpoint *e)
{
    struct wsp_timer *t = e->timers.root;
    if (t == NULL || t->due > e->now_ms)
        return NULL;
    wsp_conn *c = (void *)((char *)t - offsetof(struct wsp_conn, timer));
    wsp_conn_time(c);
    return c;
}
