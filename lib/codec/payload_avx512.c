/* payload_avx512 - text unmasked and checked, 64 bytes at a time. SPDX-License-Identifier: MIT */
#include "base/cpu.h"
#include "codec/payload.h"

#if WSP_SIMD_X86

#    include "codec/vec_avx512.h"

/* Works with that: */
#    include "codec/utf8_lookup.h"

VEC_CODE bool wsp_payload_avx512(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                                 uint32_t *utf8_state)
{
    const struct text t = {dst, src, len, word, true};
    if (len < 32)
        return wsp_payload_ssse3(dst, src, len, word, utf8_state);
    if (len < VEC_BYTES)
        return wsp_payload_avx2(dst, src, len, word, utf8_state);
    return text_run(t, utf8_state);
}

#endif
