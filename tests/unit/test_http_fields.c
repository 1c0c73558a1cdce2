/* http: a field of any length, with any byte changed. SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include "codec/chars.h"
#include "support/guard.h"

struct run {
    struct wsp_head head;
    struct wsp_header headers[2];
};

static void run_begin(struct run *r)
{
    memset(r, 0, sizeof *r);
    r->head.headers = r->headers;
    r->head.max_headers = ARRAY_LEN(r->headers);
}

static int run_feed(struct run *r, const uint8_t *buf, size_t len)
{
    return wsp_request_parse(&r->head, buf, len);
}

/* N the first byte of a name, n another one, v of a value; any other: itself only. */
static bool may_be(char kind, uint8_t original, uint8_t byte)
{
    bool token = byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
    uint8_t lower = byte | 0x20;
    token = token || (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9');
    switch (kind) {
    case 'N':
        return token;
    case 'n':
        return token || byte == ':';
    case 'v':
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    default:
        return byte == original;
    }
}

/* A request of one field, with what each of its bytes is, as in kinds. */
struct one_field {
    uint8_t bytes[128];
    char kinds[128];
    size_t name, value, len; /* the lengths of the name, of the value, of all */
};

#define FIRST_LINE "GET / HTTP/1.1\r\n"
#define ONE_FIELD_NAME (sizeof FIRST_LINE - 1) /* where the name begins */

static void add_run(struct one_field *f, uint8_t byte, char kind, size_t len)
{
    memset(f->bytes + f->len, byte, len);
    memset(f->kinds + f->len, kind, len);
    f->len += len;
}

static void one_field(struct one_field *f, size_t name, size_t value)
{
    f->name = name;
    f->value = value;
    f->len = 0;
    memcpy(f->bytes, FIRST_LINE, ONE_FIELD_NAME);
    memset(f->kinds, '_', sizeof f->kinds);
    f->len = ONE_FIELD_NAME;
    add_run(f, 'n', 'N', 1);
    add_run(f, 'a', 'n', name - 1);
    add_run(f, ':', ':', 1);
    add_run(f, 'v', 'v', value);
    memcpy(f->bytes + f->len, "\r\n\r\n", 4);
    f->len += 4;
}

/* buf differs from f by a byte that its place allows: what is the field now? */
static void expect_field(const struct one_field *f, const struct run *r, const uint8_t *buf)
{
    const uint8_t *name = buf + ONE_FIELD_NAME;
    size_t colon = (size_t)((const uint8_t *)memchr(name, ':', f->len - ONE_FIELD_NAME) - name);
    struct wsp_slice value =
        wsp_trim((struct wsp_slice){name + colon + 1, f->name + f->value - colon});
    assert_int_equal(r->head.header_count, 1);
    assert_ptr_equal(r->headers[0].name.data, name);
    assert_int_equal(r->headers[0].name.len, colon);
    assert_ptr_equal(r->headers[0].value.data, value.data);
    assert_int_equal(r->headers[0].value.len, value.len);
}

static void change_one_byte(const struct one_field *f, uint8_t *buf, size_t at)
{
    static const uint8_t bytes[] = "\0\t\n\r :_(\x7F\x80\xFFZ";
    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        bool good = may_be(f->kinds[at], f->bytes[at], bytes[i]);
        struct run whole, dripped;
        buf[at] = bytes[i];
        run_begin(&whole);
        if (run_feed(&whole, buf, f->len) != (good ? (int)f->len : WSP_ERR_SYNTAX))
            fail_msg("name %zu, value %zu, byte %zu changed to 0x%02X", f->name, f->value, at,
                     bytes[i]);
        if (good)
            expect_field(f, &whole, buf);
        run_begin(&dripped);
        int rc = run_feed(&dripped, buf, at);
        if (rc == 0)
            rc = run_feed(&dripped, buf, f->len);
        assert_int_equal(rc, good ? (int)f->len : WSP_ERR_SYNTAX);
        assert_true(whole.head.rule == dripped.head.rule);
        if (good)
            expect_field(f, &dripped, buf);
    }
    buf[at] = f->bytes[at];
}

static void field_of_any_length_one_byte_changed_as_grammar_says(void **state)
{
    (void)state;
    struct guard *g = guard_new(128);
    struct one_field f;
    size_t step = test_subset() ? 11 : 1;
    for (size_t name = 1; name <= 34; name += step) {
        for (size_t value = 0; value <= 34; value += step) {
            one_field(&f, name, value);
            uint8_t *buf = guard_at_end(g, f.bytes, f.len);
            for (size_t at = ONE_FIELD_NAME; at < f.len - 4; at++)
                change_one_byte(&f, buf, at);
        }
    }
    guard_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_of_any_length_one_byte_changed_as_grammar_says),
    };
    return cmocka_run_group_tests_name("http_fields", tests, NULL, NULL);
}
