/* What the processor's registers tell of, and what this one says. */
#include "support/testing.h"

#include "base/cpu.h"
#include "conn/endpoint.h"

static void cpu_endpoint_keeps_the_features(void **state)
{
    (void)state;
    wsp_endpoint *e;
    assert_int_equal(wsp_endpoint_new(&e, NULL), WSP_OK);
    assert_int_equal(e->cpu, wsp_cpu_features());
    wsp_endpoint_free(e);
}

#if WSP_SIMD_X86

#    include <cpuid.h>

#    define ALL_BELOW_AVX (WSP_CPU_SSSE3 | WSP_CPU_SSE41 | WSP_CPU_SHA)
#    define ALL (ALL_BELOW_AVX | WSP_CPU_AVX2 | WSP_CPU_AVX512)

static const struct wsp_cpuid modern = {
    .ecx1 = bit_SSSE3 | bit_SSE4_1 | bit_OSXSAVE | bit_AVX,
    .ebx7 = bit_AVX2 | bit_SHA | bit_AVX512F | bit_AVX512BW | bit_AVX512VL,
    .ecx7 = bit_AVX512VBMI,
    .xcr0 = 0xE7,
};

struct row {
    const char *missing;
    struct wsp_cpuid bits; /* cleared in modern */
    unsigned features;
};

static const struct row rows[] = {
    {"nothing", {0}, ALL},
    {"SSSE3", {.ecx1 = bit_SSSE3}, ALL & ~(unsigned)(WSP_CPU_SSSE3 | WSP_CPU_SHA)},
    {"SSE4.1", {.ecx1 = bit_SSE4_1}, ALL & ~(unsigned)(WSP_CPU_SSE41 | WSP_CPU_SHA)},
    {"SHA", {.ebx7 = bit_SHA}, ALL & ~(unsigned)WSP_CPU_SHA},
    {"XSAVE", {.ecx1 = bit_OSXSAVE}, ALL_BELOW_AVX},
    {"AVX", {.ecx1 = bit_AVX}, ALL_BELOW_AVX},
    {"AVX2", {.ebx7 = bit_AVX2}, ALL_BELOW_AVX},
    {"saved XMM", {.xcr0 = 2}, ALL_BELOW_AVX},
    {"saved YMM", {.xcr0 = 4}, ALL_BELOW_AVX},
    {"saved masks", {.xcr0 = 0x20}, ALL & ~(unsigned)WSP_CPU_AVX512},
    {"saved ZMM", {.xcr0 = 0x40}, ALL & ~(unsigned)WSP_CPU_AVX512},
    {"saved ZMM16-31", {.xcr0 = 0x80}, ALL & ~(unsigned)WSP_CPU_AVX512},
    {"AVX512F", {.ebx7 = bit_AVX512F}, ALL & ~(unsigned)WSP_CPU_AVX512},
    {"AVX512BW", {.ebx7 = bit_AVX512BW}, ALL & ~(unsigned)WSP_CPU_AVX512},
    {"AVX512VL", {.ebx7 = bit_AVX512VL}, ALL & ~(unsigned)WSP_CPU_AVX512},
    {"AVX512VBMI", {.ecx7 = bit_AVX512VBMI}, ALL & ~(unsigned)WSP_CPU_AVX512},
    {"all", {~0u, ~0u, ~0u, ~0u}, 0},
};

static void cpu_missing_bit_takes_what_needs_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        struct wsp_cpuid id = {modern.ecx1 & ~r->bits.ecx1, modern.ebx7 & ~r->bits.ebx7,
                               modern.ecx7 & ~r->bits.ecx7, modern.xcr0 & ~r->bits.xcr0};
        if (wsp_cpu_decode(&id) != r->features)
            fail_msg("without %s: %#x, not %#x", r->missing, wsp_cpu_decode(&id), r->features);
    }
}

/* The compiler's own run-time asks the same processor; it knows no name for SHA. */
static void cpu_features_match_the_compiler(void **state)
{
    (void)state;
    unsigned want = 0;
    __builtin_cpu_init();
    want |= __builtin_cpu_supports("ssse3") ? WSP_CPU_SSSE3 : 0;
    want |= __builtin_cpu_supports("sse4.1") ? WSP_CPU_SSE41 : 0;
    want |= __builtin_cpu_supports("avx2") ? WSP_CPU_AVX2 : 0;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi"))
        want |= WSP_CPU_AVX512;
    assert_int_equal(wsp_cpu_features() & ~(unsigned)WSP_CPU_SHA, want);
}

#elif WSP_SIMD_NEON

static void cpu_features_are_of_this_kind(void **state)
{
    (void)state;
    assert_int_equal(wsp_cpu_features() & ~(unsigned)WSP_CPU_SHA, 0);
}

#else

static void cpu_has_no_features(void **state)
{
    (void)state;
    assert_int_equal(wsp_cpu_features(), 0);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpu_endpoint_keeps_the_features),
#if WSP_SIMD_X86
        cmocka_unit_test(cpu_missing_bit_takes_what_needs_it),
        cmocka_unit_test(cpu_features_match_the_compiler),
#elif WSP_SIMD_NEON
        cmocka_unit_test(cpu_features_are_of_this_kind),
#else
        cmocka_unit_test(cpu_has_no_features),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
