/*
 * The output queue against its invariants: what was shown neither moves nor changes, control frames
 * stand at frame boundaries, the Close frame is last, and the counts are right.
 */
#include "support/testing.h"

#include "conn/outq.h"
#include "support/alloc.h"
#include "support/entropy.h"

static void *counted(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    return test_alloc_call(ctx, ptr, old_len, new_len);
}

struct fixture {
    struct test_alloc alloc;
    wsp_endpoint *e;
    struct wsp_outq q;
    uint8_t out[1u << 20]; /* all that was sent */
    size_t out_len;
};

static struct fixture *fixture_new(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct wsp_config cfg = {.alloc = counted, .ctx = &f->alloc};
    assert_non_null(f);
    assert_int_equal(wsp_endpoint_new(&f->e, &cfg), WSP_OK);
    return f;
}

static void fixture_free(struct fixture *f)
{
    wsp_outq_free(&f->q, f->e);
    wsp_endpoint_free(f->e);
    assert_int_equal(f->alloc.live, 0);
    free(f);
}

static void put_data(struct fixture *f, uint8_t fill, size_t len)
{
    struct wsp_frame frame = {.opcode = WSP_BINARY, .fin = true, .payload_len = len};
    uint8_t header[WSP_FRAME_HEADER_MAX];
    size_t n = wsp_frame_write(header, &frame);
    struct wsp_chunk *room = wsp_outq_room(&f->q, f->e, n + len, WSP_CHUNK_FRAMES);
    assert_non_null(room);
    memcpy(wsp_chunk_end(room), header, n);
    memset(wsp_chunk_end(room) + n, fill, len);
    wsp_outq_commit(&f->q, room, n + len, len);
}

static bool put_control(struct fixture *f, enum wsp_opcode opcode, const char *text)
{
    struct wsp_slice payload = {(const uint8_t *)text, strlen(text)};
    assert_non_null(wsp_outq_control(&f->q, f->e));
    return wsp_outq_put(&f->q, opcode, payload, NULL);
}

static void send_some(struct fixture *f, size_t max_slices, size_t most)
{
    struct wsp_slice v[64];
    size_t n = wsp_outq_pending(&f->q, v, max_slices);
    size_t left = most;
    size_t sum = 0;
    for (size_t i = 0; i < n && left > 0; i++) {
        size_t take = v[i].len < left ? v[i].len : left;
        assert_true(f->out_len + take <= sizeof f->out);
        memcpy(f->out + f->out_len, v[i].data, take);
        f->out_len += take;
        left -= take;
        sum += take;
    }
    assert_int_equal(wsp_outq_sent(&f->q, f->e, sum), sum);
}

static void send_all(struct fixture *f)
{
    while (!wsp_outq_empty(&f->q))
        send_some(f, 64, SIZE_MAX);
}

/* The opcodes of what was sent, one letter each: B data, 9 ping, A pong, 8 close. */
static void check_sent(const struct fixture *f, const char *expected)
{
    char got[256] = "";
    size_t n = 0;
    for (size_t at = 0; at < f->out_len && n + 1 < sizeof got;) {
        struct wsp_frame frame;
        int len = wsp_frame_parse(&frame, f->out + at, f->out_len - at);
        assert_true(len > 0);
        got[n++] = "CTB.....89A"[frame.opcode];
        at += (size_t)len + (size_t)frame.payload_len;
        assert_true(at <= f->out_len);
    }
    got[n] = '\0';
    assert_string_equal(got, expected);
}

static void outq_small_frames_are_one_slice(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct wsp_slice v[4];
    put_data(f, 1, 10);
    put_data(f, 2, 20);
    assert_int_equal(wsp_outq_pending(&f->q, v, 4), 1);
    assert_int_equal(v[0].len, 34);
    assert_int_equal(f->q.buffered, 30);
    send_all(f);
    check_sent(f, "BB");
    assert_int_equal(f->q.buffered, 0);
    fixture_free(f);
}

static void outq_shown_bytes_stay_put(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct wsp_slice v[4];
    uint8_t copy[64];
    put_data(f, 7, 30);
    assert_int_equal(wsp_outq_pending(&f->q, v, 4), 1);
    const uint8_t *at = v[0].data;
    size_t len = v[0].len;
    memcpy(copy, at, len);
    for (int i = 0; i < 100; i++) {
        put_data(f, 8, 300);
        put_control(f, WSP_PONG, "late");
        assert_memory_equal(at, copy, len);
    }
    assert_true(wsp_outq_pending(&f->q, v, 4) >= 1);
    assert_ptr_equal(v[0].data, at);
    assert_int_equal(v[0].len, len);
    fixture_free(f);
}

static void outq_pong_goes_behind_what_was_shown(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct wsp_slice v[4];
    put_data(f, 1, 10);
    (void)wsp_outq_pending(&f->q, v, 4);
    put_data(f, 2, 10);
    put_control(f, WSP_PONG, "x");
    put_data(f, 3, 10);
    send_all(f);
    check_sent(f, "BABB");
    fixture_free(f);
}

static void outq_newest_pong_replaces_the_waiting_one(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    assert_true(put_control(f, WSP_PONG, "old"));
    assert_false(put_control(f, WSP_PONG, "newest"));
    assert_int_equal(f->q.queued, 8);
    send_all(f);
    check_sent(f, "A");
    assert_memory_equal(f->out + 2, "newest", 6);
    fixture_free(f);
}

static void outq_blocked_pongs_memory_is_flat(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct wsp_slice v[4];
    put_data(f, 1, 10);
    put_control(f, WSP_PONG, "first");
    (void)wsp_outq_pending(&f->q, v, 4);
    size_t live = f->alloc.live;
    for (int i = 0; i < 1000; i++) {
        put_control(f, WSP_PONG, "more");
        (void)wsp_outq_pending(&f->q, v, 4);
    }
    assert_int_equal(f->alloc.live, live);
    send_all(f);
    check_sent(f, "ABA");
    fixture_free(f);
}

static void outq_close_is_last_and_nothing_follows(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct wsp_slice v[8];
    struct wsp_slice reason = {(const uint8_t *)"bye", 3};
    put_data(f, 1, 10);
    assert_non_null(wsp_outq_control(&f->q, f->e));
    wsp_outq_close(&f->q, 1000, reason, NULL);
    put_control(f, WSP_PONG, "before");
    assert_int_equal(wsp_outq_pending(&f->q, v, 8), 3);
    put_control(f, WSP_PONG, "too late");
    (void)wsp_outq_pending(&f->q, v, 8);
    send_all(f);
    check_sent(f, "AB8");
    fixture_free(f);
}

static void outq_cut_keeps_what_was_shown(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct wsp_slice v[8];
    put_data(f, 1, 10);
    (void)wsp_outq_pending(&f->q, v, 8);
    put_data(f, 2, 10);
    put_data(f, 3, 9000);
    put_control(f, WSP_PONG, "dropped");
    wsp_outq_cut(&f->q, f->e);
    assert_int_equal(f->q.queued, 12);
    assert_non_null(wsp_outq_control(&f->q, f->e));
    wsp_outq_close(&f->q, 1002, (struct wsp_slice){NULL, 0}, NULL);
    send_all(f);
    check_sent(f, "B8");
    fixture_free(f);
}

static void outq_cut_with_nothing_shown_drops_all(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    put_data(f, 1, 10);
    put_data(f, 1, 9000);
    wsp_outq_cut(&f->q, f->e);
    assert_int_equal(f->q.queued, 0);
    assert_int_equal(f->q.buffered, 0);
    put_data(f, 2, 5);
    send_all(f);
    check_sent(f, "B");
    fixture_free(f);
}

static void outq_cut_never_drops_an_http_head(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct wsp_chunk *room = wsp_outq_room(&f->q, f->e, 4, WSP_CHUNK_HTTP);
    memcpy(wsp_chunk_end(room), "HTTP", 4);
    wsp_outq_commit(&f->q, room, 4, 0);
    put_data(f, 1, 10);
    wsp_outq_cut(&f->q, f->e);
    send_all(f);
    assert_int_equal(f->out_len, 4);
    assert_memory_equal(f->out, "HTTP", 4);
    fixture_free(f);
}

static void outq_buffered_falls_at_a_frames_last_byte(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    put_data(f, 1, 100); /* 102 on the wire */
    put_data(f, 2, 200); /* 204 */
    send_some(f, 8, 101);
    assert_int_equal(f->q.buffered, 300);
    send_some(f, 8, 1);
    assert_int_equal(f->q.buffered, 200);
    send_some(f, 8, 203);
    assert_int_equal(f->q.buffered, 200);
    send_some(f, 8, 1);
    assert_int_equal(f->q.buffered, 0);
    fixture_free(f);
}

static void outq_buffered_of_a_large_frame_falls_by_steps(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    put_data(f, 1, 200000); /* 10 + 200000 */
    send_some(f, 8, 10 + 65535);
    assert_int_equal(f->q.buffered, 200000);
    send_some(f, 8, 1);
    assert_int_equal(f->q.buffered, 200000 - 65536);
    send_some(f, 8, 2 * 65536);
    assert_int_equal(f->q.buffered, 200000 - 3 * 65536);
    send_all(f);
    assert_int_equal(f->q.buffered, 0);
    fixture_free(f);
}

static void outq_room_given_back_leaves_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct wsp_slice v[4];
    struct wsp_chunk *room = wsp_outq_room(&f->q, f->e, 100, WSP_CHUNK_FRAMES);
    wsp_outq_give_back(&f->q, f->e, room);
    assert_int_equal(wsp_outq_pending(&f->q, v, 4), 0);
    put_data(f, 1, 10);
    room = wsp_outq_room(&f->q, f->e, 100, WSP_CHUNK_FRAMES);
    wsp_outq_give_back(&f->q, f->e, room);
    send_all(f);
    check_sent(f, "B");
    fixture_free(f);
}

static void outq_sent_more_than_shown_counts_what_was_shown(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct wsp_slice v[4];
    put_data(f, 1, 10);
    (void)wsp_outq_pending(&f->q, v, 4);
    put_data(f, 2, 10);
    assert_int_equal(wsp_outq_sent(&f->q, f->e, 1000), 12);
    assert_int_equal(f->q.queued, 12);
    fixture_free(f);
}

/* Frames, pings, pongs in random order, shown and sent by random pieces: the stream stays whole. */
static void outq_random_use_frames_stay_whole(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    uint64_t seed = 11;
    size_t data = 0;
    for (int i = 0; i < 3000 && f->out_len < 900000; i++) {
        size_t what = test_random_below(&seed, 8);
        if (what < 3 && f->q.queued < 50000) {
            put_data(f, 1, test_random_below(&seed, what == 0 ? 6000 : 200));
            data++;
        } else if (what == 3) {
            put_control(f, WSP_PONG, "pong");
        } else if (what == 4) {
            put_control(f, WSP_PING, "ping");
        } else {
            send_some(f, 1 + test_random_below(&seed, 5), test_random_below(&seed, 3000));
        }
    }
    send_all(f);
    assert_int_equal(f->q.buffered, 0);
    for (size_t at = 0; at < f->out_len;) {
        struct wsp_frame frame;
        int len = wsp_frame_parse(&frame, f->out + at, f->out_len - at);
        assert_true(len > 0);
        at += (size_t)len + (size_t)frame.payload_len;
        assert_true(at <= f->out_len);
        data -= frame.opcode == WSP_BINARY;
    }
    assert_int_equal(data, 0);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outq_small_frames_are_one_slice),
        cmocka_unit_test(outq_shown_bytes_stay_put),
        cmocka_unit_test(outq_pong_goes_behind_what_was_shown),
        cmocka_unit_test(outq_newest_pong_replaces_the_waiting_one),
        cmocka_unit_test(outq_blocked_pongs_memory_is_flat),
        cmocka_unit_test(outq_close_is_last_and_nothing_follows),
        cmocka_unit_test(outq_cut_keeps_what_was_shown),
        cmocka_unit_test(outq_cut_with_nothing_shown_drops_all),
        cmocka_unit_test(outq_cut_never_drops_an_http_head),
        cmocka_unit_test(outq_buffered_falls_at_a_frames_last_byte),
        cmocka_unit_test(outq_buffered_of_a_large_frame_falls_by_steps),
        cmocka_unit_test(outq_room_given_back_leaves_nothing),
        cmocka_unit_test(outq_sent_more_than_shown_counts_what_was_shown),
        cmocka_unit_test(outq_random_use_frames_stay_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
