/* deflate_state - what the compressor's files share. SPDX-License-Identifier: MIT */
#ifndef WSP_FLATE_DEFLATE_STATE_H
#define WSP_FLATE_DEFLATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "flate/deflate.h"

/*
 * Positions count the bytes ever seen, modulo 2^32; the tables keep their low 16 bits. What holds
 * between two calls and inside:
 *
 * - start <= pos <= end (modulo 2^32). [start, pos) is history, [pos, end) is looked ahead at. All
 *   of it is in the ring, position p at p & ring_mask; end - start <= ring_mask + 1.
 * - The ring's first MIRROR bytes stand behind its end once more, so that MATCH_MAX bytes and a
 * word
 *   can be read from any position without wrapping round.
 * - A position taken from a table is a guess. Its distance modulo 2^16 is compared with the history
 *   and the window, then its bytes with those looked for: an old one can be a miss, not a mistake.
 *   Reset moves start, so what the tables hold from before is out of reach and need not be cleared.
 * - No entry of head is more than 65535 positions old: sweep() moves old ones, often enough. So
 * none
 *   comes round to look like a recent one, and the output depends on the history alone.
 * - chain[p & (window - 1)] is the position before p that had the same hash, as head said when p
 * was
 *   entered. Distances grow along a chain; one that does not has left what is known.
 * - The last positions of the history are not in the tables, as several bytes are hashed: the next
 *   run enters them first.
 *
 * Input goes through the ring for matching only. Literals and stored blocks are taken from the
 * caller's memory, which outlives the run: the window needs no room for a whole block.
 */
enum {
    MATCH_MIN = 3,
    MATCH_MAX = 258,
    HASHED_MAX = 6,        /* bytes */
    STEP_MAX = HASHED_MAX, /* positions */
    MIRROR = 272,          /* MATCH_MAX + 7, a word's reach, and some to keep the tables aligned */
    LOOKAHEAD_MIN = 262,   /* a match at the position after the next one is not cut */
    LOOKAHEAD_MAX = 1024,  /* what is looked ahead at may be lost to the window */
    BLOCK_MAX = 60 * 1024, /* bytes: frequencies are 16 bits, and so are runs of literals */
    SWEEP_EVERY = 30000,
    SWEEP_AGE = 32769, /* just out of reach; SWEEP_AGE + SWEEP_EVERY + LOOKAHEAD_MAX < 65536 */

    END_OF_BLOCK = 256,
    LENGTH_0 = 257, /* the symbol of length 3 */
    LITERALS = 286,
    DISTANCES = 30,
};

/*
 * lits bytes as they are, then a match of len + MATCH_MIN bytes. With dist 0 there is no match, and
 * len is the upper half of the number of literals.
 */
struct wsp_deflate_token {
    uint16_t dist;
    uint8_t len;
    uint8_t lits;
};

/* Bits on their way out: count of them wait in word, from bit 0 on. */
struct wsp_deflate_bits {
    uint8_t *at;
    uint8_t *end;
    uint64_t word;
    unsigned count;
};

struct wsp_deflate_level {
    uint8_t hashed; /* bytes, of data that is not dense; HASHED_MAX without chains */
    uint8_t lazy;   /* positions behind a match's at which a better one is looked for */
    uint16_t depth; /* candidates compared; 0: no chains, the last one alone is */
    uint16_t nice;  /* a match this long is taken at once */
};

struct wsp_deflate {
    uint8_t *ring;
    uint16_t *head;  /* by hash: the last position */
    uint16_t *chain; /* unused with depth 0 */
    struct wsp_deflate_token *tokens;
    uint32_t ring_mask;
    uint32_t window;
    unsigned head_shift; /* of a 64-bit product */
    unsigned head_len;   /* entries */
    unsigned token_max;
    unsigned ahead_max;
    struct wsp_deflate_level level;
    bool dense; /* literals are dear here: three bytes are hashed, and matches of three are taken */

    uint32_t start, pos, end;
    uint32_t swept;
    uint32_t judged; /* the end when dense was found out */
    uint32_t most;   /* bytes of this block, which its last match may exceed */

    /* This run's, from here on. */
    const uint8_t *in;   /* where it began */
    const uint8_t *next; /* goes to the ring next: that of position end */
    const uint8_t *in_end;
    const uint8_t *block;   /* this block begins here */
    const uint8_t *literal; /* tokens cover the block up to here */
    const uint8_t *stored;  /* bytes from here to block were found not to be worth coding */
    uint8_t *out;
    struct wsp_deflate_bits bits;
    unsigned token_len;
    uint16_t literal_freq[LITERALS];
    uint16_t distance_freq[DISTANCES];
};

/* Little-endian, whatever the machine: output is the same everywhere. Compilers make one load of
 * it. */
static inline uint32_t wsp_deflate_load32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t wsp_deflate_load64(const uint8_t *p)
{
    return wsp_deflate_load32(p) | (uint64_t)wsp_deflate_load32(p + 4) << 32;
}

/* The number of the highest bit set; v > 0 */
static inline unsigned wsp_deflate_log2(uint32_t v)
{
#ifdef __GNUC__
    return 31u ^ (unsigned)__builtin_clz(v);
#else
    unsigned n = 0;
    while (v >>= 1)
        n++;
    return n;
#endif
}

/* RFC 1951 3.2.5: two symbols for each power of two from 3 on */
static inline unsigned wsp_deflate_distance_symbol(unsigned dist)
{
    unsigned v = dist - 1;
    if (v < 2)
        return v;
    unsigned n = wsp_deflate_log2(v);
    return 2 * n + (v >> (n - 1) & 1);
}

#if !WSP_SMALL_CODE
extern const uint8_t wsp_deflate_length_symbols[MATCH_MAX - MATCH_MIN + 1];
#endif

/* RFC 1951 3.2.5: the symbol, less LENGTH_0, of length v + MATCH_MIN; four for each power of two */
static inline unsigned wsp_deflate_length_symbol(unsigned v)
{
#if !WSP_SMALL_CODE
    return wsp_deflate_length_symbols[v];
#else
    unsigned n = wsp_deflate_log2(v | 4) - 2;
    /* Length 258 has a symbol of its own, though the one before has the bits for it. */
    return 4 * n + (v >> n) + (v == MATCH_MAX - MATCH_MIN);
#endif
}

/* deflate.c */

/*
 * Takes input into the ring if what lies ahead of pos has become short. Returns whether the block
 * goes on: positions before *stop can be hashed, and matches there be as long as the input allows.
 */
bool wsp_deflate_fill(struct wsp_deflate *z, uint32_t pos, uint32_t *stop);

/* deflate_match.c: tokens for the input from z->pos on, until the block is full or the input
 * ends */
void wsp_deflate_parse(struct wsp_deflate *z);

/* Enters [from, to) into the tables. z->hashed bytes are looked ahead at from each. */
void wsp_deflate_enter(struct wsp_deflate *z, uint32_t from, uint32_t to);

/* deflate_block.c */

/* Ends the block at pos: writes it, or keeps it for a stored block. last: nothing follows it. */
void wsp_deflate_block_end(struct wsp_deflate *z);

#if !WSP_SMALL_CODE
/* How many of the len bytes to come, at most BLOCK_MAX, belong in one block; BLOCK_MAX: all. */
uint32_t wsp_deflate_block_len(const uint8_t *in, uint32_t len);
#endif

/* Ends the output (RFC 7692 7.2.1). */
void wsp_deflate_flush(struct wsp_deflate *z);

#endif
