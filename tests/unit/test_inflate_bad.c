#include "support/inflate_run.h"

static void bad_for(const struct writer *w, const char *rule)
{
    const struct result *r = inflate_run_writer(w);
    assert_int_equal(r->status, WSP_INFLATE_BAD);
    assert_string_equal(r->rule, rule);
}

/* ------------------------------------------------------------ bad streams (RFC 1951 3.2) */

static void inflate_bad_block_type_is_refused(void **state)
{
    (void)state;
    struct writer w = {.bits = 0};
    bits_put(&w, 3 << 1, 3);
    bad_for(&w, "RFC 1951 3.2.3: block type is reserved");
}

static void inflate_stored_lengths_that_disagree_are_refused(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 32; bit++) {
        struct writer w = {.bits = 0};
        bits_put_stored(&w, (const uint8_t *)"abc", 3);
        w.data[1 + bit / 8] ^= (uint8_t)(1 << bit % 8);
        bad_for(&w, "RFC 1951 3.2.4: lengths of a stored block disagree");
    }
}

static void inflate_codes_not_in_use_are_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned pad = 0; pad < 2; pad++) {
            struct writer w = {.bits = 0};
            bits_put(&w, 1 << 1, 3);
            bits_put_fixed(&w, 'a');
            bits_put_fixed(&w, 286 + i);
            bits_put(&w, 0, pad * 400);
            bad_for(&w, "RFC 1951 3.2.6: literal/length code is not in use");
            w = (struct writer){.bits = 0};
            bits_put(&w, 1 << 1, 3);
            bits_put_fixed(&w, 'a');
            bits_put_fixed(&w, 257);
            bits_put_code(&w, 30 + i, 5);
            bits_put(&w, 0, pad * 400);
            bad_for(&w, "RFC 1951 3.2.6: distance code is not in use");
        }
    }
}

static void inflate_counts_too_high_are_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct writer w = {.bits = 0};
        bits_put_counts(&w, 287 + i, 1);
        bad_for(&w, "RFC 1951 3.2.7: too many literal/length codes");
        w = (struct writer){.bits = 0};
        bits_put_counts(&w, 286, 31 + i);
        bad_for(&w, "RFC 1951 3.2.7: too many distance codes");
    }
}

/* lens: the first n code length codes, in the order of the format; the others are 0. */
static void bad_precode(const char *lens, const char *rule)
{
    struct writer w = {.bits = 0};
    bits_put(&w, 2 << 1, 3);
    bits_put(&w, 0, 10);
    bits_put(&w, (unsigned)strlen(lens) - 4, 4);
    for (; *lens != 0; lens++)
        bits_put(&w, (unsigned)(*lens - '0'), 3);
    bad_for(&w, rule);
}

static void inflate_bad_code_length_codes_are_refused(void **state)
{
    (void)state;
    bad_precode("0000", "RFC 1951 3.2.7: code length code is incomplete");
    bad_precode("0001", "RFC 1951 3.2.7: code length code is incomplete");
    bad_precode("1200", "RFC 1951 3.2.7: code length code is incomplete");
    bad_precode("7777777777777777777", "RFC 1951 3.2.7: code length code is incomplete");
    bad_precode("1110", "RFC 1951 3.2.7: code length code is over-subscribed");
    bad_precode("1223", "RFC 1951 3.2.7: code length code is over-subscribed");
    bad_precode("1111111111111111111", "RFC 1951 3.2.7: code length code is over-subscribed");
}

static void inflate_bad_repeats_are_refused(void **state)
{
    (void)state;
    struct writer w = {.bits = 0};
    bits_put_counts(&w, 257, 1);
    bits_put_length(&w, 16);
    bits_put(&w, 0, 2);
    bad_for(&w, "RFC 1951 3.2.7: repeat without a length before");
    static const uint8_t repeats[3][3] = {{16, 2, 3}, {17, 3, 3}, {18, 7, 11}};
    for (unsigned i = 0; i < 3; i++) {
        w = (struct writer){.bits = 0};
        bits_put_counts(&w, 257, 1);
        bits_put_zeros(&w, 258 - repeats[i][2] + 1u);
        bits_put_length(&w, repeats[i][0]);
        bits_put(&w, 0, repeats[i][1]);
        bad_for(&w, "RFC 1951 3.2.7: more code lengths than announced");
    }
}

/* A header with the lengths of a few symbols from 'a' on, of 256, and of distances from 0 on. */
static void put_header(struct writer *w, const char *lits, unsigned end, const char *dists)
{
    *w = (struct writer){.bits = 0};
    unsigned n = (unsigned)strlen(lits);
    bits_put_counts(w, 257, (unsigned)strlen(dists));
    bits_put_zeros(w, 'a');
    for (unsigned i = 0; i < n; i++)
        bits_put_length(w, (unsigned)(lits[i] - '0'));
    bits_put_zeros(w, 256 - 'a' - n);
    bits_put_length(w, end);
    for (; *dists != 0; dists++)
        bits_put_length(w, (unsigned)(*dists - '0'));
}

static void inflate_bad_codes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *lits;
        unsigned end;
        const char *dists, *rule;
    } rows[] = {
        {"11", 0, "0", "RFC 1951 3.2.7: end of block has no code"},
        {"", 0, "0", "RFC 1951 3.2.7: end of block has no code"},
        {"11", 1, "0", "RFC 1951 3.2.7: literal/length code is over-subscribed"},
        {"1222", 2, "0", "RFC 1951 3.2.7: literal/length code is over-subscribed"},
        {"", 2, "0", "RFC 1951 3.2.7: literal/length code is incomplete"},
        {"12", 3, "0", "RFC 1951 3.2.7: literal/length code is incomplete"},
        {"1", 15, "0", "RFC 1951 3.2.7: literal/length code is incomplete"},
        {"1", 1, "111", "RFC 1951 3.2.7: distance code is over-subscribed"},
        {"1", 1, "2", "RFC 1951 3.2.7: distance code is incomplete"},
        {"1", 1, "22", "RFC 1951 3.2.7: distance code is incomplete"},
        {"1", 1, "12", "RFC 1951 3.2.7: distance code is incomplete"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct writer w;
        put_header(&w, rows[i].lits, rows[i].end, rows[i].dists);
        bad_for(&w, rows[i].rule);
    }
}

/* What RFC 1951 leaves open is what zlib does: a code of one word, or of none, may have one bit. */
static void inflate_lone_codes_are_taken_and_their_twin_refused(void **state)
{
    (void)state;
    for (unsigned twin = 0; twin < 2; twin++) {
        struct writer w;
        put_header(&w, "", 1, "0");
        bits_put(&w, twin, 1);
        if (twin)
            bad_for(&w, "RFC 1951 3.2.6: literal/length code is not in use");
        else
            assert_int_equal(inflate_run_writer(&w)->status, WSP_INFLATE_INPUT);
    }
    for (unsigned dists = 0; dists < 3; dists++) {
        /* 'a' has the word 0, 256 has 10, 257 (length 3) has 11 */
        struct writer w = {.bits = 0};
        bits_put_counts(&w, 258, 1);
        bits_put_zeros(&w, 'a');
        bits_put_length(&w, 1);
        bits_put_zeros(&w, 255 - 'a');
        bits_put_length(&w, 2);
        bits_put_length(&w, 2);
        bits_put_length(&w, dists > 0);
        bits_put_code(&w, 0, 1);
        bits_put_code(&w, 3, 2);
        bits_put(&w, dists == 2, 1);
        bits_put_code(&w, 2, 2);
        bits_put_stored(&w, NULL, 0);
        const struct result *r = inflate_run_writer(&w);
        assert_int_equal(r->status, dists == 1 ? WSP_INFLATE_INPUT : WSP_INFLATE_BAD);
        assert_int_equal(r->len, dists == 1 ? 4 : 1);
        assert_memory_equal(r->out, "aaaa", r->len);
    }
}

/* Codes of 1, 2, 3 .. 15, 15 bits: second tables as deep as they get. */
static void inflate_long_codes_are_decoded(void **state)
{
    (void)state;
    for (unsigned pad = 0; pad < 2; pad++) {
        struct writer w = {.bits = 0};
        bits_put_counts(&w, 257, 16);
        bits_put_zeros(&w, 'a');
        for (unsigned len = 1; len <= 15; len++)
            bits_put_length(&w, len);
        bits_put_zeros(&w, 256 - 'a' - 15);
        bits_put_length(&w, 15);
        for (unsigned len = 1; len <= 15; len++)
            bits_put_length(&w, len);
        bits_put_length(&w, 15);
        for (unsigned len = 15; len >= 1; len--)
            bits_put_code(&w, (1u << len) - 2, len);
        bits_put_code(&w, 0x7FFF, 15);
        bits_put_stored(&w, NULL, 0);
        for (unsigned i = 0; i < pad * 20; i++)
            bits_put_stored(&w, NULL, 0);
        const struct result *r = inflate_run_writer(&w);
        assert_int_equal(r->status, WSP_INFLATE_INPUT);
        assert_true(r->between);
        assert_int_equal(r->len, 15);
        assert_memory_equal(r->out, "onmlkjihgfedcba", 15);
    }
}

static void inflate_bad_stays_bad(void **state)
{
    (void)state;
    uint8_t out[4];
    struct wsp_inflate_call io = {
        .in = (const uint8_t *)"\x07\x00", .in_len = 2, .out = out, .out_cap = 4, .window = 256};
    wsp_inflate_init(inflate_fix.z);
    assert_int_equal(wsp_inflate_run(inflate_fix.z, &io), WSP_INFLATE_BAD);
    io.in = (const uint8_t *)"\x00\x00\xff\xff";
    io.in_len = 4;
    assert_int_equal(wsp_inflate_run(inflate_fix.z, &io), WSP_INFLATE_BAD);
    assert_false(wsp_inflate_between_blocks(inflate_fix.z));
    wsp_inflate_init(inflate_fix.z);
    io.in = (const uint8_t *)"\x00\x00\x00\xff\xff";
    io.in_len = 5;
    assert_int_equal(wsp_inflate_run(inflate_fix.z, &io), WSP_INFLATE_INPUT);
    assert_true(wsp_inflate_between_blocks(inflate_fix.z));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inflate_bad_block_type_is_refused),
        cmocka_unit_test(inflate_stored_lengths_that_disagree_are_refused),
        cmocka_unit_test(inflate_codes_not_in_use_are_refused),
        cmocka_unit_test(inflate_counts_too_high_are_refused),
        cmocka_unit_test(inflate_bad_code_length_codes_are_refused),
        cmocka_unit_test(inflate_bad_repeats_are_refused),
        cmocka_unit_test(inflate_bad_codes_are_refused),
        cmocka_unit_test(inflate_lone_codes_are_taken_and_their_twin_refused),
        cmocka_unit_test(inflate_long_codes_are_decoded),
        cmocka_unit_test(inflate_bad_stays_bad),
    };
    return cmocka_run_group_tests(tests, inflate_setup, inflate_teardown);
}
