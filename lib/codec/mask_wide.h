/* mask_wide - by vectors of any width. SPDX-License-Identifier: MIT
 *
 * Included behind one of codec/vec_*.h.
 */
#ifndef WSP_CODEC_MASK_WIDE_H
#define WSP_CODEC_MASK_WIDE_H

#include "codec/mask.h"

VEC_INLINE vec mask_vec(const uint8_t *src, uint64_t word)
{
    return vec_xor(vec_load(src), vec_repeat(word));
}

/* More than four vectors. The first and the last are stored behind all others, as they overlap. */
VEC_INLINE void mask_long(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
    vec first = mask_vec(src, word);
    vec last = mask_vec(src + len - VEC_BYTES, wsp_mask_turn(word, len));
    size_t i = VEC_BYTES;
    if (len >= VEC_ALIGN_FROM)
        i -= (uintptr_t)dst % VEC_BYTES;
    word = wsp_mask_turn(word, i);
    for (; len - i > 4 * VEC_BYTES; i += 4 * VEC_BYTES) {
        vec a = mask_vec(src + i, word);
        vec b = mask_vec(src + i + VEC_BYTES, word);
        vec c = mask_vec(src + i + 2 * VEC_BYTES, word);
        vec d = mask_vec(src + i + 3 * VEC_BYTES, word);
        vec_store(dst + i, a);
        vec_store(dst + i + VEC_BYTES, b);
        vec_store(dst + i + 2 * VEC_BYTES, c);
        vec_store(dst + i + 3 * VEC_BYTES, d);
    }
    for (; len - i > VEC_BYTES; i += VEC_BYTES)
        vec_store(dst + i, mask_vec(src + i, word));
    vec_store(dst, first);
    vec_store(dst + len - VEC_BYTES, last);
}

/* At least VEC_BYTES. All that overlaps is taken before anything is stored: dst may be src. */
VEC_INLINE void mask_wide(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
    if (len > 4 * VEC_BYTES) {
        mask_long(dst, src, len, word);
        return;
    }
    uint64_t end_word = wsp_mask_turn(word, len);
    size_t end = len - VEC_BYTES;
    vec a = mask_vec(src, word);
    vec d = mask_vec(src + end, end_word);
    if (len > 2 * VEC_BYTES) {
        vec b = mask_vec(src + VEC_BYTES, word);
        vec c = mask_vec(src + end - VEC_BYTES, end_word);
        vec_store(dst + VEC_BYTES, b);
        vec_store(dst + end - VEC_BYTES, c);
    }
    vec_store(dst, a);
    vec_store(dst + end, d);
}

#endif
