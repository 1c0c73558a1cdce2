/*
 * growth_messages - the length of a message, and the number of its fragments.
 * SPDX-License-Identifier: MIT
 */
#include "bench/growth.h"
#include "bench/outflow.h"
#include "bench/stopwatch.h"

#include <stdlib.h>

/* Messages that are counted together hold so many bytes at least; the bytes in fragments. */
enum { LEAST = 1 << 20, FRAGMENTED = 1000000 };

static const struct wsp_limits any_size = {.message = WSP_NO_LIMIT, .buffered = WSP_NO_LIMIT};

static size_t messages_of(size_t size)
{
    return size < LEAST ? LEAST / size : 1;
}

static double least(double a, double b)
{
    return a < 0 || b < a ? b : a;
}

/* ---------------------------------------------------------------- received */

struct reader {
    wsp_conn *conn;
    struct growth_wire wire;
    bool compare;
    size_t messages;
    struct stopwatch watch;
    uint8_t piece[GROWTH_PIECE];
};

/* What was read from the transport, which is no part of the time. */
static bool feed(struct reader *r)
{
    struct wsp_input in = {.data = r->piece, .end = WSP_END_OPEN};
    struct wsp_event ev;
    bool ok = true;
    in.len = growth_wire_read(&r->wire, r->piece);
    stopwatch_start(&r->watch);
    while (wsp_feed(r->conn, &in, &ev) != WSP_EVENT_NONE) {
        ok &= ev.type == WSP_EVENT_DATA && ev.data.len == r->wire.size;
        if (ok && r->compare)
            ok = growth_is_payload(ev.data.data, ev.data.len, 0);
        r->messages++;
    }
    stopwatch_stop(&r->watch);
    return ok;
}

/* Seconds a message; below 0: it failed. */
static double receive(struct reader *r)
{
    size_t wanted = messages_of(r->wire.size);
    r->messages = 0;
    r->watch = (struct stopwatch){0};
    while (r->messages < wanted)
        if (!feed(r))
            return -1;
    return r->watch.seconds / (double)r->messages;
}

/* A server's connection receives such messages; the first time all is compared. */
static bool receive_rounds(double *seconds, struct growth_world *w, const struct growth_wire *wire,
                           const struct growth_setup *setup)
{
    struct reader *r = malloc(sizeof *r);
    wsp_conn *c = growth_connect(w, WSP_SERVER);
    bool ok = r != NULL && c != NULL;
    *seconds = -1;
    for (unsigned i = 0; i <= setup->rounds && ok; i++) {
        if (i == 0)
            *r = (struct reader){.conn = c, .wire = *wire};
        r->compare = i == 0;
        double took = receive(r);
        ok = took >= 0;
        if (i > 0)
            *seconds = least(*seconds, took);
    }
    wsp_conn_free(c);
    free(r);
    return ok || growth_failed("a message came out wrong");
}

/* ---------------------------------------------------------------- sent */

/* Are these frames one message, the payload of size bytes? They are unmasked. */
static bool is_message(uint8_t *at, size_t len, size_t size)
{
    size_t payload = 0;
    struct wsp_frame f = {0};
    for (int head; len > 0; at += f.payload_len, len -= (size_t)f.payload_len) {
        head = wsp_frame_parse(&f, at, len);
        if (head <= 0 || f.payload_len > len - (size_t)head || f.opcode != (payload > 0 ? 0 : 2))
            return false;
        at += head;
        len -= (size_t)head;
        if (f.masked)
            wsp_mask(at, at, (size_t)f.payload_len, f.key, 0);
        if (!growth_is_payload(at, (size_t)f.payload_len, payload))
            return false;
        payload += (size_t)f.payload_len;
    }
    return payload == size && f.fin;
}

/* Queued; then shown and taken until nothing is left. */
static bool send_one(wsp_conn *c, struct outflow *out, const uint8_t *message, size_t size)
{
    outflow_begin(out);
    bool ok = wsp_send_binary(c, message, size) == WSP_OK;
    while ((out->count = wsp_pending(c, out->list, OUTFLOW_SLICES)) > 0)
        wsp_sent(c, outflow_take(out));
    return ok && out->taken > size;
}

struct sender {
    wsp_conn *conn;
    uint8_t *message;
    size_t size, fragment;
};

static bool check_sent(const struct sender *s)
{
    struct outflow out = {0};
    out.kept = malloc(s->size + (s->size / s->fragment + 1) * WSP_FRAME_HEADER_MAX);
    bool ok = out.kept != NULL && send_one(s->conn, &out, s->message, s->size) &&
              is_message(out.kept, out.taken, s->size);
    free(out.kept);
    return ok;
}

/* Seconds a message. */
static bool send_rounds(double *seconds, const struct sender *s, const struct growth_setup *setup)
{
    struct outflow out = {0};
    bool ok = check_sent(s);
    size_t n = messages_of(s->size);
    *seconds = -1;
    for (unsigned round = 0; round < setup->rounds && ok; round++) {
        struct stopwatch w = {0};
        stopwatch_start(&w);
        for (size_t i = 0; i < n; i++)
            ok &= send_one(s->conn, &out, s->message, s->size);
        stopwatch_stop(&w);
        *seconds = least(*seconds, w.seconds / (double)n);
    }
    return ok || growth_failed("a message was not sent as it is");
}

static bool send_as(double *seconds, struct growth_world *w, enum wsp_role role, size_t size,
                    const struct growth_setup *setup)
{
    struct sender s = {growth_connect(w, role), growth_payload(size), size, size};
    bool ok = s.conn != NULL && s.message != NULL && send_rounds(seconds, &s, setup);
    wsp_conn_free(s.conn);
    free(s.message);
    return ok;
}

/* ---------------------------------------------------------------- curves */

/* Seconds that it takes to copy as much to memory that is new, as that of a message is: for long
 * ones it is the system's, page by page. */
static bool copy(double *seconds, size_t size, const struct growth_setup *setup)
{
    uint8_t *from = growth_payload(size);
    size_t n = messages_of(size);
    bool ok = from != NULL;
    *seconds = -1;
    for (unsigned round = 0; round < setup->rounds && ok; round++) {
        struct stopwatch w = {0};
        stopwatch_start(&w);
        for (size_t i = 0; i < n && ok; i++) {
            uint8_t *volatile to = malloc(size);
            ok = to != NULL;
            if (ok)
                memcpy(to, from, size);
            free(to);
        }
        stopwatch_stop(&w);
        *seconds = least(*seconds, w.seconds / (double)n);
    }
    free(from);
    return ok || growth_failed("out of memory");
}

/* seconds: of one message of size bytes. */
static void set_time(double *value, double seconds, double parts)
{
    value[0] = seconds * 1e9;
    value[1] = seconds * 1e9 / parts;
}

static bool received(double *value, size_t size, const struct growth_setup *setup)
{
    struct growth_world w;
    struct growth_wire wire = {.size = size, .fragment = size, .masked = true, .at = size};
    double seconds, copied;
    if (!growth_open(&w, &any_size))
        return false;
    size_t before = w.live;
    bool ok = receive_rounds(&seconds, &w, &wire, setup) && copy(&copied, size, setup);
    if (ok) {
        set_time(value, seconds, (double)size);
        value[2] = copied * 1e9 / (double)size;
        value[3] = seconds / copied;
        value[4] = (double)(w.peak - before) / (double)size;
    }
    growth_close(&w);
    return ok;
}

#define COPY "memcpy to new memory: ns"

/* Short messages are bound by what a message costs: there the peak is that of the connection. */
const struct growth_curve growth_received = {
    .name = "A message received",
    .counted = "bytes",
    .about = "A server's connection, binary, fed 64 KiB at a time. Peak: the most that the "
             "allocator had given out, the connection included.",
    .count = {1, 16, 256, 4096, 65536, 1 << 20, 16 << 20, 256 << 20},
    .small = 65536,
    .column = {"ns a message", "ns a byte", COPY " a byte", "ours / memcpy", "peak / message"},
    .exact = 1u << 4,
    .rule = {{GROWTH_EACH, 3, 1 << 20, 4.0}, {GROWTH_EACH, 4, 65536, 3.0}},
    .measure = received,
};

static bool sent(double *value, size_t size, const struct growth_setup *setup)
{
    struct growth_world w;
    double server, client, copied;
    if (!growth_open(&w, &any_size))
        return false;
    size_t before = w.live;
    bool ok = send_as(&server, &w, WSP_SERVER, size, setup);
    value[6] = (double)(w.peak - before) / (double)size;
    ok = ok && send_as(&client, &w, WSP_CLIENT, size, setup) && copy(&copied, size, setup);
    if (ok) {
        set_time(value, server, (double)size);
        value[2] = client * 1e9 / (double)size;
        value[3] = copied * 1e9 / (double)size;
        value[4] = server / copied;
        value[5] = client / copied;
    }
    growth_close(&w);
    return ok;
}

const struct growth_curve growth_sent = {
    .name = "A message sent",
    .counted = "bytes",
    .about = "Queued, shown as a gather list and acknowledged. Peak: the most that the allocator "
             "had given out, the connection included.",
    .count = {1, 16, 256, 4096, 65536, 1 << 20, 16 << 20, 256 << 20},
    .small = 65536,
    .column = {"ns a message", "ns a byte", "client: ns a byte", COPY " a byte", "server / memcpy",
               "client / memcpy", "peak / message"},
    .exact = 1u << 6,
    .rule = {{GROWTH_EACH, 4, 1 << 20, 2.0},
             {GROWTH_EACH, 5, 1 << 20, 2.0},
             {GROWTH_EACH, 6, 65536, 2.0}},
    .measure = sent,
};

static bool send_fragments(double *seconds, size_t fragment, const struct growth_setup *setup)
{
    struct wsp_limits limits = any_size;
    struct growth_world w;
    limits.send_fragment = fragment;
    if (!growth_open(&w, &limits))
        return false;
    struct sender s = {growth_connect(&w, WSP_SERVER), growth_payload(FRAGMENTED), FRAGMENTED,
                       fragment};
    bool ok = s.conn != NULL && s.message != NULL && send_rounds(seconds, &s, setup);
    wsp_conn_free(s.conn);
    free(s.message);
    growth_close(&w);
    return ok;
}

static bool fragments(double *value, size_t n, const struct growth_setup *setup)
{
    struct growth_world w;
    size_t fragment = FRAGMENTED / n;
    struct growth_wire wire = {FRAGMENTED, fragment, .masked = true, .at = FRAGMENTED};
    double in, out;
    if (!growth_open(&w, &any_size))
        return false;
    size_t before = w.live;
    bool ok = receive_rounds(&in, &w, &wire, setup) && send_fragments(&out, fragment, setup);
    if (ok) {
        set_time(value, in, (double)n);
        set_time(value + 2, out, (double)n);
        value[4] = (double)(w.peak - before) / FRAGMENTED;
    }
    growth_close(&w);
    return ok;
}

const struct growth_curve growth_fragments = {
    .name = "A message of 1,000,000 bytes in fragments",
    .counted = "fragments",
    .about = "A server's connection, binary. Peak: of receiving.",
    .count = {1, 10, 100, 1000, 10000, 100000, 1000000},
    .small = 1000,
    .column = {"ns received", "ns a fragment", "ns sent", "ns a fragment", "peak / message"},
    .exact = 1u << 4,
    .rule = {{GROWTH_FACTOR, 1, 10000, 1.5},
             {GROWTH_FACTOR, 3, 10000, 1.5},
             {GROWTH_EACH, 4, 1, 3.0}},
    .measure = fragments,
};
