/* mask_avx512 - 64 bytes at a time. SPDX-License-Identifier: MIT */
#include "base/cpu.h"
#include "codec/mask.h"

#if WSP_SIMD_X86

#    include "codec/vec_avx512.h"

/* Works with that: */
#    include "codec/mask_wide.h"

/* Where source and destination cannot both be aligned, half of narrower loads stand across two
 * cache lines, but all of these: each costs two. */
static bool apart(const uint8_t *dst, const uint8_t *src)
{
    return ((uintptr_t)dst - (uintptr_t)src) % VEC_BYTES != 0;
}

VEC_CODE void wsp_mask_avx512(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
    if (len >= VEC_ALIGN_FROM && apart(dst, src))
        wsp_mask_avx2(dst, src, len, word);
    else if (len >= VEC_BYTES)
        mask_wide(dst, src, len, word);
    else if (len >= 16)
        wsp_mask_avx2(dst, src, len, word);
    else
        wsp_mask_portable(dst, src, len, word);
}

#endif
