/* inflate - the state machine, a symbol at a time. SPDX-License-Identifier: MIT */
#include "flate/inflate.h"

#include "base/assert.h"
#include "flate/inflate_copy.h"
#include "flate/inflate_fast.h"
#include "flate/inflate_table.h"

#include <string.h>

/*
 * A state is what the next bits are; a step reads them whole or not at all:
 *
 *   HEAD         a block's three bits; nothing else is valid but the bits
 *   STORED_LEN, STORED_NLEN   16 bits each; length: LEN once it was read
 *   STORED       length bytes follow in the input; the bit buffer is empty
 *   COUNTS, PRECODES, LENGTHS  a dynamic block's header; codes: what was read of it
 *   SYMBOL       a literal, length or end of block; from here on the tables are valid
 *   DISTANCE     the distance code of a match of length bytes
 *   EXTRA        the extra bits of its distance; distance: the base, extra: how many
 *   COPY         length bytes at distance are yet to be written, both valid
 *   ENDED        a block with BFINAL is over; no bits are held
 *   BAD          rule is set
 *
 * The bit buffer holds whole bytes that the caller was told are used only while they are part of
 * an incomplete step: on return all others are given back. So it holds 19 bits at most from one
 * call to the next, and at ENDED and STORED those left over all came with this call.
 */
enum state {
    HEAD = WSP_INFLATE_HEAD,
    STORED_LEN,
    STORED_NLEN,
    STORED,
    COUNTS,
    PRECODES,
    LENGTHS,
    SYMBOL,
    DISTANCE,
    EXTRA,
    COPY,
    ENDED,
    BAD
};

/* What a step came to: GO_ON, or the reason to return. */
enum step {
    STEP_INPUT = WSP_INFLATE_INPUT,
    STEP_OUTPUT = WSP_INFLATE_OUTPUT,
    STEP_FINAL = WSP_INFLATE_FINAL,
    STEP_BAD = WSP_INFLATE_BAD,
    GO_ON
};

enum { BITS_MAX = 8 * sizeof(wsp_inflate_bits), NO_LENGTH = 16 };

void wsp_inflate_next(struct wsp_inflate *z)
{
    WSP_ASSERT(z->state == ENDED);
    wsp_inflate_init(z);
}

static enum step bad(struct wsp_inflate *z, const char *rule)
{
    z->rule = rule;
    z->state = BAD;
    return STEP_BAD;
}

/* ------------------------------------------------------------ bits */

/* Takes as many bytes as there are and as fit. */
static void pull(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
#ifndef WSP_INFLATE_SMALL
    if (io->in_len >= 8) {
        unsigned n = (63u - z->count) / 8;
        z->bits |= wsp_inflate_load(io->in) << z->count;
        z->count |= 56;
        z->bits &= (UINT64_C(1) << z->count) - 1;
        io->in += n;
        io->in_len -= n;
        return;
    }
#endif
    while (z->count < BITS_MAX - 8 && io->in_len > 0) {
        z->bits |= (wsp_inflate_bits)*io->in << z->count;
        z->count = (uint8_t)(z->count + 8);
        io->in++;
        io->in_len--;
    }
}

/* n is at most 16. */
static bool has(struct wsp_inflate *z, struct wsp_inflate_call *io, unsigned n)
{
    if (z->count < n)
        pull(z, io);
    return z->count >= n;
}

static unsigned peek(const struct wsp_inflate *z, unsigned n)
{
    return (unsigned)(z->bits & (((wsp_inflate_bits)1 << n) - 1));
}

static void drop(struct wsp_inflate *z, unsigned n)
{
    z->bits >>= n;
    z->count = (uint8_t)(z->count - n);
}

static unsigned take(struct wsp_inflate *z, unsigned n)
{
    unsigned v = peek(z, n);
    drop(z, n);
    return v;
}

/* The bits are whole bytes of this call, which go back to the input. */
static void give_all_back(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    size_t n = z->count / 8;
    io->in -= n;
    io->in_len += n;
    z->bits = 0;
    z->count = 0;
}

/* Whole bytes go back to the input, those of this call. */
static void give_back(struct wsp_inflate *z, struct wsp_inflate_call *io, const uint8_t *start)
{
    size_t n = z->count / 8;
    if (n == 0)
        return;
    if (n > (size_t)(io->in - start))
        n = (size_t)(io->in - start);
    io->in -= n;
    io->in_len += n;
    z->count = (uint8_t)(z->count - 8 * n);
    z->bits &= ((wsp_inflate_bits)1 << z->count) - 1;
}

/* ------------------------------------------------------------ blocks */

static enum step end_block(struct wsp_inflate *z)
{
    if (!z->final) {
        z->state = HEAD;
        return GO_ON;
    }
    /* RFC 7692 7.2.3.4: what is left of the last byte means nothing */
    drop(z, z->count % 8);
    z->state = ENDED;
    return STEP_FINAL;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum step run_stored(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    size_t room = io->out_cap - io->out_at;
    size_t n = least(z->length, least(room, io->in_len));
    if (n > 0) {
        memcpy(io->out + io->out_at, io->in, n);
        io->in += n;
        io->in_len -= n;
        io->out_at += n;
        z->length = (uint16_t)(z->length - n);
    }
    if (z->length == 0)
        return end_block(z);
    return n == room ? STEP_OUTPUT : STEP_INPUT;
}

static enum step begin_stored(struct wsp_inflate *z, struct wsp_inflate_call *io,
                              unsigned complement)
{
    /* 3.2.4: NLEN is the complement of LEN */
    if (complement != (z->length ^ 0xFFFFu))
        return bad(z, "RFC 1951 3.2.4: lengths of a stored block disagree");
    z->state = STORED;
    return run_stored(z, io);
}

static enum step run_stored_nlen(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    if (!has(z, io, 16))
        return STEP_INPUT;
    unsigned complement = take(z, 16);
    give_all_back(z, io);
    return begin_stored(z, io, complement);
}

static enum step run_stored_len(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
#ifndef WSP_INFLATE_SMALL
    const uint8_t *in = io->in;
    if (z->count == 0 && io->in_len >= 4) {
        io->in += 4;
        io->in_len -= 4;
        z->length = (uint16_t)(in[0] | in[1] << 8);
        return begin_stored(z, io, in[2] | (unsigned)in[3] << 8);
    }
#endif
    if (!has(z, io, 16))
        return STEP_INPUT;
    z->length = (uint16_t)take(z, 16);
    z->state = STORED_NLEN;
    return GO_ON;
}

/* 3.2.3 */
static enum step run_head(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
#ifndef WSP_INFLATE_SMALL
    /* At a byte boundary a stored block needs no bit buffer. */
    if (z->count == 0 && io->in_len > 0 && (*io->in & 6) == 0) {
        z->final = *io->in++ & 1;
        io->in_len--;
        z->fixed = false;
        z->state = STORED_LEN;
        return run_stored_len(z, io);
    }
#endif
    if (!has(z, io, 3))
        return STEP_INPUT;
    z->final = take(z, 1) != 0;
    z->fixed = false;
    switch (take(z, 2)) {
    case 0:
        /* 3.2.4: the lengths begin at a byte boundary */
        drop(z, z->count % 8);
        give_all_back(z, io);
        z->state = STORED_LEN;
        return run_stored_len(z, io);
    case 1:
        z->fixed = true;
        wsp_inflate_fixed(z);
        z->state = SYMBOL;
        return GO_ON;
    case 2:
        z->state = COUNTS;
        return GO_ON;
    default:
        /* 3.2.3: the type 3 is reserved */
        return bad(z, "RFC 1951 3.2.3: block type is reserved");
    }
}

/* ------------------------------------------------------------ a dynamic block's header (3.2.7) */

static enum step run_counts(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    if (!has(z, io, 14))
        return STEP_INPUT;
    struct wsp_inflate_codes *c = &z->codes;
    unsigned lits = take(z, 5) + 257;
    unsigned dists = take(z, 5) + 1;
    c->precodes = (uint16_t)(take(z, 4) + 4);
    /* 3.2.7: HLIT ends at 286; 3.2.6: no distance code above 29 occurs, and zlib refuses them */
    if (lits > 286)
        return bad(z, "RFC 1951 3.2.7: too many literal/length codes");
    if (dists > 30)
        return bad(z, "RFC 1951 3.2.7: too many distance codes");
    c->lits = (uint16_t)lits;
    c->total = (uint16_t)(lits + dists);
    c->at = 0;
    z->state = PRECODES;
    return GO_ON;
}

/* The lengths are kept in c->list, in the order of the input, until all are there. */
static enum step run_precodes(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    struct wsp_inflate_codes *c = &z->codes;
    for (; c->at < c->precodes; c->at++) {
        if (!has(z, io, 3))
            return STEP_INPUT;
        c->list[c->at] = (uint16_t)take(z, 3);
    }
    uint8_t lens[19] = {0};
    for (unsigned i = 0; i < c->precodes; i++)
        lens[order[i]] = (uint8_t)c->list[i];
    const char *rule = wsp_inflate_build_precode(z, lens);
    if (rule != NULL)
        return bad(z, rule);
    c->at = 0;
    c->used = 0;
    c->last = NO_LENGTH;
    memset(c->count, 0, sizeof c->count);
    z->state = LENGTHS;
    return GO_ON;
}

/* What of the codes changes with each length, where the compiler keeps it in registers. */
struct progress {
    unsigned at, used, last;
};

/* The next n symbols, which are left, have codes of len bits; 0: they have none, else n is 6 at
 * most. */
static inline void add_lengths(struct wsp_inflate_codes *c, struct progress *p, unsigned len,
                               unsigned n)
{
    /* All that n can be, which costs less than a branch on it: the list has room for two more. */
    const uint16_t first = (uint16_t)(p->at | len << 9);
#if defined(__GNUC__) && !defined(WSP_INFLATE_SMALL) && !defined(WSP_NO_SIMD)
    typedef uint16_t eight __attribute__((vector_size(16)));
    const eight all = (eight){0, 1, 2, 3, 4, 5, 6, 7} + first;
    memcpy(c->list + p->used, &all, sizeof all);
#else
    for (unsigned i = 0; i < 8; i++)
        c->list[p->used + i] = (uint16_t)(first + i);
#endif
    unsigned lits = p->at >= c->lits ? 0u : c->lits - p->at;
    if (lits > n)
        lits = n;
    c->count[0][len] = (uint16_t)(c->count[0][len] + lits);
    c->count[1][len] = (uint16_t)(c->count[1][len] + n - lits);
    p->used += len == 0 ? 0 : n;
    p->at += n;
    p->last = len;
}

/* As many lengths as the bits at hand tell. Returns the broken rule, or NULL. */
static const char *read_lengths(struct wsp_inflate *z)
{
    struct wsp_inflate_codes *c = &z->codes;
    const unsigned total = c->total;
    struct progress p = {c->at, c->used, c->last};
    const char *rule = NULL;
    wsp_inflate_bits bits = z->bits;
    unsigned count = z->count;
    while (p.at < total) {
        unsigned entry = z->precode[bits & ((1u << WSP_INFLATE_PRE_BITS) - 1)];
        unsigned code = entry & 7;
        unsigned extra = entry >> WSP_PRECODE_EXTRA_SHIFT & 7;
        if (count < code + extra)
            break;
        unsigned n = entry >> WSP_PRECODE_TIMES_SHIFT & 15;
        n += (unsigned)(bits >> code) & ((1u << extra) - 1);
        bits >>= code + extra;
        count -= code + extra;
        unsigned len = entry & WSP_PRECODE_LAST ? p.last : entry >> WSP_PRECODE_LENGTH_SHIFT;
        /* 3.2.7: 16 repeats the length before */
        if (len == NO_LENGTH)
            rule = "RFC 1951 3.2.7: repeat without a length before";
        /* 3.2.7: a repeat may not go beyond the last length */
        if (n > total - p.at)
            rule = "RFC 1951 3.2.7: more code lengths than announced";
        if (rule != NULL)
            break;
        add_lengths(c, &p, len, n);
    }
    c->at = (uint16_t)p.at;
    c->used = (uint16_t)p.used;
    c->last = (uint16_t)p.last;
    z->bits = bits;
    z->count = (uint8_t)count;
    return rule;
}

static enum step run_lengths(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    struct wsp_inflate_codes *c = &z->codes;
    const char *rule;
    do {
        pull(z, io);
        rule = read_lengths(z);
    } while (rule == NULL && c->at < c->total && io->in_len > 0);
    if (rule == NULL && c->at < c->total)
        return STEP_INPUT;
    if (rule == NULL)
        rule = wsp_inflate_build(z);
    if (rule != NULL)
        return bad(z, rule);
    z->state = SYMBOL;
    return GO_ON;
}

/* ------------------------------------------------------------ symbols (3.2.3, 3.2.5) */

/* The code that begins the input: its entry, and in *code its bits. */
static uint32_t look_up(const struct wsp_inflate *z, const uint32_t *table, unsigned bits,
                        unsigned *code)
{
    uint32_t entry = table[peek(z, bits)];
    *code = 0;
    if ((entry & (WSP_ENTRY_ODD | WSP_ENTRY_MORE)) == (WSP_ENTRY_ODD | WSP_ENTRY_MORE)) {
        unsigned second = (unsigned)(z->bits >> bits) & ((1u << (entry & WSP_ENTRY_BITS)) - 1);
        entry = table[(entry >> WSP_ENTRY_SHIFT) + second];
        *code = bits;
    }
    *code += entry >> WSP_ENTRY_CODE_SHIFT & WSP_ENTRY_BITS;
    return entry;
}

static unsigned extra_bits(uint32_t entry)
{
    return (entry & WSP_ENTRY_BITS) - (entry >> WSP_ENTRY_CODE_SHIFT & WSP_ENTRY_BITS);
}

static enum step run_literal(struct wsp_inflate *z, struct wsp_inflate_call *io, uint32_t entry,
                             unsigned code)
{
    if (io->out_at == io->out_cap)
        return STEP_OUTPUT;
    drop(z, code);
    io->out[io->out_at++] = (uint8_t)(entry >> WSP_ENTRY_SHIFT);
    return GO_ON;
}

static enum step bad_symbol(struct wsp_inflate *z)
{
    return bad(z, "RFC 1951 3.2.6: literal/length code is not in use");
}

static enum step bad_distance(struct wsp_inflate *z)
{
    return bad(z, "RFC 1951 3.2.6: distance code is not in use");
}

#ifndef WSP_INFLATE_SMALL
/* What the end of the fast loop, or of its tail, comes to. */
static enum step after_fast(struct wsp_inflate *z, enum wsp_inflate_fast end)
{
    switch (end) {
    case WSP_INFLATE_FAST_EDGE:
        return GO_ON;
    case WSP_INFLATE_FAST_END:
        return end_block(z);
    case WSP_INFLATE_FAST_BAD_SYMBOL:
        return bad_symbol(z);
    case WSP_INFLATE_FAST_BAD_DISTANCE:
        return bad_distance(z);
    case WSP_INFLATE_FAST_BAD_REACH:
        break;
    }
    return bad(z, z->rule);
}
#endif

static enum step run_symbol(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
#ifndef WSP_INFLATE_SMALL
    if (io->out_cap - io->out_at >= WSP_INFLATE_FAST_OUT && io->in_len > 0) {
        if (io->in_len >= WSP_INFLATE_FAST_IN)
            return after_fast(z, wsp_inflate_fast(z, io));
        enum step step = after_fast(z, wsp_inflate_tail(z, io));
        if (step != GO_ON || z->state != SYMBOL)
            return step;
    }
    const uint32_t *table = z->fixed ? wsp_inflate_fixed_lit : z->lit;
#else
    const uint32_t *table = z->lit;
#endif
    unsigned code;
    if (z->count < 20)
        pull(z, io);
    uint32_t entry = look_up(z, table, z->lit_bits, &code);
    if (z->count < code)
        return STEP_INPUT;
    if (entry & WSP_ENTRY_LITERAL)
        return run_literal(z, io, entry, code);
    if (entry & WSP_ENTRY_ODD) {
        drop(z, code);
        /* 3.2.6: 286 and 287 do not occur; 3.2.7: nor does what a lone code leaves free */
        return entry & WSP_ENTRY_END ? end_block(z) : bad_symbol(z);
    }
    if (z->count < code + extra_bits(entry))
        return STEP_INPUT;
    drop(z, code);
    z->length = (uint16_t)((entry >> WSP_ENTRY_SHIFT) + take(z, extra_bits(entry)));
    z->state = DISTANCE;
    return GO_ON;
}

static enum step run_distance(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
#ifndef WSP_INFLATE_SMALL
    const uint32_t *table = z->fixed ? wsp_inflate_fixed_dist : z->dist;
#else
    const uint32_t *table = z->dist;
#endif
    unsigned code;
    if (z->count < 15)
        pull(z, io);
    uint32_t entry = look_up(z, table, z->dist_bits, &code);
    if (z->count < code)
        return STEP_INPUT;
    /* 3.2.6: 30 and 31 do not occur; 3.2.7: no distance at all, or one, leaves codes free */
    if (entry & WSP_ENTRY_ODD)
        return bad_distance(z);
    drop(z, code);
    z->distance = (uint16_t)(entry >> WSP_ENTRY_SHIFT);
    z->extra = (uint8_t)extra_bits(entry);
    z->state = EXTRA;
    return GO_ON;
}

static enum step run_extra(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    if (!has(z, io, z->extra))
        return STEP_INPUT;
    unsigned distance = z->distance + take(z, z->extra);
    const char *rule = wsp_inflate_reach(io, distance);
    if (rule != NULL)
        return bad(z, rule);
    z->distance = (uint16_t)distance;
    z->state = COPY;
    return GO_ON;
}

static enum step run_copy(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    size_t n = least(z->length, io->out_cap - io->out_at);
    if (n > 0)
        wsp_inflate_copy(io, z->distance, n);
    z->length = (uint16_t)(z->length - n);
    if (z->length > 0)
        return STEP_OUTPUT;
    z->state = SYMBOL;
    return GO_ON;
}

static enum step run_step(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    switch ((enum state)z->state) {
    case HEAD:
        return run_head(z, io);
    case STORED_LEN:
        return run_stored_len(z, io);
    case STORED_NLEN:
        return run_stored_nlen(z, io);
    case STORED:
        return run_stored(z, io);
    case COUNTS:
        return run_counts(z, io);
    case PRECODES:
        return run_precodes(z, io);
    case LENGTHS:
        return run_lengths(z, io);
    case SYMBOL:
        return run_symbol(z, io);
    case DISTANCE:
        return run_distance(z, io);
    case EXTRA:
        return run_extra(z, io);
    case COPY:
        return run_copy(z, io);
    case ENDED:
        return STEP_FINAL;
    case BAD:
        break;
    }
    return STEP_BAD;
}

const uint8_t wsp_inflate_trailer[4] = {0x00, 0x00, 0xFF, 0xFF};

/* The input is used, and its tail is next. */
static enum step begin_tail(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    io->tail = false;
    /* Behind the head of a stored block it says that the block is empty. */
    if (z->state == STORED_LEN && z->count == 0 && !z->final) {
        z->state = HEAD;
        return STEP_INPUT;
    }
    io->in = wsp_inflate_trailer;
    io->in_len = sizeof wsp_inflate_trailer;
    return GO_ON;
}

enum wsp_inflate_status wsp_inflate_steps(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    const uint8_t *start = io->in;
    enum step step;
    do {
        step = run_step(z, io);
        if (step == STEP_INPUT && io->tail) {
            step = begin_tail(z, io);
            start = io->in;
        }
    } while (step == GO_ON);
    if (step != STEP_INPUT)
        give_back(z, io, start);
    WSP_ASSERT(step != STEP_FINAL || z->count == 0);
    return (enum wsp_inflate_status)step;
}
