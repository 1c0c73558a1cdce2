#include "support/pair.h"

#include "support/testing.h"

static void side_make(struct pair *p, int side, const struct wsp_config *given)
{
    struct wsp_config cfg;
    memset(&cfg, 0, sizeof cfg);
    if (given != NULL)
        cfg = *given;
    world_init(&p->world[side], &cfg);
    p->world[side].entropy.counter = p->seed + (uint64_t)side;
    assert_int_equal(wsp_endpoint_new(&p->endpoint[side], &cfg), WSP_OK);
    wsp_endpoint_clock(p->endpoint[side], 0);
    wsp_endpoint_clock(p->endpoint[side], p->now);
}

void pair_begin(struct pair *p, const struct pair_setup *setup)
{
    static const struct wsp_target target = {.url = "ws://pair.example/"};
    const struct wsp_agreed server = {.role = WSP_SERVER}, client = {.role = WSP_CLIENT};
    p->now = 1000;
    side_make(p, PAIR_SERVER, setup->server);
    side_make(p, PAIR_CLIENT, setup->client);
    wsp_conn **s = &p->conn[PAIR_SERVER], **c = &p->conn[PAIR_CLIENT];
    if (setup->adopted) {
        assert_int_equal(wsp_adopt_new(s, p->endpoint[PAIR_SERVER], &server), WSP_OK);
        assert_int_equal(wsp_adopt_new(c, p->endpoint[PAIR_CLIENT], &client), WSP_OK);
        return;
    }
    assert_int_equal(wsp_server_new(s, p->endpoint[PAIR_SERVER]), WSP_OK);
    assert_int_equal(wsp_client_new(c, p->endpoint[PAIR_CLIENT],
                                    setup->target != NULL ? setup->target : &target),
                     WSP_OK);
}

/* Output of a side goes on the wire to the other. */
static bool side_write(struct pair *p, int side)
{
    struct wsp_slice s[5];
    struct blob *wire = &p->wire[1 - side];
    size_t n = p->full[side] ? 0 : wsp_pending(p->conn[side], s, ARRAY_LEN(s));
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += s[i].len;
    if (total == 0)
        return false;
    size_t take = p->split ? 1 + test_random_below(&p->seed, total) : total;
    size_t left = take;
    for (size_t i = 0; i < n && left > 0; i++) {
        size_t len = s[i].len < left ? s[i].len : left;
        blob_add(wire, s[i].data, len);
        left -= len;
    }
    wsp_sent(p->conn[side], take);
    return true;
}

static bool side_feed(struct pair *p, int side, struct wsp_input *in)
{
    struct wsp_event ev;
    bool any = false;
    while (p->conn[side] != NULL && wsp_feed(p->conn[side], in, &ev) != WSP_EVENT_NONE) {
        any = true;
        log_event(&p->log[side], &ev);
        if (p->listen != NULL)
            p->listen(p, side, &ev);
    }
    return any;
}

static bool side_read(struct pair *p, int side)
{
    struct blob *wire = &p->wire[side];
    if (p->stalled[side])
        return false;
    if (wire->len == 0) {
        bool tell = p->ended[side] && !p->told[side];
        struct wsp_input in = {.end = WSP_END_EOF};
        p->told[side] |= tell;
        return tell ? side_feed(p, side, &in) || true : false;
    }
    size_t len = p->split ? 1 + test_random_below(&p->seed, wire->len) : wire->len;
    struct wsp_input in = {.data = wire->data,
                           .len = len,
                           .read_only = p->split && test_random_below(&p->seed, 2) == 0};
    (void)side_feed(p, side, &in);
    size_t used = len - in.len;
    memmove(wire->data, wire->data + used, wire->len - used);
    wire->len -= used;
    return used > 0;
}

static bool side_turn(struct pair *p, int side)
{
    bool moved = false;
    if ((wsp_wants(p->conn[side]) & WSP_WANT_FEED) != 0)
        moved |= side_feed(p, side, NULL);
    moved |= side_write(p, side);
    if ((wsp_wants(p->conn[side]) & WSP_WANT_SHUT) != 0) {
        wsp_shut(p->conn[side]);
        p->ended[1 - side] = moved = true;
    }
    moved |= side_read(p, side);
    if ((wsp_wants(p->conn[side]) & WSP_WANT_END) != 0 && !p->ended[1 - side])
        p->ended[1 - side] = moved = true;
    return moved;
}

bool pair_turn(struct pair *p)
{
    bool first = p->conn[0] != NULL && side_turn(p, 0);
    bool second = p->conn[1] != NULL && side_turn(p, 1);
    return first || second;
}

void pair_settle(struct pair *p)
{
    unsigned turns = 0;
    while (pair_turn(p)) {
        turns++;
        assert_true(turns < 10000000);
    }
}

void pair_tick(struct pair *p, uint64_t ms)
{
    p->now += ms;
    for (int side = 0; side < 2; side++) {
        wsp_conn *due;
        wsp_endpoint_clock(p->endpoint[side], p->now);
        while ((due = wsp_endpoint_due(p->endpoint[side])) != NULL) {
            assert_ptr_equal(due, p->conn[side]);
            (void)side_feed(p, side, NULL);
        }
    }
    pair_settle(p);
}

void pair_drop(struct pair *p)
{
    p->dropped = true;
    for (int side = 0; side < 2; side++) {
        struct wsp_input in = {.end = WSP_END_RESET};
        p->wire[side].len = 0;
        p->ended[side] = p->told[side] = true;
        if (p->conn[side] != NULL)
            (void)side_feed(p, side, &in);
    }
}

void pair_end(struct pair *p)
{
    for (int side = 0; side < 2; side++) {
        wsp_conn_free(p->conn[side]);
        world_end(&p->world[side], p->endpoint[side]);
        log_free(&p->log[side]);
        blob_free(&p->wire[side]);
    }
}
