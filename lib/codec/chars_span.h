/* chars_span - where a run of usual bytes ends, sixteen bytes at a time where the processor can.
 * SPDX-License-Identifier: MIT
 *
 * Each returns the first place from at on, at most len, whose byte is not of the set. A set may be
 * less than what the grammar allows there: the rest is for a table. len >= at; nothing outside
 * buf[0..len) is read. */
#ifndef WSP_CODEC_CHARS_SPAN_H
#define WSP_CODEC_CHARS_SPAN_H

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/cpu.h"
#include "codec/chars.h"

enum wsp_span {
    WSP_SPAN_LETTER, /* letters and '-': what most field names are of */
    WSP_SPAN_PLAIN,  /* field-content but HTAB: RFC 9110 5.5 */
    WSP_SPAN_NAME,   /* letters, digits, '-', '.' and '_': most of tchar (RFC 9110 5.6.2), and of a
                     * host's name (RFC 3986 3.2.2) */
    WSP_SPAN_BASE64  /* letters, digits, '+' and '/': RFC 4648 4 */
};

static inline bool wsp_span_has(enum wsp_span set, uint8_t byte)
{
    uint8_t lower = byte | 0x20;
    if (set == WSP_SPAN_PLAIN)
        return byte >= 0x20 && byte != 0x7F;
    if (lower >= 'a' && lower <= 'z')
        return true;
    if (set == WSP_SPAN_LETTER)
        return byte == '-';
    if (byte >= '0' && byte <= '9')
        return true;
    if (set == WSP_SPAN_NAME)
        return byte == '-' || byte == '.' || byte == '_';
    return byte == '+' || byte == '/';
}

#if WSP_SIMD_X86 && defined(__SSE2__) && !WSP_SMALL_CODE

#    include <immintrin.h>

/* Bytes from low to low + more, as 0xFF. */
static inline __m128i wsp_span_within(__m128i x, char low, char more)
{
    __m128i above = _mm_sub_epi8(x, _mm_set1_epi8(low));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(more)), above);
}

/* A bit for each of 16 bytes that is not of the set, that of the first the lowest. */
static inline uint64_t wsp_span_others(enum wsp_span set, const uint8_t *p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    if (set == WSP_SPAN_PLAIN) {
        __m128i odd =
            _mm_or_si128(wsp_span_within(x, 0, 0x1F), _mm_cmpeq_epi8(x, _mm_set1_epi8(0x7F)));
        return (uint64_t)(unsigned)_mm_movemask_epi8(odd);
    }
    __m128i letter = wsp_span_within(_mm_or_si128(x, _mm_set1_epi8(0x20)), 'a', 25);
    __m128i good = letter;
    if (set != WSP_SPAN_LETTER)
        good = _mm_or_si128(letter, wsp_span_within(x, '0', 9));
    if (set == WSP_SPAN_LETTER)
        good = _mm_or_si128(good, _mm_cmpeq_epi8(x, _mm_set1_epi8('-')));
    else if (set == WSP_SPAN_BASE64)
        good = _mm_or_si128(good, _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('+')),
                                               _mm_cmpeq_epi8(x, _mm_set1_epi8('/'))));
    else
        good = _mm_or_si128(good, _mm_or_si128(wsp_span_within(x, '-', '.' - '-'),
                                               _mm_cmpeq_epi8(x, _mm_set1_epi8('_'))));
    return (uint64_t)(unsigned)_mm_movemask_epi8(good) ^ 0xFFFF;
}

#    define WSP_SPAN_LANES 16u
#    define WSP_SPAN_BITS 1u /* of the word, a byte */

#elif WSP_SIMD_NEON && defined(__AARCH64EL__) && !WSP_SMALL_CODE

#    include <arm_neon.h>

static inline uint8x16_t wsp_span_within(uint8x16_t x, uint8_t low, uint8_t more)
{
    return vcleq_u8(vsubq_u8(x, vdupq_n_u8(low)), vdupq_n_u8(more));
}

/* Four bits for each of 16 bytes that is not of the set, those of the first the lowest. */
static inline uint64_t wsp_span_others(enum wsp_span set, const uint8_t *p)
{
    uint8x16_t x = vld1q_u8(p);
    uint8x16_t odd;
    if (set == WSP_SPAN_PLAIN) {
        odd = vorrq_u8(vcltq_u8(x, vdupq_n_u8(0x20)), vceqq_u8(x, vdupq_n_u8(0x7F)));
    } else {
        uint8x16_t letter = wsp_span_within(vorrq_u8(x, vdupq_n_u8(0x20)), 'a', 25);
        uint8x16_t good = letter;
        if (set != WSP_SPAN_LETTER)
            good = vorrq_u8(letter, wsp_span_within(x, '0', 9));
        if (set == WSP_SPAN_LETTER)
            good = vorrq_u8(good, vceqq_u8(x, vdupq_n_u8('-')));
        else if (set == WSP_SPAN_BASE64)
            good = vorrq_u8(good,
                            vorrq_u8(vceqq_u8(x, vdupq_n_u8('+')), vceqq_u8(x, vdupq_n_u8('/'))));
        else
            good = vorrq_u8(
                good, vorrq_u8(wsp_span_within(x, '-', '.' - '-'), vceqq_u8(x, vdupq_n_u8('_'))));
        odd = vmvnq_u8(good);
    }
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(odd), 4)), 0);
}

#    define WSP_SPAN_LANES 16u
#    define WSP_SPAN_BITS 4u

#else
#    define WSP_SPAN_LANES 0u
#endif

#if WSP_SPAN_LANES

static inline size_t wsp_span_first(uint64_t others)
{
    return (unsigned)__builtin_ctzll(others) / WSP_SPAN_BITS;
}

/* Of the last few bytes. */
static WSP_NOINLINE size_t wsp_span_rest(enum wsp_span set, const uint8_t *buf, size_t at,
                                         size_t len)
{
    /* Together with what is before them. */
    if (len >= WSP_SPAN_LANES && at < len) {
        uint64_t others = wsp_span_others(set, buf + len - WSP_SPAN_LANES);
        others >>= (at + WSP_SPAN_LANES - len) * WSP_SPAN_BITS;
        return others != 0 ? at + wsp_span_first(others) : len;
    }
    while (at < len && wsp_span_has(set, buf[at]))
        at++;
    return at;
}

static inline size_t wsp_span(enum wsp_span set, const uint8_t *buf, size_t at, size_t len)
{
    for (; len - at >= WSP_SPAN_LANES; at += WSP_SPAN_LANES) {
        uint64_t others = wsp_span_others(set, buf + at);
        if (others != 0)
            return at + wsp_span_first(others);
    }
    return at < len ? wsp_span_rest(set, buf, at, len) : len;
}

#else

#    define WSP_SPAN_EACH(x) (UINT64_C(0x0101010101010101) * (x))

/* Is none of 8 bytes below 0x20 or 0x7F. A borrow between bytes can only come from a byte that is
 * below 0x20 itself. */
static inline bool wsp_span_word_plain(uint64_t word)
{
    uint64_t del = word ^ WSP_SPAN_EACH(0x7F);
    uint64_t below = (word - WSP_SPAN_EACH(0x20)) & ~word;
    uint64_t is_del = (del - WSP_SPAN_EACH(0x01)) & ~del;
    return ((below | is_del) & WSP_SPAN_EACH(0x80)) == 0;
}

static inline size_t wsp_span(enum wsp_span set, const uint8_t *buf, size_t at, size_t len)
{
    if (set == WSP_SPAN_PLAIN && !WSP_SMALL_CODE)
        while (len - at >= 8 && wsp_span_word_plain(wsp_load64(buf + at)))
            at += 8;
    while (at < len && wsp_span_has(set, buf[at]))
        at++;
    return at;
}

#endif

#endif
