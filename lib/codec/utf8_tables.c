/* SPDX-License-Identifier: MIT */
#include "codec/utf8_tables.h"

#include "base/cpu.h"

#if WSP_SIMD_X86 || WSP_SIMD_NEON

enum {
    SHORT = 1,       /* a lead byte, then no continuation byte */
    STRAY = 2,       /* ASCII, then a continuation byte */
    OVERLONG_2 = 4,  /* C0 or C1, then a continuation byte */
    OVERLONG_3 = 8,  /* E0, then 80-9F */
    SURROGATE = 16,  /* ED, then A0-BF */
    OVERLONG_4 = 32, /* F0, then 80-8F; also F5-FF, then these */
    LARGE = 64,      /* F4-FF, then 90-BF */
    PAIR = WSP_UTF8_PAIR
};

#    define X4(x) x, x, x, x
#    define X16(x) X4(x), X4(x), X4(x), X4(x)

/* What goes by the high halves alone. */
#    define ANY (SHORT | STRAY | PAIR)
#    define ABOVE_4 (ANY | OVERLONG_4 | LARGE)
#    define BEHIND (STRAY | OVERLONG_2 | PAIR)

const struct wsp_utf8_tables wsp_utf8_tables = {
    .first_high = {X4(STRAY), X4(STRAY), X4(PAIR), SHORT | OVERLONG_2, SHORT,
                   SHORT | OVERLONG_3 | SURROGATE, SHORT | OVERLONG_4 | LARGE},
    .first_low = {ANY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4, ANY | OVERLONG_2, ANY, ANY,
                  ANY | LARGE, ABOVE_4, ABOVE_4, ABOVE_4, X4(ABOVE_4), ABOVE_4, ABOVE_4 | SURROGATE,
                  ABOVE_4, ABOVE_4},
    .second_high = {X4(SHORT), X4(SHORT), BEHIND | OVERLONG_3 | OVERLONG_4,
                    BEHIND | OVERLONG_3 | LARGE, BEHIND | SURROGATE | LARGE,
                    BEHIND | SURROGATE | LARGE, X4(SHORT)},
    .finished = {X16(0xFF), X16(0xFF), X16(0xFF), X4(0xFF), X4(0xFF), X4(0xFF), 0xFF, 0xEF, 0xDF,
                 0xBF},
};

#endif
