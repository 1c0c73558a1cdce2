/* Prepared messages and groups: framed once, sent to many, and who is a member when. */
#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

#define MEMBERS 8

struct group_test {
    struct world w;
    wsp_endpoint *e;
    wsp_conn *c[MEMBERS];
    wsp_group *g;
};

/* Servers but the last, which is a client. */
static void begin(struct group_test *t, const struct wsp_limits *limits)
{
    struct wsp_config cfg = {.statistics = false};
    memset(t, 0, sizeof *t);
    if (limits != NULL)
        cfg.limits = *limits;
    world_init(&t->w, &cfg);
    assert_int_equal(wsp_endpoint_new(&t->e, &cfg), WSP_OK);
    assert_int_equal(wsp_group_new(&t->g, t->e), WSP_OK);
    for (size_t i = 0; i < MEMBERS; i++) {
        t->c[i] = world_adopt(t->e, i + 1 < MEMBERS ? WSP_SERVER : WSP_CLIENT);
        assert_int_equal(wsp_group_add(t->g, t->c[i]), WSP_OK);
    }
    assert_int_equal(wsp_group_size(t->g), MEMBERS);
}

static void end(struct group_test *t)
{
    wsp_group_free(t->g);
    for (size_t i = 0; i < MEMBERS; i++)
        wsp_conn_free(t->c[i]);
    world_end(&t->w, t->e);
}

static wsp_prepared *prepare(struct group_test *t, const char *text)
{
    wsp_prepared *p = NULL;
    assert_int_equal(wsp_prepare(&p, t->e, WSP_TEXT, text, strlen(text)), WSP_OK);
    return p;
}

static void prepared_sent_to_both_roles_same_message(void **state)
{
    (void)state;
    struct group_test t;
    begin(&t, NULL);
    wsp_prepared *p = prepare(&t, "hello all");
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(wsp_send_prepared(t.c[i], p), WSP_OK);
        assert_int_equal(wsp_buffered_amount(t.c[i]), 9);
    }
    wsp_prepared_unref(p); /* the queues hold their own */
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_output(t.c[i], "T'hello all'");
        assert_int_equal(wsp_buffered_amount(t.c[i]), 0);
    }
    end(&t);
}

static void prepared_large_queued_by_reference(void **state)
{
    (void)state;
    struct group_test t;
    enum { LEN = 1000000 };
    uint8_t *data = malloc(LEN);
    wsp_prepared *p = NULL;
    assert_non_null(data);
    memset(data, 'b', LEN);
    begin(&t, NULL);
    assert_int_equal(wsp_prepare(&p, t.e, WSP_BINARY, data, LEN), WSP_OK);
    size_t live = t.w.alloc.live;
    for (size_t i = 0; i + 1 < MEMBERS; i++)
        assert_int_equal(wsp_send_prepared(t.c[i], p), WSP_OK);
    assert_true(t.w.alloc.live - live < 8192);
    assert_int_equal(wsp_queued_bytes(t.c[0]), LEN + 10);
    wsp_conn_free(t.c[1]); /* gives its reference back unsent */
    t.c[1] = world_adopt(t.e, WSP_SERVER);
    wsp_prepared_unref(p);
    memset(data, 0, LEN);
    for (size_t i = 0; i + 1 < MEMBERS; i++)
        assert_output(t.c[i], i == 1 ? "" : "B'b*1000000'");
    assert_true(t.w.alloc.live < live - LEN + 8192);
    free(data);
    end(&t);
}

static void prepare_bad_arguments_refused(void **state)
{
    (void)state;
    struct group_test t;
    wsp_prepared *p = NULL;
    begin(&t, NULL);
    assert_int_equal(wsp_prepare(&p, t.e, WSP_TEXT, "\xC0\x80", 2), WSP_ERR_UTF8);
    assert_int_equal(wsp_prepare(&p, t.e, WSP_PING, "x", 1), WSP_ERR_ARG);
    assert_int_equal(wsp_prepare(&p, t.e, WSP_CONTINUATION, "x", 1), WSP_ERR_ARG);
    assert_int_equal(wsp_prepare(NULL, t.e, WSP_TEXT, "x", 1), WSP_ERR_ARG);
    t.w.alloc.fail_at = t.w.alloc.calls + 1;
    assert_int_equal(wsp_prepare(&p, t.e, WSP_BINARY, "x", 1), WSP_ERR_NOMEM);
    assert_int_equal(wsp_prepare(&p, t.e, WSP_BINARY, "\xC0\x80", 2), WSP_OK);
    wsp_prepared_ref(p);
    wsp_prepared_unref(p);
    assert_int_equal(wsp_send_prepared(t.c[0], p), WSP_OK);
    wsp_prepared_unref(p);
    assert_output(t.c[0], "B<c080>");
    end(&t);
}

static void prepared_send_fragment_limit_splits(void **state)
{
    (void)state;
    struct group_test t;
    const struct wsp_limits limits = {.send_fragment = 3};
    begin(&t, &limits);
    wsp_prepared *p = prepare(&t, "abcdefg");
    assert_int_equal(wsp_send_prepared(t.c[0], p), WSP_OK);
    assert_int_equal(wsp_send_prepared(t.c[MEMBERS - 1], p), WSP_OK);
    wsp_prepared_unref(p);
    assert_output(t.c[0], "t'abc' c'def' C'g'");
    assert_output(t.c[MEMBERS - 1], "t'abc' c'def' C'g'");
    end(&t);
}

/* --- groups ----------------------------------------------------------------------------------- */

static void group_send_counts_every_case(void **state)
{
    (void)state;
    struct group_test t;
    const struct wsp_limits limits = {.buffered = 50};
    static const char big[50];
    struct wsp_group_counts n;
    wsp_conn *connecting = NULL;
    begin(&t, &limits);
    wsp_prepared *p = prepare(&t, "news");
    assert_int_equal(wsp_server_new(&connecting, t.e), WSP_OK);
    assert_int_equal(wsp_group_add(t.g, connecting), WSP_OK);
    assert_int_equal(wsp_send_binary(t.c[0], big, sizeof big), WSP_OK);
    assert_int_equal(wsp_close(t.c[1], 1000, NULL, 0), WSP_OK);
    assert_int_equal(wsp_send_part(t.c[2], WSP_TEXT, "a", 1, false), WSP_OK);
    assert_int_equal(wsp_group_send(t.g, p, t.c[3], &n), MEMBERS - 4);
    assert_int_equal(n.queued, MEMBERS - 4);
    assert_int_equal(n.full, 1);
    assert_int_equal(n.not_open, 2);
    assert_int_equal(n.streaming, 1);
    assert_int_equal(n.failed, 0);
    assert_int_equal(wsp_group_send(t.g, p, NULL, NULL), MEMBERS - 3);
    wsp_prepared_unref(p);
    assert_output(t.c[3], "T'news'");
    assert_output(t.c[4], "T'news' T'news'");
    assert_output(t.c[2], "t'a'");
    wsp_conn_free(connecting);
    assert_int_equal(wsp_group_size(t.g), MEMBERS);
    end(&t);
}

static void group_send_no_memory_counted_as_failed(void **state)
{
    (void)state;
    struct group_test t;
    struct wsp_group_counts n;
    begin(&t, NULL);
    wsp_prepared *p = prepare(&t, "news");
    t.w.alloc.fail_at = t.w.alloc.calls + 1;
    t.w.alloc.sticky = true;
    assert_int_equal(wsp_group_send(t.g, p, NULL, &n), 0);
    assert_int_equal(n.failed, MEMBERS);
    t.w.alloc.fail_at = 0;
    assert_int_equal(wsp_group_send(t.g, p, NULL, &n), MEMBERS);
    wsp_prepared_unref(p);
    assert_output(t.c[0], "T'news'");
    end(&t);
}

static size_t walk(struct group_test *t, enum wsp_group_which which, bool seen[MEMBERS])
{
    size_t cursor = WSP_NO_LIMIT, count = 0;
    wsp_conn *member;
    memset(seen, 0, MEMBERS * sizeof seen[0]);
    while ((member = wsp_group_next(t->g, &cursor, which)) != NULL) {
        for (size_t i = 0; i < MEMBERS; i++) {
            if (t->c[i] != member)
                continue;
            assert_false(seen[i]);
            seen[i] = true;
        }
        count++;
    }
    return count;
}

static void group_walk_only_those_asked_for(void **state)
{
    (void)state;
    struct group_test t;
    const struct wsp_limits limits = {.buffered = 10};
    bool seen[MEMBERS];
    begin(&t, &limits);
    assert_int_equal(walk(&t, WSP_GROUP_ALL, seen), MEMBERS);
    assert_int_equal(walk(&t, WSP_GROUP_WAITING, seen), 0);
    assert_int_equal(walk(&t, WSP_GROUP_FULL, seen), 0);
    assert_int_equal(wsp_send_text(t.c[1], "0123456789", 10), WSP_OK);
    assert_int_equal(wsp_send_ping(t.c[2], "", 0), WSP_OK);
    assert_int_equal(wsp_send_text(t.c[1], "x", 1), WSP_ERR_FULL);
    assert_int_equal(walk(&t, WSP_GROUP_FULL, seen), 1);
    assert_true(seen[1]);
    assert_int_equal(walk(&t, WSP_GROUP_WAITING, seen), 2);
    assert_true(seen[1] && seen[2]);
    (void)take_output(t.c[1], NULL, SIZE_MAX);
    (void)take_output(t.c[2], NULL, SIZE_MAX);
    feed_script(t.c[1], NULL, "");
    assert_int_equal(walk(&t, WSP_GROUP_WAITING, seen), 0);
    assert_int_equal(walk(&t, WSP_GROUP_FULL, seen), 0);
    end(&t);
}

static void group_walk_member_waits_from_its_message_until_it_is_sent(void **state)
{
    (void)state;
    struct group_test t;
    bool seen[MEMBERS];
    begin(&t, NULL);
    for (unsigned turn = 0; turn < 2; turn++) {
        assert_int_equal(wsp_send_text(t.c[1], "x", 1), WSP_OK);
        assert_int_equal(walk(&t, WSP_GROUP_WAITING, seen), 1);
        assert_true(seen[1]);
        assert_output(t.c[1], "T'x'");
        assert_int_equal(walk(&t, WSP_GROUP_WAITING, seen), 0);
    }
    end(&t);
}

static void group_walk_members_written_each_shown_once(void **state)
{
    (void)state;
    struct group_test t;
    size_t cursor = WSP_NO_LIMIT, count = 0;
    wsp_conn *member;
    begin(&t, NULL);
    wsp_prepared *p = prepare(&t, "x");
    assert_int_equal(wsp_group_send(t.g, p, NULL, NULL), MEMBERS);
    while ((member = wsp_group_next(t.g, &cursor, WSP_GROUP_WAITING)) != NULL) {
        assert_true(wsp_queued_bytes(member) > 0);
        assert_output(member, "T'x'");
        count++;
    }
    assert_int_equal(count, MEMBERS);
    wsp_prepared_unref(p);
    end(&t);
}

static void group_walk_members_freed_and_removed_no_other_missed(void **state)
{
    (void)state;
    for (unsigned mask = 0; mask < 1U << MEMBERS; mask++) {
        struct group_test t;
        size_t cursor = WSP_NO_LIMIT, shown = 0;
        wsp_conn *member;
        begin(&t, NULL);
        while ((member = wsp_group_next(t.g, &cursor, WSP_GROUP_ALL)) != NULL) {
            size_t i = 0;
            shown++;
            while (t.c[i] != member)
                i++;
            if ((mask >> i & 1) == 0)
                continue;
            if (i % 2 == 0) {
                wsp_group_remove(t.g, member);
            } else {
                wsp_conn_free(member);
                t.c[i] = NULL;
            }
        }
        assert_int_equal(shown, MEMBERS);
        end(&t);
    }
}

static void group_member_closed_removed_by_itself(void **state)
{
    (void)state;
    struct group_test t;
    struct log log = {.opened = true};
    wsp_group *other = NULL;
    begin(&t, NULL);
    assert_int_equal(wsp_group_new(&other, t.e), WSP_OK);
    assert_int_equal(wsp_group_add(other, t.c[0]), WSP_OK);
    assert_int_equal(wsp_group_add(other, t.c[1]), WSP_OK);
    feed_end(t.c[0], &log, WSP_END_RESET);
    assert_true(log.closed);
    assert_int_equal(wsp_group_size(t.g), MEMBERS - 1);
    assert_int_equal(wsp_group_size(other), 1);
    assert_int_equal(wsp_group_add(t.g, t.c[0]), WSP_ERR_STATE);
    wsp_conn_free(t.c[1]);
    t.c[1] = NULL;
    assert_int_equal(wsp_group_size(t.g), MEMBERS - 2);
    assert_int_equal(wsp_group_size(other), 0);
    wsp_group_remove(t.g, t.c[0]); /* not in: fine */
    wsp_group_free(other);
    log_free(&log);
    end(&t);
}

static void group_member_added_twice_counted_once(void **state)
{
    (void)state;
    struct group_test t;
    struct world elsewhere;
    begin(&t, NULL);
    assert_int_equal(wsp_group_add(t.g, t.c[0]), WSP_OK);
    assert_int_equal(wsp_group_size(t.g), MEMBERS);
    wsp_group_remove(t.g, t.c[0]);
    wsp_group_remove(t.g, t.c[0]);
    assert_int_equal(wsp_group_size(t.g), MEMBERS - 1);
    wsp_endpoint *e = world_endpoint(&elsewhere);
    wsp_conn *stranger = world_adopt(e, WSP_SERVER);
    assert_int_equal(wsp_group_add(t.g, stranger), WSP_ERR_ARG);
    wsp_conn_free(stranger);
    world_end(&elsewhere, e);
    end(&t);
}

static void group_freed_before_members_members_go_on(void **state)
{
    (void)state;
    struct group_test t;
    begin(&t, NULL);
    wsp_group_free(t.g);
    t.g = NULL;
    assert_int_equal(wsp_group_new(&t.g, t.e), WSP_OK);
    assert_int_equal(wsp_send_text(t.c[0], "x", 1), WSP_OK);
    assert_output(t.c[0], "T'x'");
    end(&t);
}

static void group_add_no_memory_refused_unchanged(void **state)
{
    (void)state;
    struct group_test t;
    begin(&t, NULL);
    wsp_conn *c = world_adopt(t.e, WSP_SERVER);
    for (size_t n = 1;; n++) {
        t.w.alloc.fail_at = t.w.alloc.calls + n;
        int r = wsp_group_add(t.g, c);
        if (r == WSP_OK)
            break;
        assert_int_equal(r, WSP_ERR_NOMEM);
        assert_int_equal(wsp_group_size(t.g), MEMBERS);
        assert_true(n < 10);
    }
    t.w.alloc.fail_at = 0;
    assert_int_equal(wsp_group_size(t.g), MEMBERS + 1);
    wsp_conn_free(c);
    end(&t);
}

static void endpoint_freed_first_lives_until_all_are(void **state)
{
    (void)state;
    struct group_test t;
    begin(&t, NULL);
    wsp_prepared *p = prepare(&t, "late");
    wsp_endpoint_free(t.e);
    assert_int_equal(wsp_group_send(t.g, p, NULL, NULL), MEMBERS);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_output(t.c[i], "T'late'");
        wsp_conn_free(t.c[i]);
    }
    wsp_group_free(t.g);
    assert_true(t.w.alloc.live > 0);
    wsp_prepared_unref(p);
    assert_int_equal(t.w.alloc.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prepared_sent_to_both_roles_same_message),
        cmocka_unit_test(prepared_large_queued_by_reference),
        cmocka_unit_test(prepare_bad_arguments_refused),
        cmocka_unit_test(prepared_send_fragment_limit_splits),
        cmocka_unit_test(group_send_counts_every_case),
        cmocka_unit_test(group_send_no_memory_counted_as_failed),
        cmocka_unit_test(group_walk_only_those_asked_for),
        cmocka_unit_test(group_walk_member_waits_from_its_message_until_it_is_sent),
        cmocka_unit_test(group_walk_members_written_each_shown_once),
        cmocka_unit_test(group_walk_members_freed_and_removed_no_other_missed),
        cmocka_unit_test(group_member_closed_removed_by_itself),
        cmocka_unit_test(group_member_added_twice_counted_once),
        cmocka_unit_test(group_freed_before_members_members_go_on),
        cmocka_unit_test(group_add_no_memory_refused_unchanged),
        cmocka_unit_test(endpoint_freed_first_lives_until_all_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
