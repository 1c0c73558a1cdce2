/*
 * contest_send - messages in, the bytes for the other side out
 *
 * A message counts as sent when all its bytes lie in memory that stays put until a transport takes
 * them, given as a gather list for one write call, and the caller's own memory is free again. So
 * whoever keeps a message in its own queue or buffer shows it there; whoever hands out the caller's
 * memory, or pieces of one buffer that it uses again at once, has its pieces put together.
 * SPDX-License-Identifier: MIT
 */
#include "bench/row.h"

#include <stdlib.h>

enum {
    LEAST = 1 << 20, /* bytes of all messages */
    FEWEST = 2,
    MEMBERS = 64,   /* connections of a broadcast */
    BROADCASTS = 64 /* messages of it */
};

struct material {
    const struct series *series;
    struct traffic traffic;
    struct outflow out;
    uint8_t *kept; /* as large as its room */
};

static void close_(void *material)
{
    struct material *m = material;
    traffic_free(&m->traffic);
    free(m->out.room);
    free(m->kept);
    free(m);
}

static void *open_for(const struct series *s, size_t size, size_t count, size_t receivers)
{
    struct material *m = calloc(1, sizeof *m);
    struct traffic_kind kind = {.size = size, .least = size * count};
    if (m == NULL)
        return NULL;
    m->series = s;
    m->out.room = calloc(receivers, size + WS_PEER_HEAD);
    m->kept = calloc(receivers, size + WS_PEER_HEAD);
    if (m->out.room != NULL && m->kept != NULL && traffic_make(&m->traffic, &kind))
        return m;
    close_(m);
    return NULL;
}

static void *open_(const struct series *s, size_t size)
{
    return open_for(s, size, LEAST / size > FEWEST ? LEAST / size : FEWEST, 1);
}

static bool can_send(const struct series *s, const struct ws_peer *p)
{
    (void)s;
    return p->send != NULL;
}

static void *enter(void *material, const struct ws_peer *p)
{
    struct material *m = material;
    return p->open(m->series->role);
}

static void leave(const struct ws_peer *p, void *state)
{
    p->close(state);
}

/* Is this one frame with message i? last_key: of the frame before, to be another one. */
static bool right(const struct material *m, size_t i, uint8_t *frame, size_t len)
{
    static uint8_t last_key[4];
    struct wsp_frame f;
    size_t size = m->traffic.kind.size;
    int head = wsp_frame_parse(&f, frame, len);
    if (head <= 0 || f.payload_len != size || (size_t)head + size != len || !f.fin || f.rsv != 0 ||
        f.opcode != WSP_BINARY || f.masked != (m->series->role == WSP_CLIENT))
        return false;
    if (f.masked) {
        if (memcmp(f.key, last_key, sizeof last_key) == 0)
            return false;
        memcpy(last_key, f.key, sizeof last_key);
        wsp_mask(frame + head, frame + head, size, f.key, 0);
    }
    return memcmp(frame + head, traffic_message(&m->traffic, i), size) == 0;
}

/* What copying gives is no frame, of course. */
static bool is_copy(const struct ws_peer *p)
{
    return p == ws_peers[WS_MEMCPY];
}

/* What the transport takes from now on is kept, to be looked at. */
static void watch(struct material *m, size_t i)
{
    outflow_begin(&m->out);
    m->out.kept = m->kept;
    m->out.lent = (struct wsp_slice){traffic_message(&m->traffic, i), m->traffic.kind.size};
}

static bool check_send(void *material, const struct ws_peer *p, void *state)
{
    struct material *m = material;
    bool ok = true;
    for (size_t i = 0; i < m->traffic.count && ok; i++) {
        watch(m, i);
        ok = p->send(state, &m->out, m->out.lent.data, m->out.lent.len) && !m->out.wrong &&
             (is_copy(p) || right(m, i, m->kept, m->out.taken));
    }
    m->out.kept = NULL;
    return ok;
}

static size_t pass_send(void *material, const struct ws_peer *p, void *state, struct stopwatch *w)
{
    struct material *m = material;
    size_t size = m->traffic.kind.size, failed = 0;
    stopwatch_start(w);
    for (size_t i = 0; i < m->traffic.count; i++) {
        outflow_begin(&m->out);
        failed += !p->send(state, &m->out, traffic_message(&m->traffic, i), size);
    }
    stopwatch_stop(w);
    return failed == 0 ? m->traffic.count : 0;
}

#define RULE                                                                               \
    "sent: all bytes lie in memory that stays put until a transport takes them, given as " \
    "a gather list for one write call, and the caller's own memory is free again"

const struct contest contest_send = {
    .unit = "message",
    .rule = RULE ". uWebSockets takes a client's masking keys from rand()",
    .open = open_,
    .close = close_,
    .can = can_send,
    .enter = enter,
    .check = check_send,
    .pass = pass_send,
    .leave = leave,
};

/* ---------------------------------------------------------------- the codec alone */

static bool can_frame(const struct series *s, const struct ws_peer *p)
{
    (void)s;
    return p->frame != NULL;
}

static bool check_frame(void *material, const struct ws_peer *p, void *state)
{
    struct material *m = material;
    (void)state;
    for (size_t i = 0; i < m->traffic.count; i++) {
        size_t len = p->frame(m->kept, traffic_message(&m->traffic, i), m->traffic.kind.size);
        if (!is_copy(p) && !right(m, i, m->kept, len))
            return false;
    }
    return true;
}

static size_t pass_frame(void *material, const struct ws_peer *p, void *state, struct stopwatch *w)
{
    struct material *m = material;
    size_t size = m->traffic.kind.size, bytes = 0;
    (void)state;
    stopwatch_start(w);
    for (size_t i = 0; i < m->traffic.count; i++)
        bytes += p->frame(m->out.room, traffic_message(&m->traffic, i), size);
    stopwatch_stop(w);
    return bytes >= m->traffic.count * size ? m->traffic.count : 0;
}

const struct contest contest_frame = {
    .unit = "message",
    .open = open_,
    .close = close_,
    .can = can_frame,
    .check = check_frame,
    .pass = pass_frame,
};

/* ---------------------------------------------------------------- one message to many */

/* Room for a frame that is made first, too. */
static void *open_broadcast(const struct series *s, size_t size)
{
    return open_for(s, size, BROADCASTS, MEMBERS + 1);
}

static bool can_broadcast(const struct series *s, const struct ws_peer *p)
{
    (void)s;
    return p->broadcast != NULL;
}

struct members {
    size_t count;
    void *all[MEMBERS];
};

static void leave_broadcast(const struct ws_peer *p, void *state)
{
    struct members *g = state;
    for (size_t i = 0; i < g->count; i++)
        p->close(g->all[i]);
    free(g);
}

static void *enter_broadcast(void *material, const struct ws_peer *p)
{
    struct members *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    while (g->count < MEMBERS && (g->all[g->count] = enter(material, p)) != NULL)
        g->count++;
    if (g->count == MEMBERS)
        return g;
    leave_broadcast(p, g);
    return NULL;
}

static bool broadcast(struct material *m, const struct ws_peer *p, struct members *g, size_t i)
{
    struct wsp_slice message = {traffic_message(&m->traffic, i), m->traffic.kind.size};
    return p->broadcast(g->all, g->count, &m->out, &message);
}

static bool check_broadcast(void *material, const struct ws_peer *p, void *state)
{
    struct material *m = material;
    bool ok = true;
    for (size_t i = 0; i < m->traffic.count && ok; i++) {
        watch(m, i);
        ok = broadcast(m, p, state, i) && !m->out.wrong;
        size_t len = m->out.taken / MEMBERS;
        for (size_t k = 0; k < MEMBERS && ok && !is_copy(p); k++)
            ok = right(m, i, m->kept + k * len, len);
    }
    m->out.kept = NULL;
    return ok;
}

static size_t pass_broadcast(void *material, const struct ws_peer *p, void *state,
                             struct stopwatch *w)
{
    struct material *m = material;
    size_t failed = 0;
    stopwatch_start(w);
    for (size_t i = 0; i < m->traffic.count; i++) {
        outflow_begin(&m->out);
        failed += !broadcast(m, p, state, i);
    }
    stopwatch_stop(w);
    return failed == 0 ? m->traffic.count * MEMBERS : 0;
}

const struct contest contest_broadcast = {
    .unit = "receiver",
    .rule = RULE ". libwsproto queues each receiver a reference or a copy, uWebSockets writes what "
                 "it prepared",
    .open = open_broadcast,
    .close = close_,
    .can = can_broadcast,
    .enter = enter_broadcast,
    .check = check_broadcast,
    .pass = pass_broadcast,
    .leave = leave_broadcast,
};
