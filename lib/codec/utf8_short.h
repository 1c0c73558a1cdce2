/*
 * utf8_short - texts of fewer than 16 bytes as one vector of 16. SPDX-License-Identifier: MIT
 */
#ifndef WSP_CODEC_UTF8_SHORT_H
#define WSP_CODEC_UTF8_SHORT_H

#include "codec/utf8_lookup.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* The text at the end of 16 bytes, zeros before it */
struct text_words {
    uint64_t low, high;
};

VEC_INLINE struct text_words text_8_to_15(const struct text *t)
{
    unsigned missing = 8 * (16 - (unsigned)t->len);
    uint64_t head = wsp_load64(t->src) ^ t->word;
    uint64_t tail = wsp_load64(t->src + t->len - 8) ^ wsp_mask_turn(t->word, t->len);
    if (t->stores) {
        wsp_store64(t->dst, head);
        wsp_store64(t->dst + t->len - 8, tail);
    }
    return (struct text_words){head << missing / 2 << missing / 2, tail};
}

VEC_INLINE struct text_words text_4_to_7(const struct text *t)
{
    unsigned more = 8 * (unsigned)(t->len - 4);
    uint32_t head = wsp_load32(t->src) ^ (uint32_t)t->word;
    uint32_t tail = wsp_load32(t->src + t->len - 4) ^ (uint32_t)wsp_mask_turn(t->word, t->len);
    if (t->stores) {
        wsp_store32(t->dst, head);
        wsp_store32(t->dst + t->len - 4, tail);
    }
    return (struct text_words){0, (uint64_t)tail << 32 | (uint64_t)head << (32 - more)};
}

VEC_INLINE struct text_words text_1_to_3(const struct text *t)
{
    size_t middle = t->len / 2;
    size_t last = t->len - 1;
    uint64_t bytes =
        t->src[0] | (uint64_t)t->src[middle] << 8 * middle | (uint64_t)t->src[last] << 8 * last;
    bytes ^= t->word;
    if (t->stores) {
        t->dst[0] = (uint8_t)bytes;
        t->dst[middle] = (uint8_t)(bytes >> 8 * middle);
        t->dst[last] = (uint8_t)(bytes >> 8 * last);
    }
    return (struct text_words){0, bytes << 8 * (8 - t->len)};
}

/* 0 < t->len < 16, and the state is 0 */
VEC_INLINE bool text_short(const struct text *t, uint32_t *state)
{
    struct text_words w = t->len >= 8   ? text_8_to_15(t)
                          : t->len >= 4 ? text_4_to_7(t)
                                        : text_1_to_3(t);
    if (((w.low | w.high) & HIGH_BITS) == 0)
        return true;
    vec errors = text_errors(vec_zero(), vec_words(w.low, w.high));
    if (vec_is_zero(errors) && text_keep(state, (uint32_t)(w.high >> 32)))
        return true;
    *state = TEXT_FAILED;
    return false;
}

/* A whole text at the beginning of 16 bytes, zeros behind it: 0 < len < 16 */
static inline struct text_words text_front(const uint8_t *src, size_t len)
{
    if (len >= 8) {
        unsigned missing = 8 * (16 - (unsigned)len);
        return (struct text_words){wsp_load64(src),
                                   wsp_load64(src + len - 8) >> missing / 2 >> missing / 2};
    }
    if (len >= 4)
        return (struct text_words){
            wsp_load32(src) | (uint64_t)wsp_load32(src + len - 4) << 8 * (len - 4), 0};
    size_t middle = len / 2;
    size_t last = len - 1;
    return (struct text_words){
        src[0] | (uint64_t)src[middle] << 8 * middle | (uint64_t)src[last] << 8 * last, 0};
}

/* Where a character is not finished a zero follows, which is wrong in it. */
VEC_INLINE bool text_whole(const uint8_t *src, size_t len)
{
    struct text_words w = text_front(src, len);
    return vec_is_zero(text_errors(vec_zero(), vec_words(w.low, w.high)));
}

#endif
