#include "support/sender.h"

#include "support/feed.h"
#include "support/log.h"
#include "support/testing.h"

/* --- the peer that reads ---------------------------------------------------------------------- */

void message_word(struct blob *words, enum wsp_opcode opcode, const void *data, size_t len)
{
    blob_text(words, opcode == WSP_TEXT ? " T" : " B");
    log_payload(words, data, len);
}

static void reader_message(struct reader *r)
{
    r->plain.len = 0;
    blob_add(&r->plain, "", 0);
    if (r->packed)
        unpacker_unpack(&r->u, &r->plain, r->payload.data, r->payload.len);
    else
        blob_add(&r->plain, r->payload.data, r->payload.len);
    message_word(&r->words, (enum wsp_opcode)r->opcode, r->plain.data, r->plain.len);
    r->messages++;
    r->packed_messages += r->packed;
    r->inside = false;
}

static void reader_frame(struct reader *r, uint8_t head)
{
    uint8_t opcode = head & 0x0F, rsv = head & 0x70;
    if (opcode >= WSP_CLOSE) {
        assert_int_equal(rsv, 0);
        r->pings += opcode == WSP_PING;
        return;
    }
    assert_true((opcode == WSP_CONTINUATION) == r->inside);
    /* 6: RSV1 on the first frame alone, no other bit anywhere */
    assert_true(rsv == 0 || (rsv == 0x40 && !r->inside));
    if (!r->inside) {
        r->packed = rsv != 0;
        r->opcode = opcode;
    }
    r->inside = true;
    if ((head & 0x80) == 0)
        return;
    reader_message(r);
    r->payload.len = 0;
}

void reader_read(struct reader *r)
{
    size_t at = 0;
    while (at < r->wire.len) {
        struct seen_frame f;
        struct blob control = {0};
        blob_add(&r->payload, "", 0);
        bool data = (r->wire.data[at] & 0x0F) < WSP_CLOSE;
        size_t used =
            frame_read(&f, data ? &r->payload : &control, r->wire.data + at, r->wire.len - at);
        blob_free(&control);
        if (used == 0)
            break;
        assert_int_equal(f.masked, r->masked);
        reader_frame(r, f.head);
        at += used;
    }
    if (at > 0)
        memmove(r->wire.data, r->wire.data + at, r->wire.len - at);
    r->wire.len -= at;
}

static void reader_free(struct reader *r)
{
    unpacker_end(&r->u);
    blob_free(&r->wire);
    blob_free(&r->payload);
    blob_free(&r->plain);
    blob_free(&r->words);
}

/* --- the side that sends ---------------------------------------------------------------------- */

void sender_begin(struct sender *s, wsp_endpoint *e, enum wsp_role role,
                  struct wsp_deflate_params agreed)
{
    bool server = role == WSP_SERVER;
    memset(s, 0, sizeof *s);
    s->c = adopt_packed(e, role, agreed);
    s->peer.masked = !server;
    unpacker_begin(
        &s->peer.u, server ? agreed.server_max_window_bits : agreed.client_max_window_bits,
        server ? !agreed.server_no_context_takeover : !agreed.client_no_context_takeover);
}

void sender_end(struct sender *s)
{
    wsp_conn_free(s->c);
    reader_free(&s->peer);
    blob_free(&s->words);
    blob_free(&s->part);
}

static void check_buffered(const struct sender *s)
{
    size_t waits = 0;
    for (size_t i = 0; i < s->call_count; i++)
        waits += s->calls[i].wire_end > s->taken ? s->calls[i].plain : 0;
    assert_int_equal(wsp_buffered_amount(s->c), waits);
    assert_int_equal(wsp_queued_bytes(s->c), s->queued - s->taken);
}

/* A call was taken. */
static void sender_queued(struct sender *s, size_t plain)
{
    assert_true(s->call_count < SENDER_CALLS);
    s->queued = s->taken + wsp_queued_bytes(s->c);
    s->calls[s->call_count++] = (struct sender_call){s->queued, plain};
    check_buffered(s);
}

void sender_take(struct sender *s, size_t max)
{
    s->taken += take_output(s->c, &s->peer.wire, max);
    check_buffered(s);
    reader_read(&s->peer);
}

void sender_check(struct sender *s)
{
    sender_take(s, SIZE_MAX);
    assert_int_equal(wsp_buffered_amount(s->c), 0);
    assert_int_equal(s->peer.wire.len, 0);
    assert_string_equal(blob_string(&s->peer.words), blob_string(&s->words));
}

int sender_message(struct sender *s, enum wsp_opcode opcode, const struct blob *m)
{
    int r = opcode == WSP_TEXT ? wsp_send_text(s->c, (const char *)m->data, m->len)
                               : wsp_send_binary(s->c, m->data, m->len);
    if (r == WSP_OK) {
        message_word(&s->words, opcode, m->data, m->len);
        sender_queued(s, m->len);
    }
    return r;
}

int sender_prepared(struct sender *s, enum wsp_opcode opcode, const struct blob *m)
{
    wsp_prepared *p = NULL;
    int r = wsp_prepare(&p, wsp_conn_endpoint(s->c), opcode, m->data, m->len);
    if (r != WSP_OK)
        return r;
    r = wsp_send_prepared(s->c, p);
    wsp_prepared_unref(p);
    if (r == WSP_OK) {
        message_word(&s->words, opcode, m->data, m->len);
        sender_queued(s, m->len);
    }
    return r;
}

int sender_part(struct sender *s, enum wsp_opcode opcode, const struct blob *m, bool last)
{
    int r = wsp_send_part(s->c, opcode, m->data, m->len, last);
    if (r != WSP_OK)
        return r;
    sender_queued(s, m->len);
    blob_add(&s->part, m->data, m->len);
    s->part_open = !last;
    s->part_text = opcode == WSP_TEXT;
    if (last) {
        message_word(&s->words, opcode, s->part.data, s->part.len);
        s->part.len = 0;
    }
    return r;
}
