/* inflate - raw DEFLATE data becomes plain bytes (RFC 1951). SPDX-License-Identifier: MIT */
#ifndef WSP_FLATE_INFLATE_H
#define WSP_FLATE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The small build decodes with 32-bit words, has no fast loop and builds the fixed codes when they
 * are needed. It is what 32-bit processors get.
 */
#if !defined(WSP_INFLATE_SMALL) && UINTPTR_MAX <= 0xFFFFFFFF
#    define WSP_INFLATE_SMALL 1
#endif

#ifdef WSP_INFLATE_SMALL
typedef uint32_t wsp_inflate_bits;
#else
typedef uint64_t wsp_inflate_bits;
#endif

enum {
    WSP_INFLATE_LIT_BITS = 10, /* what one look-up resolves; longer codes take a second one */
    WSP_INFLATE_DIST_BITS = 8,
    WSP_INFLATE_LIT_ENTRIES = 1334, /* the most a complete code of 288 symbols needs with 10 bits */
    WSP_INFLATE_DIST_ENTRIES = 402, /* the same of 32 symbols with 8 */
    WSP_INFLATE_PRE_BITS = 7,
    WSP_INFLATE_SYMBOLS = 288 + 32,
    WSP_INFLATE_HEAD = 0 /* the state before a block */
};

enum wsp_inflate_status {
    WSP_INFLATE_INPUT,  /* all input is used, tail included, and what it decodes to is written */
    WSP_INFLATE_OUTPUT, /* the room is full and at least one byte more is to come */
    WSP_INFLATE_FINAL, /* a block with BFINAL has ended; the input from its byte boundary is left */
    WSP_INFLATE_BAD    /* not DEFLATE, or it refers too far back: the rule says why */
};

/* The codes of a dynamic block's header, as they are read (RFC 1951 3.2.7). */
struct wsp_inflate_codes {
    uint16_t lits, total;  /* symbols: of the literal/length code, of both codes */
    uint16_t at;           /* the next symbol; of the code length code: its place in the order */
    uint16_t used;         /* entries of list */
    uint16_t lit_used;     /* those of them that belong to the literal/length code */
    uint16_t precodes;     /* code length codes announced */
    uint16_t last;         /* the length that a repeat repeats */
    uint16_t count[2][16]; /* how many codes there are of a length, in either code */
    uint16_t list[WSP_INFLATE_SYMBOLS + 8]; /* symbols with a code: symbol | length << 9 */
};

/* The decoder without its window. A plain struct: it may be copied, and needs no end. */
struct wsp_inflate {
    const char *rule;      /* the rule that was broken; NULL before */
    wsp_inflate_bits bits; /* input taken but not used, the next bit lowest, 0 above count */
    uint8_t count;         /* bits in there */
    uint8_t state;
    uint8_t extra;               /* bits of the distance to come */
    bool final;                  /* this block has BFINAL set */
    bool fixed;                  /* the block has the fixed codes: the constant tables count */
    uint8_t lit_bits, dist_bits; /* of the tables' first look-up */
    uint16_t length;             /* of a match that is not written whole; of a stored block */
    uint16_t distance;
    struct wsp_inflate_codes codes;
    uint16_t precode[1 << WSP_INFLATE_PRE_BITS];
    uint32_t lit[WSP_INFLATE_LIT_ENTRIES];
    uint32_t dist[WSP_INFLATE_DIST_ENTRIES];
};

/* The last bytes of earlier messages or calls: a ring in the caller's memory. */
struct wsp_history {
    uint8_t *data;
    size_t size;   /* 256 to 32768, a power of two; 0: no history is kept */
    size_t at;     /* where the next byte goes */
    size_t filled; /* bytes kept */
};

/* One call: what is read, where it is written, and what matches may refer to. */
struct wsp_inflate_call {
    const uint8_t *in; /* advanced; after FINAL and OUTPUT some may be left */
    size_t in_len;
    uint8_t *out;   /* the output of this message so far is out[0..out_at): history too */
    size_t out_at;  /* advanced */
    size_t out_cap; /* the end of the room: nothing is written at or after out + out_cap */
    const struct wsp_history *history; /* what came before out[0]; NULL: nothing */
    size_t window;                     /* the longest distance agreed, 256 to 32768 */
    bool tail; /* 00 00 FF FF follows the input (RFC 7692 7.2.2); cleared when its turn comes: in
                * is not the caller's then */
};

/* wsp_inflate_init - before a first block; clears no tables, so it is cheap enough a message */
static inline void wsp_inflate_init(struct wsp_inflate *z)
{
    z->rule = NULL;
    z->bits = 0;
    z->count = 0;
    z->state = WSP_INFLATE_HEAD;
}

/*
 * wsp_inflate_run - decodes until the input is used, the room is full, or a final block ends
 *
 * Any input may be cut anywhere, and any room is good. After OUTPUT the caller goes on with what is
 * left of the input: with more room behind the same output, or, once the output is saved in the
 * history, with out_at set back to 0. After BAD each further call returns BAD.
 */
enum wsp_inflate_status wsp_inflate_run(struct wsp_inflate *z, struct wsp_inflate_call *io);

/* The bytes that tail stands for. */
extern const uint8_t wsp_inflate_trailer[4];

/* What wsp_inflate_run does where it knows no short way. */
enum wsp_inflate_status wsp_inflate_steps(struct wsp_inflate *z, struct wsp_inflate_call *io);

/* wsp_inflate_next - after FINAL: further blocks follow at the byte boundary (RFC 7692 7.2.3.4) */
void wsp_inflate_next(struct wsp_inflate *z);

/* wsp_inflate_between_blocks - at a byte boundary between blocks, as after an empty stored block */
static inline bool wsp_inflate_between_blocks(const struct wsp_inflate *z)
{
    return z->state == WSP_INFLATE_HEAD && z->count == 0;
}

/* wsp_history_save - takes in what a call or message has produced: the last size bytes of it */
void wsp_history_save(struct wsp_history *h, const uint8_t *out, size_t len);

#endif
