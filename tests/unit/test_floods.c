/* Floods of small frames with output blocked: memory stays flat, each costs the same, and limits
 * end them. */
#include <time.h>

#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

#define BLOCKS 10 /* the flood is measured in so many parts */

struct flood {
    struct world w;
    wsp_endpoint *e;
    wsp_conn *c;
    uint64_t frames;
    bool bytewise;
    bool show; /* wsp_pending is called, nothing is ever sent */
};

static uint64_t flood_size(bool bytewise)
{
    return test_subset() ? 10000 : bytewise ? 100000 : 1000000;
}

static void flood_begin(struct flood *f, enum wsp_role role, const struct wsp_config *given)
{
    struct wsp_config cfg = *given;
    world_init(&f->w, &cfg);
    assert_int_equal(wsp_endpoint_new(&f->e, &cfg), WSP_OK);
    f->c = world_adopt(f->e, role);
}

static void flood_end(struct flood *f)
{
    wsp_conn_free(f->c);
    world_end(&f->w, f->e);
}

static void flood_feed(struct flood *f, const uint8_t *data, size_t len)
{
    struct wsp_event ev;
    struct wsp_slice s[4];
    uint8_t copy[64];
    memcpy(copy, data, len);
    for (size_t at = 0; at < len; at += f->bytewise ? 1 : len) {
        struct wsp_input in = {.data = copy + at, .len = f->bytewise ? 1 : len};
        while (wsp_feed(f->c, &in, &ev) != WSP_EVENT_NONE)
            assert_true(ev.type != WSP_EVENT_CLOSE);
        assert_int_equal(in.len, 0);
    }
    if (f->show)
        assert_true(wsp_pending(f->c, s, ARRAY_LEN(s)) <= ARRAY_LEN(s));
}

/* The processor time of each part is about the same: the slowest takes no more than 6 times the
 * fastest, and 20 ms for the machine's own noise. */
static void assert_constant_time(const clock_t spent[BLOCKS])
{
    clock_t least = spent[0], most = spent[0];
    for (size_t i = 1; i < BLOCKS; i++) {
        least = spent[i] < least ? spent[i] : least;
        most = spent[i] > most ? spent[i] : most;
    }
    assert_true(most <= 6 * least + CLOCKS_PER_SEC / 50);
}

/* Repeats one frame. Memory may grow by at most grow bytes a frame after the first part, and 256
 * bytes. */
static void flood_run(struct flood *f, const struct blob *frame, size_t grow)
{
    clock_t spent[BLOCKS];
    size_t live = 0, calls = 0;
    uint64_t each = flood_size(f->bytewise) / BLOCKS;
    for (size_t b = 0; b < BLOCKS; b++) {
        clock_t start = clock();
        for (uint64_t i = 0; i < each; i++)
            flood_feed(f, frame->data, frame->len);
        spent[b] = clock() - start;
        if (b == 0) {
            live = f->w.alloc.live;
            calls = f->w.alloc.calls;
        }
    }
    assert_int_equal(wsp_ready_state(f->c), WSP_OPEN);
    assert_true(f->w.alloc.live <= live + 256 + 3 * grow * each * (BLOCKS - 1));
    assert_true(f->w.alloc.calls - calls <= (grow == 0 ? 8 : 64) || f->bytewise);
    assert_constant_time(spent);
}

static void flood_kind(uint8_t head, size_t payload, bool in_message, bool streaming)
{
    static const uint8_t key[4] = {9, 8, 7, 6};
    const struct wsp_config cfg = {.limits = {.empty_fragments = WSP_NO_LIMIT},
                                   .streaming = streaming};
    for (unsigned i = 0; i < 8; i++) {
        struct flood f = {.bytewise = (i & 1) != 0, .show = (i & 2) != 0};
        enum wsp_role role = (i & 4) != 0 ? WSP_CLIENT : WSP_SERVER;
        struct blob frame = {0};
        frame_add(&frame, head, "abcdefgh", payload, role == WSP_SERVER ? key : NULL);
        flood_begin(&f, role, &cfg);
        if (in_message)
            feed_frame(f.c, NULL, WSP_BINARY, "x", 1);
        flood_run(&f, &frame, in_message && !streaming ? payload : 0);
        flood_end(&f);
        blob_free(&frame);
    }
}

static void flood_empty_continuations_memory_flat(void **state)
{
    (void)state;
    flood_kind(WSP_CONTINUATION, 0, true, false);
}

static void flood_one_byte_continuations_memory_by_bytes(void **state)
{
    (void)state;
    flood_kind(WSP_CONTINUATION, 1, true, false);
}

static void flood_streamed_continuations_memory_flat(void **state)
{
    (void)state;
    flood_kind(WSP_CONTINUATION, 1, true, true);
}

static void flood_pings_memory_flat(void **state)
{
    (void)state;
    flood_kind(0x80 | WSP_PING, 8, false, false);
}

static void flood_pongs_memory_flat(void **state)
{
    (void)state;
    flood_kind(0x80 | WSP_PONG, 8, false, false);
}

static void flood_pings_inside_message_memory_flat(void **state)
{
    (void)state;
    flood_kind(0x80 | WSP_PING, 3, true, true);
}

static void flood_empty_messages_memory_flat(void **state)
{
    (void)state;
    flood_kind(0x80 | WSP_TEXT, 0, false, false);
}

/* --- limits end them -------------------------------------------------------------------------- */

/* How many frames are taken before the connection fails as TOO_BIG; the first one began the
 * message. */
static unsigned frames_until_failure(const struct wsp_config *cfg, size_t payload, bool bytewise)
{
    struct flood f = {.bytewise = bytewise};
    struct wsp_close_info info;
    const uint8_t frame[] = {0x00, 0x81, 1, 2, 3, 4, 'x'};
    const uint8_t empty[] = {0x00, 0x80, 1, 2, 3, 4};
    unsigned count = 0;
    flood_begin(&f, WSP_SERVER, cfg);
    feed_frame(f.c, NULL, WSP_BINARY, "x", 1);
    do {
        flood_feed(&f, payload > 0 ? frame : empty, payload > 0 ? sizeof frame : sizeof empty);
        wsp_close_info(f.c, &info);
        count++;
    } while (info.error == WSP_OK && count < 100000);
    assert_int_equal(info.error, WSP_ERR_TOO_BIG);
    assert_int_equal(info.sent_code, 1009);
    flood_end(&f);
    return count;
}

static void limit_empty_fragments_default_129th_fails(void **state)
{
    (void)state;
    const struct wsp_config cfg = {.streaming = false};
    assert_int_equal(frames_until_failure(&cfg, 0, false), 129);
    assert_int_equal(frames_until_failure(&cfg, 0, true), 129);
}

static void limit_empty_fragments_set_next_fails(void **state)
{
    (void)state;
    const struct wsp_config cfg = {.limits = {.empty_fragments = 5}};
    assert_int_equal(frames_until_failure(&cfg, 0, false), 6);
}

static void limit_empty_fragments_broken_by_data_counts_anew(void **state)
{
    (void)state;
    const struct wsp_config cfg = {.limits = {.empty_fragments = 3}};
    struct flood f = {.bytewise = false};
    struct log log = {.opened = true};
    flood_begin(&f, WSP_CLIENT, &cfg);
    feed_script(f.c, &log, "t'a' c'' c'' c'' c'b' c'' P'' c'' C'' T'next' t'' c'' c'' C'c'");
    assert_string_equal(log_line(&log), "PING'' TEXT'ab' TEXT'next' TEXT'c'");
    log_free(&log);
    flood_end(&f);
}

static void limit_fragments_set_next_fails(void **state)
{
    (void)state;
    const struct wsp_config cfg = {.limits = {.fragments = 1000}};
    assert_int_equal(frames_until_failure(&cfg, 1, false), 1000);
    assert_int_equal(frames_until_failure(&cfg, 1, true), 1000);
}

static void limit_message_set_one_byte_fragments_end(void **state)
{
    (void)state;
    const struct wsp_config cfg = {.limits = {.message = 500}};
    assert_int_equal(frames_until_failure(&cfg, 1, false), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flood_empty_continuations_memory_flat),
        cmocka_unit_test(flood_one_byte_continuations_memory_by_bytes),
        cmocka_unit_test(flood_streamed_continuations_memory_flat),
        cmocka_unit_test(flood_pings_memory_flat),
        cmocka_unit_test(flood_pongs_memory_flat),
        cmocka_unit_test(flood_pings_inside_message_memory_flat),
        cmocka_unit_test(flood_empty_messages_memory_flat),
        cmocka_unit_test(limit_empty_fragments_default_129th_fails),
        cmocka_unit_test(limit_empty_fragments_set_next_fails),
        cmocka_unit_test(limit_empty_fragments_broken_by_data_counts_anew),
        cmocka_unit_test(limit_fragments_set_next_fails),
        cmocka_unit_test(limit_message_set_one_byte_fragments_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
