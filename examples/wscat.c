/*
 * wscat - a WebSocket in the terminal: lines go out as text, messages are printed.
 * SPDX-License-Identifier: MIT
 *
 * wss:// is there when it was built with OpenSSL. The pump knows nothing of TLS: three callbacks
 * that say what they wait for are all it takes (see "TLS" below).
 *
 * Exit status: 0 after a clean close or a signal, 1 otherwise, with the reason on stderr.
 */
#define _DEFAULT_SOURCE
#include "net.h"
#include "text.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_OPENSSL
#    include <openssl/err.h>
#    include <openssl/ssl.h>
#    include <openssl/x509v3.h>
#endif

#define CONNECT_MS 10000u
#define READ_AT_ONCE 65536u
#define LINE_LIMIT (8u << 20)
#define SEND_BELOW (1u << 20) /* the terminal is not read while that much output waits */

struct session {
    struct net_loop loop;
    struct net_watch input; /* the terminal */
    struct wsp_listener listeners;
    struct server *server; /* NULL when it is gone */
    char *line;            /* what was read of the next line */
    size_t len, room;
    bool clean; /* the connection was closed in order */
};

struct server {
    struct net_conn net; /* the first member: see net.h */
    struct session *session;
    struct ssl_st *ssl; /* OpenSSL's SSL; NULL without TLS */
};

/* ------------------------------------------------------------------ TLS */

#ifdef HAVE_OPENSSL

static ptrdiff_t tls_result(SSL *ssl, int result)
{
    long verified;

    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return WSP_IO_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return WSP_IO_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        break;
    }
    verified = SSL_get_verify_result(ssl);
    if (verified != X509_V_OK)
        fprintf(stderr, "certificate: %s\n", X509_verify_cert_error_string(verified));
    else
        ERR_print_errors_fp(stderr);
    return -1;
}

static ptrdiff_t tls_read(void *ctx, void *buf, size_t len)
{
    struct server *c = ctx;
    int n;

    ERR_clear_error();
    n = SSL_read(c->ssl, buf, len < INT_MAX ? (int)len : INT_MAX);
    return n > 0 ? n : tls_result(c->ssl, n);
}

static ptrdiff_t tls_write(void *ctx, const void *buf, size_t len)
{
    struct server *c = ctx;
    int n;

    ERR_clear_error();
    n = SSL_write(c->ssl, buf, len < INT_MAX ? (int)len : INT_MAX);
    return n > 0 ? n : tls_result(c->ssl, n);
}

static void tls_shutdown(void *ctx)
{
    struct server *c = ctx;

    (void)SSL_shutdown(c->ssl);
}

/* The certificate must be the host's: by its address, or by its name, which SNI tells, too. */
static bool tls_name(SSL *ssl, char *host)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1)
        return true;
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

/* The trusted certificates are OpenSSL's: SSL_CERT_FILE and SSL_CERT_DIR name others. */
static SSL *tls_new(int fd, char *host)
{
    static const unsigned char alpn[] = "\x08http/1.1";
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = NULL;

    if (ctx != NULL && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
        SSL_CTX_set_default_verify_paths(ctx) == 1)
        ssl = SSL_new(ctx);
    SSL_CTX_free(ctx); /* ssl keeps it */
    if (ssl == NULL)
        return NULL;
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    /* Bytes may be offered again from another place, and any part of them may be taken. */
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_connect_state(ssl);
    if (tls_name(ssl, host) && SSL_set_alpn_protos(ssl, alpn, sizeof alpn - 1) == 0 &&
        SSL_set_fd(ssl, fd) == 1)
        return ssl;
    SSL_free(ssl);
    return NULL;
}

static bool tls_start(struct server *c, const struct wsp_url *url, int fd)
{
    char host[256];

    snprintf(host, sizeof host, "%.*s", (int)url->host.len, (const char *)url->host.data);
    c->ssl = tls_new(fd, host);
    c->net.io.read = tls_read;
    c->net.io.write = tls_write;
    c->net.io.shutdown = tls_shutdown;
    c->net.hidden_input = true;
    if (c->ssl == NULL)
        ERR_print_errors_fp(stderr);
    return c->ssl != NULL;
}

static void tls_end(struct server *c)
{
    if (c->ssl != NULL && SSL_is_init_finished(c->ssl))
        (void)SSL_shutdown(c->ssl);
    SSL_free(c->ssl);
}

#else

static bool tls_start(struct server *c, const struct wsp_url *url, int fd)
{
    (void)c;
    (void)url;
    (void)fd;
    fputs("wss:// needs a wscat that was built with OpenSSL\n", stderr);
    return false;
}

static void tls_end(struct server *c)
{
    (void)c;
}

#endif

/* ------------------------------------------------------------------ from the server */

static void on_message(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)user;
    if (ev->opcode == WSP_BINARY)
        printf("(%zu bytes of binary data)", ev->data.len);
    else if (isatty(STDOUT_FILENO))
        text_print_safe(stdout, ev->data);
    else
        fwrite(ev->data.data, 1, ev->data.len, stdout);
    putchar('\n');
    if (fflush(stdout) != 0) /* nobody reads it any more */
        (void)wsp_close(c, WSP_CLOSE_GOING_AWAY, NULL, 0);
}

static void on_close(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct session *s = user;

    (void)c;
    s->clean = ev->clean;
    if (!ev->clean || (ev->code != WSP_CLOSE_NORMAL && ev->code != WSP_CLOSE_NO_STATUS))
        text_explain_close(stderr, ev);
}

static void on_ended(struct net_conn *net)
{
    struct server *server = (struct server *)net;

    server->session->server = NULL;
    tls_end(server);
}

/* ------------------------------------------------------------------ from the terminal */

static void send_line(struct session *s, const char *line, size_t len)
{
    int rc = wsp_send_text(s->server->net.ws, line, len);

    if (rc != WSP_OK)
        fprintf(stderr, "not sent: %s\n", wsp_strerror(rc));
}

/* Sends the lines that are complete and keeps the rest. */
static void send_lines(struct session *s)
{
    size_t at = 0;
    char *end;

    while (at < s->len && (end = memchr(s->line + at, '\n', s->len - at)) != NULL) {
        send_line(s, s->line + at, (size_t)(end - s->line) - at);
        at = (size_t)(end - s->line) + 1;
    }
    if (at > 0)
        memmove(s->line, s->line + at, s->len - at);
    s->len -= at;
}

static bool make_room(struct session *s)
{
    size_t room = s->len + READ_AT_ONCE;
    char *line;

    if (room <= s->room)
        return true;
    room *= 2;
    line = room <= LINE_LIMIT ? realloc(s->line, room) : NULL;
    if (line == NULL)
        return false;
    s->line = line;
    s->room = room;
    return true;
}

static void end_input(struct session *s, unsigned code)
{
    net_watch_set(&s->input, 0);
    (void)wsp_close(s->server->net.ws, code, NULL, 0);
}

/* Ctrl-D, or the end of a file or pipe, closes the connection. The descriptor may block: it is
 * shared with the shell, which would not like to find it changed. */
static void input_ready(struct net_watch *w, unsigned events)
{
    struct session *s = (struct session *)(void *)((char *)w - offsetof(struct session, input));
    ssize_t n;

    (void)events;
    if (s->server == NULL) {
        net_watch_set(w, 0);
        return;
    }
    if (!make_room(s)) {
        fputs("a line is too long\n", stderr);
        end_input(s, WSP_CLOSE_GOING_AWAY);
    } else if ((n = read(w->fd, s->line + s->len, READ_AT_ONCE)) > 0) {
        s->len += (size_t)n;
        send_lines(s);
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        if (s->len > 0)
            send_line(s, s->line, s->len);
        end_input(s, WSP_CLOSE_NORMAL);
    }
    net_conn_pump(&s->server->net);
}

/* Once a turn: the terminal is read while the connection is open and takes what is typed. */
static void watch_input(struct session *s)
{
    wsp_conn *ws = s->server != NULL ? s->server->net.ws : NULL;
    bool wanted =
        ws != NULL && wsp_ready_state(ws) == WSP_OPEN && wsp_queued_bytes(ws) < SEND_BELOW;

    if (!net_watch_set(&s->input, wanted ? NET_READ : 0u) && s->server != NULL) {
        perror("cannot read the terminal");
        end_input(s, WSP_CLOSE_GOING_AWAY);
    }
}

/* ------------------------------------------------------------------ the program */

static int usage(FILE *to, int status)
{
    fputs("usage: wscat [--no-deflate] URL\n"
          "Connects to a ws:// or wss:// URL. Lines from the terminal go out as text messages,\n"
          "messages that come are printed, Ctrl-D closes.\n"
          "  --no-deflate  do not compress\n"
          "  --help        this text\n",
          to);
    return status;
}

/* Takes ws over. */
static bool connect_to(struct session *s, const struct wsp_url *url, wsp_conn *ws)
{
    struct server *server = calloc(1, sizeof *server);
    int fd = server != NULL ? net_connect(url, CONNECT_MS) : -1;

    if (fd < 0 || (url->secure && !tls_start(server, url, fd))) {
        if (fd >= 0)
            close(fd);
        free(server);
        wsp_conn_free(ws);
        return false;
    }
    s->server = server;
    server->session = s;
    server->net.ended = on_ended;
    server->net.listeners = &s->listeners;
    net_conn_start(&server->net, &s->loop, fd, ws);
    return true;
}

static int run(const char *text, const struct wsp_url *url, bool deflate)
{
    struct wsp_config config = {.deflate = {.enabled = deflate}};
    struct session s = {.listeners = {.message = on_message, .close = on_close}};
    struct wsp_target target = {.url = text};
    wsp_conn *ws;
    int rc, status = 1;

    if (!net_loop_open(&s.loop, &config))
        return 1;
    s.listeners.user = &s;
    s.input.fd = STDIN_FILENO;
    s.input.loop = &s.loop;
    s.input.ready = input_ready;
    rc = wsp_client_new(&ws, s.loop.endpoint, &target);
    if (rc != WSP_OK) {
        fprintf(stderr, "%s: %s\n", text, wsp_strerror(rc));
    } else if (connect_to(&s, url, ws)) {
        do
            watch_input(&s);
        while (net_loop_turn(&s.loop));
        status = s.clean || s.loop.stopping ? 0 : 1;
    }
    net_loop_close(&s.loop);
    free(s.line);
    return status;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"no-deflate", no_argument, NULL, 'd'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct wsp_url url;
    bool deflate = true;
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) == 'd')
        deflate = false;
    if (option == 'h')
        return usage(stdout, 0);
    if (option != -1 || optind + 1 != argc)
        return usage(stderr, 2);
    if (wsp_url_parse(&url, argv[optind], strlen(argv[optind])) != WSP_OK) {
        fprintf(stderr, "%s: not a ws:// or wss:// URL\n", argv[optind]);
        return 1;
    }
    return run(argv[optind], &url, deflate);
}
