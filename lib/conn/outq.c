/* SPDX-License-Identifier: MIT */
#include "conn/outq.h"

#include "base/assert.h"

#include <string.h>

#define CREDIT_STEP 65536u /* application bytes of a large frame that are credited at a time */

void wsp_chunk_free(wsp_endpoint *e, struct wsp_chunk *k)
{
    size_t bytes = sizeof *k + k->cap;
    enum wsp_block_kind kind = bytes == WSP_CHUNK_BYTES ? WSP_BLOCK_CHUNK : WSP_BLOCK_LARGE;
    if (k->kind == WSP_CHUNK_REFER) {
        if (wsp_prepared_let_go(k->ref))
            wsp_prepared_free(k->ref);
        kind = WSP_BLOCK_REFER;
    }
    if (WSP_SMALL_CODE || !wsp_endpoint_push(e, kind, k, bytes))
        wsp_endpoint_unblock(e, kind, k, bytes);
}

static struct wsp_chunk *chunk_new(wsp_endpoint *e, size_t len, enum wsp_chunk_kind kind)
{
    struct wsp_chunk *k;
    size_t bytes = WSP_CHUNK_BYTES;
    if (len > SIZE_MAX - sizeof(struct wsp_chunk))
        return NULL;
    if (len <= WSP_CHUNK_CAP) {
        k = e->ready;
        e->ready = NULL;
        if (k == NULL)
            k = wsp_endpoint_block(e, WSP_BLOCK_CHUNK, &bytes);
    } else {
        bytes = sizeof(struct wsp_chunk) + len;
        k = wsp_endpoint_block(e, WSP_BLOCK_LARGE, &bytes);
    }
    if (k != NULL)
        wsp_chunk_init(k, bytes - sizeof *k, kind);
    return k;
}

/* A record stands behind the bytes, the first at the end of the room. */
static uint8_t *record_place(struct wsp_chunk *k, uint32_t i)
{
    return k->bytes + k->cap - ((size_t)i + 1) * sizeof(struct wsp_record);
}

static size_t chunk_left(const struct wsp_chunk *k)
{
    return k->cap - k->len - k->records * sizeof(struct wsp_record);
}

struct wsp_chunk *wsp_outq_room_any(struct wsp_outq *q, wsp_endpoint *e, size_t len,
                                    enum wsp_chunk_kind kind)
{
    struct wsp_chunk *k = q->tail;
    size_t need = len;
    if (kind == WSP_CHUNK_RECORDED) {
        if (len > SIZE_MAX - sizeof(struct wsp_record))
            return NULL;
        need += sizeof(struct wsp_record);
    }
    if (k != NULL && kind != WSP_CHUNK_HTTP && k->kind == kind && need <= chunk_left(k))
        return k;
    return chunk_new(e, need, kind);
}

void wsp_outq_record(struct wsp_chunk *k, size_t len, size_t app_len)
{
    struct wsp_record r = {len, app_len};
    memcpy(record_place(k, k->records++), &r, sizeof r);
}

void wsp_outq_give_back(struct wsp_outq *q, wsp_endpoint *e, struct wsp_chunk *k)
{
    if (k != q->tail)
        wsp_chunk_free(e, k);
}

struct wsp_control *wsp_outq_control(struct wsp_outq *q, wsp_endpoint *e)
{
    if (q->control == NULL) {
        size_t bytes = sizeof *q->control;
        q->control = wsp_endpoint_block(e, WSP_BLOCK_CONTROL, &bytes);
        if (q->control != NULL) {
            WSP_ASSERT(bytes == sizeof *q->control);
            memset(q->control, 0, offsetof(struct wsp_control, pong));
        }
    }
    return q->control;
}

void wsp_outq_tidy(struct wsp_outq *q, wsp_endpoint *e)
{
    const struct wsp_control *k = q->control;
    if (k == NULL || k->pong_len != 0 || k->ping_len != 0 || k->out_len != 0 || k->close_len != 0 ||
        k->received_len != 0 || k->sent_code != 0 || k->body_len != 0)
        return;
    wsp_endpoint_unblock(e, WSP_BLOCK_CONTROL, q->control, sizeof *q->control);
    q->control = NULL;
}

static uint16_t control_write(uint8_t out[WSP_CONTROL_FRAME_MAX], enum wsp_opcode opcode,
                              struct wsp_slice payload, const uint8_t *key)
{
    struct wsp_frame f = {.opcode = opcode, .fin = true, .payload_len = payload.len};
    f.masked = key != NULL;
    if (key != NULL)
        memcpy(f.key, key, sizeof f.key);
    size_t n = wsp_frame_write(out, &f);
    if (key != NULL)
        wsp_mask(out + n, payload.data, payload.len, key, 0);
    else if (payload.len > 0)
        memcpy(out + n, payload.data, payload.len);
    return (uint16_t)(n + payload.len);
}

bool wsp_outq_put(struct wsp_outq *q, enum wsp_opcode opcode, struct wsp_slice payload,
                  const uint8_t *key)
{
    struct wsp_control *k = q->control;
    uint8_t *slot = opcode == WSP_PONG ? k->pong : k->ping;
    uint16_t *len = opcode == WSP_PONG ? &k->pong_len : &k->ping_len;
    bool added = *len == 0;
    q->queued -= *len;
    *len = control_write(slot, opcode, payload, key);
    q->queued += *len;
    return added;
}

void wsp_outq_close(struct wsp_outq *q, unsigned code, struct wsp_slice reason, const uint8_t *key)
{
    struct wsp_control *k = q->control;
    uint8_t body[WSP_CONTROL_MAX];
    int n = wsp_close_write(body, code, (const char *)reason.data, reason.len);
    WSP_ASSERT(n >= 0);
    k->sent_code = code != 0 ? (uint16_t)code : (uint16_t)WSP_CLOSE_NO_STATUS;
    k->sent_len = (uint8_t)reason.len;
    if (reason.len > 0)
        memcpy(k->sent_reason, reason.data, reason.len);
    struct wsp_slice payload = {body, n > 0 ? (size_t)n : 0};
    k->close_len = control_write(k->close, WSP_CLOSE, payload, key);
    q->queued += k->close_len;
}

/* The waiting pings and pongs take their place behind what was shown. */
static void control_place(struct wsp_outq *q)
{
    struct wsp_control *k = q->control;
    if (k->out_len != 0 || k->close_shown || (k->ping_len == 0 && k->pong_len == 0))
        return;
    memcpy(k->out, k->ping, k->ping_len);
    memcpy(k->out + k->ping_len, k->pong, k->pong_len);
    k->out_len = (uint16_t)(k->ping_len + k->pong_len);
    k->out_sent = 0;
    k->out_shown = false;
    k->out_at = q->shown;
    /* An HTTP head goes before all frames, shown or not. */
    if (q->head != NULL && q->head->kind == WSP_CHUNK_HTTP && q->shown < q->head->len - q->head->at)
        k->out_at = q->head->len - q->head->at;
    k->ping_len = 0;
    k->pong_len = 0;
}

/* What is before the placed control frames, from chunk k's byte at on. */
static size_t data_run(const struct wsp_chunk *k, size_t at, size_t until_out)
{
    size_t run = k->len - at;
    return run < until_out ? run : until_out;
}

static size_t show_close(struct wsp_control *c, struct wsp_slice out[], size_t n)
{
    out[n] = (struct wsp_slice){c->close + c->close_sent, (size_t)(c->close_len - c->close_sent)};
    c->close_shown = true;
    /* What still waits would follow our Close: it is dropped by wsp_outq_pending. */
    return n + 1;
}

static void control_drop(struct wsp_outq *q)
{
    q->queued -= (size_t)q->control->ping_len + q->control->pong_len;
    q->control->ping_len = 0;
    q->control->pong_len = 0;
}

size_t wsp_outq_pending_any(struct wsp_outq *q, struct wsp_slice out[], size_t max)
{
    struct wsp_control *c = q->control;
    if (c != NULL)
        control_place(q);
    bool placed = c != NULL && c->out_len != 0;
    struct wsp_chunk *k = q->head;
    size_t at = k != NULL ? k->at : 0;
    size_t n = 0;
    size_t pos = 0; /* bytes of data listed */
    while (n < max) {
        if (placed && pos == c->out_at) {
            out[n++] = (struct wsp_slice){c->out + c->out_sent, (size_t)(c->out_len - c->out_sent)};
            c->out_shown = true;
            placed = false;
        } else if (k != NULL) {
            size_t run = data_run(k, at, placed ? c->out_at - pos : SIZE_MAX);
            if (run > 0)
                out[n++] = (struct wsp_slice){k->data + at, run};
            pos += run;
            at += run;
            if (at == k->len) {
                k = k->next;
                at = 0;
            }
        } else {
            if (c != NULL && c->close_len > c->close_sent)
                n = show_close(c, out, n);
            break;
        }
    }
    if (pos > q->shown)
        q->shown = pos;
    if (c != NULL && c->close_shown)
        control_drop(q);
    return n;
}

/* The frames that begin at k's byte from; i is the record of that place. */
static struct wsp_record record_at(struct wsp_chunk *k, size_t from, uint32_t i)
{
    struct wsp_record r = {k->len - from, k->uncredited};
    struct wsp_frame f;
    if (k->kind == WSP_CHUNK_REFER)
        return (struct wsp_record){k->len, k->ref->payload_len};
    if (k->kind == WSP_CHUNK_RECORDED) {
        memcpy(&r, record_place(k, i), sizeof r);
        return r;
    }
    int n = wsp_frame_parse(&f, k->data + from, k->len - from);
    WSP_ASSERT(n > 0);
    if (n > 0)
        r = (struct wsp_record){(size_t)n + (size_t)f.payload_len, (size_t)f.payload_len};
    return r;
}

/* What of a large record's application bytes is credited when some of its wire bytes are gone. */
static size_t steps_gone(struct wsp_record r, size_t gone)
{
    if (r.app <= CREDIT_STEP)
        return 0;
    if (r.app >= r.wire) /* compressed: in proportion */
        return (size_t)((uint64_t)(r.app / CREDIT_STEP) * gone / r.wire) * CREDIT_STEP;
    size_t header = r.wire - r.app;
    return gone > header ? (gone - header) / CREDIT_STEP * CREDIT_STEP : 0;
}

static void credit(struct wsp_outq *q, struct wsp_chunk *k, size_t app)
{
    k->uncredited -= app;
    q->buffered -= app;
}

/* bufferedAmount falls when a frame's last byte is sent; for large frames by steps before that. */
static void credit_frames(struct wsp_outq *q, struct wsp_chunk *k)
{
    while (k->frame_at < k->at) {
        struct wsp_record r = record_at(k, k->frame_at, k->record);
        size_t gone = k->at - k->frame_at;
        if (gone < r.wire) {
            size_t whole = steps_gone(r, gone);
            credit(q, k, whole - k->part);
            k->part = whole;
            return;
        }
        credit(q, k, r.app - k->part);
        k->frame_at += r.wire;
        k->record++;
        k->part = 0;
    }
}

/* n bytes of the first chunk are sent. */
static void head_advance(struct wsp_outq *q, wsp_endpoint *e, size_t n)
{
    struct wsp_chunk *k = q->head;
    k->at += n;
    if (k->at < k->len) {
        if (k->kind != WSP_CHUNK_HTTP)
            credit_frames(q, k);
        return;
    }
    credit(q, k, k->uncredited);
    q->head = k->next;
    if (q->head == NULL)
        q->tail = NULL;
    wsp_chunk_free(e, k);
}

static size_t sent_data(struct wsp_outq *q, wsp_endpoint *e, size_t len)
{
    struct wsp_control *c = q->control;
    size_t n = data_run(q->head, q->head->at, len < q->shown ? len : q->shown);
    if (c != NULL && c->out_len != 0) {
        if (n > c->out_at)
            n = c->out_at;
        c->out_at -= n;
    }
    q->shown -= n;
    head_advance(q, e, n);
    return n;
}

static size_t sent_out(struct wsp_control *c, size_t len)
{
    size_t n = (size_t)(c->out_len - c->out_sent);
    if (n > len)
        n = len;
    c->out_sent = (uint16_t)(c->out_sent + n);
    if (c->out_sent == c->out_len)
        c->out_len = 0;
    return n;
}

static size_t sent_close(struct wsp_control *c, size_t len)
{
    size_t n = (size_t)(c->close_len - c->close_sent);
    if (n > len)
        n = len;
    c->close_sent = (uint16_t)(c->close_sent + n);
    return n;
}

size_t wsp_outq_sent(struct wsp_outq *q, wsp_endpoint *e, size_t len)
{
    size_t done = 0;
    while (done < len) {
        struct wsp_control *c = q->control;
        size_t n;
        if (c != NULL && c->out_len != 0 && c->out_at == 0 && c->out_shown)
            n = sent_out(c, len - done);
        else if (q->head != NULL && q->shown > 0)
            n = sent_data(q, e, len - done);
        else if (q->head == NULL && c != NULL && c->close_shown)
            n = sent_close(c, len - done);
        else
            break;
        if (n == 0)
            break;
        q->queued -= n;
        done += n;
    }
    return done;
}

/* Drops the frames of k from byte at on. */
static void chunk_cut(struct wsp_outq *q, struct wsp_chunk *k, size_t at)
{
    uint32_t i = k->record;
    for (size_t from = k->frame_at; from < k->len; i++) {
        struct wsp_record r = record_at(k, from, i);
        if (from >= at)
            credit(q, k, r.app);
        from += r.wire;
    }
    q->queued -= k->len - at;
    k->len = at;
}

void wsp_outq_cut(struct wsp_outq *q, wsp_endpoint *e)
{
    if (q->control != NULL)
        control_drop(q);
    size_t left = q->shown; /* data bytes that stay */
    /* An HTTP head is no frame: what it opened or refused must be told. */
    if (q->head != NULL && q->head->kind == WSP_CHUNK_HTTP && left < q->head->len - q->head->at)
        left = q->head->len - q->head->at;
    struct wsp_chunk **link = &q->head;
    q->tail = NULL;
    while (*link != NULL && left > 0) {
        struct wsp_chunk *k = *link;
        size_t run = k->len - k->at;
        if (run > left) {
            chunk_cut(q, k, k->at + left);
            run = left;
        }
        left -= run;
        q->tail = k;
        link = &k->next;
    }
    struct wsp_chunk *k = *link;
    *link = NULL;
    while (k != NULL) {
        struct wsp_chunk *next = k->next;
        q->queued -= k->len - k->at;
        credit(q, k, k->uncredited);
        wsp_chunk_free(e, k);
        k = next;
    }
}

void wsp_outq_free(struct wsp_outq *q, wsp_endpoint *e)
{
    while (q->head != NULL) {
        struct wsp_chunk *k = q->head;
        q->head = k->next;
        wsp_chunk_free(e, k);
    }
    q->tail = NULL;
    wsp_endpoint_unblock(e, WSP_BLOCK_CONTROL, q->control, sizeof *q->control);
    q->control = NULL;
    q->shown = 0;
    q->queued = 0;
    q->buffered = 0;
}
