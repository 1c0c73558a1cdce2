#include "codec/utf8.h"
#include "support/guard.h"
#include "support/kernels.h"
#include "support/testing.h"

/* Those under test: main has every test run with each set. */
static struct wsp_kernels kernels;

static bool valid(const uint8_t *data, size_t len)
{
    uint32_t state = 0;
    return kernels.utf8(&state, data, len) && wsp_utf8_done(state);
}

/*
 * The naive twin: how many bytes from the start some valid text begins with, by the table of RFC
 * 3629 4. *whole says whether these are a whole text.
 */
struct form {
    uint8_t lead_from, lead_to;
    uint8_t second_from, second_to;
    unsigned size;
};

static const struct form forms[] = {
    {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static const struct form *form_of(uint8_t lead)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (lead >= forms[i].lead_from && lead <= forms[i].lead_to)
            return &forms[i];
    }
    return NULL;
}

static size_t naive_prefix(const uint8_t *data, size_t len, bool *whole)
{
    size_t i = 0;
    *whole = true;
    while (i < len) {
        const struct form *f = form_of(data[i]);
        if (f == NULL)
            return i;
        for (unsigned k = 1; k < f->size; k++) {
            *whole = false;
            if (i + k == len)
                return len;
            uint8_t from = k == 1 ? f->second_from : 0x80;
            uint8_t to = k == 1 ? f->second_to : 0xBF;
            if (data[i + k] < from || data[i + k] > to)
                return i + k;
        }
        *whole = true;
        i += f->size;
    }
    return len;
}

static void fail_for(const char *what, const uint8_t *data, size_t len)
{
    print_error("%s:", what);
    for (size_t i = 0; i < len && i < 300; i++)
        print_error(" %02X", data[i]);
    fail_msg("%s", what);
}

static void feed_in_two(const uint8_t *data, size_t len, size_t cut, bool good, bool whole)
{
    uint32_t state = 0;
    bool ok = kernels.utf8(&state, data, cut) && kernels.utf8(&state, data + cut, len - cut);
    if (ok != good || (ok && wsp_utf8_done(state) != whole))
        fail_for("cut in two", data, len);
}

/* Where byte by byte fails is the position of the rejection. */
static void feed_bytes(const uint8_t *data, size_t len, size_t prefix, bool whole)
{
    uint32_t state = 0;
    size_t i = 0;
    while (i < len && kernels.utf8(&state, data + i, 1))
        i++;
    if (i != prefix || (i == len && wsp_utf8_done(state) != whole))
        fail_for("byte by byte", data, len);
}

/* Whole, every cut, byte by byte. */
static void compare(const uint8_t *data, size_t len)
{
    bool whole;
    size_t prefix = naive_prefix(data, len, &whole);
    for (size_t cut = 0; cut <= len; cut++)
        feed_in_two(data, len, cut, prefix == len, whole);
    feed_bytes(data, len, prefix, whole);
}

static void utf8_all_short_sequences_match_twin(void **unused)
{
    (void)unused;
    uint32_t stride = test_subset() ? 251 : 1;
    for (size_t len = 1; len <= 3; len++) {
        for (uint32_t n = 0; n < UINT32_C(1) << 8 * len; n += stride) {
            uint8_t data[3] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16)};
            compare(data, len);
        }
    }
}

/* The edges of every class of bytes */
static const uint8_t edges[] = {0x00, 0x41, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x91, 0x9F,
                                0xA0, 0xA1, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
                                0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};

static void utf8_four_byte_sequences_match_twin(void **unused)
{
    (void)unused;
    size_t stride = test_subset() ? 17 : 1;
    size_t n = ARRAY_LEN(edges);
    for (unsigned lead = 0xF0; lead <= 0xFF; lead++) {
        for (size_t k = 0; k < n * n * n; k += stride) {
            uint8_t data[4] = {(uint8_t)lead, edges[k % n], edges[k / n % n], edges[k / n / n]};
            compare(data, 4);
        }
    }
    for (size_t k = 0; k < n * n * n * n; k += stride) {
        uint8_t data[5] = {edges[k % n], edges[k / n % n], edges[k / n / n % n],
                           edges[k / n / n / n], 0x41};
        compare(data, 5);
    }
}

static void utf8_all_characters_are_accepted(void **unused)
{
    (void)unused;
    for (uint32_t c = 0x800; c < 0x110000; c++) {
        bool small = c < 0x10000;
        uint8_t data[4] = {(uint8_t)(small ? 0xE0 | c >> 12 : 0xF0 | c >> 18),
                           (uint8_t)(0x80 | (small ? c >> 6 & 63 : c >> 12 & 63)),
                           (uint8_t)(0x80 | (small ? c & 63 : c >> 6 & 63)),
                           (uint8_t)(0x80 | (c & 63))};
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        if (valid(data, small ? 3 : 4) == surrogate)
            fail_for("character", data, 4);
    }
}

struct row {
    const char *name;
    const char *data;
    size_t prefix; /* bytes accepted one by one */
    bool whole;
};

static const struct row rows[] = {
    {"empty", "", 0, true},
    {"2 bytes", "\xC2\x80", 2, true},
    {"C0 at once", "\xC0\x80", 0, false},
    {"C1 at once", "\xC1\xBF", 0, false},
    {"continuation at once", "\x80", 0, false},
    {"E0 80 at the 80", "\xE0\x80\x80", 1, false},
    {"E0 9F at the 9F", "\xE0\x9F\xBF", 1, false},
    {"ED A0 at the A0: surrogate", "\xED\xA0\x80", 1, false},
    {"F0 8F at the 8F", "\xF0\x8F\xBF\xBF", 1, false},
    {"F4 90 at the 90", "\xF4\x90\x80\x80", 1, false},
    {"F5 at once", "\xF5\x80\x80\x80", 0, false},
    {"FF at once", "\xFF", 0, false},
    {"U+10FFFF", "\xF4\x8F\xBF\xBF", 4, true},
    {"noncharacter U+FFFE is valid", "\xEF\xBF\xBE", 3, true},
    {"byte order mark is valid", "\xEF\xBB\xBF", 3, true},
    {"incomplete 3 of 4", "ab\xF0\x9F\x98", 5, false},
    {"lead after lead", "\xE4\xE4", 1, false},
    {"ASCII inside a character", "\xE4\xB8z", 2, false},
};

static void utf8_rows_stop_where_they_say(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        const uint8_t *data = (const uint8_t *)r->data;
        size_t len = strlen(r->data);
        uint32_t state = 0;
        size_t n = 0;
        while (n < len && kernels.utf8(&state, data + n, 1))
            n++;
        if (n != r->prefix || (n == len && wsp_utf8_done(state)) != r->whole)
            fail_msg("%s: stopped at %zu", r->name, n);
        if (valid(data, len) != r->whole)
            fail_msg("%s: whole", r->name);
    }
}

static void utf8_nul_is_accepted(void **unused)
{
    (void)unused;
    assert_true(valid((const uint8_t *)"a\0b", 3));
    assert_true(valid(NULL, 0));
}

static void utf8_failed_state_stays_failed(void **unused)
{
    (void)unused;
    uint32_t state = 0;
    assert_false(kernels.utf8(&state, (const uint8_t *)"\xFF", 1));
    assert_false(wsp_utf8_done(state));
    assert_false(kernels.utf8(&state, (const uint8_t *)"a", 1));
    assert_false(wsp_utf8_done(state));
}

static void utf8_state_holds_bytes_of_incomplete_character(void **unused)
{
    (void)unused;
    uint32_t state = 0;
    assert_true(kernels.utf8(&state, (const uint8_t *)"abcdefgh\xF0", 9));
    assert_int_equal(state, 0x010000F0);
    assert_true(kernels.utf8(&state, (const uint8_t *)"\x9F", 1));
    assert_int_equal(state, 0x02009FF0);
    assert_true(kernels.utf8(&state, NULL, 0));
    assert_int_equal(state, 0x02009FF0);
    assert_true(kernels.utf8(&state, (const uint8_t *)"\x98", 1));
    assert_int_equal(state, 0x03989FF0);
    assert_true(kernels.utf8(&state,
                             (const uint8_t *)"\x80"
                                              "ab\xC3",
                             4));
    assert_int_equal(state, 0x010000C3);
}

#define LONG 420u

/* Fills with 1-, 2-, 3- and 4-byte characters, or one kind; returns how many bytes, at most len. */
static size_t fill(uint8_t *out, size_t len, unsigned kind)
{
    static const char *const kinds[] = {"a", "\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x9F\x98\x80"};
    size_t n = 0;
    for (unsigned k = kind;; k++) {
        const char *c = kinds[kind < 4 ? kind : k * k % 7 % 4];
        if (n + strlen(c) > len)
            return n;
        memcpy(out + n, c, strlen(c));
        n += strlen(c);
    }
}

/* Each byte of edges at this place: rejected or not as the twin says. */
static void change_byte(uint8_t *at, size_t len, size_t i)
{
    uint8_t was = at[i];
    for (size_t k = 0; k < ARRAY_LEN(edges); k++) {
        at[i] = edges[k];
        bool whole;
        size_t prefix = naive_prefix(at, len, &whole);
        feed_in_two(at, len, 0, prefix == len, whole);
    }
    at[i] = was;
}

static void utf8_one_byte_changed_in_long_text_matches_twin(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(LONG);
    size_t stride = test_subset() ? 7 : 1;
    for (unsigned kind = 0; kind < 6; kind++) {
        uint8_t data[LONG];
        size_t len = fill(data, LONG, kind);
        uint8_t *at = guard_at_end(g, data, len);
        for (size_t i = 0; i < len; i += stride)
            change_byte(at, len, i);
    }
    guard_free(g);
}

/* data[i] left out, then up to five times more of it */
static void change_length(struct guard *g, const uint8_t *data, size_t len, size_t i)
{
    bool whole;
    uint8_t *at = guard_at_end(g, NULL, len - 1);
    memcpy(at, data, i);
    memcpy(at + i, data + i + 1, len - 1 - i);
    size_t prefix = naive_prefix(at, len - 1, &whole);
    feed_in_two(at, len - 1, 0, prefix == len - 1, whole);
    for (size_t times = 1; times <= 5; times++) {
        at = guard_at_end(g, NULL, len + times);
        memcpy(at, data, i);
        memset(at + i, data[i], times);
        memcpy(at + i + times, data + i, len - i);
        prefix = naive_prefix(at, len + times, &whole);
        feed_in_two(at, len + times, 0, prefix == len + times, whole);
    }
}

/* The shift puts characters across the edges of whatever the kernel takes at a time. */
static void utf8_byte_left_out_or_repeated_matches_twin(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(LONG + 5);
    for (unsigned kind = 0; kind < 24; kind++) {
        uint8_t data[LONG];
        size_t shift = kind / 6;
        memset(data, 'a', shift);
        size_t len = shift + fill(data + shift, LONG - shift, kind % 6);
        for (size_t i = 0; i < len; i++)
            change_length(g, data, len, i);
    }
    guard_free(g);
}

static void utf8_ascii_run_inside_a_character_is_refused(void **unused)
{
    (void)unused;
    static const char *const parts[][2] = {{"\xC3", "\xA9"},
                                           {"\xE4", "\xB8\xAD"},
                                           {"\xE4\xB8", "\xAD"},
                                           {"\xF0\x9F", "\x98\x80"},
                                           {"\xF0\x9F\x98", "\x80"}};
    uint8_t text[2 * LONG];
    for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
        const uint8_t *start = (const uint8_t *)parts[k][0];
        size_t n = strlen(parts[k][1]);
        for (size_t len = 1; len <= LONG; len++) {
            uint32_t state = 0;
            memset(text, 'a', sizeof text);
            memcpy(text + len, parts[k][1], n);
            assert_true(kernels.utf8(&state, start, strlen(parts[k][0])));
            uint32_t again = state;
            assert_false(kernels.utf8(&state, text, len));
            assert_false(kernels.utf8(&again, text, sizeof text));
        }
    }
}

static void utf8_bad_byte_in_ascii_of_every_length_is_refused(void **unused)
{
    (void)unused;
    uint8_t text[LONG];
    memset(text, 'a', LONG);
    for (size_t len = 1; len <= LONG; len++) {
        assert_true(valid(text, len));
        for (size_t i = 0; i < len; i++) {
            text[i] = 0x80;
            if (valid(text, len))
                fail_msg("at %zu of %zu", i, len);
            text[i] = 'a';
        }
    }
}

/* What nothing valid begins with is refused before the rest of it comes; the rest is kept. */
static void utf8_end_that_cannot_go_on_is_refused_at_every_length(void **unused)
{
    (void)unused;
    static const struct {
        const char *end;
        uint32_t state; /* 0: refused */
    } ends[] = {
        {"\xC2", 0x010000C2},
        {"\xF4", 0x010000F4},
        {"\xE0\xA0", 0x0200A0E0},
        {"\xED\x9F", 0x02009FED},
        {"\xF0\x90", 0x020090F0},
        {"\xF4\x8F", 0x02008FF4},
        {"\xE4\xB8", 0x0200B8E4},
        {"\xF1\x80\x80", 0x038080F1},
        {"\xC1", 0},
        {"\xF5", 0},
        {"\xE0\x9F", 0},
        {"\xED\xA0", 0},
        {"\xF0\x8F", 0},
        {"\xF4\x90", 0},
        {"\xF0\x8F\x80", 0},
    };
    uint8_t text[LONG + 3];
    memset(text, 'a', LONG);
    for (size_t k = 0; k < ARRAY_LEN(ends); k++) {
        for (size_t len = 0; len <= LONG; len++) {
            uint32_t state = 0;
            size_t n = strlen(ends[k].end);
            memcpy(text + len, ends[k].end, n);
            bool ok = kernels.utf8(&state, text, len + n);
            memset(text + len, 'a', n);
            if (ok != (ends[k].state != 0) || (ok && state != ends[k].state))
                fail_msg("end %zu behind %zu: state %08x", k, len, (unsigned)state);
        }
    }
}

/* Nothing but the byte after tells of it; a kernel that skips ASCII must look back once. */
static void utf8_unfinished_character_before_ascii_is_refused(void **unused)
{
    (void)unused;
    static const char *const starts[] = {"\xC3", "\xE4", "\xE4\xB8", "\xF0\x9F", "\xF0\x9F\x98"};
    uint8_t data[4 * LONG];
    struct guard *g = guard_new(sizeof data);
    for (size_t k = 0; k < ARRAY_LEN(starts); k++) {
        size_t n = strlen(starts[k]);
        for (size_t i = 0; i + n < sizeof data; i++) {
            memset(data, 'a', sizeof data);
            memcpy(data + i, starts[k], n);
            if (valid(guard_at_end(g, data, sizeof data), sizeof data))
                fail_msg("start %zu at %zu", k, i);
        }
    }
    guard_free(g);
}

#define AROUND 64u /* an edge of vectors of every width */

/* The sequence with ASCII on both sides, across the edge in every way */
static void across_edge(uint8_t *room, const uint8_t *sequence, size_t n)
{
    uint8_t text[5] = {0, 0, 0, 0, 'a'};
    bool whole;
    memcpy(text, sequence, n);
    text[n] = 'a';
    bool good = naive_prefix(text, n + 1, &whole) == n + 1;
    for (size_t before = 1; before < n; before++) {
        memcpy(room + AROUND - before, sequence, n);
        if (valid(room, 2 * AROUND) != good)
            fail_for("across an edge", sequence, n);
        memset(room + AROUND - before, 'a', n);
    }
}

static void utf8_sequences_across_an_edge_match_twin(void **unused)
{
    (void)unused;
    uint8_t room[2 * AROUND];
    memset(room, 'a', sizeof room);
    uint32_t stride = test_subset() ? 251 : 1;
    for (uint32_t n = 0; n < UINT32_C(1) << 24; n += stride) {
        uint8_t data[3] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16)};
        if (data[0] >= 0xC0)
            across_edge(room, data, 3);
    }
    size_t all = ARRAY_LEN(edges);
    for (size_t k = 0; k < all * all * all * all; k += stride) {
        uint8_t data[4] = {edges[k % all], edges[k / all % all], edges[k / all / all % all],
                           edges[k / all / all / all]};
        across_edge(room, data, 4);
    }
}

static void utf8_valid_is_of_a_whole_text(void **unused)
{
    (void)unused;
    assert_true(wsp_utf8_valid((const uint8_t *)"caf\xC3\xA9", 5));
    assert_false(wsp_utf8_valid((const uint8_t *)"caf\xC3\xA9", 4));
    assert_false(wsp_utf8_valid((const uint8_t *)"caf\xC3(", 5));
}

static void utf8_long_text_in_every_length_and_cut_is_accepted(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(LONG);
    for (unsigned kind = 0; kind < 8; kind++) {
        uint8_t data[LONG];
        size_t full = fill(data, LONG, kind);
        for (size_t len = 0; len <= full; len++) {
            bool whole;
            assert_int_equal(naive_prefix(data, len, &whole), len);
            feed_in_two(guard_at_end(g, data, len), len, len, true, whole);
            feed_in_two(guard_at_start(g, data, len), len, len / 3, true, whole);
        }
        bool whole;
        (void)naive_prefix(data, full, &whole);
        uint8_t *at = guard_at_end(g, data, full);
        for (size_t cut = 0; cut <= full; cut++)
            feed_in_two(at, full, cut, true, whole);
        feed_bytes(at, full, full, whole);
    }
    guard_free(g);
}

static void utf8_random_texts_match_twin(void **unused)
{
    (void)unused;
    uint32_t x = 1;
    unsigned rounds = test_subset() ? 200 : 20000;
    for (unsigned r = 0; r < rounds; r++) {
        uint8_t data[LONG];
        x = x * 1664525u + 1013904223u;
        size_t len = fill(data, x >> 8 & 255, 4 + r);
        for (unsigned k = 0; k < (x >> 30) && len > 0; k++) {
            x = x * 1664525u + 1013904223u;
            data[(x >> 16) % len] = edges[(x >> 8) % ARRAY_LEN(edges)];
        }
        bool whole;
        size_t prefix = naive_prefix(data, len, &whole);
        feed_in_two(data, len, len > 0 ? (x >> 4) % len : 0, prefix == len, whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_rows_stop_where_they_say),
        cmocka_unit_test(utf8_all_short_sequences_match_twin),
        cmocka_unit_test(utf8_four_byte_sequences_match_twin),
        cmocka_unit_test(utf8_all_characters_are_accepted),
        cmocka_unit_test(utf8_nul_is_accepted),
        cmocka_unit_test(utf8_failed_state_stays_failed),
        cmocka_unit_test(utf8_state_holds_bytes_of_incomplete_character),
        cmocka_unit_test(utf8_one_byte_changed_in_long_text_matches_twin),
        cmocka_unit_test(utf8_byte_left_out_or_repeated_matches_twin),
        cmocka_unit_test(utf8_ascii_run_inside_a_character_is_refused),
        cmocka_unit_test(utf8_bad_byte_in_ascii_of_every_length_is_refused),
        cmocka_unit_test(utf8_end_that_cannot_go_on_is_refused_at_every_length),
        cmocka_unit_test(utf8_unfinished_character_before_ascii_is_refused),
        cmocka_unit_test(utf8_sequences_across_an_edge_match_twin),
        cmocka_unit_test(utf8_valid_is_of_a_whole_text),
        cmocka_unit_test(utf8_long_text_in_every_length_and_cut_is_accepted),
        cmocka_unit_test(utf8_random_texts_match_twin),
    };
    struct kernel_set sets[KERNEL_SETS];
    unsigned n = kernel_sets(sets);
    int failed = 0;
    for (unsigned i = 0; i < n; i++) {
        kernels = sets[i].kernels;
        failed += cmocka_run_group_tests_name(sets[i].name, tests, NULL, NULL);
    }
    return failed;
}
