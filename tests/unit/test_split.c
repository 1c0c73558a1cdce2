/*
 * Random streams of frames, right and wrong ones: given whole, in random pieces and byte by byte,
 * in place and read-only, streaming or not, they must be told the same way and answered with the
 * same bytes. The fast path for whole frames and the machine for pieces of them are one thing.
 */
#include "support/run_one.h"
#include "support/testing.h"

static void add_frame(struct blob *out, uint64_t *seed, bool masked)
{
    static const uint8_t heads[] = {0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x80, 0x89, 0x8A, 0x81};
    static const size_t bounds[] = {4, 4, 20, 126, 130, 700};
    uint8_t payload[700], key[4];
    uint8_t head = heads[test_random_below(seed, ARRAY_LEN(heads))];
    size_t len = test_random_below(seed, bounds[test_random_below(seed, ARRAY_LEN(bounds))]);
    size_t odd = test_random_below(seed, 60);
    for (size_t i = 0; i < len; i++)
        payload[i] = (uint8_t)('a' + test_random_below(seed, 26));
    for (size_t i = 0; i < 4; i++)
        key[i] = (uint8_t)test_random(seed);
    if ((head & 0x08) != 0 && len > 125)
        len = 125;
    if (odd == 0)
        head ^= (uint8_t)(1U << test_random_below(seed, 8));
    else if (odd == 1)
        head = 0x88;
    else if (odd == 2)
        masked = !masked;
    else if (odd == 3 && len > 0)
        payload[test_random_below(seed, len)] = (uint8_t)test_random(seed);
    frame_add(out, head, payload, len, masked ? key : NULL);
}

/* A message of 2 to 400 fragments, now and then with a slip in its text or in a header. */
static void add_fragments(struct blob *out, uint64_t *seed, bool masked)
{
    static const size_t counts[] = {4, 20, 60, 400};
    static const size_t bounds[] = {3, 9, 40, 300};
    uint8_t payload[300 + 3];
    size_t count = 2 + test_random_below(seed, counts[test_random_below(seed, 4)]);
    size_t bound = bounds[test_random_below(seed, 4)];
    size_t slip = test_random_below(seed, 4 * count);
    for (size_t i = 0; i < count; i++) {
        uint8_t key[4] = {(uint8_t)test_random(seed), (uint8_t)i, 3, 0};
        uint8_t head = (uint8_t)((i + 1 == count ? 0x80 : 0) | (i == 0 ? WSP_TEXT : 0));
        size_t len = test_random_below(seed, bound);
        bool wide = test_random_below(seed, 2) == 0;
        for (size_t at = 0; at < len; at += 3)
            memcpy(payload + at, wide ? "\xE2\x82\xAC" : "abc", 3);
        len = wide ? len / 3 * 3 : len;
        if (i == slip && len > 0)
            payload[test_random_below(seed, len)] ^= 0x80;
        if (i == slip + count)
            head ^= (uint8_t)(1U << test_random_below(seed, 8));
        frame_add(out, head, payload, len, masked ? key : NULL);
    }
}

/* Fragments in a sensible order are rare among random frames: half of the streams have the headers
 * of data frames put right. */
static void add_message(struct blob *out, uint64_t *seed, bool masked)
{
    static const uint8_t key[4] = {1, 0, 254, 77};
    size_t count = 1 + test_random_below(seed, 4);
    for (size_t i = 0; i < count; i++) {
        uint8_t head = (uint8_t)((i + 1 == count ? 0x80 : 0) | (i == 0 ? WSP_TEXT : 0));
        const char *euro = "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC";
        size_t from = 9 * i / count, to = 9 * (i + 1) / count;
        frame_add(out, head, euro + from, to - from, masked ? key : NULL);
        if (test_random_below(seed, 3) == 0)
            frame_add(out, 0x80 | WSP_PING, "ping", test_random_below(seed, 5),
                      masked ? key : NULL);
    }
}

static void make_stream(struct script *s, uint64_t *seed)
{
    for (size_t frames = 1 + test_random_below(seed, 12); frames > 0; frames--) {
        size_t kind = test_random_below(seed, 8);
        if (kind == 0)
            add_fragments(&s->bytes, seed, s->masked);
        else if (kind < 4)
            add_message(&s->bytes, seed, s->masked);
        else
            add_frame(&s->bytes, seed, s->masked);
    }
}

static void assert_same(struct run_result *a, struct run_result *b, uint64_t seed)
{
    if (strcmp(log_line(&a->log), log_line(&b->log)) != 0)
        fail_msg("seed %llu:\n  %s\n  %s", (unsigned long long)seed, log_line(&a->log),
                 log_line(&b->log));
    assert_int_equal(a->out.len, b->out.len);
    if (a->out.len > 0)
        assert_memory_equal(a->out.data, b->out.data, a->out.len);
}

static size_t compare_stream(uint64_t seed, int role)
{
    static const struct run_setup setups[] = {
        {.flags = 0},
        {.config.limits = {.fragments = 30, .empty_fragments = 3}},
        {.config.limits = {.message = 1000}},
    };
    const struct run_row row = {.name = "random", .role = role, .setup = &setups[seed % 3]};
    struct script s = {.masked = role == WSP_SERVER};
    struct run_result whole;
    struct run_mode plain = {.page = NULL};
    uint64_t random = seed;
    make_stream(&s, &random);
    run_once(&whole, &row, &s, &plain);
    for (unsigned i = 0; i < 12; i++) {
        struct run_result other;
        struct run_mode m = {.piece = i < 4 ? 1 : 1 + test_random_below(&random, 40),
                             .cut = test_random_below(&random, s.bytes.len),
                             .statistics = i == 11,
                             .read_only = (i & 1) != 0,
                             .streaming = (i & 2) != 0,
                             .space = (i & 4) != 0,
                             .front = (i & 8) != 0};
        if (m.statistics)
            m.piece = m.cut = 0;
        run_once(&other, &row, &s, &m);
        assert_same(&whole, &other, seed);
        run_result_free(&other);
    }
    size_t messages = whole.log.messages;
    run_result_free(&whole);
    script_free(&s);
    return messages;
}

static void split_random_streams_same_events_and_output(void **state)
{
    (void)state;
    size_t messages = 0;
    uint64_t seeds = test_subset() ? 20 : 3000;
    for (uint64_t seed = 1; seed <= seeds; seed++)
        messages += compare_stream(seed, seed % 2 == 0 ? WSP_SERVER : WSP_CLIENT);
    assert_true(messages > seeds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_random_streams_same_events_and_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
