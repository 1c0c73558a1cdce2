/* The connection's joints: where two causes meet, and what its queries say in between. */
#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

struct fixture {
    struct world w;
    wsp_endpoint *e;
    wsp_conn *c;
    struct log log;
};

static void begin(struct fixture *f, enum wsp_role role, const struct wsp_config *given)
{
    struct wsp_config cfg = *given;
    memset(f, 0, sizeof *f);
    world_init(&f->w, &cfg);
    assert_int_equal(wsp_endpoint_new(&f->e, &cfg), WSP_OK);
    wsp_endpoint_clock(f->e, 0);
    f->c = world_adopt(f->e, role);
    f->log.opened = true;
}

static void end(struct fixture *f)
{
    log_free(&f->log);
    wsp_conn_free(f->c);
    world_end(&f->w, f->e);
}

static void check_line(struct fixture *f, const char *expected)
{
    if (!log_matches(expected, log_line(&f->log)))
        fail_msg("expected %s, got %s", expected, log_line(&f->log));
}

static const struct wsp_config defaults;

/* close_ms runs out, and in the same feed comes what would fail the connection again. */
static void conn_garbage_after_close_ms_is_swallowed(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, WSP_SERVER, &defaults);
    assert_int_equal(wsp_close(f.c, 1000, NULL, 0), WSP_OK);
    assert_int_equal(take_output(f.c, NULL, SIZE_MAX), 4);
    wsp_endpoint_clock(f.e, 5000);
    feed_bytes(f.c, &f.log, "\xff\xff\xff\xff", 4);
    check_line(&f, "CLOSE(1006 own TIMEOUT)");
    end(&f);
}

static void conn_close_after_close_ms_is_too_late(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, WSP_SERVER, &defaults);
    assert_int_equal(wsp_close(f.c, 1000, NULL, 0), WSP_OK);
    assert_int_equal(take_output(f.c, NULL, SIZE_MAX), 4);
    wsp_endpoint_clock(f.e, 5000);
    assert_ptr_equal(wsp_endpoint_due(f.e), f.c);
    feed_script(f.c, &f.log, "X1000");
    check_line(&f, "CLOSE(1006 own TIMEOUT)");
    end(&f);
}

static void conn_keep_alive_without_a_limit_goes_on(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_config cfg = {.ping_ms = 1000, .pong_ms = WSP_NEVER, .stall_ms = WSP_NEVER};
    begin(&f, WSP_SERVER, &cfg);
    for (uint64_t now = 1000; now < 10000; now += 2000) {
        wsp_endpoint_clock(f.e, now);
        assert_ptr_equal(wsp_endpoint_due(f.e), f.c);
        assert_int_equal(take_output(f.c, NULL, SIZE_MAX), 6);
        wsp_endpoint_clock(f.e, now + 1000);
        feed_script(f.c, NULL, "T'alive'");
        assert_true(wsp_endpoint_deadline(f.e) == now + 2000);
    }
    end(&f);
}

static void conn_ping_without_entropy_is_tried_again(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_config cfg = {.ping_ms = 1000, .pong_ms = 500};
    begin(&f, WSP_CLIENT, &cfg);
    f.w.entropy.fail_at = f.w.entropy.calls + 1;
    wsp_endpoint_clock(f.e, 1000);
    assert_ptr_equal(wsp_endpoint_due(f.e), f.c);
    assert_int_equal(take_output(f.c, NULL, SIZE_MAX), 0);
    wsp_endpoint_clock(f.e, 1999);
    assert_null(wsp_endpoint_due(f.e));
    wsp_endpoint_clock(f.e, 2000);
    assert_ptr_equal(wsp_endpoint_due(f.e), f.c);
    assert_int_equal(take_output(f.c, NULL, SIZE_MAX), 10);
    assert_int_equal(wsp_ready_state(f.c), WSP_OPEN);
    end(&f);
}

static void conn_adopted_with_no_token_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    static const char *const bad[] = {"a,b", "a b", "a\r\n", "a;", "\x80"};
    begin(&f, WSP_SERVER, &defaults);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct wsp_agreed a = {.protocol = {(const uint8_t *)bad[i], strlen(bad[i])}};
        wsp_conn *c;
        assert_int_equal(wsp_adopt_new(&c, f.e, &a), WSP_ERR_ARG);
        assert_null(c);
    }
    end(&f);
}

static void conn_end_told_while_a_request_waits_is_kept(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_config cfg = {.manual_accept = true};
    static char request[] =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n";
    begin(&f, WSP_SERVER, &cfg);
    wsp_conn *c;
    struct wsp_event ev;
    struct wsp_input in = {(uint8_t *)request, sizeof request - 1, false, WSP_END_EOF};
    assert_int_equal(wsp_server_new(&c, f.e), WSP_OK);
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_REQUEST);
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    assert_int_equal(wsp_accept(c, NULL), WSP_OK);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_OPEN);
    assert_true(wsp_wants(c) & WSP_WANT_FEED);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_CLOSE);
    assert_int_equal(ev.error, WSP_ERR_EOF);
    wsp_conn_free(c);
    end(&f);
}

/* What was announced and never came is not counted. */
static void conn_statistics_count_what_arrived(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_config cfg = {.statistics = true};
    struct wsp_statistics s;
    begin(&f, WSP_CLIENT, &cfg);
    feed_bytes(f.c, NULL,
               "\x82\x7e\xff\xff"
               "abc",
               7);
    assert_true(wsp_get_statistics(f.c, &s));
    assert_int_equal(s.received.wire, 7);
    assert_int_equal(s.received.payload, 3);
    assert_int_equal(s.received.frames, 1);
    assert_int_equal(s.received.messages, 0);
    end(&f);
}

static void conn_failed_transport_wants_no_writing(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_slice v[2];
    begin(&f, WSP_SERVER, &defaults);
    assert_int_equal(wsp_send_text(f.c, "x", 1), WSP_OK);
    assert_true(wsp_wants(f.c) & WSP_WANT_WRITE);
    wsp_endpoint_clock(f.e, 60000);
    assert_ptr_equal(wsp_endpoint_due(f.e), f.c);
    assert_int_equal(wsp_wants(f.c), WSP_WANT_FEED);
    assert_int_equal(wsp_pending(f.c, v, 2), 0);
    end(&f);
}

static void conn_failure_uncounts_what_it_drops(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_slice v[2];
    begin(&f, WSP_SERVER, &defaults);
    assert_int_equal(wsp_send_text(f.c, "0123456789", 10), WSP_OK);
    assert_int_equal(wsp_pending(f.c, v, 2), 1);
    assert_int_equal(wsp_send_text(f.c, "0123456789", 10), WSP_OK);
    feed_script(f.c, NULL, "!T'not masked'");
    assert_int_equal(wsp_buffered_amount(f.c), 10);
    assert_int_equal(wsp_queued_bytes(f.c), 12 + 4);
    end(&f);
}

/* 5.8: what one connection has left behind does not let the next hold it with a few bytes. */
static void conn_few_bytes_never_hold_a_large_spare(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t *big = calloc(1, 500000);
    assert_non_null(big);
    begin(&f, WSP_CLIENT, &defaults);
    feed_frame(f.c, NULL, 0x02, big, 250000);
    feed_frame(f.c, NULL, 0x80, big, 250000);
    feed_bytes(f.c, NULL, "", 0);
    size_t live = f.w.alloc.live;
    wsp_conn *other[20];
    for (size_t i = 0; i < ARRAY_LEN(other); i++) {
        other[i] = world_adopt(f.e, WSP_CLIENT);
        feed_bytes(other[i], NULL,
                   "\x82\x7e\xff\xff"
                   "abc",
                   7);
        feed_frame(f.c, NULL, 0x02, big, 250000);
        feed_frame(f.c, NULL, 0x80, big, 250000);
    }
    feed_bytes(f.c, NULL, "", 0);
    assert_true(f.w.alloc.live <= live + ARRAY_LEN(other) * 1024);
    for (size_t i = 0; i < ARRAY_LEN(other); i++)
        wsp_conn_free(other[i]);
    free(big);
    end(&f);
}

static void conn_clock_told_late_ends_nothing(void **state)
{
    (void)state;
    struct fixture f;
    wsp_endpoint *e;
    wsp_conn *c;
    begin(&f, WSP_SERVER, &defaults);
    assert_int_equal(wsp_endpoint_new(&e, NULL), WSP_OK);
    assert_int_equal(wsp_server_new(&c, e), WSP_OK);
    wsp_endpoint_clock(e, 86400000);
    assert_null(wsp_endpoint_due(e));
    assert_true(wsp_endpoint_deadline(e) == 86400000 + 10000);
    wsp_conn_free(c);
    wsp_endpoint_free(e);
    end(&f);
}

/* The common frame is taken in one step, all else by the machine: same events (statistics and
 * read-only input send every frame through the machine). */
static void conn_common_frame_same_events_as_the_machine(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "T'' T'a' T#125 T#126 T#65535 B<00ff> B#1000 T<c3a9> T<f09f9880> T'ok' X1000",
        "T<c3> T'x'",
        "T<ff>",
        "B<c3ff> t'He' P'x' C'llo' T'y' r4T'bad'",
        "C'nothing to continue'",
        "b'x' T'inside'",
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(scripts); i++) {
        struct fixture fast, slow;
        enum wsp_role role = i % 2 == 0 ? WSP_SERVER : WSP_CLIENT;
        begin(&fast, role, &defaults);
        begin(&slow, role, &(struct wsp_config){.statistics = true});
        feed_script(fast.c, &fast.log, scripts[i / 2]);
        feed_script(slow.c, &slow.log, scripts[i / 2]);
        assert_string_equal(log_line(&fast.log), log_line(&slow.log));
        end(&fast);
        end(&slow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conn_garbage_after_close_ms_is_swallowed),
        cmocka_unit_test(conn_close_after_close_ms_is_too_late),
        cmocka_unit_test(conn_keep_alive_without_a_limit_goes_on),
        cmocka_unit_test(conn_ping_without_entropy_is_tried_again),
        cmocka_unit_test(conn_adopted_with_no_token_is_refused),
        cmocka_unit_test(conn_end_told_while_a_request_waits_is_kept),
        cmocka_unit_test(conn_statistics_count_what_arrived),
        cmocka_unit_test(conn_failed_transport_wants_no_writing),
        cmocka_unit_test(conn_failure_uncounts_what_it_drops),
        cmocka_unit_test(conn_few_bytes_never_hold_a_large_spare),
        cmocka_unit_test(conn_clock_told_late_ends_nothing),
        cmocka_unit_test(conn_common_frame_same_events_as_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
