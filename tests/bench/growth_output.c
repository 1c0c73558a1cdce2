/* growth_output - messages that wait, and broadcasts. SPDX-License-Identifier: MIT */
#include "bench/growth.h"
#include "bench/outflow.h"
#include "bench/stopwatch.h"

#include <stdlib.h>

enum {
    MESSAGE = 64,
    LEAST = 10000, /* messages or receivers that are timed together, at least */
    WSP_ONE = 16   /* bytes of a frame's head and before, more than there are */
};

static double least(double a, double b)
{
    return a < 0 || b < a ? b : a;
}

/* ---------------------------------------------------------------- messages that wait */

/* What waits goes out; returns its bytes. */
static size_t drain(wsp_conn *c)
{
    struct outflow out = {0};
    while ((out.count = wsp_pending(c, out.list, OUTFLOW_SLICES)) > 0)
        wsp_sent(c, outflow_take(&out));
    return out.taken;
}

struct times {
    struct stopwatch in, out;
};

static bool fill_and_drain(struct times *t, wsp_conn *c, const uint8_t *message, size_t count)
{
    bool ok = true;
    stopwatch_start(&t->in);
    for (size_t i = 0; i < count; i++)
        ok &= wsp_send_binary(c, message, MESSAGE) == WSP_OK;
    stopwatch_stop(&t->in);
    stopwatch_start(&t->out);
    size_t bytes = drain(c);
    stopwatch_stop(&t->out);
    return (ok && bytes == count * (2 + MESSAGE)) || growth_failed("a message is missing");
}

static bool run_waiting(double *value, wsp_conn *c, size_t count, const struct growth_setup *setup)
{
    uint8_t message[MESSAGE] = {0};
    size_t times = count < LEAST ? LEAST / count : 1;
    value[0] = value[1] = -1;
    for (unsigned round = 0; round < setup->rounds; round++) {
        struct times t = {{.laps = 0}, {.laps = 0}};
        for (size_t i = 0; i < times; i++)
            if (!fill_and_drain(&t, c, message, count))
                return false;
        value[0] = least(value[0], t.in.seconds * 1e9 / (double)(times * count));
        value[1] = least(value[1], t.out.seconds * 1e9 / (double)(times * count));
    }
    return true;
}

static bool waiting(double *value, size_t count, const struct growth_setup *setup)
{
    static const struct wsp_limits limits = {.buffered = WSP_NO_LIMIT};
    struct growth_world w;
    if (!growth_open(&w, &limits))
        return false;
    wsp_conn *c = growth_connect(&w, WSP_SERVER);
    size_t before = w.live;
    bool ok = c != NULL && run_waiting(value, c, count, setup);
    value[2] = (double)(w.peak - before) / (double)count;
    wsp_conn_free(c);
    growth_close(&w);
    return ok;
}

const struct growth_curve growth_waiting = {
    .name = "Messages that wait at one connection",
    .counted = "messages",
    .about =
        "64 bytes each, queued before the first is taken. Shared out among few, the clock that "
        "is read is part of the time.",
    .count = {1, 10, 100, 1000, 10000, 100000},
    .small = 1000,
    .column = {"ns to queue one", "ns to take one", "bytes held for one"},
    .exact = 1u << 2,
    .rule = {{GROWTH_FACTOR, 0, 1000, 2.0},
             {GROWTH_FACTOR, 1, 1000, 4.0},
             {GROWTH_FACTOR, 2, 1000, 1.5}},
    .measure = waiting,
};

/* ---------------------------------------------------------------- broadcasts */

struct hall {
    struct growth_world world;
    size_t count, size; /* members, bytes a message */
    wsp_conn **member;
    wsp_group *group;
    uint8_t *message, *kept;
};

static void close_hall(struct hall *h)
{
    for (size_t i = 0; i < h->count && h->member != NULL; i++)
        wsp_conn_free(h->member[i]);
    wsp_group_free(h->group);
    growth_close(&h->world);
    free(h->member);
    free(h->message);
    free(h->kept);
}

static bool open_hall(struct hall *h, size_t count, size_t size)
{
    *h = (struct hall){.count = count, .size = size};
    if (!growth_open(&h->world, NULL))
        return false;
    h->member = calloc(count, sizeof *h->member);
    h->message = growth_payload(size);
    h->kept = malloc(size + WSP_ONE);
    if (h->member == NULL || h->message == NULL || h->kept == NULL ||
        wsp_group_new(&h->group, h->world.endpoint) != WSP_OK)
        return growth_failed("out of memory");
    for (size_t i = 0; i < count; i++)
        if ((h->member[i] = growth_connect(&h->world, WSP_SERVER)) == NULL ||
            wsp_group_add(h->group, h->member[i]) != WSP_OK)
            return growth_failed("a member could not be made");
    return true;
}

static bool send_all(struct hall *h)
{
    wsp_prepared *p;
    if (wsp_prepare(&p, h->world.endpoint, WSP_BINARY, h->message, h->size) != WSP_OK)
        return false;
    bool ok = wsp_group_send(h->group, p, NULL, NULL) == h->count;
    wsp_prepared_unref(p);
    return ok || growth_failed("a member does not get it");
}

/* What the first member's frame lies in is shared, if another's lies there too. */
struct place {
    const uint8_t *of_first;
    size_t copied;
};

/* All of it, compared; of whose bytes none lies where the first member's does, they are copies. */
static bool look_at(struct hall *h, wsp_conn *c, struct place *p)
{
    struct outflow out = {.kept = h->kept};
    struct wsp_frame f;
    out.count = wsp_pending(c, out.list, OUTFLOW_SLICES);
    for (size_t i = 0; i < out.count; i++)
        p->copied += out.list[i].data != p->of_first ? out.list[i].len : 0;
    if (p->of_first == NULL && out.count > 0)
        p->of_first = out.list[out.count - 1].data;
    wsp_sent(c, outflow_take(&out));
    int head = wsp_frame_parse(&f, h->kept, out.taken);
    return head > 0 && f.payload_len == h->size && (size_t)head + h->size == out.taken &&
           growth_is_payload(h->kept + head, h->size, 0);
}

/* Bytes a member: copied, and asked of the allocator, in a broadcast after others. */
static bool check_broadcast(double *value, struct hall *h)
{
    struct place p = {NULL, 0};
    bool ok = true;
    for (unsigned i = 0; i < 2 && ok; i++) {
        size_t asked = h->world.asked;
        ok = send_all(h);
        value[3] = (double)(h->world.asked - asked) / (double)h->count;
        p = (struct place){NULL, 0};
        for (size_t k = 0; k < h->count && ok; k++)
            ok = look_at(h, h->member[k], &p) && wsp_queued_bytes(h->member[k]) == 0;
    }
    value[2] = (double)p.copied / (double)h->count;
    return ok || growth_failed("a broadcast came out wrong");
}

/* As a server does it: whoever has output waiting is written. */
static size_t drain_all(struct hall *h)
{
    size_t cursor = WSP_NO_LIMIT, bytes = 0;
    wsp_conn *c;
    while ((c = wsp_group_next(h->group, &cursor, WSP_GROUP_WAITING)) != NULL)
        bytes += drain(c);
    return bytes;
}

static bool run_broadcasts(double *value, struct hall *h, const struct growth_setup *setup)
{
    size_t times = h->count < LEAST ? LEAST / h->count : 1;
    value[0] = value[1] = -1;
    for (unsigned round = 0; round < setup->rounds; round++) {
        struct times t = {{.laps = 0}, {.laps = 0}};
        for (size_t i = 0; i < times; i++) {
            stopwatch_start(&t.in);
            bool ok = send_all(h);
            stopwatch_stop(&t.in);
            stopwatch_start(&t.out);
            ok &= drain_all(h) >= h->count * h->size;
            stopwatch_stop(&t.out);
            if (!ok)
                return growth_failed("a broadcast is not whole");
        }
        value[0] = least(value[0], t.in.seconds * 1e9 / (double)(times * h->count));
        value[1] = least(value[1], t.out.seconds * 1e9 / (double)(times * h->count));
    }
    return true;
}

static bool broadcast(double *value, size_t count, size_t size, const struct growth_setup *setup)
{
    struct hall h;
    bool ok = open_hall(&h, count, size) && check_broadcast(value, &h) &&
              run_broadcasts(value, &h, setup);
    close_hall(&h);
    return ok;
}

static bool broadcast_short(double *value, size_t count, const struct growth_setup *setup)
{
    return broadcast(value, count, 64, setup);
}

static bool broadcast_long(double *value, size_t count, const struct growth_setup *setup)
{
    return broadcast(value, count, 4096, setup);
}

#define BROADCAST_ABOUT                                                                   \
    "Prepared and sent to a group of servers' connections; then each that has output is " \
    "written. Copied: bytes that lie in no memory shared with the first member."
#define BROADCAST_COLUMNS                                                                     \
    {                                                                                         \
        "ns to send to one", "ns to write one", "bytes copied for one", "bytes asked for one" \
    }

const struct growth_curve growth_broadcast_short = {
    .name = "A broadcast of 64 bytes",
    .counted = "members",
    .about = BROADCAST_ABOUT,
    .count = {10, 100, 1000, 10000},
    .small = 1000,
    .column = BROADCAST_COLUMNS,
    .exact = 3u << 2,
    .rule = {{GROWTH_FACTOR, 0, 100, 4.0},
             {GROWTH_FACTOR, 1, 100, 4.0},
             {GROWTH_EACH, 2, 10, 66},
             {GROWTH_EACH, 3, 100, 512}},
    .measure = broadcast_short,
};

const struct growth_curve growth_broadcast_long = {
    .name = "A broadcast of 4096 bytes",
    .counted = "members",
    .about = BROADCAST_ABOUT,
    .count = {10, 100, 1000, 10000},
    .small = 1000,
    .column = BROADCAST_COLUMNS,
    .exact = 3u << 2,
    .rule = {{GROWTH_FACTOR, 0, 100, 4.0},
             {GROWTH_FACTOR, 1, 100, 4.0},
             {GROWTH_EACH, 2, 1000, 16},
             {GROWTH_EACH, 3, 100, 512}},
    .measure = broadcast_long,
};
