/*
 * contest_greet - a browser's request in, the 101 out: the connection made, all checks, the answer,
 * the connection freed. SPDX-License-Identifier: MIT
 */
#include "bench/row.h"

#include "bench/corpus_make.h"

#include <stdlib.h>

/* As Chromium writes it: 546 bytes. The key is another one each time. */
static const char request[] =
    "GET /chat HTTP/1.1\r\n"
    "Host: chat.example.com:8181\r\n"
    "Connection: Upgrade\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36\r\n"
    "Upgrade: websocket\r\n"
    "Origin: http://chat.example.com:8181\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Accept-Language: en-US,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=4f1c9a77e0d24b6c8a350123\r\n"
    "Sec-WebSocket-Key: ";
static const char request_end[] = "\r\n"
                                  "Sec-WebSocket-Extensions: permessage-deflate; "
                                  "client_max_window_bits\r\n\r\n";

enum { KEY = 24, LEN = sizeof request - 1 + KEY + sizeof request_end - 1, REQUESTS = 512 };
_Static_assert(LEN == 546, "the request of the table");

struct material {
    size_t piece;
    uint8_t *one;
    uint8_t requests[REQUESTS][LEN];
    char accept[REQUESTS][29];
    struct outflow out;
    uint8_t room[WS_PEER_ANSWER], kept[WS_PEER_ANSWER];
};

static void close_(void *material)
{
    struct material *m = material;
    free(m->one);
    free(m);
}

static void write_request(struct material *m, size_t i, struct maker *keys)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *key = (char *)m->requests[i] + sizeof request - 1;
    memcpy(m->requests[i], request, sizeof request - 1);
    for (size_t k = 0; k < KEY - 3; k++)
        key[k] = digits[below(keys, 64)];
    memcpy(key + KEY - 3, "A==", 3);
    memcpy(key + KEY, request_end, sizeof request_end - 1);
    wsp_accept_key(m->accept[i], key);
}

static void *open_(const struct series *s, size_t size)
{
    struct material *m = calloc(1, sizeof *m);
    struct maker keys = {.state = 42};
    if (m == NULL)
        return NULL;
    m->out.room = m->room;
    m->piece = s->piece > 0 ? s->piece : size;
    m->one = calloc(1, inflow_stride(m->piece));
    if (m->one == NULL) {
        free(m);
        return NULL;
    }
    for (size_t i = 0; i < REQUESTS; i++)
        write_request(m, i, &keys);
    return m;
}

static bool can(const struct series *s, const struct ws_peer *p)
{
    (void)s;
    return p->greet != NULL;
}

/* The request is copied to where it is parsed, as it is from a socket. */
static bool greet(struct material *m, const struct ws_peer *p, size_t i)
{
    struct inflow in = {.wire = m->requests[i],
                        .len = LEN,
                        .piece = m->piece,
                        .messages = 1,
                        .one = m->one + INFLOW_PAD};
    outflow_begin(&m->out);
    return p->greet(&in, &m->out);
}

/* Is this the 101 to request i? */
static bool right(const struct material *m, size_t i)
{
    struct wsp_header headers[16];
    struct wsp_head head = {.headers = headers, .max_headers = 16};
    int len = wsp_response_parse(&head, m->kept, m->out.taken);
    if (len <= 0 || (size_t)len != m->out.taken || head.status != 101)
        return false;
    const struct wsp_header *accept = wsp_head_find(&head, "Sec-WebSocket-Accept", NULL);
    return accept != NULL && accept->value.len == 28 &&
           memcmp(accept->value.data, m->accept[i], 28) == 0 &&
           wsp_head_token(&head, "Upgrade", "websocket");
}

static bool check(void *material, const struct ws_peer *p, void *state)
{
    struct material *m = material;
    bool ok = true;
    (void)state;
    m->out.kept = m->kept;
    for (size_t i = 0; i < REQUESTS && ok; i++)
        ok = greet(m, p, i) && right(m, i);
    m->out.kept = NULL;
    return ok;
}

static size_t pass(void *material, const struct ws_peer *p, void *state, struct stopwatch *w)
{
    struct material *m = material;
    size_t failed = 0;
    (void)state;
    stopwatch_start(w);
    for (size_t i = 0; i < REQUESTS; i++)
        failed += !greet(m, p, i);
    stopwatch_stop(w);
    return failed == 0 ? REQUESTS : 0;
}

const struct contest contest_greet = {
    .unit = "handshake",
    .open = open_,
    .close = close_,
    .can = can,
    .check = check,
    .pass = pass,
};
