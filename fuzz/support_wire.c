/* SPDX-License-Identifier: MIT */
#include "support_wire.h"

#include <string.h>

static void head_client(struct fuzz_wire *w, const struct wsp_head *h)
{
    const struct wsp_header *key = wsp_head_find(h, "Sec-WebSocket-Key", NULL);
    FUZZ_ASSERT(key != NULL && wsp_key_valid(key->value));
    FUZZ_ASSERT(wsp_slice_equal(h->method, "GET") && wsp_head_find(h, "Host", NULL) != NULL);
    memcpy(w->key, key->value.data, 24);
}

static void head_server(struct fuzz_wire *w, const struct wsp_head *h)
{
    w->http = h->status != 101;
    if (w->http)
        FUZZ_ASSERT(wsp_head_token(h, "Connection", "close"));
    else
        FUZZ_ASSERT(wsp_head_find(h, "Sec-WebSocket-Accept", NULL) != NULL);
    const struct wsp_header *answer = wsp_head_find(h, "Sec-WebSocket-Extensions", NULL);
    FUZZ_ASSERT(w->http || (answer != NULL) == w->deflate.enabled);
}

/* False: the head is not whole. */
static bool take_head(struct fuzz_wire *w)
{
    struct wsp_header headers[32];
    struct wsp_head h = {.headers = headers, .max_headers = 32};
    bool client = w->sender == WSP_CLIENT;
    int n = client ? wsp_request_parse(&h, w->raw.data, w->raw.len)
                   : wsp_response_parse(&h, w->raw.data, w->raw.len);
    FUZZ_ASSERT(n >= 0);
    if (n == 0)
        return false;
    if (client)
        head_client(w, &h);
    else
        head_server(w, &h);
    w->in_head = false;
    fuzz_blob_drop(&w->raw, (size_t)n);
    return true;
}

static void check_close(struct fuzz_wire *w, const uint8_t *body, size_t len)
{
    uint16_t code;
    struct wsp_slice reason;
    FUZZ_ASSERT(wsp_close_parse(&code, &reason, body, len) == WSP_OK);
    w->closed = true;
}

/* RFC 7692 7.2.1: what was sent compressed becomes what it was. */
static void inflate_message(struct fuzz_wire *w)
{
    bool server = w->sender == WSP_SERVER;
    struct fuzz_blob plain = {NULL, 0, 0};
    struct wsp_slice packed = {w->message.data, w->message.len};
    unsigned bits = server ? w->deflate.server_max_window_bits : w->deflate.client_max_window_bits;
    w->reader.takeover =
        !(server ? w->deflate.server_no_context_takeover : w->deflate.client_no_context_takeover);
    FUZZ_ASSERT(fuzz_reader_read(&w->reader, bits, packed, &plain));
    fuzz_blob_free(&w->message);
    w->message = plain;
}

/* 5.4: messages do not overlap; 5.6: text is UTF-8; RFC 7692 6: RSV1 is the first frame's */
static void check_data(struct fuzz_wire *w, const struct fuzz_header *h, const uint8_t *payload)
{
    FUZZ_ASSERT(w->in_message == (h->opcode == 0));
    if (h->opcode != 0) {
        w->text = h->opcode == WSP_TEXT;
        w->compressed = h->rsv == WSP_RSV1;
    }
    if (w->compressed || (w->text && !w->trust_utf8))
        fuzz_blob_add(&w->message, payload, (size_t)h->len);
    w->in_message = !h->fin;
    if (!h->fin)
        return;
    if (w->compressed)
        inflate_message(w);
    if (w->text && !w->trust_utf8)
        FUZZ_ASSERT(fuzz_utf8_valid(w->message.data, w->message.len));
    w->message.len = 0;
}

/* False: the frame is not whole. */
static bool take_frame(struct fuzz_wire *w)
{
    struct fuzz_header h;
    int n = fuzz_header_read(&h, w->raw.data, w->raw.len);
    FUZZ_ASSERT(n >= 0 && !(w->closed && w->raw.len > 0));
    if (n == 0)
        return false;
    bool data_first = h.opcode == WSP_TEXT || h.opcode == WSP_BINARY;
    FUZZ_ASSERT(h.rsv == 0 || (h.rsv == WSP_RSV1 && data_first && w->deflate.enabled));
    FUZZ_ASSERT(h.masked == (w->sender == WSP_CLIENT));
    if (w->raw.len - (size_t)n < h.len)
        return false;
    uint8_t *payload = w->raw.data + n;
    for (size_t i = 0; h.masked && i < h.len; i++)
        payload[i] ^= h.key[i % 4];
    if (h.opcode == WSP_CLOSE)
        check_close(w, payload, (size_t)h.len);
    else if (h.opcode < WSP_CLOSE)
        check_data(w, &h, payload);
    w->frames++;
    fuzz_blob_drop(&w->raw, (size_t)n + (size_t)h.len);
    return true;
}

void fuzz_wire_add(struct fuzz_wire *w, const wsp_conn *c, struct wsp_slice sent)
{
    struct wsp_agreed agreed;
    wsp_conn_agreed(c, &agreed);
    w->deflate = agreed.deflate;
    w->bytes += sent.len;
    fuzz_blob_add(&w->raw, sent.data, sent.len);
    if (w->raw.len > 0 && w->in_head && !take_head(w))
        return;
    if (w->http) {
        w->raw.len = 0;
        return;
    }
    while (w->raw.len > 0 && take_frame(w))
        continue;
}

void fuzz_wire_end(const struct fuzz_wire *w)
{
    FUZZ_ASSERT(w->raw.len == 0);
}

void fuzz_wire_free(struct fuzz_wire *w)
{
    fuzz_blob_free(&w->raw);
    fuzz_blob_free(&w->message);
    fuzz_reader_free(&w->reader);
}
