/* What waits to be sent: the memory that holds it follows what counts as queued, whatever it is
 * made of, and a transport is shown few slices. */
#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

#define LIMIT (64u * 1024)
/* times LIMIT: a frame is of 2 bytes at least, and may have a record of 16 in its chunk */
#define HELD_MOST 10u

struct fixture {
    struct world world;
    wsp_endpoint *e;
    wsp_conn *c;
    wsp_prepared *p;
    uint8_t noise[5000];
};

static void begin(struct fixture *f, bool deflate, size_t prepared)
{
    struct wsp_config cfg = {.limits.buffered = LIMIT, .deflate.enabled = true};
    struct wsp_agreed a = {.role = WSP_SERVER};
    struct wsp_event ev;
    uint64_t seed = 7;
    a.deflate = (struct wsp_deflate_params){deflate, true, true, 15, 15};
    world_init(&f->world, &cfg);
    if (wsp_endpoint_new(&f->e, &cfg) != WSP_OK) { /* built without compression */
        cfg.deflate.enabled = false;
        a.deflate.enabled = false;
        assert_int_equal(wsp_endpoint_new(&f->e, &cfg), WSP_OK);
    }
    assert_int_equal(wsp_adopt_new(&f->c, f->e, &a), WSP_OK);
    assert_int_equal(wsp_feed(f->c, NULL, &ev), WSP_EVENT_OPEN);
    for (size_t i = 0; i < sizeof f->noise; i++)
        f->noise[i] = (uint8_t)test_random(&seed);
    assert_int_equal(wsp_prepare(&f->p, f->e, WSP_BINARY, f->noise, prepared), WSP_OK);
}

static void end(struct fixture *f)
{
    wsp_conn_free(f->c);
    wsp_prepared_unref(f->p);
    world_end(&f->world, f->e);
}

/* Prepared messages, each followed by a sent one of this length (SIZE_MAX: none), until FULL. */
static size_t fill(struct fixture *f, size_t sent)
{
    size_t messages = 0;
    while (wsp_send_prepared(f->c, f->p) == WSP_OK) {
        messages++;
        if (sent != SIZE_MAX && wsp_send_binary(f->c, f->noise, sent) != WSP_OK)
            break;
    }
    assert_int_equal(wsp_send_prepared(f->c, f->p), WSP_ERR_FULL);
    return messages;
}

static void backlog_memory_follows_what_is_queued(void **state)
{
    static const size_t lens[] = {0, 1, 20, 600, 4200};
    static const size_t sends[] = {SIZE_MAX, 1, 20, 600};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lens) * ARRAY_LEN(sends) * 2; i++) {
        struct fixture f;
        struct wsp_slice v[1024];
        begin(&f, i % 2 != 0, lens[i / 2 % ARRAY_LEN(lens)]);
        size_t before = f.world.alloc.live;
        size_t messages = fill(&f, sends[i / 2 / ARRAY_LEN(lens)]);
        assert_true(messages > 0);
        assert_true(f.world.alloc.live - before <= HELD_MOST * LIMIT);
        /* A chunk of small ones is one slice. */
        assert_true(wsp_pending(f.c, v, ARRAY_LEN(v)) <= HELD_MOST * LIMIT / 4096 + 2);
        end(&f);
    }
}

/* More than a chunk of small prepared messages behind a sent one: all arrive. */
static void backlog_small_prepared_fill_chunks_to_the_end(void **state)
{
    (void)state;
    for (size_t len = 100; len < 164; len++) {
        struct fixture f;
        struct blob wire = {0};
        begin(&f, false, len);
        assert_int_equal(wsp_send_binary(f.c, f.noise, 3), WSP_OK);
        for (size_t i = 0; i < 100; i++)
            assert_int_equal(wsp_send_prepared(f.c, f.p), WSP_OK);
        take_output(f.c, &wire, SIZE_MAX);
        size_t header = len <= 125 ? 2 : 4;
        assert_int_equal(wire.len, 5 + 100 * (header + len));
        for (size_t i = 0; i < 100; i++)
            assert_memory_equal(wire.data + 5 + i * (header + len) + header, f.noise, len);
        blob_free(&wire);
        end(&f);
    }
}

/* The keep of the endpoint bounds the chunks it caches, too. */
static void backlog_chunk_over_keep_is_not_cached(void **state)
{
    struct world w;
    struct wsp_config cfg = {.limits.keep = 1000};
    struct blob wire = {0};
    wsp_endpoint *e;
    (void)state;
    world_init(&w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    size_t before = w.alloc.live;
    assert_int_equal(wsp_send_binary(c, "abc", 3), WSP_OK);
    assert_true(w.alloc.live > before);
    take_output(c, &wire, SIZE_MAX);
    assert_int_equal(w.alloc.live, before);
    blob_free(&wire);
    wsp_conn_free(c);
    world_end(&w, e);
}

/* A chunk that was sent in pieces, cut between its frames and inside them, serves the next messages
 * like a new one: their bytes and what they count as. */
static void backlog_chunk_sent_in_pieces_is_as_new(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 10; cut++) {
        struct fixture f;
        struct blob wire = {0};
        begin(&f, false, 1);
        for (unsigned turn = 0; turn < 3; turn++) {
            assert_int_equal(wsp_send_binary(f.c, "abc", 3), WSP_OK);
            assert_int_equal(wsp_send_binary(f.c, "def", 3), WSP_OK);
            assert_int_equal(wsp_buffered_amount(f.c), 6);
            assert_int_equal(take_output(f.c, &wire, cut), cut);
            assert_int_equal(wsp_buffered_amount(f.c), cut < 5 ? 6 : 3);
            assert_int_equal(wsp_queued_bytes(f.c), 10 - cut);
            take_output(f.c, &wire, SIZE_MAX);
            assert_int_equal(wsp_buffered_amount(f.c), 0);
            assert_memory_equal(wire.data + turn * 10,
                                "\x82\x03"
                                "abc\x82\x03"
                                "def",
                                10);
        }
        assert_int_equal(wire.len, 30);
        blob_free(&wire);
        end(&f);
    }
}

/* A chunk whose frames were recorded does not serve a connection that records none: the next frame
 * joins it, and is counted by its header. */
static void backlog_chunk_of_records_is_not_kept_for_frames(void **state)
{
    (void)state;
    struct fixture f;
    struct wsp_agreed plain = {.role = WSP_SERVER};
    struct wsp_slice v[2];
    struct wsp_event ev;
    wsp_conn *c;
    begin(&f, true, 1);
    assert_int_equal(wsp_adopt_new(&c, f.e, &plain), WSP_OK);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_OPEN);
    assert_int_equal(wsp_send_binary(f.c, "a", 1), WSP_OK);
    take_output(f.c, NULL, SIZE_MAX);
    assert_int_equal(wsp_send_binary(c, "abc", 3), WSP_OK);
    assert_int_equal(wsp_send_binary(c, "def", 3), WSP_OK);
    assert_int_equal(wsp_pending(c, v, ARRAY_LEN(v)), 1);
    assert_int_equal(v[0].len, 10);
    wsp_sent(c, 3);
    assert_int_equal(wsp_buffered_amount(c), 6);
    wsp_conn_free(c);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backlog_memory_follows_what_is_queued),
        cmocka_unit_test(backlog_small_prepared_fill_chunks_to_the_end),
        cmocka_unit_test(backlog_chunk_over_keep_is_not_cached),
        cmocka_unit_test(backlog_chunk_sent_in_pieces_is_as_new),
        cmocka_unit_test(backlog_chunk_of_records_is_not_kept_for_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
