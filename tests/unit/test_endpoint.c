/* The endpoint: settings and their ranges, random pool, caches, the read buffer, the clock. */
#include "support/testing.h"

#include "conn/endpoint.h"
#include "support/alloc.h"
#include "support/entropy.h"

struct both {
    struct test_alloc alloc;
    struct test_entropy entropy;
};

static void *counted(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    return test_alloc_call(&((struct both *)ctx)->alloc, ptr, old_len, new_len);
}

static int scripted(void *ctx, void *out, size_t len)
{
    return test_entropy_call(&((struct both *)ctx)->entropy, out, len);
}

static wsp_endpoint *make(struct both *b, struct wsp_config *cfg)
{
    wsp_endpoint *e = NULL;
    cfg->alloc = counted;
    cfg->entropy = scripted;
    cfg->ctx = b;
    assert_int_equal(wsp_endpoint_new(&e, cfg), WSP_OK);
    return e;
}

static void drop(struct both *b, wsp_endpoint *e)
{
    wsp_endpoint_free(e);
    assert_int_equal(b->alloc.live, 0);
}

static void endpoint_no_config_is_all_defaults(void **state)
{
    (void)state;
    wsp_endpoint *e;
    assert_int_equal(wsp_endpoint_new(&e, NULL), WSP_OK);
    assert_int_equal(e->limits.message, 16u << 20);
    assert_int_equal(e->limits.wire, (16u << 20) + (16u << 10) + 64);
    assert_int_equal(e->limits.headers, 100);
    assert_int_equal(e->limits.empty_fragments, 128);
    assert_int_equal(e->handshake_ms, 10000);
    assert_int_equal(e->ping_ms, 30000);
    assert_true(e->limits.fragments == WSP_NO_LIMIT && e->limits.send_fragment == WSP_NO_LIMIT);
    wsp_endpoint_free(e);
    wsp_endpoint_free(NULL);
    assert_int_equal(wsp_endpoint_new(NULL, NULL), WSP_ERR_ARG);
}

static void refused(const struct wsp_config *cfg, int error)
{
    wsp_endpoint *e = (wsp_endpoint *)(uintptr_t)1;
    assert_int_equal(wsp_endpoint_new(&e, cfg), error);
    assert_null(e);
}

static void endpoint_values_out_of_range_are_refused(void **state)
{
    (void)state;
    refused(&(struct wsp_config){.limits.read_buffer = 255}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.limits.read_buffer = WSP_NO_LIMIT}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.limits.random_pool = 15}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.limits.random_pool = 257}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.limits.headers = 65536}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.handshake_ms = 0x80000000u}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.close_ms = 0x80000000u}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.stall_ms = 0x80000000u}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.ping_ms = 0x80000000u}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.pong_ms = 0xFFFFFFFEu}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.protocols = "a b"}, WSP_ERR_ARG);
    refused(&(struct wsp_config){.origins = "no scheme"}, WSP_ERR_ARG);
}

static void endpoint_values_at_their_bounds_are_taken(void **state)
{
    (void)state;
    struct both b = {0};
    struct wsp_config cfg = {.limits = {.read_buffer = 256, .random_pool = 16, .headers = 65535},
                             .handshake_ms = 0x7fffffff,
                             .ping_ms = WSP_NEVER};
    drop(&b, make(&b, &cfg));
}

static void endpoint_keeps_copies_of_texts(void **state)
{
    (void)state;
    struct both b = {0};
    char protocols[] = "chat";
    char origins[] = "https://a.example";
    struct wsp_config cfg = {.protocols = protocols, .origins = origins};
    wsp_endpoint *e = make(&b, &cfg);
    memset(protocols, 'x', 4);
    memset(origins, 'x', 4);
    assert_string_equal(e->rules.protocols, "chat");
    assert_string_equal(e->rules.origins, "https://a.example");
    drop(&b, e);
}

static void endpoint_random_fails_and_recovers(void **state)
{
    (void)state;
    struct both b = {0};
    struct wsp_config cfg = {0};
    wsp_endpoint *e = make(&b, &cfg);
    uint8_t key[16];
    uint32_t delay;
    b.entropy.fail_at = 1;
    assert_false(wsp_random_bytes(&e->random, key, 16));
    assert_true(wsp_random_bytes(&e->random, key, 16));
    e->random.left = 0;
    b.entropy.fail_at = b.entropy.calls + 1;
    assert_int_equal(wsp_backoff_ms(e, 0, &delay), WSP_ERR_ENTROPY);
    drop(&b, e);
}

static void endpoint_backoff_is_random_within_its_bound(void **state)
{
    (void)state;
    struct both b = {0};
    struct wsp_config cfg = {0};
    wsp_endpoint *e = make(&b, &cfg);
    static const uint32_t bound[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    for (unsigned attempt = 0; attempt < ARRAY_LEN(bound); attempt++) {
        uint32_t most = 0;
        for (int i = 0; i < 200; i++) {
            uint32_t delay;
            assert_int_equal(wsp_backoff_ms(e, attempt, &delay), WSP_OK);
            assert_true(delay < bound[attempt]);
            most = delay > most ? delay : most;
        }
        assert_true(most > bound[attempt] / 2);
    }
    uint32_t delay;
    assert_int_equal(wsp_backoff_ms(e, UINT32_MAX, &delay), WSP_OK);
    assert_true(delay < 60000);
    drop(&b, e);
}

static void endpoint_read_buffer_is_lent_once(void **state)
{
    (void)state;
    struct both b = {0};
    struct wsp_config cfg = {.limits.read_buffer = 1000};
    wsp_endpoint *e = make(&b, &cfg);
    uint8_t *at;
    uint8_t *again;
    size_t len;
    b.alloc.fail_at = b.alloc.calls + 1;
    assert_int_equal(wsp_read_buffer_borrow(e, &at, &len), WSP_ERR_NOMEM);
    assert_int_equal(wsp_read_buffer_borrow(e, &at, &len), WSP_OK);
    assert_int_equal(len, 1000);
    assert_int_equal(wsp_read_buffer_borrow(e, &again, &len), WSP_ERR_BUSY);
    wsp_read_buffer_return(e);
    assert_int_equal(wsp_read_buffer_borrow(e, &again, &len), WSP_OK);
    assert_ptr_equal(at, again);
    drop(&b, e);
}

static void endpoint_clock_counts_from_its_first_call(void **state)
{
    (void)state;
    struct both b = {0};
    struct wsp_config cfg = {0};
    wsp_endpoint *e = make(&b, &cfg);
    struct wsp_timer t;
    assert_true(wsp_endpoint_deadline(e) == WSP_DEADLINE_NONE);
    assert_null(wsp_endpoint_due(e));
    wsp_endpoint_clock(e, 86400000);
    assert_true(e->now_ms == 0);
    wsp_endpoint_clock(e, 86400100);
    wsp_endpoint_clock(e, 86400099);
    wsp_endpoint_clock(e, 5);
    assert_true(e->now_ms == 100);
    wsp_timer_init(&t);
    wsp_timers_set(&e->timers, &t, 150);
    assert_true(wsp_endpoint_deadline(e) == 86400150);
    wsp_timers_set(&e->timers, &t, WSP_TIMER_OFF);
    drop(&b, e);
}

static void endpoint_blocks_are_used_again(void **state)
{
    (void)state;
    struct both b = {0};
    struct wsp_config cfg = {.limits.keep = 5000};
    wsp_endpoint *e = make(&b, &cfg);
    size_t len = 4000;
    void *p = wsp_endpoint_block(e, WSP_BLOCK_LARGE, &len);
    wsp_endpoint_unblock(e, WSP_BLOCK_LARGE, p, len);
    size_t calls = b.alloc.calls;
    len = 1000;
    assert_ptr_equal(wsp_endpoint_block(e, WSP_BLOCK_LARGE, &len), p);
    assert_int_equal(len, 4000);
    assert_int_equal(b.alloc.calls, calls);
    wsp_endpoint_unblock(e, WSP_BLOCK_LARGE, p, len);
    /* One four times too large would be held for nothing. */
    len = 999;
    void *q = wsp_endpoint_block(e, WSP_BLOCK_LARGE, &len);
    assert_ptr_not_equal(q, p);
    assert_int_equal(len, 999);
    wsp_endpoint_unblock(e, WSP_BLOCK_LARGE, q, len);
    len = 5001;
    q = wsp_endpoint_block(e, WSP_BLOCK_LARGE, &len);
    wsp_endpoint_unblock(e, WSP_BLOCK_LARGE, q, len);
    assert_true(b.alloc.live <= sizeof(wsp_endpoint) + 5000);
    drop(&b, e);
}

static void endpoint_larger_buffer_becomes_the_spare(void **state)
{
    (void)state;
    struct both b = {0};
    struct wsp_config cfg = {.limits.keep = 5000};
    wsp_endpoint *e = make(&b, &cfg);
    static const uint8_t bytes[6000];
    static const size_t sizes[] = {100, 3000, 200, 6000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct wsp_buf buf = {NULL, 0, 0};
        assert_true(wsp_buf_add(&buf, &e->mem, bytes, sizes[i], sizes[i]));
        wsp_endpoint_lend(e, &buf);
        assert_null(buf.data);
        wsp_endpoint_recycle(e);
    }
    assert_int_equal(e->spare.cap, 3000);
    /* Not for a few bytes: they would hold it. */
    struct wsp_buf buf = {NULL, 0, 0};
    assert_true(wsp_endpoint_room(e, &buf, 700, 700));
    assert_int_equal(buf.cap, 700);
    memset(buf.data, 'x', 700);
    buf.len = 700;
    assert_true(wsp_endpoint_room(e, &buf, 50, 750));
    assert_int_equal(buf.cap, 3000);
    assert_int_equal(buf.len, 700);
    assert_int_equal(buf.data[699], 'x');
    wsp_endpoint_give(e, &buf);
    drop(&b, e);
}

/* A spare of 3000 bytes is there. */
static void make_spare(wsp_endpoint *e)
{
    static const uint8_t bytes[3000];
    struct wsp_buf buf = {NULL, 0, 0};
    assert_true(wsp_buf_add(&buf, &e->mem, bytes, sizeof bytes, sizeof bytes));
    wsp_endpoint_give(e, &buf);
    assert_int_equal(e->spare.cap, 3000);
}

static void endpoint_one_message_takes_the_spare_early(void **state)
{
    (void)state;
    struct both b = {0};
    struct wsp_config cfg = {.limits.keep = 5000};
    wsp_endpoint *e = make(&b, &cfg);
    struct wsp_buf first = {NULL, 0, 0}, second = {NULL, 0, 0};
    make_spare(e);
    /* What will not fill a quarter of it does not get it. */
    assert_true(wsp_endpoint_room(e, &second, 10, 749));
    assert_true(second.cap < 3000);
    assert_true(wsp_endpoint_room(e, &first, 10, 750));
    assert_int_equal(first.cap, 3000);
    /* Nor does another one, while the first has it; */
    make_spare(e);
    second.len = second.cap;
    assert_true(wsp_endpoint_room(e, &second, 10, 3000));
    assert_true(second.cap < 3000);
    /* it may when the first has given it up, */
    wsp_endpoint_lend(e, &first);
    second.len = second.cap;
    assert_true(wsp_endpoint_room(e, &second, 10, 3000));
    assert_int_equal(second.cap, 3000);
    /* or has outgrown it. */
    wsp_endpoint_recycle(e);
    second.len = second.cap;
    assert_true(wsp_endpoint_room(e, &second, 10, 9000));
    assert_true(second.cap > 3000);
    assert_true(wsp_endpoint_room(e, &first, 10, 3000));
    assert_int_equal(first.cap, 3000);
    /* What is cut to its length has moved, maybe. */
    first.len = 10;
    wsp_endpoint_shrink(e, &first);
    assert_null(e->early);
    assert_int_equal(first.cap, 10);
    wsp_endpoint_give(e, &second);
    wsp_endpoint_give(e, &first);
    drop(&b, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoint_no_config_is_all_defaults),
        cmocka_unit_test(endpoint_values_out_of_range_are_refused),
        cmocka_unit_test(endpoint_values_at_their_bounds_are_taken),
        cmocka_unit_test(endpoint_keeps_copies_of_texts),
        cmocka_unit_test(endpoint_random_fails_and_recovers),
        cmocka_unit_test(endpoint_backoff_is_random_within_its_bound),
        cmocka_unit_test(endpoint_read_buffer_is_lent_once),
        cmocka_unit_test(endpoint_clock_counts_from_its_first_call),
        cmocka_unit_test(endpoint_blocks_are_used_again),
        cmocka_unit_test(endpoint_larger_buffer_becomes_the_spare),
        cmocka_unit_test(endpoint_one_message_takes_the_spare_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
