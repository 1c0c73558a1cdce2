/* base: byte order, the allocator's wrappers, growing bytes, error names. */
#include "support/testing.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "support/alloc.h"

static void *counted(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    return test_alloc_call(ctx, ptr, old_len, new_len);
}

static void bytes_big_endian_round_trip(void **state)
{
    (void)state;
    static const uint8_t at[9] = {0xFF, 1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t out[9] = {0xFF};
    assert_int_equal(wsp_load_be16(at + 1), 0x0102);
    assert_int_equal(wsp_load_be32(at + 1), 0x01020304);
    assert_true(wsp_load_be64(at + 1) == UINT64_C(0x0102030405060708));
    wsp_store_be64(out + 1, UINT64_C(0x0102030405060708));
    assert_memory_equal(out, at, sizeof out);
    wsp_store64(out + 1, wsp_load64(at + 1));
    wsp_store32(out + 1, wsp_load32(at + 1));
    assert_memory_equal(out, at, sizeof out);
}

static void mem_libc_new_grow_free(void **state)
{
    (void)state;
    struct wsp_mem m = {wsp_mem_libc, NULL};
    uint8_t *p = wsp_mem_zero(&m, 10);
    assert_non_null(p);
    assert_int_equal(p[9], 0);
    p[9] = 7;
    p = wsp_mem_grow(&m, p, 10, 1000);
    assert_non_null(p);
    assert_int_equal(p[9], 7);
    wsp_mem_free(&m, p, 1000);
    wsp_mem_free(&m, NULL, 0);
}

static void buf_add_in_pieces_same_bytes(void **state)
{
    (void)state;
    struct test_alloc a = {0};
    struct wsp_mem m = {counted, &a};
    struct wsp_buf b = {NULL, 0, 0};
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t byte = (uint8_t)i;
        assert_true(wsp_buf_add(&b, &m, &byte, 1, 5000));
    }
    assert_int_equal(b.len, 1000);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(b.data[i], (uint8_t)i);
    /* Doubling: a thousand additions are a few allocations. */
    assert_true(a.calls <= 6);
    wsp_buf_free(&b, &m);
    assert_int_equal(a.live, 0);
}

static void buf_add_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct test_alloc a = {0};
    struct wsp_mem m = {counted, &a};
    struct wsp_buf b = {NULL, 0, 0};
    static const uint8_t bytes[100];
    assert_true(wsp_buf_add(&b, &m, bytes, 100, 100));
    assert_int_equal(b.cap, 100);
    assert_false(wsp_buf_add(&b, &m, bytes, 1, 100));
    assert_int_equal(b.len, 100);
    wsp_buf_free(&b, &m);
}

static void buf_room_without_memory_is_as_before(void **state)
{
    (void)state;
    struct test_alloc a = {.fail_at = 2};
    struct wsp_mem m = {counted, &a};
    struct wsp_buf b = {NULL, 0, 0};
    assert_true(wsp_buf_add(&b, &m, (const uint8_t *)"abc", 3, 1000));
    assert_false(wsp_buf_room(&b, &m, 500, 1000));
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, "abc", 3);
    wsp_buf_free(&b, &m);
    assert_int_equal(a.live, 0);
}

static void err_every_code_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a > WSP_ERR_LAST; a--) {
        assert_string_not_equal(wsp_strerror(a), "unknown error");
        for (int b = a - 1; b > WSP_ERR_LAST; b--)
            assert_string_not_equal(wsp_strerror(a), wsp_strerror(b));
    }
    assert_string_equal(wsp_strerror(1), "unknown error");
    assert_string_equal(wsp_strerror(WSP_ERR_LAST), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_big_endian_round_trip),
        cmocka_unit_test(mem_libc_new_grow_free),
        cmocka_unit_test(buf_add_in_pieces_same_bytes),
        cmocka_unit_test(buf_add_over_the_limit_is_refused),
        cmocka_unit_test(buf_room_without_memory_is_as_before),
        cmocka_unit_test(err_every_code_has_a_text_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
