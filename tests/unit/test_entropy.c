/* Masking keys and handshake keys: fresh each time, never without entropy, and the caller's bytes
 * stay as they are. */
#include "support/feed.h"
#include "support/guard.h"
#include "support/testing.h"
#include "support/world.h"

struct client {
    struct world w;
    wsp_endpoint *e;
    wsp_conn *c;
};

static void begin(struct client *t)
{
    t->e = world_endpoint(&t->w);
    t->c = world_adopt(t->e, WSP_CLIENT);
}

static void end(struct client *t)
{
    wsp_conn_free(t->c);
    world_end(&t->w, t->e);
}

static uint32_t take_key(wsp_conn *c, struct blob *wire)
{
    struct seen_frame f;
    struct blob payload = {0};
    wire->len = 0;
    (void)take_output(c, wire, SIZE_MAX);
    assert_int_equal(frame_read(&f, &payload, wire->data, wire->len), wire->len);
    assert_true(f.masked);
    blob_free(&payload);
    return (uint32_t)f.key[0] << 24 | (uint32_t)f.key[1] << 16 | (uint32_t)f.key[2] << 8 | f.key[3];
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* 100,000 random keys of 32 bits hold one or two equal pairs by chance; a counter in place of the
 * random source has none, so that each repetition is the library's. */
static int entropy_counter(void *ctx, void *out, size_t len)
{
    uint32_t *counter = ctx;
    uint8_t *bytes = out;
    for (size_t i = 0; i < len; i++) {
        if (i % 4 == 0)
            ++*counter;
        bytes[i] = (uint8_t)(*counter >> (24 - 8 * (i % 4)));
    }
    return 0;
}

static void key_100000_frames_none_repeated(void **state)
{
    (void)state;
    enum { FRAMES = 100000 };
    static uint32_t keys[FRAMES];
    uint32_t counter = 0;
    struct wsp_config cfg = {.entropy = entropy_counter, .ctx = &counter};
    struct wsp_agreed agreed = {.role = WSP_CLIENT};
    struct blob wire = {0};
    wsp_endpoint *e = NULL;
    wsp_conn *c[2] = {NULL, NULL};
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    assert_int_equal(wsp_adopt_new(&c[0], e, &agreed), WSP_OK);
    assert_int_equal(wsp_adopt_new(&c[1], e, &agreed), WSP_OK);
    for (size_t i = 0; i < FRAMES; i++) {
        wsp_conn *one = c[i % 2];
        if (i % 5 == 0)
            assert_int_equal(wsp_send_ping(one, "p", 1), WSP_OK);
        else
            assert_int_equal(wsp_send_text(one, "t", 1), WSP_OK);
        keys[i] = take_key(one, &wire);
        assert_true(keys[i] >= 1 && keys[i] <= counter);
    }
    qsort(keys, FRAMES, sizeof keys[0], by_value);
    for (size_t i = 1; i < FRAMES; i++)
        assert_true(keys[i] != keys[i - 1]);
    blob_free(&wire);
    wsp_conn_free(c[0]);
    wsp_conn_free(c[1]);
    wsp_endpoint_free(e);
}

static void key_fragments_each_its_own(void **state)
{
    (void)state;
    struct client t;
    struct wsp_limits limits = {.send_fragment = 1};
    struct blob wire = {0}, payload = {0};
    uint32_t last = 0;
    unsigned frames = 0;
    begin(&t);
    assert_int_equal(wsp_set_limits(t.c, &limits), WSP_OK);
    assert_int_equal(wsp_send_text(t.c, "abcdefghij", 10), WSP_OK);
    (void)take_output(t.c, &wire, SIZE_MAX);
    for (size_t at = 0; at < wire.len;) {
        struct seen_frame f;
        uint32_t key;
        at += frame_read(&f, &payload, wire.data + at, wire.len - at);
        memcpy(&key, f.key, sizeof key);
        assert_true(key != last);
        last = key;
        frames++;
    }
    assert_int_equal(frames, 10);
    blob_free(&wire);
    blob_free(&payload);
    end(&t);
}

static void key_drawn_from_pool_few_draws(void **state)
{
    (void)state;
    struct client t;
    begin(&t);
    for (unsigned i = 0; i < 640; i++) {
        assert_int_equal(wsp_send_text(t.c, "t", 1), WSP_OK);
        (void)take_output(t.c, NULL, SIZE_MAX);
    }
    assert_int_equal(t.w.entropy.calls, 10); /* 64 keys each */
    end(&t);
}

static void key_server_never_draws(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    w.entropy.fail_at = 1;
    w.entropy.sticky = true;
    assert_int_equal(wsp_send_text(c, "t", 1), WSP_OK);
    feed_script(c, NULL, "P'p'");
    assert_int_equal(wsp_close(c, 1000, NULL, 0), WSP_OK);
    assert_output(c, "O'p' T't' X1000");
    assert_int_equal(w.entropy.calls, 0);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void entropy_fails_every_send_refused_unchanged(void **state)
{
    (void)state;
    struct client t;
    wsp_prepared *p = NULL;
    begin(&t);
    assert_int_equal(wsp_prepare(&p, t.e, WSP_TEXT, "p", 1), WSP_OK);
    t.w.entropy.fail_at = 1;
    t.w.entropy.sticky = true;
    assert_int_equal(wsp_send_text(t.c, "t", 1), WSP_ERR_ENTROPY);
    assert_int_equal(wsp_send_binary(t.c, "t", 1), WSP_ERR_ENTROPY);
    assert_int_equal(wsp_send_part(t.c, WSP_TEXT, "t", 1, false), WSP_ERR_ENTROPY);
    assert_int_equal(wsp_send_ping(t.c, "t", 1), WSP_ERR_ENTROPY);
    assert_int_equal(wsp_send_prepared(t.c, p), WSP_ERR_ENTROPY);
    assert_int_equal(wsp_close(t.c, 1000, NULL, 0), WSP_ERR_ENTROPY);
    assert_int_equal(wsp_ready_state(t.c), WSP_OPEN);
    assert_int_equal(wsp_queued_bytes(t.c), 0);
    assert_int_equal(wsp_buffered_amount(t.c), 0);
    t.w.entropy.fail_at = 0;
    assert_int_equal(wsp_send_part(t.c, WSP_TEXT, "a", 1, false), WSP_OK);
    assert_int_equal(wsp_send_part(t.c, WSP_TEXT, "b", 1, true), WSP_OK);
    assert_int_equal(wsp_send_prepared(t.c, p), WSP_OK);
    assert_int_equal(wsp_close(t.c, 1000, NULL, 0), WSP_OK);
    wsp_prepared_unref(p);
    assert_output(t.c, "t'a' C'b' T'p' X1000");
    end(&t);
}

/* Fragments that need more than one draw: one that fails in the middle leaves nothing behind. */
static void entropy_fails_amid_fragments_nothing_queued(void **state)
{
    (void)state;
    struct client t;
    struct wsp_limits limits = {.send_fragment = 1};
    static const char text[200] = "x";
    begin(&t);
    assert_int_equal(wsp_set_limits(t.c, &limits), WSP_OK);
    assert_int_equal(wsp_send_text(t.c, "1", 1), WSP_OK);
    t.w.entropy.fail_at = t.w.entropy.calls + 2;
    size_t queued = wsp_queued_bytes(t.c);
    assert_int_equal(wsp_send_binary(t.c, text, sizeof text), WSP_ERR_ENTROPY);
    assert_int_equal(wsp_queued_bytes(t.c), queued);
    assert_int_equal(wsp_buffered_amount(t.c), 1);
    assert_int_equal(wsp_send_text(t.c, "2", 1), WSP_OK);
    assert_output(t.c, "T'1' T'2'");
    end(&t);
}

static void entropy_fails_client_that_must_answer_closes(void **state)
{
    (void)state;
    static const char *const inputs[] = {"P'p'", "X1000", "=8f00"};
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        struct client t;
        struct log log = {.opened = true};
        begin(&t);
        t.w.entropy.fail_at = 1;
        t.w.entropy.sticky = true;
        feed_script(t.c, &log, inputs[i]);
        assert_true(log.closed); /* at once: there is nothing to send */
        assert_int_equal(log.close_error, i < 2 ? WSP_ERR_ENTROPY : WSP_ERR_PROTOCOL);
        assert_output(t.c, "");
        log_free(&log);
        end(&t);
    }
}

static void entropy_fails_client_new_refused(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    struct wsp_target target = {.url = "ws://a/"};
    wsp_conn *c = NULL;
    uint32_t delay = 0;
    w.entropy.fail_at = 1;
    w.entropy.sticky = true;
    assert_int_equal(wsp_client_new(&c, e, &target), WSP_ERR_ENTROPY);
    assert_null(c);
    assert_int_equal(wsp_backoff_ms(e, 0, &delay), WSP_ERR_ENTROPY);
    w.entropy.fail_at = 0;
    assert_int_equal(wsp_client_new(&c, e, &target), WSP_OK);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* Bytes that repeat are the caller's fault, but must not break the frames. */
static void entropy_repeats_frames_still_right(void **state)
{
    (void)state;
    for (unsigned zero = 0; zero < 2; zero++) {
        struct client t;
        begin(&t);
        t.w.entropy.repeat = true;
        t.w.entropy.zero = zero != 0;
        for (unsigned i = 0; i < 200; i++)
            assert_int_equal(wsp_send_text(t.c, "same", 4), WSP_OK);
        for (unsigned i = 0; i < 200; i++) {
            struct blob wire = {0}, line = {0};
            assert_int_equal(take_output(t.c, &wire, 10), 10);
            assert_string_equal(frames_line(&line, &wire), "T'same'");
            blob_free(&wire);
            blob_free(&line);
        }
        end(&t);
    }
}

static void handshake_keys_fresh_and_16_bytes(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    char keys[50][25];
    struct wsp_target target = {.url = "ws://a/"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct blob out = {0};
        wsp_conn *c = NULL;
        assert_int_equal(wsp_client_new(&c, e, &target), WSP_OK);
        (void)take_output(c, &out, SIZE_MAX);
        const char *at = strstr(blob_string(&out), "\r\nSec-WebSocket-Key: ");
        assert_non_null(at);
        memcpy(keys[i], at + strlen("\r\nSec-WebSocket-Key: "), 24);
        keys[i][24] = '\0';
        assert_true(wsp_key_valid((struct wsp_slice){(const uint8_t *)keys[i], 24}));
        assert_non_null(strchr("AQgw", keys[i][21])); /* erratum 3150: pad bits are zero */
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(keys[k], keys[i]);
        wsp_conn_free(c);
        blob_free(&out);
    }
    world_end(&w, e);
}

static void send_and_compare(wsp_conn *c, const uint8_t *at, const uint8_t *original, size_t len)
{
    assert_int_equal(wsp_send_text(c, (const char *)at, len), WSP_OK);
    assert_int_equal(wsp_send_part(c, WSP_BINARY, at, len, true), WSP_OK);
    assert_memory_equal(at, original, len);
    if (len <= WSP_CONTROL_MAX)
        assert_int_equal(wsp_send_ping(c, at, len), WSP_OK);
    (void)take_output(c, NULL, SIZE_MAX);
    assert_memory_equal(at, original, len);
}

static void send_payload_before_and_behind_guard_pages_unchanged(void **state)
{
    (void)state;
    static uint8_t original[3000];
    for (size_t i = 0; i < sizeof original; i++)
        original[i] = (uint8_t)('a' + i % 26);
    for (int role = 0; role < 2; role++) {
        struct world w;
        wsp_endpoint *e = world_endpoint(&w);
        wsp_conn *c = world_adopt(e, (enum wsp_role)role);
        for (size_t len = 0; len < sizeof original; len += 1 + len / 7) {
            struct guard *g = guard_new(len);
            send_and_compare(c, guard_at_start(g, original, len), original, len);
            send_and_compare(c, guard_at_end(g, original, len), original, len);
            guard_free(g);
        }
        wsp_conn_free(c);
        world_end(&w, e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_100000_frames_none_repeated),
        cmocka_unit_test(key_fragments_each_its_own),
        cmocka_unit_test(key_drawn_from_pool_few_draws),
        cmocka_unit_test(key_server_never_draws),
        cmocka_unit_test(entropy_fails_every_send_refused_unchanged),
        cmocka_unit_test(entropy_fails_amid_fragments_nothing_queued),
        cmocka_unit_test(entropy_fails_client_that_must_answer_closes),
        cmocka_unit_test(entropy_fails_client_new_refused),
        cmocka_unit_test(entropy_repeats_frames_still_right),
        cmocka_unit_test(handshake_keys_fresh_and_16_bytes),
        cmocka_unit_test(send_payload_before_and_behind_guard_pages_unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
