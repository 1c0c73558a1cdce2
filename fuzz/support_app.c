/* SPDX-License-Identifier: MIT */
#include "support_app.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 3u

/* ------------------------------------------------------------ what holds after every call */

/* What was shown neither moves nor changes. */
static void check_look(const struct fuzz_slot *s)
{
    size_t at = 0;
    for (size_t i = 0; i < s->shown_count; i++) {
        struct wsp_slice before = {s->look.data + at, s->shown[i].len};
        FUZZ_ASSERT(fuzz_same(s->shown[i], before));
        at += s->shown[i].len;
    }
    FUZZ_ASSERT(at == s->look.len);
}

static const struct fuzz_slot *slot_of(const wsp_conn *c)
{
    const struct fuzz_slot *s = wsp_user(c);
    FUZZ_ASSERT(s != NULL && s->c == c);
    return s;
}

static void check_group(const struct fuzz_app *a, unsigned g)
{
    unsigned members = 0, waiting = 0, seen = 0, seen_waiting = 0;
    wsp_conn *c;
    if (a->group[g] == NULL)
        return;
    for (unsigned i = 0; i < FUZZ_SLOTS; i++) {
        const struct fuzz_slot *s = &a->slot[i];
        if (s->c != NULL && s->member[g]) {
            members++;
            waiting += wsp_queued_bytes(s->c) > 0;
        }
    }
    FUZZ_ASSERT(wsp_group_size(a->group[g]) == members);
    for (size_t at = WSP_NO_LIMIT; (c = wsp_group_next(a->group[g], &at, WSP_GROUP_ALL)) != NULL;)
        seen += slot_of(c)->member[g];
    for (size_t at = WSP_NO_LIMIT;
         (c = wsp_group_next(a->group[g], &at, WSP_GROUP_WAITING)) != NULL;) {
        seen_waiting += wsp_queued_bytes(c) > 0;
        FUZZ_ASSERT(wsp_queued_bytes(c) > 0 || slot_of(c)->log.maybe_full);
    }
    for (size_t at = WSP_NO_LIMIT; (c = wsp_group_next(a->group[g], &at, WSP_GROUP_FULL)) != NULL;)
        FUZZ_ASSERT(slot_of(c)->member[g] && slot_of(c)->log.maybe_full);
    FUZZ_ASSERT(seen == members && seen_waiting == waiting);
}

void fuzz_app_check(struct fuzz_app *a)
{
    for (unsigned i = 0; i < FUZZ_SLOTS; i++) {
        struct fuzz_slot *s = &a->slot[i];
        if (s->c == NULL)
            continue;
        check_look(s);
        fuzz_log_state(&s->log, s->c);
    }
    for (unsigned g = 0; g < FUZZ_GROUPS; g++)
        check_group(a, g);
}

/* ------------------------------------------------------------ life */

void fuzz_slot_begin(struct fuzz_slot *s, enum wsp_role role, bool handshake)
{
    s->wire.sender = role;
    s->wire.in_head = handshake;
    s->log.world = &s->app->world;
    s->stamp = ++s->app->stamps;
    wsp_set_user(s->c, s);
}

static void forget_shown(struct fuzz_slot *s)
{
    s->shown_count = 0;
    s->look.len = 0;
}

static void slot_clear(struct fuzz_slot *s)
{
    struct fuzz_app *a = s->app;
    fuzz_log_free(&s->log);
    fuzz_wire_free(&s->wire);
    fuzz_blob_free(&s->incoming);
    fuzz_blob_free(&s->look);
    memset(s, 0, sizeof *s);
    s->app = a;
}

static void leave_groups(struct fuzz_slot *s)
{
    memset(s->member, 0, sizeof s->member);
}

void fuzz_slot_free(struct fuzz_slot *s)
{
    wsp_conn_free(s->c);
    forget_shown(s);
    leave_groups(s);
    if (s->held == 0) {
        slot_clear(s);
        return;
    }
    /* Held: no event comes any more. */
    s->freed = true;
    s->log.closed = true;
}

void fuzz_slot_hold(struct fuzz_slot *s)
{
    wsp_hold(s->c);
    s->held++;
}

void fuzz_slot_release(struct fuzz_slot *s)
{
    if (s->held == 0)
        return;
    wsp_release(s->c);
    if (--s->held == 0 && s->freed)
        slot_clear(s);
}

/* ------------------------------------------------------------ events */

/* Random calls, from inside an event. */
static void act_inside(struct fuzz_app *a)
{
    if (a->depth >= DEPTH_MAX || a->in.len == 0)
        return;
    a->depth++;
    for (unsigned n = fuzz_byte(&a->in) % 4; n > 0; n--)
        a->act(a);
    a->depth--;
}

/* The event's bytes stay, whatever is called, until the next feed or the connection's end. */
static void on_event(struct fuzz_slot *s, const struct wsp_event *ev)
{
    struct fuzz_app *a = s->app;
    struct fuzz_blob before = {NULL, 0, 0};
    unsigned stamp = s->stamp;
    fuzz_log_event(&s->log, s->c, ev);
    if (ev->type == WSP_EVENT_CLOSE)
        leave_groups(s);
    unsigned feeds = a->feeds;
    fuzz_blob_add(&before, ev->data.data, ev->data.len);
    act_inside(a);
    if (a->feeds == feeds && s->stamp == stamp && !s->freed)
        FUZZ_ASSERT(fuzz_same((struct wsp_slice){before.data, before.len}, ev->data));
    fuzz_blob_free(&before);
}

/* False: the connection went away meanwhile. */
static bool feed_all(struct fuzz_slot *s, struct wsp_input *in)
{
    struct wsp_event ev;
    struct fuzz_app *a = s->app;
    unsigned stamp = s->stamp;
    for (;;) {
        a->feeds++;
        if (wsp_feed(s->c, in, &ev) == WSP_EVENT_NONE)
            return true;
        on_event(s, &ev);
        if (s->stamp != stamp)
            return false;
    }
}

void fuzz_slot_feed(struct fuzz_slot *s, size_t n, enum wsp_end end, bool read_only)
{
    size_t len = n < s->incoming.len ? n : s->incoming.len;
    uint8_t *exact = fuzz_copy(s->incoming.data, len);
    struct wsp_input in = {exact, len, read_only, end};
    fuzz_blob_drop(&s->incoming, len);
    if (feed_all(s, &in) && in.len > 0) {
        FUZZ_ASSERT(wsp_wants(s->c) & WSP_WANT_ANSWER);
        /* Only what a request leaves is kept; nothing of it was touched. */
        struct fuzz_blob rest = {NULL, 0, 0};
        fuzz_blob_add(&rest, in.data, in.len);
        fuzz_blob_add(&rest, s->incoming.data, s->incoming.len);
        fuzz_blob_free(&s->incoming);
        s->incoming = rest;
    }
    free(exact);
}

void fuzz_slot_feed_space(struct fuzz_slot *s, size_t n)
{
    uint8_t *at;
    size_t room = wsp_recv_space(s->c, &at);
    if (n > room)
        n = room;
    if (n > s->incoming.len)
        n = s->incoming.len;
    if (room > 0)
        memset(at, 0x5A, room);
    if (n == 0)
        return;
    memcpy(at, s->incoming.data, n);
    struct wsp_input in = {at, n, false, WSP_END_OPEN};
    fuzz_blob_drop(&s->incoming, n);
    if (feed_all(s, &in))
        FUZZ_ASSERT(in.len == 0);
}

/* ------------------------------------------------------------ output */

void fuzz_slot_show(struct fuzz_slot *s, size_t max)
{
    struct wsp_slice v[FUZZ_SHOWN];
    struct fuzz_blob look = {NULL, 0, 0};
    size_t n = wsp_pending(s->c, v, max);
    FUZZ_ASSERT(n <= max);
    for (size_t i = 0; i < n; i++) {
        FUZZ_ASSERT(v[i].len > 0);
        fuzz_blob_add(&look, v[i].data, v[i].len);
    }
    FUZZ_ASSERT(look.len <= wsp_queued_bytes(s->c));
    /* What was shown before is shown again, first, as far as there is room. */
    size_t both = look.len < s->look.len ? look.len : s->look.len;
    FUZZ_ASSERT(both == 0 || memcmp(look.data, s->look.data, both) == 0);
    if (look.len < s->look.len) {
        fuzz_blob_free(&look);
        return;
    }
    fuzz_blob_free(&s->look);
    s->look = look;
    memcpy(s->shown, v, n * sizeof v[0]);
    s->shown_count = n;
}

/* n bytes are gone: what is left of what was shown. */
static void shown_drop(struct fuzz_slot *s, size_t n)
{
    size_t i = 0;
    if (n > s->look.len)
        n = s->look.len;
    fuzz_blob_drop(&s->look, n);
    while (i < s->shown_count && n >= s->shown[i].len)
        n -= s->shown[i++].len;
    s->shown_count -= i;
    memmove(s->shown, s->shown + i, s->shown_count * sizeof s->shown[0]);
    if (n > 0) {
        s->shown[0].data += n;
        s->shown[0].len -= n;
    }
}

void fuzz_slot_sent(struct fuzz_slot *s, size_t n)
{
    struct wsp_slice v[FUZZ_SHOWN];
    size_t room = 0;
    size_t count = wsp_pending(s->c, v, FUZZ_SHOWN);
    for (size_t i = 0; i < count && room < n; i++) {
        if (v[i].len > n - room)
            v[i].len = n - room;
        fuzz_wire_add(&s->wire, s->c, v[i]);
        room += v[i].len;
    }
    size_t before = wsp_queued_bytes(s->c);
    wsp_sent(s->c, room);
    FUZZ_ASSERT(before - wsp_queued_bytes(s->c) == room);
    shown_drop(s, room);
}

void fuzz_slot_result(struct fuzz_slot *s, int r)
{
    FUZZ_ASSERT(r <= 0 && r > WSP_ERR_LAST);
    if (r == WSP_ERR_FULL) {
        s->log.maybe_full = true;
        s->log.surely_full = true;
    }
    FUZZ_ASSERT(r != WSP_OK || (wsp_ready_state(s->c) != WSP_CLOSED && !s->log.closed));
}

/* ------------------------------------------------------------ pump */

static ptrdiff_t odd_result(unsigned b)
{
    static const ptrdiff_t results[] = {WSP_IO_AGAIN, WSP_IO_WANT_READ, WSP_IO_WANT_WRITE, -1, 0};
    return results[b % (sizeof results / sizeof results[0])];
}

static ptrdiff_t io_read(void *ctx, void *buf, size_t len)
{
    struct fuzz_slot *s = ctx;
    unsigned b = fuzz_byte(&s->app->in);
    size_t n = s->incoming.len < len ? s->incoming.len : len;
    FUZZ_ASSERT(!s->freed && !s->log.closed && len > 0);
    if (b >= 250)
        return odd_result(b);
    if (n == 0)
        return WSP_IO_AGAIN;
    if (b > 0 && b < n)
        n = b;
    memset(buf, 0x5A, len);
    memcpy(buf, s->incoming.data, n);
    fuzz_blob_drop(&s->incoming, n);
    return (ptrdiff_t)n;
}

static ptrdiff_t io_write(void *ctx, const void *buf, size_t len)
{
    struct fuzz_slot *s = ctx;
    unsigned b = fuzz_byte(&s->app->in);
    size_t both = s->look.len < len ? s->look.len : len;
    FUZZ_ASSERT(!s->freed && !s->log.closed && len > 0);
    FUZZ_ASSERT(both == 0 || memcmp(buf, s->look.data, both) == 0);
    if (b >= 250)
        return odd_result(b);
    size_t n = b > 0 && b < len ? b : len;
    fuzz_wire_add(&s->wire, s->c, (struct wsp_slice){buf, n});
    shown_drop(s, n);
    return (ptrdiff_t)n;
}

static ptrdiff_t io_writev(void *ctx, const struct wsp_slice *v, size_t n)
{
    FUZZ_ASSERT(n > 0);
    return io_write(ctx, v[0].data, v[0].len);
}

static void io_shutdown(void *ctx)
{
    const struct fuzz_slot *s = ctx;
    FUZZ_ASSERT(wsp_queued_bytes(s->c) == 0);
}

static void heard(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct fuzz_slot *s = wsp_user(c);
    FUZZ_ASSERT(user == s && s->c == c && !s->freed);
    FUZZ_ASSERT(ev->type != WSP_EVENT_CLOSE || s->error_told == (ev->error != WSP_OK));
    on_event(s, ev);
}

static void heard_error(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct fuzz_slot *s = wsp_user(c);
    FUZZ_ASSERT(user == s && !s->freed && !s->error_told && !s->log.closed);
    FUZZ_ASSERT(ev->type == WSP_EVENT_CLOSE && ev->error != WSP_OK);
    s->error_told = true;
}

/* A second node: never called for a connection that the first has freed. */
static void heard_second(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct fuzz_slot *s = wsp_user(c);
    FUZZ_ASSERT(user == s && s->c == c && !s->freed && ev->type != WSP_EVENT_NONE);
    act_inside(s->app);
}

static void fill(struct wsp_listener *l, wsp_listen *f, struct fuzz_slot *s)
{
    memset(l, 0, sizeof *l);
    l->open = l->message = l->close = l->ping = l->pong = l->drain = f;
    l->user = s;
}

void fuzz_slot_pump(struct fuzz_slot *s)
{
    struct fuzz_app *a = s->app;
    struct wsp_listener first, second;
    unsigned bits = fuzz_byte(&a->in);
    struct wsp_io io = {io_read, bits & 1 ? io_write : NULL, bits & 1 ? NULL : io_writev,
                        bits & 2 ? io_shutdown : NULL, s};
    fill(&first, heard, s);
    fill(&second, heard_second, s);
    first.error = heard_error;
    first.next = bits & 4 ? &second : NULL;
    first.request = bits & 8 ? heard : NULL;
    if (a->pumping) {
        int busy = wsp_pump(s->c, &io, &first);
        FUZZ_ASSERT(busy == WSP_ERR_BUSY || (busy == 0 && s->freed));
        return;
    }
    unsigned stamp = s->stamp;
    a->pumping = true;
    int r = wsp_pump(s->c, &io, &first);
    a->pumping = false;
    a->feeds++;
    FUZZ_ASSERT(r >= 0 || (r == WSP_ERR_NOMEM && a->world.fail_alloc != 0));
    if (s->stamp == stamp && r >= 0)
        FUZZ_ASSERT((r == 0) == s->log.closed);
    else if (r >= 0)
        FUZZ_ASSERT(r == 0);
}

/* ------------------------------------------------------------ the end */

void fuzz_app_end(struct fuzz_app *a)
{
    bool endpoint_first = fuzz_byte(&a->in) & 1;
    if (endpoint_first)
        wsp_endpoint_free(a->e);
    for (unsigned i = 0; i < FUZZ_SLOTS; i++) {
        struct fuzz_slot *s = &a->slot[i];
        if (s->c != NULL && !s->freed)
            fuzz_slot_free(s);
        while (s->c != NULL)
            fuzz_slot_release(s);
    }
    for (unsigned g = 0; g < FUZZ_GROUPS; g++)
        wsp_group_free(a->group[g]);
    if (!endpoint_first)
        wsp_endpoint_free(a->e);
    wsp_prepared_unref(a->prepared);
    fuzz_world_end(&a->world);
}
