/* url: ws and wss URIs. SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include "codec/url.h"

#include <stdio.h>

#include "support/guard.h"

#define T(s) s, sizeof(s) - 1

struct row {
    const char *section;
    const char *text;
    size_t len;
    const char *host_header; /* NULL: refused */
    const char *resource;
    unsigned port;
    bool secure, ipv6;
};

#define GOOD(section, text, host, resource, port, secure, ipv6) \
    {                                                           \
        section, T(text), host, resource, port, secure, ipv6    \
    }
#define BAD(section, text)                            \
    {                                                 \
        section, T(text), NULL, NULL, 0, false, false \
    }

static const struct row rows[] = {
    GOOD("6455 3", "ws://example.com", "example.com", "/", 80, false, false),
    GOOD("6455 3", "wss://example.com", "example.com", "/", 443, true, false),
    GOOD("6455 3", "ws://example.com/", "example.com", "/", 80, false, false),
    GOOD("6455 3", "WS://Example.COM/A", "Example.COM", "/A", 80, false, false),
    GOOD("6455 3", "wSs://h/", "h", "/", 443, true, false),
    GOOD("6455 3", "ws://h?x", "h", "/?x", 80, false, false),
    GOOD("6455 3", "ws://h?", "h", "/?", 80, false, false),
    GOOD("6455 3", "ws://h/a/b?c=d&e=f", "h", "/a/b?c=d&e=f", 80, false, false),
    GOOD("6455 3", "ws://h/a?b?c/d", "h", "/a?b?c/d", 80, false, false),
    GOOD("6455 3", "ws://h/a%20b%3F%23?c%aF", "h", "/a%20b%3F%23?c%aF", 80, false, false),
    GOOD("8307", "ws://h/.well-known/a", "h", "/.well-known/a", 80, false, false),
    GOOD("3986 3.3", "ws://h//a//", "h", "//a//", 80, false, false),
    GOOD("3986 3.3", "ws://h/-._~!$&'()*+,;=:@", "h", "/-._~!$&'()*+,;=:@", 80, false, false),
    GOOD("3986 3.4", "ws://h?-._~!$&'()*+,;=:@/?", "h", "/?-._~!$&'()*+,;=:@/?", 80, false, false),
    GOOD("3986 3.2.3", "ws://h:8080/", "h:8080", "/", 8080, false, false),
    GOOD("3986 3.2.3", "ws://h:80/", "h", "/", 80, false, false),
    GOOD("3986 3.2.3", "ws://h:443", "h:443", "/", 443, false, false),
    GOOD("3986 3.2.3", "wss://h:80", "h:80", "/", 80, true, false),
    GOOD("3986 3.2.3", "wss://h:443?q", "h", "/?q", 443, true, false),
    GOOD("3986 3.2.3", "ws://h:1", "h:1", "/", 1, false, false),
    GOOD("3986 3.2.3", "ws://h:65535", "h:65535", "/", 65535, false, false),
    GOOD("3986 3.2.3", "ws://h:10000", "h:10000", "/", 10000, false, false),
    GOOD("3986 3.2.3", "ws://h:0000000000000081", "h:81", "/", 81, false, false),
    GOOD("3986 3.2.3", "ws://h:", "h", "/", 80, false, false),
    GOOD("3986 3.2.3", "wss://h:/", "h", "/", 443, true, false),
    GOOD("3986 3.2.2", "ws://127.0.0.1:9001", "127.0.0.1:9001", "/", 9001, false, false),
    GOOD("3986 3.2.2", "ws://a-b_c.d~e", "a-b_c.d~e", "/", 80, false, false),
    GOOD("3986 3.2.2", "ws://a!$&'()*+,;=b", "a!$&'()*+,;=b", "/", 80, false, false),
    GOOD("3986 3.2.2", "ws://%41%c3%A4", "%41%c3%A4", "/", 80, false, false),
    GOOD("3986 3.2.2", "ws://[::1]", "[::1]", "/", 80, false, true),
    GOOD("3986 3.2.2", "wss://[2001:db8::A]:8443/x?y", "[2001:db8::A]:8443", "/x?y", 8443, true,
         true),
    GOOD("3986 3.2.2", "ws://[::]:", "[::]", "/", 80, false, true),
    GOOD("3986 3.2.2", "ws://[::ffff:192.0.2.1]/", "[::ffff:192.0.2.1]", "/", 80, false, true),

    BAD("6455 3", ""),
    BAD("6455 3", "w"),
    BAD("6455 3", "ws"),
    BAD("6455 3", "ws:"),
    BAD("6455 3", "ws:/"),
    BAD("6455 3", "ws://"),
    BAD("6455 3", "wss://"),
    BAD("6455 3", "ws:h"),
    BAD("6455 3", "ws:/h"),
    BAD("6455 3", "ws:\\\\h"),
    BAD("6455 3", "http://h"),
    BAD("6455 3", "https://h"),
    BAD("6455 3", "wsx://h"),
    BAD("6455 3", "xws://h"),
    BAD("6455 3", "w://h"),
    BAD("6455 3", " ws://h"),
    BAD("6455 3", "//h/"),
    BAD("6455 3", "/a"),
    BAD("6455 3", "h"),
    BAD("6455 3", "://h"),
    BAD("6455 3", "ws://h/#"),
    BAD("6455 3", "ws://h/a#b"),
    BAD("6455 3", "ws://h#b"),
    BAD("6455 3", "ws://h?a#b"),
    BAD("6455 3", "ws://#"),
    BAD("6455 3", "ws:///a"),
    BAD("6455 3", "ws://?a"),
    BAD("6455 3", "ws://:80"),
    BAD("6455 3", "ws://:"),
    BAD("3986 3.2.1", "ws://user@h"),
    BAD("3986 3.2.1", "ws://user:pass@h/"),
    BAD("3986 3.2.1", "ws://user:80@h/"),
    BAD("3986 3.2.1", "ws://@h"),
    BAD("3986 3.2.1", "ws://h@"),
    BAD("3986 3.2.1", "ws://u@[::1]"),
    BAD("3986 3.2.3", "ws://h:0"),
    BAD("3986 3.2.3", "ws://h:000"),
    BAD("3986 3.2.3", "ws://h:65536"),
    BAD("3986 3.2.3", "ws://h:99999"),
    BAD("3986 3.2.3", "ws://h:4294967376"),
    BAD("3986 3.2.3", "ws://h:18446744073709551696"),
    BAD("3986 3.2.3", "ws://h:-1"),
    BAD("3986 3.2.3", "ws://h:+1"),
    BAD("3986 3.2.3", "ws://h: 1"),
    BAD("3986 3.2.3", "ws://h:1 "),
    BAD("3986 3.2.3", "ws://h:80x"),
    BAD("3986 3.2.3", "ws://h:80:80"),
    BAD("3986 3.2.3", "ws://h::80"),
    BAD("3986 2.1", "ws://h/%"),
    BAD("3986 2.1", "ws://h/%2"),
    BAD("3986 2.1", "ws://h/%2g"),
    BAD("3986 2.1", "ws://h/%g2"),
    BAD("3986 2.1", "ws://h/%%20"),
    BAD("3986 2.1", "ws://h?%"),
    BAD("3986 2.1", "ws://h?%x0"),
    BAD("3986 2.1", "ws://h%"),
    BAD("3986 2.1", "ws://h%2/"),
    BAD("3986 2.1", "ws://h%zz"),
    BAD("3986 2", "ws://h/a b"),
    BAD("3986 2", "ws://h/a\r\nX: y"),
    BAD("3986 2", "ws://h\r\n/"),
    BAD("3986 2", "ws://h/\0"),
    BAD("3986 2", "ws://h\0"),
    BAD("3986 2", "ws://h/\x7F"),
    BAD("3986 2", "ws://h/\xC3\xA4"),
    BAD("3986 2", "ws://\xC3\xA4/"),
    BAD("3986 2", "ws://h/<>"),
    BAD("3986 2", "ws://h/\"a\""),
    BAD("3986 2", "ws://h/{a}"),
    BAD("3986 2", "ws://h/a|b"),
    BAD("3986 2", "ws://h/a\\b"),
    BAD("3986 2", "ws://h/a^b`"),
    BAD("3986 2", "ws://h/[a]"),
    BAD("3986 2", "ws://h?[a]"),
    BAD("3986 2", "ws://a b/"),
    BAD("3986 2", "ws://a|b/"),
    BAD("3986 3.2.2", "ws://::1/"),
    BAD("3986 3.2.2", "ws://[::1"),
    BAD("3986 3.2.2", "ws://[::1/"),
    BAD("3986 3.2.2", "ws://["),
    BAD("3986 3.2.2", "ws://[]"),
    BAD("3986 3.2.2", "ws://]"),
    BAD("3986 3.2.2", "ws://[::1]x"),
    BAD("3986 3.2.2", "ws://[::1]80"),
    BAD("3986 3.2.2", "ws://[[::1]]"),
    BAD("3986 3.2.2", "ws://x[::1]"),
    BAD("3986 3.2.2", "ws://[::1]:x"),
    BAD("3986 3.2.2", "ws://[h]"),
    BAD("3986 3.2.2", "ws://[127.0.0.1]"),
    BAD("3986 3.2.2", "ws://[v1.a]"),
    BAD("6874", "ws://[fe80::1%25eth0]"),
    BAD("6874", "ws://[fe80::1%eth0]"),
};

struct address_row {
    const char *text;
    bool valid;
};

/* RFC 3986 3.2.2: IPv6address */
static const struct address_row addresses[] = {
    {"1:2:3:4:5:6:7:8", true},
    {"1:2:3:4:5:6:1.2.3.4", true},
    {"::", true},
    {"::8", true},
    {"::2:3:4:5:6:7:8", true},
    {"1::", true},
    {"1:2:3:4:5:6:7::", true},
    {"1::3:4:5:6:7:8", true},
    {"1:2:3:4:5:6::8", true},
    {"1:2::7:8", true},
    {"::1.2.3.4", true},
    {"1:2:3:4:5::1.2.3.4", true},
    {"::2:3:4:5:6:1.2.3.4", true},
    {"::255.249.100.0", true},
    {"abcd:EF01:0:0000:00f::", true},
    {"", false},
    {":", false},
    {":::", false},
    {"1", false},
    {"1:", false},
    {":1", false},
    {"1:2:3:4:5:6:7", false},
    {"1:2:3:4:5:6:7:", false},
    {":2:3:4:5:6:7:8", false},
    {":1:2:3:4:5:6:7:8", false},
    {":1::", false},
    {"1:2:3:4:5:6:7:8:9", false},
    {"1:2:3:4:5:6:7:8:", false},
    {"1:2:3:4:5:6:7:8::", false},
    {"::1:2:3:4:5:6:7:8", false},
    {"1:2:3:4::5:6:7:8", false},
    {"1::2::3", false},
    {"::1::", false},
    {"1:::2", false},
    {"1::2:", false},
    {"12345::", false},
    {"::00001", false},
    {"::g", false},
    {"1.2.3.4", false},
    {"1.2.3.4::", false},
    {"::1.2.3.4:5", false},
    {"1:2:3:4:5:6:7:1.2.3.4", false},
    {"1:2:3:4:5:6::1.2.3.4", false},
    {"1:2:3:4:5:1.2.3.4", false},
    {"::1.2.3", false},
    {"::1.2.3.", false},
    {"::1.2.3.4.", false},
    {"::1.2.3.4.5", false},
    {"::.1.2.3", false},
    {"::1..3.4", false},
    {"::1.2.3.256", false},
    {"::1.2.3.1000", false},
    {"::1.2.3.04", false},
    {"::1.2.3.00", false},
    {"::a.2.3.4", false},
    {"::1.2.3.4 ", false},
    {" ::1", false},
    {"::1\t", false},
    {"::-1", false},
};

static const char *at_end(struct guard *g, const char *text, size_t len)
{
    return (const char *)guard_at_end(g, text, len);
}

static void check_good(const struct row *row, const struct wsp_url *u)
{
    char out[256];
    size_t len = wsp_url_host(u, out, sizeof out);
    assert_string_equal(out, row->host_header);
    assert_int_equal(len, strlen(out));
    len = wsp_url_resource(u, out, sizeof out);
    assert_string_equal(out, row->resource);
    assert_int_equal(len, strlen(out));
    assert_int_equal(u->port, row->port);
    assert_int_equal(u->secure, row->secure);
    assert_int_equal(u->ipv6, row->ipv6);
    assert_true(u->host.len > 0 && u->host.data[0] != '[');
    assert_true(u->path.len == 0 || u->path.data[0] == '/');
    assert_true(u->query.len == 0 || u->query.data[0] == '?');
}

static void rows_parsed_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct guard *g = guard_new(row->len + 1);
        struct wsp_url u, untouched;
        memset(&u, 0xA5, sizeof u);
        untouched = u;
        int rc = wsp_url_parse(&u, at_end(g, row->text, row->len), row->len);
        if (rc != (row->host_header != NULL ? WSP_OK : WSP_ERR_SYNTAX)) {
            fail_msg("%s (%s): %d", row->text, row->section, rc);
        }
        if (rc == WSP_OK) {
            check_good(row, &u);
        } else {
            assert_memory_equal(&u, &untouched, sizeof u);
        }
        guard_free(g);
    }
}

/* Nothing behind the end is read, and no prefix gives a slice outside of itself. */
static void rows_cut_anywhere_stay_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct guard *g = guard_new(rows[i].len + 1);
        for (size_t n = 0; n <= rows[i].len; n++) {
            struct wsp_url u;
            const char *text = at_end(g, rows[i].text, n);
            if (wsp_url_parse(&u, text, n) == WSP_OK) {
                const uint8_t *end = (const uint8_t *)text + n;
                assert_true(u.host.data + u.host.len <= end && u.host.len > 0);
                assert_ptr_equal(u.query.data + u.query.len, end);
                assert_ptr_equal(u.path.data + u.path.len, u.query.data);
            }
        }
        guard_free(g);
    }
}

static void address_rows_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        char text[128];
        int len = snprintf(text, sizeof text, "ws://[%s]/", addresses[i].text);
        struct wsp_url u;
        int rc = wsp_url_parse(&u, text, (size_t)len);
        if (rc != (addresses[i].valid ? WSP_OK : WSP_ERR_SYNTAX)) {
            fail_msg("%s: %d", text, rc);
        }
    }
}

static bool in_text(unsigned byte, const char *set)
{
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return letter || (byte >= '0' && byte <= '9') || (byte > 0 && strchr(set, (int)byte) != NULL);
}

/* RFC 3986 2.2, 2.3, 3.2.2 to 3.4: each byte in each part */
static void each_byte_in_each_part_as_in_the_grammar(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char host[] = "ws://a_b/";
        char path[] = "ws://a/b_c";
        char query[] = "ws://a?b_c";
        struct wsp_url u;
        /* '/', '?' and ':' end the host; a ':' is followed by no port number here */
        host[6] = path[8] = query[8] = (char)byte;
        assert_int_equal(wsp_url_parse(&u, host, sizeof host - 1) == WSP_OK,
                         in_text(byte, "-._~!$&'()*+,;=/?"));
        assert_int_equal(wsp_url_parse(&u, path, sizeof path - 1) == WSP_OK,
                         in_text(byte, "-._~!$&'()*+,;=:@/?"));
        assert_int_equal(wsp_url_parse(&u, query, sizeof query - 1) == WSP_OK,
                         in_text(byte, "-._~!$&'()*+,;=:@/?"));
    }
}

static void host_and_resource_small_buffer_cut(void **state)
{
    (void)state;
    static const char text[] = "wss://[::1]:65535/ab?c";
    static const char *const wholes[] = {"[::1]:65535", "/ab?c"};
    struct wsp_url u;
    assert_int_equal(wsp_url_parse(&u, text, sizeof text - 1), WSP_OK);
    for (size_t size = 0; size < 16; size++) {
        for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
            char out[17];
            size_t whole = strlen(wholes[i]);
            memset(out, '#', sizeof out);
            assert_int_equal(i == 0 ? wsp_url_host(&u, out, size) : wsp_url_resource(&u, out, size),
                             whole);
            size_t kept = size == 0 ? 0 : whole < size ? whole : size - 1;
            assert_memory_equal(out, wholes[i], kept);
            assert_int_equal(out[kept], size == 0 ? '#' : '\0');
            assert_int_equal(out[size > kept + 1 ? size : kept + 1], '#');
        }
    }
    assert_int_equal(wsp_url_host(&u, NULL, 0), strlen(wholes[0]));
    assert_int_equal(wsp_url_resource(&u, NULL, 0), strlen(wholes[1]));
}

static void url_very_long_parsed(void **state)
{
    (void)state;
    size_t len = 1u << 20;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'a', len);
    memcpy(text, "ws://h/", 7);
    struct wsp_url u;
    assert_int_equal(wsp_url_parse(&u, text, len), WSP_OK);
    assert_int_equal(u.path.len, len - 6);
    text[len - 1] = ' ';
    assert_int_equal(wsp_url_parse(&u, text, len), WSP_ERR_SYNTAX);
    free(text);
    assert_int_equal(wsp_url_parse(&u, NULL, 0), WSP_ERR_SYNTAX);
}

struct authority_row {
    const char *text;
    const char *host; /* NULL: refused */
    unsigned port;
    bool ipv6;
};

/* What a Host header may be: RFC 9110 7.2 */
static const struct authority_row authorities[] = {
    {"h", "h", 0, false},        {"h:8080", "h", 8080, false},
    {"h:", "h", 0, false},       {"192.0.2.1:1", "192.0.2.1", 1, false},
    {"[::1]", "::1", 0, true},   {"[::1]:80", "::1", 80, true},
    {"", NULL, 0, false},        {":80", NULL, 0, false},
    {"h/", NULL, 0, false},      {"h, i", NULL, 0, false},
    {"u@h", NULL, 0, false},     {"h:0", NULL, 0, false},
    {"h:65536", NULL, 0, false}, {"[::1]80", NULL, 0, false},
    {"::1", NULL, 0, false},
};

static void authority_rows_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(authorities); i++) {
        const struct authority_row *row = &authorities[i];
        struct wsp_slice text = {(const uint8_t *)row->text, strlen(row->text)};
        struct wsp_authority a = {{NULL, 0}, false, 7, {NULL, 0}};
        int rc = wsp_authority_parse(&a, text);
        assert_int_equal(rc, row->host != NULL ? WSP_OK : WSP_ERR_SYNTAX);
        assert_int_equal(a.port, rc == WSP_OK ? row->port : 7);
        if (rc == WSP_OK) {
            assert_true(wsp_slice_equal(a.host, row->host));
            assert_int_equal(a.ipv6, row->ipv6);
        }
    }
}

/* What all digits and one other byte, at a place, are: where the host ends; 0: it is refused. */
static size_t digits_host(size_t len, size_t at, char byte)
{
    size_t port = len - at - 1;
    if (byte == '%')
        return port >= 2 ? len : 0;
    if (byte != ':')
        return byte == '.' || byte == '~' || byte == '1' ? len : 0;
    return port <= 5 ? at : 0; /* 11111 is one */
}

static void authority_of_any_length_each_byte_seen(void **state)
{
    static const char bytes[] = "1.~:@/% \x80";
    struct guard *g = guard_new(64);
    (void)state;
    for (size_t len = 1; len <= 64; len++) {
        for (size_t i = 0; i < len * (sizeof bytes - 1); i++) {
            size_t at = i % len;
            char byte = bytes[i / len];
            uint8_t *text = guard_at_end(g, NULL, len);
            memset(text, '1', len);
            text[at] = (uint8_t)byte;
            struct wsp_authority a;
            int rc = wsp_authority_parse(&a, (struct wsp_slice){text, len});
            size_t host = digits_host(len, at, byte);
            assert_int_equal(rc, host > 0 ? WSP_OK : WSP_ERR_SYNTAX);
            if (rc != WSP_OK)
                continue;
            assert_int_equal(a.host.len, host);
            assert_true(a.text.data == text && a.text.len == len);
        }
    }
    guard_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_parsed_as_expected),
        cmocka_unit_test(rows_cut_anywhere_stay_inside),
        cmocka_unit_test(address_rows_as_expected),
        cmocka_unit_test(each_byte_in_each_part_as_in_the_grammar),
        cmocka_unit_test(host_and_resource_small_buffer_cut),
        cmocka_unit_test(url_very_long_parsed),
        cmocka_unit_test(authority_rows_as_expected),
        cmocka_unit_test(authority_of_any_length_each_byte_seen),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
