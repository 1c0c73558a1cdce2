/* mask_wide - by vectors of any width. SPDX-License-Identifier: MIT
 *
 * Included behind one of codec/vec_*.h.
 */
#ifndef WSP_CODEC_MASK_WIDE_H
#define WSP_CODEC_MASK_WIDE_H

#include "codec/mask.h"

/* From here on stores that stand across two cache lines cost more than to find the place. */
#define ALIGN_FROM (16 * VEC_BYTES)

/*
 * At least VEC_BYTES. The first and the last vector overlap what is between them. They are taken
 * before, and stored after everything else: dst may be src.
 */
VEC_INLINE void mask_wide(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
    vec first = vec_xor(vec_load(src), vec_repeat(word));
    vec last = vec_xor(vec_load(src + len - VEC_BYTES), vec_repeat(wsp_mask_turn(word, len)));
    size_t i = VEC_BYTES;
    if (len >= ALIGN_FROM)
        i -= (uintptr_t)dst % VEC_BYTES;
    vec key = vec_repeat(wsp_mask_turn(word, i));
    for (; len - i > 4 * VEC_BYTES; i += 4 * VEC_BYTES) {
        vec a = vec_load(src + i);
        vec b = vec_load(src + i + VEC_BYTES);
        vec c = vec_load(src + i + 2 * VEC_BYTES);
        vec d = vec_load(src + i + 3 * VEC_BYTES);
        vec_store(dst + i, vec_xor(a, key));
        vec_store(dst + i + VEC_BYTES, vec_xor(b, key));
        vec_store(dst + i + 2 * VEC_BYTES, vec_xor(c, key));
        vec_store(dst + i + 3 * VEC_BYTES, vec_xor(d, key));
    }
    for (; len - i > VEC_BYTES; i += VEC_BYTES)
        vec_store(dst + i, vec_xor(vec_load(src + i), key));
    vec_store(dst, first);
    vec_store(dst + len - VEC_BYTES, last);
}

#endif
