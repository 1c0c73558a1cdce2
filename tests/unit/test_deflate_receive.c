/* permessage-deflate, receiving: the rows of RFC 7692 6 and 7 through the runner, bombs, and
 * messages of zlib's in every way they can arrive. */
#include "support/entropy.h"
#include "support/feed.h"
#include "support/packer.h"
#include "support/run.h"
#include "support/testing.h"
#include "support/world.h"

#define VIOLATED "CLOSE(1006 peer PROTOCOL [6455 5.2])"

static const struct run_setup packed = {.flags = RUN_DEFLATE};
static const struct run_setup taken_over = {.flags = RUN_TAKEOVER};
static const struct run_setup packed_trusting = {.flags = RUN_DEFLATE,
                                                 .config = {.trust_utf8 = true}};
static const struct run_setup window_8 = {
    .flags = RUN_DEFLATE,
    .config = {.deflate = {.server_max_window_bits = 8, .client_max_window_bits = 8}}};
static const struct run_setup window_8_taken_over = {
    .flags = RUN_TAKEOVER,
    .config = {.deflate = {.server_max_window_bits = 8, .client_max_window_bits = 8}}};
static const struct run_setup packed_10 = {.flags = RUN_DEFLATE,
                                           .config = {.limits = {.message = 10, .wire = 100}}};
static const struct run_setup wire_7 = {.flags = RUN_DEFLATE, .config = {.limits = {.wire = 7}}};
static const struct run_setup packed_fragments_3 = {.flags = RUN_DEFLATE,
                                                    .config = {.limits = {.fragments = 3}}};

static const struct run_row rows[] = {
#include "vectors/deflate.inc"
};

RUN_TABLE(deflate_every_row_same_events, rows)

/* --- bombs ------------------------------------------------------------------------------------ */

struct bomb {
    struct world w;
    wsp_endpoint *e;
    wsp_conn *c;
    struct log log;
    struct blob message; /* zeros that were compressed */
};

static void bomb_begin(struct bomb *b, size_t plain, const struct wsp_limits *limits,
                       bool streaming)
{
    struct wsp_config cfg = {.streaming = streaming, .limits = *limits};
    struct packer p;
    *b = (struct bomb){.log = {.opened = true}};
    cfg.deflate.enabled = true;
    world_init(&b->w, &cfg);
    assert_int_equal(wsp_endpoint_new(&b->e, &cfg), WSP_OK);
    b->c = adopt_packed(b->e, WSP_SERVER, packed_params(15, false));
    packer_begin(&p, 9, 15, false);
    uint8_t *zeros = calloc(plain, 1);
    assert_non_null(zeros);
    packer_pack(&p, &b->message, zeros, plain);
    free(zeros);
    packer_end(&p);
}

static void bomb_end(struct bomb *b)
{
    wsp_conn_free(b->c);
    world_end(&b->w, b->e);
    log_free(&b->log);
    blob_free(&b->message);
}

/* One frame a byte of it. */
static void feed_dripped(struct bomb *b)
{
    size_t len = b->message.len;
    for (size_t i = 0; i < len; i++) {
        uint8_t head = i == 0 ? 0x40 | WSP_BINARY : WSP_CONTINUATION;
        feed_frame(b->c, &b->log, i + 1 == len ? head | 0x80 : head, b->message.data + i, 1);
    }
}

static void bomb_explode(size_t plain, const struct wsp_limits *limits, const char *events,
                         const char *out)
{
    for (unsigned way = 0; way < 4; way++) {
        struct bomb b;
        bomb_begin(&b, plain, limits, way % 2 != 0);
        if (way / 2 == 0)
            feed_frame(b.c, &b.log, 0xC0 | WSP_BINARY, b.message.data, b.message.len);
        else
            feed_dripped(&b);
        assert_string_equal(log_line(&b.log), events);
        assert_true(b.w.alloc.peak < 4 * limits->message + 5 * b.message.len + 100000);
        assert_output(b.c, out);
        if (*out != '\0') {
            feed_end(b.c, &b.log, WSP_END_EOF);
            assert_int_equal(b.log.close_error, WSP_ERR_TOO_BIG);
        }
        bomb_end(&b);
    }
}

static void bomb_over_the_limit_refused_1009(void **state)
{
    (void)state;
    enum { MOST = 300000 };
    const struct wsp_limits exact = {.message = MOST}, less = {.message = MOST - 1};
    const struct wsp_limits half = {.message = MOST / 2}, small = {.message = 1};
    bomb_explode(MOST, &exact, "BIN'300000:c2fda745'", "");
    bomb_explode(MOST, &less, "", "X1009");
    bomb_explode(MOST, &half, "", "X1009");
    bomb_explode(MOST, &small, "", "X1009");
}

/* --- messages of zlib's ----------------------------------------------------------------------- */

struct setting {
    enum wsp_role role; /* of the receiver */
    unsigned bits;
    bool takeover, streaming, statistics;
    size_t piece; /* bytes fed at once, at most */
};

static void receive(struct log *log, const struct setting *s, const struct blob *wire,
                    uint64_t seed)
{
    struct wsp_config cfg = {.streaming = s->streaming, .statistics = s->statistics};
    struct world w;
    wsp_endpoint *e = NULL;
    cfg.deflate.enabled = true;
    world_init(&w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    wsp_conn *c = adopt_packed(e, s->role, packed_params(s->bits, s->takeover));
    for (size_t at = 0; at < wire->len;) {
        size_t len = 1 + test_random_below(&seed, s->piece);
        len = len < wire->len - at ? len : wire->len - at;
        feed_bytes(c, log, wire->data + at, len);
        at += len;
    }
    wsp_conn_free(c);
    world_end(&w, e);
}

/* A message in frames of any length, some of them empty. */
static void add_frames(struct blob *wire, uint8_t head, const struct blob *m, const uint8_t *key,
                       uint64_t *seed)
{
    size_t at = 0, most = test_random_below(seed, 2) == 0 ? m->len : 1 + m->len / 3;
    bool last = false;
    while (!last) {
        size_t len = test_random_below(seed, most + 1);
        len = len < m->len - at ? len : m->len - at;
        last = at + len == m->len && test_random_below(seed, 4) != 0;
        frame_add(wire, last ? head | 0x80 : head, m->data + at, len, key);
        at += len;
        head = WSP_CONTINUATION;
    }
}

/* Messages of both types, compressed or not, and the log of them. */
static void messages_of_zlib(struct blob *wire, struct log *expected, const struct setting *s,
                             uint64_t seed)
{
    const uint8_t key[4] = {0x5A, 0x0F, 0x81, 0xC3};
    struct packer p;
    struct blob plain = {0}, m = {0};
    packer_begin(&p, (int)(seed % 10), s->bits, s->takeover);
    for (unsigned i = 0; i < 12; i++) {
        bool text = test_random_below(&seed, 2) == 0, pack = test_random_below(&seed, 4) != 0;
        size_t len = test_random_below(&seed, i % 6 == 5 ? 50000 : 700);
        plain.len = m.len = 0;
        blob_add(&plain, "", 0);
        (text ? random_text : random_bytes)(&plain, len, &seed);
        if (pack)
            packer_pack(&p, &m, plain.data, plain.len);
        else
            blob_add(&m, plain.data, plain.len);
        log_word(expected, text ? "TEXT" : "BIN");
        log_payload(&expected->line, plain.data, plain.len);
        uint8_t head = (uint8_t)((text ? WSP_TEXT : WSP_BINARY) | (pack ? 0x40 : 0));
        add_frames(wire, head, &m, s->role == WSP_SERVER ? key : NULL, &seed);
    }
    packer_end(&p);
    blob_free(&plain);
    blob_free(&m);
}

static void receive_what_zlib_sends_delivered_in_every_way(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 60, 5000, 1000000};
    for (unsigned i = 0; i < (test_subset() ? 14u : 280u); i++) {
        struct setting s = {.bits = 9 + i % 7, .takeover = i / 7 % 2 != 0};
        struct blob wire = {0};
        struct log expected = {.opened = true};
        s.role = i / 14 % 2 == 0 ? WSP_SERVER : WSP_CLIENT;
        messages_of_zlib(&wire, &expected, &s, i);
        for (unsigned way = 0; way < 8; way++) {
            struct log log = {.opened = true};
            s.streaming = way % 2 != 0;
            s.statistics = i % 3 == 0;
            s.piece = pieces[way / 2];
            receive(&log, &s, &wire, i);
            assert_string_equal(log_line(&log), log_line(&expected));
            log_free(&log);
        }
        log_free(&expected);
        blob_free(&wire);
    }
}

/* A message is told while it arrives: what a fragment holds does not wait for the next one. */
static void streaming_pieces_told_as_they_arrive(void **state)
{
    (void)state;
    struct wsp_config cfg = {.streaming = true, .deflate = {.enabled = true}};
    struct world w;
    wsp_endpoint *e = NULL;
    struct log log = {.opened = true};
    world_init(&w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    wsp_conn *c = adopt_packed(e, WSP_CLIENT, packed_params(15, true));
    feed_script(c, &log, "r4t<f24805000000ffff>");
    assert_int_equal(log.data_events, 1);
    feed_script(c, &log, "c<cac9>");
    assert_int_equal(log.data_events, 2);
    assert_int_equal(log.messages, 0);
    feed_script(c, &log, "C<c90700>");
    assert_int_equal(log.messages, 1);
    assert_string_equal(log_line(&log), "TEXT'Hello'");
    log_free(&log);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* One frame that inflates to far more than an event shows comes in bounded pieces. */
static void streaming_large_message_in_bounded_pieces(void **state)
{
    (void)state;
    const struct wsp_limits limits = {.message = 10000000};
    struct bomb b;
    bomb_begin(&b, 1000000, &limits, true);
    size_t live = b.w.alloc.live;
    b.w.alloc.peak = live;
    feed_frame(b.c, &b.log, 0xC0 | WSP_BINARY, b.message.data, b.message.len);
    assert_int_equal(b.log.messages, 1);
    assert_true(b.log.data_events >= 1000000 / 65536);
    assert_true(b.w.alloc.peak - live < 100000);
    feed_script(b.c, &b.log, "T'next'");
    assert_non_null(strstr(log_line(&b.log), "TEXT'next'"));
    bomb_end(&b);
}

/* Text is looked at as it is inflated: what is wrong is told before the message ends. */
static void streaming_bad_text_refused_at_once(void **state)
{
    (void)state;
    const struct wsp_limits limits = {.message = 1000};
    struct bomb b;
    bomb_begin(&b, 1, &limits, true);
    feed_script(b.c, &b.log, "r4t<000200fdff61ff>");
    assert_output(b.c, "X1007");
    feed_end(b.c, &b.log, WSP_END_EOF);
    assert_int_equal(b.log.close_error, WSP_ERR_UTF8);
    bomb_end(&b);
}

/* Payload is what the application gets, wire what the transport gave. */
static void statistics_count_inflated_payload(void **state)
{
    (void)state;
    for (unsigned streaming = 0; streaming < 2; streaming++) {
        struct wsp_config cfg = {.streaming = streaming != 0,
                                 .statistics = true,
                                 .deflate = {.enabled = true, .min_size = 1}};
        struct wsp_statistics st;
        struct world w;
        wsp_endpoint *e = NULL;
        world_init(&w, &cfg);
        assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
        wsp_conn *c = adopt_packed(e, WSP_CLIENT, packed_params(15, true));
        feed_script(c, NULL, "r4T<f248cdc9c90700> r4t<f2> C<00110000> T'ab'");
        assert_true(wsp_get_statistics(c, &st));
        assert_int_equal(st.received.payload, 12);
        assert_int_equal(st.received.messages, 3);
        assert_int_equal(st.received.frames, 4);
        assert_int_equal(st.received.wire, 9 + 3 + 6 + 4);
        wsp_conn_free(c);
        world_end(&w, e);
    }
}

/* --- agreed ----------------------------------------------------------------------------------- */

/* The two directions may differ: each is read and written with its own. */
static void adopt_directions_differ_each_kept(void **state)
{
    (void)state;
    struct wsp_config cfg = {.deflate = {.enabled = true}};
    const struct wsp_deflate_params agreed = {.enabled = true,
                                              .client_no_context_takeover = true,
                                              .server_max_window_bits = 9,
                                              .client_max_window_bits = 12};
    for (int role = 0; role < 2; role++) {
        struct wsp_agreed told;
        struct world w;
        struct log log = {.opened = true};
        wsp_endpoint *e = NULL;
        world_init(&w, &cfg);
        assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
        wsp_conn *c = adopt_packed(e, (enum wsp_role)role, agreed);
        wsp_conn_agreed(c, &told);
        assert_memory_equal(&told.deflate, &agreed, sizeof agreed);
        /* what a client receives is the server's, with takeover */
        feed_script(c, &log, "r4T<f248cdc9c90700> r4T<f200110000>");
        assert_string_equal(log_line(&log),
                            role == WSP_CLIENT ? "TEXT'Hello' TEXT'Hello'" : "TEXT'Hello'");
        log_free(&log);
        wsp_conn_free(c);
        world_end(&w, e);
    }
}

/* Room was asked for, and the bytes came from elsewhere all the same. */
static void recv_space_not_used_message_is_right(void **state)
{
    (void)state;
    struct world w;
    struct wsp_config cfg = {.deflate = {.enabled = true}};
    wsp_endpoint *e;
    struct packer p;
    struct blob plain = {0}, packed_bytes = {0};
    uint64_t seed = 9;
    uint8_t header[WSP_FRAME_HEADER_MAX], *at;
    struct wsp_event ev;
    world_init(&w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    wsp_conn *c = adopt_packed(e, WSP_CLIENT, packed_params(15, false));
    random_bytes(&plain, 20000, &seed);
    packer_begin(&p, 6, 15, false);
    packer_pack(&p, &packed_bytes, plain.data, plain.len);
    packer_end(&p);
    struct wsp_frame f = {.opcode = WSP_BINARY, .fin = true, .rsv = WSP_RSV1};
    f.payload_len = packed_bytes.len;
    struct wsp_input in = {header, wsp_frame_write(header, &f), false, WSP_END_OPEN};
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_NONE);
    assert_true(wsp_recv_space(c, &at) > 0);
    in = (struct wsp_input){packed_bytes.data, packed_bytes.len, false, WSP_END_OPEN};
    assert_int_equal(wsp_feed(c, &in, &ev), WSP_EVENT_DATA);
    assert_int_equal(ev.data.len, plain.len);
    assert_memory_equal(ev.data.data, plain.data, plain.len);
    blob_free(&plain);
    blob_free(&packed_bytes);
    wsp_conn_free(c);
    world_end(&w, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deflate_every_row_same_events),
        cmocka_unit_test(bomb_over_the_limit_refused_1009),
        cmocka_unit_test(receive_what_zlib_sends_delivered_in_every_way),
        cmocka_unit_test(streaming_pieces_told_as_they_arrive),
        cmocka_unit_test(streaming_large_message_in_bounded_pieces),
        cmocka_unit_test(streaming_bad_text_refused_at_once),
        cmocka_unit_test(statistics_count_inflated_payload),
        cmocka_unit_test(adopt_directions_differ_each_kept),
        cmocka_unit_test(recv_space_not_used_message_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
