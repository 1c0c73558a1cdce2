/* The allocator and the entropy of one test, behind the one ctx that struct wsp_config has for
 * both. */
#ifndef TESTS_SUPPORT_WORLD_H
#define TESTS_SUPPORT_WORLD_H

#include "support/alloc.h"
#include "support/entropy.h"
#include "wsproto.h"

struct world {
    struct test_alloc alloc;
    struct test_entropy entropy;
};

/* Zeroes w and points cfg's callbacks to it. */
void world_init(struct world *w, struct wsp_config *cfg);

/* As world_init, with cfg zeroed first, and an endpoint made of it. */
wsp_endpoint *world_endpoint(struct world *w);

/* Frees the endpoint and fails the test when memory was leaked. */
void world_end(struct world *w, wsp_endpoint *e);

/* An adopted connection of this role; its OPEN event has been taken. */
wsp_conn *world_adopt(wsp_endpoint *e, enum wsp_role role);

#endif
