/*
 * outq - queued output: what waits, in which order it goes out, what of it was acknowledged.
 * SPDX-License-Identifier: MIT
 *
 * Data (frames, and the HTTP head or response) is a list of chunks that never move; a frame lies in
 * one chunk, header and payload in one piece. Control frames lie in a block of their own, had on
 * need, and the Close frame always comes last.
 *
 * Invariants:
 * - shown counts the bytes of data, from the first unsent one, that wsp_outq_pending has shown. It
 *   always stands at a frame boundary: frames are appended whole and pieces are shown whole, so
 *   what was the end of a chunk when it was shown is where the next frame begins.
 * - A waiting ping or pong is placed when pending is asked: it moves to control->out, which from
 *   then on stands out_at bytes of data away (out_at = shown at that time, but behind an HTTP
 *   head). One batch is placed at a time; until it is wholly sent, newer pings and pongs wait, the
 *   newest pong replacing the older one. So memory is bounded however many pings arrive while
 *   output is blocked.
 * - Nothing is placed once any of the Close frame was shown: no frame follows our Close.
 * - queued counts unsent wire bytes of every kind, buffered unsent application bytes of data
 *   frames.
 */
#ifndef WSP_CONN_OUTQ_H
#define WSP_CONN_OUTQ_H

#include "base/compiler.h"
#include "conn/endpoint.h"
#include "conn/prepared.h"

#define WSP_CONTROL_FRAME_MAX (2u + 4u + WSP_CONTROL_MAX)

/* What a chunk holds, and how the application bytes of its frames are known. */
enum wsp_chunk_kind {
    WSP_CHUNK_FRAMES,   /* the payload as it is: the headers tell */
    WSP_CHUNK_RECORDED, /* compressed, maybe: a record for each commit tells */
    WSP_CHUNK_REFER,    /* no own bytes: one frame of a prepared message */
    WSP_CHUNK_HTTP      /* a head or a response: no frames */
};

/* What was committed at once: wire bytes, and the application bytes they stand for. */
struct wsp_record {
    size_t wire, app;
};

/* Output that is one contiguous piece: own bytes, or a reference to a prepared message. */
struct wsp_chunk {
    struct wsp_chunk *next;
    wsp_prepared *ref;   /* REFER only */
    const uint8_t *data; /* len bytes */
    size_t cap;          /* own bytes: room */
    size_t len;
    size_t at;         /* bytes sent */
    size_t frame_at;   /* where the first frame begins that is not wholly credited */
    size_t part;       /* application bytes of that frame already credited */
    size_t uncredited; /* application bytes of this chunk that still count as buffered */
    uint32_t records;  /* at the end of bytes, the last first; RECORDED only */
    uint32_t record;   /* that of frame_at */
    enum wsp_chunk_kind kind;
    uint8_t bytes[];
};

struct wsp_control {
    size_t out_at;               /* data bytes before out */
    uint16_t pong_len, ping_len; /* 0: none waits */
    uint16_t out_len, out_sent;  /* out_len 0: nothing placed */
    uint16_t sent_code;          /* of our Close; 0: none was queued */
    uint16_t close_len, close_sent;
    uint8_t received_len, sent_len; /* of the reasons */
    uint8_t body_len;
    bool out_shown, close_shown;
    uint8_t pong[WSP_CONTROL_FRAME_MAX];
    uint8_t ping[WSP_CONTROL_FRAME_MAX];
    uint8_t out[2 * WSP_CONTROL_FRAME_MAX];
    uint8_t close[WSP_CONTROL_FRAME_MAX];
    uint8_t received_reason[WSP_REASON_MAX];
    uint8_t sent_reason[WSP_REASON_MAX];
    uint8_t body[WSP_CONTROL_MAX]; /* payload of a control frame that is arriving in pieces */
};

struct wsp_outq {
    struct wsp_chunk *head, *tail;
    size_t shown;
    size_t queued;
    size_t buffered;
    struct wsp_control *control; /* NULL: none of it is needed */
};

/*
 * Room for len > 0 bytes, at the chunk's end: to be filled and then committed or given back, before
 * any other call. NULL: no memory.
 */
struct wsp_chunk *wsp_outq_room_any(struct wsp_outq *q, wsp_endpoint *e, size_t len,
                                    enum wsp_chunk_kind kind);
static inline struct wsp_chunk *wsp_outq_room(struct wsp_outq *q, wsp_endpoint *e, size_t len,
                                              enum wsp_chunk_kind kind)
{
    struct wsp_chunk *k = q->tail;
    if (!WSP_SMALL_CODE && kind == WSP_CHUNK_FRAMES && k != NULL && k->kind == kind &&
        len <= k->cap - k->len)
        return k;
    return wsp_outq_room_any(q, e, len, kind);
}

#define WSP_CHUNK_CAP (WSP_CHUNK_BYTES - sizeof(struct wsp_chunk)) /* of a standard chunk */

static inline void wsp_chunk_init(struct wsp_chunk *k, size_t cap, enum wsp_chunk_kind kind)
{
    k->next = NULL;
    k->ref = NULL;
    k->data = k->bytes;
    k->cap = cap;
    k->len = 0;
    k->at = 0;
    k->frame_at = 0;
    k->part = 0;
    k->uncredited = 0;
    k->records = 0;
    k->record = 0;
    k->kind = kind;
}

/* Room for frames without a call; NULL: wsp_outq_room may have it. */
static inline struct wsp_chunk *wsp_outq_room_quick(struct wsp_outq *q, wsp_endpoint *e, size_t len)
{
    struct wsp_chunk *k = q->tail;
    if (k != NULL)
        return k->kind == WSP_CHUNK_FRAMES && len <= k->cap - k->len ? k : NULL;
    if (len > WSP_CHUNK_CAP)
        return NULL;
    k = e->ready;
    e->ready = NULL;
    if (k != NULL)
        return k;
    k = wsp_endpoint_pop(e, WSP_BLOCK_CHUNK);
    if (k != NULL)
        wsp_chunk_init(k, WSP_CHUNK_CAP, WSP_CHUNK_FRAMES);
    return k;
}

/* The queue's only chunk is sent, and may stay with the endpoint as it is, for the next message on
 * whatever connection. Not cleared: part, which only frames larger than the chunk have, and record,
 * which is nobody's in a chunk of frames. False: nothing is done. */
static inline bool wsp_chunk_keep(wsp_endpoint *e, struct wsp_chunk *k)
{
    if (e->ready != NULL || k->kind != WSP_CHUNK_FRAMES || k->cap != WSP_CHUNK_CAP ||
        e->limits.keep < WSP_CHUNK_BYTES)
        return false;
    k->len = 0;
    k->at = 0;
    k->frame_at = 0;
    k->uncredited = 0;
    e->ready = k;
    return true;
}

static inline uint8_t *wsp_chunk_end(struct wsp_chunk *k)
{
    return k->bytes + k->len;
}

/* len bytes of the room are queued; they stand for app_len bytes of the application's. The chunk
 * is not a RECORDED one. */
static inline void wsp_outq_add(struct wsp_outq *q, struct wsp_chunk *k, size_t len, size_t app_len)
{
    if (q->tail == NULL)
        q->head = k;
    else if (q->tail != k)
        q->tail->next = k;
    q->tail = k;
    k->len += len;
    k->uncredited += app_len;
    q->queued += len;
    q->buffered += app_len;
}

/* The same for an empty queue, and a chunk that is as new. */
static inline void wsp_outq_add_first(struct wsp_outq *q, struct wsp_chunk *k, size_t len,
                                      size_t app_len)
{
    q->head = k;
    q->tail = k;
    k->len = len;
    k->uncredited = app_len;
    q->queued = len;
    q->buffered = app_len;
}

void wsp_outq_record(struct wsp_chunk *k, size_t len, size_t app_len);

/* The same for any chunk. */
static inline void wsp_outq_commit(struct wsp_outq *q, struct wsp_chunk *k, size_t len,
                                   size_t app_len)
{
    if (k->kind == WSP_CHUNK_RECORDED)
        wsp_outq_record(k, len, app_len);
    wsp_outq_add(q, k, len, app_len);
}

void wsp_outq_give_back(struct wsp_outq *q, wsp_endpoint *e, struct wsp_chunk *k);

/* Queues a reference to p's frame, or to its compressed one; false: no memory. */
static inline bool wsp_outq_refer(struct wsp_outq *q, wsp_endpoint *e, wsp_prepared *p, bool packed)
{
    size_t bytes = sizeof(struct wsp_chunk);
    struct wsp_slice frame = wsp_prepared_frame(p, packed);
    struct wsp_chunk *k = WSP_SMALL_CODE ? NULL : wsp_endpoint_pop(e, WSP_BLOCK_REFER);
    if (k == NULL)
        k = wsp_endpoint_block(e, WSP_BLOCK_REFER, &bytes);
    if (k == NULL)
        return false;
    wsp_chunk_init(k, 0, WSP_CHUNK_REFER);
    wsp_prepared_hold(p);
    k->ref = p;
    k->data = frame.data;
    wsp_outq_add(q, k, frame.len, p->payload_len);
    return true;
}

/* The control block, made when it is not there; NULL: no memory. */
struct wsp_control *wsp_outq_control(struct wsp_outq *q, wsp_endpoint *e);

/* Gives the control block back when nothing in it is needed; not after a Close. */
void wsp_outq_tidy(struct wsp_outq *q, wsp_endpoint *e);

/* Makes a waiting ping or pong (control is there); key NULL: not masked. True: a frame more waits;
 * false: it has replaced one that waited. */
bool wsp_outq_put(struct wsp_outq *q, enum wsp_opcode opcode, struct wsp_slice payload,
                  const uint8_t *key);

/* Queues the Close frame behind everything (control is there). code 0: an empty body. */
void wsp_outq_close(struct wsp_outq *q, unsigned code, struct wsp_slice reason, const uint8_t *key);

/* Drops the data frames that were not shown yet and waiting pings and pongs. */
void wsp_outq_cut(struct wsp_outq *q, wsp_endpoint *e);

/* Neither control frames nor a second chunk. */
static inline bool wsp_outq_simple(const struct wsp_outq *q)
{
    return q->control == NULL && q->head == q->tail && q->head != NULL;
}

size_t wsp_outq_pending_any(struct wsp_outq *q, struct wsp_slice out[], size_t max);
static inline size_t wsp_outq_pending(struct wsp_outq *q, struct wsp_slice out[], size_t max)
{
    if (q->queued == 0)
        return 0;
    if (WSP_SMALL_CODE || !wsp_outq_simple(q) || max == 0)
        return wsp_outq_pending_any(q, out, max);
    q->shown = q->head->len - q->head->at;
    out[0] = (struct wsp_slice){q->head->data + q->head->at, q->shown};
    return 1;
}

/* len bytes were sent; returns how many of them counted: no more than was shown. */
size_t wsp_outq_sent(struct wsp_outq *q, wsp_endpoint *e, size_t len);

void wsp_chunk_free(wsp_endpoint *e, struct wsp_chunk *k);

/* The same when these are all there is, in one chunk, and no control block is there: the queue is
 * empty then. False: nothing is done. */
static inline bool wsp_outq_sent_all(struct wsp_outq *q, wsp_endpoint *e, size_t len)
{
    if (WSP_SMALL_CODE || !wsp_outq_simple(q) || len != q->shown ||
        len != q->head->len - q->head->at)
        return false;
    if (!wsp_chunk_keep(e, q->head))
        wsp_chunk_free(e, q->head);
    q->head = NULL;
    q->tail = NULL;
    q->shown = 0;
    q->queued = 0;
    q->buffered = 0;
    return true;
}

void wsp_outq_free(struct wsp_outq *q, wsp_endpoint *e);

/* A ping is queued that was not wholly sent. */
static inline bool wsp_outq_ping_waits(const struct wsp_outq *q)
{
    return q->control != NULL && (q->control->ping_len != 0 || q->control->out_len != 0);
}

static inline bool wsp_outq_empty(const struct wsp_outq *q)
{
    return q->queued == 0;
}

#endif
