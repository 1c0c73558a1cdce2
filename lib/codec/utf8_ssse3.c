/* utf8_ssse3 - text checked, 16 bytes at a time. SPDX-License-Identifier: MIT */
#include "base/cpu.h"
#include "codec/utf8.h"

#if WSP_SIMD_X86

#    include "codec/vec_ssse3.h"

/* Works with that: */
#    include "codec/utf8_short.h"

VEC_CODE bool wsp_utf8_ssse3(uint32_t *state, const uint8_t *data, size_t len)
{
    const struct text t = {.src = data, .len = len};
    if (len == 0 || (len < VEC_BYTES && *state != 0))
        return wsp_utf8_portable(state, data, len);
    if (len < VEC_BYTES)
        return text_short(&t, state);
    return text_run(t, state);
}

VEC_CODE bool wsp_utf8_short_ssse3(const uint8_t *data, size_t len)
{
    return len == 0 || text_whole(data, len);
}

#endif
