/* http_avx512 - the fields of a head, 64 bytes at a time. SPDX-License-Identifier: MIT */
#include "base/cpu.h"
#include "codec/http_field.h"

#if WSP_SIMD_X86

#    include "codec/vec_avx512.h"

/* Works with that: */
#    include "codec/http_lines.h"

VEC_CODE int wsp_fields_avx512(struct wsp_head *h, struct wsp_slice text, size_t at, size_t *hosts)
{
    return lines_fields(h, text, at, hosts);
}

#endif
