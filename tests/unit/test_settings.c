/* Statistics, what a connection knows of itself, and arguments that must be refused. */
#include "support/feed.h"
#include "support/pair.h"
#include "support/testing.h"
#include "support/world.h"

static void statistics_off_all_zero(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct wsp_statistics s;
    static const struct wsp_statistics zero;
    memset(&s, 0x55, sizeof s);
    feed_script(c, NULL, "T'x'");
    assert_false(wsp_get_statistics(c, &s));
    assert_memory_equal(&s, &zero, sizeof s);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void assert_flow(const struct wsp_flow *f, const uint64_t expected[4])
{
    assert_int_equal(f->messages, expected[0]);
    assert_int_equal(f->frames, expected[1]);
    assert_int_equal(f->payload, expected[2]);
    assert_int_equal(f->wire, expected[3]);
}

static void statistics_on_every_kind_counted(void **state)
{
    (void)state;
    for (int role = 0; role < 2; role++) {
        struct wsp_config cfg = {.statistics = true};
        struct world w;
        wsp_endpoint *e = NULL;
        struct wsp_statistics s;
        uint64_t in_key = role == WSP_SERVER ? 4 : 0, out_key = 4 - in_key;
        world_init(&w, &cfg);
        assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
        wsp_conn *c = world_adopt(e, (enum wsp_role)role);
        feed_script(c, NULL, "T'abc' t#200 P'ping' c'' C#70 B'' O'x'");
        assert_int_equal(wsp_send_text(c, "hello", 5), WSP_OK);
        assert_int_equal(wsp_send_part(c, WSP_BINARY, "ab", 2, false), WSP_OK);
        assert_int_equal(wsp_send_part(c, WSP_BINARY, "c", 1, true), WSP_OK);
        assert_int_equal(wsp_send_ping(c, "p", 1), WSP_OK);
        assert_int_equal(wsp_send_text(c, "\xFF", 1), WSP_ERR_UTF8);
        assert_int_equal(wsp_close(c, 1000, NULL, 0), WSP_OK);
        assert_true(wsp_get_statistics(c, &s));
        assert_flow(&s.received,
                    (uint64_t[]){3, 7, 273, 3 + 200 + 4 + 70 + 1 + 7 * 2 + 2 + 7 * in_key});
        /* pong, text, two parts, ping, Close: counted when queued */
        assert_flow(&s.sent, (uint64_t[]){2, 6, 8, 4 + 5 + 3 + 1 + 2 + 6 * 2 + 6 * out_key});
        wsp_conn_free(c);
        world_end(&w, e);
    }
}

/* What one side counts as sent, the other counts as received. */
static void statistics_of_both_sides_agree(void **state)
{
    (void)state;
    const struct wsp_config cfg = {.statistics = true, .limits = {.send_fragment = 100}};
    struct pair p = {.seed = 5, .split = true};
    struct wsp_statistics s[2];
    static const char text[1000] = "x";
    pair_begin(&p, &(struct pair_setup){.server = &cfg, .client = &cfg});
    pair_settle(&p);
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(wsp_send_binary(p.conn[i % 2], text, i * 5), WSP_OK);
        if (i % 10 == 0)
            assert_int_equal(wsp_send_ping(p.conn[i / 10 % 2], "p", 1), WSP_OK);
        pair_settle(&p);
    }
    assert_true(wsp_get_statistics(p.conn[0], &s[0]));
    assert_true(wsp_get_statistics(p.conn[1], &s[1]));
    assert_memory_equal(&s[0].sent, &s[1].received, sizeof s[0].sent);
    assert_memory_equal(&s[1].sent, &s[0].received, sizeof s[0].sent);
    assert_int_equal(s[0].sent.messages, 100);
    pair_end(&p);
}

/* --- what was agreed -------------------------------------------------------------------------- */

static void assert_slice(struct wsp_slice s, const char *text)
{
    assert_int_equal(s.len, strlen(text));
    if (s.len > 0)
        assert_memory_equal(s.data, text, s.len);
}

static void protocol_agreed_both_sides_know(void **state)
{
    (void)state;
    const struct wsp_config cfg = {.protocols = "chat.v2, chat.v1"};
    const struct wsp_target target = {.url = "ws://a/", .protocols = "other, chat.v1"};
    struct pair p = {.seed = 5};
    struct wsp_agreed agreed;
    pair_begin(&p, &(struct pair_setup){.server = &cfg, .target = &target});
    assert_slice(wsp_protocol(p.conn[0]), "");
    pair_settle(&p);
    assert_slice(wsp_protocol(p.conn[0]), "chat.v1");
    assert_slice(wsp_protocol(p.conn[1]), "chat.v1");
    wsp_conn_agreed(p.conn[1], &agreed);
    assert_int_equal(agreed.role, WSP_CLIENT);
    assert_slice(agreed.protocol, "chat.v1");
    assert_false(agreed.deflate.enabled);
    pair_end(&p);
}

static void adopt_with_protocol_kept(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    char name[] = "mqtt";
    struct wsp_agreed a = {.role = WSP_SERVER, .protocol = {(const uint8_t *)name, 4}};
    wsp_conn *c = NULL;
    assert_int_equal(wsp_adopt_new(&c, e, &a), WSP_OK);
    memset(name, 'x', 4);
    assert_slice(wsp_protocol(c), "mqtt");
    assert_int_equal(wsp_ready_state(c), WSP_OPEN);
    assert_int_equal(wsp_send_text(c, "at once", 7), WSP_OK);
    assert_ptr_equal(wsp_conn_endpoint(c), e);
    assert_null(wsp_user(c));
    wsp_conn_free(c);
    world_end(&w, e);
}

/* --- answers of the application --------------------------------------------------------------- */

static wsp_conn *waiting_request(wsp_endpoint *e, struct wsp_event *ev)
{
    static uint8_t bytes[512];
    struct script s = {.masked = true};
    wsp_conn *c = NULL;
    assert_int_equal(wsp_server_new(&c, e), WSP_OK);
    script_build(
        &s, "`GET /room HTTP/1.1\nHost: a\nUpgrade: websocket\nConnection: Upgrade\nCookie: id=7\n"
            "Sec-WebSocket-Protocol: v1, v2\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\n\n`");
    memcpy(bytes, s.bytes.data, s.bytes.len);
    struct wsp_input in = {.data = bytes, .len = s.bytes.len};
    assert_int_equal(wsp_feed(c, &in, ev), WSP_EVENT_REQUEST);
    memset(bytes, 0, sizeof bytes);
    script_free(&s);
    return c;
}

static wsp_endpoint *manual_endpoint(struct world *w)
{
    struct wsp_config cfg = {.manual_accept = true};
    wsp_endpoint *e = NULL;
    world_init(w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    return e;
}

static void request_waits_head_stays_until_answered(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = manual_endpoint(&w);
    struct wsp_event ev, other;
    wsp_conn *c = waiting_request(e, &ev);
    assert_true(ev.upgrade_ok);
    assert_int_equal(wsp_wants(c), WSP_WANT_ANSWER);
    assert_int_equal(wsp_feed(c, NULL, &other), WSP_EVENT_NONE);
    wsp_conn *d = waiting_request(e, &other);
    const struct wsp_head *head = wsp_request(c);
    assert_non_null(head);
    assert_slice(head->target, "/room");
    assert_slice(wsp_head_find(head, "cookie", NULL)->value, "id=7");
    assert_int_equal(wsp_accept(c, NULL), WSP_OK);
    assert_null(wsp_request(c));
    assert_int_equal(wsp_accept(c, NULL), WSP_ERR_STATE);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_OPEN);
    assert_slice(ev.head->target, "/room");
    wsp_conn_free(c);
    wsp_conn_free(d);
    world_end(&w, e);
}

static void accept_protocol_and_headers_written(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = manual_endpoint(&w);
    struct wsp_event ev;
    wsp_conn *c = waiting_request(e, &ev);
    struct blob out = {0};
    const struct wsp_field good[] = {{"Set-Cookie", "id=8"}, {"X-Room", "7"}};
    static const struct wsp_field bad[] = {
        {"X\r\nY", "a"},     {"X", "a\r\nY: b"}, {"X", "a\nb"}, {"Upgrade", "h2c"},
        {"Connection", "x"}, {"", "a"},          {"X Y", "a"},  {"sec-websocket-accept", "x"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct wsp_answer a = {.headers = &bad[i], .header_count = 1};
        assert_int_equal(wsp_accept(c, &a), WSP_ERR_ARG);
    }
    const struct wsp_answer unasked = {.protocol = "v3"};
    assert_int_equal(wsp_accept(c, &unasked), WSP_ERR_ARG);
    const struct wsp_answer answer = {.protocol = "v2", .headers = good, .header_count = 2};
    assert_int_equal(wsp_accept(c, &answer), WSP_OK);
    (void)take_output(c, &out, SIZE_MAX);
    const char *text = blob_string(&out);
    assert_non_null(strstr(text, "\r\nSec-WebSocket-Protocol: v2\r\n"));
    assert_non_null(strstr(text, "\r\nSet-Cookie: id=8\r\nX-Room: 7\r\n"));
    assert_slice(wsp_protocol(c), "v2");
    blob_free(&out);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* A refused accept has changed nothing: no subprotocol is left behind, and the next one may be
 * another. */
static void accept_no_memory_refused_unchanged(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = manual_endpoint(&w);
    struct wsp_event ev;
    wsp_conn *c = waiting_request(e, &ev);
    const struct wsp_answer first = {.protocol = "v2"}, second = {.protocol = ""};
    size_t live = w.alloc.live;
    for (size_t n = 1; n <= 2; n++) {
        w.alloc.fail_at = w.alloc.calls + n;
        assert_int_equal(wsp_accept(c, &first), WSP_ERR_NOMEM);
        assert_int_equal(w.alloc.live, live);
        assert_slice(wsp_protocol(c), "");
        assert_int_equal(wsp_ready_state(c), WSP_CONNECTING);
        assert_int_equal(wsp_wants(c), WSP_WANT_ANSWER);
    }
    assert_int_equal(wsp_accept(c, &second), WSP_OK);
    assert_slice(wsp_protocol(c), "");
    wsp_conn_free(c);
    world_end(&w, e);
}

static void respond_headers_and_body_written(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = manual_endpoint(&w);
    struct wsp_event ev;
    wsp_conn *c = waiting_request(e, &ev);
    struct blob out = {0};
    char body[] = "<h1>hi</h1>";
    const struct wsp_field html = {"Content-Type", "text/html"}, length = {"Content-Length", "3"};
    struct wsp_response r = {.status = 200, .headers = &length, .header_count = 1};
    assert_int_equal(wsp_respond(c, &r), WSP_ERR_ARG);
    r = (struct wsp_response){
        .status = 200, .headers = &html, .header_count = 1, .body = body, .len = 11};
    assert_int_equal(wsp_respond(c, &r), WSP_OK);
    memset(body, 0, sizeof body); /* it was copied */
    assert_int_equal(wsp_respond(c, &r), WSP_ERR_STATE);
    (void)take_output(c, &out, SIZE_MAX);
    const char *text = blob_string(&out);
    assert_non_null(strstr(text, "Content-Type: text/html\r\n"));
    assert_null(strstr(text, "text/plain"));
    assert_non_null(strstr(text, "Content-Length: 11\r\n"));
    assert_non_null(strstr(text, "\r\n\r\n<h1>hi</h1>"));
    blob_free(&out);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* --- arguments -------------------------------------------------------------------------------- */

static void client_new_bad_targets_refused(void **state)
{
    (void)state;
    static const struct wsp_field split = {"X", "a\r\nHost: evil"}, host = {"Host", "evil"};
    const struct {
        struct wsp_target target;
        int error;
    } rows[] = {
        {{.url = NULL}, WSP_ERR_ARG},
        {{.url = "http://a/"}, WSP_ERR_SYNTAX},
        {{.url = "ws://a/#x"}, WSP_ERR_SYNTAX},
        {{.url = "ws://a b/"}, WSP_ERR_SYNTAX},
        {{.host = "a\r\nX: y"}, WSP_ERR_ARG},
        {{.host = "a", .resource = "/ HTTP/1.1\r\nX: y"}, WSP_ERR_ARG},
        {{.host = "a", .resource = "no-slash"}, WSP_ERR_ARG},
        {{.url = "ws://a/", .origin = "http://a\r\nX: y"}, WSP_ERR_ARG},
        {{.url = "ws://a/", .protocols = "a, a"}, WSP_ERR_ARG},
        {{.url = "ws://a/", .protocols = "a b"}, WSP_ERR_ARG},
        {{.url = "ws://a/", .protocols = "a\r\nX"}, WSP_ERR_ARG},
        {{.url = "ws://a/", .headers = &split, .header_count = 1}, WSP_ERR_ARG},
        {{.url = "ws://a/", .headers = &host, .header_count = 1}, WSP_ERR_ARG},
    };
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wsp_conn *c = NULL;
        size_t live = w.alloc.live;
        assert_int_equal(wsp_client_new(&c, e, &rows[i].target), rows[i].error);
        assert_null(c);
        assert_true(w.alloc.live <= live + 8192); /* blocks that the endpoint keeps for reuse */
    }
    world_end(&w, e);
}

static void endpoint_new_bad_config_refused(void **state)
{
    (void)state;
    const struct {
        struct wsp_config cfg;
        int error;
    } rows[] = {
        {{.limits = {.read_buffer = 255}}, WSP_ERR_ARG},
        {{.limits = {.random_pool = 15}}, WSP_ERR_ARG},
        {{.limits = {.random_pool = 257}}, WSP_ERR_ARG},
        {{.protocols = "a, a"}, WSP_ERR_ARG},
        {{.protocols = "a b"}, WSP_ERR_ARG},
        {{.origins = "not an origin"}, WSP_ERR_ARG},
#ifdef WSP_NO_DEFLATE
        {{.deflate = {.enabled = true}}, WSP_ERR_UNSUPPORTED},
#else
        {{.deflate = {.enabled = true, .server_max_window_bits = 7}}, WSP_ERR_ARG},
        {{.deflate = {.enabled = true, .server_max_window_bits = 16}}, WSP_ERR_ARG},
        {{.deflate = {.enabled = true, .client_max_window_bits = 7}}, WSP_ERR_ARG},
        {{.deflate = {.enabled = true, .client_max_window_bits = 16}}, WSP_ERR_ARG},
        {{.deflate = {.enabled = true, .level = 10}}, WSP_ERR_ARG},
        {{.deflate = {.enabled = true, .memory = 1}}, WSP_ERR_ARG},
#endif
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wsp_endpoint *e = NULL;
        assert_int_equal(wsp_endpoint_new(&e, &rows[i].cfg), rows[i].error);
        assert_null(e);
    }
    assert_int_equal(wsp_endpoint_new(NULL, NULL), WSP_ERR_ARG);
    wsp_endpoint_free(NULL);
}

static void null_arguments_refused(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER), *none = NULL;
    struct wsp_agreed agreed = {.role = WSP_SERVER};
    wsp_group *g = NULL;
    assert_int_equal(wsp_server_new(NULL, e), WSP_ERR_ARG);
    assert_int_equal(wsp_server_new(&none, NULL), WSP_ERR_ARG);
    assert_int_equal(wsp_client_new(&none, e, NULL), WSP_ERR_ARG);
    assert_int_equal(wsp_adopt_new(&none, e, NULL), WSP_ERR_ARG);
    agreed.deflate = (struct wsp_deflate_params){
        .enabled = true, .server_max_window_bits = 15, .client_max_window_bits = 15};
    assert_int_equal(wsp_adopt_new(&none, e, &agreed), WSP_ERR_UNSUPPORTED);
    agreed = (struct wsp_agreed){.role = (enum wsp_role)7};
    assert_int_equal(wsp_adopt_new(&none, e, &agreed), WSP_ERR_ARG);
    assert_null(none);
    assert_int_equal(wsp_group_new(NULL, e), WSP_ERR_ARG);
    w.alloc.fail_at = w.alloc.calls + 1;
    assert_int_equal(wsp_group_new(&g, e), WSP_ERR_NOMEM);
    wsp_group_free(NULL);
    wsp_prepared_unref(NULL);
    assert_int_equal(wsp_send_text(c, NULL, 1), WSP_ERR_ARG);
    assert_int_equal(wsp_send_binary(c, NULL, 1), WSP_ERR_ARG);
    assert_int_equal(wsp_send_part(c, WSP_TEXT, NULL, 1, true), WSP_ERR_ARG);
    assert_int_equal(wsp_send_ping(c, NULL, 1), WSP_ERR_ARG);
    assert_int_equal(wsp_send_prepared(c, NULL), WSP_ERR_ARG);
    assert_int_equal(wsp_close(c, 1000, NULL, 1), WSP_ERR_ARG);
    assert_int_equal(wsp_send_text(c, NULL, 0), WSP_OK);
    assert_output(c, "T''");
    wsp_conn_free(c);
    world_end(&w, e);
}

static void adopt_no_memory_refused(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    const struct wsp_agreed a = {.role = WSP_CLIENT, .protocol = {(const uint8_t *)"x", 1}};
    for (size_t n = 1; n <= 2; n++) {
        wsp_conn *c = NULL;
        size_t live = w.alloc.live;
        w.alloc.fail_at = w.alloc.calls + n;
        assert_int_equal(wsp_adopt_new(&c, e, &a), WSP_ERR_NOMEM);
        assert_null(c);
        assert_int_equal(w.alloc.live, live);
    }
    world_end(&w, e);
}

static void set_limits_out_of_range_refused(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    const struct wsp_limits bad = {.random_pool = 1}, good = {.message = 1};
    assert_int_equal(wsp_set_limits(c, &bad), WSP_ERR_ARG);
    assert_int_equal(wsp_set_limits(c, &good), WSP_OK);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* The system's own entropy: two endpoints with all defaults draw different keys. */
static void default_config_keys_from_system(void **state)
{
    (void)state;
    struct blob out[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    const struct wsp_target target = {.url = "ws://a/"};
    for (size_t i = 0; i < 2; i++) {
        wsp_endpoint *e = NULL;
        wsp_conn *c = NULL;
        assert_int_equal(wsp_endpoint_new(&e, NULL), WSP_OK);
        assert_int_equal(wsp_client_new(&c, e, &target), WSP_OK);
        (void)take_output(c, &out[i], SIZE_MAX);
        wsp_conn_free(c);
        wsp_endpoint_free(e);
    }
    assert_int_equal(out[0].len, out[1].len);
    assert_memory_not_equal(out[0].data, out[1].data, out[0].len);
    blob_free(&out[0]);
    blob_free(&out[1]);
}

/* RFC 8441, 9220: the three headers alone, from offer to answer. */
static void sec_headers_offer_and_answer_agree(void **state)
{
    (void)state;
    struct wsp_config cfg = {.protocols = "b, a"};
    struct world w;
    wsp_endpoint *e = NULL;
    char offer[64], answer[64];
    struct wsp_agreed server, client;
    world_init(&w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    assert_int_equal(wsp_offer_write(e, offer, sizeof offer), WSP_OK);
    assert_string_equal(offer, "");
    struct wsp_sec_headers h = {.version = {(const uint8_t *)"13", 2},
                                .protocol = {(const uint8_t *)"x, a", 4}};
    assert_int_equal(wsp_offer_answer(e, &server, &h, answer, sizeof answer), WSP_OK);
    assert_slice(server.protocol, "a");
    assert_string_equal(answer, "");
    h.protocol = server.protocol;
    assert_int_equal(wsp_answer_check(e, &client, "x, a", &h), WSP_OK);
    assert_int_equal(client.role, WSP_CLIENT);
    assert_slice(client.protocol, "a");
    assert_int_equal(wsp_answer_check(e, &client, "x", &h), WSP_ERR_HANDSHAKE);
    h.version = (struct wsp_slice){(const uint8_t *)"12", 2};
    assert_int_equal(wsp_offer_answer(e, &server, &h, answer, sizeof answer), WSP_ERR_HANDSHAKE);
    world_end(&w, e);
}

static void read_buffer_borrowed_once(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    uint8_t *at = NULL, *again = NULL;
    size_t len = 0;
    w.alloc.fail_at = w.alloc.calls + 1;
    assert_int_equal(wsp_read_buffer_borrow(e, &at, &len), WSP_ERR_NOMEM);
    assert_int_equal(wsp_read_buffer_borrow(e, &at, &len), WSP_OK);
    assert_int_equal(len, 65536);
    memset(at, 1, len);
    assert_int_equal(wsp_read_buffer_borrow(e, &again, &len), WSP_ERR_BUSY);
    wsp_read_buffer_return(e);
    assert_int_equal(wsp_read_buffer_borrow(e, &again, &len), WSP_OK);
    assert_ptr_equal(at, again);
    wsp_read_buffer_return(e);
    world_end(&w, e);
}

static void backoff_grows_within_bounds(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    uint32_t bound = 1000;
    for (unsigned attempt = 0; attempt < 40; attempt++) {
        uint32_t most = 0, delay = 0;
        for (unsigned i = 0; i < 200; i++) {
            assert_int_equal(wsp_backoff_ms(e, attempt, &delay), WSP_OK);
            assert_true(delay <= bound);
            most = delay > most ? delay : most;
        }
        assert_true(most > bound / 2);
        bound = bound * 2 < 60000 ? bound * 2 : 60000;
    }
    world_end(&w, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_off_all_zero),
        cmocka_unit_test(statistics_on_every_kind_counted),
        cmocka_unit_test(statistics_of_both_sides_agree),
        cmocka_unit_test(protocol_agreed_both_sides_know),
        cmocka_unit_test(adopt_with_protocol_kept),
        cmocka_unit_test(request_waits_head_stays_until_answered),
        cmocka_unit_test(accept_protocol_and_headers_written),
        cmocka_unit_test(accept_no_memory_refused_unchanged),
        cmocka_unit_test(respond_headers_and_body_written),
        cmocka_unit_test(client_new_bad_targets_refused),
        cmocka_unit_test(endpoint_new_bad_config_refused),
        cmocka_unit_test(null_arguments_refused),
        cmocka_unit_test(adopt_no_memory_refused),
        cmocka_unit_test(set_limits_out_of_range_refused),
        cmocka_unit_test(default_config_keys_from_system),
        cmocka_unit_test(sec_headers_offer_and_answer_agree),
        cmocka_unit_test(read_buffer_borrowed_once),
        cmocka_unit_test(backoff_grows_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
