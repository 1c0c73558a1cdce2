/*
 * echo_server - sends every message back: text as text, binary as binary.
 * SPDX-License-Identifier: MIT
 *
 * A client that sends faster than it reads is not read from while READ_BELOW bytes of replies wait
 * for it. So a connection holds at most one message and that much, and nothing is lost: what is not
 * read stays in the sockets, and TCP makes the client wait.
 */
#define _DEFAULT_SOURCE
#include "net.h"
#include "text.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

#define READ_BELOW (1u << 20)
#define DEFAULT_MESSAGE (64u << 20)

struct options {
    const char *host;
    uint64_t port;
    uint64_t max_message;
    bool deflate;
};

static void on_message(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    int rc;

    (void)user;
    if (ev->opcode == WSP_TEXT)
        rc = wsp_send_text(c, (const char *)ev->data.data, ev->data.len);
    else
        rc = wsp_send_binary(c, ev->data.data, ev->data.len);
    /* WSP_ERR_STATE: the connection is closing, and the client has stopped listening. */
    if (rc != WSP_OK && rc != WSP_ERR_STATE)
        (void)wsp_close(c, WSP_CLOSE_INTERNAL_ERROR, NULL, 0);
}

static struct wsp_listener listeners = {.message = on_message};

static void on_accepted(struct net_loop *loop, int fd)
{
    struct net_conn *client = calloc(1, sizeof *client);
    wsp_conn *ws;

    if (client == NULL || wsp_server_new(&ws, loop->endpoint) != WSP_OK) {
        free(client);
        close(fd);
        return;
    }
    client->listeners = &listeners;
    client->read_below = READ_BELOW;
    net_conn_start(client, loop, fd, ws);
}

static int usage(FILE *to, int status)
{
    fputs("usage: echo_server [--port N] [--host H] [--no-deflate] [--max-message BYTES]\n"
          "Sends every WebSocket message back.\n"
          "  --port N             TCP port, 0 picks a free one [9001]\n"
          "  --host H             name or address to listen on [127.0.0.1]\n"
          "  --no-deflate         do not compress\n"
          "  --max-message BYTES  longest message taken [67108864]\n"
          "  --help               this text\n",
          to);
    return status;
}

/* Returns the exit status when the program is to end, -1 when it is to run. */
static int parse_options(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'}, {"host", required_argument, NULL, 'a'},
        {"no-deflate", no_argument, NULL, 'd'}, {"max-message", required_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};
    bool ok = true;
    int option;

    while (ok && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'p')
            ok = text_number(optarg, 0, 65535, &o->port);
        else if (option == 'a')
            o->host = optarg;
        else if (option == 'd')
            o->deflate = false;
        else if (option == 'm')
            ok = text_number(optarg, 1, SIZE_MAX / 4, &o->max_message);
        else if (option == 'h')
            return usage(stdout, 0);
        else
            ok = false;
    }
    return ok && optind == argc ? -1 : usage(stderr, 2);
}

static struct wsp_config config_of(const struct options *o)
{
    struct wsp_config config;

    memset(&config, 0, sizeof config);
    config.origins = "*";
    config.limits.message = (size_t)o->max_message;
    /* What may be queued before reading stops, one message, and the rest of one read. */
    config.limits.buffered = (size_t)o->max_message + 2 * (size_t)READ_BELOW;
    /* A client that is not read from cannot answer a ping; TCP's keep-alive finds the dead ones. */
    config.ping_ms = WSP_NEVER;
    config.deflate.enabled = o->deflate;
    return config;
}

int main(int argc, char **argv)
{
    struct options o = {"127.0.0.1", 9001, DEFAULT_MESSAGE, true};
    struct wsp_config config;
    struct net_loop loop;
    int port, status = parse_options(&o, argc, argv);
    bool ipv6 = strchr(o.host, ':') != NULL;

    if (status >= 0)
        return status;
    config = config_of(&o);
    net_raise_file_limit();
    if (!net_loop_open(&loop, &config))
        return 1;
    port = net_listen(&loop, o.host, (unsigned)o.port, on_accepted);
    if (port >= 0) {
        printf("listening on ws://%s%s%s:%d/\n", ipv6 ? "[" : "", o.host, ipv6 ? "]" : "", port);
        fflush(stdout);
        while (net_loop_turn(&loop))
            continue;
    }
    net_loop_close(&loop);
    return port >= 0 ? 0 : 1;
}
