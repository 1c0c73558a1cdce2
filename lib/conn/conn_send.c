/* conn_send - messages, pings and Close become frames (RFC 6455 5, 6.1, 7.1.2).
 * SPDX-License-Identifier: MIT */
#include "base/compiler.h"
#include "codec/frame.h"
#include "codec/payload_small.h"
#include "conn/conn.h"

#include <string.h>

/* Frames smaller than this are copied behind those that wait: what is held then follows what counts
 * as queued, and a transport is shown one slice instead of many. */
#define COPY_MAX 4096u

static bool client(const wsp_conn *c)
{
    return c->role == WSP_CLIENT;
}

/* 5.3: a fresh key a frame, for clients. */
static bool draw_key(wsp_conn *c, uint8_t key[4])
{
    return !client(c) || wsp_random_bytes(&c->e->random, key, 4);
}

void wsp_conn_sort_members(wsp_conn *c)
{
    if (c->full)
        wsp_members_sort(c->members, WSP_BACKLOG_FULL);
    else if (wsp_outq_empty(&c->out))
        wsp_members_sort(c->members, WSP_BACKLOG_NONE);
    else
        wsp_members_sort(c->members, WSP_BACKLOG_WAITING);
}

/* ---------------------------------------------------------------- data messages */

/* What refuses a message before any work is done; one whose length alone is too much can never
 * go. */
static inline int send_allowed(wsp_conn *c, size_t len, bool continues)
{
    /* 6.1: only in OPEN */
    if (c->state != WSP_OPEN || c->ending || c->gone || c->send_open != continues)
        return WSP_ERR_STATE;
    if (len > c->limits->buffered)
        return WSP_ERR_TOO_BIG;
    if (c->out.queued >= c->limits->buffered) {
        c->full = true;
        wsp_conn_sort(c);
        return WSP_ERR_FULL;
    }
    return WSP_OK;
}

static void count_sent(wsp_conn *c, size_t frames, uint64_t wire, size_t payload, bool last)
{
    struct wsp_statistics *s = wsp_conn_statistics(c);
    if (s == NULL)
        return;
    s->sent.frames += frames;
    s->sent.wire += wire;
    s->sent.payload += payload;
    s->sent.messages += last;
}

/* What goes out as one frame, or as several where limits.send_fragment says so. */
struct outgoing {
    enum wsp_opcode opcode;
    uint8_t rsv; /* of the first frame */
    bool fin;
    struct wsp_slice data; /* the payload: compressed, with WSP_RSV1 */
    size_t app_len;        /* bytes that the application gave */
};

static size_t frames_of(const wsp_conn *c, const struct outgoing *o)
{
    size_t each = c->limits->send_fragment;
    return o->data.len <= each ? 1 : o->data.len / each + (o->data.len % each != 0);
}

/* The header of a frame, and a client's key. Returns their length. */
static WSP_INLINE size_t write_header(const wsp_conn *c, uint8_t *at, unsigned first, size_t len,
                                      uint64_t word)
{
    if (!client(c))
        return wsp_frame_begin(at, first, false, len);
    size_t n = wsp_frame_begin(at, first, true, len);
    wsp_store32(at + n - 4, (uint32_t)word); /* its halves are the same */
    return n;
}

/* Masks, or copies when word is 0. */
static WSP_INLINE void write_payload(const wsp_conn *c, uint8_t *at, struct wsp_slice data,
                                     uint64_t word)
{
    if (wsp_payload_is_small(data.len))
        (void)wsp_payload_small(at, data.data, data.len, word, WSP_SMALL_UNMASK);
    else
        c->e->kernels.mask(at, data.data, data.len, word);
}

/* Header and payload of one frame, a client's masked. Returns its wire bytes, 0: no entropy. */
static size_t write_frame(wsp_conn *c, uint8_t *at, unsigned first, struct wsp_slice data)
{
    uint64_t word = 0;
    if (client(c) && !wsp_random_key(&c->e->random, &word))
        return 0;
    size_t n = write_header(c, at, first, data.len, word);
    write_payload(c, at + n, data, word);
    return n + data.len;
}

static unsigned first_byte(const struct outgoing *o, bool first, bool last)
{
    unsigned byte = first ? (unsigned)o->opcode | (unsigned)o->rsv << WSP_FRAME_RSV_SHIFT : 0;
    return byte | (last && o->fin ? WSP_FRAME_FIN : 0);
}

/* All frames, into one room; their wire bytes, 0: no entropy. */
static size_t write_frames(wsp_conn *c, uint8_t *at, const struct outgoing *o, size_t count)
{
    size_t each = c->limits->send_fragment;
    size_t wire = 0;
    if (count == 1)
        return write_frame(c, at, first_byte(o, true, true), o->data);
    for (size_t i = 0; i < count; i++) {
        struct wsp_slice part = {o->data.data + i * each, o->data.len - i * each};
        if (part.len > each)
            part.len = each;
        size_t n = write_frame(c, at + wire, first_byte(o, i == 0, i + 1 == count), part);
        if (n == 0)
            return 0;
        wire += n;
    }
    return wire;
}

/* All frames are built before the first is queued, so that a refusal leaves nothing behind. */
static int send_frames(wsp_conn *c, const struct outgoing *o)
{
    bool waited = !wsp_outq_empty(&c->out);
    size_t count = frames_of(c, o);
    if (count > (SIZE_MAX - o->data.len) / WSP_FRAME_HEADER_MAX)
        return WSP_ERR_NOMEM;
    struct wsp_chunk *room =
        wsp_outq_room(&c->out, c->e, count * WSP_FRAME_HEADER_MAX + o->data.len,
                      wsp_conn_deflates(c) ? WSP_CHUNK_RECORDED : WSP_CHUNK_FRAMES);
    if (room == NULL)
        return WSP_ERR_NOMEM;
    size_t wire = write_frames(c, wsp_chunk_end(room), o, count);
    if (wire == 0) {
        wsp_outq_give_back(&c->out, c->e, room);
        return WSP_ERR_ENTROPY;
    }
    wsp_outq_commit(&c->out, room, wire, o->app_len);
    count_sent(c, count, wire, o->app_len, o->fin);
    wsp_conn_queued(c, waited);
    return WSP_OK;
}

/* A message that is compressed, where that makes it smaller. */
static WSP_NOINLINE int send_packed(wsp_conn *c, enum wsp_opcode opcode, struct wsp_slice data)
{
    struct outgoing o = {opcode, 0, true, data, data.len};
    if (wsp_conn_pack(c, data, &o.data))
        o.rsv = WSP_RSV1;
    int r = send_frames(c, &o);
    wsp_permessage_copied(c->e);
    if (r != WSP_OK && o.rsv != 0)
        wsp_permessage_forget(c->codecs);
    return r;
}

/* What most messages are: one frame, not compressed, and not counted. */
static WSP_NOINLINE int send_frame(wsp_conn *c, enum wsp_opcode opcode, struct wsp_slice data)
{
    bool waited = !wsp_outq_empty(&c->out);
    struct wsp_chunk *room =
        wsp_outq_room(&c->out, c->e, WSP_FRAME_HEADER_MAX + data.len, WSP_CHUNK_FRAMES);
    if (room == NULL)
        return WSP_ERR_NOMEM;
    size_t wire = write_frame(c, wsp_chunk_end(room), WSP_FRAME_FIN | (unsigned)opcode, data);
    if (wire == 0) {
        wsp_outq_give_back(&c->out, c->e, room);
        return WSP_ERR_ENTROPY;
    }
    wsp_outq_commit(&c->out, room, wire, data.len);
    wsp_conn_queued(c, waited);
    return WSP_OK;
}

/* The same, when all that it takes is at hand and nothing else is due: without a call but that of
 * the kernel, which comes last. */
static inline int send_quick(wsp_conn *c, enum wsp_opcode opcode, struct wsp_slice data)
{
    uint64_t word = 0;
    if ((client(c) && !wsp_random_has_key(&c->e->random)) || !wsp_conn_queues_plainly(c))
        return send_frame(c, opcode, data);
    struct wsp_chunk *room = wsp_outq_room_quick(&c->out, c->e, WSP_FRAME_HEADER_MAX + data.len);
    if (room == NULL)
        return send_frame(c, opcode, data);
    if (client(c))
        word = wsp_random_take_key(&c->e->random);
    uint8_t *at = wsp_chunk_end(room);
    size_t n = write_header(c, at, WSP_FRAME_FIN | (unsigned)opcode, data.len, word);
    if (wsp_outq_empty(&c->out)) {
        wsp_outq_add_first(&c->out, room, n + data.len, data.len);
        c->sent_ms = wsp_conn_now(c);
    } else {
        wsp_outq_add(&c->out, room, n + data.len, data.len);
    }
    write_payload(c, at + n, data, word);
    return WSP_OK;
}

static WSP_NOINLINE int send_unusual(wsp_conn *c, enum wsp_opcode opcode, struct wsp_slice data)
{
    struct outgoing o = {opcode, 0, true, data, data.len};
    return wsp_conn_packs(c, data.len) ? send_packed(c, opcode, data) : send_frames(c, &o);
}

static inline int send_message(wsp_conn *c, enum wsp_opcode opcode, struct wsp_slice data)
{
    if (WSP_SMALL_CODE || wsp_conn_deflates(c) || c->counting ||
        data.len > c->limits->send_fragment || data.len > SIZE_MAX - WSP_FRAME_HEADER_MAX)
        return send_unusual(c, opcode, data);
    return send_quick(c, opcode, data);
}

static inline bool text_valid(const wsp_conn *c, struct wsp_slice text)
{
    uint32_t state = 0;
    if (wsp_payload_is_small(text.len) &&
        wsp_payload_small(NULL, text.data, text.len, 0, WSP_SMALL_ASCII))
        return true;
    return c->e->kernels.utf8(&state, text.data, text.len) && wsp_utf8_done(state);
}

int wsp_send_text(wsp_conn *c, const char *text, size_t len)
{
    if (text == NULL && len > 0)
        return WSP_ERR_ARG;
    int r = send_allowed(c, len, false);
    if (r != WSP_OK)
        return r;
    struct wsp_slice data = {(const uint8_t *)text, len};
    /* 5.6: text is UTF-8 */
    if (!c->e->trust_utf8 && !text_valid(c, data))
        return WSP_ERR_UTF8;
    return send_message(c, WSP_TEXT, data);
}

int wsp_send_binary(wsp_conn *c, const void *data, size_t len)
{
    if (data == NULL && len > 0)
        return WSP_ERR_ARG;
    int r = send_allowed(c, len, false);
    if (r != WSP_OK)
        return r;
    return send_message(c, WSP_BINARY, (struct wsp_slice){data, len});
}

/* The check of a text that is sent in pieces: *state is moved on only when the piece is taken. */
static bool part_valid(const wsp_conn *c, struct wsp_slice data, bool last, uint32_t *state)
{
    if (c->e->trust_utf8)
        return true;
    return c->e->kernels.utf8(state, data.data, data.len) && (!last || wsp_utf8_done(*state));
}

/* Queues a piece; its first one decides whether the message is compressed. */
static int send_piece(wsp_conn *c, enum wsp_opcode opcode, struct wsp_slice piece, bool last)
{
    bool first = !c->send_open;
    /* Of a message that goes on, the length is not known. */
    bool packed = first ? wsp_conn_packs(c, last ? piece.len : SIZE_MAX) : c->send_packed;
    struct outgoing o = {first ? opcode : WSP_CONTINUATION, first && packed ? WSP_RSV1 : 0, last,
                         piece, piece.len};
    bool run = packed && (piece.len > 0 || last);
    if (run && !wsp_conn_pack_part(c, piece, last, &o.data))
        return WSP_ERR_NOMEM;
    int r = send_frames(c, &o);
    wsp_permessage_copied(c->e);
    if (r == WSP_OK)
        c->send_packed = packed;
    else if (run)
        wsp_permessage_forget(c->codecs);
    /* The message is over, or has not begun: without takeover nothing is held. */
    if (packed && !c->send_takeover && (r == WSP_OK ? last : first))
        wsp_permessage_drop_compressor(&c->codecs, c->e);
    return r;
}

int wsp_send_part(wsp_conn *c, enum wsp_opcode opcode, const void *data, size_t len, bool last)
{
    if ((opcode != WSP_TEXT && opcode != WSP_BINARY) || (data == NULL && len > 0))
        return WSP_ERR_ARG;
    if (c->send_open && (opcode == WSP_TEXT) != c->send_text)
        return WSP_ERR_ARG;
    int r = send_allowed(c, len, c->send_open);
    if (r != WSP_OK)
        return r;
    struct wsp_slice piece = {data, len};
    uint32_t utf8 = c->send_open ? c->send_utf8 : 0;
    if (opcode == WSP_TEXT && !part_valid(c, piece, last, &utf8))
        return WSP_ERR_UTF8;
    r = send_piece(c, opcode, piece, last);
    if (r != WSP_OK)
        return r;
    c->send_open = !last;
    c->send_text = opcode == WSP_TEXT;
    c->send_utf8 = utf8;
    return WSP_OK;
}

/* RFC 7692 7.1.2: its window must be one that the peer agreed to keep */
static bool prepared_fits(const wsp_conn *c, const wsp_prepared *p)
{
    return wsp_conn_deflates(c) && !c->send_plain && p->packed_len > 0 &&
           p->window_bits <= c->send_bits;
}

/* Queues its frame: a reference, or a copy of it. */
static inline int queue_prepared(wsp_conn *c, wsp_prepared *p, bool packed)
{
    bool waited = !wsp_outq_empty(&c->out);
    struct wsp_slice frame = wsp_prepared_frame(p, packed);
    if (waited && frame.len < COPY_MAX) {
        struct wsp_chunk *room = wsp_outq_room(
            &c->out, c->e, frame.len, wsp_conn_deflates(c) ? WSP_CHUNK_RECORDED : WSP_CHUNK_FRAMES);
        if (room == NULL)
            return WSP_ERR_NOMEM;
        write_payload(c, wsp_chunk_end(room), frame, 0);
        wsp_outq_commit(&c->out, room, frame.len, p->payload_len);
    } else if (!wsp_outq_refer(&c->out, c->e, p, packed)) {
        return WSP_ERR_NOMEM;
    }
    count_sent(c, 1, frame.len, p->payload_len, true);
    wsp_conn_queued(c, waited);
    return WSP_OK;
}

static WSP_NOINLINE int send_prepared_unusual(wsp_conn *c, wsp_prepared *p)
{
    bool packed = prepared_fits(c, p);
    struct wsp_slice data = wsp_prepared_payload(p, packed);
    struct outgoing o = {p->opcode, packed ? WSP_RSV1 : 0, true, data, p->payload_len};
    int r;
    /* 5.3: a client has a key of its own for each frame. */
    if (client(c) || data.len > c->limits->send_fragment)
        r = send_frames(c, &o);
    else
        r = queue_prepared(c, p, packed);
    /* RFC 7692 7.1.1: the peer's history now has what our compressor has not seen */
    if (r == WSP_OK && packed)
        wsp_permessage_learn(c->codecs, wsp_prepared_payload(p, false));
    return r;
}

int wsp_send_prepared(wsp_conn *c, wsp_prepared *p)
{
    if (p == NULL)
        return WSP_ERR_ARG;
    int r = send_allowed(c, p->payload_len, false);
    if (r != WSP_OK)
        return r;
    if (WSP_SMALL_CODE || client(c) || c->deflate || p->payload_len > c->limits->send_fragment)
        return send_prepared_unusual(c, p);
    return queue_prepared(c, p, false);
}

/* ---------------------------------------------------------------- control frames */

int wsp_conn_control(wsp_conn *c, enum wsp_opcode opcode, struct wsp_slice payload)
{
    uint8_t key[4];
    bool waited = !wsp_outq_empty(&c->out);
    if (!draw_key(c, key))
        return WSP_ERR_ENTROPY;
    if (wsp_outq_control(&c->out, c->e) == NULL)
        return WSP_ERR_NOMEM;
    uint64_t before = c->out.queued;
    bool added = wsp_outq_put(&c->out, opcode, payload, client(c) ? key : NULL);
    count_sent(c, added, c->out.queued - before, 0, false);
    wsp_conn_queued(c, waited);
    return WSP_OK;
}

int wsp_send_ping(wsp_conn *c, const void *data, size_t len)
{
    if (len > WSP_CONTROL_MAX || (data == NULL && len > 0))
        return WSP_ERR_ARG;
    if (c->state != WSP_OPEN || c->ending || c->gone)
        return WSP_ERR_STATE;
    if (c->out.control != NULL && c->out.control->ping_len != 0)
        return WSP_ERR_FULL;
    struct wsp_slice payload = {data, len};
    int r = wsp_conn_control(c, WSP_PING, payload);
    if (r != WSP_OK)
        return r;
    /* While the keep-alive waits for its pong, that one is timed: later pings cannot put it off. */
    if (!c->ping_waits) {
        c->ping_timed = true;
        c->ping_leaves = true;
        c->ping_hash = wsp_conn_hash(payload);
    }
    return WSP_OK;
}

int wsp_conn_send_close(wsp_conn *c, unsigned code, struct wsp_slice reason)
{
    uint8_t key[4];
    bool waited = !wsp_outq_empty(&c->out);
    if (!draw_key(c, key))
        return WSP_ERR_ENTROPY;
    if (wsp_outq_control(&c->out, c->e) == NULL)
        return WSP_ERR_NOMEM;
    wsp_outq_close(&c->out, code, reason, client(c) ? key : NULL);
    c->ending = true;
    count_sent(c, 1, c->out.control->close_len, 0, false);
    wsp_conn_queued(c, waited);
    return WSP_OK;
}

static int close_connecting(wsp_conn *c)
{
    if (c->ending || c->gone)
        return WSP_ERR_STATE;
    c->error = WSP_ERR_HANDSHAKE;
    c->detail = "closed before the opening handshake was done";
    c->phase = WSP_PHASE_SWALLOW;
    c->tell_request = false;
    c->gone = true;
    return WSP_OK;
}

int wsp_close(wsp_conn *c, unsigned code, const char *reason, size_t len)
{
    uint8_t body[WSP_CONTROL_MAX];
    if (reason == NULL && len > 0)
        return WSP_ERR_ARG;
    int r = wsp_close_write(body, code, reason, len);
    if (r < 0)
        return r;
    if (c->state == WSP_CONNECTING)
        return close_connecting(c);
    if (c->state != WSP_OPEN || c->ending || c->gone)
        return WSP_ERR_STATE;
    r = wsp_conn_send_close(c, code, (struct wsp_slice){(const uint8_t *)reason, len});
    if (r == WSP_OK)
        wsp_conn_cause(c, WSP_CAUSE_CLOSING);
    return r;
}

/* ---------------------------------------------------------------- passing on */

size_t wsp_pending(wsp_conn *c, struct wsp_slice out[], size_t max)
{
    if (c->gone || c->phase == WSP_PHASE_OVER)
        return 0;
    return wsp_outq_pending(&c->out, out, max);
}

/* From now on the round trip is timed, and a keep-alive waited for. */
static void ping_left(wsp_conn *c)
{
    c->ping_leaves = false;
    c->ping_ms = wsp_conn_now(c);
    if (c->ping_waits)
        wsp_conn_arm(c);
}

/* Output has moved: what waits for that. */
static WSP_NOINLINE void moved(wsp_conn *c)
{
    c->sent_ms = wsp_conn_now(c);
    if (c->ping_leaves && !wsp_outq_ping_waits(&c->out))
        ping_left(c);
    if (wsp_outq_empty(&c->out)) {
        if (c->ending && !c->flushed) {
            c->flushed = true;
            c->mark_ms = c->sent_ms;
            wsp_conn_arm(c);
        }
        if (c->out.control != NULL)
            wsp_outq_tidy(&c->out, c->e);
    }
    wsp_conn_sort(c);
}

void wsp_sent(wsp_conn *c, size_t len)
{
    if (c->phase == WSP_PHASE_OVER)
        return;
    bool all = wsp_outq_sent_all(&c->out, c->e, len);
    if (!all && wsp_outq_sent(&c->out, c->e, len) == 0)
        return;
    if (all && !c->ending) /* nor did a ping leave: there is no control block */
        wsp_conn_sort(c);
    else
        moved(c);
}
