/* deflate - finding matches (RFC 1951 4). SPDX-License-Identifier: MIT */
#include "flate/deflate_state.h"

struct match {
    unsigned len;
    unsigned dist; /* 0: none */
};

#define HASH_FACTOR UINT64_C(0x9E3779B97F4A7C15)

/*
 * In text matches of three bytes are not looked for, and those of four are taken only from near by.
 * With codes made for the block, its literals take four or five bits each: a match so short costs
 * as much, and most of the time would go into looking at such candidates. Dense data's literals
 * take seven or eight.
 */
#define NEAR 4096u

/* Within a match this long the faster levels enter every so many positions. */
#define LONG 16u
#define LONG_STEP 4u

/* At every so many positions of dense data a match of four bytes is looked for in any case, and
 * among more candidates: what comes again from far away is not missed for long. */
#define FAR_STEP 16u
#define FAR_DEPTH 8u

/* What is worth being there several times, where size does not count. */
#if defined(__GNUC__) && !defined(__OPTIMIZE_SIZE__)
#    define INLINED inline __attribute__((always_inline))
#else
#    define INLINED
#endif

/* a is before b; they are less than 2^31 apart */
static inline bool before(uint32_t a, uint32_t b)
{
    return b - a - 1 < 0x7FFFFFFF;
}

/* The lowest byte of x that is not 0; x != 0 */
static inline unsigned first_byte(uint64_t x)
{
#if defined(__GNUC__) && UINTPTR_MAX > 0xFFFFFFFF /* where it is an instruction */
    return (unsigned)__builtin_ctzll(x) >> 3;
#else
    unsigned n = 0;
    for (; (x & 0xFF) == 0; x >>= 8)
        n++;
    return n;
#endif
}

/* How far a and b are equal, len bytes of which are known to be; up to 7 bytes behind max are
 * read. */
static inline unsigned equal(const uint8_t *a, const uint8_t *b, unsigned len, unsigned max)
{
    for (; len < max; len += 8) {
        uint64_t x = wsp_deflate_load64(a + len) ^ wsp_deflate_load64(b + len);
        if (x != 0) {
            len += first_byte(x);
            break;
        }
    }
    return len < max ? len : max;
}

/* A match at the input's byte from, behind literals that are counted. There is room for two
 * tokens. */
static inline void push(struct wsp_deflate *z, const uint8_t *from, struct match m)
{
    size_t run = (size_t)(from - z->literal);
    struct wsp_deflate_token *token = z->tokens + z->token_len;
    if (run > 0xFF) {
        *token++ = (struct wsp_deflate_token){0, (uint8_t)(run >> 8), (uint8_t)(run & 0xFF)};
        run = 0;
    }
    *token++ =
        (struct wsp_deflate_token){(uint16_t)m.dist, (uint8_t)(m.len - MATCH_MIN), (uint8_t)run};
    z->token_len = (unsigned)(token - z->tokens);
    z->literal_freq[LENGTH_0 + wsp_deflate_length_symbol(m.len - MATCH_MIN)]++;
    z->distance_freq[wsp_deflate_distance_symbol(m.dist)]++;
    z->literal = from + m.len;
}

static inline const uint8_t *input_at(const struct wsp_deflate *z, uint32_t pos)
{
    return z->next - (z->end - pos);
}

/* What of the compressor does not change on a stretch: the compiler keeps it in registers. */
struct view {
    const uint8_t *ring;
    uint16_t *head;
    uint16_t *chain;
    uint16_t *thirds; /* by three bytes, with chains where data is dense; else NULL */
    uint32_t mask, chain_mask;
    uint32_t start, window, end;
    unsigned cut, shift;
    unsigned nice, lazy;
    unsigned sought; /* bytes of the shortest match */
    unsigned spare;  /* bits of a word of four bytes that are not of it */
    uint32_t near;   /* how far away a match of four bytes may be */
};

/*
 * Dense data has the head table halved where there are chains: those of four bytes, and the last
 * positions of three. dense and chains are arguments as they are constants where this is inlined.
 */
static INLINED struct view view_of(const struct wsp_deflate *z, bool dense, bool chains)
{
    const unsigned sought = dense ? MATCH_MIN : MATCH_MIN + 1;
    const bool halved = dense && chains;
    const unsigned hashed = chains ? z->level.hashed : HASHED_MAX;
    return (struct view){
        .ring = z->ring,
        .head = z->head,
        .chain = z->chain,
        .thirds = halved ? z->head + z->head_len / 2 : NULL,
        .mask = z->ring_mask,
        .chain_mask = z->window - 1,
        .start = z->start,
        .window = z->window,
        .end = z->end,
        .cut = 64 - 8 * (halved  ? MATCH_MIN + 1u
                         : dense ? sought
                                 : hashed),
        .shift = z->head_shift + halved,
        .nice = z->level.nice,
        .lazy = dense ? z->level.lazy / 2u : z->level.lazy,
        .sought = sought,
        .spare = 32 - 8 * sought,
        .near = dense ? z->window : NEAR,
    };
}

static inline const uint8_t *at(const struct view *v, uint32_t pos)
{
    return v->ring + (pos & v->mask);
}

/* Whether the shortest match is none: q is not equal to p so far, or it is out of reach. One branch
 * for both, as the second is seldom all that is wrong. */
static inline bool differ(const struct view *v, const uint8_t *p, const uint8_t *q, bool far)
{
    uint32_t x = (wsp_deflate_load32(p) ^ wsp_deflate_load32(q)) << v->spare;
    return (x | (uint32_t)far) != 0;
}

/* Where a table keeps the last position with the bytes at p, less cut bits. */
static inline uint16_t *entry(const struct view *v, uint16_t *table, const uint8_t *p, unsigned cut)
{
    return table + ((wsp_deflate_load64(p) << cut) * HASH_FACTOR >> v->shift);
}

/* Enters pos there; returns how far back the position before it is. */
static inline uint32_t replace(uint16_t *entry, uint32_t pos)
{
    uint16_t last = *entry;
    *entry = (uint16_t)pos;
    return (uint16_t)(pos - last);
}

/* The largest distance from pos */
static inline uint32_t reach(const struct view *v, uint32_t pos)
{
    uint32_t history = pos - v->start;
    return history < v->window ? history : v->window;
}

static inline unsigned longest(const struct view *v, uint32_t pos)
{
    uint32_t ahead = v->end - pos;
    return ahead < MATCH_MAX ? ahead : MATCH_MAX;
}

static inline void count_literal(struct wsp_deflate *z, uint32_t pos)
{
    z->literal_freq[z->ring[pos & z->ring_mask]]++;
}

/* ------------------------------------------------------------ greedy, one candidate */

static inline void enter_fast(const struct view *v, uint32_t pos)
{
    (void)replace(entry(v, v->head, at(v, pos), v->cut), pos);
}

/* Where nothing is found the steps get longer; all of a step is ahead, as that much is hashed. */
static inline uint32_t skip(struct wsp_deflate *z, uint32_t pos, unsigned misses)
{
    unsigned n = misses < 64u * STEP_MAX ? misses / 64 : STEP_MAX - 1;
    count_literal(z, pos++);
    for (; n > 0; n--)
        count_literal(z, pos++);
    return pos;
}

static INLINED uint32_t stretch_fast(struct wsp_deflate *z, uint32_t pos, uint32_t stop, bool dense)
{
    const struct view v = view_of(z, dense, false);
    const unsigned token_last = z->token_max - 2;
    unsigned misses = 0;
    while (before(pos, stop)) {
        const uint8_t *p = at(&v, pos);
        uint32_t dist = replace(entry(&v, v.head, p, v.cut), pos);
        const uint8_t *q = at(&v, pos - dist);
        if (differ(&v, p, q, dist - 1 >= reach(&v, pos))) {
            pos = skip(z, pos, misses++);
            continue;
        }
        struct match m = {equal(p, q, v.sought, longest(&v, pos)), dist};
        uint32_t next = pos + m.len;
        misses = 0;
        push(z, input_at(z, pos), m);
        if (before(next, stop)) { /* two positions of a match stand for all */
            enter_fast(&v, pos + 1);
            enter_fast(&v, next - 1);
        }
        pos = next;
        if (z->token_len > token_last)
            break;
    }
    return pos;
}

/* ------------------------------------------------------------ chains, lazy */

/* Enters pos; returns the distance of what was last seen with the same bytes. */
static inline uint32_t enter_chain(const struct view *v, uint32_t pos)
{
    uint32_t dist = replace(entry(v, v->head, at(v, pos), v->cut), pos);
    v->chain[pos & v->chain_mask] = (uint16_t)(pos - dist);
    return dist;
}

/* The same by three bytes */
static inline uint32_t enter_third(const struct view *v, uint32_t pos)
{
    return replace(entry(v, v->thirds, at(v, pos), 64 - 8 * MATCH_MIN), pos);
}

static INLINED void enter_chains(const struct view *v, uint32_t from, uint32_t to, unsigned step)
{
    for (; before(from, to); from += step) {
        (void)enter_chain(v, from);
        if (v->thirds != NULL)
            (void)enter_third(v, from);
    }
}

/*
 * The length of what p and q have in common if it is more than best, else 0. tail is what p has at
 * the end of a match just longer: a better one is equal there too, which tells more than its
 * beginning.
 */
static inline unsigned longer(const uint8_t *p, const uint8_t *q, uint32_t tail, unsigned best,
                              unsigned max)
{
    if (wsp_deflate_load32(q + best - 3) != tail || wsp_deflate_load32(q) != wsp_deflate_load32(p))
        return 0;
    unsigned len = equal(p, q, 4, max);
    return len > best ? len : 0;
}

/*
 * Enters pos, and looks for a match there that is longer than best, at least v->sought - 1, among
 * the depth nearest candidates. dist 0: none
 */
static INLINED struct match search(const struct view *v, uint32_t pos, unsigned best,
                                   unsigned depth)
{
    struct match m = {best, 0};
    const uint32_t far = reach(v, pos);
    const unsigned max = longest(v, pos);
    const unsigned nice = v->nice < max ? v->nice : max;
    uint32_t dist = enter_chain(v, pos);
    const uint8_t *p = at(v, pos);
    uint32_t third = v->thirds != NULL ? enter_third(v, pos) : 0;
    if (best < MATCH_MIN) {
        /* Where the last three bytes with this hash are others, four are seldom found. */
        bool none = differ(v, p, at(v, pos - third), third - 1 >= far);
        if (none && (pos - v->start) % FAR_STEP != 0)
            return m;
        depth += none ? FAR_DEPTH : 0;
        m = (struct match){MATCH_MIN, none ? 0 : third};
    }
    if (best >= nice || dist - 1 >= far)
        return m;
    uint32_t tail = wsp_deflate_load32(p + m.len - 3);
    for (;;) {
        unsigned len = longer(p, at(v, pos - dist), tail, m.len, max);
        if (len > 4 || (len > 0 && dist <= v->near)) {
            m = (struct match){len, dist};
            if (len >= nice)
                return m;
            tail = wsp_deflate_load32(p + len - 3);
        }
        uint32_t next = (uint16_t)(pos - v->chain[(pos - dist) & v->chain_mask]);
        /* next <= dist or next > far: the chain has left what is known */
        if (next - dist - 1 >= far - dist || --depth == 0)
            return m;
        dist = next;
    }
}

/* Whether b, some positions later, is worth the literals before it: in quarters of a byte */
static inline bool better(struct match b, struct match a, int literals)
{
    int gain = 4 * (int)b.len - 4 * (int)a.len;
    return gain + (int)wsp_deflate_log2(a.dist) - (int)wsp_deflate_log2(b.dist) > literals;
}

/* Looks for a better match than m at the positions behind pos; *entered: the first not entered */
static INLINED uint32_t defer(struct wsp_deflate *z, const struct view *v, uint32_t pos,
                              struct match *m, uint32_t *entered)
{
    const unsigned depth = z->level.depth;
    while (v->lazy > 0 && m->len < v->nice && v->end - pos > 2 + HASHED_MAX) {
        struct match next = search(v, pos + 1, m->len - 1, depth / 2);
        unsigned step = 1;
        if ((next.dist == 0 || !better(next, *m, 2)) && v->lazy > 1) {
            next = search(v, pos + 2, m->len - 1, depth / 4);
            step = 2;
        }
        *entered = pos + step + 1;
        if (next.dist == 0 || !better(next, *m, step == 1 ? 2 : 6))
            break;
        *m = next;
        for (; step > 0; step--)
            count_literal(z, pos++);
    }
    return pos;
}

static INLINED uint32_t stretch_chain(struct wsp_deflate *z, uint32_t pos, uint32_t stop,
                                      bool dense)
{
    const struct view v = view_of(z, dense, true);
    const uint32_t last = v.end - (z->level.hashed - 1u);
    const unsigned token_last = z->token_max - 2;
    const unsigned depth = z->level.depth;
    const unsigned step = z->level.lazy > 1 ? 1 : LONG_STEP;
    while (before(pos, stop)) {
        struct match m = search(&v, pos, v.sought - 1, depth);
        if (m.dist == 0) {
            count_literal(z, pos++);
            continue;
        }
        uint32_t entered = pos + 1;
        pos = defer(z, &v, pos, &m, &entered);
        push(z, input_at(z, pos), m);
        pos += m.len;
        enter_chains(&v, entered, before(pos, last) ? pos : last, m.len < LONG ? 1 : step);
        if (z->token_len > token_last)
            break;
    }
    return pos;
}

/* ------------------------------------------------------------ both */

void wsp_deflate_enter(struct wsp_deflate *z, uint32_t from, uint32_t to)
{
    const bool chains = z->level.depth > 0;
    const struct view v = view_of(z, z->dense, chains);
    if (chains)
        enter_chains(&v, from, to, 1);
    for (; !chains && before(from, to); from++)
        enter_fast(&v, from);
}

static uint32_t stretch(struct wsp_deflate *z, uint32_t pos, uint32_t stop)
{
#ifdef __OPTIMIZE_SIZE__
    return z->level.depth == 0 ? stretch_fast(z, pos, stop, z->dense)
                               : stretch_chain(z, pos, stop, z->dense);
#else
    if (z->level.depth == 0)
        return z->dense ? stretch_fast(z, pos, stop, true) : stretch_fast(z, pos, stop, false);
    return z->dense ? stretch_chain(z, pos, stop, true) : stretch_chain(z, pos, stop, false);
#endif
}

void wsp_deflate_parse(struct wsp_deflate *z)
{
    uint32_t pos = z->pos;
    uint32_t stop;
    while (wsp_deflate_fill(z, pos, &stop))
        pos = stretch(z, pos, stop);
    /* What is too short to be hashed is literals. */
    while (z->next == z->in_end && before(pos, z->end) && z->end - pos < z->level.hashed)
        count_literal(z, pos++);
    z->pos = pos;
}
