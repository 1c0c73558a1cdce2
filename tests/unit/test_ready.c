/* The readyState machine: every state with every cause. */
#include "support/testing.h"

#include "conn/ready.h"

struct row {
    enum wsp_state state;
    enum wsp_cause cause;
    enum wsp_state next;
};

static const struct row rows[] = {
    {WSP_CONNECTING, WSP_CAUSE_OPENED, WSP_OPEN},
    {WSP_CONNECTING, WSP_CAUSE_CLOSING, WSP_CONNECTING},
    {WSP_CONNECTING, WSP_CAUSE_OVER, WSP_CLOSED},
    {WSP_OPEN, WSP_CAUSE_OPENED, WSP_OPEN},
    {WSP_OPEN, WSP_CAUSE_CLOSING, WSP_CLOSING},
    {WSP_OPEN, WSP_CAUSE_OVER, WSP_CLOSED},
    {WSP_CLOSING, WSP_CAUSE_OPENED, WSP_CLOSING},
    {WSP_CLOSING, WSP_CAUSE_CLOSING, WSP_CLOSING},
    {WSP_CLOSING, WSP_CAUSE_OVER, WSP_CLOSED},
    {WSP_CLOSED, WSP_CAUSE_OPENED, WSP_CLOSED},
    {WSP_CLOSED, WSP_CAUSE_CLOSING, WSP_CLOSED},
    {WSP_CLOSED, WSP_CAUSE_OVER, WSP_CLOSED},
};

static void ready_every_state_and_cause_as_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(wsp_ready_next(rows[i].state, rows[i].cause), rows[i].next);
}

static void ready_any_cause_never_goes_back(void **state)
{
    (void)state;
    for (int s = WSP_CONNECTING; s <= WSP_CLOSED; s++) {
        for (int c = WSP_CAUSE_OPENED; c <= WSP_CAUSE_OVER; c++)
            assert_true((int)wsp_ready_next((enum wsp_state)s, (enum wsp_cause)c) >= s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_every_state_and_cause_as_the_table),
        cmocka_unit_test(ready_any_cause_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
