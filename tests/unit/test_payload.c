#include "codec/mask.h"
#include "codec/payload.h"
#include "codec/utf8.h"
#include "support/guard.h"
#include "support/kernels.h"
#include "support/testing.h"

#define ROOM 2600u

/* Those under test: main has every test run with each set. */
static struct wsp_kernels kernels;

static const uint8_t keys[][4] = {{0, 0, 0, 0}, {0x80, 0x01, 0xFF, 0x7A}};

/* ASCII with a character of two to four bytes each `every` bytes; every 0: ASCII alone */
static size_t fill(uint8_t *out, size_t len, size_t every)
{
    static const char *const wide[] = {"\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x9F\x98\x80"};
    size_t n = 0;
    for (size_t k = 0; n + 4 <= len; k++) {
        const char *c = every != 0 && k % every == every - 1 ? wide[k / every % 3] : "x";
        memcpy(out + n, c, strlen(c));
        n += strlen(c);
    }
    return n;
}

struct given {
    const uint8_t *plain;
    size_t len, cut;
    const uint8_t *key;
    bool in_place;
};

/* Two pieces: mask, then the function, against wsp_utf8_valid and the plain text. */
static void check(struct guard *from, struct guard *to, const struct given *v)
{
    uint8_t wire[ROOM];
    for (size_t i = 0; i < v->len; i++)
        wire[i] = v->plain[i] ^ v->key[i % 4];
    uint8_t *src = guard_at_end(from, wire, v->len);
    uint8_t *dst = v->in_place ? src : guard_at_end(to, NULL, v->len);
    uint32_t state = 0;
    uint32_t want = 0;
    bool ok = kernels.unmask_text(dst, src, v->cut, wsp_mask_word(v->key, 0), &state) &&
              kernels.unmask_text(dst + v->cut, src + v->cut, v->len - v->cut,
                                  wsp_mask_word(v->key, v->cut), &state);
    bool good = wsp_utf8_portable(&want, v->plain, v->len);
    if (ok != good || (ok && state != want))
        fail_msg("len %zu cut %zu: %d", v->len, v->cut, ok);
    if (ok && memcmp(dst, v->plain, v->len) != 0)
        fail_msg("len %zu cut %zu: other bytes", v->len, v->cut);
    if (!v->in_place)
        assert_memory_equal(src, wire, v->len);
}

static void check_both(struct guard *from, struct guard *to, struct given v)
{
    for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
        v.key = keys[k];
        v.in_place = false;
        check(from, to, &v);
        v.in_place = true;
        check(from, to, &v);
    }
}

static void payload_all_lengths_match_plain_text(void **unused)
{
    (void)unused;
    static const size_t everies[] = {0, 1, 2, 7, 40, 150};
    struct guard *from = guard_new(ROOM);
    struct guard *to = guard_new(ROOM);
    uint8_t plain[ROOM];
    for (size_t e = 0; e < ARRAY_LEN(everies); e++) {
        size_t full = fill(plain, ROOM, everies[e]);
        size_t step = test_subset() ? 61 : 1;
        for (size_t len = 0; len <= 200; len += step) {
            for (size_t cut = 0; cut <= len; cut += step)
                check_both(from, to, (struct given){.plain = plain, .len = len, .cut = cut});
        }
        for (size_t cut = 0; cut <= full; cut += 101)
            check_both(from, to, (struct given){.plain = plain, .len = full, .cut = cut});
    }
    guard_free(from);
    guard_free(to);
}

static void payload_bad_byte_at_every_place_is_refused(void **unused)
{
    (void)unused;
    struct guard *from = guard_new(ROOM);
    struct guard *to = guard_new(ROOM);
    uint8_t plain[ROOM];
    size_t step = test_subset() ? 97 : 1;
    for (size_t every = 0; every < 50; every += 7) {
        size_t len = fill(plain, ROOM, every);
        for (size_t i = 0; i < len; i += step) {
            uint8_t was = plain[i];
            plain[i] = 0xFF;
            check_both(from, to, (struct given){.plain = plain, .len = len, .cut = i / 2});
            plain[i] = was;
        }
    }
    guard_free(from);
    guard_free(to);
}

static void payload_byte_by_byte_keeps_state(void **unused)
{
    (void)unused;
    uint8_t plain[64], wire[64];
    size_t len = fill(plain, sizeof plain, 2);
    wsp_mask(wire, plain, len, keys[1], 0);
    uint32_t state = 0;
    for (size_t i = 0; i < len; i++) {
        uint64_t word = wsp_mask_word(keys[1], i);
        assert_true(kernels.unmask_text(wire + i, wire + i, 1, word, &state));
    }
    assert_true(wsp_utf8_done(state));
    assert_memory_equal(wire, plain, len);
}

static void payload_ascii_inside_a_character_is_refused(void **unused)
{
    (void)unused;
    uint8_t text[40];
    memset(text, 'a', sizeof text);
    uint32_t state = 0;
    assert_true(wsp_utf8_portable(&state, (const uint8_t *)"\xE4", 1));
    assert_false(kernels.unmask_text(text, text, sizeof text, 0, &state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload_all_lengths_match_plain_text),
        cmocka_unit_test(payload_bad_byte_at_every_place_is_refused),
        cmocka_unit_test(payload_byte_by_byte_keeps_state),
        cmocka_unit_test(payload_ascii_inside_a_character_is_refused),
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
