/* extension: the grammar of Sec-WebSocket-Extensions. SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include "codec/extension.h"

#include "support/guard.h"

#define T(s) s, sizeof(s) - 1

struct row {
    const char *name;
    const char *section;
    const char *value;
    size_t len;
    const char
        *expected; /* name{param=value;param;}... with values as they stand; "?" at the error */
};

static const struct row rows[] = {
    {"one", "6455 9.1", T("foo"), "foo{}"},
    {"two", "6455 9.1", T("foo, bar"), "foo{}bar{}"},
    {"the RFC's example", "6455 9.1", T("foo, bar; baz=2"), "foo{}bar{baz=2;}"},
    {"the RFC's second", "6455 9.1", T("deflate-stream, mux; max-channels=4; flow-control"),
     "deflate-stream{}mux{max-channels=4;flow-control;}"},
    {"chromium", "7692 7", T("permessage-deflate; client_max_window_bits"),
     "permessage-deflate{client_max_window_bits;}"},
    {"two offers", "7692 5.1",
     T("permessage-deflate; server_max_window_bits=10; client_no_context_takeover, "
       "permessage-deflate"),
     "permessage-deflate{server_max_window_bits=10;client_no_context_takeover;}"
     "permessage-deflate{}"},
    {"quoted value", "6455 9.1", T("a; b=\"10\""), "a{b=10;}"},
    {"quoted with escapes", "6455 9.1", T("a; b=\"\\1\\0x\""), "a{b=\\1\\0x;}"},
    {"no white space", "6455 9.1", T("a;b=c;d,e;f"), "a{b=c;d;}e{f;}"},
    {"all the white space", "2616 2.1", T(" \ta \t; b\t = \"c\" ; d = e ,\tf\t"), "a{b=c;d=e;}f{}"},
    {"same name twice", "6455 9.1", T("a, a; x; x"), "a{}a{x;x;}"},
    {"case kept", "6455 9.1", T("A; B=C"), "A{B=C;}"},
    {"odd tokens", "9110 5.6.2", T("!#$%&'*+-.^_`|~; 0=1"), "!#$%&'*+-.^_`|~{0=1;}"},

    {"nothing", "2616 2.1", T(""), ""},
    {"white space", "2616 2.1", T(" \t "), ""},
    {"comma", "2616 2.1", T(","), ""},
    {"commas", "2616 2.1", T(" ,, ,\t"), ""},
    {"leading comma", "2616 2.1", T(",a"), "a{}"},
    {"trailing comma", "2616 2.1", T("a,"), "a{}"},
    {"empty element", "2616 2.1", T("a,, ,b"), "a{}b{}"},
    {"empty elements all over", "2616 2.1", T(", ,a;b ,, c=,"), "a{b;}?"},
    {"trailing comma behind params", "2616 2.1", T("a;b=c , "), "a{b=c;}"},

    {"semicolon alone", "6455 9.1", T(";"), "?"},
    {"no name before params", "6455 9.1", T("; a"), "?"},
    {"trailing semicolon", "6455 9.1", T("a;"), "?"},
    {"trailing semicolon, comma", "6455 9.1", T("a; , b"), "?"},
    {"empty param", "6455 9.1", T("a;;b"), "?"},
    {"empty param, space", "6455 9.1", T("a; ;b"), "?"},
    {"param without name", "6455 9.1", T("a; =b"), "?"},
    {"no value", "6455 9.1", T("a; b="), "?"},
    {"no value, more", "6455 9.1", T("a; b=; c"), "?"},
    {"no value, comma", "6455 9.1", T("a; b=, c"), "?"},
    {"two equals", "6455 9.1", T("a; b==c"), "?"},
    {"two values", "6455 9.1", T("a; b=c=d"), "?"},
    {"equals behind name", "6455 9.1", T("a=b"), "?"},
    {"two words", "6455 9.1", T("a b"), "?"},
    {"two words in param", "6455 9.1", T("a; b c"), "?"},
    {"two words in value", "6455 9.1", T("a; b=c d"), "?"},
    {"word behind quotes", "6455 9.1", T("a; b=\"c\"d"), "?"},
    {"word behind quotes, space", "6455 9.1", T("a; b=\"c\" d"), "?"},
    {"quoted name", "6455 9.1", T("\"a\""), "?"},
    {"quoted param name", "6455 9.1", T("a; \"b\"=c"), "?"},
    {"empty quotes", "6455 9.1", T("a; b=\"\""), "?"},
    {"open quotes", "6455 9.1", T("a; b=\""), "?"},
    {"open quotes, text", "6455 9.1", T("a; b=\"c"), "?"},
    {"open quotes, escape", "6455 9.1", T("a; b=\"c\\"), "?"},
    {"escaped closing quote", "6455 9.1", T("a; b=\"c\\\""), "?"},
    {"space in quotes", "6455 9.1", T("a; b=\"c d\""), "?"},
    {"comma in quotes", "6455 9.1", T("a; b=\"c,d\""), "?"},
    {"semicolon in quotes", "6455 9.1", T("a; b=\"c;d\""), "?"},
    {"escaped quote", "6455 9.1", T("a; b=\"c\\\"d\""), "?"},
    {"escaped backslash", "6455 9.1", T("a; b=\"c\\\\d\""), "?"},
    {"escaped space", "6455 9.1", T("a; b=\"c\\ d\""), "?"},
    {"single quotes are a token", "6455 9.1", T("a; b='c'"), "a{b='c';}"},
    {"escape outside quotes", "6455 9.1", T("a; b=\\c"), "?"},
    {"slash", "6455 9.1", T("a/b"), "?"},
    {"obs-text", "6455 9.1", T("a\xC3\xA4"), "?"},
    {"obs-text in value", "6455 9.1", T("a; b=\xFF"), "?"},
    {"nul", "6455 9.1", T("a\0"), "?"},
    {"nul in quotes", "6455 9.1", T("a; b=\"\0\""), "?"},
    {"lf", "6455 9.1", T("a\n"), "?"},
    {"good before bad", "6455 9.1", T("a, b;c, d e"), "a{}b{c;}?"},
};

static size_t add(char *out, size_t at, struct wsp_slice s)
{
    if (s.len > 0) {
        memcpy(out + at, s.data, s.len);
    }
    return at + s.len;
}

static size_t add_params(char *out, size_t at, struct wsp_slice params)
{
    struct wsp_extension_param p;
    int rc = wsp_extension_param_next(&params, &p);
    for (; rc > 0; rc = wsp_extension_param_next(&params, &p)) {
        at = add(out, at, p.name);
        if (p.has_value) {
            out[at++] = '=';
        }
        assert_true(p.has_value ? p.value.len > 0 : p.value.len == 0);
        at = add(out, at, p.value);
        out[at++] = ';';
    }
    /* wsp_extension_next has checked them */
    assert_int_equal(rc, 0);
    assert_int_equal(params.len, 0);
    return at;
}

static int walk(struct wsp_slice value, char *out)
{
    struct wsp_extension x;
    size_t at = 0;
    int rc = wsp_extension_next(&value, &x);
    for (; rc > 0; rc = wsp_extension_next(&value, &x)) {
        at = add(out, at, x.name);
        out[at++] = '{';
        at = add_params(out, at, x.params);
        out[at++] = '}';
    }
    if (rc < 0) {
        struct wsp_slice before = value;
        out[at++] = '?';
        assert_int_equal(rc, WSP_ERR_SYNTAX);
        assert_int_equal(wsp_extension_next(&value, &x), WSP_ERR_SYNTAX);
        assert_ptr_equal(value.data, before.data);
        assert_int_equal(value.len, before.len);
    } else {
        assert_int_equal(value.len, 0);
    }
    out[at] = '\0';
    return rc;
}

static struct wsp_slice at_end(struct guard *g, const char *text, size_t len)
{
    struct wsp_slice s = {guard_at_end(g, text, len), len};
    return s;
}

static void rows_walked_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct guard *g = guard_new(rows[i].len + 1);
        char out[512];
        (void)walk(at_end(g, rows[i].value, rows[i].len), out);
        if (strcmp(out, rows[i].expected) != 0) {
            fail_msg("%s (%s): %s", rows[i].name, rows[i].section, out);
        }
        guard_free(g);
    }
}

/* Every prefix is walked without reading behind it. */
static void rows_cut_anywhere_stay_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct guard *g = guard_new(rows[i].len + 1);
        for (size_t n = 0; n <= rows[i].len; n++) {
            char out[512];
            (void)walk(at_end(g, rows[i].value, n), out);
        }
        guard_free(g);
    }
}

static bool is_tchar(unsigned byte)
{
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return letter || (byte >= '0' && byte <= '9') ||
           (byte > 0 && byte < 0x80 && strchr("!#$%&'*+-.^_`|~", (int)byte) != NULL);
}

static void each_byte_in_each_part_as_in_the_grammar(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t text[] = "aNa;bNb=cNc;d=\"eNe\";f=\"g\\Ng\"";
        static const struct {
            size_t at;
            const char *also; /* beside tchar, what the grammar allows there */
        } places[] = {{1, ",;"}, {5, ";"}, {9, ",;"}, {16, "\\"}, {25, ""}};
        for (size_t i = 0; i < ARRAY_LEN(places); i++) {
            char out[128];
            struct wsp_slice s = {text, sizeof text - 1};
            bool also = byte > 0 && strchr(places[i].also, (int)byte) != NULL;
            int expected = is_tchar(byte) || also ? 0 : WSP_ERR_SYNTAX;
            text[places[i].at] = (uint8_t)byte;
            if (walk(s, out) != expected) {
                fail_msg("byte 0x%02X at %zu: %s", byte, places[i].at, out);
            }
            text[places[i].at] = 'N';
        }
    }
}

static void params_by_hand_outside_a_list(void **state)
{
    (void)state;
    struct wsp_extension_param p;
    struct wsp_slice none = {NULL, 0};
    assert_int_equal(wsp_extension_param_next(&none, &p), 0);
    struct wsp_slice list = {(const uint8_t *)";a, b", 5};
    assert_int_equal(wsp_extension_param_next(&list, &p), 1);
    assert_int_equal(list.len, 3);
    assert_int_equal(wsp_extension_param_next(&list, &p), WSP_ERR_SYNTAX);
    assert_int_equal(list.len, 3);
    struct wsp_extension x;
    assert_int_equal(wsp_extension_next(&none, &x), 0);
}

static void value_copy_escapes_removed(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *expected;
    } copies[] = {
        {"10", "10"}, {"\\1\\0", "10"}, {"a\\b", "ab"}, {"", ""}, {"x\\", "x\\"}, {"\\\\", "\\"},
    };
    for (size_t i = 0; i < ARRAY_LEN(copies); i++) {
        struct wsp_slice value = {(const uint8_t *)copies[i].value, strlen(copies[i].value)};
        int len = (int)strlen(copies[i].expected);
        for (size_t size = 0; size < 5; size++) {
            char out[6];
            memset(out, '#', sizeof out);
            int rc = wsp_extension_value_copy(out, size, value);
            assert_int_equal(rc, (size_t)len < size ? len : WSP_ERR_TOO_BIG);
            assert_int_equal(out[size], '#');
            if (rc >= 0) {
                assert_string_equal(out, copies[i].expected);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_walked_as_expected),
        cmocka_unit_test(rows_cut_anywhere_stay_inside),
        cmocka_unit_test(each_byte_in_each_part_as_in_the_grammar),
        cmocka_unit_test(params_by_hand_outside_a_list),
        cmocka_unit_test(value_copy_escapes_removed),
    };
    return cmocka_run_group_tests_name("extension", tests, NULL, NULL);
}
