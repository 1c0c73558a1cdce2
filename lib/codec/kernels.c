/* SPDX-License-Identifier: MIT */
#include "codec/kernels.h"

#include "base/cpu.h"
#include "codec/mask.h"
#include "codec/payload.h"
#include "codec/utf8.h"

void wsp_kernels_choose(struct wsp_kernels *out, unsigned cpu)
{
    *out = (struct wsp_kernels){wsp_mask_apply, wsp_utf8_feed, wsp_payload_unmask_text,
                                wsp_utf8_valid};
#if WSP_SIMD_X86
    if (cpu & WSP_CPU_AVX512)
        *out = (struct wsp_kernels){wsp_mask_avx512, wsp_utf8_avx512, wsp_payload_avx512,
                                    wsp_utf8_short_ssse3};
    else if (cpu & WSP_CPU_AVX2)
        *out = (struct wsp_kernels){wsp_mask_avx2, wsp_utf8_avx2, wsp_payload_avx2,
                                    wsp_utf8_short_ssse3};
    else if (cpu & WSP_CPU_SSSE3)
        *out = (struct wsp_kernels){wsp_mask_ssse3, wsp_utf8_ssse3, wsp_payload_ssse3,
                                    wsp_utf8_short_ssse3};
#else
    (void)cpu;
#endif
}
