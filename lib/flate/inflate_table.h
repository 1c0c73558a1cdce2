/* inflate_table - decode tables of one or two look-ups. SPDX-License-Identifier: MIT */
#ifndef WSP_FLATE_INFLATE_TABLE_H
#define WSP_FLATE_INFLATE_TABLE_H

#include "flate/inflate.h"

/*
 * An entry of a table. The next bits of the input, lowest first, are the index.
 *
 *   bits 0-5    all bits to drop: the code and the extra bits behind it
 *   bits 6-7    what kind of ODD entry
 *   bits 8-13   the bits of the code alone
 *   bits 14-15  ODD, LITERAL; neither: a length or a distance
 *   bits 16-31  the literal; the base of the length or distance; where the second table begins
 *
 * An entry that leads to a second table has the bits of that table's index in bits 0-5 and, as it
 * stands for the first look-up's part of the code, that part's bits in 8-13.
 * In a second table the bits to drop are those behind the first look-up's.
 */
enum {
    WSP_ENTRY_BITS = 0x3F,
    WSP_ENTRY_END = 0x40,
    WSP_ENTRY_MORE = 0x80,
    WSP_ENTRY_CODE_SHIFT = 8,
    WSP_ENTRY_ODD = 0x4000,
    WSP_ENTRY_LITERAL = 0x8000,
    WSP_ENTRY_SHIFT = 16
};

/* A code of n bits adds n to both fields. */
#define WSP_ENTRY_CODE(n) ((uint32_t)(n)*0x101u)

/* What a symbol's entry is without its code. An ODD entry that is nothing else is no symbol. */
#define WSP_ENTRY_VALUE(base, extra) ((uint32_t)(base) << WSP_ENTRY_SHIFT | (uint32_t)(extra))
#define WSP_ENTRY_BYTE(byte) ((uint32_t)(byte) << WSP_ENTRY_SHIFT | WSP_ENTRY_LITERAL)

#ifndef WSP_INFLATE_SMALL
/* RFC 1951 3.2.6, for first look-ups of 9 and 5 bits */
enum { WSP_FIXED_LIT_BITS = 9, WSP_FIXED_DIST_BITS = 5 };
extern const uint32_t wsp_inflate_fixed_lit[1 << WSP_FIXED_LIT_BITS];
extern const uint32_t wsp_inflate_fixed_dist[1 << WSP_FIXED_DIST_BITS];
#endif

/* Makes the tables of a block with fixed codes the current ones (RFC 1951 3.2.6). */
void wsp_inflate_fixed(struct wsp_inflate *z);

/* Builds both tables from z->codes. Returns the broken rule, or NULL. */
const char *wsp_inflate_build(struct wsp_inflate *z);

/*
 * The table of the code length code. An entry:
 *
 *   bits 0-2    the bits of the code
 *   bits 3-5    the extra bits behind it
 *   bits 6-9    the base of how many lengths it stands for
 *   bits 10-13  the length; LAST: the one before
 *
 * lens: 19 of 0 to 7, in the symbols' order.
 */
enum {
    WSP_PRECODE_EXTRA_SHIFT = 3,
    WSP_PRECODE_TIMES_SHIFT = 6,
    WSP_PRECODE_LENGTH_SHIFT = 10,
    WSP_PRECODE_LAST = 0x4000
};
const char *wsp_inflate_build_precode(struct wsp_inflate *z, const uint8_t lens[19]);

#endif
