#include "support/world.h"

#include "support/testing.h"

static void *world_alloc(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    return test_alloc_call(&((struct world *)ctx)->alloc, ptr, old_len, new_len);
}

static int world_entropy(void *ctx, void *out, size_t len)
{
    return test_entropy_call(&((struct world *)ctx)->entropy, out, len);
}

void world_init(struct world *w, struct wsp_config *cfg)
{
    memset(w, 0, sizeof *w);
    cfg->alloc = world_alloc;
    cfg->entropy = world_entropy;
    cfg->ctx = w;
}

wsp_endpoint *world_endpoint(struct world *w)
{
    struct wsp_config cfg;
    memset(&cfg, 0, sizeof cfg);
    world_init(w, &cfg);
    wsp_endpoint *e = NULL;
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    wsp_endpoint_clock(e, 0);
    return e;
}

void world_end(struct world *w, wsp_endpoint *e)
{
    wsp_endpoint_free(e);
    assert_int_equal(w->alloc.live, 0);
    assert_int_equal(w->alloc.blocks, 0);
}

wsp_conn *world_adopt(wsp_endpoint *e, enum wsp_role role)
{
    struct wsp_agreed agreed;
    memset(&agreed, 0, sizeof agreed);
    agreed.role = role;
    wsp_conn *c = NULL;
    assert_int_equal(wsp_adopt_new(&c, e, &agreed), WSP_OK);
    struct wsp_event ev;
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_OPEN);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_NONE);
    return c;
}
