#include "codec/closing.h"
#include "support/guard.h"
#include "support/testing.h"

/* 7.4.1, 7.4.2 and IANA's registry, code by code */
static bool naive_valid(unsigned code)
{
    static const unsigned single[] = {1000, 1001, 1002, 1003, 1007, 1008,
                                      1009, 1010, 1011, 1012, 1013, 1014};
    for (size_t i = 0; i < ARRAY_LEN(single); i++) {
        if (code == single[i])
            return true;
    }
    return code / 1000 == 3 || code / 1000 == 4;
}

static void closing_every_code_is_judged(void **unused)
{
    (void)unused;
    for (unsigned code = 0; code <= 65535; code++)
        assert_int_equal(wsp_close_code_valid(code), naive_valid(code));
    assert_false(wsp_close_code_valid(65536 + 1000));
    assert_false(wsp_close_code_valid(4294967295u));
}

static void closing_every_code_is_parsed_or_refused(void **unused)
{
    (void)unused;
    for (unsigned n = 0; n <= 65535; n++) {
        uint8_t body[2] = {(uint8_t)(n >> 8), (uint8_t)n};
        uint16_t code = 7;
        struct wsp_slice reason = {NULL, 99};
        int r = wsp_close_parse(&code, &reason, body, 2);
        assert_int_equal(r, naive_valid(n) ? WSP_OK : WSP_ERR_PROTOCOL);
        assert_int_equal(code, r == WSP_OK ? n : 7);
        assert_int_equal(reason.len, r == WSP_OK ? 0 : 99);
    }
}

static void closing_every_code_is_written_or_refused(void **unused)
{
    (void)unused;
    for (unsigned n = 1; n <= 65535; n++) {
        uint8_t out[WSP_CONTROL_MAX] = {0};
        int r = wsp_close_write(out, n, "x", 1);
        assert_int_equal(r, naive_valid(n) ? 3 : WSP_ERR_ARG);
        if (r == 3) {
            assert_int_equal(out[0] << 8 | out[1], n);
            assert_int_equal(out[2], 'x');
        }
    }
    uint8_t out[WSP_CONTROL_MAX];
    assert_int_equal(wsp_close_write(out, 65536 + 1000, NULL, 0), WSP_ERR_ARG);
}

struct row {
    const char *name;
    const char *reason; /* behind code 1000 */
    size_t len;         /* of the body */
    int result;
};

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct row rows[] = {
    {"5.5.1: one byte", "", 1, WSP_ERR_PROTOCOL},
    {"5.5.1: code alone", "", 2, WSP_OK},
    {"5.5.1: reason", "bye", 5, WSP_OK},
    {"5.5.1: reason of two-byte characters", "\xC3\xA9\xC3\xA9", 6, WSP_OK},
    {"5.5.1: reason ends inside a character", "abc\xC3", 6, WSP_ERR_UTF8},
    {"5.5.1: overlong", "\xC0\x80", 4, WSP_ERR_UTF8},
    {"5.5.1: surrogate", "\xED\xA0\x80", 5, WSP_ERR_UTF8},
    {"5.5.1: continuation first", "\x80", 3, WSP_ERR_UTF8},
    {"5.5: 125 bytes", HUNDRED TEN TEN "123", 125, WSP_OK},
    {"5.5: 126 bytes", HUNDRED TEN TEN "1234", 126, WSP_ERR_PROTOCOL},
    {"5.5: 126 bytes, invalid behind", HUNDRED TEN TEN "123\xFF", 126, WSP_ERR_PROTOCOL},
};

static void closing_bodies_are_parsed_as_the_rows_say(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(200);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        uint8_t body[200] = {0x03, 0xE8};
        memcpy(body + 2, r->reason, strlen(r->reason));
        uint8_t *at = guard_at_end(g, body, r->len);
        uint16_t code = 7;
        struct wsp_slice reason = {NULL, 99};
        if (wsp_close_parse(&code, &reason, at, r->len) != r->result)
            fail_msg("%s", r->name);
        assert_int_equal(code, r->result == WSP_OK ? 1000 : 7);
        if (r->result != WSP_OK)
            continue;
        assert_ptr_equal(reason.data, at + 2);
        assert_int_equal(reason.len, r->len - 2);
    }
    guard_free(g);
}

static void closing_empty_body_has_no_status(void **unused)
{
    (void)unused;
    uint16_t code = 7;
    struct wsp_slice reason = {NULL, 99};
    assert_int_equal(wsp_close_parse(&code, &reason, NULL, 0), WSP_OK);
    assert_int_equal(code, WSP_CLOSE_NO_STATUS);
    assert_int_equal(reason.len, 0);
}

static void closing_bodies_are_written_as_the_rows_say(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        if (r->len < 2)
            continue;
        uint8_t out[WSP_CONTROL_MAX];
        int want = r->len > WSP_CONTROL_MAX ? WSP_ERR_TOO_BIG : r->result;
        int got = wsp_close_write(out, 1000, r->reason, r->len - 2);
        if (got != (want == WSP_OK ? (int)r->len : want))
            fail_msg("%s: %d", r->name, got);
        if (got < 0)
            continue;
        uint16_t code;
        struct wsp_slice reason;
        assert_int_equal(wsp_close_parse(&code, &reason, out, (size_t)got), WSP_OK);
        assert_int_equal(code, 1000);
        assert_int_equal(reason.len, r->len - 2);
        assert_memory_equal(reason.data, r->reason, reason.len);
    }
}

static void closing_code_zero_writes_nothing(void **unused)
{
    (void)unused;
    uint8_t out[WSP_CONTROL_MAX];
    assert_int_equal(wsp_close_write(out, 0, NULL, 0), 0);
    assert_int_equal(wsp_close_write(out, 0, "x", 1), WSP_ERR_ARG);
    assert_int_equal(wsp_close_write(out, 1001, NULL, 0), 2);
    assert_int_equal(wsp_close_write(out, 1005, NULL, 0), WSP_ERR_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_every_code_is_judged),
        cmocka_unit_test(closing_every_code_is_parsed_or_refused),
        cmocka_unit_test(closing_every_code_is_written_or_refused),
        cmocka_unit_test(closing_bodies_are_parsed_as_the_rows_say),
        cmocka_unit_test(closing_empty_body_has_no_status),
        cmocka_unit_test(closing_bodies_are_written_as_the_rows_say),
        cmocka_unit_test(closing_code_zero_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
