#include "codec/base64.h"
#include "support/testing.h"

struct row {
    const char *plain;
    const char *encoded;
};

/* RFC 4648 10 */
static const struct row rows[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

static void base64_rfc4648_vectors_are_encoded(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char out[16];
        memset(out, '!', sizeof out);
        size_t size = WSP_BASE64_SIZE(strlen(rows[i].plain));
        assert_int_equal(size, strlen(rows[i].encoded));
        wsp_base64_encode(out, (const uint8_t *)rows[i].plain, strlen(rows[i].plain));
        assert_memory_equal(out, rows[i].encoded, size);
        assert_int_equal(out[size], '!');
    }
}

static int value_of(char c)
{
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == '\0' ? NULL : strchr(all, c);
    return at == NULL ? -1 : (int)(at - all);
}

static void base64_all_byte_pairs_decode_to_themselves(void **unused)
{
    (void)unused;
    for (unsigned n = 0; n < 65536; n++) {
        uint8_t in[3] = {(uint8_t)(n >> 8), (uint8_t)n, (uint8_t)(n * 7)};
        char out[4];
        wsp_base64_encode(out, in, 3);
        unsigned bits = 0;
        for (size_t i = 0; i < 4; i++)
            bits = bits << 6 | ((unsigned)value_of(out[i]) & 63);
        assert_int_equal(bits, (unsigned)in[0] << 16 | (unsigned)in[1] << 8 | in[2]);
        wsp_base64_encode(out, in, 2);
        bits = (unsigned)value_of(out[0]) << 10 | (unsigned)value_of(out[1]) << 4;
        assert_int_equal(bits | (unsigned)value_of(out[2]) >> 2, n);
        assert_int_equal(value_of(out[2]) & 3, 0);
        assert_int_equal(out[3], '=');
    }
}

static void base64_five_words_the_same_by_ssse3(void **unused)
{
    (void)unused;
#if WSP_SIMD_X86
    uint32_t random = 3;
    if (!(wsp_cpu_features() & WSP_CPU_SSSE3))
        skip();
    for (int n = 0; n < 20000; n++) {
        uint8_t in[20];
        uint32_t words[5] = {0};
        char portable[29] = {0};
        char out[29] = {0};
        for (size_t i = 0; i < sizeof in; i++) {
            random = random * 1664525u + 1013904223u;
            in[i] = (uint8_t)(random >> 24);
            words[i / 4] = words[i / 4] << 8 | in[i];
        }
        wsp_base64_encode(portable, in, sizeof in);
        wsp_base64_words_ssse3(out, words);
        assert_string_equal(out, portable);
    }
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_rfc4648_vectors_are_encoded),
        cmocka_unit_test(base64_all_byte_pairs_decode_to_themselves),
        cmocka_unit_test(base64_five_words_the_same_by_ssse3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
