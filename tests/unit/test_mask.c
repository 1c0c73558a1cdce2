#include "codec/mask.h"
#include "support/guard.h"
#include "support/kernels.h"
#include "support/testing.h"

#define LONGEST 300u
#define ROOM (LONGEST + 96)
/* More than the widest kernel wants before it looks at alignments */
#define LONG 1400u
#define LONG_ROOM (LONG + 64)

/* Those under test: main has every test run with each set. */
static struct wsp_kernels kernels;

static const uint8_t key[4] = {0x11, 0x92, 0x53, 0xF4};

static void mask(uint8_t *dst, const uint8_t *src, size_t len, uint64_t offset)
{
    kernels.mask(dst, src, len, wsp_mask_word(key, offset));
}

/* RFC 6455 5.3, as it is written there */
static void naive_mask(uint8_t *dst, const uint8_t *src, size_t len, uint64_t offset)
{
    for (size_t i = 0; i < len; i++)
        dst[i] = src[i] ^ key[(offset + i) % 4];
}

static void pattern(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(i * 37 + 11);
}

/* Masks into guard bytes of 0xEE; dst_shift and src_shift are alignments. */
static void separate(size_t len, uint64_t offset, size_t dst_shift, size_t src_shift)
{
    uint8_t src[ROOM], dst[ROOM], want[ROOM], src_was[ROOM];
    pattern(src, ROOM);
    memcpy(src_was, src, ROOM);
    memset(dst, 0xEE, ROOM);
    memset(want, 0xEE, ROOM);
    naive_mask(want + 16 + dst_shift, src + 16 + src_shift, len, offset);
    mask(dst + 16 + dst_shift, src + 16 + src_shift, len, offset);
    if (memcmp(dst, want, ROOM) != 0 || memcmp(src, src_was, ROOM) != 0)
        fail_msg("len %zu offset %u dst +%zu src +%zu", len, (unsigned)offset, dst_shift,
                 src_shift);
}

static void in_place(size_t len, uint64_t offset, size_t shift)
{
    uint8_t data[ROOM], want[ROOM], plain[ROOM];
    pattern(data, ROOM);
    memcpy(plain, data, ROOM);
    memcpy(want, data, ROOM);
    naive_mask(want + 16 + shift, data + 16 + shift, len, offset);
    mask(data + 16 + shift, data + 16 + shift, len, offset);
    if (memcmp(data, want, ROOM) != 0)
        fail_msg("in place: len %zu offset %u +%zu", len, (unsigned)offset, shift);
    mask(data + 16 + shift, data + 16 + shift, len, offset);
    if (memcmp(data, plain, ROOM) != 0)
        fail_msg("twice: len %zu offset %u +%zu", len, (unsigned)offset, shift);
}

static void mask_separate_matches_twin(void **unused)
{
    (void)unused;
    size_t stride = test_subset() ? 13 : 1;
    for (size_t len = 0; len <= LONGEST; len += stride) {
        for (uint64_t offset = 0; offset <= 8; offset++) {
            for (size_t shift = 0; shift < 64; shift++)
                separate(len, offset, shift % 8, shift / 8);
        }
    }
}

static void mask_in_place_matches_twin(void **unused)
{
    (void)unused;
    for (size_t len = 0; len <= LONGEST; len++) {
        for (uint64_t offset = 0; offset <= 8; offset++) {
            for (size_t shift = 0; shift < 16; shift++)
                in_place(len, offset, shift);
        }
    }
}

static void mask_long_matches_twin_at_every_place(void **unused)
{
    (void)unused;
    static uint8_t src[LONG_ROOM], dst[LONG_ROOM], want[LONG_ROOM];
    pattern(src, LONG_ROOM);
    size_t stride = test_subset() ? 101 : 7;
    for (size_t len = LONGEST; len <= LONG; len += stride) {
        for (size_t shift = 0; shift < 64; shift++) {
            memset(want, 0xEE, LONG_ROOM);
            memset(dst, 0xEE, LONG_ROOM);
            naive_mask(want + shift, src + len % 64, len, shift);
            mask(dst + shift, src + len % 64, len, shift);
            assert_memory_equal(dst, want, LONG_ROOM);
            mask(dst + shift, dst + shift, len, shift);
            assert_memory_equal(dst + shift, src + len % 64, len);
        }
    }
}

static void mask_stays_between_guard_pages(void **unused)
{
    (void)unused;
    struct guard *from = guard_new(LONGEST);
    struct guard *to = guard_new(LONGEST);
    uint8_t data[LONGEST], want[LONGEST];
    pattern(data, LONGEST);
    for (size_t len = 0; len <= LONGEST; len++) {
        naive_mask(want, data, len, len);
        uint8_t *src = guard_at_end(from, data, len);
        uint8_t *dst = guard_at_end(to, NULL, len);
        mask(dst, src, len, len);
        assert_memory_equal(dst, want, len);
        mask(src, src, len, len);
        assert_memory_equal(src, want, len);
        src = guard_at_start(from, data, len);
        dst = guard_at_start(to, NULL, len);
        mask(dst, src, len, len);
        assert_memory_equal(dst, want, len);
    }
    guard_free(from);
    guard_free(to);
}

static void mask_pieces_give_the_whole(void **unused)
{
    (void)unused;
    uint8_t data[LONGEST], want[LONGEST], got[LONGEST];
    pattern(data, LONGEST);
    naive_mask(want, data, LONGEST, 0);
    for (size_t cut = 0; cut <= LONGEST; cut++) {
        mask(got, data, cut, 0);
        mask(got + cut, data + cut, LONGEST - cut, cut);
        assert_memory_equal(got, want, LONGEST);
    }
}

static void mask_function_takes_key_and_offset(void **unused)
{
    (void)unused;
    uint8_t data[LONGEST], want[LONGEST];
    pattern(data, LONGEST);
    naive_mask(want, data, LONGEST, 3);
    wsp_mask(data, data, LONGEST, key, 3);
    assert_memory_equal(data, want, LONGEST);
}

static void mask_offset_above_32_bits_counts_mod_4(void **unused)
{
    (void)unused;
    static const uint64_t offsets[] = {UINT64_C(0xFFFFFFFF), UINT64_C(0x100000001),
                                       UINT64_C(0x7FFFFFFFFFFFFFFE), UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
        uint8_t data[20], want[20];
        pattern(data, sizeof data);
        naive_mask(want, data, sizeof data, offsets[i] % 4);
        mask(data, data, sizeof data, offsets[i]);
        assert_memory_equal(data, want, sizeof data);
    }
}

static void mask_key_of_zeros_copies(void **unused)
{
    (void)unused;
    uint8_t data[LONGEST], got[LONGEST];
    pattern(data, LONGEST);
    kernels.mask(got, data, LONGEST, 0);
    assert_memory_equal(got, data, LONGEST);
    kernels.mask(got, got, LONGEST, 0);
    assert_memory_equal(got, data, LONGEST);
}

static void mask_word_is_the_key_from_its_offset(void **unused)
{
    (void)unused;
    for (uint64_t offset = 0; offset < 9; offset++) {
        uint8_t want[8], got[8];
        for (size_t i = 0; i < 8; i++)
            want[i] = key[(offset + i) % 4];
        wsp_store64(got, wsp_mask_word(key, offset));
        assert_memory_equal(got, want, 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mask_separate_matches_twin),
        cmocka_unit_test(mask_in_place_matches_twin),
        cmocka_unit_test(mask_long_matches_twin_at_every_place),
        cmocka_unit_test(mask_stays_between_guard_pages),
        cmocka_unit_test(mask_pieces_give_the_whole),
        cmocka_unit_test(mask_function_takes_key_and_offset),
        cmocka_unit_test(mask_offset_above_32_bits_counts_mod_4),
        cmocka_unit_test(mask_key_of_zeros_copies),
        cmocka_unit_test(mask_word_is_the_key_from_its_offset),
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
