/* Frames, fragments, control frames and UTF-8: the rows of RFC 6455 5 and 8.1 through the runner.
 * */
#include "support/run.h"
#include "support/testing.h"

#define BAD(section) "CLOSE(1006 peer PROTOCOL [" section "])"

static const struct run_setup trusting = {.config = {.trust_utf8 = true}};

static const struct run_row frames[] = {
#include "vectors/frames.inc"
};

static const struct run_row fragments[] = {
#include "vectors/fragments.inc"
};

static const struct run_row control[] = {
#include "vectors/control.inc"
};

static const struct run_row utf8[] = {
#include "vectors/utf8.inc"
};

RUN_TABLE(frame_every_row_same_events, frames)
RUN_TABLE(fragment_every_row_same_events, fragments)
RUN_TABLE(control_every_row_same_events, control)
RUN_TABLE(utf8_every_row_same_events, utf8)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_every_row_same_events),
        cmocka_unit_test(fragment_every_row_same_events),
        cmocka_unit_test(control_every_row_same_events),
        cmocka_unit_test(utf8_every_row_same_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
