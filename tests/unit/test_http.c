/* http: heads of requests and responses, lists, Content-Length. SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
#include "support/testing.h"

#include "codec/http.h"

#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>

#include "support/guard.h"

enum kind { REQUEST, RESPONSE };

#define MAX_HEADERS 16u
#define DUMP_SIZE 4096u
#define INPUT_MAX 2048u /* bytes of a row */

/* A literal with its length: inputs hold NUL. */
#define T(s) s, sizeof(s) - 1

struct row {
    const char *name;
    const char *section;
    enum kind kind;
    const char *input;
    size_t len;
    const char *expected; /* see dump; "" when more is needed */
};

#define G "GET / HTTP/1.1\r\n"

#include "vectors/http.inc"

/* ------------------------------------------------------------ running a row */

struct run {
    struct wsp_head head;
    struct wsp_header headers[MAX_HEADERS];
    enum kind kind;
    int rc;
};

static void run_begin(struct run *r, enum kind kind)
{
    memset(r, 0, sizeof *r);
    r->head.headers = r->headers;
    r->head.max_headers = MAX_HEADERS;
    r->kind = kind;
}

static int run_feed(struct run *r, const uint8_t *buf, size_t len)
{
    r->rc = r->kind == REQUEST ? wsp_request_parse(&r->head, buf, len)
                               : wsp_response_parse(&r->head, buf, len);
    return r->rc;
}

static size_t add(char *out, size_t at, struct wsp_slice s, char end)
{
    assert_true(at + s.len + 2 < DUMP_SIZE);
    if (s.len > 0) {
        memcpy(out + at, s.data, s.len);
    }
    out[at + s.len] = end;
    return at + s.len + (end != '\0' ? 1 : 0);
}

/* A positive result as "METHOD TARGET VERSION|name=value..." or
 * "STATUS VERSION REASON|...", a refusal as "STATUS RULE", WSP_ERR_TOO_BIG as "STATUS! RULE". */
static const char *dump(const struct run *r, char *out)
{
    const struct wsp_head *h = &r->head;
    if (r->rc <= 0) {
        assert_true(h->header_count == 0 && h->method.len == 0 && h->target.len == 0);
        assert_true(h->reason.len == 0 && h->version == 0);
        assert_true(r->rc < 0 ? h->rule != NULL : h->rule == NULL && h->status == 0);
        (void)snprintf(out, DUMP_SIZE, "%u%s %s", h->status, r->rc == WSP_ERR_TOO_BIG ? "!" : "",
                       r->rc < 0 ? h->rule : "");
        assert_true(r->rc == 0 || r->rc == WSP_ERR_SYNTAX || r->rc == WSP_ERR_TOO_BIG);
        if (r->rc == 0) {
            out[0] = '\0';
        }
        return out;
    }
    assert_null(h->rule);
    size_t at = 0;
    if (r->kind == REQUEST) {
        at = add(out, at, h->method, ' ');
        at = add(out, at, h->target, ' ');
        at += (size_t)snprintf(out + at, DUMP_SIZE - at, "%u", h->version);
        assert_int_equal(h->status, 0);
    } else {
        at += (size_t)snprintf(out + at, DUMP_SIZE - at, "%u %u ", h->status, h->version);
        at = add(out, at, h->reason, '\0');
    }
    for (size_t i = 0; i < h->header_count; i++) {
        out[at++] = '|';
        at = add(out, at, h->headers[i].name, '=');
        at = add(out, at, h->headers[i].value, '\0');
    }
    out[at] = '\0';
    return out;
}

/* The first result that is not 0, of the prefixes first, first + step, ... and last the whole. Each
 * prefix ends at the guard page: the bytes move between the calls. */
static void run_cut(struct run *r, const struct row *row, size_t first, size_t step)
{
    struct guard *g = guard_new(row->len + 1);
    run_begin(r, row->kind);
    for (size_t n = first; n < row->len; n += step) {
        if (run_feed(r, guard_at_end(g, row->input, n), n) != 0) {
            break;
        }
        assert_int_equal(r->head.scanned, n);
    }
    if (r->rc == 0) {
        (void)run_feed(r, guard_at_end(g, row->input, row->len), row->len);
    }
    char text[DUMP_SIZE];
    if (strcmp(dump(r, text), row->expected) != 0) {
        fail_msg("%s (%s), cut at %zu by %zu: got \"%s\"", row->name, row->section, first, step,
                 text);
    }
    if (r->rc > 0) {
        assert_int_equal(r->rc, row->len);
    }
    guard_free(g);
}

static void rows_whole_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct run r;
        run_cut(&r, &rows[i], rows[i].len, 1);
    }
}

static void rows_byte_by_byte_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct run r;
        run_cut(&r, &rows[i], 0, 1);
        run_cut(&r, &rows[i], 1, 1);
    }
}

static void rows_cut_anywhere_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t cut = 0; cut < rows[i].len; cut++) {
            struct run r;
            run_cut(&r, &rows[i], cut, rows[i].len);
            run_cut(&r, &rows[i], cut % 11, 11);
        }
    }
}

static void rows_called_again_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct run r;
        char text[DUMP_SIZE];
        run_begin(&r, rows[i].kind);
        for (int n = 0; n < 3; n++) {
            (void)run_feed(&r, (const uint8_t *)rows[i].input, rows[i].len);
            assert_string_equal(dump(&r, text), rows[i].expected);
        }
    }
}

static void head_followed_by_bytes_ends_before_them(void **state)
{
    (void)state;
    static const char tail[] = "\x81\x00\x16\n\r\n\r\nGET";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].len > INPUT_MAX || rows[i].expected[0] == '\0') {
            continue;
        }
        uint8_t buf[INPUT_MAX + sizeof tail];
        char text[DUMP_SIZE];
        struct run r;
        memcpy(buf, rows[i].input, rows[i].len);
        memcpy(buf + rows[i].len, tail, sizeof tail);
        run_begin(&r, rows[i].kind);
        (void)run_feed(&r, buf, rows[i].len + sizeof tail);
        assert_string_equal(dump(&r, text), rows[i].expected);
        assert_true(r.rc < 0 || (size_t)r.rc == rows[i].len);
    }
}

/* ------------------------------------------------------------ every byte changed to every other */

/* What each byte of the request is: m method, t target, 2 minor version, n name, N its first
 * letter, v value and the white space before it; any other: itself only. */
static const char sample[] =
    "PUT /a?b=c HTTP/1.1\r\nAb-c: d, e\r\nX-Long-Name: 0123456789 abcdefgh\r\n\r\n";
static const char kinds[] = "mmm_tttttt_HTTP/1.2__Nnnn:vvvvv__Nnnnnnnnnnn:vvvvvvvvvvvvvvvvvvvv____";

static bool may_be(char kind, uint8_t original, uint8_t byte)
{
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    bool number = byte >= '0' && byte <= '9';
    bool token = letter || number || (byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
    switch (kind) {
    case 'm':
    case 'N':
        return token;
    case 'n':
        return token || byte == ':';
    case 't':
        return byte > 0x20 && byte < 0x7F && byte != '#';
    case '2':
        return number;
    case 'v':
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    default:
        return byte == original;
    }
}

static int drip(struct run *r, const uint8_t *buf, size_t len)
{
    run_begin(r, REQUEST);
    for (size_t n = 1; n <= len; n++) {
        if (run_feed(r, buf, n) != 0) {
            break;
        }
    }
    return r->rc;
}

static void request_one_byte_changed_refused_unless_grammar_allows(void **state)
{
    (void)state;
    uint8_t buf[sizeof sample - 1];
    size_t step = test_subset() ? 17 : 1;
    assert_int_equal(sizeof sample, sizeof kinds);
    memcpy(buf, sample, sizeof buf);
    for (size_t at = 0; at < sizeof buf; at++) {
        for (size_t byte = 0; byte < 256; byte += step) {
            struct run whole, dripped;
            char a[DUMP_SIZE], b[DUMP_SIZE];
            bool good = may_be(kinds[at], (uint8_t)sample[at], (uint8_t)byte);
            buf[at] = (uint8_t)byte;
            run_begin(&whole, REQUEST);
            if (run_feed(&whole, buf, sizeof buf) != (good ? (int)sizeof buf : WSP_ERR_SYNTAX)) {
                fail_msg("byte %zu changed to 0x%02zX: %d", at, byte, whole.rc);
            }
            assert_int_equal(drip(&dripped, buf, sizeof buf), whole.rc);
            assert_string_equal(dump(&whole, a), dump(&dripped, b));
        }
        buf[at] = (uint8_t)sample[at];
    }
}

/* Every byte value at every place in a word that the scan takes at once. */
static void scan_control_character_at_any_place_refused(void **state)
{
    (void)state;
    for (size_t place = 17; place < 60; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint8_t buf[64];
            struct run r;
            memset(buf, 'a' + (int)(place % 2) * 0x80, sizeof buf);
            buf[0] = 'G';
            buf[place] = (uint8_t)byte;
            bool bad = (byte < 0x20 && byte != '\t') || byte == 0x7F;
            run_begin(&r, REQUEST);
            assert_int_equal(run_feed(&r, buf, sizeof buf), bad ? WSP_ERR_SYNTAX : 0);
        }
    }
}

/* ------------------------------------------------------------ dripping is linear */

#define LONG_HEAD 16384u

static void fill_long_head(uint8_t *buf)
{
    static const char line[] = "X-Filler: 0123456789 0123456789 0123456789 0123456789\r\n";
    memset(buf, 'x', LONG_HEAD);
    memcpy(buf, "GET / HTTP/1.1\r\n", 16);
    size_t at = 16;
    for (int i = 0; i < 10; i++, at += sizeof line - 1) {
        memcpy(buf + at, line, sizeof line - 1);
    }
    memcpy(buf + at, "Y: ", 3);
    memcpy(buf + LONG_HEAD - 4, "\r\n\r\n", 4);
}

/* What was scanned is spoilt but for the 2 bytes that the scan may look back at: a byte read again
 * would be refused. */
static void head_dripped_scanned_bytes_are_not_read_again(void **state)
{
    (void)state;
    static uint8_t good[LONG_HEAD];
    static uint8_t spoilt[LONG_HEAD];
    struct run r;
    fill_long_head(good);
    memcpy(spoilt, good, sizeof good);
    run_begin(&r, REQUEST);
    for (size_t n = 0; n < LONG_HEAD; n++) {
        assert_int_equal(run_feed(&r, spoilt, n), 0);
        assert_int_equal(r.head.scanned, n);
        if (n >= 3) {
            spoilt[n - 3] = '\0';
        }
    }
    /* The last call parses, so it sees the head as it came. */
    assert_int_equal(run_feed(&r, good, LONG_HEAD), LONG_HEAD);
    assert_int_equal(r.head.header_count, 11);
}

/* The parse itself trusts nothing that the scan found out: spoilt bytes are refused there. */
static void head_spoilt_behind_the_scan_refused(void **state)
{
    (void)state;
    static const char request[] = G "A: bcde\r\nF: g\r\n\r\n";
    static const char response[] = "HTTP/1.1 200 OK\r\n\r\n";
    static const struct {
        enum kind kind;
        size_t at;
        uint8_t byte;
        const char *rule;
    } spoils[] = {
        {REQUEST, 14, 'x', "RFC 9112 2.2: line ends without CR"},
        {REQUEST, 15, 'x', "RFC 9112 2.3: malformed HTTP version"},
        {REQUEST, 0, '\0', "RFC 9112 3.1: method is no token"},
        {REQUEST, 0, ' ', "RFC 9112 3.1: method is no token"},
        {REQUEST, 0, '\n', "RFC 9112 2.2: line ends without CR"},
        {REQUEST, 20, '\0', "RFC 9110 5.5: control character"},
        {REQUEST, 23, 'x', "RFC 9112 2.2: line ends without CR"},
        {RESPONSE, 0, 'x', "RFC 9112 2.3: malformed HTTP version"},
        {RESPONSE, 14, '\x01', "RFC 9112 4: malformed reason phrase"},
    };
    struct guard *g = guard_new(64);
    for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
        bool asks = spoils[i].kind == REQUEST;
        size_t len = asks ? sizeof request - 1 : sizeof response - 1;
        uint8_t *buf = guard_at_start(g, asks ? request : response, len);
        struct run r;
        run_begin(&r, spoils[i].kind);
        assert_int_equal(run_feed(&r, buf, len - 1), 0);
        buf[spoils[i].at] = spoils[i].byte;
        assert_int_equal(run_feed(&r, buf, len), WSP_ERR_SYNTAX);
        assert_string_equal(r.head.rule, spoils[i].rule);
        assert_int_equal(r.head.status, asks ? 400 : 0);
    }
    guard_free(g);
}

static void head_scanned_past_len_needs_more(void **state)
{
    (void)state;
    struct run r;
    run_begin(&r, REQUEST);
    r.head.scanned = 100;
    assert_int_equal(run_feed(&r, (const uint8_t *)G, 10), 0);
    assert_int_equal(run_feed(&r, NULL, 0), 0);
}

static void head_over_int_max_too_big(void **state)
{
    (void)state;
    if (sizeof(size_t) < 8) {
        skip();
        return; /* skip() does not say so to the compiler, which checks what follows */
    }
    size_t len = (size_t)INT_MAX + 4096;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    uint8_t *buf = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (buf == MAP_FAILED) {
        skip();
    }
    struct run r;
    run_begin(&r, REQUEST);
    r.head.scanned = INT_MAX - 16;
    memset(buf + INT_MAX - 20, 'a', 40);
    assert_int_equal(run_feed(&r, buf, INT_MAX), 0);
    assert_int_equal(run_feed(&r, buf, len), WSP_ERR_TOO_BIG);
    assert_int_equal(r.head.status, 431);
    assert_non_null(r.head.rule);
    (void)munmap(buf, len);
}

/* ------------------------------------------------------------ looking into a head */

static struct wsp_slice slice(const char *text)
{
    struct wsp_slice s = {(const uint8_t *)text, strlen(text)};
    return s;
}

static void parse_text(struct run *r, const char *text)
{
    run_begin(r, REQUEST);
    assert_int_equal(run_feed(r, (const uint8_t *)text, strlen(text)), strlen(text));
}

static void find_repeated_header_all_in_order(void **state)
{
    (void)state;
    struct run r;
    parse_text(&r, G "A: 1\r\nB: 2\r\na: 3\r\nAA: 4\r\nA: 5\r\n\r\n");
    size_t from = 0;
    static const char *const values[] = {"1", "3", "5"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        const struct wsp_header *f = wsp_head_find(&r.head, "a", &from);
        assert_non_null(f);
        assert_true(wsp_slice_equal(f->value, values[i]));
    }
    assert_null(wsp_head_find(&r.head, "a", &from));
    assert_ptr_equal(wsp_head_find(&r.head, "b", NULL), &r.headers[1]);
    assert_null(wsp_head_find(&r.head, "c", NULL));
    assert_null(wsp_head_find(&r.head, "", NULL));
    from = 100;
    assert_null(wsp_head_find(&r.head, "a", &from));
}

#include "vectors/http_lists.inc"

static void token_in_lists_found_whole_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(token_rows); i++) {
        char text[256];
        struct run r;
        (void)snprintf(text, sizeof text, "%s%s\r\n", G, token_rows[i].fields);
        parse_text(&r, text);
        if (wsp_head_token(&r.head, "Connection", "Upgrade") != token_rows[i].found) {
            fail_msg("%s", token_rows[i].name);
        }
    }
    struct run r;
    parse_text(&r, G "Upgrade: HTTP/2.0, WebSocket\r\n\r\n");
    assert_true(wsp_head_token(&r.head, "Upgrade", "websocket"));
    assert_true(wsp_head_token(&r.head, "upgrade", "http/2.0"));
    assert_false(wsp_head_token(&r.head, "upgrade", "http"));
}

static void list_rows_walked_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(list_rows); i++) {
        size_t len = strlen(list_rows[i].list);
        struct guard *g = guard_new(len + 1);
        struct wsp_slice rest = {guard_at_end(g, list_rows[i].list, len), len};
        struct wsp_slice token = {NULL, 0};
        char got[64];
        size_t at = 0;
        int rc = wsp_list_next(&rest, &token);
        for (; rc > 0; rc = wsp_list_next(&rest, &token)) {
            memcpy(got + at, token.data, token.len);
            at += token.len;
            got[at++] = '|';
        }
        got[at] = rc < 0 ? '?' : '\0';
        got[at + 1] = '\0';
        assert_string_equal(got, list_rows[i].tokens);
        assert_int_equal(wsp_list_next(&rest, &token), rc);
        assert_int_equal(rc, rc < 0 ? WSP_ERR_SYNTAX : 0);
        guard_free(g);
    }
    struct wsp_slice none = {NULL, 0};
    struct wsp_slice token = {NULL, 0};
    assert_int_equal(wsp_list_next(&none, &token), 0);
}

static void content_length_rows_as_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(length_rows); i++) {
        char text[256];
        struct run r;
        uint64_t length = 99;
        (void)snprintf(text, sizeof text, "%s%s\r\n", G, length_rows[i].fields);
        parse_text(&r, text);
        if (wsp_head_content_length(&r.head, &length) != length_rows[i].rc) {
            fail_msg("%s", length_rows[i].fields);
        }
        assert_true(length == (length_rows[i].rc == 1 ? length_rows[i].length : 99));
    }
}

/* lessons 4: CR, LF and NUL are refused in everything the caller supplies */
static void field_from_caller_checked(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t text[3] = {'/', (uint8_t)byte, 'a'};
        struct wsp_slice s = {text, sizeof text};
        bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
        bool visible = byte > 0x20 && byte < 0x7F;
        assert_int_equal(wsp_field_value_valid(s), !control);
        assert_int_equal(wsp_target_valid(s), visible && byte != '#');
        text[0] = 'a';
        assert_false(wsp_target_valid(s));
        assert_int_equal(wsp_field_name_valid(s), may_be('m', 0, (uint8_t)byte));
    }
    assert_true(wsp_field_value_valid(slice("")));
    assert_false(wsp_field_name_valid(slice("")));
    assert_false(wsp_target_valid(slice("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_whole_as_expected),
        cmocka_unit_test(rows_byte_by_byte_same),
        cmocka_unit_test(rows_cut_anywhere_same),
        cmocka_unit_test(rows_called_again_same),
        cmocka_unit_test(head_followed_by_bytes_ends_before_them),
        cmocka_unit_test(request_one_byte_changed_refused_unless_grammar_allows),
        cmocka_unit_test(scan_control_character_at_any_place_refused),
        cmocka_unit_test(head_dripped_scanned_bytes_are_not_read_again),
        cmocka_unit_test(head_spoilt_behind_the_scan_refused),
        cmocka_unit_test(head_scanned_past_len_needs_more),
        cmocka_unit_test(head_over_int_max_too_big),
        cmocka_unit_test(find_repeated_header_all_in_order),
        cmocka_unit_test(token_in_lists_found_whole_only),
        cmocka_unit_test(list_rows_walked_as_expected),
        cmocka_unit_test(content_length_rows_as_expected),
        cmocka_unit_test(field_from_caller_checked),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
