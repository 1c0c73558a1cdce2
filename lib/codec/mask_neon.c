/* mask_neon - 16 bytes at a time. SPDX-License-Identifier: MIT */
#include "base/cpu.h"
#include "codec/mask.h"

#if WSP_SIMD_NEON

#    include "codec/vec_neon.h"

/* Works with that: */
#    include "codec/mask_wide.h"

VEC_CODE void wsp_mask_neon(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
    if (len < VEC_BYTES)
        wsp_mask_portable(dst, src, len, word);
    else
        mask_wide(dst, src, len, word);
}

#endif
