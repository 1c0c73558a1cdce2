/*
 * growth_connections - the number of connections of an endpoint: their memory, and what a message
 * to any one of them takes. SPDX-License-Identifier: MIT
 */
#ifndef _POSIX_C_SOURCE
#    define _POSIX_C_SOURCE 200809L
#endif
#include "bench/growth.h"
#include "bench/stopwatch.h"

#include "bench/corpus_make.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BATCH = 4096, /* messages laid out and timed at once: they stay in a core's own cache */
    BATCHES = 16, /* of a round: so that 100,000 connections are reached all over */
    MESSAGE = 64, /* bytes */
    FRAME = 6 + MESSAGE,
    PING = 6,           /* bytes of one with its time */
    SILENCE_MS = 35000, /* between ping_ms, and that and pong_ms */
    BLOCK = 256,        /* what an idle connection is */
    LINE = 64,
    FEWEST_RSS = 10000 /* connections: with fewer, the pages of others are too much of it */
};

struct crowd {
    struct growth_world world;
    size_t count;
    wsp_conn **conn;
    uint8_t **block;
    size_t *order; /* BATCH of them */
    struct maker random;
    uint64_t now_ms;
    uint8_t frame[FRAME];
    uint8_t input[BATCH][FRAME];
};

static void close_crowd(struct crowd *k)
{
    for (size_t i = 0; i < k->count; i++) {
        if (k->conn != NULL)
            wsp_conn_free(k->conn[i]);
        if (k->block != NULL)
            free(k->block[i]);
    }
    if (k->world.endpoint != NULL)
        growth_close(&k->world);
    free(k->conn);
    free(k->block);
    free(k->order);
    free(k);
}

static void write_frame(uint8_t *to)
{
    struct wsp_frame f = {
        .payload_len = MESSAGE, .opcode = WSP_BINARY, .fin = true, .masked = true, .key = "abc"};
    size_t head = wsp_frame_write(to, &f);
    memset(to + head, 'x', MESSAGE);
    wsp_mask(to + head, to + head, MESSAGE, f.key, 0);
}

static struct crowd *open_crowd(size_t count)
{
    struct crowd *k = calloc(1, sizeof *k);
    if (k == NULL)
        return NULL;
    k->count = count;
    k->random.state = 42;
    k->conn = calloc(count, sizeof *k->conn);
    k->block = calloc(count, sizeof *k->block);
    k->order = calloc(BATCH, sizeof *k->order);
    write_frame(k->frame);
    if (k->conn != NULL && k->block != NULL && k->order != NULL && growth_open(&k->world, NULL))
        return k;
    close_crowd(k);
    return NULL;
}

/* Bytes of this process that are in memory; 0 where there is no telling. */
static size_t resident(void)
{
    size_t pages = 0, in_memory = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%zu %zu", &pages, &in_memory) != 2)
        in_memory = 0;
    (void)fclose(f);
    return in_memory * (size_t)sysconf(_SC_PAGESIZE);
}

/* value: bytes asked for and resident a connection, and the time to make one. */
static bool connect_all(double *value, struct crowd *k)
{
    struct stopwatch w = {0};
    size_t live = k->world.live, before = resident();
    memset(k->conn, 0, k->count * sizeof *k->conn);
    stopwatch_start(&w);
    for (size_t i = 0; i < k->count; i++)
        if ((k->conn[i] = growth_connect(&k->world, WSP_SERVER)) == NULL)
            return growth_failed("a connection could not be made");
    stopwatch_stop(&w);
    value[0] = (double)(k->world.live - live) / (double)k->count;
    value[1] = -1;
    if (k->count >= FEWEST_RSS && before > 0)
        value[1] = ((double)resident() - (double)before) / (double)k->count;
    value[2] = w.seconds * 1e9 / (double)k->count;
    return true;
}

static bool make_blocks(struct crowd *k)
{
    for (size_t i = 0; i < k->count; i++)
        if ((k->block[i] = calloc(1, BLOCK)) == NULL)
            return growth_failed("out of memory");
    return true;
}

/* The next batch goes to others. */
static void shuffle(struct crowd *k)
{
    for (size_t i = 0; i < BATCH; i++) {
        k->order[i] = below(&k->random, (uint32_t)k->count);
        memcpy(k->input[i], k->frame, FRAME);
    }
}

/* A turn of an event loop a batch: the clock is told, messages come in. */
static bool receive(struct crowd *k)
{
    struct wsp_event ev;
    size_t right = 0;
    wsp_endpoint_clock(k->world.endpoint, ++k->now_ms);
    for (size_t i = 0; i < BATCH; i++) {
        struct wsp_input in = {.data = k->input[i], .len = FRAME};
        wsp_conn *c = k->conn[k->order[i]];
        right += wsp_feed(c, &in, &ev) == WSP_EVENT_DATA && ev.data.len == MESSAGE &&
                 ev.data.data[0] == 'x';
        right += wsp_feed(c, &in, &ev) == WSP_EVENT_NONE;
    }
    return right == 2 * BATCH;
}

/*
 * Each line of a block as large as a connection is written to. Which block is next depends on what
 * this one holds (nothing): between two messages of a real loop there is more than a processor
 * runs ahead.
 */
static void touch(struct crowd *k)
{
    size_t held = 0;
    for (size_t i = 0; i < BATCH; i++) {
        uint8_t *block = k->block[k->order[i] + held];
        for (size_t at = LINE; at < BLOCK; at += LINE)
            block[at]++;
        held = block[0];
    }
}

/* Nanoseconds a message, or a touch; the first batches only warm up. */
static bool run_round(double *message, double *touched, struct crowd *k)
{
    struct stopwatch m = {0}, t = {0};
    for (size_t i = 0; i < BATCHES; i++) {
        shuffle(k);
        stopwatch_start(&m);
        bool ok = receive(k);
        stopwatch_stop(&m);
        if (!ok)
            return growth_failed("a message came out wrong");
        stopwatch_start(&t);
        touch(k);
        stopwatch_stop(&t);
    }
    *message = m.seconds * 1e9 / (BATCH * BATCHES);
    *touched = t.seconds * 1e9 / (BATCH * BATCHES);
    return true;
}

/* What is due is fed and written; returns how many pings that were. */
static size_t ping_due(struct crowd *k)
{
    struct wsp_event ev;
    struct wsp_slice out[4];
    size_t pings = 0;
    for (wsp_conn *c; (c = wsp_endpoint_due(k->world.endpoint)) != NULL;) {
        size_t len = 0;
        if (wsp_feed(c, NULL, &ev) != WSP_EVENT_NONE)
            return 0;
        for (size_t n = wsp_pending(c, out, 4); n > 0; n--)
            len += out[n - 1].len;
        wsp_sent(c, len);
        pings += len == PING;
    }
    return pings;
}

static bool answer_all(struct crowd *k)
{
    struct wsp_event ev;
    bool ok = true;
    for (size_t i = 0; i < k->count && ok; i++) {
        uint8_t pong[] = {0x8A, 0x80, 1, 2, 3, 4};
        struct wsp_input in = {.data = pong, .len = sizeof pong};
        ok = wsp_feed(k->conn[i], &in, &ev) == WSP_EVENT_PONG &&
             wsp_feed(k->conn[i], &in, &ev) == WSP_EVENT_NONE;
    }
    return ok || growth_failed("a pong was not taken");
}

/* Nothing came for longer than ping_ms: every connection's timer fires in the same turn. */
static bool ping_all(double *pinged, struct crowd *k)
{
    size_t times = k->count < BATCH ? BATCH / k->count : 1;
    struct stopwatch w = {0};
    for (size_t i = 0; i < times; i++) {
        k->now_ms += SILENCE_MS;
        stopwatch_start(&w);
        wsp_endpoint_clock(k->world.endpoint, k->now_ms);
        size_t pings = ping_due(k);
        stopwatch_stop(&w);
        if (pings != k->count)
            return growth_failed("a ping is missing");
        if (!answer_all(k))
            return false;
    }
    *pinged = w.seconds * 1e9 / (double)(times * k->count);
    return true;
}

static bool measure_crowd(double *value, struct crowd *k, const struct growth_setup *setup)
{
    double message, touched, pinged = 0;
    if (!connect_all(value, k) || !make_blocks(k) || !run_round(&message, &touched, k))
        return false;
    for (unsigned round = 0; round < setup->rounds; round++) {
        if (!run_round(&message, &touched, k))
            return false;
        value[3] = round == 0 || message < value[3] ? message : value[3];
        value[4] = round == 0 || touched < value[4] ? touched : value[4];
    }
    value[5] = value[3] / value[4];
    for (unsigned round = 0; round < setup->rounds; round++) {
        if (!ping_all(&pinged, k))
            return false;
        value[6] = round == 0 || pinged < value[6] ? pinged : value[6];
    }
    value[7] = value[6] / value[4];
    return true;
}

static bool measure(double *value, size_t count, const struct growth_setup *setup)
{
    struct crowd *k = open_crowd(count);
    if (k == NULL)
        return growth_failed("out of memory");
    bool ok = measure_crowd(value, k, setup);
    close_crowd(k);
    return ok;
}

const struct growth_curve growth_connections = {
    .name = "Connections of one endpoint",
    .counted = "connections",
    .about = "Servers' connections, OPEN. Messages of 64 bytes come to them in random order, the "
             "clock is told every 4096. With many of them it is the memory that is waited for: "
             "touching is reaching each cache line of one of as many blocks of 256 bytes, in the "
             "same order, none before the one before it was there. Pinging is done when every "
             "connection's timer fires in one turn.",
    .count = {1, 10, 100, 1000, 10000, 100000},
    .small = 1000,
    .column = {"bytes a connection", "resident bytes", "ns to make one", "ns a message",
               "ns to touch 256 bytes", "message / touch", "ns to ping one", "ping / touch"},
    .exact = 1u << 0,
    .rule = {{GROWTH_EACH, 7, 10000, 8.0},
             {GROWTH_EACH, 0, 100, 272},
             {GROWTH_FACTOR, 2, 1000, 3.0},
             {GROWTH_EACH, 5, 10000, 2.5}},
    .measure = measure,
};
