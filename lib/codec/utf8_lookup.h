/*
 * utf8_lookup - text checked, and unmasked on the way, by vectors of any width.
 * SPDX-License-Identifier: MIT
 *
 * Included behind one of codec/vec_*.h. What was just stored is not loaded again, which would wait
 * for the stores: everything is checked in registers.
 */
#ifndef WSP_CODEC_UTF8_LOOKUP_H
#define WSP_CODEC_UTF8_LOOKUP_H

#include "base/bytes.h"
#include "codec/mask.h"
#include "codec/utf8_tables.h"

/* A state that no text goes on from */
#define TEXT_FAILED 0x010000FFu

struct text {
    uint8_t *dst; /* may be src */
    const uint8_t *src;
    size_t len;
    uint64_t word; /* the key at src */
    bool stores;   /* otherwise it is checked only */
};

/* The four bytes before a text that is begun in this state: zeros, then the kept ones. */
static inline uint32_t text_before(uint32_t state)
{
    return state == 0 ? 0 : state << 8 * (4 - (state >> 24));
}

/* Sets the state for what these last four bytes leave unfinished; false: no text goes on so. */
static inline bool text_keep(uint32_t *state, uint32_t last)
{
    bool one = last >= 0xC0000000;
    bool two = last << 8 >= 0xE0000000;
    bool three = last << 16 >= 0xF0000000;
    *state = 0;
    if (!(one | two | three))
        return true;
    *state = one ? last >> 24 | 1u << 24 : two ? last >> 16 | 2u << 24 : last >> 8 | 3u << 24;
    return !one || (last >= 0xC2000000 && last < 0xF5000000);
}

/* Not zero where a byte is wrong after those before it. */
VEC_INLINE vec text_errors(vec before, vec v)
{
    vec back1 = vec_back1(before, v);
    vec pair = vec_and(vec_lookup_high(vec_table(wsp_utf8_tables.first_high), back1),
                       vec_lookup_low(vec_table(wsp_utf8_tables.first_low), back1));
    pair = vec_and(pair, vec_lookup_high(vec_table(wsp_utf8_tables.second_high), v));
    /* From E0 and F0 on the differences are 0x80 and more: the third or fourth of a character. */
    vec third = vec_above(vec_back2(before, v), vec_byte(0xE0 - 0x80));
    vec fourth = vec_above(vec_back3(before, v), vec_byte(0xF0 - 0x80));
    return vec_xor(pair, vec_and(vec_or(third, fourth), vec_byte(WSP_UTF8_PAIR)));
}

/* Not zero if a character is not finished in v, when ASCII follows. */
VEC_INLINE vec text_unfinished(vec v)
{
    return vec_above(v, vec_load(wsp_utf8_tables.finished + 64 - VEC_BYTES));
}

/* The last vector, which overlaps the one before; the bytes before it, and its last four. */
struct text_end {
    vec v, before;
    uint32_t last;
};

/* Before anything is stored: dst may be src. */
VEC_INLINE struct text_end text_end(const struct text *t, uint32_t state)
{
    const uint8_t *end = t->src + t->len;
    size_t at = t->len - VEC_BYTES;
    uint64_t word = wsp_mask_turn(t->word, t->len);
    uint32_t before;
    if (at >= 4) {
        before = wsp_load32(end - VEC_BYTES - 4) ^ (uint32_t)word;
    } else {
        uint64_t first = wsp_load32(t->src) ^ (uint32_t)t->word;
        before = (uint32_t)((first << 32 | text_before(state)) >> 8 * at);
    }
    return (struct text_end){vec_xor(vec_load(end - VEC_BYTES), vec_repeat(word)),
                             vec_ending(before), wsp_load32(end - 4) ^ (uint32_t)word};
}

VEC_INLINE vec text_take(const struct text *t, size_t i)
{
    return vec_xor(vec_load(t->src + i), vec_repeat(t->word));
}

VEC_INLINE void text_put(const struct text *t, size_t i, vec v)
{
    if (t->stores)
        vec_store(t->dst + i, v);
}

/* Takes a text of one to four vectors if it is ASCII; false: it is not, and nothing was stored. */
VEC_INLINE bool text_few_ascii(const struct text *t, vec last)
{
    size_t end = t->len - VEC_BYTES;
    vec a = text_take(t, 0);
    if (t->len <= 2 * VEC_BYTES) {
        if (!vec_is_ascii(vec_or(a, last)))
            return false;
    } else {
        vec b = text_take(t, VEC_BYTES);
        vec c =
            vec_xor(vec_load(t->src + end - VEC_BYTES), vec_repeat(wsp_mask_turn(t->word, t->len)));
        if (!vec_is_ascii(vec_or(vec_or(a, b), vec_or(c, last))))
            return false;
        text_put(t, VEC_BYTES, b);
        text_put(t, end - VEC_BYTES, c);
    }
    text_put(t, 0, a);
    text_put(t, end, last);
    return true;
}

/*
 * Takes what a text of more than four vectors begins with of ASCII, and leaves one to four vectors
 * if that is all of it. The first vector is stored behind the others: it may overlap the second.
 */
VEC_INLINE void text_skip_ascii(struct text *t)
{
    vec first = text_take(t, 0);
    size_t i = VEC_BYTES;
    if (t->len >= VEC_ALIGN_FROM)
        i -= (uintptr_t)(t->stores ? t->dst : t->src) % VEC_BYTES;
    struct text rest = {t->dst, t->src, t->len, wsp_mask_turn(t->word, i), t->stores};
    for (; rest.len - i >= 5 * VEC_BYTES; i += 4 * VEC_BYTES) {
        vec a = text_take(&rest, i);
        vec b = text_take(&rest, i + VEC_BYTES);
        vec c = text_take(&rest, i + 2 * VEC_BYTES);
        vec d = text_take(&rest, i + 3 * VEC_BYTES);
        if (!vec_is_ascii(vec_or(first, vec_or(vec_or(a, b), vec_or(c, d)))))
            break;
        text_put(&rest, i, a);
        text_put(&rest, i + VEC_BYTES, b);
        text_put(&rest, i + 2 * VEC_BYTES, c);
        text_put(&rest, i + 3 * VEC_BYTES, d);
    }
    /* With a fifth vector gone, what is left is for text_few_ascii. */
    if (rest.len - i > 4 * VEC_BYTES && rest.len - i < 5 * VEC_BYTES) {
        vec a = text_take(&rest, i);
        if (vec_is_ascii(vec_or(first, a))) {
            text_put(&rest, i, a);
            i += VEC_BYTES;
        }
    }
    if (i <= VEC_BYTES)
        return;
    text_put(t, 0, first);
    if (t->stores)
        rest.dst += i;
    rest.src += i;
    rest.len -= i;
    *t = rest;
}

/* How far a text was checked */
struct text_run {
    size_t i;   /* bytes done */
    vec before; /* the last vector of these */
    vec errors;
};

/* Four vectors at a time, as long as more bytes than these are left. */
VEC_INLINE void text_blocks(const struct text *t, struct text_run *r)
{
    for (; t->len - r->i > 4 * VEC_BYTES; r->i += 4 * VEC_BYTES) {
        vec a = text_take(t, r->i);
        vec b = text_take(t, r->i + VEC_BYTES);
        vec c = text_take(t, r->i + 2 * VEC_BYTES);
        vec d = text_take(t, r->i + 3 * VEC_BYTES);
        if (vec_is_ascii(vec_or(vec_or(a, b), vec_or(c, d)))) {
            r->errors = vec_or(r->errors, text_unfinished(r->before));
        } else {
            vec ab = vec_or(text_errors(r->before, a), text_errors(a, b));
            vec cd = vec_or(text_errors(b, c), text_errors(c, d));
            r->errors = vec_or(r->errors, vec_or(ab, cd));
        }
        text_put(t, r->i, a);
        text_put(t, r->i + VEC_BYTES, b);
        text_put(t, r->i + 2 * VEC_BYTES, c);
        text_put(t, r->i + 3 * VEC_BYTES, d);
        r->before = d;
    }
}

/* Is everything from there to the end, the last vector of which is given. */
VEC_INLINE bool text_is_ascii(const struct text *t, size_t from, vec end)
{
    for (size_t i = from; t->len - i > VEC_BYTES; i += VEC_BYTES)
        end = vec_or(end, text_take(t, i));
    return vec_is_ascii(end);
}

/*
 * What text_blocks has left, the last vector of which overlaps. A text that is no longer than this
 * has been found not to be ASCII.
 */
VEC_INLINE void text_rest(const struct text *t, struct text_run *r, const struct text_end *end)
{
    size_t i = r->i;
    if (t->len > 4 * VEC_BYTES && text_is_ascii(t, i, end->v)) {
        r->errors = vec_or(r->errors, text_unfinished(r->before));
        for (; t->stores && t->len - i > VEC_BYTES; i += VEC_BYTES)
            text_put(t, i, text_take(t, i));
    } else {
        for (; t->len - i > VEC_BYTES; i += VEC_BYTES) {
            vec v = text_take(t, i);
            r->errors = vec_or(r->errors, text_errors(r->before, v));
            text_put(t, i, v);
            r->before = v;
        }
        r->errors = vec_or(r->errors, text_errors(end->before, end->v));
    }
    text_put(t, t->len - VEC_BYTES, end->v);
}

/* At least VEC_BYTES. */
VEC_INLINE bool text_run(struct text t, uint32_t *state)
{
    if (*state == 0 && t.len > 4 * VEC_BYTES)
        text_skip_ascii(&t);
    struct text_end end = text_end(&t, *state);
    if (*state == 0 && t.len <= 4 * VEC_BYTES && text_few_ascii(&t, end.v))
        return true;
    struct text_run r = {0, vec_ending(text_before(*state)), vec_zero()};
    text_blocks(&t, &r);
    text_rest(&t, &r, &end);
    if (vec_is_zero(r.errors) && text_keep(state, end.last))
        return true;
    *state = TEXT_FAILED;
    return false;
}

#endif
