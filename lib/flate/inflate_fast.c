/* inflate_fast - the symbols of a block where there is room all round.
 * SPDX-License-Identifier: MIT */
#include "flate/inflate_fast.h"

#ifndef WSP_INFLATE_SMALL

#    include "base/bytes.h"
#    include "flate/inflate_copy.h"
#    include "flate/inflate_table.h"

/*
 * bits holds count valid bits (count modulo 64: entries are subtracted whole), lowest first; above
 * them stands a part of the next bytes, which the next refill puts there again. entry is what the
 * next bits are, looked up before the refill that a turn ends with, so that neither waits for the
 * other. After a refill there are 56 bits at least: enough for four literals and a look-up (5 x
 * 10), for two literals, a length and a look-up (2 x 10 + 20 + 8), or a distance and a look-up (28
 * + 10). A turn refills twice: it reads at most 7 + 8 bytes from in. It writes at most 4 literals,
 * or 2 and a match, which is written in units: 2 + 272 bytes.
 */
struct fast {
    uint64_t bits;
    unsigned count;
    uint32_t entry; /* of the next literal or length */
    const uint8_t *in;
    uint8_t *out;
};

/* What does not change while it runs. */
struct codes {
    const uint32_t *lit, *dist;
    uint64_t lit_mask, dist_mask;
    size_t window;
    const uint8_t *start; /* of the output */
};

enum { TURN_IN = 15, COPY_UNIT = 16 };

struct match {
    size_t len, distance;
};

static inline void refill(struct fast *f)
{
    f->bits |= wsp_inflate_load(f->in) << (f->count & 63);
    f->in += (~f->count & 63) >> 3;
    f->count |= 56;
}

static inline void drop(struct fast *f, uint32_t entry)
{
    f->bits >>= entry & WSP_ENTRY_BITS;
    f->count -= entry;
}

/* The base of a length or distance and its extra bits. */
static inline size_t value(struct fast *f, uint32_t entry)
{
    uint64_t own = f->bits & ((UINT64_C(1) << (entry & WSP_ENTRY_BITS)) - 1);
    drop(f, entry);
    return (entry >> WSP_ENTRY_SHIFT) + (own >> (entry >> WSP_ENTRY_CODE_SHIFT & WSP_ENTRY_BITS));
}

/* The entry behind one that leads to a second table. */
static inline uint32_t second(struct fast *f, const uint32_t *table, uint32_t entry)
{
    unsigned first = entry >> WSP_ENTRY_CODE_SHIFT & WSP_ENTRY_BITS;
    f->bits >>= first;
    f->count -= first;
    return table[(entry >> WSP_ENTRY_SHIFT) +
                 (f->bits & ((UINT64_C(1) << (entry & WSP_ENTRY_BITS)) - 1))];
}

static inline void copy_unit(uint8_t *to, const uint8_t *from)
{
    uint8_t unit[COPY_UNIT];
    memcpy(unit, from, COPY_UNIT);
    memcpy(to, unit, COPY_UNIT);
}

/* Writes up to 31 bytes behind the end, and reads as many. */
static inline void copy_units(uint8_t *to, const uint8_t *from, size_t len)
{
    uint8_t *end = to + len;
    copy_unit(to, from);
    copy_unit(to + COPY_UNIT, from + COPY_UNIT);
    while (end - to > 2 * COPY_UNIT) {
        to += COPY_UNIT;
        from += COPY_UNIT;
        copy_unit(to + COPY_UNIT, from + COPY_UNIT);
    }
}

/* A match that lies in the output; may write up to 31 bytes behind its end. */
static inline void copy_near(uint8_t *to, size_t distance, size_t len)
{
    const uint8_t *from = to - distance;
    uint8_t *end = to + len;
    if (distance >= COPY_UNIT) {
        copy_units(to, from, len);
        return;
    }
    /* 3.2.3: it overlaps itself: every word is repeated from distance bytes before it */
    if (distance >= 8) {
        for (; to < end; to += 8, from += 8)
            wsp_store64(to, wsp_load64(from));
        return;
    }
    while (to < end)
        *to++ = *from++;
}

static inline void put_literal(struct fast *f, const struct codes *c)
{
    *f->out++ = (uint8_t)(f->entry >> WSP_ENTRY_SHIFT);
    drop(f, f->entry);
    f->entry = c->lit[f->bits & c->lit_mask];
}

/* The entry is neither a literal's nor a length's, at the first look-up. */
static inline bool is_odd(struct fast *f, const uint32_t *table, uint32_t *entry)
{
    if (*entry & WSP_ENTRY_MORE)
        *entry = second(f, table, *entry);
    return (*entry & WSP_ENTRY_ODD) != 0;
}

static inline void next_entry(struct fast *f, const struct codes *c)
{
    f->entry = c->lit[f->bits & c->lit_mask];
    refill(f);
}

/* A match whose length's entry is at hand. */
static inline enum wsp_inflate_fast run_match(struct fast *f, const struct codes *c,
                                              struct match *m)
{
    m->len = value(f, f->entry);
    uint32_t entry = c->dist[f->bits & c->dist_mask];
    refill(f);
    /* 3.2.6: 30 and 31 do not occur; 3.2.7: no distance at all, or one, leaves codes free */
    if ((entry & WSP_ENTRY_ODD) && is_odd(f, c->dist, &entry))
        return WSP_INFLATE_FAST_BAD_DISTANCE;
    m->distance = value(f, entry);
    next_entry(f, c);
    if (m->distance > (size_t)(f->out - c->start) || m->distance > c->window)
        return WSP_INFLATE_FAST_BAD_REACH;
    copy_near(f->out, m->distance, m->len);
    f->out += m->len;
    return WSP_INFLATE_FAST_EDGE;
}

/* Up to three literals, or up to two and what follows them. */
static inline enum wsp_inflate_fast run_turn(struct fast *f, const struct codes *c, struct match *m)
{
    if (f->entry & WSP_ENTRY_LITERAL)
        put_literal(f, c);
    if (f->entry & WSP_ENTRY_LITERAL)
        put_literal(f, c);
    if (f->entry & WSP_ENTRY_LITERAL) {
        put_literal(f, c);
        if (f->entry & WSP_ENTRY_LITERAL)
            put_literal(f, c);
        refill(f);
        return WSP_INFLATE_FAST_EDGE;
    }
    if ((f->entry & WSP_ENTRY_ODD) && is_odd(f, c->lit, &f->entry)) {
        drop(f, f->entry);
        /* 3.2.6: 286 and 287 do not occur; 3.2.7: nor does what a lone code leaves free */
        return f->entry & WSP_ENTRY_END ? WSP_INFLATE_FAST_END : WSP_INFLATE_FAST_BAD_SYMBOL;
    }
    if (f->entry & WSP_ENTRY_LITERAL) { /* of the second look-up */
        put_literal(f, c);
        refill(f);
        return WSP_INFLATE_FAST_EDGE;
    }
    return run_match(f, c, m);
}

/*
 * A match that begins in the history, or nowhere: then it returns false. All goes by value: what
 * has an address does not live in registers.
 */
static bool copy_far(struct wsp_inflate *z, struct wsp_inflate_call *io, uint8_t *out,
                     struct match m)
{
    const struct wsp_history *h = io->history;
    size_t back = m.distance - (size_t)(out - io->out);
    if (h != NULL && m.distance <= io->window && back <= h->filled && m.len <= back) {
        size_t from = (h->at - back) & (h->size - 1);
        if (h->size - from >= m.len + 2 * COPY_UNIT) {
            copy_units(out, h->data + from, m.len);
            return true;
        }
    }
    io->out_at = (size_t)(out - io->out);
    z->rule = wsp_inflate_reach(io, m.distance);
    if (z->rule != NULL)
        return false;
    wsp_inflate_copy(io, m.distance, m.len);
    return true;
}

static struct codes codes_of(const struct wsp_inflate *z, const struct wsp_inflate_call *io)
{
    return (struct codes){.lit = z->fixed ? wsp_inflate_fixed_lit : z->lit,
                          .dist = z->fixed ? wsp_inflate_fixed_dist : z->dist,
                          .lit_mask = (1u << z->lit_bits) - 1,
                          .dist_mask = (1u << z->dist_bits) - 1,
                          .window = io->window,
                          .start = io->out};
}

/* taken: bytes of the input that are in f or used */
static inline void leave(struct wsp_inflate *z, struct wsp_inflate_call *io, const struct fast *f,
                         size_t taken)
{
    io->in += taken;
    io->in_len -= taken;
    io->out_at = (size_t)(f->out - io->out);
    z->count = f->count & 63;
    z->bits = f->bits & ((UINT64_C(1) << z->count) - 1);
}

enum wsp_inflate_fast wsp_inflate_fast(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    const struct codes c = codes_of(z, io);
    const uint8_t *last_in = io->in + io->in_len - TURN_IN;
    uint8_t *last_out = io->out + io->out_cap - WSP_INFLATE_FAST_OUT;
    struct fast f = {.bits = z->bits, .count = z->count, .in = io->in, .out = io->out + io->out_at};
    struct match m;
    enum wsp_inflate_fast turn = WSP_INFLATE_FAST_EDGE;
    refill(&f);
    f.entry = c.lit[f.bits & c.lit_mask];
    while (f.in <= last_in && f.out <= last_out) {
        turn = run_turn(&f, &c, &m);
        if (turn == WSP_INFLATE_FAST_BAD_REACH && copy_far(z, io, f.out, m)) {
            f.out += m.len;
            turn = WSP_INFLATE_FAST_EDGE;
        }
        if (turn != WSP_INFLATE_FAST_EDGE)
            break;
    }
    leave(z, io, &f, (size_t)(f.in - io->in));
    return turn;
}

enum wsp_inflate_fast wsp_inflate_tail(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    const struct codes c = codes_of(z, io);
    uint8_t in[WSP_INFLATE_FAST_IN + 2 * TURN_IN] = {0};
    size_t len = io->in_len;
    memcpy(in, io->in, len);
    uint8_t *last_out = io->out + io->out_cap - WSP_INFLATE_FAST_OUT;
    struct fast f = {.bits = z->bits, .count = z->count, .in = in, .out = io->out + io->out_at};
    struct fast before;
    struct match m;
    enum wsp_inflate_fast turn = WSP_INFLATE_FAST_EDGE;
    refill(&f);
    f.entry = c.lit[f.bits & c.lit_mask];
    do {
        before = f;
        turn = run_turn(&f, &c, &m);
        bool bad = turn == WSP_INFLATE_FAST_BAD_SYMBOL || turn == WSP_INFLATE_FAST_BAD_DISTANCE;
        /* f.in - len bytes are none, and some of their bits are used; or looked at for a code that
         * is not in use: so it is the careful loop that tells, when all of the code is there */
        if (bad || 8 * (size_t)(f.in - in) > 8 * len + (f.count & 63)) {
            f = before;
            turn = WSP_INFLATE_FAST_EDGE;
            break;
        }
        if (turn == WSP_INFLATE_FAST_BAD_REACH && copy_far(z, io, f.out, m)) {
            f.out += m.len;
            turn = WSP_INFLATE_FAST_EDGE;
        }
    } while (turn == WSP_INFLATE_FAST_EDGE && f.out <= last_out);
    size_t taken = (size_t)(f.in - in);
    if (taken > len) {
        f.count -= 8 * (unsigned)(taken - len);
        taken = len;
    }
    leave(z, io, &f, taken);
    return turn;
}

#endif
