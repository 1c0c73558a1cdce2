/*
 * chat_server - whatever one client sends, all get; the web page comes from the same port.
 * SPDX-License-Identifier: MIT
 *
 * A message is framed once (wsp_prepare) and queued by reference for every member (wsp_group_send).
 * The connections are written after the turn of the loop, so that the messages of one turn leave in
 * one write each.
 *
 * A slow reader costs nobody else anything: when BUFFERED bytes wait for it, further messages pass
 * it by, and when it has caught up it is told how many it missed. One that takes nothing at all for
 * a minute is closed by the library's stall timer.
 */
#define _DEFAULT_SOURCE
#include "net.h"
#include "text.h"

#include "chat_html.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

#define BUFFERED (1u << 20)
#define MESSAGE_MAX (64u << 10)

struct client {
    struct net_conn net; /* the first member: see net.h */
    unsigned long missed;
};

struct options {
    const char *host;
    uint64_t port;
    bool deflate;
};

/* ------------------------------------------------------------------ HTTP */

/* Without query; of an absolute-form target ("http://host/path") what follows the host. */
static struct wsp_slice path_of(struct wsp_slice target)
{
    struct wsp_slice path = target;
    size_t i = 0;

    if (path.len > 7 && memcmp(path.data, "http://", 7) == 0) {
        for (i = 7; i < path.len && path.data[i] != '/'; i++)
            continue;
        path.data += i;
        path.len -= i;
    }
    for (i = 0; i < path.len && path.data[i] != '?'; i++)
        continue;
    path.len = i;
    return path;
}

static bool path_is(struct wsp_slice path, const char *text)
{
    return path.len == strlen(text) && memcmp(path.data, text, path.len) == 0;
}

static int send_page(wsp_conn *c)
{
    /* The page has its script and style inside and shows no text as HTML. */
    static const struct wsp_field headers[] = {
        {"Content-Type", "text/html; charset=utf-8"},
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
         "connect-src 'self' ws: wss:; img-src data:; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Cache-Control", "no-cache"}};
    struct wsp_response page = {200, headers, sizeof headers / sizeof headers[0], chat_html,
                                sizeof chat_html - 1};

    return wsp_respond(c, &page);
}

static int send_not_found(wsp_conn *c)
{
    static const char text[] = "404: the chat is at /\n";
    struct wsp_response response = {404, NULL, 0, text, sizeof text - 1};

    return wsp_respond(c, &response);
}

static bool is_upgrade(const struct wsp_head *head)
{
    return wsp_head_token(head, "Upgrade", "websocket");
}

static bool is_get_or_head(const struct wsp_head *head)
{
    return path_is(head->method, "GET") || path_is(head->method, "HEAD");
}

static void on_request(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct wsp_slice path = path_of(ev->head->target);
    bool chat = path_is(path, "/") || path_is(path, "/chat");
    int rc;

    (void)user;
    if (chat && ev->upgrade_ok)
        rc = wsp_accept(c, NULL);
    else if (!is_get_or_head(ev->head) || (chat && is_upgrade(ev->head)))
        rc = wsp_respond(c, NULL); /* the library knows what is wrong with it */
    else if (path_is(path, "/"))
        rc = send_page(c);
    else
        rc = send_not_found(c);
    if (rc != WSP_OK) /* no memory for an answer */
        (void)wsp_close(c, WSP_CLOSE_INTERNAL_ERROR, NULL, 0);
}

/* ------------------------------------------------------------------ the chat */

static void on_open(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    wsp_group *group = user;

    (void)ev;
    if (wsp_group_add(group, c) != WSP_OK)
        (void)wsp_close(c, WSP_CLOSE_TRY_AGAIN_LATER, NULL, 0);
}

static void count_missed(wsp_group *group)
{
    size_t cursor = WSP_NO_LIMIT;
    wsp_conn *member;

    while ((member = wsp_group_next(group, &cursor, WSP_GROUP_FULL)) != NULL) {
        struct client *client = wsp_user(member);

        client->missed++;
    }
}

static void on_message(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    wsp_group *group = user;
    struct wsp_group_counts counts;
    wsp_prepared *message;

    if (wsp_prepare(&message, wsp_conn_endpoint(c), ev->opcode, ev->data.data, ev->data.len) !=
        WSP_OK) {
        (void)wsp_close(c, WSP_CLOSE_INTERNAL_ERROR, NULL, 0);
        return;
    }
    (void)wsp_group_send(group, message, NULL, &counts);
    wsp_prepared_unref(message);
    if (counts.full > 0)
        count_missed(group);
}

static void on_drain(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct client *client = wsp_user(c);
    char text[64];
    int len = snprintf(text, sizeof text, "(messages missed: %lu)", client->missed);

    (void)ev;
    (void)user;
    if (client->missed > 0 && len > 0 && wsp_send_text(c, text, (size_t)len) == WSP_OK)
        client->missed = 0;
}

/* Members that are armed for writing wait for their socket, the others for us. Writing may bring
 * input to light that is broadcast in turn, so this goes on until nobody is left. */
static void write_waiting(wsp_group *group)
{
    size_t cursor, written;
    wsp_conn *member;

    do {
        cursor = WSP_NO_LIMIT;
        written = 0;
        while ((member = wsp_group_next(group, &cursor, WSP_GROUP_WAITING)) != NULL) {
            struct net_conn *net = wsp_user(member);

            if ((net->watch.armed & NET_WRITE) == 0) {
                net_conn_pump(net);
                written++;
            }
        }
    } while (written > 0);
}

static struct wsp_listener listeners = {
    .request = on_request, .open = on_open, .message = on_message, .drain = on_drain};

static void on_accepted(struct net_loop *loop, int fd)
{
    struct client *client = calloc(1, sizeof *client);
    wsp_conn *ws;

    if (client == NULL || wsp_server_new(&ws, loop->endpoint) != WSP_OK) {
        free(client);
        close(fd);
        return;
    }
    client->net.listeners = &listeners;
    net_conn_start(&client->net, loop, fd, ws);
}

/* ------------------------------------------------------------------ the program */

static int usage(FILE *to, int status)
{
    fputs("usage: chat_server [--port N] [--host H] [--no-deflate]\n"
          "A chat for web browsers: whatever one client sends, all get.\n"
          "  --port N      TCP port, 0 picks a free one [8181]\n"
          "  --host H      name or address to listen on [127.0.0.1]\n"
          "  --no-deflate  do not compress\n"
          "  --help        this text\n",
          to);
    return status;
}

/* Returns the exit status when the program is to end, -1 when it is to run. */
static int parse_options(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {{"port", required_argument, NULL, 'p'},
                                          {"host", required_argument, NULL, 'a'},
                                          {"no-deflate", no_argument, NULL, 'd'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    bool ok = true;
    int option;

    while (ok && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'p')
            ok = text_number(optarg, 0, 65535, &o->port);
        else if (option == 'a')
            o->host = optarg;
        else if (option == 'd')
            o->deflate = false;
        else if (option == 'h')
            return usage(stdout, 0);
        else
            ok = false;
    }
    return ok && optind == argc ? -1 : usage(stderr, 2);
}

static bool serve(struct net_loop *loop, const struct options *o, wsp_group *group)
{
    bool ipv6 = strchr(o->host, ':') != NULL;
    int port = net_listen(loop, o->host, (unsigned)o->port, on_accepted);

    if (port < 0)
        return false;
    printf("chat at http://%s%s%s:%d/\n", ipv6 ? "[" : "", o->host, ipv6 ? "]" : "", port);
    fflush(stdout);
    while (net_loop_turn(loop))
        write_waiting(group);
    return true;
}

int main(int argc, char **argv)
{
    struct options o = {"127.0.0.1", 8181, true};
    struct wsp_config config;
    struct net_loop loop;
    wsp_group *group;
    bool ok = false;
    int status = parse_options(&o, argc, argv);

    if (status >= 0)
        return status;
    memset(&config, 0, sizeof config);
    config.manual_accept = true; /* the page and the chat share a port */
    config.limits.message = MESSAGE_MAX;
    config.limits.buffered = BUFFERED;
    config.deflate.enabled = o.deflate;
    net_raise_file_limit();
    if (!net_loop_open(&loop, &config))
        return 1;
    if (wsp_group_new(&group, loop.endpoint) == WSP_OK) {
        listeners.user = group;
        ok = serve(&loop, &o, group);
        wsp_group_free(group);
    }
    net_loop_close(&loop);
    return ok ? 0 : 1;
}
