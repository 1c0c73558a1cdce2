/* The members of groups: the three parts against a naive twin, under random moves. */
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

static enum wsp_backlog part_of(const wsp_group *g, size_t place)
{
    if (place < g->full)
        return WSP_BACKLOG_FULL;
    return place < g->waiting ? WSP_BACKLOG_WAITING : WSP_BACKLOG_NONE;
}

static void check_member(struct fixture *f, size_t conn, size_t group)
{
    const wsp_group *g = &f->group[group];
    const struct wsp_member *m = wsp_members_find(f->list[conn], g);
    assert_int_equal(m != NULL, f->in[conn][group]);
    if (m == NULL)
        return;
    assert_ptr_equal(m->conn, name_of(f, conn));
    assert_ptr_equal(g->at[m->place], m);
    assert_ptr_equal(g->seats[m->seat], m);
    assert_int_equal(part_of(g, m->place), f->backlog[conn]);
}

static void check(struct fixture *f)
{
    for (size_t g = 0; g < GROUPS; g++) {
        size_t count = 0;
        for (size_t c = 0; c < CONNS; c++) {
            check_member(f, c, g);
            count += f->in[c][g];
        }
        assert_int_equal(f->group[g].count, count);
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

static void members_random_moves_parts_are_right(void **state)
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
    for (size_t g = 0; g < GROUPS; g++) {
        wsp_mem_free(&f.mem, f.group[g].at, f.group[g].at_cap * sizeof(void *));
        wsp_mem_free(&f.mem, f.group[g].seats, f.group[g].seats_cap * sizeof(void *));
    }
    assert_int_equal(f.alloc.live, 0);
}

static void members_add_without_memory_changes_nothing(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 3; n++) {
        struct fixture f = {0};
        f.mem = (struct wsp_mem){counted, &f.alloc};
        f.alloc.fail_at = n;
        assert_false(wsp_members_add(&f.group[0], &f.mem, name_of(&f, 0), &f.list[0]));
        assert_int_equal(f.group[0].count, 0);
        assert_null(f.list[0]);
        wsp_mem_free(&f.mem, f.group[0].at, f.group[0].at_cap * sizeof(void *));
        wsp_mem_free(&f.mem, f.group[0].seats, f.group[0].seats_cap * sizeof(void *));
        assert_int_equal(f.alloc.live, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_random_moves_parts_are_right),
        cmocka_unit_test(members_add_without_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
