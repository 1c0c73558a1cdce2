/* What compression costs: nothing while idle without takeover, little for a message that has begun,
 * with takeover what the header says, and never more than the limits allow. */
#include <time.h>

#include "support/entropy.h"
#include "support/feed.h"
#include "support/packer.h"
#include "support/testing.h"
#include "support/world.h"

#define IDLE_BYTES 272 /* of the allocator's count, on LP64 */

struct memory_test {
    struct world w;
    wsp_endpoint *e;
    struct packer p;
    struct blob text, message; /* 20,000 bytes, and what zlib makes of them */
};

static void begin(struct memory_test *t, bool streaming, const struct wsp_limits *limits)
{
    struct wsp_config cfg = {.streaming = streaming, .deflate = {.enabled = true}};
    uint64_t seed = 5;
    *t = (struct memory_test){.e = NULL};
    if (limits != NULL)
        cfg.limits = *limits;
    world_init(&t->w, &cfg);
    assert_int_equal(wsp_endpoint_new(&t->e, &cfg), WSP_OK);
    random_text(&t->text, 20000, &seed);
    packer_begin(&t->p, 6, 15, false);
    packer_pack(&t->p, &t->message, t->text.data, t->text.len);
}

static void end(struct memory_test *t)
{
    packer_end(&t->p);
    blob_free(&t->text);
    blob_free(&t->message);
    world_end(&t->w, t->e);
}

/* The message in three frames, and one that is sent whole and one in parts. */
static void use(struct memory_test *t, wsp_conn *c)
{
    struct log log = {.opened = true};
    size_t third = t->message.len / 3;
    feed_frame(c, &log, 0x40 | WSP_TEXT, t->message.data, third);
    feed_frame(c, &log, WSP_CONTINUATION, t->message.data + third, third);
    feed_frame(c, &log, 0x80, t->message.data + 2 * third, t->message.len - 2 * third);
    assert_int_equal(log.messages, 1);
    assert_int_equal(wsp_send_binary(c, t->text.data, 10000), WSP_OK);
    assert_int_equal(wsp_send_part(c, WSP_BINARY, t->text.data, 5000, false), WSP_OK);
    assert_int_equal(wsp_send_part(c, WSP_BINARY, t->text.data, 5000, true), WSP_OK);
    (void)take_output(c, NULL, SIZE_MAX);
    feed_bytes(c, &log, "", 0);
    log_free(&log);
}

static void idle_without_takeover_at_most_272_bytes(void **state)
{
    (void)state;
    enum { COUNT = 200, FIRST = 100 };
    static wsp_conn *c[COUNT];
    for (unsigned streaming = 0; streaming < 2; streaming++) {
        struct memory_test t;
        size_t some = 0;
        begin(&t, streaming != 0, NULL);
        for (unsigned i = 0; i < COUNT; i++) {
            c[i] = adopt_packed(t.e, i % 2 ? WSP_CLIENT : WSP_SERVER, packed_params(15, false));
            use(&t, c[i]);
            if (i + 1 == FIRST)
                some = t.w.alloc.live;
        }
        size_t each = (t.w.alloc.live - some) / (COUNT - FIRST);
        if (sizeof(void *) == 8 && each > IDLE_BYTES)
            fail_msg("%zu bytes each, streaming %u", each, streaming);
        for (unsigned i = 0; i < COUNT; i++)
            wsp_conn_free(c[i]);
        end(&t);
    }
}

/* 1,000 connections each one byte into a compressed message. */
static void one_byte_of_a_message_at_most_1_kb_each(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static wsp_conn *c[COUNT];
    struct memory_test t;
    begin(&t, false, NULL);
    for (unsigned i = 0; i < COUNT; i++)
        c[i] = adopt_packed(t.e, i % 2 ? WSP_CLIENT : WSP_SERVER, packed_params(15, i % 3 == 0));
    size_t idle = t.w.alloc.live;
    for (unsigned i = 0; i < COUNT; i++)
        feed_frame(c[i], NULL, 0x40 | WSP_TEXT, t.message.data, 1);
    assert_true((t.w.alloc.live - idle) / COUNT <= 1024);
    for (unsigned i = 0; i < COUNT; i++) {
        struct log log = {.opened = true};
        feed_frame(c[i], &log, 0x80, t.message.data + 1, t.message.len - 1);
        assert_int_equal(log.messages, 1);
        log_free(&log);
        wsp_conn_free(c[i]);
    }
    end(&t);
}

/* One endpoint, one decompressor: messages that overlap in time both come out right. */
static void two_interleaved_messages_both_right(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        struct memory_test t;
        struct log log[2] = {{.opened = true}, {.opened = true}};
        struct blob other = {0}, packed = {0}, line = {0};
        uint64_t seed = 77;
        begin(&t, way % 2 != 0, NULL);
        random_text(&other, 20000, &seed);
        packer_pack(&t.p, &packed, other.data, other.len);
        wsp_conn *a = adopt_packed(t.e, WSP_SERVER, packed_params(15, way / 2 != 0));
        wsp_conn *b = adopt_packed(t.e, WSP_CLIENT, packed_params(15, way / 2 != 0));
        size_t most = packed.len > t.message.len ? packed.len : t.message.len;
        for (size_t at = 0; at < most; at += 7) {
            size_t la = at + 7 < t.message.len ? 7 : at < t.message.len ? t.message.len - at : 0;
            size_t lb = at + 7 < packed.len ? 7 : at < packed.len ? packed.len - at : 0;
            uint8_t head = at == 0 ? 0x40 | WSP_TEXT : WSP_CONTINUATION;
            feed_frame(a, &log[0], head, t.message.data + (la > 0 ? at : 0), la);
            feed_frame(b, &log[1], head, packed.data + (lb > 0 ? at : 0), lb);
        }
        feed_frame(a, &log[0], 0x80, NULL, 0);
        feed_frame(b, &log[1], 0x80, NULL, 0);
        blob_text(&line, "TEXT");
        log_payload(&line, t.text.data, t.text.len);
        assert_string_equal(log_line(&log[0]), blob_string(&line));
        line.len = 0;
        blob_text(&line, "TEXT");
        log_payload(&line, other.data, other.len);
        assert_string_equal(log_line(&log[1]), blob_string(&line));
        log_free(&log[0]);
        log_free(&log[1]);
        wsp_conn_free(a);
        wsp_conn_free(b);
        blob_free(&other);
        blob_free(&packed);
        blob_free(&line);
        end(&t);
    }
}

/* --- with takeover ---------------------------------------------------------------------------- */

struct window_row {
    unsigned bits;
    size_t sending, receiving; /* bytes at most */
};

/* Has the connection send, and receive a message made for its window, twice: then it holds what it
 * will ever hold. */
static void exchange(struct memory_test *t, wsp_conn *c, unsigned bits, size_t *sent, size_t *got)
{
    struct packer p;
    struct blob m = {0};
    size_t before = t->w.alloc.live;
    assert_int_equal(wsp_send_binary(c, t->text.data, 20000), WSP_OK);
    (void)take_output(c, NULL, SIZE_MAX);
    *sent = t->w.alloc.live - before;
    packer_begin(&p, 6, bits, true);
    for (unsigned i = 0; i < 4; i++) {
        m.len = 0;
        packer_pack(&p, &m, t->text.data, t->text.len);
        feed_frame(c, NULL, 0xC0 | WSP_TEXT, m.data, m.len);
        feed_bytes(c, NULL, "", 0);
    }
    *got = t->w.alloc.live - before - *sent;
    packer_end(&p);
    blob_free(&m);
}

static void takeover_window(const struct window_row *row)
{
    struct memory_test t;
    size_t sent, got, again_sent, again_got;
    begin(&t, false, NULL);
    wsp_conn *first = adopt_packed(t.e, WSP_SERVER, packed_params(row->bits, true));
    exchange(&t, first, row->bits, &sent, &got);
    exchange(&t, first, row->bits, &sent, &got); /* what the endpoint needs is there now */
    size_t none = t.w.alloc.live;
    wsp_conn *c = adopt_packed(t.e, WSP_CLIENT, packed_params(row->bits, true));
    assert_true(t.w.alloc.live - none <= IDLE_BYTES);
    exchange(&t, c, row->bits, &sent, &got);
    if (sent > row->sending || got > row->receiving)
        fail_msg("%u bits: %zu, %zu", row->bits, sent, got);
    assert_int_equal(got, (size_t)1 << row->bits);
    exchange(&t, first, row->bits, &again_sent, &again_got);
    assert_int_equal(again_sent + again_got, 0);
    wsp_conn_free(c);
    assert_true(t.w.alloc.live <= none + 64); /* the endpoint's buffers may differ a little */
    wsp_conn_free(first);
    end(&t);
}

/* As the header says: at 15 bits and level 6 about 140 KB for sending and 32 KB for receiving, at 9
 * bits 6 KB and 0.5; had at first use, and freed with the connection. */
static void takeover_memory_by_window_as_documented(void **state)
{
    (void)state;
    static const struct window_row rows[] = {
        {15, 140 * 1024, 32768}, {12, 32 * 1024, 4096}, {9, 6 * 1024, 512}};
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
        takeover_window(&rows[i]);
}

/* The window for receiving is as large as what came. */
static void takeover_small_messages_small_window(void **state)
{
    (void)state;
    for (unsigned streaming = 0; streaming < 2; streaming++) {
        struct memory_test t;
        begin(&t, streaming != 0, NULL);
        wsp_conn *c = adopt_packed(t.e, WSP_SERVER, packed_params(15, false));
        wsp_conn *d = adopt_packed(t.e, WSP_SERVER, packed_params(15, true));
        feed_script(c, NULL, "r4T<f248cdc9c90700> T''");
        size_t live = t.w.alloc.live;
        feed_script(d, NULL, "r4T<f248cdc9c90700> T''");
        assert_true(t.w.alloc.live - live <= 256 + 64);
        wsp_conn_free(c);
        wsp_conn_free(d);
        end(&t);
    }
}

/* A connection that is held after its end holds none of it. */
static void takeover_freed_connection_held_keeps_nothing(void **state)
{
    (void)state;
    struct memory_test t;
    size_t sent, got;
    begin(&t, false, NULL);
    wsp_conn *c = adopt_packed(t.e, WSP_SERVER, packed_params(15, true));
    wsp_conn *d = adopt_packed(t.e, WSP_SERVER, packed_params(15, true));
    exchange(&t, c, 15, &sent, &got);
    size_t live = t.w.alloc.live;
    exchange(&t, d, 15, &sent, &got);
    wsp_hold(d);
    wsp_conn_free(d);
    assert_true(t.w.alloc.live <= live);
    wsp_release(d);
    wsp_conn_free(c);
    end(&t);
}

/* The settings' bound lowers the windows until a connection's share fits. */
static void memory_setting_lowers_the_windows(void **state)
{
    (void)state;
    static const size_t bounds[] = {200000, 100000, 30000, 10000, 6000};
    for (unsigned i = 0; i < ARRAY_LEN(bounds); i++) {
        struct wsp_config cfg = {.deflate = {.enabled = true,
                                             .server_takeover = true,
                                             .client_takeover = true,
                                             .memory = bounds[i]}};
        struct world w;
        wsp_endpoint *e = NULL;
        char offer[256], answer[256];
        struct wsp_agreed agreed;
        world_init(&w, &cfg);
        assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
        assert_int_equal(wsp_offer_write(e, offer, sizeof offer), WSP_OK);
        struct wsp_sec_headers h = {.version = {(const uint8_t *)"13", 2}};
        h.extensions = (struct wsp_slice){(const uint8_t *)offer, strlen(offer)};
        assert_int_equal(wsp_offer_answer(e, &agreed, &h, answer, sizeof answer), WSP_OK);
        wsp_conn *c = NULL;
        assert_int_equal(wsp_adopt_new(&c, e, &agreed), WSP_OK);
        static const uint8_t data[3000];
        assert_int_equal(wsp_send_binary(c, data, sizeof data), WSP_OK);
        assert_true(w.alloc.largest <= bounds[i]);
        wsp_conn_free(c);
        world_end(&w, e);
    }
    struct wsp_config cfg = {.deflate = {.enabled = true, .memory = 1000}};
    wsp_endpoint *e = NULL;
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_ERR_ARG);
}

/* --- what a peer can make us hold ------------------------------------------------------------- */

/* Whatever the input's pieces: at most three times what was inflated, and the window. */
static void live_memory_within_three_times_inflated(void **state)
{
    (void)state;
    static const size_t pieces[] = {100, 5000, 1000000};
    for (unsigned way = 0; way < 4 * ARRAY_LEN(pieces); way++) {
        struct memory_test t;
        struct blob large = {0}, m = {0}, wire = {0};
        uint64_t seed = way;
        bool streaming = way % 2 != 0, takeover = way / 2 % 2 != 0;
        size_t window = takeover || streaming ? 32768 : 0;
        begin(&t, streaming, NULL);
        random_text(&large, test_subset() ? 100000 : 1000000, &seed);
        packer_pack(&t.p, &m, large.data, large.len);
        frame_add(&wire, 0xC0 | WSP_TEXT, m.data, m.len, NULL);
        wsp_conn *c = adopt_packed(t.e, WSP_CLIENT, packed_params(15, takeover));
        size_t base = t.w.alloc.live;
        t.w.alloc.peak = base;
        for (size_t at = 0; at < wire.len; at += pieces[way / 4]) {
            size_t left = wire.len - at;
            feed_bytes(c, NULL, wire.data + at, left < pieces[way / 4] ? left : pieces[way / 4]);
        }
        size_t held = t.w.alloc.peak - base;
        assert_true(held <= window + 65536 + (streaming ? 0 : 3 * large.len));
        wsp_conn_free(c);
        blob_free(&large);
        blob_free(&m);
        blob_free(&wire);
        end(&t);
    }
}

/* Ten megabytes of zeros are ten kilobytes: DEFLATE makes no more of them. */
static void bomb_of_10_kb_refused_with_bounded_memory_and_time(void **state)
{
    (void)state;
    const struct wsp_limits limits = {.message = 1 << 20};
    uint8_t *zeros = calloc(10000000, 1);
    struct packer p;
    struct blob bomb = {0};
    assert_non_null(zeros);
    packer_begin(&p, 9, 15, false);
    packer_pack(&p, &bomb, zeros, 10000000);
    packer_end(&p);
    free(zeros);
    assert_in_range(bomb.len, 9000, 11000);
    for (unsigned way = 0; way < 4; way++) {
        struct memory_test t;
        struct log log = {.opened = true};
        begin(&t, way % 2 != 0, &limits);
        wsp_conn *c = adopt_packed(t.e, WSP_SERVER, packed_params(15, way / 2 != 0));
        clock_t start = clock();
        feed_frame(c, &log, 0xC0 | WSP_BINARY, bomb.data, bomb.len);
        assert_true((clock() - start) < CLOCKS_PER_SEC);
        assert_true(t.w.alloc.peak <= 3 * limits.message + 200000);
        assert_output(c, "X1009");
        feed_end(c, &log, WSP_END_EOF);
        assert_int_equal(log.close_error, WSP_ERR_TOO_BIG);
        log_free(&log);
        wsp_conn_free(c);
        end(&t);
    }
    blob_free(&bomb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_without_takeover_at_most_272_bytes),
        cmocka_unit_test(one_byte_of_a_message_at_most_1_kb_each),
        cmocka_unit_test(two_interleaved_messages_both_right),
        cmocka_unit_test(takeover_memory_by_window_as_documented),
        cmocka_unit_test(takeover_small_messages_small_window),
        cmocka_unit_test(takeover_freed_connection_held_keeps_nothing),
        cmocka_unit_test(memory_setting_lowers_the_windows),
        cmocka_unit_test(live_memory_within_three_times_inflated),
        cmocka_unit_test(bomb_of_10_kb_refused_with_bounded_memory_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
