/* The members of groups: the lists against a naive twin, and walks under random changes. */
#include "support/testing.h"

#include "conn/members.h"
#include "support/alloc.h"
#include "support/entropy.h"

#define CONNS 12u
#define GROUPS 3u

static void *counted(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    return test_alloc_call(ctx, ptr, old_len, new_len);
}

struct fixture {
    struct test_alloc alloc;
    struct wsp_mem mem;
    wsp_group group[GROUPS];
    struct wsp_member *list[CONNS];
    enum wsp_backlog backlog[CONNS];
    bool in[CONNS][GROUPS];
};

/* A connection is only a name here. */
static wsp_conn *name_of(struct fixture *f, size_t conn)
{
    return (wsp_conn *)(void *)&f->list[conn];
}

static bool listed(const struct wsp_links *l, const struct wsp_link *x)
{
    size_t last = SIZE_MAX;
    bool found = false;
    size_t count = 0;
    for (const struct wsp_link *at = l->newest; at != NULL; at = at->older) {
        assert_true(at->number < last);
        last = at->number;
        found = found || at == x;
        count++;
    }
    assert_int_equal(count, l->count);
    return found;
}

static void check_member(struct fixture *f, size_t conn, size_t group)
{
    const wsp_group *g = &f->group[group];
    const struct wsp_member *m = wsp_members_find(f->list[conn], g);
    assert_int_equal(m != NULL, f->in[conn][group]);
    if (m == NULL)
        return;
    assert_ptr_equal(m->conn, name_of(f, conn));
    assert_true(listed(&g->all, &m->all));
    assert_int_equal(listed(&g->waiting, &m->waiting), f->backlog[conn] >= WSP_BACKLOG_WAITING);
    assert_int_equal(listed(&g->full, &m->full), f->backlog[conn] == WSP_BACKLOG_FULL);
}

static void check(struct fixture *f)
{
    for (size_t g = 0; g < GROUPS; g++) {
        size_t count = 0;
        for (size_t c = 0; c < CONNS; c++) {
            check_member(f, c, g);
            count += f->in[c][g];
        }
        assert_int_equal(f->group[g].all.count, count);
    }
}

static void act(struct fixture *f, uint64_t *seed)
{
    size_t c = test_random_below(seed, CONNS);
    size_t g = test_random_below(seed, GROUPS);
    struct wsp_member *m = wsp_members_find(f->list[c], &f->group[g]);
    if (test_random_below(seed, 2) == 0) {
        f->backlog[c] = (enum wsp_backlog)test_random_below(seed, 3);
    } else if (m != NULL) {
        wsp_members_remove(m, &f->mem, &f->list[c]);
        f->in[c][g] = false;
    } else {
        assert_true(wsp_members_add(&f->group[g], &f->mem, name_of(f, c), &f->list[c]));
        f->in[c][g] = true;
    }
    wsp_members_sort(f->list[c], f->backlog[c]);
}

static void members_random_moves_lists_are_right(void **state)
{
    (void)state;
    struct fixture f = {0};
    uint64_t seed = 3;
    f.mem = (struct wsp_mem){counted, &f.alloc};
    for (size_t i = 0; i < (test_subset() ? 500u : 20000u); i++) {
        act(&f, &seed);
        check(&f);
    }
    for (size_t c = 0; c < CONNS; c++) {
        while (f.list[c] != NULL)
            wsp_members_remove(f.list[c], &f.mem, &f.list[c]);
    }
    assert_int_equal(f.alloc.live, 0);
}

static void members_add_without_memory_changes_nothing(void **state)
{
    (void)state;
    struct fixture f = {0};
    f.mem = (struct wsp_mem){counted, &f.alloc};
    f.alloc.fail_at = 1;
    assert_false(wsp_members_add(&f.group[0], &f.mem, name_of(&f, 0), &f.list[0]));
    assert_int_equal(f.group[0].all.count, 0);
    assert_null(f.list[0]);
    assert_int_equal(f.alloc.live, 0);
}

/* Walks while others come, go and change their backlog: none twice, none missed that stayed. */
static void walk(struct fixture *f, enum wsp_group_which which, uint64_t *seed)
{
    bool stayed[CONNS], shown[CONNS] = {false}, fresh[CONNS] = {false};
    size_t at = SIZE_MAX;
    struct wsp_member *m;
    for (size_t c = 0; c < CONNS; c++) {
        enum wsp_backlog least = which == WSP_GROUP_FULL      ? WSP_BACKLOG_FULL
                                 : which == WSP_GROUP_WAITING ? WSP_BACKLOG_WAITING
                                                              : WSP_BACKLOG_NONE;
        stayed[c] = f->in[c][0] && f->backlog[c] >= least;
    }
    while ((m = wsp_members_next(&f->group[0], &at, which)) != NULL) {
        size_t c = (size_t)((struct wsp_member **)(void *)m->conn - f->list);
        assert_false(shown[c]);
        assert_false(fresh[c]);
        shown[c] = true;
        size_t other = test_random_below(seed, CONNS);
        stayed[other] = false;
        fresh[other] = !f->in[other][0];
        if (f->in[other][0]) {
            wsp_members_remove(wsp_members_find(f->list[other], &f->group[0]), &f->mem,
                               &f->list[other]);
            f->in[other][0] = false;
        } else {
            assert_true(wsp_members_add(&f->group[0], &f->mem, name_of(f, other), &f->list[other]));
            f->in[other][0] = true;
        }
        wsp_members_sort(f->list[other], f->backlog[other]);
    }
    for (size_t c = 0; c < CONNS; c++)
        assert_true(shown[c] || !stayed[c]);
}

static void members_walk_with_changes_none_twice_none_missed(void **state)
{
    (void)state;
    struct fixture f = {0};
    uint64_t seed = 5;
    f.mem = (struct wsp_mem){counted, &f.alloc};
    for (size_t i = 0; i < (test_subset() ? 100u : 3000u); i++) {
        for (size_t n = 0; n < 5; n++)
            act(&f, &seed);
        walk(&f, (enum wsp_group_which)test_random_below(&seed, 3), &seed);
    }
    for (size_t c = 0; c < CONNS; c++) {
        while (f.list[c] != NULL)
            wsp_members_remove(f.list[c], &f.mem, &f.list[c]);
    }
    assert_int_equal(f.alloc.live, 0);
}

static void members_two_walks_at_once_each_sees_all(void **state)
{
    (void)state;
    struct fixture f = {0};
    f.mem = (struct wsp_mem){counted, &f.alloc};
    for (size_t c = 0; c < CONNS; c++)
        assert_true(wsp_members_add(&f.group[0], &f.mem, name_of(&f, c), &f.list[c]));
    size_t one = SIZE_MAX;
    size_t two = SIZE_MAX;
    for (size_t i = 0; i < CONNS; i++) {
        struct wsp_member *a = wsp_members_next(&f.group[0], &one, WSP_GROUP_ALL);
        if (i % 2 == 0)
            continue;
        for (int k = 0; k < 2; k++)
            assert_non_null(wsp_members_next(&f.group[0], &two, WSP_GROUP_ALL));
        assert_non_null(a);
        assert_int_equal(one, two);
    }
    assert_null(wsp_members_next(&f.group[0], &one, WSP_GROUP_ALL));
    assert_null(wsp_members_next(&f.group[0], &two, WSP_GROUP_ALL));
    for (size_t c = 0; c < CONNS; c++)
        wsp_members_remove(f.list[c], &f.mem, &f.list[c]);
    assert_int_equal(f.alloc.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_random_moves_lists_are_right),
        cmocka_unit_test(members_add_without_memory_changes_nothing),
        cmocka_unit_test(members_walk_with_changes_none_twice_none_missed),
        cmocka_unit_test(members_two_walks_at_once_each_sees_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
