/*
 * contest_receive - frames in, whole messages out
 *
 * All frames lie in memory and are fed in batches of whole messages. Receiving unmasks in place, so
 * before a batch is timed its bytes are laid out anew, each piece with room around it; a batch is
 * small enough to stay in a core's own cache, as what was just read from a socket does, and large
 * enough that reading the clock is little. SPDX-License-Identifier: MIT
 */
#include "bench/row.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LEAST = 2 << 20, /* bytes of all messages: more than a branch predictor learns */
    LEAST_BYTEWISE = 256 << 10,
    FEWEST = 2, /* messages */
    BATCH = 256 << 10,
    PIECE = 64 << 10
};

struct batch {
    size_t first, count; /* messages */
};

struct material {
    struct traffic traffic;
    size_t piece, batches;
    struct batch *batch;
    uint8_t *slots, *one;
    bool copied;
};

static void close_(void *material)
{
    struct material *m = material;
    traffic_free(&m->traffic);
    free(m->batch);
    free(m->slots);
    free(m->one);
    free(m);
}

/* As many whole messages as a batch holds, one at least. */
static size_t cut(struct material *m)
{
    const struct traffic *t = &m->traffic;
    size_t largest = 0;
    for (size_t i = 0, n; i < t->count; i += n) {
        for (n = 1; i + n < t->count && t->wire_at[i + n + 1] - t->wire_at[i] <= BATCH; n++)
            continue;
        m->batch[m->batches++] = (struct batch){i, n};
        size_t bytes = t->wire_at[i + n] - t->wire_at[i];
        largest = bytes > largest ? bytes : largest;
    }
    return largest;
}

static void *open_(const struct series *s, size_t size)
{
    struct material *m = calloc(1, sizeof *m);
    struct traffic_kind kind = {.content = s->content,
                                .size = size,
                                .fragment = s->fragment,
                                .masked = s->role == WSP_SERVER,
                                .least = s->piece == 1 ? LEAST_BYTEWISE : LEAST};
    if (m == NULL)
        return NULL;
    m->piece = s->piece > 0 ? s->piece : PIECE;
    kind.least = size * FEWEST > kind.least ? size * FEWEST : kind.least;
    m->copied = s->copied;
    if (!traffic_make(&m->traffic, &kind)) {
        free(m);
        return NULL;
    }
    m->batch = calloc(m->traffic.count, sizeof *m->batch);
    m->one = calloc(1, inflow_stride(m->piece));
    size_t largest = m->batch != NULL ? cut(m) : 0;
    if (!m->copied)
        m->slots = calloc(largest / m->piece + 1, inflow_stride(m->piece));
    if (m->batch != NULL && m->one != NULL && (m->copied || m->slots != NULL))
        return m;
    close_(m);
    return NULL;
}

static bool can(const struct series *s, const struct ws_peer *p)
{
    (void)s;
    return p->receive != NULL;
}

static void *enter(void *material, const struct ws_peer *p)
{
    struct material *m = material;
    return p->open(m->traffic.kind.masked ? WSP_SERVER : WSP_CLIENT);
}

static void leave(const struct ws_peer *p, void *state)
{
    p->close(state);
}

static void lay_out(struct inflow *in, struct material *m, const struct batch *b)
{
    const struct traffic *t = &m->traffic;
    *in = (struct inflow){.wire = t->wire + t->wire_at[b->first],
                          .len = t->wire_at[b->first + b->count] - t->wire_at[b->first],
                          .piece = m->piece,
                          .messages = b->count,
                          .slots = m->slots,
                          .one = m->one + INFLOW_PAD};
    for (size_t at = 0; m->slots != NULL && at < in->len; at += m->piece) {
        size_t n = in->len - at < m->piece ? in->len - at : m->piece;
        memcpy(m->slots + at / m->piece * inflow_stride(m->piece) + INFLOW_PAD, in->wire + at, n);
    }
}

static size_t run(struct material *m, const struct ws_peer *p, void *state, struct sink *to,
                  struct stopwatch *w)
{
    for (size_t i = 0; i < m->batches; i++) {
        struct inflow in;
        lay_out(&in, m, &m->batch[i]);
        stopwatch_start(w);
        bool ok = p->receive(state, &in, to);
        stopwatch_stop(w);
        if (!ok || to->messages != m->batch[i].first + m->batch[i].count)
            return 0;
    }
    return to->messages;
}

static bool check(void *material, const struct ws_peer *p, void *state)
{
    struct material *m = material;
    struct stopwatch w = {0};
    struct sink to = {.expected = &m->traffic};
    return run(m, p, state, &to, &w) == m->traffic.count && !to.wrong;
}

static size_t pass(void *material, const struct ws_peer *p, void *state, struct stopwatch *w)
{
    struct material *m = material;
    struct sink to = {0};
    return run(m, p, state, &to, w);
}

const struct contest contest_receive = {
    .unit = "message",
    .open = open_,
    .close = close_,
    .can = can,
    .enter = enter,
    .check = check,
    .pass = pass,
    .leave = leave,
};
