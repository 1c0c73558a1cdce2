/* minimal_client - sends a text to a WebSocket server, prints the answer.
 * SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <wsproto.h>

static ptrdiff_t read_socket(void *fd, void *buf, size_t len)
{
    return recv(*(int *)fd, buf, len, 0);
}

static ptrdiff_t write_socket(void *fd, const void *buf, size_t len)
{
    return send(*(int *)fd, buf, len, MSG_NOSIGNAL);
}

static void on_open(wsp_conn *c, const struct wsp_event *ev, void *text)
{
    (void)ev;
    wsp_send_text(c, text, strlen(text));
}

static void on_message(wsp_conn *c, const struct wsp_event *ev, void *text)
{
    (void)text;
    printf("%.*s\n", (int)ev->data.len, (const char *)ev->data.data);
    wsp_close(c, WSP_CLOSE_NORMAL, NULL, 0);
}

int main(int argc, char **argv)
{
    struct addrinfo *to, hints = {.ai_socktype = SOCK_STREAM};
    if (argc != 4 || getaddrinfo(argv[1], argv[2], &hints, &to) != 0)
        return fputs("usage: minimal_client HOST PORT TEXT\n", stderr), 2;
    char host[300]; /* the Host header: with the port */
    snprintf(host, sizeof host, "%s:%s", argv[1], argv[2]);
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
    wsp_endpoint *endpoint;
    wsp_conn *c;
    struct wsp_target target = {.host = host, .resource = "/"};
    if (connect(fd, to->ai_addr, to->ai_addrlen) != 0 ||
        wsp_endpoint_new(&endpoint, NULL) != WSP_OK || wsp_client_new(&c, endpoint, &target) != 0)
        return perror("minimal_client"), 1;
    struct wsp_io io = {read_socket, write_socket, NULL, NULL, &fd};
    struct wsp_listener listener = {.open = on_open, .message = on_message, .user = argv[3]};
    while (wsp_pump(c, &io, &listener) > 0)
        continue;
    struct wsp_close_info info;
    wsp_close_info(c, &info);
    wsp_conn_free(c);
    wsp_endpoint_free(endpoint);
    freeaddrinfo(to);
    return info.clean ? 0 : 1;
}
