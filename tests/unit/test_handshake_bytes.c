/* conn_open: a head whose bytes come one by one, and what else may happen then; one that comes
 * whole, and how long it is there. */
#include "support/testing.h"

#include "support/world.h"

static const char request[] = "GET / HTTP/1.1\r\n"
                              "Host: a.example\r\n"
                              "Upgrade: websocket\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "\r\n";
#define REQUEST_LEN (sizeof request - 1)

struct dripped {
    struct world w;
    wsp_endpoint *e;
    wsp_conn *c;
    struct wsp_event ev;
};

static void begin(struct dripped *d, struct wsp_config *cfg)
{
    world_init(&d->w, cfg);
    assert_int_equal(wsp_endpoint_new(&d->e, cfg), WSP_OK);
    wsp_endpoint_clock(d->e, 1);
    assert_int_equal(wsp_server_new(&d->c, d->e), WSP_OK);
}

static void end(struct dripped *d)
{
    wsp_conn_free(d->c);
    world_end(&d->w, d->e);
}

static enum wsp_event_type feed_byte(struct dripped *d, char byte, enum wsp_end end)
{
    uint8_t data = (uint8_t)byte;
    struct wsp_input in = {&data, 1, true, end};
    memset(&d->ev, 0xA5, sizeof d->ev);
    enum wsp_event_type type = wsp_feed(d->c, &in, &d->ev);
    assert_int_equal(in.len, 0);
    assert_ptr_equal(in.data, &data + 1);
    assert_int_equal(type, d->ev.type);
    return type;
}

static void feed_first(struct dripped *d, size_t len)
{
    for (size_t i = 0; i < len; i++)
        assert_int_equal(feed_byte(d, request[i], WSP_END_OPEN), WSP_EVENT_NONE);
}

static void bytes_of_a_request_last_one_opens(void **state)
{
    (void)state;
    struct dripped d;
    struct wsp_config cfg = {0};
    begin(&d, &cfg);
    feed_first(&d, REQUEST_LEN - 1);
    assert_int_equal(feed_byte(&d, '\n', WSP_END_OPEN), WSP_EVENT_OPEN);
    assert_int_equal(d.ev.head->header_count, 5);
    assert_true(wsp_slice_equal(d.ev.head->headers[4].value, "dGhlIHNhbXBsZSBub25jZQ=="));
    end(&d);
}

/* Each byte is looked at for the timer: a drip does not put it off. */
static void byte_after_the_deadline_times_out(void **state)
{
    (void)state;
    for (size_t len = 0; len < REQUEST_LEN; len += 7) {
        struct dripped d;
        struct wsp_config cfg = {.handshake_ms = 1000};
        begin(&d, &cfg);
        feed_first(&d, len);
        wsp_endpoint_clock(d.e, 1001);
        assert_int_equal(feed_byte(&d, request[len], WSP_END_OPEN), WSP_EVENT_CLOSE);
        assert_int_equal(d.ev.error, WSP_ERR_TIMEOUT);
        end(&d);
    }
}

/* The transport's end comes with the byte: it is told by the same call. */
static void byte_with_the_end_closes(void **state)
{
    (void)state;
    for (size_t len = 0; len < REQUEST_LEN - 1; len++) {
        for (int reset = 0; reset <= 1; reset++) {
            struct dripped d;
            struct wsp_config cfg = {0};
            begin(&d, &cfg);
            feed_first(&d, len);
            assert_int_equal(feed_byte(&d, request[len], reset ? WSP_END_RESET : WSP_END_EOF),
                             WSP_EVENT_CLOSE);
            assert_int_equal(d.ev.error, reset ? WSP_ERR_IO : WSP_ERR_EOF);
            end(&d);
        }
    }
}

/* A control character at any place is refused at once, and so is a line that ends in LF alone. */
static void byte_that_no_head_holds_answered(void **state)
{
    (void)state;
    for (size_t len = 0; len < REQUEST_LEN - 1; len++) {
        static const char bad[] = "\0\n\x7F";
        for (size_t i = 0; i < 3; i++) {
            struct dripped d;
            struct wsp_config cfg = {0};
            if (request[len] == bad[i])
                continue;
            begin(&d, &cfg);
            feed_first(&d, len);
            assert_int_equal(feed_byte(&d, bad[i], WSP_END_OPEN), WSP_EVENT_NONE);
            assert_true(wsp_queued_bytes(d.c) > 0);
            end(&d);
        }
    }
}

/* The limit is met by the byte that reaches it, not by the next. */
static void byte_that_reaches_the_limit_answered(void **state)
{
    (void)state;
    for (size_t limit = 8; limit < 60; limit++) {
        struct dripped d;
        struct wsp_config cfg = {.limits = {.handshake = limit}};
        begin(&d, &cfg);
        feed_first(&d, limit - 1);
        assert_int_equal(wsp_queued_bytes(d.c), 0);
        assert_int_equal(feed_byte(&d, request[limit - 1], WSP_END_OPEN), WSP_EVENT_NONE);
        assert_true(wsp_queued_bytes(d.c) > 0);
        end(&d);
    }
}

/* An answer that was not 101 is told of at its body's end, when its input is long gone. */
static void head_of_a_refusal_outlives_its_input(void **state)
{
    (void)state;
    static const char answer[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nX: why\r\n\r\n";
    static const struct wsp_target target = {.url = "ws://a.example/"};
    struct dripped d;
    struct wsp_config cfg = {0};
    uint8_t bytes[sizeof answer];
    world_init(&d.w, &cfg);
    assert_int_equal(wsp_endpoint_new(&d.e, &cfg), WSP_OK);
    assert_int_equal(wsp_client_new(&d.c, d.e, &target), WSP_OK);
    memcpy(bytes, answer, sizeof bytes);
    struct wsp_input in = {bytes, sizeof answer - 1, false, WSP_END_OPEN};
    assert_int_equal(wsp_feed(d.c, &in, &d.ev), WSP_EVENT_NONE);
    memset(bytes, '!', sizeof bytes);
    assert_int_equal(feed_byte(&d, 'a', WSP_END_OPEN), WSP_EVENT_NONE);
    assert_int_equal(feed_byte(&d, 'b', WSP_END_OPEN), WSP_EVENT_NONE);
    assert_int_equal(feed_byte(&d, 'c', WSP_END_OPEN), WSP_EVENT_CLOSE);
    assert_int_equal(d.ev.head->status, 404);
    assert_int_equal(d.ev.head->header_count, 2);
    assert_true(wsp_slice_equal(d.ev.head->headers[1].value, "why"));
    assert_true(wsp_slice_equal(d.ev.body, "abc"));
    end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_a_request_last_one_opens),
        cmocka_unit_test(byte_after_the_deadline_times_out),
        cmocka_unit_test(byte_with_the_end_closes),
        cmocka_unit_test(byte_that_no_head_holds_answered),
        cmocka_unit_test(byte_that_reaches_the_limit_answered),
        cmocka_unit_test(head_of_a_refusal_outlives_its_input),
    };
    return cmocka_run_group_tests_name("handshake_bytes", tests, NULL, NULL);
}
