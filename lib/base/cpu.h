/* cpu - which instructions beyond the compiler's baseline this processor has.
 * SPDX-License-Identifier: MIT */
#ifndef WSP_BASE_CPU_H
#define WSP_BASE_CPU_H

/* What kernels exist for. WSP_NO_SIMD builds only the portable ones, as other processors do. */
#if !defined(WSP_NO_SIMD) && defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#    define WSP_SIMD_X86 1
#else
#    define WSP_SIMD_X86 0
#endif
#if !defined(WSP_NO_SIMD) && defined(__GNUC__) && defined(__AARCH64EL__) && defined(__ARM_NEON)
#    define WSP_SIMD_NEON 1 /* of every such processor: nothing to ask for */
#else
#    define WSP_SIMD_NEON 0
#endif

/* Each stands for all that its kernels use, and for registers that the operating system saves. */
enum wsp_cpu {
    WSP_CPU_SSSE3 = 1,
    WSP_CPU_SSE41 = 2,
    WSP_CPU_AVX2 = 4,
    WSP_CPU_AVX512 = 8, /* F, BW, VL and VBMI */
    WSP_CPU_SHA = 16    /* x86: with SSSE3 and SSE4.1; ARM: the SHA1 instructions */
};

/* wsp_cpu_features - the bits of enum wsp_cpu; slow enough to be asked for once an endpoint */
unsigned wsp_cpu_features(void);

#if WSP_SIMD_X86
/* The registers of CPUID that matter, by leaf; leaf 7's and xcr0 are 0 where there are none. */
struct wsp_cpuid {
    unsigned ecx1, ebx7, ecx7;
    unsigned xcr0; /* what of the registers the operating system saves */
};

/* wsp_cpu_decode - the features that these registers tell of */
unsigned wsp_cpu_decode(const struct wsp_cpuid *id);
#endif

#endif
