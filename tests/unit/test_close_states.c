/* RFC 6455 5.5.1, 7: who closes, with what, and what is told of it. */
#include "support/run.h"
#include "support/script.h"
#include "support/testing.h"
#include "support/world.h"

static const struct run_setup one_piece = {.flags = RUN_ONE_PIECE};

static const struct run_row closing[] = {
#include "vectors/closing.inc"
};

RUN_TABLE(closing_every_row_same_events, closing)

/* Reads one whole frame that waits for output. */
static void take_frame(wsp_conn *c, struct blob *payload, uint8_t *head)
{
    struct wsp_slice s[4];
    struct blob wire = {0};
    struct seen_frame f = {0};
    size_t n = wsp_pending(c, s, ARRAY_LEN(s));
    for (size_t i = 0; i < n; i++)
        blob_add(&wire, s[i].data, s[i].len);
    payload->len = 0;
    size_t used = frame_read(&f, payload, wire.data, wire.len);
    assert_true(used > 0);
    *head = f.head;
    wsp_sent(c, used);
    blob_free(&wire);
}

/* 7.4.1, 7.4.2 and IANA, written down once more. */
static bool code_allowed(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static void feed_close(wsp_conn *c, unsigned code)
{
    uint8_t frame[] = {0x88, 0x82, 0, 0, 0, 0, (uint8_t)(code >> 8), (uint8_t)code};
    struct wsp_input in = {.data = frame, .len = sizeof frame};
    struct wsp_event ev;
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    assert_int_equal(in.len, 0);
}

static void end_with(wsp_conn *c, enum wsp_end end, struct wsp_event *ev)
{
    struct wsp_input in = {.end = end};
    if ((wsp_wants(c) & WSP_WANT_SHUT) != 0)
        wsp_shut(c);
    assert_int_equal(wsp_feed(c, &in, ev), WSP_EVENT_CLOSE);
}

static void received_code_all_values_only_allowed_accepted(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    struct blob body = {0};
    for (unsigned code = 0; code < 65536; code += test_subset() ? 13 : 1) {
        struct wsp_event ev;
        uint8_t head = 0;
        wsp_conn *c = world_adopt(e, WSP_SERVER);
        feed_close(c, code);
        take_frame(c, &body, &head);
        assert_int_equal(head, 0x88);
        assert_int_equal(body.data[0] << 8 | body.data[1], code_allowed(code) ? code : 1002);
        end_with(c, WSP_END_EOF, &ev);
        assert_int_equal(ev.error, code_allowed(code) ? WSP_OK : WSP_ERR_PROTOCOL);
        assert_int_equal(ev.code, code_allowed(code) ? code : WSP_CLOSE_ABNORMAL);
        assert_int_equal(ev.clean, code_allowed(code));
        wsp_conn_free(c);
    }
    blob_free(&body);
    world_end(&w, e);
}

static void sent_code_all_values_only_allowed_accepted(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    for (unsigned code = 1; code < 70000; code++) {
        if (!code_allowed(code))
            assert_int_equal(wsp_close(c, code, NULL, 0), WSP_ERR_ARG);
    }
    assert_int_equal(wsp_ready_state(c), WSP_OPEN);
    assert_int_equal(wsp_queued_bytes(c), 0);
    wsp_conn_free(c);
    for (unsigned code = 0; code < 5000; code++) {
        if (code != 0 && !code_allowed(code))
            continue;
        c = world_adopt(e, WSP_SERVER);
        assert_int_equal(wsp_close(c, code, NULL, 0), WSP_OK);
        wsp_conn_free(c);
    }
    world_end(&w, e);
}

/* --- wsp_close_info --------------------------------------------------------------------------- */

static void assert_slice(struct wsp_slice s, const char *text)
{
    assert_int_equal(s.len, strlen(text));
    assert_memory_equal(s.len > 0 ? (const void *)s.data : "", text, s.len);
}

static void close_info_open_connection_nothing_known(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_CLIENT);
    struct wsp_close_info info;
    memset(&info, 0x55, sizeof info);
    wsp_close_info(c, &info);
    assert_int_equal(info.received_code, 1006);
    assert_int_equal(info.sent_code, 0);
    assert_false(info.clean);
    assert_int_equal(info.error, WSP_OK);
    assert_null(info.detail);
    assert_slice(info.received_reason, "");
    assert_slice(info.sent_reason, "");
    wsp_conn_free(c);
    world_end(&w, e);
}

static void close_info_both_closed_both_codes_and_reasons(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_CLIENT);
    struct wsp_event ev;
    struct wsp_close_info info;
    struct blob body = {0};
    uint8_t head = 0;
    assert_int_equal(wsp_close(c, 3001, "ours", 4), WSP_OK);
    take_frame(c, &body, &head);
    uint8_t theirs[] = {0x88, 0x05, 0x0B, 0xBA, 'y', 'e', 's'};
    struct wsp_input in = {.data = theirs, .len = sizeof theirs};
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    memset(theirs, 0, sizeof theirs);
    end_with(c, WSP_END_EOF, &ev);
    wsp_close_info(c, &info);
    assert_int_equal(info.received_code, 3002);
    assert_int_equal(info.sent_code, 3001);
    assert_true(info.clean);
    assert_false(info.by_peer);
    assert_int_equal(info.error, WSP_OK);
    assert_slice(info.received_reason, "yes");
    assert_slice(info.sent_reason, "ours");
    assert_slice(ev.data, "yes");
    blob_free(&body);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void close_info_failed_rule_and_sent_code(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct wsp_event ev;
    struct wsp_close_info info;
    uint8_t unmasked[] = {0x81, 0x00};
    struct wsp_input in = {.data = unmasked, .len = sizeof unmasked};
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    wsp_close_info(c, &info);
    assert_int_equal(info.error, WSP_ERR_PROTOCOL);
    assert_string_equal(info.detail, "RFC 6455 5.1: frame from client is not masked");
    assert_int_equal(info.sent_code, 1002);
    end_with(c, WSP_END_RESET, &ev);
    assert_string_equal(ev.detail, info.detail);
    wsp_close_info(c, &info);
    assert_int_equal(info.received_code, 1006);
    assert_int_equal(info.error, WSP_ERR_PROTOCOL);
    assert_true(info.by_peer);
    assert_false(info.clean);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void close_info_close_without_code_told_as_1005(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct wsp_event ev;
    struct wsp_close_info info;
    uint8_t theirs[] = {0x88, 0x80, 1, 2, 3, 4};
    struct wsp_input in = {.data = theirs, .len = sizeof theirs};
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    wsp_close_info(c, &info);
    assert_int_equal(info.received_code, 1005);
    assert_int_equal(info.sent_code, 1005);
    assert_true(info.by_peer);
    assert_false(info.clean); /* ours is not sent yet */
    wsp_conn_free(c);
    world_end(&w, e);
}

/* --- what the transport is asked for ---------------------------------------------------------- */

static void close_server_after_last_byte_wants_shut(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct blob body = {0};
    struct wsp_event ev;
    uint8_t head = 0;
    feed_close(c, 1000);
    assert_true((wsp_wants(c) & WSP_WANT_WRITE) != 0);
    assert_false((wsp_wants(c) & WSP_WANT_SHUT) != 0);
    take_frame(c, &body, &head);
    assert_true((wsp_wants(c) & WSP_WANT_SHUT) != 0);
    assert_false((wsp_wants(c) & (WSP_WANT_WRITE | WSP_WANT_END)) != 0);
    wsp_shut(c);
    assert_int_equal(wsp_wants(c), WSP_WANT_READ);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_NONE);
    end_with(c, WSP_END_EOF, &ev);
    assert_int_equal(wsp_wants(c), WSP_WANT_END);
    blob_free(&body);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void close_server_first_shuts_after_the_answer_only(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct blob body = {0};
    uint8_t head = 0;
    assert_int_equal(wsp_close(c, 1001, NULL, 0), WSP_OK);
    take_frame(c, &body, &head);
    assert_int_equal(wsp_wants(c), WSP_WANT_READ);
    feed_close(c, 1001);
    assert_int_equal(wsp_wants(c), WSP_WANT_READ | WSP_WANT_SHUT);
    blob_free(&body);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void close_client_after_both_waits_for_server(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_CLIENT);
    struct blob body = {0};
    struct wsp_event ev;
    uint8_t head = 0;
    uint8_t theirs[] = {0x88, 0x02, 0x03, 0xE8};
    struct wsp_input in = {.data = theirs, .len = sizeof theirs};
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    take_frame(c, &body, &head);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_NONE);
    assert_false((wsp_wants(c) & WSP_WANT_END) != 0);
    assert_true((wsp_wants(c) & WSP_WANT_READ) != 0);
    assert_false((wsp_wants(c) & WSP_WANT_SHUT) != 0);
    end_with(c, WSP_END_EOF, &ev);
    assert_int_equal(ev.code, 1000);
    blob_free(&body);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void close_after_close_event_everything_inert(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct wsp_event ev;
    struct wsp_slice s[2];
    uint8_t *at = NULL;
    end_with(c, WSP_END_RESET, &ev);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_NONE);
        assert_int_equal(ev.type, WSP_EVENT_NONE);
    }
    assert_int_equal(wsp_pending(c, s, 2), 0);
    assert_int_equal(wsp_recv_space(c, &at), 0);
    assert_int_equal(wsp_send_binary(c, "x", 1), WSP_ERR_STATE);
    assert_int_equal(wsp_send_ping(c, "x", 1), WSP_ERR_STATE);
    assert_int_equal(wsp_set_streaming(c, true), WSP_ERR_STATE);
    assert_int_equal(wsp_set_limits(c, NULL), WSP_ERR_STATE);
    assert_int_equal(wsp_ready_state(c), WSP_CLOSED);
    wsp_shut(c);
    wsp_sent(c, 10);
    wsp_conn_free(c);
    world_end(&w, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_every_row_same_events),
        cmocka_unit_test(received_code_all_values_only_allowed_accepted),
        cmocka_unit_test(sent_code_all_values_only_allowed_accepted),
        cmocka_unit_test(close_info_open_connection_nothing_known),
        cmocka_unit_test(close_info_both_closed_both_codes_and_reasons),
        cmocka_unit_test(close_info_failed_rule_and_sent_code),
        cmocka_unit_test(close_info_close_without_code_told_as_1005),
        cmocka_unit_test(close_server_after_last_byte_wants_shut),
        cmocka_unit_test(close_server_first_shuts_after_the_answer_only),
        cmocka_unit_test(close_client_after_both_waits_for_server),
        cmocka_unit_test(close_after_close_event_everything_inert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
