/* permessage-deflate, sending: what goes out is read by zlib with the agreed window, whatever was
 * sent in between and whatever was refused; bufferedAmount counts what the application gave. */
#include "support/entropy.h"
#include "support/feed.h"
#include "support/packer.h"
#include "support/sender.h"
#include "support/testing.h"
#include "support/world.h"

/* --- random conversations --------------------------------------------------------------------- */

struct random_test {
    struct world w;
    wsp_endpoint *e;
    uint64_t seed;
    struct sender senders[2];
    struct blob m;       /* the message to send, often one that was sent before */
    struct blob last[2]; /* sent before: binary, text */
};

/* Too small ones, ones that do not get smaller, ones that were sent before or by the other. */
static void random_message(struct random_test *t, bool text)
{
    static const size_t sizes[] = {10, 63, 64, 300, 2000, 6000};
    size_t len = test_random_below(&t->seed, sizes[test_random_below(&t->seed, 6)] + 1);
    struct blob *last = &t->last[text];
    t->m.len = 0;
    blob_add(&t->m, "", 0);
    if (test_random_below(&t->seed, 3) == 0)
        blob_add(&t->m, last->data, last->len);
    else if (text || test_random_below(&t->seed, 2) == 0)
        random_text(&t->m, len, &t->seed);
    else
        random_bytes(&t->m, len, &t->seed);
    last->len = 0;
    blob_add(last, t->m.data, t->m.len);
}

static int random_send(struct random_test *t, struct sender *s)
{
    bool text = s->part_open ? s->part_text : test_random_below(&t->seed, 2) == 0;
    enum wsp_opcode opcode = text ? WSP_TEXT : WSP_BINARY;
    random_message(t, text);
    if (s->part_open)
        return sender_part(s, opcode, &t->m, test_random_below(&t->seed, 3) == 0);
    switch (test_random_below(&t->seed, 5)) {
    case 0:
        return sender_prepared(s, opcode, &t->m);
    case 1:
        return sender_part(s, opcode, &t->m, test_random_below(&t->seed, 3) == 0);
    case 2:
        wsp_set_compress(s->c, test_random_below(&t->seed, 3) != 0);
        return sender_message(s, opcode, &t->m);
    default:
        return sender_message(s, opcode, &t->m);
    }
}

/* A send in which a call of the allocator or of the entropy is failed: it is refused, and what has
 * been sent and will be stays readable; or it goes all the same. */
static void random_turn(struct random_test *t, struct sender *s)
{
    size_t chance = test_random_below(&t->seed, 6);
    if (chance == 0)
        t->w.alloc.fail_at = t->w.alloc.calls + 1 + test_random_below(&t->seed, 4);
    if (chance == 1)
        t->w.entropy.fail_at = t->w.entropy.calls + 1;
    t->w.alloc.sticky = test_random_below(&t->seed, 2) == 0;
    size_t waited = wsp_queued_bytes(s->c), buffered = wsp_buffered_amount(s->c);
    int r = random_send(t, s);
    t->w.alloc.fail_at = t->w.entropy.fail_at = 0;
    if (r == WSP_OK)
        return;
    assert_true((r == WSP_ERR_NOMEM && chance == 0) || (r == WSP_ERR_ENTROPY && chance == 1));
    assert_int_equal(wsp_queued_bytes(s->c), waited);
    assert_int_equal(wsp_buffered_amount(s->c), buffered);
}

static void random_conversation(struct random_test *t, unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        struct sender *s = &t->senders[test_random_below(&t->seed, 2)];
        random_turn(t, s);
        if (test_random_below(&t->seed, 3) == 0)
            sender_take(s, test_random_below(&t->seed, 3000));
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct blob end = {0};
        struct sender *s = &t->senders[i];
        if (s->part_open)
            assert_int_equal(sender_part(s, s->part_text ? WSP_TEXT : WSP_BINARY, &end, true),
                             WSP_OK);
        sender_check(s);
        sender_end(s);
    }
}

/* Two connections share an endpoint, so that its compressor serves both, with other windows. */
static void send_random_interleavings_zlib_reads_all(void **state)
{
    (void)state;
    static const uint8_t levels[] = {1, 6, 9};
    unsigned packed = 0, plain = 0;
    for (unsigned i = 0; i < (test_subset() ? 24u : 288u); i++) {
        struct random_test t = {.seed = i};
        unsigned bits = 8 + i % 8, other = 8 + i / 3 % 8;
        struct wsp_config cfg = {.deflate = {.enabled = true, .level = levels[i / 8 % 3]}};
        if (i % 5 == 0)
            cfg.limits.send_fragment = 1 + i;
        /* prepared messages fit the windows of some connections only */
        cfg.deflate.server_max_window_bits = (uint8_t)(i % 3 == 0 ? 15 : bits);
        world_init(&t.w, &cfg);
        assert_int_equal(wsp_endpoint_new(&t.e, &cfg), WSP_OK);
        sender_begin(&t.senders[0], t.e, i / 24 % 2 == 0 ? WSP_SERVER : WSP_CLIENT,
                     packed_params(bits, i / 48 % 2 == 0));
        sender_begin(&t.senders[1], t.e, i / 5 % 2 == 0 ? WSP_SERVER : WSP_CLIENT,
                     packed_params(other, i / 7 % 2 == 0));
        random_conversation(&t, 60);
        packed += t.senders[0].peer.packed_messages;
        plain += t.senders[0].peer.messages - t.senders[0].peer.packed_messages;
        blob_free(&t.m);
        blob_free(&t.last[0]);
        blob_free(&t.last[1]);
        world_end(&t.w, t.e);
    }
    assert_true(packed > 100 && plain > 100);
}

/* --- one thing at a time ---------------------------------------------------------------------- */

struct send_test {
    struct world w;
    wsp_endpoint *e;
    struct sender s;
    struct log log;
    struct blob text; /* 5000 bytes that compress well */
};

static void begin(struct send_test *t, enum wsp_role role, bool takeover, struct wsp_config *cfg)
{
    struct wsp_config defaults;
    uint64_t seed = 1;
    memset(&defaults, 0, sizeof defaults);
    *t = (struct send_test){.log = {.opened = true}};
    if (cfg == NULL)
        cfg = &defaults;
    cfg->deflate.enabled = true;
    world_init(&t->w, cfg);
    assert_int_equal(wsp_endpoint_new(&t->e, cfg), WSP_OK);
    sender_begin(&t->s, t->e, role, packed_params(15, takeover));
    random_text(&t->text, 5000, &seed);
    blob_add(&t->text, "     ", 5000 - t->text.len);
}

static void end(struct send_test *t)
{
    sender_end(&t->s);
    world_end(&t->w, t->e);
    log_free(&t->log);
    blob_free(&t->text);
}

/* 7.2.3.1, 7.2.3.6; of 7.2.3.2 we find the whole word in the window. */
static void send_hello_is_the_rfc_example(void **state)
{
    (void)state;
    for (int role = 0; role < 2; role++) {
        struct wsp_config cfg = {.deflate = {.min_size = 1}};
        struct send_test t;
        begin(&t, (enum wsp_role)role, true, &cfg);
        assert_int_equal(wsp_send_part(t.s.c, WSP_TEXT, "Hello", 5, true), WSP_OK);
        assert_int_equal(wsp_send_part(t.s.c, WSP_TEXT, "Hello", 5, true), WSP_OK);
        assert_int_equal(wsp_send_part(t.s.c, WSP_TEXT, "", 0, false), WSP_OK);
        assert_int_equal(wsp_send_part(t.s.c, WSP_TEXT, "", 0, true), WSP_OK);
        assert_output(t.s.c, "r4T<f248cdc9c90700> r4T<02130000> r4t'' C<00>");
        end(&t);
    }
}

static void send_small_and_incompressible_go_as_they_are(void **state)
{
    (void)state;
    struct send_test t;
    struct blob noise = {0};
    uint64_t seed = 3;
    begin(&t, WSP_SERVER, true, NULL);
    random_bytes(&noise, 1000, &seed);
    blob_add(&noise, noise.data, 10);
    assert_int_equal(wsp_send_binary(t.s.c, t.text.data, 63), WSP_OK);
    assert_int_equal(wsp_send_text(t.s.c, "", 0), WSP_OK);
    assert_int_equal(wsp_send_binary(t.s.c, noise.data, 1000), WSP_OK);
    (void)take_output(t.s.c, &t.s.peer.wire, SIZE_MAX);
    reader_read(&t.s.peer);
    assert_int_equal(t.s.peer.messages, 3);
    assert_int_equal(t.s.peer.packed_messages, 0);
    assert_int_equal(wsp_send_binary(t.s.c, t.text.data, 200), WSP_OK);
    (void)take_output(t.s.c, &t.s.peer.wire, SIZE_MAX);
    reader_read(&t.s.peer);
    assert_int_equal(t.s.peer.packed_messages, 1);
    blob_free(&noise);
    end(&t);
}

/* The context is worth something, and without takeover nothing is left of it. */
static void send_twice_with_takeover_second_is_small(void **state)
{
    (void)state;
    for (int takeover = 0; takeover < 2; takeover++) {
        struct send_test t;
        begin(&t, WSP_SERVER, takeover != 0, NULL);
        assert_int_equal(sender_message(&t.s, WSP_TEXT, &t.text), WSP_OK);
        size_t first = wsp_queued_bytes(t.s.c);
        assert_true(first < 2500);
        assert_int_equal(sender_message(&t.s, WSP_TEXT, &t.text), WSP_OK);
        size_t second = wsp_queued_bytes(t.s.c) - first;
        assert_true(takeover ? second < 100 : second == first);
        sender_check(&t.s);
        end(&t);
    }
}

/* What was sent uncompressed is not in the peer's window, so it must not be in ours. */
static void set_compress_off_nothing_shows_in_later_messages(void **state)
{
    (void)state;
    struct send_test t;
    begin(&t, WSP_CLIENT, true, NULL);
    wsp_set_compress(t.s.c, false);
    assert_int_equal(sender_message(&t.s, WSP_TEXT, &t.text), WSP_OK);
    assert_int_equal(sender_prepared(&t.s, WSP_TEXT, &t.text), WSP_OK);
    assert_int_equal(sender_part(&t.s, WSP_TEXT, &t.text, false), WSP_OK);
    wsp_set_compress(t.s.c, true); /* a message goes on as it began */
    assert_int_equal(sender_part(&t.s, WSP_TEXT, &t.text, true), WSP_OK);
    assert_true(wsp_queued_bytes(t.s.c) > 20000);
    size_t before = wsp_queued_bytes(t.s.c);
    assert_int_equal(sender_part(&t.s, WSP_TEXT, &t.text, false), WSP_OK);
    wsp_set_compress(t.s.c, false);
    assert_int_equal(sender_part(&t.s, WSP_TEXT, &t.text, true), WSP_OK);
    size_t both = wsp_queued_bytes(t.s.c) - before;
    assert_true(both > 500 && both < 2600);
    sender_check(&t.s);
    assert_int_equal(t.s.peer.packed_messages, 1);
    end(&t);
}

/* A prepared message is compressed once; who has no such window, or none at all, gets it plain. */
static void send_prepared_compressed_where_it_fits(void **state)
{
    (void)state;
    struct wsp_config cfg = {.deflate = {.enabled = true, .server_max_window_bits = 12}};
    static const struct {
        unsigned bits;
        bool packed;
    } rows[] = {{15, true}, {12, true}, {11, false}, {0, false}};
    for (unsigned i = 0; i < 2 * ARRAY_LEN(rows); i++) {
        struct send_test t;
        wsp_prepared *p = NULL;
        enum wsp_role role = i % 2 == 0 ? WSP_SERVER : WSP_CLIENT;
        begin(&t, role, true, &cfg);
        wsp_conn *c = rows[i / 2].bits == 0
                          ? world_adopt(t.e, role)
                          : adopt_packed(t.e, role, packed_params(rows[i / 2].bits, false));
        assert_int_equal(wsp_prepare(&p, t.e, WSP_TEXT, t.text.data, 5000), WSP_OK);
        size_t calls = t.w.alloc.calls;
        assert_int_equal(wsp_send_prepared(c, p), WSP_OK);
        assert_int_equal(wsp_queued_bytes(c) < 2500, rows[i / 2].packed);
        assert_int_equal(wsp_buffered_amount(c), 5000);
        assert_true(t.w.alloc.calls - calls <= 1); /* the queue's */
        (void)take_output(c, NULL, wsp_queued_bytes(c) - 1);
        assert_int_equal(wsp_buffered_amount(c), 5000);
        (void)take_output(c, NULL, 1);
        assert_int_equal(wsp_buffered_amount(c), 0);
        wsp_prepared_unref(p);
        wsp_conn_free(c);
        end(&t);
    }
}

/* The peer has it in its window, and so have we. */
static void send_prepared_with_takeover_joins_the_history(void **state)
{
    (void)state;
    struct send_test t;
    begin(&t, WSP_SERVER, true, NULL);
    assert_int_equal(sender_message(&t.s, WSP_BINARY, &t.text), WSP_OK);
    assert_int_equal(sender_prepared(&t.s, WSP_TEXT, &t.text), WSP_OK);
    size_t before = wsp_queued_bytes(t.s.c);
    assert_int_equal(sender_message(&t.s, WSP_TEXT, &t.text), WSP_OK);
    assert_true(wsp_queued_bytes(t.s.c) - before < 100);
    sender_check(&t.s);
    assert_int_equal(t.s.peer.packed_messages, 3);
    end(&t);
}

/* Larger than what is copied: servers refer to the compressed frame. */
static void send_prepared_large_is_referred_to(void **state)
{
    (void)state;
    struct send_test t;
    struct blob large = {0};
    struct wsp_slice slice[4];
    wsp_prepared *p = NULL;
    uint64_t seed = 9;
    begin(&t, WSP_SERVER, true, NULL);
    random_text(&large, 60000, &seed);
    assert_int_equal(sender_message(&t.s, WSP_TEXT, &t.text), WSP_OK);
    assert_int_equal(sender_prepared(&t.s, WSP_TEXT, &large), WSP_OK);
    assert_int_equal(sender_message(&t.s, WSP_TEXT, &t.text), WSP_OK);
    sender_check(&t.s);
    assert_int_equal(t.s.peer.packed_messages, 3);
    assert_int_equal(wsp_prepare(&p, t.e, WSP_TEXT, large.data, large.len), WSP_OK);
    const uint8_t *shown[2];
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(wsp_send_prepared(t.s.c, p), WSP_OK);
        assert_int_equal(wsp_pending(t.s.c, slice, 4), 1);
        shown[i] = slice[0].data;
        assert_int_equal(slice[0].data[0], 0xC1);
        wsp_sent(t.s.c, slice[0].len);
    }
    assert_ptr_equal(shown[0], shown[1]);
    wsp_prepared_unref(p);
    blob_free(&large);
    end(&t);
}

/* --- FULL, DRAIN, bufferedAmount, failure ----------------------------------------------------- */

/* FULL counts what waits: wire bytes; a message alone is measured as the application gave it. */
static void full_counts_compressed_bytes_drain_at_half(void **state)
{
    (void)state;
    struct wsp_config cfg = {.limits = {.buffered = 5000}};
    struct send_test t;
    int r;
    begin(&t, WSP_SERVER, true, &cfg);
    assert_int_equal(wsp_send_part(t.s.c, WSP_TEXT, t.text.data, 5001, true), WSP_ERR_TOO_BIG);
    while ((r = sender_message(&t.s, WSP_TEXT, &t.text)) == WSP_OK)
        ;
    assert_int_equal(r, WSP_ERR_FULL);
    assert_true(t.s.call_count > 10);
    assert_int_equal(wsp_buffered_amount(t.s.c), 5000 * t.s.call_count);
    size_t queued = wsp_queued_bytes(t.s.c);
    assert_true(queued >= 5000);
    sender_take(&t.s, queued - 2501);
    feed_bytes(t.s.c, &t.log, "", 0);
    assert_int_equal(t.log.drains, 0);
    sender_take(&t.s, 1);
    feed_bytes(t.s.c, &t.log, "", 0);
    assert_int_equal(t.log.drains, 1);
    assert_int_equal(sender_message(&t.s, WSP_TEXT, &t.text), WSP_OK);
    sender_check(&t.s);
    end(&t);
}

/* Of a large message a part is credited before its end; never more than was given. */
static void buffered_amount_large_message_falls_to_zero(void **state)
{
    (void)state;
    for (int role = 0; role < 2; role++) {
        struct send_test t;
        struct blob large = {0};
        uint64_t seed = 4;
        begin(&t, (enum wsp_role)role, false, NULL);
        random_text(&large, 500000, &seed);
        assert_int_equal(wsp_send_text(t.s.c, (const char *)large.data, large.len), WSP_OK);
        size_t before = large.len, falls = 0;
        while (wsp_queued_bytes(t.s.c) > 0) {
            assert_int_equal(wsp_buffered_amount(t.s.c), before);
            (void)take_output(t.s.c, NULL, 1000);
            assert_true(wsp_buffered_amount(t.s.c) <= before);
            assert_true(wsp_queued_bytes(t.s.c) == 0 || wsp_buffered_amount(t.s.c) > 0);
            falls += wsp_buffered_amount(t.s.c) < before;
            before = wsp_buffered_amount(t.s.c);
        }
        assert_int_equal(before, 0);
        assert_true(falls > 5);
        blob_free(&large);
        end(&t);
    }
}

/* The first two were shown, the third was not: it is dropped, though it lies in the same chunk. */
static void failure_unsent_compressed_frames_dropped(void **state)
{
    (void)state;
    for (int role = 0; role < 2; role++) {
        struct send_test t;
        struct wsp_slice slice[4];
        struct blob small = {0};
        begin(&t, (enum wsp_role)role, true, NULL);
        blob_add(&small, t.text.data, 700);
        assert_int_equal(sender_message(&t.s, WSP_BINARY, &small), WSP_OK);
        assert_int_equal(sender_message(&t.s, WSP_BINARY, &small), WSP_OK);
        size_t kept = wsp_queued_bytes(t.s.c);
        assert_int_equal(wsp_pending(t.s.c, slice, 4), 1);
        assert_int_equal(slice[0].len, kept);
        wsp_sent(t.s.c, 20); /* inside the first */
        assert_int_equal(wsp_send_binary(t.s.c, t.text.data, 800), WSP_OK);
        assert_int_equal(wsp_send_binary(t.s.c, t.text.data, 5000), WSP_OK);
        assert_int_equal(wsp_buffered_amount(t.s.c), 1400 + 5800);
        blob_add(&t.s.peer.wire, slice[0].data, 20);
        feed_script(t.s.c, &t.log, "r2T'x'");
        assert_int_equal(wsp_buffered_amount(t.s.c), 1400);
        assert_int_equal(wsp_queued_bytes(t.s.c), kept - 20 + (role == WSP_CLIENT ? 8 : 4));
        (void)take_output(t.s.c, &t.s.peer.wire, SIZE_MAX);
        reader_read(&t.s.peer);
        assert_string_equal(blob_string(&t.s.peer.words), blob_string(&t.s.words));
        assert_int_equal(wsp_buffered_amount(t.s.c), 0);
        assert_int_equal(wsp_queued_bytes(t.s.c), 0);
        blob_free(&small);
        end(&t);
    }
}

/* Nothing was shown: all compressed output goes. */
static void failure_nothing_shown_all_dropped(void **state)
{
    (void)state;
    struct send_test t;
    begin(&t, WSP_SERVER, false, NULL);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(wsp_send_binary(t.s.c, t.text.data, 5000), WSP_OK);
    feed_script(t.s.c, &t.log, "r2T'x'");
    assert_int_equal(wsp_buffered_amount(t.s.c), 0);
    assert_output(t.s.c, "X1002");
    end(&t);
}

/* Pings pass between the frames of a compressed message and change nothing in it. */
static void ping_between_compressed_parts_passes(void **state)
{
    (void)state;
    struct send_test t;
    begin(&t, WSP_CLIENT, true, NULL);
    assert_int_equal(wsp_send_part(t.s.c, WSP_TEXT, t.text.data, 3000, false), WSP_OK);
    (void)take_output(t.s.c, &t.s.peer.wire, SIZE_MAX);
    assert_int_equal(wsp_send_ping(t.s.c, "p", 1), WSP_OK);
    (void)take_output(t.s.c, &t.s.peer.wire, SIZE_MAX);
    assert_int_equal(wsp_send_part(t.s.c, WSP_TEXT, t.text.data + 3000, 2000, true), WSP_OK);
    (void)take_output(t.s.c, &t.s.peer.wire, SIZE_MAX);
    reader_read(&t.s.peer);
    message_word(&t.s.words, WSP_TEXT, t.text.data, 5000);
    assert_string_equal(blob_string(&t.s.peer.words), blob_string(&t.s.words));
    assert_int_equal(t.s.peer.pings, 1);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(send_random_interleavings_zlib_reads_all),
        cmocka_unit_test(send_hello_is_the_rfc_example),
        cmocka_unit_test(send_small_and_incompressible_go_as_they_are),
        cmocka_unit_test(send_twice_with_takeover_second_is_small),
        cmocka_unit_test(set_compress_off_nothing_shows_in_later_messages),
        cmocka_unit_test(send_prepared_compressed_where_it_fits),
        cmocka_unit_test(send_prepared_with_takeover_joins_the_history),
        cmocka_unit_test(send_prepared_large_is_referred_to),
        cmocka_unit_test(full_counts_compressed_bytes_drain_at_half),
        cmocka_unit_test(buffered_amount_large_message_falls_to_zero),
        cmocka_unit_test(failure_unsent_compressed_frames_dropped),
        cmocka_unit_test(failure_nothing_shown_all_dropped),
        cmocka_unit_test(ping_between_compressed_parts_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
