/* utf8_short: a whole text of fewer than 16 bytes, by each kernel. SPDX-License-Identifier: MIT */
#include "support/guard.h"
#include "support/kernels.h"
#include "support/testing.h"

/* The edges of what RFC 3629 4 tells apart. */
static const uint8_t edges[] = {0x00, 'a',  0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2,
                                0xDF, 0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
enum { EDGES = ARRAY_LEN(edges), LEAST = 4 };

/* Those under test: main has every test run with each set. */
static struct wsp_kernels kernels;

static bool twin(const uint8_t *data, size_t len)
{
    uint32_t state = 0;
    return wsp_utf8_portable(&state, data, len) && wsp_utf8_done(state);
}

static void compare(const uint8_t *data, size_t len)
{
    bool valid = twin(data, len);
    if (kernels.utf8_short(data, len) == valid)
        return;
    fail_msg("%zu bytes, %02x at the end: not %s", len, len > 0 ? data[len - 1] : 0,
             valid ? "valid" : "wrong");
}

/* Edge number digit of i, to a base of EDGES. */
static uint8_t edge(size_t i, unsigned digit)
{
    while (digit-- > 0)
        i /= EDGES;
    return edges[i % EDGES];
}

static void short_sequences_of_edges_match_twin(void **state)
{
    struct guard *g = guard_new(LEAST);
    size_t all = EDGES;
    (void)state;
    compare(guard_at_end(g, NULL, 0), 0);
    for (size_t len = 1; len <= LEAST; len++, all *= EDGES) {
        uint8_t *text = guard_at_end(g, NULL, len);
        for (size_t i = 0; i < all; i += test_subset() ? 97 : 1) {
            for (unsigned k = 0; k < len; k++)
                text[k] = edge(i, k);
            compare(text, len);
        }
    }
    guard_free(g);
}

static void compare_inside(uint8_t *text, size_t len, size_t i)
{
    for (size_t at = 0; at + 3 <= len; at++) {
        memset(text, 'a', len);
        for (unsigned k = 0; k < 3; k++)
            text[at + k] = edge(i, k);
        compare(text, len);
        text[at == 0 ? 3 : at - 1] = edge(i / 7, 2);
        compare(text, len);
    }
}

/* At every place of every length, where they end among them. */
static void short_sequences_inside_a_text_match_twin(void **state)
{
    struct guard *g = guard_new(WSP_UTF8_SHORT);
    (void)state;
    for (size_t len = LEAST; len < WSP_UTF8_SHORT; len++) {
        uint8_t *text = guard_at_end(g, NULL, len);
        for (size_t i = 0; i < EDGES * EDGES * EDGES; i += test_subset() ? 97 : 1)
            compare_inside(text, len, i);
    }
    guard_free(g);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Characters of every length one behind the other, now and then with a byte changed. */
static size_t random_text(uint8_t *text, size_t len, uint32_t *random)
{
    static const char *const characters[] = {"a", "\xC3\xA4", "\xE4\xB8\xAD", "\xF0\x9F\x98\x80"};
    size_t n = 0;
    while (n < len) {
        const char *c = characters[next_random(random) % 4];
        size_t size = strlen(c) < len - n ? strlen(c) : len - n;
        memcpy(text + n, c, size);
        n += size;
    }
    if (len > 0 && next_random(random) % 2 == 0)
        text[next_random(random) % len] = edges[next_random(random) % EDGES];
    return n;
}

static void short_random_texts_match_twin(void **state)
{
    struct guard *g = guard_new(WSP_UTF8_SHORT);
    uint8_t text[WSP_UTF8_SHORT];
    uint32_t random = 1;
    (void)state;
    for (unsigned i = 0; i < (test_subset() ? 5000u : 400000u); i++) {
        size_t len = random_text(text, i % WSP_UTF8_SHORT, &random);
        compare(guard_at_end(g, text, len), len);
        compare(guard_at_start(g, text, len), len);
    }
    guard_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_sequences_of_edges_match_twin),
        cmocka_unit_test(short_sequences_inside_a_text_match_twin),
        cmocka_unit_test(short_random_texts_match_twin),
    };
    struct kernel_set sets[KERNEL_SETS];
    unsigned n = kernel_sets(sets);
    int failed = 0;
    for (unsigned i = 0; i < n; i++) {
        kernels = sets[i].kernels;
        failed |= cmocka_run_group_tests_name(sets[i].name, tests, NULL, NULL);
    }
    return failed;
}
