#include "base/cpu.h"
#include "codec/accept.h"
#include "support/guard.h"
#include "support/testing.h"

struct answer {
    const char *key;
    const char *accept;
};

/* The first is RFC 6455 1.3; the others were made with Python's hashlib. */
static const struct answer answers[] = {
    {"dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
    {"AQIDBAUGBwgJCgsMDQ4PEC==", "OfS0wDaT5NoxF2gqm7Zj2YtetzM="},
    {"AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="},
    {"/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g="},
    {"x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="},
};

static void accept_answers_are_right(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        char out[30];
        memset(out, '!', sizeof out);
        wsp_accept_key(out, answers[i].key);
        assert_string_equal(out, answers[i].accept);
        assert_int_equal(out[29], '!');
    }
}

/* Whatever the processor has, the answer is the portable one, also to keys that are none. */
static void accept_answers_are_the_same_by_any_instructions(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(WSP_KEY_SIZE);
    uint32_t random = 1;
    for (int n = 0; n < 2000; n++) {
        char key[WSP_KEY_SIZE];
        char portable[WSP_ACCEPT_SIZE + 1];
        char own[WSP_ACCEPT_SIZE + 1];
        for (size_t i = 0; i < sizeof key; i++) {
            random = random * 1664525u + 1013904223u;
            key[i] = (char)(random >> 24);
        }
        const char *at_end = (const char *)guard_at_end(g, key, sizeof key);
        wsp_accept_key_by(portable, at_end, 0);
        wsp_accept_key_by(own, at_end, wsp_cpu_features());
        assert_string_equal(own, portable);
        wsp_accept_key(own, at_end);
        assert_string_equal(own, portable);
    }
    guard_free(g);
}

struct key {
    const char *name;
    const char *text;
    bool valid;
};

static const struct key keys[] = {
    {"4.1: 16 bytes", "dGhlIHNhbXBsZSBub25jZQ==", true},
    {"4.1: pad bits set, the RFC's own (erratum 3150)", "AQIDBAUGBwgJCgsMDQ4PEC==", true},
    {"4.1: all letters", "AZaz09+/AZaz09+/AZaz0w==", true},
    {"4.2.1: empty", "", false},
    {"4.2.1: 15 bytes", "AQIDBAUGBwgJCgsMDQ4P", false},
    {"4.2.1: 17 bytes", "AQIDBAUGBwgJCgsMDQ4PEBE=", false},
    {"4.2.1: 18 bytes, no padding", "AQIDBAUGBwgJCgsMDQ4PEBES", false},
    {"4.2.1: no padding", "dGhlIHNhbXBsZSBub25jZQ", false},
    {"4.2.1: one padding", "dGhlIHNhbXBsZSBub25jZQ=", false},
    {"4.2.1: three padding", "dGhlIHNhbXBsZSBub25jZ===", false},
    {"4.2.1: padding inside", "dGhlIHNhbXBs=SBub25jZQ==", false},
    {"4.2.1: padding swapped", "dGhlIHNhbXBsZSBub25jZ=Q=", false},
    {"4.2.1: one too long", "dGhlIHNhbXBsZSBub25jZQ==x", false},
    {"4.2.1: last is no padding", "dGhlIHNhbXBsZSBub25jZQ=A", false},
};

static void accept_keys_are_judged_as_the_rows_say(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(40);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        size_t len = strlen(keys[i].text);
        struct wsp_slice s = {guard_at_end(g, keys[i].text, len), len};
        if (wsp_key_valid(s) != keys[i].valid)
            fail_msg("%s", keys[i].name);
    }
    guard_free(g);
}

/* Valid where a base64 character stands, and "=" in the last two places only */
static void accept_key_with_any_byte_anywhere_is_judged(void **unused)
{
    (void)unused;
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < WSP_KEY_SIZE; i++) {
        for (unsigned c = 0; c < 256; c++) {
            uint8_t text[24];
            memcpy(text, "dGhlIHNhbXBsZSBub25jZQ==", 24);
            text[i] = (uint8_t)c;
            bool valid = i >= 22 ? c == '=' : memchr(letters, (int)c, 64) != NULL;
            assert_int_equal(wsp_key_valid((struct wsp_slice){text, 24}), valid);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accept_answers_are_right),
        cmocka_unit_test(accept_answers_are_the_same_by_any_instructions),
        cmocka_unit_test(accept_keys_are_judged_as_the_rows_say),
        cmocka_unit_test(accept_key_with_any_byte_anywhere_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
