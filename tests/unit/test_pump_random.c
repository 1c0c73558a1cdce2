/* Two pumped connections over a link that splits and delays at random, and listeners that do
 * anything at any time: the order of events and states holds, what a turn returns is true, and both
 * come to an end. */
#include "support/log.h"
#include "support/testing.h"
#include "support/world.h"

#define SEEDS 300
#define BUSY_TURNS 400
#define MAX_TURNS 20000

struct side {
    struct world world;
    wsp_endpoint *endpoint;
    wsp_conn *conn;
    struct wsp_io io;
    struct wsp_listener listener, again; /* the second one frees, too, but logs nothing */
    struct log log;
    struct blob in; /* on its way to this side */
    size_t in_at;
    bool ended; /* nothing more comes to this side */
    bool over, freed;
    bool inside; /* a turn is on */
    enum wsp_state state;
    struct side *peer;
    struct link *link;
};

struct link {
    uint64_t seed;
    struct side sides[2];
    bool quiet; /* the listeners do nothing any more */
};

static size_t dice(struct side *s, size_t bound)
{
    return test_random_below(&s->link->seed, bound);
}

static ptrdiff_t link_read(void *ctx, void *buf, size_t len)
{
    struct side *s = ctx;
    size_t n = s->in.len - s->in_at;
    if (n == 0)
        return s->ended ? 0 : WSP_IO_AGAIN;
    if (dice(s, 4) == 0)
        return WSP_IO_AGAIN;
    n = n < len ? n : len;
    n = 1 + dice(s, n);
    memcpy(buf, s->in.data + s->in_at, n);
    s->in_at += n;
    return (ptrdiff_t)n;
}

static ptrdiff_t link_write(void *ctx, const void *buf, size_t len)
{
    struct side *s = ctx;
    if (s->peer->over)
        return -1;
    if (dice(s, 4) == 0)
        return WSP_IO_AGAIN;
    size_t n = 1 + dice(s, len);
    blob_add(&s->peer->in, buf, n);
    return (ptrdiff_t)n;
}

static ptrdiff_t link_writev(void *ctx, const struct wsp_slice *v, size_t n)
{
    (void)n;
    return link_write(ctx, v[0].data, v[0].len);
}

static void link_shutdown(void *ctx)
{
    ((struct side *)ctx)->peer->ended = true;
}

/* Any call is allowed in any state; what it answers is not this test's matter. */
static void act(struct side *s)
{
    static const char data[3000];
    switch (s->link->quiet ? 0 : dice(s, 40)) {
    case 1:
    case 2:
    case 3:
        (void)wsp_send_binary(s->conn, data, dice(s, sizeof data));
        break;
    case 4:
        (void)wsp_send_part(s->conn, WSP_TEXT, data, dice(s, 300), dice(s, 2) == 0);
        break;
    case 5:
        (void)wsp_send_ping(s->conn, data, dice(s, 126));
        break;
    case 6:
        (void)wsp_accept(s->conn, NULL);
        break;
    case 7:
        if (s->inside)
            assert_int_equal(wsp_pump(s->conn, &s->io, &s->listener), WSP_ERR_BUSY);
        break;
    case 8:
        if (dice(s, 10) == 0)
            (void)wsp_close(s->conn, WSP_CLOSE_GOING_AWAY, "bye", 3);
        break;
    case 9:
        if (dice(s, 20) == 0) {
            wsp_conn_free(s->conn);
            s->freed = true;
        }
        break;
    default:
        break;
    }
}

static void check_state(struct side *s)
{
    enum wsp_state now = wsp_ready_state(s->conn);
    assert_true(now >= s->state);
    s->state = now;
}

static void on_event(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct side *s = user;
    assert_ptr_equal(c, s->conn);
    assert_false(s->freed);
    check_state(s);
    log_event(&s->log, ev);
    for (size_t i = dice(s, 3); i > 0 && !s->freed; i--)
        act(s);
}

static void on_again(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct side *s = user;
    (void)c;
    (void)ev;
    assert_false(s->freed);
    act(s);
}

static void side_begin(struct link *k, int i)
{
    struct side *s = &k->sides[i];
    struct wsp_config cfg;
    memset(&cfg, 0, sizeof cfg);
    world_init(&s->world, &cfg);
    cfg.limits.buffered = 4000;
    cfg.limits.read_buffer = 256 + dice(s, 5000);
    assert_int_equal(wsp_endpoint_new(&s->endpoint, &cfg), WSP_OK);
    if (i == 0)
        assert_int_equal(wsp_server_new(&s->conn, s->endpoint), WSP_OK);
    else
        assert_int_equal(
            wsp_client_new(&s->conn, s->endpoint, &(struct wsp_target){.url = "ws://link/"}),
            WSP_OK);
    s->io = (struct wsp_io){link_read, link_write, NULL, link_shutdown, s};
    if (dice(s, 2) == 0)
        s->io.writev = link_writev;
    s->listener = (struct wsp_listener){on_event, on_event, NULL,     on_event, on_event,
                                        on_event, NULL,     on_event, s,        &s->again};
    s->again = (struct wsp_listener){on_again, on_again, on_again, on_again, on_again,
                                     on_again, NULL,     on_again, s,        NULL};
}

/* The side's transport is closed with its last turn. */
static void side_turn(struct side *s)
{
    s->inside = true;
    int bits = wsp_pump(s->conn, &s->io, &s->listener);
    s->inside = false;
    assert_true(bits >= 0);
    s->over = bits == 0;
    s->peer->ended = s->peer->ended || s->over;
    assert_int_equal(s->over, s->log.closed || s->freed);
    if (!s->over)
        check_state(s);
}

static void run(uint64_t seed)
{
    struct link k;
    memset(&k, 0, sizeof k);
    k.seed = seed;
    for (int i = 0; i < 2; i++) {
        k.sides[i].link = &k;
        k.sides[i].peer = &k.sides[1 - i];
        side_begin(&k, i);
    }
    unsigned turns = 0;
    for (; turns < MAX_TURNS && !(k.sides[0].over && k.sides[1].over); turns++) {
        struct side *s = &k.sides[dice(&k.sides[0], 2)];
        if (s->over)
            continue;
        k.quiet = turns > BUSY_TURNS;
        if (k.quiet)
            (void)wsp_close(s->conn, WSP_CLOSE_NORMAL, NULL, 0);
        else
            act(s);
        if (!s->freed)
            side_turn(s);
        s->over = s->over || s->freed;
        s->peer->ended = s->peer->ended || s->over;
    }
    assert_true(turns < MAX_TURNS);
    for (int i = 0; i < 2; i++) {
        struct side *s = &k.sides[i];
        if (!s->freed)
            wsp_conn_free(s->conn);
        world_end(&s->world, s->endpoint);
        blob_free(&s->in);
        log_free(&s->log);
    }
}

static void pump_with_random_listeners_over_a_random_link_keeps_the_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= (test_subset() ? 10 : SEEDS); seed++)
        run(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pump_with_random_listeners_over_a_random_link_keeps_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
