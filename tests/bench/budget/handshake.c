/* Opening: from the making of a connection to OPEN and its freeing. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "bench/budget/conversation.h"

/* What Chromium sends; the key is that of RFC 6455 1.3. */
static char request[] =
    "GET /chat HTTP/1.1\r\n"
    "Host: 127.0.0.1:8181\r\n"
    "Connection: Upgrade\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36\r\n"
    "Upgrade: websocket\r\n"
    "Origin: http://127.0.0.1:8181\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n"
    "Cookie: session=2c26b46b68ffc68ff99b453c1d304134\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "\r\n";

/* Feeds all but the last piece, which opens the connection, without an event. */
static void feed_head(wsp_conn *c, char *text, size_t len, size_t most)
{
    struct kit_sink s = {0};
    uint8_t *at = (uint8_t *)text;
    size_t piece = most != 0 ? most : len;
    for (; len > piece; at += piece, len -= piece)
        kit_feed(c, at, piece, &s);
    kit_need(s.others == 0, "another event came");
    kit_feed_one(c, at, len, WSP_EVENT_OPEN);
}

static void serve(wsp_endpoint *e, const struct conversation *self, struct kit_wire *answer)
{
    wsp_conn *c = NULL;
    kit_need(wsp_server_new(&c, e) == WSP_OK, "no connection could be made");
    feed_head(c, request, sizeof request - 1, self->feed);
    (void)kit_drain(c, answer);
    wsp_conn_free(c);
}

static void server(const struct conversation *self)
{
    struct kit_wire answer;
    wsp_endpoint *e = kit_endpoint(NULL);
    kit_wire(&answer, 1024);
    serve(e, self, &answer);
    kit_need(answer.len < answer.size, "no room for a NUL");
    answer.bytes[answer.len] = '\0';
    kit_need(strncmp((char *)answer.bytes, "HTTP/1.1 101 ", 13) == 0, "it is no 101");
    kit_need(strstr((char *)answer.bytes, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != NULL,
             "Sec-WebSocket-Accept is wrong");
    meter_on();
    for (unsigned i = 0; i < self->count; i++)
        serve(e, self, NULL);
    meter_off();
    wsp_endpoint_free(e);
}

/* The 101 to the request in w. */
static size_t write_answer(char *out, size_t size, const struct kit_wire *w)
{
    struct wsp_header headers[16];
    struct wsp_head head = {.headers = headers, .max_headers = 16};
    char accept[29];
    kit_need(wsp_request_parse(&head, w->bytes, w->len) == (int)w->len, "it is no request");
    const struct wsp_header *key = wsp_head_find(&head, "Sec-WebSocket-Key", NULL);
    kit_need(key != NULL && wsp_key_valid(key->value), "it has no key");
    wsp_accept_key(accept, (const char *)key->value.data);
    int len = snprintf(out, size,
                       "HTTP/1.1 101 Switching Protocols\r\n"
                       "Server: nginx/1.22.1\r\n"
                       "Date: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
                       "Connection: upgrade\r\n"
                       "Upgrade: websocket\r\n"
                       "Sec-WebSocket-Accept: %s\r\n"
                       "\r\n",
                       accept);
    return (size_t)len;
}

/* The other side's work is not counted. */
static void client(const struct conversation *self)
{
    static const struct wsp_target target = {.url = "ws://127.0.0.1:8181/chat",
                                             .origin = "http://127.0.0.1:8181"};
    char answer[512];
    struct kit_wire w;
    wsp_endpoint *e = kit_endpoint(NULL);
    kit_wire(&w, 1024);
    for (unsigned i = 0; i <= self->count; i++) {
        wsp_conn *c = NULL;
        struct wsp_slice out;
        if (i > 0)
            meter_on();
        kit_need(wsp_client_new(&c, e, &target) == WSP_OK, "no connection could be made");
        kit_need(wsp_pending(c, &out, 1) == 1, "no request is pending");
        if (i > 0)
            meter_off();
        kit_need(out.len <= w.size, "the request is longer than there is room for");
        memcpy(w.bytes, out.data, w.len = out.len);
        size_t len = write_answer(answer, sizeof answer, &w);
        if (i > 0)
            meter_on();
        wsp_sent(c, out.len);
        feed_head(c, answer, len, self->feed);
        wsp_conn_free(c);
        if (i > 0)
            meter_off();
    }
    wsp_endpoint_free(e);
}

const struct conversation handshake_conversations[] = {
    {.name = "server-handshake", .run = server, .count = 50},
    {.name = "server-handshake-byte-by-byte", .run = server, .count = 20, .feed = 1},
    {.name = "client-handshake", .run = client, .count = 50},
    {.name = "client-handshake-byte-by-byte", .run = client, .count = 20, .feed = 1},
    {.name = NULL},
};
