#define _DEFAULT_SOURCE /* fork */
#include "conn/random.h"
#include "support/entropy.h"
#include "support/testing.h"

#include <sys/wait.h>
#include <unistd.h>

static int scripted(void *ctx, void *out, size_t len)
{
    return test_entropy_call(ctx, out, len);
}

/* --- the application's source ---------------------------------------------------------------- */

static void random_own_source_is_given_as_it_is(void **state)
{
    (void)state;
    for (size_t draw = WSP_POOL_MIN; draw <= WSP_POOL_MAX; draw += 12) {
        struct test_entropy e = {0}, twin = {0};
        struct wsp_random r;
        uint8_t got[4], want[WSP_POOL_MAX];
        wsp_random_init(&r, scripted, &e, draw);
        for (size_t turn = 0; turn < 3; turn++) {
            assert_int_equal(test_entropy_call(&twin, want, draw), 0);
            for (size_t at = 0; at + 4 <= draw; at += 4) {
                assert_true(wsp_random_bytes(&r, got, 4));
                assert_memory_equal(got, want + at, 4);
            }
        }
        assert_int_equal(e.calls, 3);
    }
}

static void random_keys_and_bytes_share_the_pool(void **state)
{
    (void)state;
    struct test_entropy e = {0}, twin = {0};
    struct wsp_random r;
    uint8_t want[WSP_POOL_MAX], got[WSP_POOL_MIN];
    uint64_t word;
    wsp_random_init(&r, scripted, &e, WSP_POOL_MAX);
    assert_false(wsp_random_has_key(&r));
    assert_int_equal(test_entropy_call(&twin, want, sizeof want), 0);
    assert_true(wsp_random_key(&r, &word));
    assert_true(word == wsp_mask_word(want, 0));
    assert_true(wsp_random_bytes(&r, got, sizeof got));
    assert_memory_equal(got, want + 4, sizeof got);
    assert_true(wsp_random_has_key(&r));
    assert_true(wsp_random_take_key(&r) == wsp_mask_word(want + 20, 0));
    assert_int_equal(e.calls, 1);
}

static void random_failed_source_gives_nothing_until_it_works(void **state)
{
    (void)state;
    struct test_entropy e = {.fail_at = 1};
    struct wsp_random r;
    uint8_t got[4] = "abc";
    uint64_t word;
    wsp_random_init(&r, scripted, &e, WSP_POOL_MIN);
    assert_false(wsp_random_bytes(&r, got, 4));
    assert_memory_equal(got, "abc", 4);
    e.fail_at = 2;
    assert_false(wsp_random_key(&r, &word));
    assert_false(wsp_random_has_key(&r));
    assert_true(wsp_random_key(&r, &word));
}

static void random_given_bytes_do_not_stay(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        static const uint8_t none[8];
        struct test_entropy e = {0};
        struct wsp_random r;
        uint64_t word;
        wsp_random_init(&r, own ? scripted : NULL, &e, WSP_POOL_MAX);
        assert_true(wsp_random_key(&r, &word));
        assert_true(wsp_random_key(&r, &word));
        assert_memory_equal(r.pool + (sizeof r.pool - r.left - 8), none, 8);
    }
}

/* --- libc's source --------------------------------------------------------------------------- */

/* Gives out what the pool has. */
static void exhaust(struct wsp_random *r)
{
    uint8_t none[4];
    while (r->left > 0)
        assert_true(wsp_random_bytes(r, none, 4));
}

/* A pool that was filled once, and all of it given out. */
static bool begun(struct wsp_random *r)
{
    uint8_t first[4];
    wsp_random_init(r, NULL, NULL, WSP_POOL_MAX);
    assert_true(wsp_random_bytes(r, first, 4));
    exhaust(r);
    return !WSP_SMALL_CODE; /* which gives libc's bytes as they are */
}

static void random_pool_is_the_stream_behind_the_next_key(void **state)
{
    (void)state;
    struct wsp_random r;
    uint8_t stream[WSP_CHACHA_OUT], got[4];
    if (!begun(&r))
        skip();
    for (unsigned turn = 0; turn < 3; turn++) {
        wsp_chacha20(stream, r.key);
        for (size_t at = WSP_CHACHA_KEY; at < sizeof stream; at += 4) {
            assert_true(wsp_random_bytes(&r, got, 4));
            assert_memory_equal(got, stream + at, 4);
        }
        assert_int_equal(r.left, 0);
        assert_memory_equal(r.key, stream, sizeof r.key);
    }
}

static void random_next_key_is_not_in_the_pool(void **state)
{
    (void)state;
    struct wsp_random r;
    uint8_t got[4];
    if (!begun(&r))
        skip();
    assert_true(wsp_random_bytes(&r, got, 4));
    for (size_t at = 0; at + 8 <= sizeof r.pool; at++)
        assert_memory_not_equal(r.pool + at, r.key, 8);
}

static void random_key_is_drawn_anew_after_64_fills(void **state)
{
    (void)state;
    struct wsp_random r;
    uint8_t stream[WSP_CHACHA_OUT], got[4];
    if (!begun(&r))
        skip();
    for (unsigned fill = 1; fill <= 130; fill++) {
        wsp_chacha20(stream, r.key);
        assert_true(wsp_random_bytes(&r, got, 4));
        if (fill % 64 == 0)
            assert_memory_not_equal(r.key, stream, sizeof r.key);
        else
            assert_memory_equal(r.key, stream, sizeof r.key);
        exhaust(&r);
    }
}

static void random_two_never_agree(void **state)
{
    (void)state;
    struct wsp_random a, b;
    uint8_t x[WSP_POOL_MIN], y[WSP_POOL_MIN];
    wsp_random_init(&a, NULL, NULL, WSP_POOL_MIN);
    wsp_random_init(&b, NULL, NULL, WSP_POOL_MIN);
    assert_true(wsp_random_bytes(&a, x, sizeof x));
    assert_true(wsp_random_bytes(&b, y, sizeof y));
    assert_memory_not_equal(x, y, sizeof x);
}

/* What the pool has is all that a forked process can have in common with its parent. */
static void random_forked_process_draws_its_own(void **state)
{
    (void)state;
    struct wsp_random r;
    uint8_t ours[WSP_POOL_MIN], theirs[WSP_POOL_MIN];
    int pipe_[2];
    (void)begun(&r);
    assert_int_equal(pipe(pipe_), 0);
    pid_t child = fork();
    if (child == 0) {
        if (wsp_random_bytes(&r, theirs, sizeof theirs) &&
            write(pipe_[1], theirs, sizeof theirs) == (ssize_t)sizeof theirs)
            _exit(0);
        _exit(1);
    }
    assert_true(child > 0);
    assert_true(wsp_random_bytes(&r, ours, sizeof ours));
    assert_int_equal(close(pipe_[1]), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    /* What it wrote tells; its status under valgrind is that of a process that freed nothing. */
    assert_int_equal(read(pipe_[0], theirs, sizeof theirs), sizeof theirs);
    assert_memory_not_equal(ours, theirs, sizeof ours);
    assert_int_equal(close(pipe_[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_own_source_is_given_as_it_is),
        cmocka_unit_test(random_keys_and_bytes_share_the_pool),
        cmocka_unit_test(random_failed_source_gives_nothing_until_it_works),
        cmocka_unit_test(random_given_bytes_do_not_stay),
        cmocka_unit_test(random_pool_is_the_stream_behind_the_next_key),
        cmocka_unit_test(random_next_key_is_not_in_the_pool),
        cmocka_unit_test(random_key_is_drawn_anew_after_64_fills),
        cmocka_unit_test(random_two_never_agree),
        cmocka_unit_test(random_forked_process_draws_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
