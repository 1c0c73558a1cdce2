/*
 * net - what the example programs need of sockets, time and signals. SPDX-License-Identifier: MIT
 *
 * A loop waits for descriptors (epoll on Linux, poll elsewhere), for the endpoint's timers and for
 * SIGINT and SIGTERM. A net_conn is one WebSocket connection on one non-blocking socket: the loop
 * pumps it when there is something to do and frees it when it is over.
 */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wsproto.h>

enum { NET_READ = 1, NET_WRITE = 2 };

#define NET_STOP_MS 2000u /* what connections get to close in after a signal */

struct net_loop;

/* A descriptor that the loop waits for; a member of what it belongs to. Set fd, loop and ready. */
struct net_watch {
    int fd;
    unsigned armed; /* NET_READ | NET_WRITE: what is waited for; 0: not in the loop */
    struct net_loop *loop;
    void (*ready)(struct net_watch *w, unsigned events);
};

struct net_loop {
    wsp_endpoint *endpoint;
    struct net_conn *conns;
    bool stopping;      /* SIGINT or SIGTERM came */
    uint64_t stop_at;   /* in net_now_ms(): when the loop ends in any case [never] */
    uint64_t listen_at; /* while the listener rests, out of descriptors: when to try again */
    struct net_watch signals;
    struct net_watch listener; /* fd is -1 when there is none */
    void (*accepted)(struct net_loop *loop, int fd);
    struct net_watch *always;   /* a regular file is always ready, and epoll refuses it */
    struct net_watch **watches; /* by descriptor */
    size_t room;                /* of watches */
    int epoll;
};

/* The first member of a struct that came from calloc; the loop frees that with free(). */
struct net_conn {
    struct net_watch watch;
    struct net_conn *prev, *next;
    wsp_conn *ws;
    struct wsp_io io; /* filled by net_conn_start where it is empty; ctx is this struct */
    struct wsp_listener *listeners;
    void (*ended)(struct net_conn *c); /* before it is freed; may be NULL */
    size_t read_below; /* nothing is read while that much output waits; 0: always read */
    bool readable;     /* one read a readiness: a pump after sending makes no read in vain */
    bool hidden_input; /* the transport keeps input that the kernel knows nothing of (TLS) */
};

/* Makes the endpoint, too. False: it failed, with a message on stderr. */
bool net_loop_open(struct net_loop *loop, const struct wsp_config *config);
void net_loop_close(struct net_loop *loop);

/* Waits once and serves what is ready. False: nothing is left to wait for. After a signal the
 * connections are closed with 1001; it is false when they are gone or NET_STOP_MS is over. */
bool net_loop_turn(struct net_loop *loop);

/* events: NET_READ | NET_WRITE, or 0 to leave the loop. False: the system refuses. */
bool net_watch_set(struct net_watch *w, unsigned events);

/* Listens; accepted gets each connection's non-blocking socket and owns it. Port 0 picks one.
 * Returns the port, or -1 with a message on stderr. */
int net_listen(struct net_loop *loop, const char *host, unsigned port,
               void (*accepted)(struct net_loop *loop, int fd));

/* Returns a non-blocking socket connected to the URL's host, or -1 with a message on stderr. */
int net_connect(const struct wsp_url *url, unsigned timeout_ms);

/* Takes fd and ws over and pumps for the first time: c may be gone when it returns. */
void net_conn_start(struct net_conn *c, struct net_loop *loop, int fd, wsp_conn *ws);

/* Call it after sending, but not inside a listener. c may be gone when it returns. */
void net_conn_pump(struct net_conn *c);

/* For struct wsp_io; ctx is a struct net_conn. */
ptrdiff_t net_read(void *ctx, void *buf, size_t len);
ptrdiff_t net_writev(void *ctx, const struct wsp_slice *v, size_t n);
void net_shutdown(void *ctx);

uint64_t net_now_ms(void); /* monotonic */
void net_raise_file_limit(void);

#endif
