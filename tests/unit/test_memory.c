/* What connections cost: one block when idle, nothing kept of what they once got. */
#include "conn/conn.h"
#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

#define IDLE_BYTES 272 /* of the allocator's count, on LP64 */

static bool lp64(void)
{
    return sizeof(void *) == 8;
}

static void idle_adopted_connection_at_most_272_bytes(void **state)
{
    (void)state;
    for (int role = 0; role < 2; role++) {
        struct world w;
        wsp_endpoint *e = world_endpoint(&w);
        size_t before = w.alloc.live;
        wsp_conn *c = world_adopt(e, (enum wsp_role)role);
        assert_true(!lp64() || w.alloc.live - before <= IDLE_BYTES);
        assert_int_equal(w.alloc.blocks, 2);
        wsp_conn_free(c);
        assert_int_equal(w.alloc.live, before);
        world_end(&w, e);
    }
}

/* What a PONG that came in pieces was collected in goes with the next feed, without input too. */
static void idle_after_pong_in_pieces_nothing_more(void **state)
{
    (void)state;
    uint8_t wire[] = {0x8A, 0x83, 0, 0, 0, 0, 'a', 'b', 'c'};
    struct wsp_input in = {wire, 7, false, WSP_END_OPEN};
    struct wsp_event ev;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    in.len = sizeof wire - 7;
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_PONG);
    assert_non_null(c->out.control);
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    assert_null(c->out.control);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void handshake(wsp_conn *s, wsp_conn *c)
{
    struct blob wire = {0};
    struct log ls = {.opened = false}, lc = {.opened = false};
    (void)take_output(c, &wire, SIZE_MAX);
    feed_bytes(s, &ls, wire.data, wire.len);
    wire.len = 0;
    (void)take_output(s, &wire, SIZE_MAX);
    feed_bytes(c, &lc, wire.data, wire.len);
    assert_string_equal(log_line(&ls), "OPEN");
    assert_string_equal(log_line(&lc), "OPEN");
    blob_free(&wire);
    log_free(&ls);
    log_free(&lc);
}

/* The endpoint keeps a few blocks for reuse; what a connection costs shows with many. */
static void idle_after_handshake_at_most_272_bytes(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static wsp_conn *s[COUNT], *c[COUNT];
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    const struct wsp_target target = {.url = "ws://a/"};
    size_t some = 0;
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(wsp_server_new(&s[i], e), WSP_OK);
        assert_int_equal(wsp_client_new(&c[i], e, &target), WSP_OK);
        handshake(s[i], c[i]);
        if (i == 99)
            some = w.alloc.live;
    }
    assert_true(!lp64() || w.alloc.live - some <= (size_t)(COUNT - 100) * 2 * IDLE_BYTES);
    for (size_t i = 0; i < COUNT; i++) {
        wsp_conn_free(s[i]);
        wsp_conn_free(c[i]);
    }
    world_end(&w, e);
}

static size_t connections(void)
{
    return test_subset() ? 1000 : 100000;
}

/* Each connection once gets a message in two pieces and a ping in two, sends one, and is idle
 * again. */
static void idle_100000_connections_keep_nothing(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    size_t count = connections();
    wsp_conn **conns = malloc(count * sizeof *conns);
    assert_non_null(conns);
    for (size_t i = 0; i < count; i++)
        conns[i] = world_adopt(e, i % 2 == 0 ? WSP_SERVER : WSP_CLIENT);
    size_t idle = w.alloc.live;
    for (size_t i = 0; i < count; i++) {
        struct log log = {.opened = true};
        feed_script(conns[i], &log, "t#1000");
        feed_script(conns[i], &log, "C#2000");
        bool server = i % 2 == 0;
        feed_bytes(conns[i], &log, server ? "\x89\x82\0\0\0\0p" : "\x89\x02p", server ? 7 : 3);
        feed_bytes(conns[i], &log, "q", 1);
        assert_int_equal(log.messages, 1);
        assert_int_equal(log.pings, 1);
        assert_int_equal(wsp_send_text(conns[i], "reply", 5), WSP_OK);
        assert_true(take_output(conns[i], NULL, SIZE_MAX) > 0);
        feed_bytes(conns[i], &log, "", 0);
        log_free(&log);
    }
    assert_true(w.alloc.live - idle < 128 * 1024);
    for (size_t i = 0; i < count; i++)
        wsp_conn_free(conns[i]);
    free(conns);
    world_end(&w, e);
}

/* A message larger than limits.keep is given back at the next feed, a smaller one is reused without
 * the allocator. */
static void message_buffer_up_to_keep_reused(void **state)
{
    (void)state;
    struct wsp_config cfg = {.limits = {.keep = 10000}};
    struct world w;
    wsp_endpoint *e = NULL;
    world_init(&w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    size_t live = w.alloc.live;
    feed_script(c, NULL, "b#50000 C#50000");
    assert_true(w.alloc.live < live + 12000);
    feed_script(c, NULL, "b#3000 C#3000");
    size_t calls = w.alloc.calls;
    for (unsigned i = 0; i < 100; i++)
        feed_script(c, NULL, "b#3000 C#3000");
    assert_int_equal(w.alloc.calls, calls);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* A whole message in the input is delivered where it is. */
static void message_whole_in_input_not_copied(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct script s = {.masked = true};
    struct wsp_event ev;
    script_build(&s, "B#70000 T'abc'");
    size_t calls = w.alloc.calls;
    struct wsp_input in = {.data = s.bytes.data, .len = s.bytes.len};
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_DATA);
    assert_ptr_equal(ev.data.data, s.bytes.data + 14);
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_DATA);
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    assert_int_equal(w.alloc.calls, calls);
    script_free(&s);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* Bytes read straight to where wsp_recv_space wants them stay there. */
static void recv_space_big_message_read_in_place(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct wsp_event ev = {.type = WSP_EVENT_NONE};
    struct blob frame = {0};
    uint8_t *body = malloc(1000000), *at = NULL, *last = NULL;
    assert_non_null(body);
    for (size_t i = 0; i < 1000000; i++)
        body[i] = (uint8_t)(i * 7);
    frame_add(&frame, 0x80 | WSP_BINARY, body, 1000000, (const uint8_t *)"\x11\x22\x33\x44");
    assert_int_equal(wsp_recv_space(c, &at), 0);
    feed_bytes(c, NULL, frame.data, 2000);
    size_t done = 2000, room;
    while (done < frame.len) {
        room = wsp_recv_space(c, &at);
        size_t len = frame.len - done < room ? frame.len - done : room;
        if (room == 0) {
            len = frame.len - done < 1000 ? frame.len - done : 1000;
            at = frame.data + done;
        } else {
            memcpy(at, frame.data + done, len);
            last = at;
        }
        struct wsp_input in = {.data = at, .len = len};
        enum wsp_event_type type = wsp_feed(c, &in, &ev);
        done += len;
        assert_int_equal(type, done == frame.len ? WSP_EVENT_DATA : WSP_EVENT_NONE);
    }
    assert_int_equal(ev.data.len, 1000000);
    assert_memory_equal(ev.data.data, body, 1000000);
    assert_true(last > ev.data.data && last < ev.data.data + ev.data.len);
    free(body);
    blob_free(&frame);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void endpoint_no_memory_refused(void **state)
{
    (void)state;
    for (size_t n = 1; n < 10; n++) {
        struct wsp_config cfg = {.protocols = "a, b", .origins = "http://a"};
        struct world w;
        wsp_endpoint *e = NULL;
        world_init(&w, &cfg);
        w.alloc.fail_at = n;
        int r = wsp_endpoint_new(&e, &cfg);
        assert_true(r == (w.alloc.refused ? WSP_ERR_NOMEM : WSP_OK));
        world_end(&w, e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_adopted_connection_at_most_272_bytes),
        cmocka_unit_test(idle_after_handshake_at_most_272_bytes),
        cmocka_unit_test(idle_after_pong_in_pieces_nothing_more),
        cmocka_unit_test(idle_100000_connections_keep_nothing),
        cmocka_unit_test(message_buffer_up_to_keep_reused),
        cmocka_unit_test(message_whole_in_input_not_copied),
        cmocka_unit_test(recv_space_big_message_read_in_place),
        cmocka_unit_test(endpoint_no_memory_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
