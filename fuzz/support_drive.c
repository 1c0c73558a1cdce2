/* SPDX-License-Identifier: MIT */
#include "support_drive.h"

#include <stdlib.h>
#include <string.h>

#define BASE 16384u     /* bytes: endpoint, connection, handshake block, an output chunk */
#define INFLATED 20000u /* bytes of a message, with compression */
#define END_TURNS 12    /* timers that may fire before a connection must be over */

/* ------------------------------------------------------------ the plan */

void fuzz_plan_read(struct fuzz_plan *p, struct fuzz_in *in, enum wsp_role role)
{
    memset(p, 0, sizeof *p);
    p->role = role;
    unsigned b = fuzz_byte(in);
    p->streaming = b & 1;
    p->manual = b >> 1 & 1;
    p->adopted = b >> 2 & 1;
    p->read_only = b >> 3 & 1;
    p->trust_utf8 = b >> 4 & 1;
    p->statistics = b >> 5 & 1;
    p->small = b >> 6 & 1;
    p->finish = b >> 7 ? FUZZ_EOF : FUZZ_RESET;
    p->fail_alloc = fuzz_byte(in);
    p->fail_entropy = fuzz_byte(in);
    b = fuzz_byte(in);
    p->step_ms = b * b;
    b = fuzz_byte(in);
    p->take = b == 0 ? SIZE_MAX : b == 255 ? 0 : b;
    b = fuzz_byte(in);
    p->answer = (enum fuzz_answer)(b & 7);
    p->echo = b >> 3 & 1;
    p->ping = b >> 4 & 1;
    p->close_on_data = b >> 5 & 1;
    p->space = b >> 6 & 1;
    p->sticky = b >> 7 & 1;
    b = fuzz_byte(in);
    p->any_origin = b & 1;
    p->protocols = b >> 1 & 1;
    p->close_on_open = b >> 2 & 1;
    if (b >> 3 & 1)
        p->finish = FUZZ_SILENT;
    b = fuzz_byte(in); /* its last bit is split_equiv's */
    p->cuts = fuzz_cuts_read(in);
    fuzz_deflate_read(&p->deflate, in, b >> 1 & 1);
}

static void small_limits(struct wsp_limits *l)
{
    *l = (struct wsp_limits){
        .message = 300,
        .fragments = 5,
        .empty_fragments = 2,
        .handshake = 600,
        .headers = 12,
        .body = 20,
        .buffered = 200,
        .keep = 128,
        .read_buffer = 256,
        .random_pool = 16,
        .send_fragment = 50,
    };
}

/* ------------------------------------------------------------ making */

static int make_endpoint(struct fuzz_drive *d)
{
    const struct fuzz_plan *p = &d->plan;
    struct wsp_config cfg = {.streaming = p->streaming};
    fuzz_world_init(&d->world, &cfg);
    d->world.fail_alloc = p->fail_alloc;
    d->world.fail_entropy = p->fail_entropy;
    d->world.sticky = p->sticky;
    d->world.base = BASE;
    cfg.manual_accept = p->manual;
    cfg.trust_utf8 = p->trust_utf8;
    cfg.statistics = p->statistics;
    cfg.origins = p->any_origin ? "*" : NULL;
    cfg.protocols = p->protocols ? "chat, superchat" : NULL;
    if (p->small)
        small_limits(&cfg.limits);
    cfg.deflate = p->deflate.config;
    if (cfg.deflate.enabled && !p->small)
        cfg.limits.message = INFLATED;
    if (cfg.deflate.enabled) {
        /* Little that is received may be much that is inflated: one message, and its echo. */
        d->world.base += fuzz_deflate_memory(&p->deflate) + 3 * INFLATED + INFLATED;
        cfg.limits.wire = 1 << 20;
    }
    return wsp_endpoint_new(&d->e, &cfg);
}

static int make_conn(struct fuzz_drive *d)
{
    const struct fuzz_plan *p = &d->plan;
    const struct wsp_target target = {.url = "ws://example.com/chat"};
    struct wsp_agreed agreed = {.role = p->role, .deflate = p->deflate.adopted};
    if (p->adopted)
        return wsp_adopt_new(&d->c, d->e, &agreed);
    if (p->role == WSP_CLIENT)
        return wsp_client_new(&d->c, d->e, &target);
    return wsp_server_new(&d->c, d->e);
}

/* False: refused, which only an injected failure may do. */
static bool make(struct fuzz_drive *d)
{
    int r = make_endpoint(d);
    if (r == WSP_OK)
        r = make_conn(d);
    FUZZ_ASSERT(r == WSP_OK || (r == WSP_ERR_NOMEM && d->plan.fail_alloc != 0) ||
                (r == WSP_ERR_ENTROPY && d->plan.fail_entropy != 0));
    return r == WSP_OK;
}

/* ------------------------------------------------------------ output */

static void take_output(struct fuzz_drive *d, size_t budget)
{
    struct wsp_slice v[3];
    for (size_t n = wsp_pending(d->c, v, 3); n > 0 && budget > 0; n = wsp_pending(d->c, v, 3)) {
        size_t taken = 0;
        for (size_t i = 0; i < n && taken < budget; i++) {
            FUZZ_ASSERT(v[i].len > 0);
            if (v[i].len > budget - taken)
                v[i].len = budget - taken;
            fuzz_wire_add(&d->wire, d->c, v[i]);
            taken += v[i].len;
        }
        wsp_sent(d->c, taken);
        budget -= taken;
    }
    if (wsp_wants(d->c) & WSP_WANT_SHUT) {
        FUZZ_ASSERT(d->plan.role == WSP_SERVER && wsp_queued_bytes(d->c) == 0);
        wsp_shut(d->c);
    }
    fuzz_log_state(&d->log, d->c);
}

/* ------------------------------------------------------------ the application */

static void note_send(struct fuzz_drive *d, int r, size_t len)
{
    if (r == WSP_OK)
        d->world.received += len;
    else
        d->refused++;
    if (r == WSP_ERR_FULL)
        d->log.maybe_full = true;
    FUZZ_ASSERT(r != WSP_ERR_UTF8 || d->plan.streaming);
    FUZZ_ASSERT(r <= 0 && r > WSP_ERR_LAST);
}

static int respond(struct fuzz_drive *d)
{
    const struct wsp_field field = {"X-Test", "1"};
    const struct wsp_response r = {404, &field, 1, "not here", 8};
    return wsp_respond(d->c, &r);
}

static void answer_now(struct fuzz_drive *d)
{
    int r;
    switch (d->plan.answer) {
    case FUZZ_ACCEPT:
    case FUZZ_ACCEPT_LATER_KEEP:
    case FUZZ_ACCEPT_LATER:
        r = wsp_accept(d->c, NULL);
        if (r == WSP_ERR_STATE) /* no valid upgrade */
            r = wsp_respond(d->c, NULL);
        break;
    case FUZZ_REFUSE:
        r = wsp_respond(d->c, NULL);
        break;
    case FUZZ_RESPOND:
    case FUZZ_RESPOND_LATER:
        r = respond(d);
        break;
    case FUZZ_CLOSE:
        r = wsp_close(d->c, 1000, NULL, 0);
        break;
    default:
        return;
    }
    FUZZ_ASSERT(r == WSP_OK || (r == WSP_ERR_NOMEM && d->plan.fail_alloc != 0));
}

static void answer_later(struct fuzz_drive *d)
{
    if ((wsp_wants(d->c) & WSP_WANT_ANSWER) == 0 || d->plan.answer == FUZZ_NO_ANSWER)
        return;
    if (wsp_request(d->c) != NULL)
        answer_now(d);
}

static void react_data(struct fuzz_drive *d, const struct wsp_event *ev)
{
    int r;
    if (d->plan.echo) {
        fuzz_deflate_toggle(&d->plan.deflate, d->c);
        r = ev->opcode == WSP_TEXT ? wsp_send_text(d->c, (const char *)ev->data.data, ev->data.len)
                                   : wsp_send_binary(d->c, ev->data.data, ev->data.len);
        note_send(d, r, ev->data.len + 16);
    }
    if (d->plan.ping)
        note_send(d, wsp_send_ping(d->c, "?", 1), 16);
    if (d->plan.close_on_data)
        note_send(d, wsp_close(d->c, 4000, "enough", 6), 0);
}

static void react(struct fuzz_drive *d, const struct wsp_event *ev)
{
    bool now = d->plan.answer <= FUZZ_RESPOND || d->plan.answer == FUZZ_CLOSE;
    if (ev->type == WSP_EVENT_REQUEST && now)
        answer_now(d);
    else if (ev->type == WSP_EVENT_OPEN && d->plan.close_on_open)
        note_send(d, wsp_close(d->c, 1001, NULL, 0), 0);
    else if (ev->type == WSP_EVENT_DATA)
        react_data(d, ev);
}

/* ------------------------------------------------------------ input */

/* Feeds all of in, telling each event. */
static void feed_all(struct fuzz_drive *d, struct wsp_input *in)
{
    struct wsp_event ev;
    const uint8_t *end = in->len > 0 ? in->data + in->len : NULL;
    bool over = d->log.closed;
    while (wsp_feed(d->c, in, &ev) != WSP_EVENT_NONE) {
        FUZZ_ASSERT(!over && (end == NULL || in->data + in->len == end));
        fuzz_log_event(&d->log, d->c, &ev);
        react(d, &ev);
        over = ev.type == WSP_EVENT_CLOSE;
    }
    FUZZ_ASSERT(ev.type == WSP_EVENT_NONE);
    FUZZ_ASSERT((wsp_wants(d->c) & WSP_WANT_FEED) == 0);
    fuzz_log_state(&d->log, d->c);
}

/* What a waiting request leaves unused is the caller's to keep. */
static void keep_rest(struct fuzz_drive *d, struct wsp_input *in)
{
    if (in->len == 0)
        return;
    FUZZ_ASSERT(wsp_wants(d->c) & WSP_WANT_ANSWER);
    if (d->plan.answer == FUZZ_ACCEPT_LATER_KEEP && d->held.len == 0 &&
        wsp_keep_input(d->c, in) == WSP_OK) {
        FUZZ_ASSERT(in->len == 0);
        return;
    }
    fuzz_blob_add(&d->held, in->data, in->len);
}

/* One piece from a block of exactly its size, or from where the connection wants it. */
static void feed_piece(struct fuzz_drive *d, struct wsp_slice piece)
{
    uint8_t *at = NULL;
    uint8_t *exact = fuzz_copy(piece.data, piece.len);
    struct wsp_input in = {exact, piece.len, d->plan.read_only, WSP_END_OPEN};
    size_t room = d->plan.space && !in.read_only ? wsp_recv_space(d->c, &at) : 0;
    if (room >= piece.len && piece.len > 0) {
        memset(at, 0x5A, room);
        memcpy(at, piece.data, piece.len);
        in.data = at;
    }
    feed_all(d, &in);
    keep_rest(d, &in);
    if (d->plan.read_only)
        FUZZ_ASSERT(piece.len == 0 || memcmp(exact, piece.data, piece.len) == 0);
    free(exact);
}

static void feed_held(struct fuzz_drive *d)
{
    answer_later(d);
    if (d->held.len == 0 || wsp_wants(d->c) & WSP_WANT_ANSWER)
        return;
    struct fuzz_blob held = d->held;
    d->held = (struct fuzz_blob){NULL, 0, 0};
    feed_piece(d, (struct wsp_slice){held.data, held.len});
    fuzz_blob_free(&held);
}

/* Time passes, and whoever is due is served. */
static void tick(struct fuzz_drive *d, uint64_t now)
{
    struct wsp_input none = {NULL, 0, false, WSP_END_OPEN};
    d->now = now;
    wsp_endpoint_clock(d->e, now);
    for (unsigned i = 0; wsp_endpoint_due(d->e) != NULL; i++) {
        FUZZ_ASSERT(i < 4);
        feed_all(d, &none);
    }
    FUZZ_ASSERT(wsp_endpoint_deadline(d->e) > now);
    if (wsp_wants(d->c) & WSP_WANT_FEED)
        feed_all(d, &none);
}

/* ------------------------------------------------------------ the end */

static void tell_end(struct fuzz_drive *d, enum wsp_end end)
{
    struct wsp_input in = {NULL, 0, false, end};
    feed_all(d, &in);
    take_output(d, d->plan.take);
}

/* After the peer's end, or in its silence, the timers alone bring CLOSE. */
static void finish(struct fuzz_drive *d)
{
    struct wsp_input none = {NULL, 0, false, WSP_END_OPEN};
    /* A ping that cannot be made is tried again: without means for ever, silence is no death. */
    d->world.sticky = false;
    if (d->plan.finish != FUZZ_SILENT)
        tell_end(d, d->plan.finish == FUZZ_EOF ? WSP_END_EOF : WSP_END_RESET);
    FUZZ_ASSERT(d->log.closed || d->plan.finish != FUZZ_RESET);
    for (unsigned i = 0; !d->log.closed; i++) {
        uint64_t deadline = wsp_endpoint_deadline(d->e);
        FUZZ_ASSERT(i < END_TURNS && (deadline != WSP_DEADLINE_NONE));
        tick(d, deadline > d->now ? deadline : d->now + 1);
        feed_held(d);
        take_output(d, d->plan.take > 0 ? SIZE_MAX : 0);
        feed_all(d, &none);
    }
    FUZZ_ASSERT(wsp_endpoint_deadline(d->e) == WSP_DEADLINE_NONE);
}

static void check_end(struct fuzz_drive *d)
{
    struct wsp_close_info info;
    struct wsp_statistics s;
    wsp_close_info(d->c, &info);
    FUZZ_ASSERT(!info.clean || wsp_queued_bytes(d->c) == 0);
    if (info.clean)
        fuzz_wire_end(&d->wire);
    if (!wsp_get_statistics(d->c, &s))
        return;
    FUZZ_ASSERT(d->plan.statistics);
    FUZZ_ASSERT(s.received.messages <= s.received.frames);
    struct wsp_agreed agreed;
    wsp_conn_agreed(d->c, &agreed);
    FUZZ_ASSERT(s.received.payload <= s.received.wire || agreed.deflate.enabled);
}

/* ------------------------------------------------------------ all of it */

static const char rfc_accept[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

static uint8_t *peer_bytes(struct fuzz_drive *d, struct wsp_slice peer)
{
    char accept[29];
    uint8_t *bytes = fuzz_copy(peer.data, peer.len);
    if (d->wire.key[0] == '\0')
        return bytes;
    wsp_accept_key(accept, d->wire.key);
    for (size_t i = 0; i + 28 <= peer.len; i++) {
        if (memcmp(bytes + i, rfc_accept, 28) == 0)
            memcpy(bytes + i, accept, 28);
    }
    return bytes;
}

void fuzz_drive(struct fuzz_drive *d, const struct fuzz_plan *plan, struct wsp_slice peer)
{
    memset(d, 0, sizeof *d);
    d->plan = *plan;
    d->log.trust_utf8 = plan->trust_utf8;
    d->log.world = &d->world;
    d->wire.trust_utf8 = plan->trust_utf8;
    d->wire.sender = plan->role;
    d->wire.in_head = !plan->adopted;
    if (!make(d))
        return;
    /* A client's peer has seen its request. */
    if (plan->role == WSP_CLIENT && !plan->adopted)
        take_output(d, SIZE_MAX);
    uint8_t *bytes = peer_bytes(d, peer);
    for (size_t at = 0; at < peer.len;) {
        size_t n = fuzz_cut(&d->plan.cuts, peer.len - at);
        d->world.received += n;
        if (d->held.len > 0)
            fuzz_blob_add(&d->held, bytes + at, n);
        else
            feed_piece(d, (struct wsp_slice){bytes + at, n});
        feed_held(d);
        take_output(d, d->plan.take);
        tick(d, d->now + plan->step_ms);
        at += n;
    }
    free(bytes);
    finish(d);
    check_end(d);
}

void fuzz_drive_end(struct fuzz_drive *d)
{
    wsp_conn_free(d->c);
    wsp_endpoint_free(d->e);
    fuzz_world_end(&d->world);
    fuzz_log_free(&d->log);
    fuzz_wire_free(&d->wire);
    fuzz_blob_free(&d->held);
}
