/* Time: handshake, close, stall, ping and pong, with a clock moved by hand. */
#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

struct timed {
    struct world w;
    wsp_endpoint *e;
    wsp_conn *c;
    struct log log;
    uint64_t now;
};

static void begin_endpoint(struct timed *t, const struct wsp_config *given, uint64_t now)
{
    struct wsp_config cfg = *given;
    memset(t, 0, sizeof *t);
    world_init(&t->w, &cfg);
    assert_int_equal(wsp_endpoint_new(&t->e, &cfg), WSP_OK);
    t->now = now;
    wsp_endpoint_clock(t->e, now);
    assert_true(wsp_endpoint_deadline(t->e) == WSP_DEADLINE_NONE);
}

static void begin(struct timed *t, enum wsp_role role, const struct wsp_config *cfg)
{
    begin_endpoint(t, cfg, 5000);
    t->c = world_adopt(t->e, role);
    t->log.opened = true;
}

static void end(struct timed *t)
{
    log_free(&t->log);
    wsp_conn_free(t->c);
    assert_null(wsp_endpoint_due(t->e));
    assert_true(wsp_endpoint_deadline(t->e) == WSP_DEADLINE_NONE);
    world_end(&t->w, t->e);
}

static void serve(struct timed *t)
{
    wsp_conn *due;
    wsp_endpoint_clock(t->e, t->now);
    while ((due = wsp_endpoint_due(t->e)) != NULL) {
        assert_ptr_equal(due, t->c);
        feed_bytes(t->c, &t->log, "", 0);
    }
    assert_true(wsp_endpoint_deadline(t->e) > t->now);
}

/* As an event loop does it: asleep until the deadline, never longer. Fails when it is woken too
 * often for nothing. */
static void pass(struct timed *t, uint64_t ms)
{
    uint64_t until = t->now + ms;
    unsigned wakes = 0;
    while (wsp_endpoint_deadline(t->e) <= until) {
        if (t->now < wsp_endpoint_deadline(t->e))
            t->now = wsp_endpoint_deadline(t->e);
        serve(t);
        wakes++;
        assert_true(wakes < 1000);
    }
    t->now = until;
    serve(t);
}

static void handshake_late_server_times_out(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.handshake_ms = 700};
    begin_endpoint(&t, &cfg, 10);
    assert_int_equal(wsp_server_new(&t.c, t.e), WSP_OK);
    assert_true(wsp_endpoint_deadline(t.e) <= 710);
    pass(&t, 300);
    feed_bytes(t.c, &t.log, "GET / HT", 8); /* a drip does not help */
    pass(&t, 399);
    assert_false(t.log.closed);
    pass(&t, 1);
    assert_true(t.log.closed);
    assert_int_equal(t.log.close_error, WSP_ERR_TIMEOUT);
    assert_int_equal(t.log.close_code, 1006);
    end(&t);
}

static void handshake_never_no_deadline(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.handshake_ms = WSP_NEVER};
    begin_endpoint(&t, &cfg, 0);
    assert_int_equal(wsp_server_new(&t.c, t.e), WSP_OK);
    assert_true(wsp_endpoint_deadline(t.e) == WSP_DEADLINE_NONE);
    pass(&t, 1000000000);
    assert_false(t.log.closed);
    end(&t);
}

static void ping_silence_sent_and_pong_times_it(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.ping_ms = 1000, .pong_ms = 500};
    struct blob wire = {0};
    begin(&t, WSP_CLIENT, &cfg);
    assert_int_equal(wsp_ping_rtt_ms(t.c), WSP_NEVER);
    pass(&t, 999);
    assert_int_equal(take_output(t.c, &wire, SIZE_MAX), 0);
    pass(&t, 1);
    assert_true(take_output(t.c, &wire, SIZE_MAX) > 0);
    struct seen_frame f;
    struct blob payload = {0};
    (void)frame_read(&f, &payload, wire.data, wire.len);
    assert_int_equal(f.head, 0x80 | WSP_PING);
    pass(&t, 123);
    feed_frame(t.c, &t.log, 0x80 | WSP_PONG, payload.data, payload.len);
    assert_int_equal(wsp_ping_rtt_ms(t.c), 123);
    pass(&t, 999);
    assert_int_equal(take_output(t.c, NULL, SIZE_MAX), 0);
    pass(&t, 1);
    assert_true(take_output(t.c, NULL, SIZE_MAX) > 0);
    blob_free(&wire);
    blob_free(&payload);
    end(&t);
}

static void pong_missing_times_out(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.ping_ms = 1000, .pong_ms = 500};
    begin(&t, WSP_SERVER, &cfg);
    pass(&t, 1000);
    assert_true(take_output(t.c, NULL, SIZE_MAX) > 0);
    pass(&t, 499);
    assert_false(t.log.closed);
    pass(&t, 1);
    assert_true(t.log.closed);
    assert_int_equal(t.log.close_error, WSP_ERR_TIMEOUT);
    end(&t);
}

/* A ping that waits behind other output was not seen by the peer: stall_ms guards that. */
static void pong_is_waited_for_from_the_sending_of_the_ping(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.ping_ms = 1000, .pong_ms = 500, .stall_ms = 5000};
    begin(&t, WSP_SERVER, &cfg);
    pass(&t, 3000);
    assert_false(t.log.closed);
    assert_true(take_output(t.c, NULL, SIZE_MAX) > 0);
    pass(&t, 499);
    assert_false(t.log.closed);
    pass(&t, 1);
    assert_true(t.log.closed);
    end(&t);
}

/* Any traffic is life: each of these inputs, even half a header, puts off the ping, and answers
 * one. */
static void ping_any_traffic_counts_as_life(void **state)
{
    (void)state;
    static const char *const inputs[] = {"T'x'", "P''", "O'unasked'", "t'a'", "=88"};
    const struct wsp_config cfg = {.ping_ms = 1000, .pong_ms = 500};
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        struct timed t;
        begin(&t, WSP_CLIENT, &cfg);
        pass(&t, 900);
        feed_script(t.c, &t.log, inputs[i]);
        (void)take_output(t.c, NULL, SIZE_MAX);
        pass(&t, 999);
        assert_int_equal(take_output(t.c, NULL, SIZE_MAX), 0);
        pass(&t, 1); /* the ping */
        assert_true(take_output(t.c, NULL, SIZE_MAX) > 0);
        pass(&t, 499);
        feed_bytes(t.c, &t.log, i == 4 ? "\x00" : "\x89", 1);
        pass(&t, 600);
        assert_false(t.log.closed && t.log.close_error == WSP_ERR_TIMEOUT);
        end(&t);
    }
}

static void ping_slow_trickle_of_payload_lives(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.ping_ms = 100, .pong_ms = 50};
    begin(&t, WSP_CLIENT, &cfg);
    feed_bytes(t.c, &t.log, "\x82\x7E\x03\xE8", 4);
    for (unsigned i = 0; i < 1000; i++) {
        pass(&t, 99);
        feed_bytes(t.c, &t.log, "x", 1);
    }
    assert_int_equal(t.log.messages, 1);
    assert_int_equal(take_output(t.c, NULL, SIZE_MAX), 0);
    end(&t);
}

static void ping_our_own_answered_rtt(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.ping_ms = WSP_NEVER};
    begin(&t, WSP_SERVER, &cfg);
    assert_int_equal(wsp_send_ping(t.c, "mine", 4), WSP_OK);
    (void)take_output(t.c, NULL, SIZE_MAX);
    pass(&t, 40);
    feed_script(t.c, &t.log, "O'other'");
    assert_int_equal(wsp_ping_rtt_ms(t.c), WSP_NEVER);
    pass(&t, 2);
    feed_script(t.c, &t.log, "O'mine'");
    assert_int_equal(wsp_ping_rtt_ms(t.c), 42);
    pass(&t, 7);
    feed_script(t.c, &t.log, "O'mine'");
    assert_int_equal(wsp_ping_rtt_ms(t.c), 42);
    end(&t);
}

static void ping_never_silence_is_allowed(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.ping_ms = WSP_NEVER};
    begin(&t, WSP_SERVER, &cfg);
    assert_true(wsp_endpoint_deadline(t.e) == WSP_DEADLINE_NONE);
    pass(&t, UINT64_C(100000000000));
    assert_int_equal(wsp_ready_state(t.c), WSP_OPEN);
    assert_int_equal(wsp_queued_bytes(t.c), 0);
    end(&t);
}

static void close_ms_starts_when_close_is_sent(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.close_ms = 300, .stall_ms = 100000};
    begin(&t, WSP_CLIENT, &cfg);
    assert_int_equal(wsp_close(t.c, 1000, NULL, 0), WSP_OK);
    pass(&t, 5000);
    assert_false(t.log.closed);
    (void)take_output(t.c, NULL, SIZE_MAX);
    pass(&t, 100);
    feed_script(t.c, &t.log, "T'still there'"); /* life, but no Close */
    pass(&t, 199);
    assert_false(t.log.closed);
    pass(&t, 1);
    assert_true(t.log.closed);
    assert_int_equal(t.log.close_error, WSP_ERR_TIMEOUT);
    assert_int_equal(t.log.messages, 1);
    end(&t);
}

static void stall_output_never_sent_ends_in_any_state(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        struct timed t;
        const struct wsp_config cfg = {.stall_ms = 2000, .ping_ms = WSP_NEVER};
        begin(&t, WSP_SERVER, &cfg);
        if (how == 0)
            assert_int_equal(wsp_send_text(t.c, "x", 1), WSP_OK);
        else if (how == 1)
            assert_int_equal(wsp_close(t.c, 1000, NULL, 0), WSP_OK);
        else
            feed_script(t.c, &t.log, "P'p'");
        pass(&t, 1999);
        assert_false(t.log.closed);
        pass(&t, 1);
        assert_true(t.log.closed);
        assert_int_equal(t.log.close_error, WSP_ERR_TIMEOUT);
        end(&t);
    }
}

static void stall_any_progress_starts_anew(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.stall_ms = 2000, .ping_ms = WSP_NEVER};
    static const char data[100];
    begin(&t, WSP_SERVER, &cfg);
    assert_int_equal(wsp_send_binary(t.c, data, sizeof data), WSP_OK);
    for (unsigned i = 0; i < 100; i++) {
        pass(&t, 1999);
        assert_int_equal(take_output(t.c, NULL, 1), 1);
    }
    assert_false(t.log.closed);
    (void)take_output(t.c, NULL, SIZE_MAX);
    pass(&t, 100000); /* nothing waits: nothing stalls */
    assert_int_equal(wsp_send_text(t.c, "x", 1), WSP_OK);
    pass(&t, 1999);
    assert_false(t.log.closed);
    pass(&t, 1);
    assert_true(t.log.closed);
    end(&t);
}

/* The timer that runs fires before output could stall: it does not have to be set anew. */
static void stall_with_an_earlier_timer_counts_from_the_send(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.stall_ms = 2000, .ping_ms = 3000, .pong_ms = WSP_NEVER};
    begin(&t, WSP_SERVER, &cfg);
    assert_int_equal(wsp_send_text(t.c, "x", 1), WSP_OK);
    (void)take_output(t.c, NULL, SIZE_MAX);
    pass(&t, 1500);
    assert_int_equal(wsp_send_text(t.c, "x", 1), WSP_OK);
    pass(&t, 1999);
    assert_false(t.log.closed);
    pass(&t, 1);
    assert_true(t.log.closed);
    assert_int_equal(t.log.close_error, WSP_ERR_TIMEOUT);
    end(&t);
}

static void clock_going_back_ignored(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.ping_ms = 1000, .pong_ms = 500};
    begin(&t, WSP_SERVER, &cfg);
    uint64_t deadline = wsp_endpoint_deadline(t.e);
    wsp_endpoint_clock(t.e, 1);
    assert_true(wsp_endpoint_deadline(t.e) == deadline);
    assert_null(wsp_endpoint_due(t.e));
    pass(&t, 1000);
    assert_true(wsp_queued_bytes(t.c) > 0);
    end(&t);
}

/* Stamps are 32 bits: nothing happens when the clock passes them. */
static void clock_passes_32_bits_timers_hold(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.ping_ms = 1000, .pong_ms = 500};
    begin_endpoint(&t, &cfg, UINT64_C(0xFFFFFFFF) - 700);
    t.c = world_adopt(t.e, WSP_SERVER);
    t.log.opened = true;
    pass(&t, 999);
    assert_int_equal(wsp_queued_bytes(t.c), 0);
    pass(&t, 1);
    assert_true(wsp_queued_bytes(t.c) > 0);
    (void)take_output(t.c, NULL, SIZE_MAX);
    pass(&t, 499);
    assert_false(t.log.closed);
    pass(&t, 1);
    assert_true(t.log.closed);
    end(&t);
}

static void due_connection_told_once(void **state)
{
    (void)state;
    struct timed t;
    const struct wsp_config cfg = {.ping_ms = 1000};
    begin(&t, WSP_SERVER, &cfg);
    wsp_endpoint_clock(t.e, t.now + 1000);
    assert_ptr_equal(wsp_endpoint_due(t.e), t.c);
    assert_null(wsp_endpoint_due(t.e));
    end(&t);
}

/* Many connections made at different times: each is due at its own time, none is forgotten. */
static void due_many_connections_each_at_its_time(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    static wsp_conn *conns[COUNT];
    static uint64_t made[COUNT];
    struct timed t;
    const struct wsp_config cfg = {.handshake_ms = 1000};
    uint64_t seed = 3;
    size_t told = 0;
    begin_endpoint(&t, &cfg, 1);
    for (size_t i = 0; i < COUNT; i++) {
        t.now += test_random_below(&seed, 4);
        wsp_endpoint_clock(t.e, t.now);
        made[i] = t.now;
        assert_int_equal(wsp_server_new(&conns[i], t.e), WSP_OK);
        wsp_set_user(conns[i], &made[i]);
        if (i % 5 == 0) {
            wsp_conn_free(conns[i]);
            conns[i] = NULL;
            told++;
        }
    }
    while (told < COUNT) {
        wsp_conn *due;
        struct wsp_event ev;
        assert_true(wsp_endpoint_deadline(t.e) > t.now);
        t.now = wsp_endpoint_deadline(t.e);
        wsp_endpoint_clock(t.e, t.now);
        while ((due = wsp_endpoint_due(t.e)) != NULL) {
            assert_true(t.now == *(uint64_t *)wsp_user(due) + 1000);
            assert_int_equal(wsp_feed(due, NULL, &ev), WSP_EVENT_CLOSE);
            told++;
        }
    }
    for (size_t i = 0; i < COUNT; i++)
        wsp_conn_free(conns[i]);
    world_end(&t.w, t.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_late_server_times_out),
        cmocka_unit_test(handshake_never_no_deadline),
        cmocka_unit_test(ping_silence_sent_and_pong_times_it),
        cmocka_unit_test(pong_missing_times_out),
        cmocka_unit_test(pong_is_waited_for_from_the_sending_of_the_ping),
        cmocka_unit_test(ping_any_traffic_counts_as_life),
        cmocka_unit_test(ping_slow_trickle_of_payload_lives),
        cmocka_unit_test(ping_our_own_answered_rtt),
        cmocka_unit_test(ping_never_silence_is_allowed),
        cmocka_unit_test(close_ms_starts_when_close_is_sent),
        cmocka_unit_test(stall_output_never_sent_ends_in_any_state),
        cmocka_unit_test(stall_any_progress_starts_anew),
        cmocka_unit_test(stall_with_an_earlier_timer_counts_from_the_send),
        cmocka_unit_test(clock_going_back_ignored),
        cmocka_unit_test(clock_passes_32_bits_timers_hold),
        cmocka_unit_test(due_connection_told_once),
        cmocka_unit_test(due_many_connections_each_at_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
