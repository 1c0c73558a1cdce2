/* SPDX-License-Identifier: MIT */
#include "bench/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wsproto.h"

/* Tables that grow with the number of connections are shared out among so many. */
enum { CONNECTIONS = 32, SERVER = 0, CLIENT = 1 };

struct side {
    wsp_endpoint *e;
    wsp_conn *c[CONNECTIONS];
    size_t live, blocks; /* the allocator's */
};

struct link {
    struct side side[2];
    const struct corpus *corpus;
    uint8_t *wire;
    size_t cap;
    size_t moved; /* bytes on the wire */
    size_t seen;  /* messages that came out right */
    const char *failed;
};

static void *count(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    struct side *s = ctx;
    void *to = NULL;
    if (new_len == 0)
        free(ptr);
    else if ((to = realloc(ptr, new_len)) == NULL)
        return NULL;
    s->live += new_len - old_len;
    s->blocks += (size_t)(new_len != 0) - (size_t)(ptr != NULL);
    return to;
}

static bool fail(struct link *l, const char *what)
{
    if (l->failed == NULL)
        l->failed = what;
    return false;
}

/* A message has to be the one whose turn it is. */
static void take_event(struct link *l, const struct wsp_event *ev)
{
    const struct corpus *c = l->corpus;
    if (ev->type == WSP_EVENT_CLOSE)
        (void)fail(l, ev->detail != NULL ? ev->detail : "a connection was closed");
    if (ev->type != WSP_EVENT_DATA)
        return;
    if (l->seen >= c->count || ev->data.len != corpus_len(c, l->seen) ||
        memcmp(ev->data.data, c->bytes + c->offset[l->seen], ev->data.len) != 0)
        (void)fail(l, "a message came out wrong");
    l->seen++;
}

/* What waits at one end goes to the other, whose events are taken; false when nothing waited. Input
 * is unmasked in place, so what is pending is copied. */
static bool move(struct link *l, wsp_conn *from, wsp_conn *to)
{
    struct wsp_slice slices[8];
    struct wsp_event ev;
    size_t n = wsp_pending(from, slices, 8);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (slices[i].len > l->cap - len)
            return fail(l, "more output at a time than there is room for");
        memcpy(l->wire + len, slices[i].data, slices[i].len);
        len += slices[i].len;
    }
    wsp_sent(from, len);
    l->moved += len;
    struct wsp_input in = {.data = l->wire, .len = len};
    while (wsp_feed(to, &in, &ev) != WSP_EVENT_NONE && l->failed == NULL)
        take_event(l, &ev);
    return len > 0 && l->failed == NULL;
}

/* Connection i of both sides, until nothing waits. */
static void settle(struct link *l, size_t i)
{
    wsp_conn *server = l->side[SERVER].c[i], *client = l->side[CLIENT].c[i];
    bool down, up;
    do {
        up = move(l, client, server);
        down = move(l, server, client);
    } while (up || down);
}

static bool open_one(struct link *l, size_t i)
{
    static const struct wsp_target target = {.url = "ws://bench.example/"};
    struct side *s = &l->side[SERVER], *c = &l->side[CLIENT];
    if (wsp_server_new(&s->c[i], s->e) != WSP_OK ||
        wsp_client_new(&c->c[i], c->e, &target) != WSP_OK)
        return fail(l, "no connection could be made");
    settle(l, i);
    if (wsp_ready_state(s->c[i]) != WSP_OPEN || wsp_ready_state(c->c[i]) != WSP_OPEN)
        return fail(l, "the handshake failed");
    return l->failed == NULL;
}

/* That the numbers are about what the row says. */
static bool agreed(struct link *l, size_t i, const struct memory_cell *cell)
{
    for (unsigned side = 0; side < 2; side++) {
        struct wsp_agreed a;
        wsp_conn_agreed(l->side[side].c[i], &a);
        if (!a.deflate.enabled || a.deflate.server_max_window_bits != cell->window_bits ||
            a.deflate.client_max_window_bits != cell->window_bits ||
            a.deflate.server_no_context_takeover == cell->takeover ||
            a.deflate.client_no_context_takeover == cell->takeover)
            return fail(l, "something else was agreed");
    }
    return true;
}

static bool send_all(struct link *l, size_t i, unsigned from)
{
    const struct corpus *c = l->corpus;
    l->seen = l->moved = 0;
    for (size_t m = 0; m < c->count; m++) {
        const char *text = (const char *)c->bytes + c->offset[m];
        if (wsp_send_text(l->side[from].c[i], text, corpus_len(c, m)) != WSP_OK)
            return fail(l, "a message was refused");
        settle(l, i);
    }
    if (l->failed == NULL && l->seen != c->count)
        return fail(l, "messages are missing");
    if (l->moved >= corpus_total(c))
        return fail(l, "nothing was compressed");
    return l->failed == NULL;
}

static void close_all(struct link *l)
{
    for (unsigned side = 0; side < 2; side++)
        for (size_t i = 0; i < CONNECTIONS; i++) {
            wsp_conn_free(l->side[side].c[i]);
            l->side[side].c[i] = NULL;
        }
}

static bool make_endpoints(struct link *l, const struct memory_cell *cell)
{
    struct wsp_config cfg = {.alloc = count};
    cfg.deflate.enabled = true;
    cfg.deflate.server_takeover = cfg.deflate.client_takeover = cell->takeover;
    cfg.deflate.server_max_window_bits = (uint8_t)cell->window_bits;
    cfg.deflate.client_max_window_bits = (uint8_t)cell->window_bits;
    for (unsigned side = 0; side < 2; side++) {
        cfg.ctx = &l->side[side];
        if (wsp_endpoint_new(&l->side[side].e, &cfg) != WSP_OK)
            return fail(l, "no endpoint could be made");
    }
    return true;
}

/* The step for every connection, and what one of the server's has grown by. */
static bool each(struct link *l, unsigned from, size_t *grown)
{
    size_t before = l->side[SERVER].live;
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (!send_all(l, i, from))
            return false;
    *grown = (l->side[SERVER].live - before) / CONNECTIONS;
    return true;
}

static bool measure(struct link *l, struct memory_cell *cell)
{
    struct side *s = &l->side[SERVER];
    if (!make_endpoints(l, cell))
        return false;
    /* One that comes and goes leaves what the endpoint has at first need and keeps. */
    if (!open_one(l, 0) || !agreed(l, 0, cell) || !send_all(l, 0, SERVER) ||
        !send_all(l, 0, CLIENT))
        return false;
    close_all(l);
    size_t base = s->live, base_blocks = s->blocks;
    cell->endpoint = base;
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (!open_one(l, i) || !agreed(l, i, cell))
            return false;
    cell->open = (s->live - base) / CONNECTIONS;
    if (!each(l, SERVER, &cell->sending) || !each(l, CLIENT, &cell->receiving))
        return false;
    cell->blocks = (s->blocks - base_blocks) / CONNECTIONS;
    return true;
}

bool memory_measure(struct memory_cell *cell, const struct corpus *c)
{
    struct link l = {.corpus = c, .cap = 4 * (size_t)CORPUS_LONGEST};
    l.wire = malloc(l.cap);
    bool ok = l.wire != NULL && measure(&l, cell);
    close_all(&l);
    for (unsigned side = 0; side < 2; side++) {
        wsp_endpoint_free(l.side[side].e);
        if (l.side[side].live != 0)
            ok = fail(&l, "memory was leaked");
    }
    free(l.wire);
    if (!ok)
        (void)fprintf(stderr, "bench-flate: memory, window %u, takeover %d: %s\n",
                      cell->window_bits, cell->takeover, l.failed != NULL ? l.failed : "no memory");
    return ok;
}
