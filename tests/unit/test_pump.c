/* The pump's reading and writing; what it tells to listeners is in test_pump_listeners.c, a
 * blocking transport in test_pump_blocking.c. */
#include "support/pumped.h"
#include "support/testing.h"

/* The text frame of a server must stand at the beginning of what was written. */
static void check_written(struct pumped *f, const char *text)
{
    size_t len = strlen(text);
    assert_int_equal(f->t.out.len, 2 + len);
    assert_int_equal(f->t.out.data[0], 0x81);
    assert_memory_equal(f->t.out.data + 2, text, len);
}

/* ------------------------------------------------------------------ reading */

static void pump_bad_arguments_are_refused(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin(&f);
    struct wsp_io io = f.t.io;
    assert_int_equal(wsp_pump(NULL, &io, NULL), WSP_ERR_ARG);
    assert_int_equal(wsp_pump(f.conn, NULL, NULL), WSP_ERR_ARG);
    io.read = NULL;
    assert_int_equal(wsp_pump(f.conn, &io, NULL), WSP_ERR_ARG);
    io = f.t.io;
    io.writev = NULL;
    assert_int_equal(wsp_pump(f.conn, &io, NULL), WSP_ERR_ARG);
    assert_int_equal(f.t.reads, 0);
    pumped_end(&f);
}

static void pump_without_listeners_works(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin(&f);
    pumped_give_text(&f, "nobody listens");
    pumped_give(&f, 0x89, "p", 1);
    assert_int_equal(wsp_pump(f.conn, &f.t.io, NULL), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_memory_equal(f.t.out.data, "\x8a\x01p", 3);
    pumped_end(&f);
}

static void pump_read_in_pieces_tells_whole_messages(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin(&f);
    pumped_give_text(&f, "in pieces");
    pumped_give(&f, 0x82, "\x00\xff", 2);
    f.t.piece = 1;
    for (size_t i = 0; i < f.t.in.len; i++)
        assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
    assert_int_equal(f.t.reads, f.t.in.len + 1);
    pumped_check(&f, "TEXT'in pieces' BIN<00ff>");
    pumped_end(&f);
}

static void pump_read_of_many_messages_replies_in_one_write(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin(&f);
    for (int i = 0; i < 50; i++)
        pumped_give(&f, 0x89, "ping", 4);
    pumped_give_text(&f, "x");
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_int_equal(f.t.writes, 1);
    assert_int_equal(f.log.pings, 50);
    pumped_end(&f);
}

static void pump_read_that_waits_tells_for_what(void **state)
{
    (void)state;
    static const struct {
        ptrdiff_t result;
        int bits;
    } rows[] = {{WSP_IO_AGAIN, WSP_PUMP_READ},
                {WSP_IO_WANT_READ, WSP_PUMP_READ},
                {WSP_IO_WANT_WRITE, WSP_PUMP_WRITE}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pumped f;
        pumped_begin(&f);
        f.t.read_end = rows[i].result;
        assert_int_equal(pumped_turn(&f), rows[i].bits);
        assert_int_equal(f.t.reads, 1);
        pumped_check(&f, "");
        pumped_end(&f);
    }
}

/* A read callback that gives recv's -1 for EAGAIN back fails in the first test of its program. */
static void pump_read_failed_tells_error_then_close(void **state)
{
    (void)state;
    static const ptrdiff_t failures[] = {-1, -104, -10000, -10004, PTRDIFF_MAX};
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        struct pumped f;
        pumped_begin(&f);
        f.t.read_end = failures[i];
        assert_int_equal(pumped_turn(&f), 0);
        pumped_check(&f, "ERROR CLOSE(1006 peer IO)");
        assert_int_equal(pumped_turn(&f), 0);
        assert_int_equal(f.t.reads, 1);
        pumped_end(&f);
    }
}

static void pump_read_of_end_tells_eof(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin(&f);
    pumped_give_text(&f, "last words");
    f.t.read_end = 0;
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_int_equal(pumped_turn(&f), 0);
    pumped_check(&f, "TEXT'last words' ERROR CLOSE(1006 peer EOF)");
    pumped_end(&f);
}

static void pump_read_of_big_message_goes_straight_into_place(void **state)
{
    (void)state;
    struct pumped f;
    size_t len = 1000000, direct = 0;
    uint8_t *data = malloc(len), *at;
    pumped_begin_with(&f, WSP_SERVER, &(struct wsp_limits){.read_buffer = 4096});
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)('a' + i % 26);
    pumped_give(&f, 0x82, data, len);
    while (f.log.messages == 0) {
        size_t space = wsp_recv_space(f.conn, &at);
        assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_TURN);
        if (space > 0) {
            assert_ptr_equal(f.t.read_to, at);
            assert_int_equal(f.t.read_size, space);
            direct++;
        }
    }
    assert_true(direct > 0);
    assert_int_equal(f.t.in_at, f.t.in.len);
    free(data);
    pumped_end(&f);
}

static void pump_without_memory_for_its_buffer_does_nothing(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin(&f);
    pumped_give_text(&f, "later");
    f.world.alloc.fail_at = f.world.alloc.calls + 1;
    assert_int_equal(pumped_turn(&f), WSP_ERR_NOMEM);
    assert_int_equal(f.t.reads + f.t.writes, 0);
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_TURN);
    pumped_check(&f, "TEXT'later'");
    pumped_end(&f);
}

/* ------------------------------------------------------------------ writing */

static void pump_short_writes_go_on_until_all_is_out(void **state)
{
    (void)state;
    static const ptrdiff_t answers[] = {1, 1, 2, 3, 5};
    for (int only_write = 0; only_write < 2; only_write++) {
        struct pumped f;
        pumped_begin(&f);
        if (only_write)
            transport_use_write(&f.t);
        f.t.answers = answers;
        f.t.answer_count = ARRAY_LEN(answers);
        assert_int_equal(wsp_send_text(f.conn, "written in pieces", 17), WSP_OK);
        assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
        check_written(&f, "written in pieces");
        assert_int_equal(wsp_queued_bytes(f.conn), 0);
        pumped_end(&f);
    }
}

static void pump_write_that_waits_is_called_once_a_turn(void **state)
{
    (void)state;
    static const ptrdiff_t answers[] = {WSP_IO_AGAIN, WSP_IO_WANT_WRITE};
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct pumped f;
        pumped_begin(&f);
        f.t.answers = &answers[i];
        f.t.answer_count = 1;
        pumped_give(&f, 0x89, "p", 1);
        assert_int_equal(wsp_send_text(f.conn, "x", 1), WSP_OK);
        assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_WRITE | WSP_PUMP_TURN);
        assert_int_equal(f.t.writes, 1);
        assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_WRITE);
        assert_int_equal(f.t.writes, 2);
        f.t.answer_count = 0;
        assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
        assert_int_equal(f.t.out.len, 3 + 3);
        pumped_end(&f);
    }
}

static void pump_write_that_always_waits_costs_no_memory(void **state)
{
    (void)state;
    static const ptrdiff_t later = WSP_IO_AGAIN;
    struct pumped f;
    pumped_begin(&f);
    f.t.answers = &later;
    f.t.answer_count = 1;
    pumped_give(&f, 0x89, "p", 1);
    pumped_turn(&f);
    size_t live = f.world.alloc.live;
    for (int i = 0; i < 1000; i++) {
        pumped_give(&f, 0x89, "p", 1);
        assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_WRITE | WSP_PUMP_TURN);
    }
    assert_int_equal(f.t.writes, 1001);
    assert_int_equal(f.t.reads, 1001);
    assert_int_equal(f.world.alloc.live, live);
    pumped_end(&f);
}

/* TLS that negotiates again: the write waits for bytes that a read takes off the transport. */
static void pump_write_that_waits_for_a_read_goes_on_after_it(void **state)
{
    (void)state;
    static const ptrdiff_t answers[] = {WSP_IO_WANT_READ, 100};
    struct pumped f;
    pumped_begin(&f);
    f.t.answers = answers;
    f.t.answer_count = 2;
    assert_int_equal(wsp_send_text(f.conn, "x", 1), WSP_OK);
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
    assert_int_equal(f.t.reads, 1);
    assert_int_equal(f.t.writes, 2);
    check_written(&f, "x");
    pumped_end(&f);
}

static void pump_write_that_still_waits_for_a_read_asks_for_it(void **state)
{
    (void)state;
    static const ptrdiff_t answer = WSP_IO_WANT_READ;
    struct pumped f;
    pumped_begin(&f);
    f.t.answers = &answer;
    f.t.answer_count = 1;
    assert_int_equal(wsp_send_text(f.conn, "x", 1), WSP_OK);
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
    assert_int_equal(f.t.reads, 1);
    assert_int_equal(f.t.writes, 2);
    pumped_end(&f);
}

static void pump_write_failed_tells_error_then_close(void **state)
{
    (void)state;
    static const ptrdiff_t failures[] = {-1, 0, -32};
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        struct pumped f;
        pumped_begin(&f);
        f.t.answers = &failures[i];
        f.t.answer_count = 1;
        assert_int_equal(wsp_send_text(f.conn, "x", 1), WSP_OK);
        assert_int_equal(pumped_turn(&f), 0);
        pumped_check(&f, "ERROR CLOSE(1006 peer IO)");
        assert_int_equal(f.t.writes, 1);
        assert_int_equal(f.t.reads, 0);
        pumped_end(&f);
    }
}

static void pump_reply_failed_tells_error_then_close(void **state)
{
    (void)state;
    static const ptrdiff_t failure = -1;
    struct pumped f;
    pumped_begin(&f);
    f.t.answers = &failure;
    f.t.answer_count = 1;
    pumped_give(&f, 0x89, "p", 1);
    assert_int_equal(pumped_turn(&f), 0);
    pumped_check(&f, "PING'p' ERROR CLOSE(1006 peer IO)");
    pumped_end(&f);
}

static void pump_with_write_alone_joins_small_pieces(void **state)
{
    (void)state;
    static const struct {
        size_t read_buffer;
        unsigned writes;
    } rows[] = {{0, 3}, {256, 8}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pumped f;
        pumped_begin_with(&f, WSP_SERVER, &(struct wsp_limits){.read_buffer = rows[i].read_buffer});
        transport_use_write(&f.t);
        static char big[40000];
        wsp_prepared *p = NULL; /* large: queued by reference, a piece of its own */
        assert_int_equal(wsp_prepare(&p, f.endpoint, WSP_BINARY, big, 10000), WSP_OK);
        for (int k = 0; k < 4; k++) {
            assert_int_equal(wsp_send_text(f.conn, "small", 5), WSP_OK);
            assert_int_equal(wsp_send_prepared(f.conn, p), WSP_OK);
        }
        size_t total = wsp_queued_bytes(f.conn);
        wsp_prepared_unref(p);
        assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
        assert_int_equal(f.t.out.len, 4 * (7 + 10004));
        assert_true(total >= f.t.out.len);
        assert_true(f.t.writes <= rows[i].writes);
        pumped_end(&f);
    }
}

static void pump_with_write_alone_passes_large_pieces_on(void **state)
{
    (void)state;
    static char big[100000];
    struct pumped f;
    pumped_begin(&f);
    transport_use_write(&f.t);
    wsp_prepared *p = NULL;
    assert_int_equal(wsp_prepare(&p, f.endpoint, WSP_BINARY, big, sizeof big), WSP_OK);
    assert_int_equal(wsp_send_prepared(f.conn, p), WSP_OK);
    assert_int_equal(wsp_send_text(f.conn, "x", 1), WSP_OK);
    wsp_prepared_unref(p);
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
    assert_int_equal(f.t.out.len, sizeof big + 10 + 3);
    assert_true(f.t.writes <= 3);
    pumped_end(&f);
}

static void on_drain_send(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)user;
    assert_int_equal(ev->type, WSP_EVENT_DRAIN);
    assert_int_equal(wsp_send_text(c, "drained", 7), WSP_OK);
}

static void on_text_fill(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)ev;
    (void)user;
    while (wsp_send_text(c, "0123456789", 10) == WSP_OK)
        continue;
}

static void pump_writes_what_a_drain_listener_sends(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin_with(&f, WSP_SERVER, &(struct wsp_limits){.buffered = 1000});
    f.listener.drain = on_drain_send;
    while (wsp_send_text(f.conn, "0123456789", 10) == WSP_OK)
        continue;
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
    assert_memory_equal(f.t.out.data + f.t.out.len - 9,
                        "\x81\x07"
                        "drained",
                        9);
    /* and when a reply to what was read has filled the queue */
    f.t.out.len = 0;
    f.listener.message = on_text_fill;
    pumped_give_text(&f, "now");
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_memory_equal(f.t.out.data + f.t.out.len - 9,
                        "\x81\x07"
                        "drained",
                        9);
    pumped_end(&f);
}

/* A listener that fills the queue at each DRAIN must not keep a transport that takes all for
 * ever. */
static void on_drain_refill(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    static const char data[1000];
    (void)ev;
    struct pumped *f = user;
    f->log.drains++;
    while (wsp_send_binary(c, data, sizeof data) == WSP_OK)
        continue;
}

static void pump_refilled_at_each_drain_ends_its_turn(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin_with(&f, WSP_SERVER, &(struct wsp_limits){.buffered = 5000});
    f.listener.drain = on_drain_refill;
    on_drain_refill(f.conn, NULL, &f);
    for (unsigned i = 1; i < 10; i++) {
        int bits = pumped_turn(&f);
        assert_int_equal(bits & WSP_PUMP_READ, WSP_PUMP_READ);
        assert_int_equal(bits & WSP_PUMP_WRITE, WSP_PUMP_WRITE);
        assert_in_range(f.log.drains, 1 + i, 1 + 4 * i);
    }
    pumped_end(&f);
}

/* ------------------------------------------------------------------ the end */

/* 7.1.1: the server ends its direction, then reads on until the client has ended its own. */
static void pump_of_a_server_shuts_after_its_last_byte(void **state)
{
    (void)state;
    for (int has_shutdown = 0; has_shutdown < 2; has_shutdown++) {
        struct pumped f;
        pumped_begin(&f);
        if (!has_shutdown)
            f.t.io.shutdown = NULL;
        pumped_give(&f, 0x88, "\x03\xe8", 2);
        int bits = pumped_turn(&f);
        assert_memory_equal(f.t.out.data, "\x88\x02\x03\xe8", 4);
        assert_int_equal(f.t.shutdowns, has_shutdown);
        /* Without a half-close the client would wait for our end, and we for its. */
        assert_int_equal(bits, has_shutdown ? WSP_PUMP_READ | WSP_PUMP_TURN : 0);
        if (has_shutdown) {
            assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
            f.t.read_end = 0;
            assert_int_equal(pumped_turn(&f), 0);
        }
        assert_int_equal(f.t.shutdowns, has_shutdown);
        pumped_check(&f, "CLOSE(1000 clean peer)");
        pumped_end(&f);
    }
}

static void pump_of_a_server_does_not_shut_before_its_last_byte(void **state)
{
    (void)state;
    static const ptrdiff_t answers[] = {2, WSP_IO_AGAIN, 100};
    struct pumped f;
    pumped_begin(&f);
    f.t.answers = answers;
    f.t.answer_count = 3;
    pumped_give(&f, 0x88, "\x03\xe8", 2);
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ | WSP_PUMP_WRITE | WSP_PUMP_TURN);
    assert_int_equal(f.t.shutdowns, 0);
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
    assert_int_equal(f.t.shutdowns, 1);
    pumped_end(&f);
}

static void pump_after_the_end_does_nothing(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin(&f);
    f.t.read_end = -1;
    assert_int_equal(pumped_turn(&f), 0);
    unsigned calls = f.t.reads + f.t.writes + f.t.shutdowns;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pumped_turn(&f), 0);
    assert_int_equal(f.t.reads + f.t.writes + f.t.shutdowns, calls);
    pumped_check(&f, "ERROR CLOSE(1006 peer IO)");
    pumped_end(&f);
}

static void pump_serves_timers(void **state)
{
    (void)state;
    struct pumped f;
    pumped_begin(&f);
    wsp_endpoint_clock(f.endpoint, 31000); /* told by the pump alone: it may block in its read */
    assert_int_equal(pumped_turn(&f), WSP_PUMP_READ);
    assert_int_equal(f.t.out.data[0], 0x89);
    wsp_endpoint_clock(f.endpoint, 62000);
    assert_ptr_equal(wsp_endpoint_due(f.endpoint), f.conn);
    assert_int_equal(pumped_turn(&f), 0);
    pumped_check(&f, "ERROR CLOSE(1006 own TIMEOUT)");
    pumped_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pump_bad_arguments_are_refused),
        cmocka_unit_test(pump_without_listeners_works),
        cmocka_unit_test(pump_read_in_pieces_tells_whole_messages),
        cmocka_unit_test(pump_read_of_many_messages_replies_in_one_write),
        cmocka_unit_test(pump_read_that_waits_tells_for_what),
        cmocka_unit_test(pump_read_failed_tells_error_then_close),
        cmocka_unit_test(pump_read_of_end_tells_eof),
        cmocka_unit_test(pump_read_of_big_message_goes_straight_into_place),
        cmocka_unit_test(pump_without_memory_for_its_buffer_does_nothing),
        cmocka_unit_test(pump_short_writes_go_on_until_all_is_out),
        cmocka_unit_test(pump_write_that_waits_is_called_once_a_turn),
        cmocka_unit_test(pump_write_that_always_waits_costs_no_memory),
        cmocka_unit_test(pump_write_that_waits_for_a_read_goes_on_after_it),
        cmocka_unit_test(pump_write_that_still_waits_for_a_read_asks_for_it),
        cmocka_unit_test(pump_write_failed_tells_error_then_close),
        cmocka_unit_test(pump_reply_failed_tells_error_then_close),
        cmocka_unit_test(pump_with_write_alone_joins_small_pieces),
        cmocka_unit_test(pump_with_write_alone_passes_large_pieces_on),
        cmocka_unit_test(pump_writes_what_a_drain_listener_sends),
        cmocka_unit_test(pump_refilled_at_each_drain_ends_its_turn),
        cmocka_unit_test(pump_of_a_server_shuts_after_its_last_byte),
        cmocka_unit_test(pump_of_a_server_does_not_shut_before_its_last_byte),
        cmocka_unit_test(pump_after_the_end_does_nothing),
        cmocka_unit_test(pump_serves_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
