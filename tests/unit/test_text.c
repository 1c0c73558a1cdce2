/* text: measuring and writing are the same; nothing is written past the room. */
#include "support/testing.h"

#include "base/text.h"

static void add_all(struct wsp_text *t)
{
    static const uint8_t bytes[] = {0x00, 0xFF};
    struct wsp_slice slice = {(const uint8_t *)"slice", 5};
    struct wsp_slice none = {NULL, 0};
    wsp_text_add(t, "a");
    wsp_text_add(t, "");
    wsp_text_bytes(t, bytes, sizeof bytes);
    wsp_text_bytes(t, NULL, 0);
    wsp_text_slice(t, slice);
    wsp_text_slice(t, none);
    wsp_text_number(t, 1024);
}

static void text_measured_then_written(void **state)
{
    struct wsp_text measured = {NULL, 0, 0};
    add_all(&measured);
    assert_int_equal(measured.len, 12);
    char *memory = malloc(measured.len); /* exact: sanitizers see one byte too many */
    assert_non_null(memory);
    struct wsp_text written = {memory, measured.len, 0};
    add_all(&written);
    assert_int_equal(written.len, 12);
    assert_memory_equal(memory, "a\0\xFFslice1024", 12);
    free(memory);
    (void)state;
}

static void text_too_small_counts_on(void **state)
{
    for (size_t room = 0; room < 12; room++) {
        char *memory = malloc(room > 0 ? room : 1);
        assert_non_null(memory);
        memset(memory, '#', room > 0 ? room : 1);
        struct wsp_text t = {room > 0 ? memory : NULL, room, 0};
        add_all(&t);
        assert_int_equal(t.len, 12);
        free(memory);
    }
    (void)state;
}

/* A piece that does not fit keeps all later ones out, or the text would have a hole. */
static void text_hole_not_left(void **state)
{
    char memory[4] = "####";
    struct wsp_text t = {memory, 4, 0};
    wsp_text_add(&t, "ab");
    wsp_text_add(&t, "cde");
    wsp_text_add(&t, "");
    wsp_text_add(&t, "f");
    assert_int_equal(t.len, 6);
    assert_memory_equal(memory, "ab##", 4);
    (void)state;
}

static void text_numbers(void **state)
{
    static const struct {
        uint64_t number;
        const char *text;
    } rows[] = {{0, "0"},
                {9, "9"},
                {10, "10"},
                {101, "101"},
                {4294967296, "4294967296"},
                {UINT64_MAX, "18446744073709551615"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char memory[20];
        struct wsp_text t = {memory, sizeof memory, 0};
        wsp_text_number(&t, rows[i].number);
        assert_int_equal(t.len, strlen(rows[i].text));
        assert_memory_equal(memory, rows[i].text, t.len);
    }
    (void)state;
}

static void text_length_saturates(void **state)
{
    struct wsp_text t = {NULL, 0, 1};
    wsp_text_bytes(&t, "x", SIZE_MAX);
    assert_true(t.len == SIZE_MAX);
    wsp_text_add(&t, "y");
    assert_true(t.len == SIZE_MAX);
    (void)state;
}

static void text_slice_of(void **state)
{
    assert_int_equal(wsp_slice_of(NULL).len, 0);
    assert_int_equal(wsp_slice_of("").len, 0);
    assert_int_equal(wsp_slice_of("abc").len, 3);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_measured_then_written), cmocka_unit_test(text_too_small_counts_on),
        cmocka_unit_test(text_hole_not_left),         cmocka_unit_test(text_numbers),
        cmocka_unit_test(text_length_saturates),      cmocka_unit_test(text_slice_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
