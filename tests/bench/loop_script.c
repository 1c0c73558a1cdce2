/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "bench/loop_script.h"

#include "bench/corpus.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <wsproto.h>

enum { SEED = 7, PATIENCE_S = 5 };

struct lesson {
    struct loop_script *script;
    struct corpus text;
    wsp_endpoint *endpoint;
    wsp_conn *conn;
    int fd;
    uint8_t *noted; /* what was read since the last message was sent */
    size_t noted_len, noted_cap;
    const char *failed;
};

int loop_connect(unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static bool fail(struct lesson *l, const char *why)
{
    l->failed = why;
    return false;
}

static bool send_all(struct lesson *l, const uint8_t *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = send(l->fd, bytes + done, len - done, MSG_NOSIGNAL);
        if (n <= 0)
            return fail(l, "a message could not be sent");
        done += (size_t)n;
    }
    return true;
}

/* All that waits goes out, and a copy of it to *out. */
static bool pass_on(struct lesson *l, uint8_t **out, size_t *len)
{
    struct wsp_slice waiting[8];
    *len = 0;
    for (size_t n; (n = wsp_pending(l->conn, waiting, 8)) > 0;) {
        size_t before = *len;
        for (size_t i = 0; i < n; i++) {
            uint8_t *more = realloc(*out, *len + waiting[i].len);
            if (more == NULL)
                return fail(l, "out of memory");
            memcpy(more + *len, waiting[i].data, waiting[i].len);
            *out = more;
            *len += waiting[i].len;
        }
        wsp_sent(l->conn, *len - before);
    }
    return send_all(l, *out, *len);
}

/* The note is of what came; what the connection gets may be unmasked, inflated, changed. */
static bool note(struct lesson *l, const uint8_t *bytes, size_t len)
{
    if (l->noted_cap - l->noted_len < len) {
        size_t cap = 2 * l->noted_cap + len;
        uint8_t *more = realloc(l->noted, cap);
        if (more == NULL)
            return fail(l, "out of memory");
        l->noted = more;
        l->noted_cap = cap;
    }
    memcpy(l->noted + l->noted_len, bytes, len);
    l->noted_len += len;
    return true;
}

/* The next event, reading as long as there is none. */
static bool next_event(struct lesson *l, struct wsp_event *ev)
{
    uint8_t buffer[16384];
    for (;;) {
        ssize_t n = recv(l->fd, buffer, sizeof buffer, 0);
        if (n <= 0)
            return fail(l, "nothing comes back");
        if (!note(l, buffer, (size_t)n))
            return false;
        struct wsp_input in = {.data = buffer, .len = (size_t)n};
        if (wsp_feed(l->conn, &in, ev) == WSP_EVENT_NONE)
            continue;
        if (ev->type == WSP_EVENT_CLOSE)
            return fail(l, ev->detail != NULL ? ev->detail : "the connection was closed");
        return in.len == 0 || fail(l, "more came back than was asked for");
    }
}

static bool open_connection(struct lesson *l, unsigned port, bool deflate)
{
    struct wsp_config config = {.ping_ms = WSP_NEVER};
    struct timeval patience = {PATIENCE_S, 0};
    char url[64];
    struct wsp_target target = {.url = url};
    struct wsp_event ev;
    struct wsp_agreed agreed;
    (void)snprintf(url, sizeof url, "ws://127.0.0.1:%u/", port);
    config.deflate.enabled = deflate;
    l->fd = loop_connect(port);
    if (l->fd < 0 || wsp_endpoint_new(&l->endpoint, &config) != WSP_OK ||
        wsp_client_new(&l->conn, l->endpoint, &target) != WSP_OK)
        return fail(l, "no connection");
    (void)setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (!pass_on(l, &l->script->request, &l->script->request_len) || !next_event(l, &ev))
        return false;
    wsp_conn_agreed(l->conn, &agreed);
    if (agreed.deflate.enabled != deflate ||
        (deflate &&
         !(agreed.deflate.server_no_context_takeover && agreed.deflate.client_no_context_takeover)))
        return fail(l, "something else was agreed on compression");
    return ev.type == WSP_EVENT_OPEN || fail(l, "the connection does not open");
}

static bool stream_add(struct loop_stream *s, size_t i, const uint8_t *bytes, size_t len)
{
    uint8_t *more = realloc(s->bytes, s->at[i] + len);
    if (more == NULL)
        return false;
    memcpy(more + s->at[i], bytes, len);
    s->bytes = more;
    s->at[i + 1] = s->at[i] + len;
    return true;
}

static bool stream_double(struct loop_stream *s)
{
    size_t len = s->at[LOOP_MESSAGES];
    uint8_t *more = realloc(s->bytes, 2 * len);
    if (more == NULL)
        return false;
    memcpy(more + len, more, len);
    s->bytes = more;
    for (size_t i = 0; i < LOOP_MESSAGES; i++)
        s->at[LOOP_MESSAGES + i + 1] = len + s->at[i + 1];
    return true;
}

static bool learn_message(struct lesson *l, size_t i)
{
    struct loop_script *s = l->script;
    const uint8_t *text = l->text.bytes + i * s->message;
    uint8_t *frame = NULL;
    size_t len = 0;
    struct wsp_event ev = {.type = WSP_EVENT_NONE};
    l->noted_len = 0;
    bool ok = wsp_send_text(l->conn, (const char *)text, s->message) == WSP_OK ||
              fail(l, "a message was refused");
    ok = ok && pass_on(l, &frame, &len) && next_event(l, &ev);
    if (ok && (ev.type != WSP_EVENT_DATA || ev.opcode != WSP_TEXT || ev.data.len != s->message ||
               memcmp(ev.data.data, text, s->message) != 0))
        ok = fail(l, "a message came back as something else");
    ok = ok &&
         ((stream_add(&s->out, i, frame, len) && stream_add(&s->in, i, l->noted, l->noted_len)) ||
          fail(l, "out of memory"));
    free(frame);
    return ok;
}

/* The corpus is ASCII: a message may be cut out of it anywhere. */
static bool learn_all(struct lesson *l, unsigned port, bool deflate)
{
    struct loop_script *s = l->script;
    if (!corpus_make(&l->text, CORPUS_TEXT, LOOP_MESSAGES * s->message, SEED))
        return fail(l, "out of memory");
    if (!open_connection(l, port, deflate))
        return false;
    for (size_t i = 0; i < LOOP_MESSAGES; i++)
        if (!learn_message(l, i))
            return false;
    return (stream_double(&s->out) && stream_double(&s->in)) || fail(l, "out of memory");
}

bool loop_script_learn(struct loop_script *s, const char *name, unsigned port, size_t message,
                       bool deflate)
{
    struct lesson l = {.script = s, .fd = -1};
    memset(s, 0, sizeof *s);
    s->message = message;
    bool ok = learn_all(&l, port, deflate);
    if (!ok)
        (void)fprintf(stderr, "bench-loop: %s, %zu bytes: %s\n", name, message, l.failed);
    wsp_conn_free(l.conn);
    wsp_endpoint_free(l.endpoint);
    if (l.fd >= 0)
        (void)close(l.fd);
    free(l.noted);
    corpus_free(&l.text);
    return ok;
}

void loop_script_free(struct loop_script *s)
{
    free(s->out.bytes);
    free(s->in.bytes);
    free(s->request);
    memset(s, 0, sizeof *s);
}
