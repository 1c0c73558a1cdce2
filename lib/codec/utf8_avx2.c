/* utf8_avx2 - text checked, 32 bytes at a time. SPDX-License-Identifier: MIT */
#include "base/cpu.h"
#include "codec/utf8.h"

#if WSP_SIMD_X86

#    include "codec/vec_avx2.h"

/* Works with that: */
#    include "codec/utf8_lookup.h"

VEC_CODE bool wsp_utf8_avx2(uint32_t *state, const uint8_t *data, size_t len)
{
    const struct text t = {.src = data, .len = len};
    if (len < VEC_BYTES)
        return wsp_utf8_ssse3(state, data, len);
    return text_run(t, state);
}

#endif
