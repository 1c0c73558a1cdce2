/* chars: character classes and cutting slices. SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include "codec/chars_stops.h"
#include "support/guard.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define UNRESERVED LETTERS DIGITS "-._~"
#define SUB_DELIMS "!$&'()*+,;="
#define VISIBLE_BUT_HASH     \
    "!\"$%&'()*+,-./" DIGITS \
    ":;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

struct class_row {
    const char *name;
    const char *section;
    unsigned class;
    const char *members; /* below 0x80 */
    bool obs_text;       /* and all from 0x80 on */
};

static const struct class_row class_rows[] = {
    {"token", "9110 5.6.2", WSP_CLASS_TOKEN, LETTERS DIGITS "!#$%&'*+-.^_`|~", false},
    {"field", "9110 5.5", WSP_CLASS_FIELD, VISIBLE_BUT_HASH "# \t", true},
    {"target", "9112 3.2", WSP_CLASS_TARGET, VISIBLE_BUT_HASH, false},
    {"ows", "9110 5.6.3", WSP_CLASS_OWS, " \t", false},
    {"digit", "5234 B.1", WSP_CLASS_DIGIT, DIGITS, false},
    {"hex", "5234 B.1", WSP_CLASS_HEX, DIGITS "abcdefABCDEF", false},
    {"reg-name", "3986 3.2.2", WSP_CLASS_REGNAME, UNRESERVED SUB_DELIMS, false},
    {"path", "3986 3.3", WSP_CLASS_PATH, UNRESERVED SUB_DELIMS ":@/", false},
    {"query", "3986 3.4", WSP_CLASS_QUERY, UNRESERVED SUB_DELIMS ":@/?", false},
};

static struct wsp_slice slice(const char *text)
{
    struct wsp_slice s = {(const uint8_t *)text, strlen(text)};
    return s;
}

static const struct wsp_slice none = {NULL, 0};

static void class_members_as_in_the_grammar(void **state)
{
    (void)state;
    unsigned all = 0;
    for (size_t i = 0; i < ARRAY_LEN(class_rows); i++) {
        const struct class_row *row = &class_rows[i];
        all |= row->class;
        for (unsigned byte = 0; byte < 256; byte++) {
            bool ascii = byte > 0 && byte < 0x80 && strchr(row->members, (int)byte) != NULL;
            bool member = ascii || (byte >= 0x80 && row->obs_text);
            if (wsp_char_is((uint8_t)byte, row->class) != member) {
                fail_msg("%s (%s): 0x%02X", row->name, row->section, byte);
            }
        }
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        assert_false(wsp_char_is((uint8_t)byte, ~all));
    }
}

/* RFC 2616 2.2: no separators, no controls: the set that RFC 6455 9.1 means is that of RFC 9110 */
static void class_token_same_in_old_rfc(void **state)
{
    (void)state;
    for (int byte = 1; byte < 0x80; byte++) {
        bool separator = strchr("()<>@,;:\\\"/[]?={} \t", byte) != NULL;
        bool control = byte < 0x20 || byte == 0x7F;
        assert_int_equal(wsp_char_is((uint8_t)byte, WSP_CLASS_TOKEN), !separator && !control);
    }
}

static void lower_letters_only(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned expected = byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte;
        assert_int_equal(wsp_char_lower((uint8_t)byte), expected);
    }
}

static void run_ends_at_the_first_other_byte(void **state)
{
    (void)state;
    assert_int_equal(wsp_run(slice("abc d"), WSP_CLASS_TOKEN), 3);
    assert_int_equal(wsp_run(slice(" a"), WSP_CLASS_TOKEN), 0);
    assert_int_equal(wsp_run(slice("abc"), WSP_CLASS_TOKEN), 3);
    assert_int_equal(wsp_run(slice("12 \t3a"), WSP_CLASS_DIGIT | WSP_CLASS_OWS), 5);
    assert_int_equal(wsp_run(none, WSP_CLASS_TOKEN), 0);
}

static void all_empty_is_none(void **state)
{
    (void)state;
    assert_true(wsp_all(slice("12"), WSP_CLASS_DIGIT));
    assert_false(wsp_all(slice("1a"), WSP_CLASS_DIGIT));
    assert_false(wsp_all(slice("a1"), WSP_CLASS_DIGIT));
    assert_false(wsp_all(none, WSP_CLASS_DIGIT));
}

static void cut_at_most_all(void **state)
{
    (void)state;
    struct wsp_slice s = slice("abcde");
    const uint8_t *at = s.data;
    struct wsp_slice front = wsp_cut(&s, 2);
    assert_ptr_equal(front.data, at);
    assert_int_equal(front.len, 2);
    assert_ptr_equal(s.data, at + 2);
    assert_int_equal(s.len, 3);
    assert_int_equal(wsp_cut(&s, 0).len, 0);
    assert_int_equal(s.len, 3);
    front = wsp_cut(&s, 4);
    assert_ptr_equal(front.data, at + 2);
    assert_int_equal(front.len, 3);
    assert_int_equal(s.len, 0);
    s = none;
    assert_int_equal(wsp_cut(&s, 1).len, 0);
    assert_null(s.data);
}

static void cut_byte_only_that_one(void **state)
{
    (void)state;
    struct wsp_slice s = slice("::a");
    assert_false(wsp_cut_byte(&s, 'a'));
    assert_true(wsp_cut_byte(&s, ':'));
    assert_true(wsp_cut_byte(&s, ':'));
    assert_false(wsp_cut_byte(&s, ':'));
    assert_true(wsp_cut_byte(&s, 'a'));
    assert_int_equal(s.len, 0);
    assert_false(wsp_cut_byte(&s, 'a'));
    s = none;
    assert_false(wsp_cut_byte(&s, 'a'));
}

static void index_absent_is_len(void **state)
{
    (void)state;
    assert_int_equal(wsp_index(slice("abcb"), 'b'), 1);
    assert_int_equal(wsp_index(slice("abcb"), 'x'), 4);
    assert_int_equal(wsp_index(none, 'x'), 0);
}

static void trim_ows_at_both_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"a", "a"}, {" a", "a"},  {"a\t", "a"},       {" \t a b\t \t", "a b"},
        {"", ""},   {" \t ", ""}, {"\va\n", "\va\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wsp_slice s = wsp_trim(slice(rows[i].text));
        assert_int_equal(s.len, strlen(rows[i].expected));
        assert_memory_equal(s.data, rows[i].expected, s.len);
    }
    assert_int_equal(wsp_trim(none).len, 0);
}

static void slice_equal_whole_without_case(void **state)
{
    (void)state;
    assert_true(wsp_slice_equal(slice("Upgrade"), "uPGRADE"));
    assert_true(wsp_slice_equal(slice("a-1_Z"), "A-1_z"));
    assert_true(wsp_slice_equal(none, ""));
    assert_false(wsp_slice_equal(none, "a"));
    assert_false(wsp_slice_equal(slice("a"), ""));
    assert_false(wsp_slice_equal(slice("upgrad"), "upgrade"));
    assert_false(wsp_slice_equal(slice("upgrades"), "upgrade"));
    assert_false(wsp_slice_equal(slice("[a"), "{a"));
    assert_false(wsp_slice_equal(slice("@"), "`"));
    assert_false(wsp_slice_equal(slice("\xC4"), "\xE4"));
    struct wsp_slice nul = {(const uint8_t *)"a\0b", 3};
    assert_false(wsp_slice_equal(nul, "a"));
}

/* ------------------------------------------------------------ spans */

static bool in_span(enum wsp_span set, uint8_t byte)
{
    if (set == WSP_SPAN_PLAIN)
        return byte != '\t' && wsp_char_is(byte, WSP_CLASS_FIELD);
    const char *members = set == WSP_SPAN_LETTER ? LETTERS "-"
                          : set == WSP_SPAN_NAME ? LETTERS DIGITS "-._"
                                                 : LETTERS DIGITS "+/";
    return byte != 0 && strchr(members, byte) != NULL;
}

/* Bytes at the edges of what each set holds, and just outside. */
static const char *const span_members[] = {"azAZ-mMk", " ~\x80\xFFghij", "azAZ09-_", "azAZ09+/"};
static const uint8_t span_others[][4] = {
    {'0', '_', '@', '{'}, {0x00, '\t', 0x1F, 0x7F}, {'^', '/', '[', 0x80}, {'-', '.', '`', '='}};

static void span_other_byte_at_every_place_found(void **state)
{
    (void)state;
    struct guard *g = guard_new(130);
    size_t step = test_subset() ? 13 : 1;
    for (size_t len = 0; len <= 130; len += step) {
        uint8_t *buf = guard_at_end(g, NULL, len);
        for (size_t n = 0; n < len * 32; n++) {
            enum wsp_span set = (enum wsp_span)(n % 4);
            size_t place = n / 32;
            memset(buf, span_members[set][n / 4 % 8], len);
            assert_int_equal(wsp_span(set, buf, place, len), len);
            buf[place] = span_others[set][n / 4 % 4];
            for (size_t from = place % 17; from <= place; from += 17)
                assert_int_equal(wsp_span(set, buf, from, len), place);
            if (place + 1 < len)
                assert_int_equal(wsp_span(set, buf, place + 1, len), len);
        }
        assert_int_equal(wsp_span(WSP_SPAN_PLAIN, buf, len, len), len);
    }
    guard_free(g);
}

static void span_every_byte_as_in_the_set(void **state)
{
    (void)state;
    struct guard *g = guard_new(40);
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t len = 1; len < 40; len++) {
            uint8_t *buf = guard_at_start(g, NULL, len);
            memset(buf, 'x', len);
            buf[len / 2] = (uint8_t)byte;
            for (int set = WSP_SPAN_LETTER; set <= WSP_SPAN_BASE64; set++) {
                bool member = in_span((enum wsp_span)set, (uint8_t)byte);
                assert_int_equal(wsp_span((enum wsp_span)set, buf, 0, len), member ? len : len / 2);
                assert_int_equal(wsp_span_has((enum wsp_span)set, (uint8_t)byte), member);
            }
        }
    }
    guard_free(g);
}

static void stops_in_order(const uint8_t *buf, size_t from, size_t len)
{
    struct wsp_stops s = {.buf = buf, .len = len, .at = from};
    for (size_t i = from; i < len; i++)
        if (!in_span(WSP_SPAN_PLAIN, buf[i]))
            assert_int_equal(wsp_stops_next(&s), i);
    assert_int_equal(wsp_stops_next(&s), len);
    assert_int_equal(wsp_stops_next(&s), len);
}

static void stops_of_any_text_in_order(void **state)
{
    (void)state;
    struct guard *g = guard_new(300);
    uint32_t random = 7;
    for (size_t n = 0; n < (test_subset() ? 100u : 6000u); n++) {
        size_t len = n % 300;
        uint8_t *buf = n % 2 > 0 ? guard_at_end(g, NULL, len) : guard_at_start(g, NULL, len);
        for (size_t i = 0; i < len; i++) {
            random = random * 1664525u + 1013904223u;
            bool rare = n % 3 == 0 || (random >> 8) % 40 == 0;
            buf[i] = (uint8_t)(rare ? random >> 24 : 'a' + random % 20);
        }
        stops_in_order(buf, len > 70 ? n % 70 : 0, len);
    }
    guard_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(class_members_as_in_the_grammar),
        cmocka_unit_test(class_token_same_in_old_rfc),
        cmocka_unit_test(lower_letters_only),
        cmocka_unit_test(run_ends_at_the_first_other_byte),
        cmocka_unit_test(all_empty_is_none),
        cmocka_unit_test(cut_at_most_all),
        cmocka_unit_test(cut_byte_only_that_one),
        cmocka_unit_test(index_absent_is_len),
        cmocka_unit_test(trim_ows_at_both_ends),
        cmocka_unit_test(slice_equal_whole_without_case),
        cmocka_unit_test(span_other_byte_at_every_place_found),
        cmocka_unit_test(span_every_byte_as_in_the_set),
        cmocka_unit_test(stops_of_any_text_in_order),
    };
    return cmocka_run_group_tests_name("chars", tests, NULL, NULL);
}
