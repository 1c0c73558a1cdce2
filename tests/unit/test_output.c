/* Output: what was shown stays put, what goes before what, FULL and DRAIN, bufferedAmount. */
#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

struct out_test {
    struct world w;
    wsp_endpoint *e;
    wsp_conn *c;
    struct log log;
};

static void begin(struct out_test *t, enum wsp_role role, const struct wsp_limits *limits)
{
    struct wsp_config cfg = {.statistics = false};
    memset(t, 0, sizeof *t);
    if (limits != NULL)
        cfg.limits = *limits;
    world_init(&t->w, &cfg);
    assert_int_equal(wsp_endpoint_new(&t->e, &cfg), WSP_OK);
    t->c = world_adopt(t->e, role);
    t->log.opened = true;
}

static void end(struct out_test *t)
{
    log_free(&t->log);
    wsp_conn_free(t->c);
    world_end(&t->w, t->e);
}

static uint8_t *filled(size_t len, uint8_t first)
{
    uint8_t *data = malloc(len + 1);
    assert_non_null(data);
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(first + i);
    return data;
}

static void send_filled(wsp_conn *c, size_t len, uint8_t first)
{
    uint8_t *data = filled(len, first);
    assert_int_equal(wsp_send_binary(c, data, len), WSP_OK);
    free(data);
}

/* --- what was shown stays --------------------------------------------------------------------- */

#define HELD 400

/* What wsp_pending has shown so far, and a copy of it. */
struct held {
    struct wsp_slice slices[HELD];
    size_t count;
    struct blob bytes;
};

static size_t show(wsp_conn *c, struct held *h)
{
    h->count = wsp_pending(c, h->slices, HELD);
    assert_true(h->count < HELD);
    h->bytes.len = 0;
    for (size_t i = 0; i < h->count; i++)
        blob_add(&h->bytes, h->slices[i].data, h->slices[i].len);
    return h->bytes.len;
}

/* The slices still read as they did, and a new listing begins with the same bytes at the same
 * places. */
static void assert_unmoved(wsp_conn *c, const struct held *h)
{
    static struct wsp_slice now[HELD];
    const uint8_t *expected = h->bytes.data;
    size_t n = wsp_pending(c, now, HELD);
    assert_true(n >= h->count);
    for (size_t i = 0; i < h->count; i++) {
        assert_memory_equal(h->slices[i].data, expected, h->slices[i].len);
        assert_ptr_equal(now[i].data, h->slices[i].data);
        assert_true(now[i].len >= h->slices[i].len);
        if (i + 1 < h->count)
            assert_int_equal(now[i].len, h->slices[i].len);
        expected += h->slices[i].len;
    }
}

static void hold_over_sends_and_pings(enum wsp_role role, size_t first_len)
{
    struct out_test t;
    struct held h = {.count = 0};
    begin(&t, role, NULL);
    send_filled(t.c, first_len, 1);
    for (unsigned i = 0; i < 100; i++) {
        (void)show(t.c, &h);
        send_filled(t.c, (i * 37) % 900, (uint8_t)i);
        assert_unmoved(t.c, &h);
        uint8_t ping[] = {(uint8_t)i, 2, 3};
        feed_frame(t.c, &t.log, 0x80 | WSP_PING, ping, i % 4);
        assert_unmoved(t.c, &h);
        if (i % 10 == 9)
            wsp_sent(t.c, h.bytes.len / 2);
        if (i % 7 == 3)
            assert_int_equal(wsp_send_ping(t.c, "p", 1) <= WSP_OK, 1);
    }
    (void)show(t.c, &h);
    assert_int_equal(wsp_close(t.c, 1000, "end", 3), WSP_OK);
    assert_unmoved(t.c, &h);
    assert_int_equal(t.log.pings, 100);
    blob_free(&h.bytes);
    end(&t);
}

static void pending_held_over_sends_and_pings_unmoved(void **state)
{
    (void)state;
    hold_over_sends_and_pings(WSP_SERVER, 10);
    hold_over_sends_and_pings(WSP_CLIENT, 10);
    hold_over_sends_and_pings(WSP_SERVER, 100000);
    hold_over_sends_and_pings(WSP_CLIENT, 5000);
}

/* Takes a random part of what a random number of slices show. */
static void take_some(wsp_conn *c, struct blob *wire, uint64_t *seed)
{
    struct wsp_slice s[4];
    size_t n = wsp_pending(c, s, 1 + test_random_below(seed, ARRAY_LEN(s)));
    struct blob shown = {0};
    for (size_t i = 0; i < n; i++)
        blob_add(&shown, s[i].data, s[i].len);
    size_t len = test_random_below(seed, shown.len + 1);
    blob_add(wire, shown.data, len);
    wsp_sent(c, len);
    blob_free(&shown);
}

/* All wire bytes are whole frames: binary ones numbered from 0, and pongs. */
static void assert_numbered(const struct blob *wire, unsigned count, enum wsp_role role)
{
    struct blob payload = {0};
    unsigned seen = 0;
    for (size_t at = 0; at < wire->len;) {
        struct seen_frame f;
        payload.len = 0;
        size_t used = frame_read(&f, &payload, wire->data + at, wire->len - at);
        assert_true(used > 0);
        assert_int_equal(f.masked, role == WSP_CLIENT);
        if (f.head == (0x80 | WSP_BINARY)) {
            assert_int_equal(payload.data[0], seen % 256);
            seen++;
        } else {
            assert_int_equal(f.head, 0x80 | WSP_PONG);
            assert_memory_equal(payload.data, "ping", 4);
        }
        at += used;
    }
    assert_int_equal(seen, count);
    blob_free(&payload);
}

static void random_output(uint64_t seed, enum wsp_role role)
{
    struct out_test t;
    struct blob wire = {0};
    unsigned sent = 0;
    begin(&t, role, NULL);
    for (unsigned i = 0; i < 400; i++) {
        if (test_random_below(&seed, 3) == 0)
            send_filled(t.c, 1 + test_random_below(&seed, 5000), (uint8_t)sent++);
        if (test_random_below(&seed, 4) == 0)
            feed_frame(t.c, &t.log, 0x80 | WSP_PING, "ping", 4);
        take_some(t.c, &wire, &seed);
    }
    (void)take_output(t.c, &wire, SIZE_MAX);
    assert_numbered(&wire, sent, role);
    assert_int_equal(wsp_buffered_amount(t.c), 0);
    assert_int_equal(wsp_queued_bytes(t.c), 0);
    blob_free(&wire);
    end(&t);
}

static void pending_random_acknowledgements_frames_whole(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < (test_subset() ? 5 : 200); seed++)
        random_output(seed, seed % 2 == 0 ? WSP_SERVER : WSP_CLIENT);
}

static void sent_more_than_shown_counts_as_shown(void **state)
{
    (void)state;
    struct out_test t;
    struct wsp_slice s[1];
    begin(&t, WSP_SERVER, NULL);
    send_filled(t.c, 5000, 0);
    send_filled(t.c, 6000, 0);
    assert_int_equal(wsp_pending(t.c, s, 1), 1);
    wsp_sent(t.c, SIZE_MAX);
    assert_int_equal(wsp_queued_bytes(t.c), 5004 + 6004 - s[0].len);
    wsp_sent(t.c, 1000); /* nothing is shown any more */
    assert_int_equal(wsp_queued_bytes(t.c), 5004 + 6004 - s[0].len);
    end(&t);
}

/* --- what goes before what -------------------------------------------------------------------- */

static void control_blocked_data_passes_at_boundary(void **state)
{
    (void)state;
    struct out_test t;
    struct wsp_slice s[1];
    struct blob wire = {0}, line = {0};
    begin(&t, WSP_SERVER, NULL);
    for (unsigned i = 0; i < 5; i++)
        send_filled(t.c, 5000, (uint8_t)i);
    assert_int_equal(wsp_pending(t.c, s, 1), 1);
    assert_int_equal(s[0].len, 5004);
    blob_add(&wire, s[0].data, 100);
    wsp_sent(t.c, 100);
    feed_script(t.c, &t.log, "P'in'");
    assert_int_equal(wsp_send_ping(t.c, "out", 3), WSP_OK);
    (void)take_output(t.c, &wire, SIZE_MAX);
    const char *text = frames_line(&line, &wire);
    const char *pong = strstr(text, "O'in'"), *ping = strstr(text, "P'out'");
    assert_non_null(pong);
    assert_non_null(ping);
    assert_non_null(strstr(pong, " B'5000:")); /* data goes on behind them */
    assert_non_null(strstr(ping, " B'5000:"));
    blob_free(&wire);
    blob_free(&line);
    end(&t);
}

static void control_nothing_shown_goes_first(void **state)
{
    (void)state;
    struct out_test t;
    begin(&t, WSP_CLIENT, NULL);
    assert_int_equal(wsp_send_text(t.c, "one", 3), WSP_OK);
    feed_script(t.c, &t.log, "P'a' P'b'");
    assert_int_equal(wsp_send_text(t.c, "two", 3), WSP_OK);
    assert_output(t.c, "O'b' T'one' T'two'");
    end(&t);
}

static void control_shown_pong_stays_newer_follows(void **state)
{
    (void)state;
    struct out_test t;
    struct wsp_slice s[4];
    begin(&t, WSP_SERVER, NULL);
    feed_script(t.c, &t.log, "P'first'");
    assert_int_equal(wsp_pending(t.c, s, 4), 1);
    feed_script(t.c, &t.log, "P'second' P'third'");
    assert_output(t.c, "O'first' O'third'");
    end(&t);
}

static void control_data_limit_full_pings_pass(void **state)
{
    (void)state;
    struct out_test t;
    const struct wsp_limits limits = {.buffered = 100};
    begin(&t, WSP_SERVER, &limits);
    send_filled(t.c, 100, 0);
    assert_int_equal(wsp_send_text(t.c, "x", 1), WSP_ERR_FULL);
    assert_int_equal(wsp_send_ping(t.c, "x", 1), WSP_OK);
    feed_script(t.c, &t.log, "P'y'");
    assert_int_equal(wsp_close(t.c, 1000, NULL, 0), WSP_OK);
    assert_output(t.c, "P'x' O'y' B'100:de239011' X1000");
    end(&t);
}

static void close_frame_behind_accepted_data(void **state)
{
    (void)state;
    struct out_test t;
    begin(&t, WSP_CLIENT, NULL);
    assert_int_equal(wsp_send_text(t.c, "1", 1), WSP_OK);
    assert_int_equal(wsp_send_text(t.c, "2", 1), WSP_OK);
    assert_int_equal(wsp_send_ping(t.c, "p", 1), WSP_OK);
    assert_int_equal(wsp_close(t.c, 1001, "bye", 3), WSP_OK);
    assert_int_equal(wsp_send_text(t.c, "3", 1), WSP_ERR_STATE);
    assert_output(t.c, "P'p' T'1' T'2' X1001'bye'");
    end(&t);
}

static void failure_begun_frame_finished_others_dropped(void **state)
{
    (void)state;
    struct out_test t;
    struct wsp_slice s[1];
    begin(&t, WSP_SERVER, NULL);
    for (unsigned i = 0; i < 3; i++)
        send_filled(t.c, 5000, 0);
    assert_int_equal(wsp_pending(t.c, s, 1), 1);
    wsp_sent(t.c, 10);
    feed_bytes(t.c, &t.log, "\x81\x00", 2); /* not masked */
    struct blob wire = {0};
    size_t left = take_output(t.c, &wire, SIZE_MAX);
    assert_int_equal(left, 5004 - 10 + 4);
    assert_memory_equal(wire.data + wire.len - 4, "\x88\x02\x03\xEA", 4);
    blob_free(&wire);
    end(&t);
}

static void send_fragment_limit_splits_message(void **state)
{
    (void)state;
    struct out_test t;
    const struct wsp_limits limits = {.send_fragment = 4};
    for (int role = 0; role < 2; role++) {
        begin(&t, (enum wsp_role)role, &limits);
        assert_int_equal(wsp_send_text(t.c, "aaaabbbbcc", 10), WSP_OK);
        assert_int_equal(wsp_send_text(t.c, "dddd", 4), WSP_OK);
        assert_int_equal(wsp_send_part(t.c, WSP_TEXT, "eeeee", 5, false), WSP_OK);
        assert_int_equal(wsp_send_part(t.c, WSP_TEXT, "fffff", 5, true), WSP_OK);
        assert_output(t.c, "t'aaaa' c'bbbb' C'cc' T'dddd' t'eeee' c'e' c'ffff' C'f'");
        end(&t);
    }
}

static void part_message_open_other_sends_refused(void **state)
{
    (void)state;
    struct out_test t;
    begin(&t, WSP_SERVER, NULL);
    assert_int_equal(wsp_send_part(t.c, WSP_PING, "x", 1, true), WSP_ERR_ARG);
    assert_int_equal(wsp_send_part(t.c, WSP_BINARY, "a", 1, false), WSP_OK);
    assert_int_equal(wsp_send_text(t.c, "x", 1), WSP_ERR_STATE);
    assert_int_equal(wsp_send_binary(t.c, "x", 1), WSP_ERR_STATE);
    assert_int_equal(wsp_send_part(t.c, WSP_TEXT, "x", 1, true), WSP_ERR_ARG);
    assert_int_equal(wsp_send_part(t.c, WSP_BINARY, "", 0, false), WSP_OK);
    assert_int_equal(wsp_send_part(t.c, WSP_BINARY, NULL, 0, true), WSP_OK);
    assert_int_equal(wsp_send_text(t.c, "y", 1), WSP_OK);
    assert_output(t.c, "b'a' c'' C'' T'y'");
    end(&t);
}

/* --- FULL, DRAIN, bufferedAmount -------------------------------------------------------------- */

static void full_reached_drain_once_at_half(void **state)
{
    (void)state;
    struct out_test t;
    const struct wsp_limits limits = {.buffered = 1000};
    begin(&t, WSP_SERVER, &limits);
    send_filled(t.c, 900, 0); /* 904 bytes wait: below the limit */
    send_filled(t.c, 900, 0); /* taken whole */
    assert_int_equal(wsp_queued_bytes(t.c), 1808);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(wsp_send_text(t.c, "x", 1), WSP_ERR_FULL);
    assert_int_equal(wsp_send_part(t.c, WSP_TEXT, "x", 1, false), WSP_ERR_FULL);
    assert_int_equal(wsp_queued_bytes(t.c), 1808);
    (void)take_output(t.c, NULL, 1307); /* 501 are left */
    assert_false((wsp_wants(t.c) & WSP_WANT_FEED) != 0);
    feed_bytes(t.c, &t.log, "", 0);
    assert_int_equal(t.log.drains, 0);
    (void)take_output(t.c, NULL, 1); /* half */
    assert_true((wsp_wants(t.c) & WSP_WANT_FEED) != 0);
    feed_bytes(t.c, &t.log, "", 0);
    assert_int_equal(t.log.drains, 1);
    assert_false((wsp_wants(t.c) & WSP_WANT_FEED) != 0);
    (void)take_output(t.c, NULL, SIZE_MAX);
    feed_bytes(t.c, &t.log, "", 0);
    assert_int_equal(t.log.drains, 1);
    end(&t);
}

static void full_each_time_drain_each_time(void **state)
{
    (void)state;
    struct out_test t;
    const struct wsp_limits limits = {.buffered = 100};
    begin(&t, WSP_CLIENT, &limits);
    for (unsigned i = 1; i <= 5; i++) {
        send_filled(t.c, 100, 0);
        assert_int_equal(wsp_send_text(t.c, "x", 1), WSP_ERR_FULL);
        (void)take_output(t.c, NULL, SIZE_MAX);
        feed_bytes(t.c, &t.log, "", 0);
        assert_int_equal(t.log.drains, i);
    }
    end(&t);
}

static void full_exactly_at_limit(void **state)
{
    (void)state;
    struct out_test t;
    const struct wsp_limits limits = {.buffered = 102};
    begin(&t, WSP_SERVER, &limits);
    send_filled(t.c, 99, 0);
    assert_int_equal(wsp_queued_bytes(t.c), 101);
    send_filled(t.c, 0, 0);
    (void)take_output(t.c, NULL, 1);
    assert_int_equal(wsp_queued_bytes(t.c), 102);
    assert_int_equal(wsp_send_text(t.c, "", 0), WSP_ERR_FULL);
    (void)take_output(t.c, NULL, 1);
    assert_int_equal(wsp_send_text(t.c, "", 0), WSP_OK);
    end(&t);
}

static void full_never_reached_no_drain(void **state)
{
    (void)state;
    struct out_test t;
    const struct wsp_limits limits = {.buffered = 100};
    begin(&t, WSP_SERVER, &limits);
    send_filled(t.c, 97, 0);
    send_filled(t.c, 100, 0);
    (void)take_output(t.c, NULL, SIZE_MAX);
    feed_bytes(t.c, &t.log, "", 0);
    assert_int_equal(t.log.drains, 0);
    end(&t);
}

static void too_big_alone_refused_without_drain(void **state)
{
    (void)state;
    struct out_test t;
    const struct wsp_limits limits = {.buffered = 100};
    static const char text[101];
    begin(&t, WSP_SERVER, &limits);
    assert_int_equal(wsp_send_binary(t.c, text, 101), WSP_ERR_TOO_BIG);
    assert_int_equal(wsp_send_part(t.c, WSP_BINARY, text, 101, true), WSP_ERR_TOO_BIG);
    assert_int_equal(wsp_queued_bytes(t.c), 0);
    assert_int_equal(wsp_send_binary(t.c, text, 100), WSP_OK);
    (void)take_output(t.c, NULL, SIZE_MAX);
    feed_bytes(t.c, &t.log, "", 0);
    assert_int_equal(t.log.drains, 0);
    end(&t);
}

static void buffered_amount_frames_credited_at_last_byte(void **state)
{
    (void)state;
    struct out_test t;
    for (int role = 0; role < 2; role++) {
        size_t head = role == WSP_CLIENT ? 6 : 2;
        begin(&t, (enum wsp_role)role, NULL);
        send_filled(t.c, 10, 0);
        send_filled(t.c, 20, 0);
        send_filled(t.c, 0, 0);
        assert_int_equal(wsp_send_ping(t.c, "not data", 8), WSP_OK);
        assert_int_equal(wsp_buffered_amount(t.c), 30);
        (void)take_output(t.c, NULL, head + 8);
        assert_int_equal(wsp_buffered_amount(t.c), 30);
        (void)take_output(t.c, NULL, head + 9);
        assert_int_equal(wsp_buffered_amount(t.c), 30);
        (void)take_output(t.c, NULL, 1);
        assert_int_equal(wsp_buffered_amount(t.c), 20);
        (void)take_output(t.c, NULL, head + 19);
        assert_int_equal(wsp_buffered_amount(t.c), 20);
        (void)take_output(t.c, NULL, 1);
        assert_int_equal(wsp_buffered_amount(t.c), 0);
        assert_int_equal(wsp_queued_bytes(t.c), head);
        end(&t);
    }
}

static void buffered_amount_large_frame_credited_by_64k(void **state)
{
    (void)state;
    struct out_test t;
    begin(&t, WSP_SERVER, NULL);
    send_filled(t.c, 200000, 0);
    assert_int_equal(wsp_buffered_amount(t.c), 200000);
    (void)take_output(t.c, NULL, 10 + 65535);
    assert_int_equal(wsp_buffered_amount(t.c), 200000);
    (void)take_output(t.c, NULL, 1);
    assert_int_equal(wsp_buffered_amount(t.c), 200000 - 65536);
    (void)take_output(t.c, NULL, 2 * 65536);
    assert_int_equal(wsp_buffered_amount(t.c), 200000 - 3 * 65536);
    (void)take_output(t.c, NULL, SIZE_MAX);
    assert_int_equal(wsp_buffered_amount(t.c), 0);
    end(&t);
}

static void buffered_amount_refused_send_unchanged(void **state)
{
    (void)state;
    struct out_test t;
    begin(&t, WSP_SERVER, NULL);
    assert_int_equal(wsp_send_text(t.c, "\xFF", 1), WSP_ERR_UTF8);
    t.w.alloc.fail_at = t.w.alloc.calls + 1;
    assert_int_equal(wsp_send_text(t.c, "abc", 3), WSP_ERR_NOMEM);
    assert_int_equal(wsp_buffered_amount(t.c), 0);
    assert_int_equal(wsp_queued_bytes(t.c), 0);
    assert_int_equal(wsp_wants(t.c), WSP_WANT_READ);
    assert_int_equal(wsp_send_text(t.c, "abc", 3), WSP_OK);
    assert_output(t.c, "T'abc'");
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pending_held_over_sends_and_pings_unmoved),
        cmocka_unit_test(pending_random_acknowledgements_frames_whole),
        cmocka_unit_test(sent_more_than_shown_counts_as_shown),
        cmocka_unit_test(control_blocked_data_passes_at_boundary),
        cmocka_unit_test(control_nothing_shown_goes_first),
        cmocka_unit_test(control_shown_pong_stays_newer_follows),
        cmocka_unit_test(control_data_limit_full_pings_pass),
        cmocka_unit_test(close_frame_behind_accepted_data),
        cmocka_unit_test(failure_begun_frame_finished_others_dropped),
        cmocka_unit_test(send_fragment_limit_splits_message),
        cmocka_unit_test(part_message_open_other_sends_refused),
        cmocka_unit_test(full_reached_drain_once_at_half),
        cmocka_unit_test(full_each_time_drain_each_time),
        cmocka_unit_test(full_exactly_at_limit),
        cmocka_unit_test(full_never_reached_no_drain),
        cmocka_unit_test(too_big_alone_refused_without_drain),
        cmocka_unit_test(buffered_amount_frames_credited_at_last_byte),
        cmocka_unit_test(buffered_amount_large_frame_credited_by_64k),
        cmocka_unit_test(buffered_amount_refused_send_unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
