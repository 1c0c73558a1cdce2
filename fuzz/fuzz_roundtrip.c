/*
 * roundtrip - a server and a client talk over a link that splits. SPDX-License-Identifier: MIT
 *
 * What a send accepted arrives exactly and in order, pings too; when all was passed on
 * bufferedAmount is 0. The link loses nothing, and its ends are told only what a kind transport
 * tells: the end of the peer's direction comes when one's own output was taken.
 *
 * Input: a byte of options, eight lengths of pieces, four bytes of options when it is with
 * compression, then operations.
 */
#include "support.h"
#include "support_deflate.h"
#include "support_log.h"
#include "support_wire.h"

#include <string.h>

#define BASE 65536u
#define MESSAGES_MAX 2000 /* bytes of one message */
#define SETTLE_MAX 100000 /* turns */
#define OPERATIONS_MAX 120u
#define WAITING_MAX 16384u /* bytes of messages on their way; the target's own queues are slow */

struct side {
    struct fuzz_world world;
    struct fuzz_log log;
    struct fuzz_wire wire;
    struct fuzz_blob
        expect; /* messages accepted by the peer's sends, as logged: opcode, length, bytes */
    struct fuzz_blob pings; /* pings accepted by the peer's sends: length, bytes */
    struct fuzz_blob pongs; /* own pings, whose pongs may come */
    struct fuzz_blob part;  /* what was accepted of the message in parts */
    enum wsp_opcode part_opcode;
    struct fuzz_blob link; /* on its way to this side */
    bool part_open, peer_shut, told;
    wsp_endpoint *e;
    wsp_conn *c;
};

struct talk {
    struct side side[2];
    struct fuzz_cuts cuts;
    struct fuzz_deflate deflate;
    bool small, streaming, handshake, read_only, closed;
};

/* ------------------------------------------------------------ what is to come */

static void expect_message(struct side *to, enum wsp_opcode opcode, struct wsp_slice data)
{
    uint8_t op = (uint8_t)opcode;
    fuzz_blob_add(&to->expect, &op, 1);
    fuzz_blob_add(&to->expect, &data.len, sizeof data.len);
    fuzz_blob_add(&to->expect, data.data, data.len);
}

static void expect_bytes(struct fuzz_blob *to, struct wsp_slice data)
{
    fuzz_blob_add(to, &data.len, sizeof data.len);
    fuzz_blob_add(to, data.data, data.len);
}

static size_t stored_len(const struct fuzz_blob *b, size_t at)
{
    size_t len;
    FUZZ_ASSERT(b->len - at >= sizeof len);
    memcpy(&len, b->data + at, sizeof len);
    return len;
}

static void arrived(struct side *s, enum wsp_opcode opcode, struct wsp_slice data)
{
    FUZZ_ASSERT(s->expect.len > 0 && s->expect.data[0] == (uint8_t)opcode);
    size_t len = stored_len(&s->expect, 1);
    struct wsp_slice expected = {s->expect.data + 1 + sizeof len, len};
    FUZZ_ASSERT(fuzz_same(expected, data));
    fuzz_blob_drop(&s->expect, 1 + sizeof len + len);
}

/* The first of these; with skip the next like it, and those before are given up. */
static void arrived_control(struct fuzz_blob *b, struct wsp_slice data, bool skip)
{
    for (;;) {
        FUZZ_ASSERT(b->len > 0);
        size_t len = stored_len(b, 0);
        bool same = fuzz_same((struct wsp_slice){b->data + sizeof len, len}, data);
        FUZZ_ASSERT(same || skip);
        fuzz_blob_drop(b, sizeof len + len);
        if (same)
            return;
    }
}

/* ------------------------------------------------------------ feeding */

static void told(struct side *s, const struct wsp_event *ev)
{
    bool last = ev->type == WSP_EVENT_DATA && ev->last;
    struct fuzz_blob before = s->log.message;
    if (last) {
        /* The log forgets the message when it is whole. */
        struct fuzz_blob whole = {NULL, 0, 0};
        fuzz_blob_add(&whole, before.data, before.len);
        fuzz_blob_add(&whole, ev->data.data, ev->data.len);
        arrived(s, ev->opcode, (struct wsp_slice){whole.data, whole.len});
        fuzz_blob_free(&whole);
    }
    fuzz_log_event(&s->log, s->c, ev);
    if (ev->type == WSP_EVENT_PING)
        arrived_control(&s->pings, ev->data, false);
    else if (ev->type == WSP_EVENT_PONG)
        arrived_control(&s->pongs, ev->data, true);
    else if (ev->type == WSP_EVENT_CLOSE)
        FUZZ_ASSERT(ev->clean && ev->error == WSP_OK);
}

static void feed(struct talk *t, struct side *s, struct wsp_slice piece, enum wsp_end end)
{
    struct wsp_event ev;
    struct wsp_input in = {fuzz_copy(piece.data, piece.len), piece.len, t->read_only, end};
    uint8_t *exact = in.data;
    s->world.received += piece.len;
    while (wsp_feed(s->c, &in, &ev) != WSP_EVENT_NONE)
        told(s, &ev);
    FUZZ_ASSERT(in.len == 0);
    fuzz_log_state(&s->log, s->c);
    struct fuzz_blob owned = {exact, 0, 0};
    fuzz_blob_free(&owned);
}

/* ------------------------------------------------------------ the link */

/* Small pieces, but no more than some dozens of all that waits: time is for many conversations. */
static size_t piece(struct talk *t, size_t left)
{
    size_t n = fuzz_cut(&t->cuts, left);
    return n < left / 32 ? left / 32 : n;
}

/* One piece of what a side wants to send goes onto the link. */
static bool take(struct talk *t, unsigned from)
{
    struct side *s = &t->side[from];
    struct side *peer = &t->side[1 - from];
    struct wsp_slice v[2];
    size_t n = wsp_pending(s->c, v, 2);
    if (n > 0) {
        v[0].len = piece(t, v[0].len);
        fuzz_wire_add(&s->wire, s->c, v[0]);
        fuzz_blob_add(&peer->link, v[0].data, v[0].len);
        wsp_sent(s->c, v[0].len);
    }
    if ((wsp_wants(s->c) & WSP_WANT_SHUT) != 0 || s->log.closed) {
        if (!s->log.closed)
            wsp_shut(s->c);
        peer->peer_shut = true;
    }
    return n > 0;
}

static bool deliver(struct talk *t, unsigned to)
{
    struct side *s = &t->side[to];
    struct wsp_slice none = {NULL, 0};
    if (s->link.len > 0) {
        size_t n = piece(t, s->link.len);
        feed(t, s, (struct wsp_slice){s->link.data, n}, WSP_END_OPEN);
        fuzz_blob_drop(&s->link, n);
        return true;
    }
    bool quiet = (wsp_wants(s->c) & WSP_WANT_WRITE) == 0;
    if (s->peer_shut && !s->told && quiet) {
        s->told = true;
        feed(t, s, none, WSP_END_EOF);
        return true;
    }
    if (wsp_wants(s->c) & WSP_WANT_FEED) {
        feed(t, s, none, WSP_END_OPEN);
        return true;
    }
    return false;
}

static void settle(struct talk *t)
{
    for (unsigned i = 0;; i++) {
        bool moved = take(t, 0);
        moved |= take(t, 1);
        moved |= deliver(t, 0);
        moved |= deliver(t, 1);
        FUZZ_ASSERT(i < SETTLE_MAX);
        if (!moved)
            return;
    }
}

/* ------------------------------------------------------------ operations */

static bool check_result(struct side *s, int r)
{
    bool open = wsp_ready_state(s->c) == WSP_OPEN;
    if (r == WSP_ERR_FULL)
        s->log.maybe_full = true;
    FUZZ_ASSERT(r == WSP_OK || r == WSP_ERR_FULL || r == WSP_ERR_TOO_BIG || r == WSP_ERR_UTF8 ||
                (r == WSP_ERR_STATE && (!open || s->part_open)));
    s->world.received += r == WSP_OK ? 512 : 0;
    return r == WSP_OK;
}

/* size picks a length round the borders of the header forms. */
static struct wsp_slice payload(struct fuzz_in *in, struct fuzz_blob *text)
{
    static const uint16_t base[8] = {0, 1, 10, 124, 126, 700, 300, MESSAGES_MAX};
    unsigned b = fuzz_byte(in);
    size_t len = base[b & 7] + (b >> 3 & 3);
    struct wsp_slice pattern = fuzz_take(in, b >> 5);
    uint8_t bytes[MESSAGES_MAX + 3];
    for (size_t i = 0; i < len; i++)
        bytes[i] = pattern.len > 0 ? pattern.data[i % pattern.len] : (uint8_t)('a' + i % 26);
    fuzz_blob_add(text, bytes, len);
    return (struct wsp_slice){text->data, text->len};
}

static int send_message(struct side *s, enum wsp_opcode opcode, struct wsp_slice data,
                        bool prepared)
{
    wsp_prepared *p;
    if (!prepared && opcode == WSP_TEXT)
        return wsp_send_text(s->c, (const char *)data.data, data.len);
    if (!prepared)
        return wsp_send_binary(s->c, data.data, data.len);
    int r = wsp_prepare(&p, s->e, opcode, data.data, data.len);
    if (r != WSP_OK)
        return r;
    r = wsp_send_prepared(s->c, p);
    wsp_prepared_unref(p);
    return r;
}

static void op_send(struct talk *t, unsigned from, struct fuzz_in *in, unsigned bits)
{
    struct side *s = &t->side[from];
    struct fuzz_blob text = {NULL, 0, 0};
    struct wsp_slice data = payload(in, &text);
    enum wsp_opcode opcode = bits & 1 ? WSP_TEXT : WSP_BINARY;
    size_t before = wsp_buffered_amount(s->c);
    s->world.received += 2 * data.len;            /* a prepared one is there twice for a while */
    t->side[1 - from].world.received += data.len; /* where it may be inflated */
    fuzz_deflate_toggle(&t->deflate, s->c);
    bool ok = check_result(s, send_message(s, opcode, data, bits & 2));
    FUZZ_ASSERT(wsp_buffered_amount(s->c) == before + (ok ? data.len : 0));
    if (ok)
        expect_message(&t->side[1 - from], opcode, data);
    fuzz_blob_free(&text);
}

static void op_part(struct talk *t, unsigned from, struct fuzz_in *in, unsigned bits)
{
    struct side *s = &t->side[from];
    struct fuzz_blob text = {NULL, 0, 0};
    struct wsp_slice data = payload(in, &text);
    bool last = bits & 2;
    enum wsp_opcode opcode = s->part_open ? s->part_opcode : bits & 1 ? WSP_TEXT : WSP_BINARY;
    s->world.received += data.len;
    t->side[1 - from].world.received += data.len;
    fuzz_deflate_toggle(&t->deflate, s->c);
    bool ok = check_result(s, wsp_send_part(s->c, opcode, data.data, data.len, last));
    if (ok) {
        s->part_opcode = opcode;
        s->part_open = !last;
        fuzz_blob_add(&s->part, data.data, data.len);
    }
    if (ok && last) {
        expect_message(&t->side[1 - from], opcode, (struct wsp_slice){s->part.data, s->part.len});
        s->part.len = 0;
    }
    fuzz_blob_free(&text);
}

static void op_ping(struct talk *t, unsigned from, struct fuzz_in *in)
{
    struct side *s = &t->side[from];
    struct wsp_slice data = fuzz_take(in, fuzz_byte(in) % 126);
    if (!check_result(s, wsp_send_ping(s->c, data.data, data.len)))
        return;
    expect_bytes(&t->side[1 - from].pings, data);
    expect_bytes(&s->pongs, data);
}

static void op_close(struct talk *t, unsigned from, unsigned bits)
{
    struct side *s = &t->side[from];
    if (wsp_ready_state(s->c) == WSP_CONNECTING)
        return;
    if (check_result(s, bits & 1 ? wsp_close(s->c, 0, NULL, 0) : wsp_close(s->c, 1000, "bye", 3)))
        t->closed = true;
}

static void operate(struct talk *t, struct fuzz_in *in)
{
    unsigned op = fuzz_byte(in);
    unsigned side = op & 1;
    unsigned bits = op >> 1 & 3;
    if (t->side[1 - side].expect.len > WAITING_MAX)
        settle(t);
    switch (op >> 3 & 7) {
    case 0:
    case 1:
        op_send(t, side, in, bits);
        break;
    case 2:
        op_part(t, side, in, bits);
        break;
    case 3:
        op_ping(t, side, in);
        break;
    case 4:
        if (op >> 6 == 3)
            op_close(t, side, bits);
        else
            settle(t);
        break;
    case 5:
        (void)take(t, side);
        break;
    default:
        (void)deliver(t, side);
    }
}

/* ------------------------------------------------------------ all of it */

static void side_new(struct talk *t, unsigned i)
{
    struct side *s = &t->side[i];
    const struct wsp_target target = {.host = "h"};
    struct wsp_agreed agreed = {.role = i == 0 ? WSP_SERVER : WSP_CLIENT,
                                .deflate = t->deflate.adopted};
    struct wsp_config cfg = {.streaming = t->streaming != (i == 1)};
    fuzz_world_init(&s->world, &cfg);
    s->world.seed = i;
    s->log.world = &s->world;
    s->world.base = BASE + fuzz_deflate_memory(&t->deflate);
    cfg.deflate = t->deflate.config;
    if (t->small) {
        cfg.limits.buffered = 2500;
        cfg.limits.send_fragment = 100;
        cfg.limits.keep = 500;
    }
    FUZZ_ASSERT(wsp_endpoint_new(&s->e, &cfg) == WSP_OK);
    int r = !t->handshake ? wsp_adopt_new(&s->c, s->e, &agreed)
            : i == 0      ? wsp_server_new(&s->c, s->e)
                          : wsp_client_new(&s->c, s->e, &target);
    FUZZ_ASSERT(r == WSP_OK);
    s->wire.sender = agreed.role;
    s->wire.in_head = t->handshake;
}

/* When a Close cut them off, pings and an unfinished message are lost; no whole message ever is. */
static void side_check(const struct talk *t, const struct side *s)
{
    FUZZ_ASSERT(s->expect.len == 0 && s->link.len == 0 && s->log.opened);
    FUZZ_ASSERT(t->closed || s->pings.len == 0);
    FUZZ_ASSERT(wsp_buffered_amount(s->c) == 0 && wsp_queued_bytes(s->c) == 0);
    FUZZ_ASSERT(wsp_ready_state(s->c) == (t->closed ? WSP_CLOSED : WSP_OPEN));
    FUZZ_ASSERT(s->log.closed == t->closed);
    fuzz_wire_end(&s->wire);
}

static void side_free(struct side *s)
{
    wsp_conn_free(s->c);
    wsp_endpoint_free(s->e);
    fuzz_world_end(&s->world);
    fuzz_log_free(&s->log);
    fuzz_wire_free(&s->wire);
    fuzz_blob_free(&s->expect);
    fuzz_blob_free(&s->pings);
    fuzz_blob_free(&s->pongs);
    fuzz_blob_free(&s->part);
    fuzz_blob_free(&s->link);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct talk t;
    memset(&t, 0, sizeof t);
    unsigned options = fuzz_byte(&in);
    t.small = options & 1;
    t.streaming = options >> 1 & 1;
    t.handshake = options >> 2 & 1;
    t.read_only = options >> 3 & 1;
    t.cuts = fuzz_cuts_read(&in);
    fuzz_deflate_read(&t.deflate, &in, options >> 4 & 1);
    side_new(&t, 0);
    side_new(&t, 1);
    for (unsigned i = 0; i < OPERATIONS_MAX && in.len > 0; i++)
        operate(&t, &in);
    settle(&t);
    side_check(&t, &t.side[0]);
    side_check(&t, &t.side[1]);
    side_free(&t.side[0]);
    side_free(&t.side[1]);
    return 0;
}
