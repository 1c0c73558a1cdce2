#include "conn/endpoint.h"
#include "support/kernels.h"
#include "support/testing.h"

static void expect(unsigned cpu, struct wsp_kernels want)
{
    struct wsp_kernels k;
    wsp_kernels_choose(&k, cpu);
    assert_true(k.mask == want.mask);
    assert_true(k.utf8 == want.utf8);
    assert_true(k.unmask_text == want.unmask_text);
}

static void kernels_are_the_widest_that_the_features_allow(void **unused)
{
    (void)unused;
    struct wsp_kernels any = {wsp_mask_apply, wsp_utf8_feed, wsp_payload_unmask_text,
                              wsp_utf8_valid};
    expect(0, any);
    expect(WSP_CPU_SHA, any);
#if WSP_SIMD_X86
    struct wsp_kernels narrow = {wsp_mask_ssse3, wsp_utf8_ssse3, wsp_payload_ssse3,
                                 wsp_utf8_short_ssse3};
    struct wsp_kernels middle = {wsp_mask_avx2, wsp_utf8_avx2, wsp_payload_avx2,
                                 wsp_utf8_short_ssse3};
    struct wsp_kernels wide = {wsp_mask_avx512, wsp_utf8_avx512, wsp_payload_avx512,
                               wsp_utf8_short_ssse3};
    expect(WSP_CPU_SSSE3, narrow);
    expect(WSP_CPU_SSSE3 | WSP_CPU_SSE41 | WSP_CPU_SHA, narrow);
    expect(WSP_CPU_SSSE3 | WSP_CPU_SSE41 | WSP_CPU_AVX2, middle);
    expect(WSP_CPU_SSSE3 | WSP_CPU_SSE41 | WSP_CPU_AVX2 | WSP_CPU_AVX512, wide);
#endif
}

static void kernels_of_an_endpoint_are_its_processors(void **unused)
{
    (void)unused;
    wsp_endpoint *e;
    assert_int_equal(wsp_endpoint_new(&e, NULL), WSP_OK);
    expect(wsp_cpu_features(), e->kernels);
    wsp_endpoint_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_are_the_widest_that_the_features_allow),
        cmocka_unit_test(kernels_of_an_endpoint_are_its_processors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
