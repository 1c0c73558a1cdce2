/*
 * A server and a client in one process, with a clock moved by hand and a link that splits, stalls
 * and drops.
 *
 * Side 0 is the server, side 1 the client; each has its own endpoint, allocator and entropy.
 * wire[i] holds the bytes on their way to side i.
 */
#ifndef TESTS_SUPPORT_PAIR_H
#define TESTS_SUPPORT_PAIR_H

#include "support/log.h"
#include "support/world.h"

enum { PAIR_SERVER = 0, PAIR_CLIENT = 1 };

struct pair;

/* Called for every event, after it was logged. */
typedef void pair_listen(struct pair *p, int side, const struct wsp_event *ev);

struct pair {
    struct world world[2];
    wsp_endpoint *endpoint[2];
    wsp_conn *conn[2];
    struct log log[2];
    struct blob wire[2];
    bool ended
        [2]; /* nothing more comes to side i: its peer has shut down, or has closed the transport */
    bool told[2];    /* side i was told so */
    bool stalled[2]; /* nothing is delivered to side i */
    bool full[2];    /* side i's output is not taken */
    bool split;      /* bytes move in random pieces */
    bool dropped;
    uint64_t now, seed;
    pair_listen *listen;
    void *user;
};

/* Zero p and set seed, split, listen and user before. cfg and target may be NULL. The connections
 * are made; nothing is exchanged yet. adopted: OPEN from the start. */
struct pair_setup {
    const struct wsp_config *server, *client;
    const struct wsp_target *target;
    bool adopted;
};
void pair_begin(struct pair *p, const struct pair_setup *setup);

/* One turn of both sides; false when nothing moved and nothing was told. */
bool pair_turn(struct pair *p);

/* Turns until nothing moves any more. */
void pair_settle(struct pair *p);

/* Time passes; what is due is served, and all that follows from it. */
void pair_tick(struct pair *p, uint64_t ms);

/* The link breaks: what was on its way is lost, both sides are told. */
void pair_drop(struct pair *p);

/* Frees all, and fails the test when memory was leaked. */
void pair_end(struct pair *p);

#endif
