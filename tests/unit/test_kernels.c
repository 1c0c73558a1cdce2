#include "base/cpu.h"
#include "codec/kernels.h"
#include "codec/mask.h"
#include "codec/payload.h"
#include "codec/utf8.h"
#include "support/testing.h"

static void kernels_without_features_are_portable(void **unused)
{
    (void)unused;
#if !WSP_SIMD_NEON
    struct wsp_kernels k;
    wsp_kernels_choose(&k, 0);
    assert_true(k.mask == wsp_mask_apply);
    assert_true(k.utf8 == wsp_utf8_feed);
    assert_true(k.unmask_text == wsp_payload_unmask_text);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_without_features_are_portable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
