/* A connection under the pump, with a scripted transport and a listener that logs. */
#ifndef TESTS_SUPPORT_PUMPED_H
#define TESTS_SUPPORT_PUMPED_H

#include "support/log.h"
#include "support/transport.h"
#include "support/world.h"

struct pumped {
    struct world world;
    wsp_endpoint *endpoint;
    wsp_conn *conn; /* adopted */
    struct transport t;
    struct wsp_listener listener; /* logs; user is this */
    struct log log;
};

/* A server, OPEN, with the default limits; or as told, limits may be NULL. */
void pumped_begin(struct pumped *f);
void pumped_begin_with(struct pumped *f, enum wsp_role role, const struct wsp_limits *limits);
void pumped_end(struct pumped *f); /* fails the test when memory was leaked */

/* One turn, in which at most one read is allowed. */
int pumped_turn(struct pumped *f);

/* Gives a masked frame to the transport. */
void pumped_give(struct pumped *f, uint8_t head, const void *payload, size_t len);
void pumped_give_text(struct pumped *f, const char *text);

/* Fails the test when the log is not as expected. */
void pumped_check(struct pumped *f, const char *expected);

#endif
