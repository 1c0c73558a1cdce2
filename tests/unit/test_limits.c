/* Limits of messages, settings of one connection alone, and heads that drip. */
#include <time.h>

#include "support/feed.h"
#include "support/run.h"
#include "support/testing.h"
#include "support/world.h"

static const struct run_setup message_10 = {.config = {.limits = {.message = 10}}};
static const struct run_setup fragments_3 = {.config = {.limits = {.fragments = 3}}};
static const struct run_setup empties_2 = {.config = {.limits = {.empty_fragments = 2}}};
static const struct run_setup buffered_10 = {.config = {.limits = {.buffered = 10}}};

static const struct run_row limits[] = {
#include "vectors/limits.inc"
};

RUN_TABLE(limit_every_row_same_events, limits)

/* --- wsp_set_limits, wsp_set_streaming -------------------------------------------------------- */

static void set_limits_one_connection_others_keep_theirs(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *a = world_adopt(e, WSP_SERVER), *b = world_adopt(e, WSP_SERVER);
    struct log la = {.opened = true}, lb = {.opened = true};
    struct wsp_limits small = {.message = 3};
    assert_int_equal(wsp_set_limits(a, &small), WSP_OK);
    memset(&small, 0xFF, sizeof small); /* it was copied */
    feed_script(a, &la, "T'abc'");
    feed_script(b, &lb, "T'abcd'");
    assert_int_equal(wsp_set_limits(a, NULL), WSP_OK);
    feed_script(a, &la, "T'abcd'");
    assert_string_equal(log_line(&la), "TEXT'abc' TEXT'abcd'");
    small = (struct wsp_limits){.message = 2};
    assert_int_equal(wsp_set_limits(a, &small), WSP_OK);
    small = (struct wsp_limits){.message = 3};
    assert_int_equal(wsp_set_limits(a, &small), WSP_OK);
    feed_script(a, &la, "T'abcd'");
    feed_end(a, &la, WSP_END_EOF);
    assert_int_equal(la.close_error, WSP_ERR_TOO_BIG);
    feed_script(b, &lb, "T'abcd'");
    assert_string_equal(log_line(&lb), "TEXT'abcd' TEXT'abcd'");
    log_free(&la);
    log_free(&lb);
    wsp_conn_free(a);
    wsp_conn_free(b);
    world_end(&w, e);
}

static void set_limits_inside_message_refused(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_CLIENT);
    struct log log = {.opened = true};
    struct wsp_limits small = {.message = 3};
    feed_script(c, &log, "t'abcd'");
    assert_int_equal(wsp_set_limits(c, &small), WSP_ERR_STATE);
    assert_int_equal(wsp_set_limits(c, NULL), WSP_ERR_STATE);
    assert_int_equal(wsp_set_streaming(c, true), WSP_ERR_STATE);
    feed_script(c, &log, "C'e'");
    assert_int_equal(wsp_set_limits(c, &small), WSP_OK);
    assert_int_equal(wsp_set_streaming(c, true), WSP_OK);
    feed_bytes(c, &log, "\x82\x02x", 3); /* inside a frame, nothing of it kept */
    assert_int_equal(wsp_set_limits(c, NULL), WSP_ERR_STATE);
    feed_bytes(c, &log, "y", 1);
    assert_string_equal(log_line(&log), "TEXT'abcde' BIN'xy'");
    assert_int_equal(log.data_events, 3);
    log_free(&log);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void set_limits_no_memory_refused_unchanged(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_CLIENT);
    struct log log = {.opened = true};
    struct wsp_limits small = {.message = 3};
    w.alloc.fail_at = w.alloc.calls + 1;
    assert_int_equal(wsp_set_limits(c, &small), WSP_ERR_NOMEM);
    feed_script(c, &log, "T'abcd'");
    assert_string_equal(log_line(&log), "TEXT'abcd'");
    log_free(&log);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void set_streaming_between_messages_changes_shape(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct log log = {.opened = true};
    feed_script(c, &log, "t'a' c'b' C'c'");
    assert_int_equal(log.data_events, 1);
    assert_int_equal(wsp_set_streaming(c, true), WSP_OK);
    feed_script(c, &log, "t'a' c'b' C'c'");
    assert_int_equal(log.data_events, 4);
    assert_int_equal(wsp_set_streaming(c, false), WSP_OK);
    feed_script(c, &log, "t'a' c'b' C'c'");
    assert_int_equal(log.data_events, 5);
    assert_string_equal(log_line(&log), "TEXT'abc' TEXT'abc' TEXT'abc'");
    log_free(&log);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* A streamed message of any length needs no memory for it. */
static void streaming_long_message_memory_flat(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_CLIENT);
    assert_int_equal(wsp_set_streaming(c, true), WSP_OK);
    struct log log = {.opened = true};
    static uint8_t data[10000];
    size_t live = w.alloc.live;
    feed_bytes(c, &log, "\x82\x7F\x00\x00\x00\x00\x00\x98\x96\x80", 10); /* 10^7 bytes */
    for (size_t i = 0; i < 1000; i++) {
        feed_bytes(c, &log, data, sizeof data);
        assert_true(w.alloc.live <= live + 1024);
    }
    assert_int_equal(log.messages, 1);
    assert_false(log.in_message);
    log_free(&log);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* --- heads that drip -------------------------------------------------------------------------- */

#define HEAD_BYTES 65536

static void long_head(struct blob *head)
{
    blob_text(head, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
    for (unsigned i = 0; head->len < HEAD_BYTES - 1100; i++) {
        blob_format(head, "X-%u: ", i);
        for (unsigned k = 0; k < 16; k++)
            blob_text(head, "0123456789012345678901234567890123456789012345678901234567890");
        blob_text(head, "\r\n");
    }
    blob_text(head, "\r\n");
    assert_true(head->len > HEAD_BYTES - 1200 && head->len <= HEAD_BYTES);
}

static clock_t feed_head(const struct blob *head, size_t piece)
{
    struct wsp_config cfg = {.limits = {.handshake = HEAD_BYTES}};
    struct world w;
    wsp_endpoint *e = NULL;
    wsp_conn *c = NULL;
    struct log log = {.opened = false};
    uint64_t received = 0;
    world_init(&w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    assert_int_equal(wsp_server_new(&c, e), WSP_OK);
    w.alloc.base = w.alloc.live;
    w.alloc.received = &received;
    clock_t start = clock();
    for (size_t at = 0; at < head->len; at += piece) {
        struct wsp_event ev;
        size_t len = head->len - at < piece ? head->len - at : piece;
        struct wsp_input in = {.data = head->data + at, .len = len, .read_only = true};
        received += len;
        while (wsp_feed(c, &in, &ev) != WSP_EVENT_NONE)
            log_event(&log, &ev);
    }
    clock_t spent = clock() - start;
    assert_string_equal(log_line(&log), "OPEN");
    log_free(&log);
    wsp_conn_free(c);
    world_end(&w, e);
    return spent;
}

/* The end is looked for once. A library that searches or parses anew for each byte needs 65536 / 2
 * times as long as for the whole head; 50 ns a call and 30 ms for the machine's noise are allowed
 * beside four times as long. */
static void head_64k_dripped_costs_linear(void **state)
{
    (void)state;
    struct blob head = {0};
    long_head(&head);
    clock_t whole = feed_head(&head, HEAD_BYTES);
    clock_t dripped = feed_head(&head, 1);
    double allowed =
        4.0 * (double)whole + (double)head.len * 50e-9 * CLOCKS_PER_SEC + 0.03 * CLOCKS_PER_SEC;
    if (getenv("WSP_TEST_SUBSET") == NULL)
        assert_true((double)dripped <= allowed);
    assert_true(feed_head(&head, 1000) <= dripped + CLOCKS_PER_SEC);
    blob_free(&head);
}

static void head_over_default_limit_431(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = NULL;
    struct blob head = {0}, out = {0};
    assert_int_equal(wsp_server_new(&c, e), WSP_OK);
    long_head(&head);
    size_t fed = 0;
    while (wsp_queued_bytes(c) == 0 && fed < head.len) {
        feed_bytes(c, NULL, head.data + fed, 1);
        fed++;
    }
    assert_int_equal(fed, 16384);
    (void)take_output(c, &out, SIZE_MAX);
    assert_non_null(strstr(blob_string(&out), "HTTP/1.1 431 "));
    blob_free(&head);
    blob_free(&out);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* --- wsp_keep_input --------------------------------------------------------------------------- */

static void keep_input_over_read_buffer_too_big(void **state)
{
    (void)state;
    struct wsp_config cfg = {.manual_accept = true, .limits = {.read_buffer = 256}};
    struct world w;
    wsp_endpoint *e = NULL;
    wsp_conn *c = NULL;
    struct wsp_event ev;
    uint8_t data[300] = {0};
    struct script s = {.masked = true};
    world_init(&w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    assert_int_equal(wsp_server_new(&c, e), WSP_OK);
    script_build(&s, "`GET / HTTP/1.1\nHost: a\nUpgrade: websocket\nConnection: Upgrade\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\n\n`");
    struct wsp_input none = {.data = data, .len = 1};
    assert_int_equal(wsp_keep_input(c, &none), WSP_ERR_STATE);
    struct wsp_input in = {.data = s.bytes.data, .len = s.bytes.len};
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_REQUEST);
    in = (struct wsp_input){.data = data, .len = 200};
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    assert_int_equal(in.len, 200);
    assert_int_equal(wsp_wants(c), WSP_WANT_ANSWER);
    assert_int_equal(wsp_keep_input(c, &in), WSP_OK);
    assert_int_equal(in.len, 0);
    in = (struct wsp_input){.data = data, .len = 57};
    assert_int_equal(wsp_keep_input(c, &in), WSP_ERR_TOO_BIG);
    assert_int_equal(in.len, 57);
    script_free(&s);
    wsp_conn_free(c);
    world_end(&w, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_every_row_same_events),
        cmocka_unit_test(set_limits_one_connection_others_keep_theirs),
        cmocka_unit_test(set_limits_inside_message_refused),
        cmocka_unit_test(set_limits_no_memory_refused_unchanged),
        cmocka_unit_test(set_streaming_between_messages_changes_shape),
        cmocka_unit_test(streaming_long_message_memory_flat),
        cmocka_unit_test(head_64k_dripped_costs_linear),
        cmocka_unit_test(head_over_default_limit_431),
        cmocka_unit_test(keep_input_over_read_buffer_too_big),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
