/* SPDX-License-Identifier: MIT */
#include "base/cpu.h"

#include <stdbool.h>

#if WSP_SIMD_X86

#    include <cpuid.h>

/* AVX is of use only when the operating system saves the upper halves of the registers, AVX-512
 * when it also saves the mask registers, the upper halves of ZMM0-15, and ZMM16-31. */
#    define XCR0_YMM 0x06u
#    define XCR0_ZMM 0xE6u

static bool all(unsigned word, unsigned bits)
{
    return (word & bits) == bits;
}

unsigned wsp_cpu_decode(const struct wsp_cpuid *id)
{
    unsigned features = 0;
    if (id->ecx1 & bit_SSSE3)
        features |= WSP_CPU_SSSE3;
    if (id->ecx1 & bit_SSE4_1)
        features |= WSP_CPU_SSE41;
    if (all(features, WSP_CPU_SSSE3 | WSP_CPU_SSE41) && (id->ebx7 & bit_SHA))
        features |= WSP_CPU_SHA;
    if (!all(id->ecx1, bit_OSXSAVE | bit_AVX) || !all(id->xcr0, XCR0_YMM) || !(id->ebx7 & bit_AVX2))
        return features;
    features |= WSP_CPU_AVX2;
    if (all(id->xcr0, XCR0_ZMM) && all(id->ebx7, bit_AVX512F | bit_AVX512BW | bit_AVX512VL) &&
        (id->ecx7 & bit_AVX512VBMI))
        features |= WSP_CPU_AVX512;
    return features;
}

unsigned wsp_cpu_features(void)
{
    struct wsp_cpuid id = {0, 0, 0, 0};
    unsigned eax, ebx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &id.ecx1, &edx))
        return 0;
    (void)__get_cpuid_count(7, 0, &eax, &id.ebx7, &id.ecx7, &edx);
    if (id.ecx1 & bit_OSXSAVE)
        __asm__("xgetbv" : "=a"(id.xcr0), "=d"(edx) : "c"(0));
    return wsp_cpu_decode(&id);
}

#elif WSP_SIMD_NEON && defined(__linux__)

#    include <sys/auxv.h>

#    define HWCAP_SHA1_BIT (1ul << 5) /* of Linux on arm64; a constant of its interface */

unsigned wsp_cpu_features(void)
{
    return getauxval(AT_HWCAP) & HWCAP_SHA1_BIT ? WSP_CPU_SHA : 0;
}

#else

unsigned wsp_cpu_features(void)
{
#    if WSP_SIMD_NEON && defined(__ARM_FEATURE_SHA2)
    return WSP_CPU_SHA; /* the compiler was told, as it always is on a Mac */
#    else
    return 0;
#    endif
}

#endif
