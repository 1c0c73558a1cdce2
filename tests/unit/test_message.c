/* Frames become messages: in place or collected, checked, limited, lent. */
#include "support/testing.h"

#include "conn/message.h"
#include "support/alloc.h"

static void *counted(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    return test_alloc_call(ctx, ptr, old_len, new_len);
}

struct fixture {
    struct test_alloc alloc;
    wsp_endpoint *e;
    struct wsp_message m;
    struct wsp_limits limits;
    const char *rule;
    struct wsp_slice out;
};

static void begin(struct fixture *f, const struct wsp_limits *limits)
{
    memset(f, 0, sizeof *f);
    struct wsp_config cfg = {.alloc = counted, .ctx = &f->alloc};
    assert_int_equal(wsp_endpoint_new(&f->e, &cfg), WSP_OK);
    assert_true(wsp_limits_fill(&f->limits, limits));
}

static void end(struct fixture *f)
{
    wsp_message_drop(&f->m, f->e);
    wsp_endpoint_recycle(f->e);
    wsp_endpoint_free(f->e);
    assert_int_equal(f->alloc.live, 0);
}

static int frame(struct fixture *f, enum wsp_opcode opcode, bool fin, uint64_t len)
{
    struct wsp_frame h = {.opcode = opcode, .fin = fin, .payload_len = len};
    return wsp_message_frame(&f->m, &h, &f->limits, &f->rule);
}

/* A whole frame's unmasked payload as one piece. */
static int payload(struct fixture *f, char *text, size_t len, bool fin)
{
    struct wsp_piece p = {.in = (uint8_t *)text, .len = len, .left = len, .fin = fin};
    return wsp_message_piece(&f->m, f->e, &p, &f->out, &f->rule);
}

static const struct wsp_limits defaults;

static void message_in_one_frame_is_not_copied(void **state)
{
    (void)state;
    struct fixture f;
    char text[] = "hello";
    begin(&f, &defaults);
    size_t calls = f.alloc.calls;
    assert_int_equal(frame(&f, WSP_TEXT, true, 5), WSP_OK);
    assert_int_equal(payload(&f, text, 5, true), WSP_OK);
    assert_ptr_equal(f.out.data, text);
    wsp_message_end(&f.m, f.e);
    assert_int_equal(f.alloc.calls, calls);
    end(&f);
}

static void message_in_two_frames_is_collected_and_lent(void **state)
{
    (void)state;
    struct fixture f;
    char a[] = "hel";
    char b[] = "lo";
    begin(&f, &defaults);
    assert_int_equal(frame(&f, WSP_TEXT, false, 3), WSP_OK);
    assert_int_equal(payload(&f, a, 3, false), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, true, 2), WSP_OK);
    assert_int_equal(payload(&f, b, 2, true), WSP_OK);
    assert_int_equal(f.out.len, 5);
    assert_memory_equal(f.out.data, "hello", 5);
    wsp_message_end(&f.m, f.e);
    assert_null(f.m.buf.data);
    assert_memory_equal(f.out.data, "hello", 5);
    assert_int_equal(f.m.opcode, 0);
    end(&f);
}

static void message_masked_read_only_leaves_the_input(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t in[] = {'a' ^ 1, 'b' ^ 2, 'c' ^ 3};
    static const uint8_t key[4] = {1, 2, 3, 4};
    uint8_t copy[3];
    memcpy(copy, in, 3);
    begin(&f, &defaults);
    assert_int_equal(frame(&f, WSP_BINARY, true, 3), WSP_OK);
    struct wsp_piece p = {
        .in = in, .len = 3, .key = key, .left = 3, .fin = true, .read_only = true};
    assert_int_equal(wsp_message_piece(&f.m, f.e, &p, &f.out, &f.rule), WSP_OK);
    assert_memory_equal(f.out.data, "abc", 3);
    assert_memory_equal(in, copy, 3);
    end(&f);
}

static void message_over_the_limit_is_refused_before_memory(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_limits limits = {.message = 10};
    char text[10] = "0123456789";
    begin(&f, &limits);
    size_t calls = f.alloc.calls;
    assert_int_equal(frame(&f, WSP_BINARY, true, 11), WSP_ERR_TOO_BIG);
    assert_int_equal(frame(&f, WSP_BINARY, true, UINT64_MAX / 2), WSP_ERR_TOO_BIG);
    assert_int_equal(f.alloc.calls, calls);
    assert_int_equal(frame(&f, WSP_BINARY, false, 6), WSP_OK);
    assert_int_equal(payload(&f, text, 6, false), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, true, 5), WSP_ERR_TOO_BIG);
    assert_int_equal(frame(&f, WSP_CONTINUATION, true, UINT64_MAX), WSP_ERR_TOO_BIG);
    assert_int_equal(frame(&f, WSP_CONTINUATION, true, 4), WSP_OK);
    end(&f);
}

static void message_frames_are_counted(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_limits limits = {.fragments = 3};
    char text[] = "x";
    begin(&f, &limits);
    assert_int_equal(frame(&f, WSP_BINARY, false, 1), WSP_OK);
    assert_int_equal(payload(&f, text, 1, false), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, false, 1), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, false, 1), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, true, 1), WSP_ERR_TOO_BIG);
    end(&f);
}

static void message_empty_frames_in_a_row_are_counted(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_limits limits = {.empty_fragments = 2};
    begin(&f, &limits);
    assert_int_equal(frame(&f, WSP_BINARY, false, 0), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, false, 0), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, false, 1), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, false, 0), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, false, 0), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, false, 0), WSP_ERR_TOO_BIG);
    end(&f);
}

static void message_bad_text_is_refused_at_the_piece(void **state)
{
    (void)state;
    struct fixture f;
    char good[] = "\xC3";
    char bad[] = "\x28";
    begin(&f, &defaults);
    assert_int_equal(frame(&f, WSP_TEXT, false, 1), WSP_OK);
    assert_int_equal(payload(&f, good, 1, false), WSP_OK);
    assert_int_equal(frame(&f, WSP_CONTINUATION, false, 1), WSP_OK);
    assert_int_equal(payload(&f, bad, 1, false), WSP_ERR_UTF8);
    assert_non_null(f.rule);
    end(&f);
}

static void message_text_cut_at_its_end_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    char cut[] = "\xE2\x82";
    begin(&f, &defaults);
    assert_int_equal(frame(&f, WSP_TEXT, true, 2), WSP_OK);
    assert_int_equal(payload(&f, cut, 2, true), WSP_ERR_UTF8);
    end(&f);
}

static void message_space_is_where_the_piece_goes(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t *at = NULL;
    begin(&f, &defaults);
    assert_int_equal(frame(&f, WSP_BINARY, true, 100000), WSP_OK);
    size_t room = wsp_message_space(&f.m, f.e, 100000, &at);
    assert_true(room >= 4096 && room <= 100000);
    memset(at, 'x', room);
    struct wsp_piece p = {.in = at, .len = room, .left = 100000, .fin = true};
    size_t calls = f.alloc.calls;
    assert_int_equal(wsp_message_piece(&f.m, f.e, &p, &f.out, &f.rule), WSP_OK);
    assert_int_equal(f.alloc.calls, calls);
    assert_ptr_equal(f.m.buf.data + f.m.buf.len, at + room);
    end(&f);
}

static void message_space_for_little_is_none(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t *at = NULL;
    begin(&f, &defaults);
    assert_int_equal(wsp_message_space(&f.m, f.e, 4095, &at), 0);
    f.m.streaming = true;
    assert_int_equal(wsp_message_space(&f.m, f.e, 100000, &at), 0);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_in_one_frame_is_not_copied),
        cmocka_unit_test(message_in_two_frames_is_collected_and_lent),
        cmocka_unit_test(message_masked_read_only_leaves_the_input),
        cmocka_unit_test(message_over_the_limit_is_refused_before_memory),
        cmocka_unit_test(message_frames_are_counted),
        cmocka_unit_test(message_empty_frames_in_a_row_are_counted),
        cmocka_unit_test(message_bad_text_is_refused_at_the_piece),
        cmocka_unit_test(message_text_cut_at_its_end_is_refused),
        cmocka_unit_test(message_space_is_where_the_piece_goes),
        cmocka_unit_test(message_space_for_little_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
