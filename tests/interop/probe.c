/*
 * probe - an endpoint that the interop scripts command from the other side.
 * SPDX-License-Identifier: MIT
 *
 * The example programs neither print how a connection closed nor speak subprotocols; this one does.
 * Text messages are commands, everything else is echoed:
 *
 *   close [CODE [REASON]]   closes
 *   ping TEXT               sends a ping
 *   parts                   sends "one two three" in three frames with a ping between them
 *
 * Each event is a line on stdout. Compression is off without an option for it; with one every
 * message is compressed that becomes smaller by it.
 */
#include "net.h"
#include "text.h"

#include <string.h>

static void print_data(const char *name, struct wsp_slice data)
{
    printf("%s ", name);
    text_print_safe(stdout, data);
    putchar('\n');
}

/* ------------------------------------------------------------------ commands */

static void command_close(wsp_conn *c, const char *text)
{
    char *reason;
    unsigned long code = strtoul(text, &reason, 10);

    if (*reason == ' ')
        reason++;
    if (wsp_close(c, (unsigned)code, reason, strlen(reason)) != WSP_OK)
        puts("refused");
}

static void command_parts(wsp_conn *c)
{
    int rc = wsp_send_part(c, WSP_TEXT, "one ", 4, false);

    if (rc == WSP_OK)
        rc = wsp_send_part(c, WSP_TEXT, "two ", 4, false);
    if (rc == WSP_OK)
        rc = wsp_send_ping(c, "between", 7);
    if (rc == WSP_OK)
        rc = wsp_send_part(c, WSP_TEXT, "three", 5, true);
    if (rc != WSP_OK)
        puts("refused");
}

static void on_message(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    char text[256];

    (void)user;
    if (ev->opcode == WSP_BINARY) {
        (void)wsp_send_binary(c, ev->data.data, ev->data.len);
        return;
    }
    snprintf(text, sizeof text, "%.*s", (int)ev->data.len, (const char *)ev->data.data);
    if (strncmp(text, "close", 5) == 0)
        command_close(c, text + 5);
    else if (strncmp(text, "ping ", 5) == 0)
        (void)wsp_send_ping(c, text + 5, strlen(text + 5));
    else if (strcmp(text, "parts") == 0)
        command_parts(c);
    else
        (void)wsp_send_text(c, (const char *)ev->data.data, ev->data.len);
}

/* ------------------------------------------------------------------ what is told */

static void on_open(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct wsp_agreed agreed;
    const struct wsp_deflate_params *p = &agreed.deflate;

    (void)ev;
    (void)user;
    print_data("open", wsp_protocol(c));
    wsp_conn_agreed(c, &agreed);
    if (p->enabled)
        printf("deflate server=%u%s client=%u%s\n", (unsigned)p->server_max_window_bits,
               p->server_no_context_takeover ? "" : "+takeover",
               (unsigned)p->client_max_window_bits,
               p->client_no_context_takeover ? "" : "+takeover");
}

static void on_ping(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)c;
    (void)user;
    print_data("ping", ev->data);
}

static void on_pong(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)user;
    print_data(wsp_ping_rtt_ms(c) < 5000 ? "pong" : "pong-without-rtt", ev->data);
}

static void on_close(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct wsp_close_info info;

    (void)user;
    wsp_close_info(c, &info);
    printf("close code=%u sent=%u clean=%d by_peer=%d error=%d reason=", (unsigned)ev->code,
           (unsigned)info.sent_code, ev->clean, ev->by_peer, ev->error);
    text_print_safe(stdout, ev->data);
    putchar('\n');
    if (ev->detail != NULL)
        printf("rule %s\n", ev->detail);
}

static struct wsp_listener listeners = {
    .open = on_open, .message = on_message, .close = on_close, .ping = on_ping, .pong = on_pong};

/* ------------------------------------------------------------------ the two roles */

/* Takes fd and ws over. */
static void start(struct net_loop *loop, int fd, wsp_conn *ws)
{
    struct net_conn *conn = calloc(1, sizeof *conn);

    if (conn == NULL)
        abort();
    conn->listeners = &listeners;
    net_conn_start(conn, loop, fd, ws);
}

static void on_accepted(struct net_loop *loop, int fd)
{
    wsp_conn *ws;

    if (wsp_server_new(&ws, loop->endpoint) != WSP_OK)
        abort();
    start(loop, fd, ws);
}

static bool serve(struct net_loop *loop)
{
    int port = net_listen(loop, "127.0.0.1", 0, on_accepted);

    printf("listening on ws://127.0.0.1:%d/\n", port);
    return port > 0;
}

static bool connect_to(struct net_loop *loop, const char *text)
{
    struct wsp_target target = {.url = text};
    struct wsp_url url;
    wsp_conn *ws;
    int fd;

    if (wsp_url_parse(&url, text, strlen(text)) != WSP_OK)
        return false;
    fd = net_connect(&url, 2000);
    if (fd < 0 || wsp_client_new(&ws, loop->endpoint, &target) != WSP_OK)
        return false;
    start(loop, fd, ws);
    return true;
}

/* ------------------------------------------------------------------ options */

struct options {
    struct wsp_deflate_config deflate;
    const char *args[3]; /* the role, a client's URL, protocols */
    int count;
};

/* The number of an option that has one, and takes it. */
static bool read_number(struct options *o, const char *name, const char *value)
{
    unsigned long n = value != NULL ? strtoul(value, NULL, 10) : 0;

    if (strcmp(name, "--server-bits") == 0)
        o->deflate.server_max_window_bits = (uint8_t)n;
    else if (strcmp(name, "--client-bits") == 0)
        o->deflate.client_max_window_bits = (uint8_t)n;
    else if (strcmp(name, "--level") == 0)
        o->deflate.level = (uint8_t)n;
    else
        return false;
    return n > 0 && n <= 15;
}

static bool read_options(struct options *o, int argc, char **argv)
{
    memset(o, 0, sizeof *o);
    o->deflate.min_size = 1;
    for (int i = 1; i < argc; i++) {
        bool option = strncmp(argv[i], "--", 2) == 0;

        if (!option && o->count == 3)
            return false;
        if (!option) {
            o->args[o->count++] = argv[i];
            continue;
        }
        o->deflate.enabled = true;
        if (strcmp(argv[i], "--deflate") == 0)
            continue;
        if (strcmp(argv[i], "--takeover") == 0)
            o->deflate.server_takeover = o->deflate.client_takeover = true;
        else if (!read_number(o, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return o->count > 0;
}

/*
 * probe [OPTION...] server [PROTOCOLS] | probe [OPTION...] client URL [PROTOCOLS]
 * --deflate, --takeover (both ways), --server-bits N, --client-bits N, --level N
 */
int main(int argc, char **argv)
{
    struct options options;
    bool read = read_options(&options, argc, argv);
    bool server = read && strcmp(options.args[0], "server") == 0, ok;
    int at = server ? 1 : 2; /* of PROTOCOLS */
    struct wsp_config config;
    struct net_loop loop;

    if (!read || options.count < at || options.count > at + 1)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    memset(&config, 0, sizeof config);
    config.origins = "*";
    config.protocols = options.args[at];
    config.deflate = options.deflate;
    if (!net_loop_open(&loop, &config))
        return 1;
    ok = server ? serve(&loop) : connect_to(&loop, options.args[1]);
    while (ok && net_loop_turn(&loop))
        continue;
    net_loop_close(&loop);
    return ok ? 0 : 1;
}
