/* payload_ssse3 - text unmasked and checked, 16 bytes at a time. SPDX-License-Identifier: MIT */
#include "base/cpu.h"
#include "codec/payload.h"

#if WSP_SIMD_X86

#    include "codec/vec_ssse3.h"

/* Works with that: */
#    include "codec/utf8_short.h"

VEC_CODE bool wsp_payload_ssse3(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                                uint32_t *utf8_state)
{
    const struct text t = {dst, src, len, word, true};
    if (len == 0 || (len < VEC_BYTES && *utf8_state != 0))
        return wsp_payload_portable(dst, src, len, word, utf8_state);
    if (len < VEC_BYTES)
        return text_short(&t, utf8_state);
    return text_run(t, utf8_state);
}

#endif
