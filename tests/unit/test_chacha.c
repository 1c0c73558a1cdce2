#include "codec/chacha.h"
#include "support/guard.h"
#include "support/testing.h"

#define BLOCK 64u

/* RFC 8439 A.1: those whose nonce is 0 */
static const struct {
    uint8_t key[WSP_CHACHA_KEY];
    unsigned counter;
    const char *block; /* hexadecimal */
} rows[] = {
    {{0},
     0,
     "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
     "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"},
    {{0},
     1,
     "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
     "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"},
    {{[31] = 1},
     1,
     "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
     "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"},
    {{[1] = 255},
     2,
     "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
     "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096"},
};

static void chacha_rfc_vectors(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        uint8_t out[WSP_CHACHA_OUT];
        char text[2 * BLOCK + 1] = {0};
        wsp_chacha20(out, rows[i].key);
        for (size_t k = 0; k < BLOCK; k++) {
            uint8_t byte = out[rows[i].counter * BLOCK + k];
            text[2 * k] = digits[byte >> 4];
            text[2 * k + 1] = digits[byte & 15];
        }
        assert_string_equal(text, rows[i].block);
    }
}

static void chacha_out_over_key_is_the_same(void **state)
{
    (void)state;
    for (size_t at = 0; at <= WSP_CHACHA_OUT - WSP_CHACHA_KEY; at++) {
        uint8_t key[WSP_CHACHA_KEY], want[WSP_CHACHA_OUT], out[WSP_CHACHA_OUT];
        memset(key, (int)at, sizeof key);
        wsp_chacha20(want, key);
        memcpy(out + at, key, sizeof key);
        wsp_chacha20(out, out + at);
        assert_memory_equal(out, want, sizeof want);
    }
}

static void chacha_within_its_buffers(void **state)
{
    (void)state;
    uint8_t zeros[WSP_CHACHA_KEY] = {0};
    struct guard *key = guard_new(WSP_CHACHA_KEY), *out = guard_new(WSP_CHACHA_OUT);
    wsp_chacha20(guard_at_end(out, NULL, WSP_CHACHA_OUT), guard_at_end(key, zeros, sizeof zeros));
    wsp_chacha20(guard_at_start(out, NULL, WSP_CHACHA_OUT),
                 guard_at_start(key, zeros, sizeof zeros));
    guard_free(key);
    guard_free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chacha_rfc_vectors),
        cmocka_unit_test(chacha_out_over_key_is_the_same),
        cmocka_unit_test(chacha_within_its_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
