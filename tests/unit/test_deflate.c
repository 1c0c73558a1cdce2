#include "flate/deflate.h"
#include "support/testing.h"
#include "support/tokens.h"

#include <zlib.h>

/* ------------------------------------------------------------ data */

static uint64_t seed = 7;

static uint32_t random_below(uint32_t n)
{
    seed += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t x = seed;
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((x ^ x >> 31) >> 33) % n;
}

enum kind { JSON, TEXT, BINARY, RANDOM, RUNS, DISTANT, MIXED, KINDS };

static void put_text(uint8_t *out, size_t len, size_t *at, const char *text)
{
    for (; *text != '\0' && *at < len; text++)
        out[(*at)++] = (uint8_t)*text;
}

static void put_json(uint8_t *out, size_t len)
{
    static const char *const keys[] = {"{\"id\":",    ",\"name\":\"",   "\",\"price\":",
                                       ",\"tags\":[", "],\"ok\":true}", ",\"time\":\"2026-11-"};
    for (size_t at = 0; at < len;) {
        put_text(out, len, &at, keys[random_below(6)]);
        for (unsigned i = random_below(8); i > 0 && at < len; i--)
            out[at++] = (uint8_t)('0' + random_below(10));
    }
}

static void put_words(uint8_t *out, size_t len)
{
    static const char *const words[] = {"the ",  "quick ", "brown ", "fox ", "jumps ", "over ",
                                        "lazy ", "dog. ",  "It ",    "was ", "a ",     "night\n"};
    for (size_t at = 0; at < len;)
        put_text(out, len, &at, words[random_below(12)]);
}

static void put_runs(uint8_t *out, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint8_t byte = (uint8_t)random_below(256);
        for (uint32_t n = 1 + random_below(1u << random_below(12)); n > 0 && at < len; n--)
            out[at++] = byte;
    }
}

/* Pieces of three or four bytes found far away: matches that hardly pay. */
static void put_far(uint8_t *out, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t back = 1 + random_below(32768);
        size_t n = 3 + random_below(2);
        bool copy = back <= at && random_below(8) != 0;
        for (; n > 0 && at < len; n--, at++)
            out[at] = copy ? out[at - back] : (uint8_t)random_below(256);
    }
}

static void generate(uint8_t *out, size_t len, enum kind kind)
{
    if (kind == JSON)
        put_json(out, len);
    else if (kind == TEXT)
        put_words(out, len);
    else if (kind == RUNS)
        put_runs(out, len);
    else if (kind == DISTANT)
        put_far(out, len);
    for (size_t at = 0; kind == MIXED && at < len;) {
        size_t n = 1 + random_below(1u << random_below(17));
        n = n < len - at ? n : len - at;
        generate(out + at, n, (enum kind)random_below(MIXED));
        at += n;
    }
    if (kind == RANDOM || kind == BINARY)
        for (size_t i = 0; i < len; i++)
            out[i] =
                kind == BINARY && i % 4 > 1 ? (uint8_t)(i >> 6 & 3) : (uint8_t)random_below(256);
}

/* ------------------------------------------------------------ a compressor under test */

struct sender {
    struct wsp_deflate *z;
    unsigned window_bits, level;
    struct tokens_reader r;
    z_stream inflate; /* zlib reads windows from 9 bits on */
    uint8_t *out;
    size_t out_cap;
    size_t out_len;
};

static void open_sender(struct sender *s, unsigned window_bits, unsigned level)
{
    memset(s, 0, sizeof *s);
    s->window_bits = window_bits;
    s->level = level;
    size_t size = wsp_deflate_size(window_bits, level);
    s->z = malloc(size);
    assert_non_null(s->z);
    memset(s->z, (int)random_below(256), size);
    wsp_deflate_init(s->z, window_bits, level);
    if (window_bits > 8)
        assert_int_equal(inflateInit2(&s->inflate, -(int)window_bits), Z_OK);
}

static void close_sender(struct sender *s)
{
    free(s->z);
    free(s->out);
    free(s->r.all);
    if (s->window_bits > 8)
        inflateEnd(&s->inflate);
}

static void forget(struct sender *s)
{
    wsp_deflate_reset(s->z);
    s->r.begin = s->r.len;
    if (s->window_bits > 8)
        assert_int_equal(inflateReset(&s->inflate), Z_OK);
}

static void check_zlib(struct sender *s, const uint8_t *in, size_t len)
{
    uint8_t *back = malloc(len + 1);
    assert_non_null(back);
    s->inflate.next_in = s->out;
    s->inflate.avail_in = (uInt)s->out_len;
    s->inflate.next_out = back;
    s->inflate.avail_out = (uInt)(len + 1);
    int rc = inflate(&s->inflate, Z_SYNC_FLUSH);
    assert_true(rc == Z_OK || rc == Z_BUF_ERROR);
    assert_int_equal(s->inflate.avail_in, 0);
    assert_int_equal(s->inflate.avail_out, 1);
    assert_true(len == 0 || memcmp(back, in, len) == 0);
    free(back);
}

/* Compresses, with canaries behind the room; both receivers get it back. */
static void send_data(struct sender *s, const uint8_t *in, size_t len)
{
    size_t bound = wsp_deflate_bound(len);
    if (s->out_cap < bound + 16) {
        s->out_cap = bound + 16;
        s->out = realloc(s->out, s->out_cap);
        assert_non_null(s->out);
    }
    memset(s->out + bound, 0xA5, 16);
    s->out_len = wsp_deflate_run(s->z, s->out, in, len);
    assert_in_range(s->out_len, 5, bound);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(s->out[bound + i], 0xA5);
    assert_memory_equal(s->out + s->out_len - 4, "\x00\x00\xff\xff", 4);
    size_t begin = s->r.len;
    tokens_read(&s->r, s->out, s->out_len);
    assert_int_equal(s->r.len - begin, len);
    assert_true(len == 0 || memcmp(s->r.all + begin, in, len) == 0);
    assert_true(s->r.farthest <= (size_t)1 << s->window_bits);
    if (s->window_bits > 8)
        check_zlib(s, in, len);
}

static uint8_t *data_of(size_t len, enum kind kind)
{
    uint8_t *data = malloc(len + (len == 0));
    assert_non_null(data);
    generate(data, len, kind);
    return data;
}

/* ------------------------------------------------------------ tests */

static void deflate_empty_input_is_a_flush(void **unused)
{
    (void)unused;
    for (unsigned level = 1; level <= 9; level++) {
        struct sender s;
        open_sender(&s, 15, level);
        for (unsigned i = 0; i < 3; i++) {
            send_data(&s, NULL, 0);
            assert_int_equal(s.out_len, 5);
            assert_memory_equal(s.out, "\x00\x00\x00\xff\xff", 5);
        }
        close_sender(&s);
    }
}

/* RFC 7692 7.2.3.1 and 7.2.3.2; ours finds the whole word the second time. */
static void deflate_hello_is_the_rfc_example(void **unused)
{
    (void)unused;
    for (unsigned level = 1; level <= 9; level++) {
        struct sender s;
        open_sender(&s, 15, level);
        send_data(&s, (const uint8_t *)"Hello", 5);
        assert_int_equal(s.out_len, 11);
        assert_memory_equal(s.out, "\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff", 11);
        send_data(&s, (const uint8_t *)"Hello", 5);
        if (level > 2) { /* those look for longer matches */
            assert_true(s.out_len <= 5 + 4);
            assert_int_equal(s.r.farthest, 5);
        }
        close_sender(&s);
    }
}

/* Runs a test at each level with each window. */
static void everywhere(void (*test)(struct sender *s, uint8_t *data), size_t room)
{
    uint8_t *data = data_of(room, MIXED);
    for (unsigned i = 0; i < 9 * 8; i += test_subset() ? 7 : 1) {
        struct sender s;
        open_sender(&s, 8 + i % 8, 1 + i / 8);
        test(&s, data);
        close_sender(&s);
    }
    free(data);
}

static void send_short(struct sender *s, uint8_t *data)
{
    unsigned step = test_subset() ? 97 : 1 + (s->level * 8 + s->window_bits) % 5;
    for (size_t len = 0; len <= 1000; len += step) {
        if (len % 3 == 0)
            forget(s);
        generate(data, len, (enum kind)random_below(KINDS));
        send_data(s, data, len);
    }
}

static void deflate_all_short_lengths_come_back(void **unused)
{
    (void)unused;
    everywhere(send_short, 1000);
}

static void deflate_every_length_at_each_level(void **unused)
{
    (void)unused;
    uint8_t *data = data_of(1001, MIXED);
    for (unsigned level = 1; level <= 9; level++) {
        struct sender s;
        open_sender(&s, 15, level);
        for (size_t len = 0; len <= 1000; len += test_subset() ? 53 : 1) {
            generate(data, len, (enum kind)random_below(KINDS));
            send_data(&s, data, len);
        }
        close_sender(&s);
    }
    free(data);
}

static void deflate_large_inputs_come_back(void **unused)
{
    (void)unused;
    size_t len = test_subset() ? 20000 : (1 << 20) + 17;
    uint8_t *data = data_of(len, JSON);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        generate(data, len, (enum kind)kind);
        for (unsigned i = 0; i < 9; i++) {
            struct sender s;
            open_sender(&s, kind % 2 ? 15 : 8 + (i + kind) % 8, i + 1);
            send_data(&s, data, len);
            if (kind == JSON || kind == TEXT)
                assert_true(s.out_len < len * 6 / 10);
            if (kind == RANDOM)
                assert_int_equal(s.out_len, wsp_deflate_bound(len));
            send_data(&s, data, len / 3);
            close_sender(&s);
        }
    }
    free(data);
}

static void send_many(struct sender *s, uint8_t *data)
{
    for (unsigned i = 0; i < (test_subset() ? 3u : 60u); i++) {
        size_t len = random_below(1u << random_below(15));
        generate(data, len, (enum kind)random_below(KINDS));
        if (random_below(8) == 0)
            forget(s);
        send_data(s, data, len);
    }
}

static void deflate_many_messages_come_back(void **unused)
{
    (void)unused;
    everywhere(send_many, 20000);
}

/* What was sent long before the reset must not shine through, 65536 positions later or sooner. */
static void send_like_new(struct sender *old, uint8_t *data)
{
    struct sender fresh;
    for (unsigned i = 0; i < (test_subset() ? 4u : 24u); i++) {
        size_t len = random_below(1u << random_below(17));
        len = len < 100000 ? len : 100000;
        if (i % 2 == 0) {
            open_sender(&fresh, old->window_bits, old->level);
            forget(old);
        }
        generate(data, len, (enum kind)random_below(KINDS));
        send_data(old, data, len);
        send_data(&fresh, data, len);
        assert_int_equal(old->out_len, fresh.out_len);
        assert_memory_equal(old->out, fresh.out, fresh.out_len);
        if (i % 2 != 0)
            close_sender(&fresh);
    }
}

static void deflate_reset_is_like_init(void **unused)
{
    (void)unused;
    everywhere(send_like_new, 100000);
}

static void learn(struct sender *s, const uint8_t *data, size_t len)
{
    wsp_deflate_learn(s->z, data, len);
    for (size_t i = 0; i < len; i++)
        tokens_emit(&s->r, data[i]);
    if (s->window_bits > 8) {
        /* A stored block, for zlib. */
        uint8_t head[5] = {0, (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)~len,
                           (uint8_t)(~len >> 8)};
        uint8_t *back = malloc(len + 1);
        assert_non_null(back);
        s->inflate.next_out = back;
        s->inflate.avail_out = (uInt)(len + 1);
        s->inflate.next_in = head;
        s->inflate.avail_in = 5;
        assert_int_equal(inflate(&s->inflate, Z_SYNC_FLUSH), Z_OK);
        s->inflate.next_in = (Bytef *)(uintptr_t)data;
        s->inflate.avail_in = (uInt)len;
        int rc = inflate(&s->inflate, Z_SYNC_FLUSH);
        assert_true(rc == Z_OK || rc == Z_BUF_ERROR);
        assert_int_equal(s->inflate.avail_out, 1);
        free(back);
    }
}

static void send_learnt(struct sender *s, uint8_t *data)
{
    for (unsigned i = 0; i < (test_subset() ? 2u : 20u); i++) {
        size_t len = random_below(1u << random_below(16));
        generate(data, len, (enum kind)random_below(KINDS));
        if (random_below(6) == 0)
            forget(s);
        learn(s, data, len);
        send_data(s, data + len / 2, len - len / 2);
    }
    generate(data, 200, RANDOM);
    learn(s, data, 200);
    send_data(s, data, 200);
    assert_true(s->out_len < 25);
}

static void deflate_learnt_data_is_history(void **unused)
{
    (void)unused;
    everywhere(send_learnt, 60000);
}

/* Random data that comes again after a period: found up to the window, and never beyond. */
static void send_twice(struct sender *s, uint8_t *data)
{
    /* Where the ring is no larger than the window, what is looked ahead at is missing from it. */
    size_t missing = s->window_bits < 13 ? 0 : s->window_bits < 14 ? 512 : 1024;
    size_t period = ((size_t)1 << s->window_bits) - missing;
    generate(data, period, RANDOM);
    memcpy(data + period, data, period);
    send_data(s, data, 2 * period);
    assert_true(s->out_len < 2 * period * 6 / 10);
    assert_int_equal(s->r.farthest, period);
    period = ((size_t)1 << s->window_bits) + 1;
    forget(s);
    generate(data, period, RANDOM);
    memcpy(data + period, data, period);
    send_data(s, data, 2 * period);
    assert_true(s->out_len >= 2 * period);
}

static void deflate_window_is_used_and_respected(void **unused)
{
    (void)unused;
    everywhere(send_twice, 80000);
}

/*
 * A message has the window less its own length at least, and never a byte more than the window. At
 * level 1 old positions are overwritten before.
 */
static void send_from_the_edge(struct sender *s, uint8_t *data)
{
    size_t window = (size_t)1 << s->window_bits;
    generate(data, 1 << 16, RANDOM);
    for (size_t i = 0; i < 1 << 16; i++) /* text: of dense data far matches are missed at first */
        data[i] = (uint8_t)((i < 20 ? '`' : '!') + data[i] % 31);
    for (size_t gap = 0; gap <= 60 && s->level > 1; gap += 4) {
        forget(s);
        s->r.farthest = 0;
        learn(s, data, 20);
        learn(s, data + 100, window - 60 + gap);
        /* The 20 are now window - 40 + gap back. */
        send_data(s, data, 20);
        assert_int_equal(s->r.farthest == window - 40 + gap, s->r.farthest != 0);
        assert_true(gap > 20 || s->r.farthest != 0);
        assert_true(gap <= 40 || s->r.farthest == 0);
    }
}

static void deflate_window_edge_in_messages(void **unused)
{
    (void)unused;
    everywhere(send_from_the_edge, 1 << 16);
}

static void deflate_bound_is_five_bytes_a_stored_block(void **unused)
{
    (void)unused;
    assert_int_equal(wsp_deflate_bound(0), 5);
    assert_int_equal(wsp_deflate_bound(1), 11);
    assert_int_equal(wsp_deflate_bound(65535), 65535 + 10);
    assert_int_equal(wsp_deflate_bound(65536), 65536 + 15);
    assert_true(wsp_deflate_bound(SIZE_MAX) == SIZE_MAX);
    assert_true(wsp_deflate_bound(SIZE_MAX - 5) == SIZE_MAX);
}

/* Output that hardly pays: none of the blocks may push the whole beyond the bound. */
static void send_incompressible(struct sender *s, uint8_t *data)
{
    static const size_t lens[] = {1,     2,     3,     10,     100,    1000,
                                  65534, 65535, 65536, 131070, 131071, 200000};
    for (size_t i = s->level % 3; i < 3 * ARRAY_LEN(lens); i += 3 + s->window_bits % 2) {
        size_t len = lens[i / 3];
        generate(data, len, i % 3 == 0 ? RANDOM : DISTANT);
        for (size_t k = 0; i % 3 == 2 && k < len; k++)
            data[k] |= 0x90; /* bytes above 143 cost 9 bits in the fixed code */
        send_data(s, data, len);
        if (i % 3 == 0 && len > 100)
            assert_int_equal(s->out_len, wsp_deflate_bound(len));
    }
}

static void deflate_incompressible_data_keeps_the_bound(void **unused)
{
    (void)unused;
    everywhere(send_incompressible, 200000);
}

static void deflate_blocks_are_chosen_by_cost(void **unused)
{
    (void)unused;
    uint8_t *data = data_of(50000, RANDOM);
    for (unsigned level = 1; level <= 9; level++) {
        struct sender s;
        open_sender(&s, 15, level);
        generate(data, 50000, RANDOM);
        send_data(&s, data, 50000);
        assert_int_equal(s.r.stored, 1);
        assert_int_equal(s.r.fixed + s.r.dynamic, 0);
        send_data(&s, (const uint8_t *)"{\"a\":1}", 7);
        assert_int_equal(s.r.fixed, 1);
        generate(data, 20000, TEXT);
        send_data(&s, data, 5000);
        assert_int_equal(s.r.dynamic, 1);
        assert_int_equal(s.r.stored + s.r.fixed, 0);
        close_sender(&s);
    }
    free(data);
}

static size_t size_of_zlib(const uint8_t *data, size_t len, unsigned level)
{
    z_stream z;
    memset(&z, 0, sizeof z);
    assert_int_equal(deflateInit2(&z, (int)level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t cap = deflateBound(&z, (uLong)len) + 16;
    uint8_t *out = malloc(cap);
    assert_non_null(out);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    assert_int_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK);
    size_t size = cap - z.avail_out;
    deflateEnd(&z);
    free(out);
    return size;
}

static void deflate_is_as_small_as_zlib(void **unused)
{
    (void)unused;
    static const size_t lens[] = {64, 300, 2000, 16384, 100000};
    uint8_t *data = data_of(100000, JSON);
    for (unsigned level = 1; level <= 9; level++) {
        size_t ours = 0;
        size_t theirs = 0;
        for (unsigned i = 0; i < 4 * ARRAY_LEN(lens); i++) {
            struct sender s;
            open_sender(&s, 15, level);
            generate(data, lens[i / 4], i % 2 ? JSON : TEXT);
            send_data(&s, data, lens[i / 4]);
            ours += s.out_len;
            theirs += size_of_zlib(data, lens[i / 4], level);
            close_sender(&s);
        }
        assert_true(ours * 1000 <= theirs * (level == 1 ? 1040 : 1060));
    }
    free(data);
}

static void deflate_memory_is_as_designed(void **unused)
{
    (void)unused;
    for (unsigned level = 1; level <= 9; level++) {
        assert_true(wsp_deflate_size(15, level) <= 140000);
        assert_true(wsp_deflate_size(9, level) <= 6000);
        for (unsigned bits = 9; bits <= 15; bits++)
            assert_true(wsp_deflate_size(bits - 1, level) <= wsp_deflate_size(bits, level));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deflate_empty_input_is_a_flush),
        cmocka_unit_test(deflate_hello_is_the_rfc_example),
        cmocka_unit_test(deflate_all_short_lengths_come_back),
        cmocka_unit_test(deflate_every_length_at_each_level),
        cmocka_unit_test(deflate_large_inputs_come_back),
        cmocka_unit_test(deflate_many_messages_come_back),
        cmocka_unit_test(deflate_reset_is_like_init),
        cmocka_unit_test(deflate_learnt_data_is_history),
        cmocka_unit_test(deflate_window_is_used_and_respected),
        cmocka_unit_test(deflate_window_edge_in_messages),
        cmocka_unit_test(deflate_bound_is_five_bytes_a_stored_block),
        cmocka_unit_test(deflate_incompressible_data_keeps_the_bound),
        cmocka_unit_test(deflate_blocks_are_chosen_by_cost),
        cmocka_unit_test(deflate_is_as_small_as_zlib),
        cmocka_unit_test(deflate_memory_is_as_designed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
