#include "support/inflate_run.h"

/* ------------------------------------------------------------ good streams */

static void gives(const void *in, size_t len, const char *plain, bool between)
{
    const struct result *r = inflate_run_all(in, len, 0);
    assert_int_not_equal(r->status, WSP_INFLATE_BAD);
    assert_int_equal(r->len, strlen(plain));
    assert_memory_equal(r->out, plain, r->len);
    assert_int_equal(r->between, between);
}

#define TRAILER "\x00\x00\xff\xff"
#define GIVES(in, plain) gives(in TRAILER, sizeof(in TRAILER) - 1, plain, true)

static void inflate_rfc7692_examples_are_decoded(void **state)
{
    (void)state;
    GIVES("\xf2\x48\xcd\xc9\xc9\x07\x00", "Hello"); /* 7.2.3.1 */
    GIVES("\xf2\x48\xcd\xc9\xc9\x07\x00" TRAILER "\xf2\x00\x11\x00\x00",
          "HelloHello");                                                    /* 7.2.3.2 */
    GIVES("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", "Hello");         /* 7.2.3.3 */
    GIVES("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", "Hello");                     /* 7.2.3.4 */
    GIVES("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", "Hello"); /* 7.2.3.5 */
    GIVES("\x00", "");                                                      /* 7.2.3.6 */
}

static void inflate_without_the_trailer_owes_bits(void **state)
{
    (void)state;
    gives("\xf2\x48\xcd\xc9\xc9\x07\x00", 7, "Hello", false);
    gives("\x00", 1, "", false);
    gives("\xf3\x48\xcd\xc9\xc9\x07\x00", 7, "Hello", true); /* after a final block */
}

static void inflate_final_leaves_what_follows(void **state)
{
    (void)state;
    static const uint8_t in[] = "\xf3\x48\xcd\xc9\xc9\x07\x00\xAA\xBB\xCC\xDD\xEE\xFF\x11\x22";
    uint8_t out[16];
    struct wsp_inflate_call io = {
        .in = in, .in_len = sizeof in - 1, .out = out, .out_cap = sizeof out, .window = 256};
    wsp_inflate_init(inflate_fix.z);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(wsp_inflate_run(inflate_fix.z, &io), WSP_INFLATE_FINAL);
        assert_ptr_equal(io.in, in + 7);
        assert_int_equal(io.in_len, 8);
        assert_int_equal(io.out_at, 5);
    }
}

static void inflate_stored_blocks_of_all_lengths_are_copied(void **state)
{
    (void)state;
    static uint8_t data[65536 + 5];
    static struct result r;
    for (size_t len = 0; len <= 65535; len = len < 20 ? len + 1 : 2 * len + 1) {
        uint8_t head[5] = {0, (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)~len,
                           (uint8_t)(~len >> 8)};
        memcpy(data, head, 5);
        for (size_t i = 0; i < len; i++)
            data[5 + i] = (uint8_t)(i * 7 + len);
        for (size_t cut = 0; cut < 9; cut++) {
            inflate_run(&r, data, len + 5, (struct way){.cut = cut, .room = cut * 3});
            assert_int_equal(r.status, WSP_INFLATE_INPUT);
            assert_true(r.between);
            assert_int_equal(r.len, len);
            assert_memory_equal(r.out, data + 5, len);
        }
    }
}

/* What senders make of a message that does not compress, at every room about its length. */
static void inflate_stored_message_with_its_tail_left_out(void **state)
{
    (void)state;
    static uint8_t data[65535 + 6];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    for (size_t len = 0; len <= 65535; len = len < 20 ? len + 1 : 2 * len + 1) {
        uint8_t head[5] = {0, (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)~len,
                           (uint8_t)(~len >> 8)};
        memcpy(data, head, 5);
        data[len + 5] = 0;
        for (size_t room = len < 3 ? 0 : len - 3; room <= len + 3; room++) {
            struct wsp_inflate_call io = {.in = guard_at_end(inflate_fix.in, data, len + 6),
                                          .in_len = len + 6,
                                          .out = guard_at_end(inflate_fix.out, NULL, room),
                                          .out_cap = room,
                                          .window = 256,
                                          .tail = true};
            const uint8_t *end = io.in + io.in_len;
            wsp_inflate_init(inflate_fix.z);
            enum wsp_inflate_status s = wsp_inflate_run(inflate_fix.z, &io);
            assert_int_equal(s, room < len ? WSP_INFLATE_OUTPUT : WSP_INFLATE_INPUT);
            assert_int_equal(io.out_at, room < len ? room : len);
            assert_memory_equal(io.out, data + 5, io.out_at);
            assert_int_equal(io.tail, room < len);
            assert_true(room < len || (io.in_len == 0 && io.in == end));
            assert_int_equal(wsp_inflate_between_blocks(inflate_fix.z), room >= len);
        }
        data[len + 5] = (uint8_t)(len * 35 + 30);
    }
}

/* Bytes that look like it at a glance: a block that is final, longer, shorter, of another type, or
 * whose lengths disagree, and what may stand behind it. */
static void inflate_nearly_a_stored_message(void **state)
{
    (void)state;
    static const uint8_t like[] = "\x00\x03\x00\xfc\xff"
                                  "abc"
                                  "\x00" TRAILER;
    for (size_t at = 0; at < 9; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint8_t in[sizeof like - 1];
            memcpy(in, like, sizeof in);
            in[at] = (uint8_t)byte;
            (void)inflate_run_all(in, sizeof in, 0);
        }
    }
    /* What is fed last looks like it, and is the contents of a block. */
    static const uint8_t inside[] = "\x00\x08\x00\xf7\xffxy"
                                    "\x00\x01\x00\xfe\xffz\x00" TRAILER;
    assert_int_equal(inflate_run_all(inside, sizeof inside - 1, 0)->len, 8);
    /* 65536 bytes are more than a block has, and their low 16 bits are those of none. */
    static struct result r;
    static uint8_t big[65536 + 6 + 4] = {0, 0, 0, 0xff, 0xff};
    memcpy(big + sizeof big - 4, TRAILER, 4);
    inflate_run(&r, big, sizeof big, (struct way){.tail = true});
    assert_int_equal(r.status, WSP_INFLATE_BAD);
}

static void inflate_tail_is_read_behind_every_kind_of_end(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t len;
        enum wsp_inflate_status status;
        bool between;
        size_t finals;
    } rows[] = {
        {"", 0, WSP_INFLATE_INPUT, false, 0},                    /* it begins a stored block */
        {"\x00", 1, WSP_INFLATE_INPUT, true, 0},                 /* it ends an empty one */
        {"\x01", 1, WSP_INFLATE_FINAL, true, 1},                 /* which is the final one */
        {"\x00\x04\x00\xfb\xff", 5, WSP_INFLATE_INPUT, true, 0}, /* it is the contents */
        {"\x00\x00\x00", 3, WSP_INFLATE_BAD, false, 0},          /* it is in the place of NLEN */
        {"\x03\x00", 2, WSP_INFLATE_INPUT, false, 1}, /* it stands behind a final block */
        {"\x03\x00\x00", 3, WSP_INFLATE_INPUT, true, 1},
    };
    static struct result r;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        uint8_t in[16];
        memcpy(in, rows[i].in, rows[i].len);
        memcpy(in + rows[i].len, TRAILER, 4);
        for (size_t cut = 0; cut < 4; cut++) {
            inflate_run(&r, in, rows[i].len + 4, (struct way){.cut = cut, .tail = true});
            assert_int_equal(r.status, rows[i].status);
            assert_int_equal(r.between, rows[i].between);
            assert_int_equal(r.finals, rows[i].finals);
        }
        (void)inflate_run_all(in, rows[i].len + 4, 0);
    }
}

/* Each length symbol and each distance symbol, with all extra bits 0 and 1 (RFC 1951 3.2.5). */
static void inflate_every_length_and_distance_is_right(void **state)
{
    (void)state;
    static const uint16_t base[29] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                      15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                      67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint16_t far[30] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                     33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                     1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    static struct result r;
    static uint8_t plain[40000], in[45000];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i * i >> 7);
    for (unsigned k = 0; k < 30 * 29 * 2; k++) {
        unsigned d = k / 2 % 30, l = k / 60, ones = k % 2 ? ~0u : 0;
        unsigned dx = d < 4 ? 0 : d / 2 - 1, lx = l < 8 || l == 28 ? 0 : l / 4 - 1;
        size_t distance = far[d] + (ones & ((1u << dx) - 1));
        size_t length = base[l] + (ones & ((1u << lx) - 1));
        uint8_t head[5] = {0, (uint8_t)distance, (uint8_t)(distance >> 8), (uint8_t)~distance,
                           (uint8_t)(~distance >> 8)};
        memcpy(in, head, 5);
        memcpy(in + 5, plain, distance);
        struct writer w = {.bits = 0};
        bits_put(&w, 1 << 1, 3);
        bits_put_fixed(&w, 257 + l);
        bits_put(&w, ones, lx);
        bits_put_code(&w, d, 5);
        bits_put(&w, ones, dx);
        bits_put_fixed(&w, 256);
        bits_put(&w, 0, 7);
        memcpy(in + 5 + distance, w.data, bits_len(&w));
        /* The match comes from the output, from the history, or from both. */
        for (unsigned way = 0; way < 3; way++) {
            size_t room = way == 0 ? 0 : way == 1 ? distance : distance / 2 + 1;
            inflate_run(&r, in, 5 + distance + bits_len(&w), (struct way){.room = room});
            assert_int_equal(r.status, WSP_INFLATE_INPUT);
            assert_int_equal(r.len, distance + length);
            for (size_t i = 0; i < length; i++)
                assert_int_equal(r.out[distance + i], r.out[i % distance]);
        }
    }
}

/* ------------------------------------------------------------ the budget */

static void inflate_room_is_exact(void **state)
{
    (void)state;
    /* literals, then a match, then a stored block: each ends exactly where the room does */
    struct writer w = {.bits = 0};
    bits_put(&w, 1 << 1, 3);
    for (unsigned i = 0; i < 20; i++)
        bits_put_fixed(&w, 'a' + i);
    bits_put_fixed(&w, 265); /* 12 bytes: 11 and one extra bit, from 13 back */
    bits_put(&w, 1, 1);
    bits_put_code(&w, 7, 5);
    bits_put(&w, 0, 2);
    bits_put_fixed(&w, 256);
    bits_put_stored(&w, (const uint8_t *)"0123456789", 10);
    bits_put_stored(&w, NULL, 0);
    static const char plain[] = "abcdefghijklmnopqrsthijklmnopqrs0123456789";
    size_t whole = sizeof plain - 1;
    for (size_t room = 0; room <= whole + 300; room++) {
        uint8_t *out = guard_at_end(inflate_fix.out, NULL, room);
        struct wsp_inflate_call io = {.in = guard_at_end(inflate_fix.in, w.data, bits_len(&w)),
                                      .in_len = bits_len(&w),
                                      .out = out,
                                      .out_cap = room,
                                      .window = 256};
        wsp_inflate_init(inflate_fix.z);
        enum wsp_inflate_status s = wsp_inflate_run(inflate_fix.z, &io);
        assert_int_equal(s, room < whole ? WSP_INFLATE_OUTPUT : WSP_INFLATE_INPUT);
        assert_int_equal(io.out_at, room < whole ? room : whole);
        assert_memory_equal(out, plain, io.out_at);
        assert_int_equal(wsp_inflate_between_blocks(inflate_fix.z), room >= whole);
    }
}

/* A block of matches alone, whose every symbol may be the first without room. */
static void inflate_room_is_exact_for_long_matches(void **state)
{
    (void)state;
    struct writer w = {.bits = 0};
    bits_put(&w, 1 << 1, 3);
    bits_put_fixed(&w, 'x');
    for (unsigned i = 0; i < 40; i++) {
        bits_put_fixed(&w, 285);
        bits_put_code(&w, 0, 5);
    }
    bits_put_fixed(&w, 256);
    bits_put_stored(&w, NULL, 0);
    size_t whole = 1 + 40 * 258;
    for (size_t room = whole - 600; room <= whole + 600; room++) {
        struct wsp_inflate_call io = {.in = guard_at_end(inflate_fix.in, w.data, bits_len(&w)),
                                      .in_len = bits_len(&w),
                                      .out = guard_at_end(inflate_fix.out, NULL, room),
                                      .out_cap = room,
                                      .window = 256};
        wsp_inflate_init(inflate_fix.z);
        enum wsp_inflate_status s = wsp_inflate_run(inflate_fix.z, &io);
        assert_int_equal(s, room < whole ? WSP_INFLATE_OUTPUT : WSP_INFLATE_INPUT);
        assert_int_equal(io.out_at, room < whole ? room : whole);
    }
}

/* ------------------------------------------------------------ history */

static void inflate_history_wraps_at_every_size(void **state)
{
    (void)state;
    static uint8_t ring[32768], all[200000];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)(i * 31 ^ i >> 8);
    for (size_t size = 256; size <= 32768; size *= 2) {
        struct wsp_history h = {.data = ring, .size = size};
        size_t saved = 0;
        for (size_t step = 1; saved + step < sizeof all && step < 3 * size; step += step / 2 + 1) {
            wsp_history_save(&h, all + saved, step);
            saved += step;
            assert_int_equal(h.filled, saved < size ? saved : size);
            for (size_t back = 1; back <= h.filled; back++)
                assert_int_equal(ring[(h.at - back) & (size - 1)], all[saved - back]);
        }
    }
    struct wsp_history none = {.size = 0};
    wsp_history_save(&none, all, 100);
    assert_int_equal(none.filled, 0);
}

/* One match of a length and distance as a message of its own. */
static enum wsp_inflate_status run_match(struct wsp_inflate_call *io, unsigned symbol,
                                         unsigned distance)
{
    static struct writer w;
    unsigned d = 0, base = 1, extra = 0;
    while (distance >= base + (1u << extra)) {
        base += 1u << extra;
        d++;
        extra = d < 4 ? 0 : d / 2 - 1;
    }
    w = (struct writer){.bits = 0};
    bits_put(&w, 1 << 1, 3);
    bits_put_fixed(&w, symbol);
    bits_put_code(&w, d, 5);
    bits_put(&w, distance - base, extra);
    bits_put_fixed(&w, 256);
    bits_put(
        &w, 0,
        24 * 8); /* stored blocks of 00 00 00 .. are not looked at: the rule is about the match */
    io->in = w.data;
    io->in_len = (w.bits + 7) / 8;
    wsp_inflate_init(inflate_fix.z);
    return wsp_inflate_run(inflate_fix.z, io);
}

static void inflate_distance_at_the_edges(void **state)
{
    (void)state;
    static uint8_t ring[32768], out[600];
    memset(ring, 'r', sizeof ring);
    for (size_t window = 256; window <= 32768; window *= 2) {
        struct wsp_history h = {.data = ring, .size = window, .at = 17, .filled = window};
        struct wsp_inflate_call io = {
            .out = out, .out_cap = sizeof out, .history = &h, .window = window};
        (void)run_match(&io, 285, (unsigned)window);
        assert_int_equal(io.out_at, 258);
        if (window < 32768) {
            assert_int_equal(run_match(&io, 257, (unsigned)window + 1), WSP_INFLATE_BAD);
            assert_string_equal(inflate_fix.z->rule,
                                "RFC 1951 3.2.5: distance is beyond the window");
        }
        /* what was written of this message counts too, and what is filled is the end of it */
        for (size_t filled = 0; filled < 4; filled++) {
            h.filled = filled;
            io.out_at = 5;
            (void)run_match(&io, 257, 5 + (unsigned)filled);
            assert_int_equal(io.out_at, 8);
            io.out_at = 5;
            assert_int_equal(run_match(&io, 257, 6 + (unsigned)filled), WSP_INFLATE_BAD);
            assert_string_equal(inflate_fix.z->rule,
                                "RFC 1951 3.2.5: distance is beyond the start");
            assert_int_equal(io.out_at, 5);
        }
        io.out_at = 0;
        io.history = NULL;
        assert_int_equal(run_match(&io, 257, 1), WSP_INFLATE_BAD);
    }
}

/* ------------------------------------------------------------ bombs */

/* 258 bytes a match of 2 bits: what stops it is the room, at every size, and time is the room's. */
static void inflate_bomb_stops_at_the_room(void **state)
{
    (void)state;
    static uint8_t bomb[10240];
    struct writer w = {.bits = 0};
    bits_put_counts(&w, 286, 1);
    bits_put_zeros(&w, 'a');
    bits_put_length(&w, 2);
    bits_put_zeros(&w, 255 - 'a');
    bits_put_length(&w, 2);
    bits_put_zeros(&w, 28);
    bits_put_length(&w, 1);
    bits_put_length(&w, 1);
    bits_put_code(&w, 2, 2);
    memcpy(bomb, w.data, bits_len(&w)); /* then zeros: match of 258, distance 1, for ever */
    for (size_t room = 1; room <= INFLATE_MOST; room = 2 * room + 1) {
        struct wsp_inflate_call io = {.in = bomb,
                                      .in_len = sizeof bomb,
                                      .out = guard_at_end(inflate_fix.out, NULL, room),
                                      .out_cap = room,
                                      .window = 32768};
        wsp_inflate_init(inflate_fix.z);
        assert_int_equal(wsp_inflate_run(inflate_fix.z, &io), WSP_INFLATE_OUTPUT);
        assert_int_equal(io.out_at, room);
        assert_true(io.in_len > sizeof bomb - 200 - room / 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inflate_rfc7692_examples_are_decoded),
        cmocka_unit_test(inflate_without_the_trailer_owes_bits),
        cmocka_unit_test(inflate_final_leaves_what_follows),
        cmocka_unit_test(inflate_stored_blocks_of_all_lengths_are_copied),
        cmocka_unit_test(inflate_stored_message_with_its_tail_left_out),
        cmocka_unit_test(inflate_nearly_a_stored_message),
        cmocka_unit_test(inflate_tail_is_read_behind_every_kind_of_end),
        cmocka_unit_test(inflate_every_length_and_distance_is_right),
        cmocka_unit_test(inflate_room_is_exact),
        cmocka_unit_test(inflate_room_is_exact_for_long_matches),
        cmocka_unit_test(inflate_history_wraps_at_every_size),
        cmocka_unit_test(inflate_distance_at_the_edges),
        cmocka_unit_test(inflate_bomb_stops_at_the_room),
    };
    return cmocka_run_group_tests(tests, inflate_setup, inflate_teardown);
}
