/*
 * echo_client - connects and sends back every message it gets. SPDX-License-Identifier: MIT
 *
 * Exit status: 0 after a clean close or a signal, 1 otherwise, with the reason on stderr.
 */
#include "net.h"
#include "text.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 2000u /* for TCP and the opening handshake together */
#define READ_BELOW (1u << 20)
#define DEFAULT_MESSAGE (64u << 20)

struct options {
    const char *url;
    uint64_t max_message;
    uint64_t timeout_s; /* 0: none */
    bool deflate;
};

struct result {
    bool told; /* the connection's end was told */
    bool clean;
};

static void on_message(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    int rc;

    (void)user;
    if (ev->opcode == WSP_TEXT)
        rc = wsp_send_text(c, (const char *)ev->data.data, ev->data.len);
    else
        rc = wsp_send_binary(c, ev->data.data, ev->data.len);
    /* WSP_ERR_STATE: the connection is closing, and the server has stopped listening. */
    if (rc != WSP_OK && rc != WSP_ERR_STATE)
        (void)wsp_close(c, WSP_CLOSE_INTERNAL_ERROR, NULL, 0);
}

static void on_close(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct result *result = user;

    (void)c;
    result->told = true;
    result->clean = ev->clean;
    if (!ev->clean)
        text_explain_close(stderr, ev);
}

static int usage(FILE *to, int status)
{
    fputs("usage: echo_client [--no-deflate] [--max-message BYTES] [--timeout S] URL\n"
          "Connects to a ws:// URL and sends every message back until the connection closes.\n"
          "  --no-deflate         do not compress\n"
          "  --max-message BYTES  longest message taken [67108864]\n"
          "  --timeout S          give up after so many seconds [never]\n"
          "  --help               this text\n",
          to);
    return status;
}

/* Returns the exit status when the program is to end, -1 when it is to run. */
static int parse_options(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {{"no-deflate", no_argument, NULL, 'd'},
                                          {"max-message", required_argument, NULL, 'm'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    bool ok = true;
    int option;

    while (ok && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'd')
            o->deflate = false;
        else if (option == 'm')
            ok = text_number(optarg, 1, SIZE_MAX / 4, &o->max_message);
        else if (option == 't')
            ok = text_number(optarg, 1, 1000000, &o->timeout_s);
        else if (option == 'h')
            return usage(stdout, 0);
        else
            ok = false;
    }
    if (!ok || optind + 1 != argc)
        return usage(stderr, 2);
    o->url = argv[optind];
    return -1;
}

static struct wsp_config config_of(const struct options *o, uint64_t left_ms)
{
    struct wsp_config config;

    memset(&config, 0, sizeof config);
    config.limits.message = (size_t)o->max_message;
    /* What may be queued before reading stops, one message, and the rest of one read. */
    config.limits.buffered = (size_t)o->max_message + 2 * (size_t)READ_BELOW;
    config.handshake_ms = left_ms > 0 ? (uint32_t)left_ms : 1;
    /* While nothing is read no answer to a ping is seen; TCP's keep-alive finds a dead server. */
    config.ping_ms = WSP_NEVER;
    config.deflate.enabled = o->deflate;
    return config;
}

/* Takes fd over. */
static bool start(struct net_loop *loop, int fd, const char *url, struct wsp_listener *listeners)
{
    struct wsp_target target = {.url = url};
    struct net_conn *server = calloc(1, sizeof *server);
    wsp_conn *ws = NULL;
    int rc = server != NULL ? wsp_client_new(&ws, loop->endpoint, &target) : WSP_ERR_NOMEM;

    if (rc != WSP_OK) {
        fprintf(stderr, "%s: %s\n", url, wsp_strerror(rc));
        free(server);
        close(fd);
        return false;
    }
    server->listeners = listeners;
    server->read_below = READ_BELOW;
    net_conn_start(server, loop, fd, ws);
    return true;
}

static int run(const struct options *o, const struct wsp_url *url)
{
    uint64_t started_ms = net_now_ms(), used_ms;
    struct result result = {false, false};
    struct wsp_listener listeners = {.message = on_message, .close = on_close, .user = &result};
    struct wsp_config config;
    struct net_loop loop;
    int status, fd = net_connect(url, CONNECT_MS);

    if (fd < 0)
        return 1;
    used_ms = net_now_ms() - started_ms;
    config = config_of(o, used_ms < CONNECT_MS ? CONNECT_MS - used_ms : 0);
    if (!net_loop_open(&loop, &config))
        return 1;
    if (o->timeout_s != 0)
        loop.stop_at = started_ms + o->timeout_s * 1000;
    if (start(&loop, fd, o->url, &listeners)) {
        while (net_loop_turn(&loop))
            continue;
        if (!result.told && !loop.stopping)
            fputs("timed out\n", stderr);
    }
    status = result.clean || loop.stopping ? 0 : 1;
    net_loop_close(&loop);
    return status;
}

int main(int argc, char **argv)
{
    struct options o = {NULL, DEFAULT_MESSAGE, 0, true};
    struct wsp_url url;
    int status = parse_options(&o, argc, argv);

    if (status >= 0)
        return status;
    if (wsp_url_parse(&url, o.url, strlen(o.url)) != WSP_OK || url.secure) {
        fprintf(stderr, "%s: not a ws:// URL\n", o.url);
        return 1;
    }
    return run(&o, &url);
}
