/* base64_x86 - twelve bytes at a time by SSSE3. SPDX-License-Identifier: MIT */
#include "codec/base64.h"

#if WSP_SIMD_X86

#    include <immintrin.h>
#    include <string.h>

#    define KERNEL __attribute__((target("ssse3")))

/* The sixteen characters of the twelve bytes that order names, three for four. */
KERNEL static inline __m128i encode(__m128i bytes, __m128i order)
{
    /* In each 32 bits stand the bytes 1, 0, 2, 1: two of the numbers lie in the upper 16 bits of a
     * product, two in the lower. */
    __m128i x = _mm_shuffle_epi8(bytes, order);
    __m128i high =
        _mm_mulhi_epu16(_mm_and_si128(x, _mm_set1_epi32(0x0FC0FC00)), _mm_set1_epi32(0x04000040));
    __m128i low =
        _mm_mullo_epi16(_mm_and_si128(x, _mm_set1_epi32(0x003F03F0)), _mm_set1_epi32(0x01000010));
    __m128i n = _mm_or_si128(high, low);
    /* Which run of the alphabet: 0 small letters, 1 to 10 digits, 11 '+', 12 '/', 13 capitals. */
    __m128i capital = _mm_cmpgt_epi8(_mm_set1_epi8(26), n);
    __m128i run = _mm_or_si128(_mm_subs_epu8(n, _mm_set1_epi8(51)),
                               _mm_and_si128(capital, _mm_set1_epi8(13)));
    const __m128i from =
        _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                      '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    return _mm_add_epi8(n, _mm_shuffle_epi8(from, run));
}

/* Words and not their bytes, so that they are read as they were written. */
KERNEL void wsp_base64_words_ssse3(char out[28], const uint32_t words[5])
{
    const __m128i first = _mm_setr_epi8(2, 3, 1, 2, 7, 0, 6, 7, 4, 5, 11, 4, 9, 10, 8, 9);
    /* Of the last four words the last two, and a zero. */
    const __m128i last =
        _mm_setr_epi8(10, 11, 9, 10, 15, 8, 14, 15, 12, 13, -1, 12, -1, -1, -1, -1);
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)words);
    __m128i b = _mm_alignr_epi8(_mm_cvtsi32_si128((int)words[4]), a, 4);
    char end[16];
    _mm_storeu_si128((__m128i *)(void *)out, encode(a, first));
    _mm_storeu_si128((__m128i *)(void *)end, encode(b, last));
    memcpy(out + 16, end, 11);
    out[27] = '=';
}

#endif
