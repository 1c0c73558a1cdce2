/*
 * loop_lws - an echo server on libwebsockets, for bench_loop. SPDX-License-Identifier: MIT
 *
 * Its best settings on this task, each tried: libev's epoll where that plug-in is installed (poll
 * looks at every connection in each turn), 64 KiB a receive, replies sent from where the message
 * was collected, as many in a turn as the socket takes, one buffer kept a connection. No timers, no
 * logs.
 *
 * A list of replies stands for a connection: libwebsockets takes output in its WRITEABLE callback
 * only. A reply's bytes are kept behind LWS_PRE bytes for the header, as lws_write asks for.
 */
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of one receive, at most. */
enum { READ_BYTES = 65536 };

struct reply {
    struct reply *next;
    size_t len, room;
    enum lws_write_protocol how;
    unsigned char bytes[]; /* LWS_PRE, then room */
};

/* Made zero by libwebsockets. */
struct client {
    struct reply *arriving;
    struct reply *first, **end;
    struct reply *spare; /* the last one that was sent */
};

/* Room for so many bytes more; NULL: no memory. */
static struct reply *make_room(struct client *c, size_t len)
{
    struct reply *r = c->arriving;
    if (r == NULL) {
        r = c->spare;
        c->spare = NULL;
        if (r != NULL)
            r->len = 0;
    }
    if (r == NULL || r->room - r->len < len) {
        size_t room = (r != NULL ? 2 * r->len : 0) + len;
        struct reply *more = realloc(r, sizeof *r + LWS_PRE + room);
        if (more == NULL)
            return NULL;
        if (r == NULL)
            more->len = 0;
        r = more;
        r->room = room;
    }
    c->arriving = r;
    return r;
}

static void reply_done(struct client *c)
{
    struct reply *r = c->first;
    c->first = r->next;
    if (c->first == NULL)
        c->end = &c->first;
    free(c->spare);
    c->spare = r;
}

/* A piece of a message; what a frame still lacks is known, and had at once. */
static int receive(struct lws *wsi, struct client *c, const void *in, size_t len)
{
    size_t rest = lws_remaining_packet_payload(wsi);
    struct reply *r = make_room(c, len + rest);
    if (r == NULL)
        return -1;
    memcpy(r->bytes + LWS_PRE + r->len, in, len);
    r->len += len;
    if (rest > 0 || !lws_is_final_fragment(wsi))
        return 0;
    r->how = lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
    r->next = NULL;
    *c->end = r;
    c->end = &r->next;
    c->arriving = NULL;
    lws_callback_on_writable(wsi);
    return 0;
}

static int reply(struct lws *wsi, struct client *c)
{
    while (c->first != NULL && !lws_send_pipe_choked(wsi)) {
        struct reply *r = c->first;
        if (lws_write(wsi, r->bytes + LWS_PRE, r->len, r->how) < 0)
            return -1;
        reply_done(c);
    }
    if (c->first != NULL)
        lws_callback_on_writable(wsi);
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct client *c = user;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        c->end = &c->first;
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return receive(wsi, c, in, len);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return reply(wsi, c);
    case LWS_CALLBACK_CLOSED:
        while (c->first != NULL)
            reply_done(c);
        free(c->spare);
        free(c->arriving);
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {"echo", callback, sizeof(struct client), READ_BYTES, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0}};

static struct lws_context *make_context(unsigned long long how)
{
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof info);
    info.options = how | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8;
    info.pt_serv_buf_size = READ_BYTES;
    info.fd_limit_per_thread = 4096;
    info.protocols = protocols;
    return lws_create_context(&info);
}

static struct lws_vhost *listen_at(struct lws_context *context, bool deflate)
{
    static const struct lws_extension extensions[] = {
        {"permessage-deflate", lws_extension_callback_pm_deflate,
         "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {NULL, NULL, NULL}};
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof info);
    info.iface = "127.0.0.1";
    info.port = 0;
    info.protocols = protocols;
    info.extensions = deflate ? extensions : NULL;
    info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
    return lws_create_vhost(context, &info);
}

int main(int argc, char **argv)
{
    bool deflate = argc > 1 && strcmp(argv[1], "--deflate") == 0;
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context *context = make_context(LWS_SERVER_OPTION_LIBEV);
    if (context == NULL)
        context = make_context(0);
    struct lws_vhost *host = context != NULL ? listen_at(context, deflate) : NULL;
    if (host == NULL)
        return fputs("loop_lws: cannot listen\n", stderr), 1;
    const char *version = lws_get_library_version(); /* "4.1.6-" and a commit, where it is known */
    printf("libwebsockets %.*s ws://127.0.0.1:%d/\n", (int)strcspn(version, "-"), version,
           lws_get_vhost_listen_port(host));
    fflush(stdout);
    while (lws_service(context, 0) >= 0)
        continue;
    lws_context_destroy(context);
    return 0;
}
