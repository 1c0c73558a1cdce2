/*
 * An application with several connections on one endpoint, and what must hold of each after every
 * call. SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_SUPPORT_APP_H
#define FUZZ_SUPPORT_APP_H

#include "support.h"
#include "support_deflate.h"
#include "support_log.h"
#include "support_wire.h"

#define FUZZ_SLOTS 4
#define FUZZ_GROUPS 2
#define FUZZ_SHOWN 8

/* A connection and its peer. c NULL: none. */
struct fuzz_slot {
    struct fuzz_app *app;
    wsp_conn *c;
    struct fuzz_log log;
    struct fuzz_wire wire;
    struct fuzz_blob incoming; /* what the peer has said and nobody has read */
    /* What wsp_pending has shown and wsp_sent not covered, and what it looked like then. */
    struct wsp_slice shown[FUZZ_SHOWN];
    size_t shown_count;
    struct fuzz_blob look;
    unsigned held;
    bool freed; /* and held */
    bool member[FUZZ_GROUPS];
    bool error_told; /* by a pump */
    unsigned stamp;  /* tells whether the connection is still the same */
};

struct fuzz_app {
    struct fuzz_in in;
    struct fuzz_world world;
    struct fuzz_deflate deflate;
    wsp_endpoint *e;
    wsp_group *group[FUZZ_GROUPS];
    wsp_prepared *prepared;
    size_t prepared_len;
    struct fuzz_slot slot[FUZZ_SLOTS];
    uint64_t now;
    unsigned depth; /* calls from inside events */
    unsigned feeds; /* of any connection */
    unsigned stamps;
    bool pumping;
    void (*act)(struct fuzz_app *app); /* one random call */
};

/* Checks every connection and group. */
void fuzz_app_check(struct fuzz_app *a);

/* A new connection has been made in s. */
void fuzz_slot_begin(struct fuzz_slot *s, enum wsp_role role, bool handshake);

/* wsp_conn_free; the memory goes with the last wsp_release. */
void fuzz_slot_free(struct fuzz_slot *s);
void fuzz_slot_hold(struct fuzz_slot *s);
void fuzz_slot_release(struct fuzz_slot *s);

/* Feeds up to n bytes of what the peer has said. space: through wsp_recv_space. */
void fuzz_slot_feed(struct fuzz_slot *s, size_t n, enum wsp_end end, bool read_only);
void fuzz_slot_feed_space(struct fuzz_slot *s, size_t n);

/* wsp_pending with room for max slices, and wsp_sent. */
void fuzz_slot_show(struct fuzz_slot *s, size_t max);
void fuzz_slot_sent(struct fuzz_slot *s, size_t n);

/* wsp_pump over a transport that does as the input says. */
void fuzz_slot_pump(struct fuzz_slot *s);

/* The result of a send. */
void fuzz_slot_result(struct fuzz_slot *s, int r);

void fuzz_app_end(struct fuzz_app *a);

#endif
