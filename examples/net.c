/* net - sockets, an event loop, signals: see net.h. SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__) && !defined(NET_POLL)
#    include <sys/epoll.h>
#    define USE_EPOLL
#    define BATCH 256
#endif

#ifndef MSG_NOSIGNAL
#    define MSG_NOSIGNAL 0 /* SIGPIPE is ignored by net_loop_open in any case */
#endif

#define ACCEPTS_A_TURN 64
#define LISTENER_REST_MS 100u
#define IOV_COUNT 64

/* ------------------------------------------------------------------ waiting: epoll or poll */

/* The table of watches by descriptor has room for this one. */
static bool make_room(struct net_watch *w)
{
    struct net_loop *loop = w->loop;
    size_t room = loop->room != 0 ? loop->room : 64;
    struct net_watch **watches;

    while (room <= (size_t)w->fd)
        room *= 2;
    if (room == loop->room)
        return true;
    watches = realloc(loop->watches, room * sizeof(struct net_watch *));
    if (watches == NULL)
        return false;
    memset(watches + loop->room, 0, (room - loop->room) * sizeof *watches);
    loop->watches = watches;
    loop->room = room;
    return true;
}

/* A descriptor that was closed and opened again since the wait is told of readiness that was its
 * predecessor's: it reads in vain, once. */
static void serve(struct net_loop *loop, int fd, unsigned events)
{
    if (loop->watches[fd] != NULL)
        loop->watches[fd]->ready(loop->watches[fd], events);
}

#ifdef USE_EPOLL

bool net_watch_set(struct net_watch *w, unsigned events)
{
    struct net_loop *loop = w->loop;
    struct epoll_event e;
    int op = w->armed == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

    if (events == w->armed)
        return true;
    if (!make_room(w))
        return false;
    memset(&e, 0, sizeof e);
    e.events = (events & NET_READ ? EPOLLIN : 0u) | (events & NET_WRITE ? EPOLLOUT : 0u);
    e.data.fd = w->fd;
    if (w != loop->always && epoll_ctl(loop->epoll, op, w->fd, &e) != 0) {
        if (errno != EPERM)
            return false;
        loop->always = w;
    }
    loop->watches[w->fd] = events != 0 ? w : NULL;
    w->armed = events;
    return true;
}

static void wait_and_serve(struct net_loop *loop, int timeout_ms)
{
    struct epoll_event events[BATCH];
    int i, n = epoll_wait(loop->epoll, events, BATCH, timeout_ms);

    wsp_endpoint_clock(loop->endpoint, net_now_ms());
    for (i = 0; i < n; i++)
        serve(loop, events[i].data.fd,
              (events[i].events & ~(uint32_t)EPOLLOUT ? NET_READ : 0u) |
                  (events[i].events & ~(uint32_t)EPOLLIN ? NET_WRITE : 0u));
}

#else

bool net_watch_set(struct net_watch *w, unsigned events)
{
    if (!make_room(w))
        return false;
    w->loop->watches[w->fd] = events != 0 ? w : NULL;
    w->armed = events;
    return true;
}

static void wait_and_serve(struct net_loop *loop, int timeout_ms)
{
    struct pollfd *fds = calloc(loop->room, sizeof *fds);
    size_t i, n = 0;
    int ready = 0;

    for (i = 0; fds != NULL && i < loop->room; i++) {
        unsigned armed = loop->watches[i] != NULL ? loop->watches[i]->armed : 0;

        fds[n].fd = (int)i;
        fds[n].events =
            (short)((armed & NET_READ ? POLLIN : 0) | (armed & NET_WRITE ? POLLOUT : 0));
        n += armed != 0;
    }
    if (fds != NULL)
        ready = poll(fds, (nfds_t)n, timeout_ms);
    wsp_endpoint_clock(loop->endpoint, net_now_ms());
    for (i = 0; ready > 0 && i < n; i++) {
        if (fds[i].revents != 0)
            serve(loop, fds[i].fd,
                  (fds[i].revents & ~POLLOUT ? NET_READ : 0u) |
                      (fds[i].revents & ~POLLIN ? NET_WRITE : 0u));
    }
    free(fds);
}

#endif

/* ------------------------------------------------------------------ sockets */

static bool set_up_socket(int fd)
{
    int on = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
#ifdef SO_NOSIGPIPE
    (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

static bool is_behind(const struct net_conn *c)
{
    return c->read_below != 0 && wsp_queued_bytes(c->ws) >= c->read_below;
}

ptrdiff_t net_read(void *ctx, void *buf, size_t len)
{
    struct net_conn *c = ctx;
    ssize_t n;

    if (!c->readable || is_behind(c))
        return WSP_IO_AGAIN;
    c->readable = false;
    do
        n = recv(c->watch.fd, buf, len, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 && errno == EAGAIN ? WSP_IO_AGAIN : n;
}

ptrdiff_t net_writev(void *ctx, const struct wsp_slice *v, size_t n)
{
    struct net_conn *c = ctx;
    struct iovec iov[IOV_COUNT];
    struct msghdr message;
    ssize_t sent;
    size_t i;

    memset(&message, 0, sizeof message);
    message.msg_iov = iov;
    for (i = 0; i < n && i < IOV_COUNT; i++) {
        iov[i].iov_base = (void *)(uintptr_t)v[i].data; /* sendmsg writes nothing there */
        iov[i].iov_len = v[i].len;
        message.msg_iovlen++;
    }
    do
        sent = sendmsg(c->watch.fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 && errno == EAGAIN ? WSP_IO_AGAIN : sent;
}

void net_shutdown(void *ctx)
{
    struct net_conn *c = ctx;

    (void)shutdown(c->watch.fd, SHUT_WR);
}

static struct addrinfo *look_up(const char *host, unsigned port, int flags)
{
    struct addrinfo hints, *list = NULL;
    char service[8];
    int rc;

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    snprintf(service, sizeof service, "%u", port);
    rc = getaddrinfo(host, service, &hints, &list);
    if (rc != 0)
        fprintf(stderr, "%s: %s\n", host, gai_strerror(rc));
    return rc == 0 ? list : NULL;
}

/* Returns 0 when the non-blocking fd is connected, else an errno. */
static int finish_connect(int fd, const struct addrinfo *to, uint64_t until_ms)
{
    struct pollfd p = {fd, POLLOUT, 0};
    int error = 0, ready;
    socklen_t len = sizeof error;

    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return errno;
    do {
        uint64_t now = net_now_ms();

        ready = poll(&p, 1, now < until_ms ? (int)(until_ms - now) : 0);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

int net_connect(const struct wsp_url *url, unsigned timeout_ms)
{
    uint64_t until_ms = net_now_ms() + timeout_ms;
    struct addrinfo *list, *to;
    char host[256];
    int fd = -1, error = EINVAL;

    snprintf(host, sizeof host, "%.*s", (int)url->host.len, (const char *)url->host.data);
    list = look_up(host, url->port, 0);
    for (to = list; to != NULL && error != 0; to = to->ai_next) {
        fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
        error = fd >= 0 && set_up_socket(fd) ? finish_connect(fd, to, until_ms) : errno;
        if (error != 0 && fd >= 0)
            close(fd);
    }
    if (list != NULL && error != 0)
        fprintf(stderr, "%s port %u: %s\n", host, (unsigned)url->port, strerror(error));
    if (list != NULL)
        freeaddrinfo(list);
    return error == 0 ? fd : -1;
}

static int listen_on(const struct addrinfo *at)
{
    int on = 1, fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (set_up_socket(fd) && bind(fd, at->ai_addr, at->ai_addrlen) == 0 &&
        listen(fd, SOMAXCONN) == 0)
        return fd;
    close(fd);
    return -1;
}

static int port_of(int fd)
{
    struct sockaddr_storage name;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    socklen_t len = sizeof name;

    if (getsockname(fd, (struct sockaddr *)&name, &len) != 0)
        return -1;
    memcpy(&v4, &name, sizeof v4);
    memcpy(&v6, &name, sizeof v6);
    return ntohs(name.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

/* Without a descriptor left the listener rests: it would stay ready, and the loop would spin. */
static void listener_ready(struct net_watch *w, unsigned events)
{
    int i, fd;

    (void)events;
    for (i = 0; i < ACCEPTS_A_TURN; i++) {
        fd = accept(w->fd, NULL, NULL);
        if (fd >= 0 && set_up_socket(fd)) {
            w->loop->accepted(w->loop, fd);
        } else if (fd >= 0) {
            close(fd);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            w->loop->listen_at = net_now_ms() + LISTENER_REST_MS;
            net_watch_set(w, 0);
            return;
        }
    }
}

int net_listen(struct net_loop *loop, const char *host, unsigned port,
               void (*accepted)(struct net_loop *loop, int fd))
{
    struct addrinfo *list = look_up(host, port, AI_PASSIVE);
    struct addrinfo *at;
    int fd = -1;

    for (at = list; at != NULL && fd < 0; at = at->ai_next)
        fd = listen_on(at);
    if (list != NULL && fd < 0)
        fprintf(stderr, "%s port %u: %s\n", host, port, strerror(errno));
    if (list != NULL)
        freeaddrinfo(list);
    if (fd < 0)
        return -1;
    loop->accepted = accepted;
    loop->listener.fd = fd;
    loop->listener.loop = loop;
    loop->listener.ready = listener_ready;
    return net_watch_set(&loop->listener, NET_READ) ? port_of(fd) : -1;
}

/* ------------------------------------------------------------------ connections */

static void conn_end(struct net_conn *c)
{
    struct net_loop *loop = c->watch.loop;

    if (c->ended != NULL)
        c->ended(c);
    net_watch_set(&c->watch, 0);
    close(c->watch.fd);
    wsp_conn_free(c->ws);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        loop->conns = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    free(c);
}

/* The sockets are waited for level-triggered, so WSP_PUMP_TURN needs no care: the kernel tells
 * again of what was not read. It knows nothing of what TLS has decrypted already. */
void net_conn_pump(struct net_conn *c)
{
    unsigned events;
    int bits;

    do
        bits = wsp_pump(c->ws, &c->io, c->listeners);
    while (bits > 0 && (bits & WSP_PUMP_TURN) && c->hidden_input);
    if (bits == WSP_ERR_BUSY)
        return;
    events = (bits & WSP_PUMP_READ && !is_behind(c) ? NET_READ : 0u) |
             (bits & WSP_PUMP_WRITE ? NET_WRITE : 0u);
    if (bits <= 0 || !net_watch_set(&c->watch, events))
        conn_end(c);
}

static void conn_ready(struct net_watch *w, unsigned events)
{
    struct net_conn *c = (struct net_conn *)w; /* watch is its first member */

    if (events & NET_READ)
        c->readable = true;
    net_conn_pump(c);
}

void net_conn_start(struct net_conn *c, struct net_loop *loop, int fd, wsp_conn *ws)
{
    c->watch.fd = fd;
    c->watch.loop = loop;
    c->watch.ready = conn_ready;
    c->ws = ws;
    wsp_set_user(ws, c);
    if (c->io.read == NULL) {
        c->io.read = net_read;
        c->io.writev = net_writev;
        c->io.shutdown = net_shutdown;
    }
    c->io.ctx = c;
    c->readable = true;
    c->next = loop->conns;
    if (c->next != NULL)
        c->next->prev = c;
    loop->conns = c;
    net_conn_pump(c);
}

/* ------------------------------------------------------------------ signals */

static int signal_pipe[2] = {-1, -1}; /* a handler may do little more than write to it */

static void on_signal(int number)
{
    int saved = errno;

    (void)number;
    if (write(signal_pipe[1], "", 1) < 0) {
        /* it is full: the loop knows already */
    }
    errno = saved;
}

static void signals_ready(struct net_watch *w, unsigned events)
{
    struct net_loop *loop = w->loop;
    struct net_conn *c, *next;

    (void)events;
    net_watch_set(w, 0);
    loop->stopping = true;
    loop->stop_at = net_now_ms() + NET_STOP_MS;
    if (loop->listener.fd >= 0) {
        net_watch_set(&loop->listener, 0);
        close(loop->listener.fd);
        loop->listener.fd = -1;
    }
    for (c = loop->conns; c != NULL; c = next) {
        next = c->next;
        (void)wsp_close(c->ws, WSP_CLOSE_GOING_AWAY, NULL, 0);
        net_conn_pump(c);
    }
}

/* SA_RESETHAND: a second signal ends the program at once. */
static bool open_signals(struct net_loop *loop)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    if (sigaction(SIGPIPE, &action, NULL) != 0 || pipe(signal_pipe) != 0)
        return false;
    action.sa_handler = on_signal;
    action.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
    loop->signals.fd = signal_pipe[0];
    loop->signals.loop = loop;
    loop->signals.ready = signals_ready;
    return fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK) == 0 &&
           sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0 &&
           net_watch_set(&loop->signals, NET_READ);
}

/* ------------------------------------------------------------------ the loop */

/* A library that was built without compression (WSP_NO_DEFLATE) goes without. */
static int make_endpoint(wsp_endpoint **endpoint, const struct wsp_config *config)
{
    struct wsp_config plain = *config;
    int rc = wsp_endpoint_new(endpoint, config);

    plain.deflate.enabled = false;
    return rc == WSP_ERR_UNSUPPORTED ? wsp_endpoint_new(endpoint, &plain) : rc;
}

bool net_loop_open(struct net_loop *loop, const struct wsp_config *config)
{
    int rc;

    memset(loop, 0, sizeof *loop);
    loop->listener.fd = -1;
    loop->stop_at = UINT64_MAX;
    rc = make_endpoint(&loop->endpoint, config);
    if (rc != WSP_OK) {
        fprintf(stderr, "%s\n", wsp_strerror(rc));
        return false;
    }
    wsp_endpoint_clock(loop->endpoint, net_now_ms());
#ifdef USE_EPOLL
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
#endif
    if (loop->epoll >= 0 && open_signals(loop))
        return true;
    perror("cannot wait for events");
    net_loop_close(loop);
    return false;
}

void net_loop_close(struct net_loop *loop)
{
    while (loop->conns != NULL)
        conn_end(loop->conns);
    if (loop->listener.fd >= 0)
        close(loop->listener.fd);
    close(signal_pipe[0]);
    close(signal_pipe[1]);
#ifdef USE_EPOLL
    close(loop->epoll);
#endif
    free(loop->watches);
    wsp_endpoint_free(loop->endpoint);
}

static int timeout_of(const struct net_loop *loop)
{
    uint64_t now = net_now_ms(), until = wsp_endpoint_deadline(loop->endpoint);

    if (loop->always != NULL && loop->always->armed != 0)
        return 0;
    if (loop->stop_at < until)
        until = loop->stop_at;
    if (loop->listener.fd >= 0 && loop->listener.armed == 0 && loop->listen_at < until)
        until = loop->listen_at;
    if (until == WSP_DEADLINE_NONE)
        return -1;
    if (until <= now)
        return 0;
    return until - now < 60000 ? (int)(until - now) : 60000;
}

bool net_loop_turn(struct net_loop *loop)
{
    wsp_conn *due;

    if (loop->conns == NULL && loop->listener.fd < 0)
        return false;
    if (net_now_ms() >= loop->stop_at)
        return false;
    wait_and_serve(loop, timeout_of(loop));
    if (loop->always != NULL && loop->always->armed != 0)
        loop->always->ready(loop->always, loop->always->armed);
    while ((due = wsp_endpoint_due(loop->endpoint)) != NULL)
        net_conn_pump(wsp_user(due));
    if (loop->listener.fd >= 0 && loop->listener.armed == 0 && net_now_ms() >= loop->listen_at)
        net_watch_set(&loop->listener, NET_READ);
    return true;
}

uint64_t net_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

void net_raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}
