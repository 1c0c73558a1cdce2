/* The timer heap against a sorted twin. */
#include "support/testing.h"

#include "conn/timers.h"
#include "support/entropy.h"

#define COUNT 300u
#define STEPS 20000u

struct twin {
    struct wsp_timers heap;
    struct wsp_timer timer[COUNT];
};

static uint64_t earliest(const struct twin *t)
{
    uint64_t due = WSP_TIMER_OFF;
    for (size_t i = 0; i < COUNT; i++) {
        if (t->timer[i].due < due)
            due = t->timer[i].due;
    }
    return due;
}

static void check_root(const struct twin *t)
{
    uint64_t due = earliest(t);
    if (due == WSP_TIMER_OFF)
        assert_null(t->heap.root);
    else
        assert_true(t->heap.root->due == due);
}

static void twin_init(struct twin *t)
{
    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < COUNT; i++)
        wsp_timer_init(&t->timer[i]);
}

static void timers_random_sets_root_is_earliest(void **state)
{
    (void)state;
    static struct twin t;
    uint64_t seed = 1;
    size_t steps = test_subset() ? STEPS / 20 : STEPS;
    twin_init(&t);
    for (size_t i = 0; i < steps; i++) {
        struct wsp_timer *one = &t.timer[test_random_below(&seed, COUNT)];
        bool off = test_random_below(&seed, 3) == 0;
        wsp_timers_set(&t.heap, one, off ? WSP_TIMER_OFF : test_random_below(&seed, 1000));
        check_root(&t);
    }
}

static void timers_taken_from_the_root_come_sorted(void **state)
{
    (void)state;
    static struct twin t;
    uint64_t seed = 7;
    twin_init(&t);
    for (size_t i = 0; i < COUNT; i++)
        wsp_timers_set(&t.heap, &t.timer[i], test_random_below(&seed, 100));
    uint64_t last = 0;
    size_t n = 0;
    for (; t.heap.root != NULL; n++) {
        assert_true(t.heap.root->due >= last);
        last = t.heap.root->due;
        wsp_timers_set(&t.heap, t.heap.root, WSP_TIMER_OFF);
    }
    assert_int_equal(n, COUNT);
}

static void timers_off_twice_nothing_happens(void **state)
{
    (void)state;
    static struct twin t;
    twin_init(&t);
    wsp_timers_set(&t.heap, &t.timer[0], 5);
    wsp_timers_set(&t.heap, &t.timer[1], WSP_TIMER_OFF);
    assert_ptr_equal(t.heap.root, &t.timer[0]);
    wsp_timers_set(&t.heap, &t.timer[0], WSP_TIMER_OFF);
    wsp_timers_set(&t.heap, &t.timer[0], WSP_TIMER_OFF);
    assert_null(t.heap.root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_random_sets_root_is_earliest),
        cmocka_unit_test(timers_taken_from_the_root_come_sorted),
        cmocka_unit_test(timers_off_twice_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
