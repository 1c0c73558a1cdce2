#include "flate/huffman.h"
#include "support/testing.h"

static uint64_t seed = 1;

static uint32_t random_below(uint32_t n)
{
    seed += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t x = seed;
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((x ^ x >> 31) >> 33) % n;
}

static uint32_t room[2 * WSP_HUFFMAN_MAX];

/* ------------------------------------------------------------ a naive package-merge */

/* A coin or a package of coins: how often each symbol is in it. */
struct package {
    uint64_t weight;
    uint8_t in[WSP_HUFFMAN_MAX];
};

static int by_weight(const void *a, const void *b)
{
    uint64_t x = ((const struct package *)a)->weight;
    uint64_t y = ((const struct package *)b)->weight;
    return x < y ? -1 : x > y;
}

/* The bits of the best code of at most limit bits for the n symbols that occur; n >= 2 */
static uint64_t best_cost(const uint16_t *freq, unsigned n, unsigned limit)
{
    struct package *list = calloc(2 * WSP_HUFFMAN_MAX, sizeof *list);
    unsigned used = 0;
    unsigned len = 0;
    uint64_t cost = 0;
    assert_non_null(list);
    for (unsigned level = 0; level < limit; level++) {
        unsigned packages = len / 2;
        for (unsigned i = 0; i < packages; i++) {
            struct package both = list[2 * i];
            both.weight += list[2 * i + 1].weight;
            for (unsigned s = 0; s < n; s++)
                both.in[s] = (uint8_t)(both.in[s] + list[2 * i + 1].in[s]);
            list[i] = both;
        }
        len = packages;
        used = 0;
        for (unsigned s = 0; s < n; s++) {
            if (freq[s] == 0)
                continue;
            memset(&list[len], 0, sizeof *list);
            list[len].weight = freq[s];
            list[len++].in[s] = 1;
            used++;
        }
        qsort(list, len, sizeof *list, by_weight);
    }
    for (unsigned i = 0; i < 2 * used - 2; i++)
        cost += list[i].weight;
    free(list);
    return cost;
}

/* ------------------------------------------------------------ checks */

static unsigned count_used(const uint16_t *freq, unsigned n)
{
    unsigned used = 0;
    for (unsigned i = 0; i < n; i++)
        used += freq[i] != 0;
    return used;
}

/* Complete, limited, and of the symbols that occur; returns the cost. */
static uint64_t check_lengths(const uint16_t *freq, const uint8_t *lens, unsigned n, unsigned limit)
{
    uint64_t cost = 0;
    uint32_t taken = 0;
    bool few = count_used(freq, n) < 2;
    for (unsigned i = 0; i < n; i++) {
        assert_true(lens[i] <= limit);
        assert_true(few || (lens[i] != 0) == (freq[i] != 0));
        assert_true(lens[i] != 0 || freq[i] == 0);
        taken += lens[i] == 0 ? 0 : 1u << (limit - lens[i]);
        cost += (uint64_t)lens[i] * freq[i];
    }
    assert_int_equal(taken, 1u << limit);
    return cost;
}

static uint64_t cost_of(const uint16_t *freq, unsigned n, unsigned limit)
{
    uint8_t lens[WSP_HUFFMAN_MAX + 1];
    memset(lens, 0xEE, sizeof lens);
    wsp_huffman_lengths(lens, freq, n, limit, room);
    assert_int_equal(lens[n], 0xEE);
    return check_lengths(freq, lens, n, limit);
}

static void huffman_few_symbols_get_a_complete_code(void **unused)
{
    (void)unused;
    for (unsigned symbol = 0; symbol < 4; symbol++) {
        uint16_t freq[4] = {0};
        uint8_t lens[4];
        if (symbol < 3)
            freq[symbol] = 7;
        wsp_huffman_lengths(lens, freq, 4, 15, room);
        (void)check_lengths(freq, lens, 4, 15);
        assert_int_equal(lens[0], 1);
        assert_int_equal(lens[symbol == 2 ? 2 : 1], 1);
    }
}

static void huffman_without_limit_is_optimal(void **unused)
{
    (void)unused;
    unsigned rounds = test_subset() ? 5 : 150;
    for (unsigned round = 0; round < rounds; round++) {
        uint16_t freq[WSP_HUFFMAN_MAX] = {0};
        unsigned n = 2 + random_below(round % 4 == 0 ? 285 : 40);
        unsigned skew = random_below(10);
        for (unsigned i = 0; i < n; i++)
            freq[i] = (uint16_t)(random_below(3) == 0 ? 0 : random_below(1u << (2 + skew)) + 1);
        freq[0] = freq[n - 1] = 3;
        /* Depth is at most about 1.44 * log2(sum / smallest), so 15 cuts nothing below 2^10. */
        uint64_t cost = cost_of(freq, n, 15);
        uint64_t best = best_cost(freq, n, 15);
        assert_true(cost >= best);
        assert_true(skew > 0 || cost == best);
        assert_true(cost * 1000 <= best * 1002);
    }
}

static void huffman_cut_by_the_limit_is_nearly_optimal(void **unused)
{
    (void)unused;
    uint64_t ours = 0;
    uint64_t theirs = 0;
    for (unsigned round = 0; round < (test_subset() ? 20u : 2000u); round++) {
        uint16_t freq[19] = {0};
        unsigned n = 2 + random_below(18);
        for (unsigned i = 0; i < n; i++)
            freq[i] = (uint16_t)random_below(1u << random_below(9));
        freq[0] = freq[n - 1] = 1;
        uint64_t cost = cost_of(freq, n, 7);
        uint64_t best = best_cost(freq, n, 7);
        assert_true(cost >= best && cost * 100 <= best * 104 + 100);
        ours += cost;
        theirs += best;
    }
    assert_true(ours * 1000 <= theirs * 1003);
}

/* Fibonacci frequencies make the deepest tree there is. */
static void huffman_fibonacci_keeps_the_limit(void **unused)
{
    (void)unused;
    for (unsigned limit = 5; limit <= 15; limit++) {
        uint16_t freq[23];
        for (unsigned i = 0; i < 23; i++)
            freq[i] = (uint16_t)(i < 2 ? 1 : freq[i - 1] + freq[i - 2]);
        uint64_t cost = cost_of(freq, 23, limit);
        uint64_t best = best_cost(freq, 23, limit);
        assert_true(cost >= best && cost * 100 <= best * 110);
    }
}

static void huffman_full_alphabet_at_the_least_limit(void **unused)
{
    (void)unused;
    uint16_t freq[256];
    for (unsigned i = 0; i < 256; i++)
        freq[i] = (uint16_t)(1u << (i % 16));
    uint64_t cost = cost_of(freq, 256, 8);
    uint64_t sum = 0;
    for (unsigned i = 0; i < 256; i++)
        sum += freq[i];
    assert_int_equal(cost, 8 * sum);
}

/* RFC 1951 3.2.2: the example's lengths (3,3,3,3,3,2,4,4), bits reversed as they are sent */
static void huffman_codes_are_the_rfc_example(void **unused)
{
    (void)unused;
    static const uint8_t lens[] = {3, 3, 3, 3, 3, 2, 4, 4, 0};
    static const uint32_t codes[] = {2, 6, 1, 5, 3, 0, 7, 15, 0};
    uint32_t out[9] = {0};
    wsp_huffman_codes(out, lens, 9);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(WSP_HUFFMAN_BITS(out[i]), lens[i]);
        assert_int_equal(WSP_HUFFMAN_CODE(out[i]), codes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(huffman_few_symbols_get_a_complete_code),
        cmocka_unit_test(huffman_without_limit_is_optimal),
        cmocka_unit_test(huffman_cut_by_the_limit_is_nearly_optimal),
        cmocka_unit_test(huffman_fibonacci_keeps_the_limit),
        cmocka_unit_test(huffman_full_alphabet_at_the_least_limit),
        cmocka_unit_test(huffman_codes_are_the_rfc_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
