/*
 * The kernels of every set of instructions that this processor has, the portable ones first. What
 * is tested must hold for each.
 */
#ifndef TESTS_SUPPORT_KERNELS_H
#define TESTS_SUPPORT_KERNELS_H

#include "base/cpu.h"
#include "codec/kernels.h"
#include "codec/mask.h"
#include "codec/payload.h"
#include "codec/utf8.h"

enum { KERNEL_SETS = 6 };

struct kernel_set {
    const char *name;
    struct wsp_kernels kernels;
};

/* kernel_sets - returns how many there are */
static inline unsigned kernel_sets(struct kernel_set out[KERNEL_SETS])
{
    static const struct {
        const char *name;
        unsigned cpu;
    } kinds[] = {
        {"chosen for nothing", 0},
        {"SSSE3", WSP_CPU_SSSE3},
        {"AVX2", WSP_CPU_SSSE3 | WSP_CPU_SSE41 | WSP_CPU_AVX2},
        {"AVX-512", WSP_CPU_SSSE3 | WSP_CPU_SSE41 | WSP_CPU_AVX2 | WSP_CPU_AVX512},
    };
    unsigned features = wsp_cpu_features();
    unsigned n = 0;
    out[n].name = "portable";
    out[n++].kernels = (struct wsp_kernels){wsp_mask_portable, wsp_utf8_portable,
                                            wsp_payload_portable, wsp_utf8_valid};
    out[n].name = "public";
    out[n++].kernels = (struct wsp_kernels){wsp_mask_apply, wsp_utf8_feed, wsp_payload_unmask_text,
                                            wsp_utf8_valid};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if ((features & kinds[i].cpu) != kinds[i].cpu)
            continue;
        out[n].name = kinds[i].name;
        wsp_kernels_choose(&out[n++].kernels, kinds[i].cpu);
    }
    return n;
}

#endif
