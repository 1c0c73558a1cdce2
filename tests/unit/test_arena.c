/* Both roles over a static arena: the library needs no malloc. */
#include "support/alloc.h"
#include "support/entropy.h"
#include "support/feed.h"
#include "support/testing.h"

#define ARENA_BYTES (256u * 1024u)

/* libc's allocator is replaced by one that counts, where the tests can do so: with glibc, without
 * sanitizers. */
#if defined(__has_feature)
#    if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
        __has_feature(thread_sanitizer)
#        define SANITIZED 1
#    endif
#endif
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(SANITIZED)
#    define COUNTS_MALLOC 1
#else
#    define COUNTS_MALLOC 0
#endif

/* volatile: a compiler knows malloc and expects it to touch no variable. */
static volatile bool forbidden;
static volatile size_t malloc_calls;

#if COUNTS_MALLOC
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void __libc_free(void *ptr);

void *malloc(size_t size)
{
    malloc_calls = malloc_calls + forbidden;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    malloc_calls = malloc_calls + forbidden;
    return __libc_calloc(n, size);
}

void *realloc(void *ptr, size_t size)
{
    malloc_calls = malloc_calls + forbidden;
    return __libc_realloc(ptr, size);
}

void free(void *ptr)
{
    malloc_calls = malloc_calls + (forbidden && ptr != NULL);
    __libc_free(ptr);
}
#endif

static _Alignas(16) uint8_t memory[ARENA_BYTES];

struct device {
    struct test_arena arena;
    struct test_entropy entropy;
};

static void *device_alloc(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    return test_arena_call(&((struct device *)ctx)->arena, ptr, old_len, new_len);
}

static int device_entropy(void *ctx, void *out, size_t len)
{
    return test_entropy_call(&((struct device *)ctx)->entropy, out, len);
}

struct two {
    struct device device;
    wsp_endpoint *e;
    wsp_conn *c[2];
    unsigned messages[2], closes[2];
    size_t bytes[2];
};

static void begin(struct two *t)
{
    struct wsp_config cfg = {.alloc = device_alloc, .entropy = device_entropy, .ctx = &t->device};
    struct wsp_target target = {.url = "ws://device/"};
    /* A small device sets its limits small. */
    cfg.limits =
        (struct wsp_limits){.message = 16384, .handshake = 1024, .headers = 16, .buffered = 32768};
    t->device.arena.memory = memory;
    t->device.arena.size = ARENA_BYTES;
    assert_int_equal(wsp_endpoint_new(&t->e, &cfg), WSP_OK);
    assert_int_equal(wsp_server_new(&t->c[0], t->e), WSP_OK);
    assert_int_equal(wsp_client_new(&t->c[1], t->e, &target), WSP_OK);
}

static void deliver(struct two *t, int side, const uint8_t *data, size_t len)
{
    static uint8_t copy[65536];
    struct wsp_event ev;
    assert_true(len <= sizeof copy);
    memcpy(copy, data, len);
    struct wsp_input in = {.data = copy, .len = len};
    while (wsp_feed(t->c[side], &in, &ev) != WSP_EVENT_NONE) {
        t->messages[side] += ev.type == WSP_EVENT_DATA;
        t->closes[side] += ev.type == WSP_EVENT_CLOSE;
        t->bytes[side] += ev.data.len;
        if (ev.type == WSP_EVENT_DATA && side == 0)
            assert_int_equal(wsp_send_binary(t->c[0], ev.data.data, ev.data.len), WSP_OK);
    }
}

/* Moves all output until there is none. */
static void settle(struct two *t)
{
    struct wsp_slice s[1];
    bool moved = true;
    while (moved) {
        moved = false;
        for (int side = 0; side < 2; side++) {
            if (wsp_pending(t->c[side], s, 1) == 0)
                continue;
            deliver(t, 1 - side, s[0].data, s[0].len);
            wsp_sent(t->c[side], s[0].len);
            moved = true;
        }
    }
}

static void exchange(struct two *t)
{
    static const uint8_t message[12000] = {1, 2, 3};
    settle(t);
    assert_int_equal(wsp_ready_state(t->c[0]), WSP_OPEN);
    assert_int_equal(wsp_ready_state(t->c[1]), WSP_OPEN);
    for (unsigned i = 0; i < 500; i++) {
        assert_int_equal(wsp_send_binary(t->c[1], message, i * 23), WSP_OK);
        assert_int_equal(wsp_send_ping(t->c[0], "p", 1), WSP_OK);
        settle(t);
    }
    assert_int_equal(wsp_close(t->c[1], 1000, "bye", 3), WSP_OK);
    settle(t);
}

static void hang_up(struct two *t)
{
    struct wsp_event ev;
    for (int side = 0; side < 2; side++) {
        struct wsp_input in = {.end = WSP_END_EOF};
        assert_int_equal(wsp_feed(t->c[side], &in, &ev), WSP_EVENT_CLOSE);
        assert_true(ev.clean);
        wsp_conn_free(t->c[side]);
    }
    wsp_endpoint_free(t->e);
}

static void arena_both_roles_no_malloc(void **state)
{
    (void)state;
    static struct two t;
    forbidden = true;
    begin(&t);
    exchange(&t);
    hang_up(&t);
    forbidden = false;
    assert_int_equal(malloc_calls, 0);
    assert_int_equal(t.messages[0], 500);
    assert_int_equal(t.messages[1], 500);
    assert_int_equal(t.device.arena.live, 0);
    assert_true(t.device.arena.peak > 0 && t.device.arena.peak < ARENA_BYTES / 2);
}

/* The counter counts: without this, the test above could not fail. */
static void arena_counter_sees_malloc(void **state)
{
    (void)state;
    forbidden = true;
    void *volatile p = malloc(10);
    free(p);
    forbidden = false;
    assert_int_equal(malloc_calls, COUNTS_MALLOC ? 2 : 0);
    malloc_calls = 0;
}

static void arena_exhausted_refused_or_closed(void **state)
{
    (void)state;
    static _Alignas(16) uint8_t little[64 * 1024];
    struct device d = {.arena = {.memory = little, .size = sizeof little}};
    struct wsp_config cfg = {.alloc = device_alloc, .entropy = device_entropy, .ctx = &d};
    wsp_endpoint *e = NULL;
    wsp_conn *all[1000];
    size_t count = 0;
    int r;
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    while ((r = wsp_server_new(&all[count], e)) == WSP_OK)
        count++;
    assert_int_equal(r, WSP_ERR_NOMEM);
    assert_true(count > 5 && count < 1000);
    while (count > 0)
        wsp_conn_free(all[--count]);
    wsp_endpoint_free(e);
    assert_int_equal(d.arena.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_counter_sees_malloc),
        cmocka_unit_test(arena_both_roles_no_malloc),
        cmocka_unit_test(arena_exhausted_refused_or_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
