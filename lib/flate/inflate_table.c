/* inflate_table - decode tables of one or two look-ups. SPDX-License-Identifier: MIT */
#include "flate/inflate_table.h"

#include "base/assert.h"

#include <string.h>

/*
 * A Huffman code's words are numbered by length, then by symbol (RFC 1951 3.2.2), with their first
 * bit highest; in the input the first bit comes lowest. So the words of a length are counted up
 * from the other end: the highest zero bit becomes one and the ones above it become zero.
 * A table of n bits holds each word of less than n bits many times. It is filled in the order of
 * the words: while those of n bits are entered it has 2^n entries, and then it is doubled.
 */
enum { CODE_MAX = 15, FIRST_ODD = 256, END = 256, PRECODES = 19 };

#define LENGTH_EXTRA(s) ((s) < 265 || (s) == 285 ? 0 : ((s)-261) / 4)
#define LENGTH_BASE(s) \
    ((s) < 265 ? (s)-254 : (s) == 285 ? 258 : (((s)-265) % 4 + 4) * (1 << LENGTH_EXTRA(s)) + 3)
/* RFC 1951 3.2.6: 286 and 287 take part in the fixed code, but never occur */
#define LENGTH_ENTRY(s)                                    \
    ((s) == END  ? (uint32_t)WSP_ENTRY_ODD | WSP_ENTRY_END \
     : (s) > 285 ? (uint32_t)WSP_ENTRY_ODD                 \
                 : WSP_ENTRY_VALUE(LENGTH_BASE(s), LENGTH_EXTRA(s)))

#define DIST_EXTRA(s) ((s) < 4 ? 0 : (s) / 2 - 1)
#define DIST_BASE(s) ((s) < 4 ? (s) + 1 : (2 + (s) % 2) * (1 << DIST_EXTRA(s)) + 1)
/* RFC 1951 3.2.6: the same of 30 and 31 */
#define DIST_ENTRY(s) \
    ((s) > 29 ? (uint32_t)WSP_ENTRY_ODD : WSP_ENTRY_VALUE(DIST_BASE(s), DIST_EXTRA(s)))

#ifndef WSP_INFLATE_SMALL
/* The entry of a 9-bit string with its first bit highest: 7, 8, 8 and 9 of them are a code. */
#    define FIXED_LIT(r)                                                \
        ((r) < 96    ? LENGTH_ENTRY((r) / 4 + 256) + WSP_ENTRY_CODE(7)  \
         : (r) < 384 ? WSP_ENTRY_BYTE((r) / 2 - 48) + WSP_ENTRY_CODE(8) \
         : (r) < 400 ? LENGTH_ENTRY((r) / 2 + 88) + WSP_ENTRY_CODE(8)   \
                     : WSP_ENTRY_BYTE((r)-256) + WSP_ENTRY_CODE(9))
#    define FIXED_DIST(r) DIST_ENTRY(r) + WSP_ENTRY_CODE(5)

/* e(r) for all r, in the order of their bits reversed; bit: the highest of r */
#    define TWICE(e, r, bit) e(r), e((r) + (bit))
#    define ORDER2(e, r, bit) TWICE(e, r, (bit)), TWICE(e, (r) + (bit) / 2, (bit))
#    define ORDER3(e, r, bit) ORDER2(e, r, (bit)), ORDER2(e, (r) + (bit) / 4, (bit))
#    define ORDER4(e, r, bit) ORDER3(e, r, (bit)), ORDER3(e, (r) + (bit) / 8, (bit))
#    define ORDER5(e, r, bit) ORDER4(e, r, (bit)), ORDER4(e, (r) + (bit) / 16, (bit))
#    define ORDER6(e, r, bit) ORDER5(e, r, (bit)), ORDER5(e, (r) + (bit) / 32, (bit))
#    define ORDER7(e, r, bit) ORDER6(e, r, (bit)), ORDER6(e, (r) + (bit) / 64, (bit))
#    define ORDER8(e, r, bit) ORDER7(e, r, (bit)), ORDER7(e, (r) + (bit) / 128, (bit))
#    define ORDER9(e, r, bit) ORDER8(e, r, (bit)), ORDER8(e, (r) + (bit) / 256, (bit))

const uint32_t wsp_inflate_fixed_lit[1 << WSP_FIXED_LIT_BITS] = {ORDER9(FIXED_LIT, 0, 256)};
const uint32_t wsp_inflate_fixed_dist[1 << WSP_FIXED_DIST_BITS] = {ORDER5(FIXED_DIST, 0, 16)};
#endif

static uint32_t lit_entry(unsigned symbol)
{
    return symbol < FIRST_ODD ? WSP_ENTRY_BYTE(symbol) : LENGTH_ENTRY(symbol);
}

static uint32_t dist_entry(unsigned symbol)
{
    return DIST_ENTRY(symbol);
}

/* The code word after this one, both as they stand in the input. Behind the last there is none. */
static unsigned next_code(unsigned code, unsigned bits)
{
    unsigned zeros = (~code & ((1u << bits) - 1)) | 1;
#ifdef __GNUC__
    unsigned highest = 1u << (31 - __builtin_clz(zeros));
#else
    unsigned highest = 1u << (bits - 1);
    while (!(zeros & highest))
        highest >>= 1;
#endif
    return (code & (highest - 1)) | highest;
}

enum { UNIT = 16 };

/*
 * Doubles a table of size bytes. It copies whole units: what they write behind the table's new end
 * is filled later, and the least table has room for two.
 */
static void twice(void *table, size_t size)
{
    uint8_t *from = table;
    uint8_t *to = from + size;
    for (size_t i = 0; i < size; i += UNIT) {
        uint8_t unit[UNIT];
        memcpy(unit, from + i, UNIT);
        memcpy(to + i, unit, UNIT);
    }
}

/* A code while its table is made: its symbols' entries, by length, then by symbol. */
struct maker {
    uint32_t *table;
    const uint32_t *sorted;
    const uint16_t *count; /* of each length */
    unsigned bits;         /* of the first look-up */
    unsigned code;         /* the next word */
};

static void fill_first(struct maker *m)
{
    unsigned len = 1;
    while (m->count[len] == 0)
        len++;
    unsigned code = 0;
    for (;; len++) {
        for (unsigned n = m->count[len]; n > 0; n--) {
            m->table[code] = *m->sorted++ + WSP_ENTRY_CODE(len);
            code = next_code(code, len);
        }
        if (len == m->bits)
            break;
        twice(m->table, sizeof m->table[0] << len);
    }
    m->code = code;
}

/* How many bits the second table has that begins with the first of n words of len bits. */
static unsigned second_bits(const struct maker *m, unsigned len, unsigned n)
{
    unsigned bits = len - m->bits;
    unsigned taken = n;
    while (taken < 1u << bits && m->bits + bits < CODE_MAX) {
        bits++;
        taken = 2 * taken + m->count[m->bits + bits];
    }
    return bits;
}

/* Words too long for the first look-up: those that share its bits share a second table. */
static unsigned fill_second(struct maker *m)
{
    unsigned first_mask = (1u << m->bits) - 1;
    unsigned prefix = first_mask + 1;
    unsigned start = 0;
    unsigned size = first_mask + 1;
    for (unsigned len = m->bits + 1; len <= CODE_MAX; len++) {
        for (unsigned n = m->count[len]; n > 0; n--) {
            if ((m->code & first_mask) != prefix) {
                unsigned bits = second_bits(m, len, n);
                prefix = m->code & first_mask;
                start = size;
                size += 1u << bits;
                m->table[prefix] = WSP_ENTRY_VALUE(start, bits) | WSP_ENTRY_ODD | WSP_ENTRY_MORE |
                                   m->bits << WSP_ENTRY_CODE_SHIFT;
            }
            uint32_t entry = *m->sorted++ + WSP_ENTRY_CODE(len - m->bits);
            for (unsigned i = start + (m->code >> m->bits); i < size; i += 1u << (len - m->bits))
                m->table[i] = entry;
            m->code = next_code(m->code, len);
        }
    }
    return size;
}

/* Returns the length of the longest code word; -1: over-subscribed, -2: incomplete. */
static int longest_code(const uint16_t count[16])
{
    int longest = 0;
    int left = 1;
    for (int len = 1; len <= CODE_MAX; len++) {
        left = 2 * left - count[len];
        if (left < 0)
            return -1;
        if (count[len] > 0)
            longest = len;
    }
    /* 3.2.7: one distance code of one bit, or none, is complete enough; zlib takes a lone end of
     * block in the other code too. The rest of the table is no symbol. */
    return left > 0 && longest > 1 ? -2 : longest;
}

/* Returns how many entries the table has now. */
static unsigned make_table(struct maker *m, unsigned longest, unsigned most_bits)
{
    m->bits = longest < most_bits ? longest : most_bits;
    if (longest > 1 || m->count[1] == 2) {
        fill_first(m);
        return longest > m->bits ? fill_second(m) : 1u << m->bits;
    }
    m->bits = 1;
    m->table[0] = longest == 0 ? WSP_ENTRY_ODD : m->sorted[0];
    m->table[0] += WSP_ENTRY_CODE(1);
    m->table[1] = WSP_ENTRY_ODD + WSP_ENTRY_CODE(1);
    return 2;
}

/* Where the entries of each length begin in the sorted list. */
static void find_places(uint16_t place[16], const uint16_t count[16])
{
    unsigned at = 0;
    for (unsigned len = 1; len <= CODE_MAX; len++) {
        place[len] = (uint16_t)at;
        at += count[len];
    }
}

/* Sorted into the memory of the distance table, which is made after this one. */
static const char *build_lit(struct wsp_inflate *z)
{
    struct wsp_inflate_codes *c = &z->codes;
    int longest = longest_code(c->count[0]);
    /* 3.2.2: the words of a code have one beginning at most */
    if (longest == -1)
        return "RFC 1951 3.2.7: literal/length code is over-subscribed";
    if (longest == -2)
        return "RFC 1951 3.2.7: literal/length code is incomplete";
    uint16_t place[16];
    bool has_end = false;
    find_places(place, c->count[0]);
    for (unsigned i = 0; i < c->lit_used; i++) {
        unsigned symbol = c->list[i] & 0x1FF;
        has_end |= symbol == END;
        z->dist[place[c->list[i] >> 9]++] = lit_entry(symbol);
    }
    /* 3.2.3: a block ends with the symbol 256 */
    if (!has_end)
        return "RFC 1951 3.2.7: end of block has no code";
    struct maker m = {.table = z->lit, .sorted = z->dist, .count = c->count[0]};
    unsigned size = make_table(&m, (unsigned)longest, WSP_INFLATE_LIT_BITS);
    (void)size;
    WSP_ASSERT(size <= WSP_INFLATE_LIT_ENTRIES);
    z->lit_bits = (uint8_t)m.bits;
    return NULL;
}

static const char *build_dist(struct wsp_inflate *z)
{
    struct wsp_inflate_codes *c = &z->codes;
    int longest = longest_code(c->count[1]);
    if (longest == -1)
        return "RFC 1951 3.2.7: distance code is over-subscribed";
    if (longest == -2)
        return "RFC 1951 3.2.7: distance code is incomplete";
    uint16_t place[16];
    uint32_t sorted[32];
    find_places(place, c->count[1]);
    for (unsigned i = c->lit_used; i < c->used; i++)
        sorted[place[c->list[i] >> 9]++] = dist_entry((c->list[i] & 0x1FFu) - c->lits);
    struct maker m = {.table = z->dist, .sorted = sorted, .count = c->count[1]};
    unsigned size = make_table(&m, (unsigned)longest, WSP_INFLATE_DIST_BITS);
    (void)size;
    WSP_ASSERT(size <= WSP_INFLATE_DIST_ENTRIES);
    z->dist_bits = (uint8_t)m.bits;
    return NULL;
}

const char *wsp_inflate_build(struct wsp_inflate *z)
{
    struct wsp_inflate_codes *c = &z->codes;
    c->lit_used = 0;
    for (unsigned len = 1; len <= CODE_MAX; len++)
        c->lit_used = (uint16_t)(c->lit_used + c->count[0][len]);
    const char *rule = build_lit(z);
    return rule != NULL ? rule : build_dist(z);
}

#ifdef WSP_INFLATE_SMALL
static void add_fixed(struct wsp_inflate_codes *c, unsigned end, unsigned len)
{
    for (; c->used < end; c->used++)
        c->list[c->used] = (uint16_t)(c->used | len << 9);
}

void wsp_inflate_fixed(struct wsp_inflate *z)
{
    struct wsp_inflate_codes *c = &z->codes;
    memset(c->count, 0, sizeof c->count);
    c->count[0][7] = 24;
    c->count[0][8] = 152;
    c->count[0][9] = 112;
    c->count[1][5] = 32;
    c->lits = 288;
    c->used = 0;
    add_fixed(c, 144, 8);
    add_fixed(c, 256, 9);
    add_fixed(c, 280, 7);
    add_fixed(c, 288, 8);
    add_fixed(c, 320, 5);
    (void)wsp_inflate_build(z);
}
#else
void wsp_inflate_fixed(struct wsp_inflate *z)
{
    z->lit_bits = WSP_FIXED_LIT_BITS;
    z->dist_bits = WSP_FIXED_DIST_BITS;
}
#endif

/* 3.2.7: 16 repeats the length before 3 to 6 times; 17 and 18 say 3 to 10 and 11 to 138 times 0 */
static unsigned precode_entry(unsigned symbol)
{
    switch (symbol) {
    case 16:
        return WSP_PRECODE_LAST | 3u << WSP_PRECODE_TIMES_SHIFT | 2u << WSP_PRECODE_EXTRA_SHIFT;
    case 17:
        return 3u << WSP_PRECODE_TIMES_SHIFT | 3u << WSP_PRECODE_EXTRA_SHIFT;
    case 18:
        return 11u << WSP_PRECODE_TIMES_SHIFT | 7u << WSP_PRECODE_EXTRA_SHIFT;
    default:
        return symbol << WSP_PRECODE_LENGTH_SHIFT | 1u << WSP_PRECODE_TIMES_SHIFT;
    }
}

const char *wsp_inflate_build_precode(struct wsp_inflate *z, const uint8_t lens[19])
{
    uint8_t place[9] = {0};
    unsigned left = 1u << WSP_INFLATE_PRE_BITS;
    for (unsigned i = 0; i < PRECODES; i++)
        place[lens[i] + 1]++;
    place[1] = 0;
    for (unsigned len = 1; len <= WSP_INFLATE_PRE_BITS; len++) {
        unsigned space = (unsigned)place[len + 1] << (WSP_INFLATE_PRE_BITS - len);
        /* 3.2.2, 3.2.7: this code is a complete one, whatever it has to tell */
        if (space > left)
            return "RFC 1951 3.2.7: code length code is over-subscribed";
        left -= space;
        place[len + 1] = (uint8_t)(place[len + 1] + place[len]);
    }
    if (left > 0)
        return "RFC 1951 3.2.7: code length code is incomplete";
    uint16_t sorted[PRECODES] = {0};
    for (unsigned i = 0; i < PRECODES; i++) {
        if (lens[i] > 0)
            sorted[place[lens[i]]++] = (uint16_t)(precode_entry(i) | lens[i]);
    }
    unsigned code = 0;
    unsigned filled = 0;
    for (unsigned len = 1; len <= WSP_INFLATE_PRE_BITS; len++) {
        for (; filled < place[len]; filled++) {
            z->precode[code] = sorted[filled];
            code = next_code(code, len);
        }
        if (len < WSP_INFLATE_PRE_BITS)
            twice(z->precode, sizeof z->precode[0] << len);
    }
    return NULL;
}
