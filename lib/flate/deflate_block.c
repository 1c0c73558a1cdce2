/* deflate - choosing and writing blocks (RFC 1951 3.2). SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/assert.h"
#include "flate/deflate_state.h"
#include "flate/huffman.h"

/*
 * The bound of wsp_deflate_run, in bits: 8 a byte and 40 for each 65535 bytes begun (and 40 for the
 * flush, which is not counted here). It is kept because a coded block is written only if the output
 * then stands at least REOPEN bits below the bound of the input so far: a stored block that follows
 * costs as much, header and padding included, and further ones what the bound grows by.
 * Neighbouring stored blocks are collected in [stored, block) and written as one, as each would
 * cost a header.
 */
enum { STORED_MAX = 65535, REOPEN = 3 + 7 + 32 };

/* In bits: a block of more in the fixed codes always gets codes of its own. */
#define SHORT_BLOCK 4000

enum { STORED = 0, FIXED = 1, DYNAMIC = 2 }; /* RFC 1951 3.2.3 */

#define X4(x) x, x, x, x
#define X8(x) X4(x), X4(x)

/* RFC 1951 3.2.5: by symbol, from LENGTH_0 on; the base is less MATCH_MIN */
#define LENGTHS 29
static const uint8_t length_bits[LENGTHS] = {
    X8(0), X4(1), X4(2), X4(3), X4(4), X4(5), 0,
};
static const uint8_t length_base[LENGTHS] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,   10,  12,  14,  16,  20,  24,
    28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 255,
};

#if !WSP_SMALL_CODE
#    define X16(x) X8(x), X8(x)
#    define X32(x) X16(x), X16(x)
const uint8_t wsp_deflate_length_symbols[MATCH_MAX - MATCH_MIN + 1] = {
    0,       1,       2,      3,      4,       5,       6,       7,       8,       8,
    9,       9,       10,     10,     11,      11,      X4(12),  X4(13),  X4(14),  X4(15),
    X8(16),  X8(17),  X8(18), X8(19), X16(20), X16(21), X16(22), X16(23), X32(24), X32(25),
    X32(26), X16(27), X8(27), X4(27), 27,      27,      27,      28,
};
#endif

/* RFC 1951 3.2.7 */
#define LENGTH_CODES 19
static const uint8_t length_code_order[LENGTH_CODES] = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
};
enum { REPEAT = 16, ZEROS = 17, MORE_ZEROS = 18 };

/* A block's description: the codes, and of a dynamic one its header. */
struct plan {
    uint32_t room[2 * WSP_HUFFMAN_MAX];   /* for making lengths, then the codes */
    uint16_t items[LITERALS + DISTANCES]; /* code length code, and from bit 8 on its extra bits */
    unsigned item_len;
    uint8_t lens[LITERALS + DISTANCES]; /* literals first, distances straight behind those used */
    uint8_t code_lens[LENGTH_CODES];
    unsigned literals, distances, code_len_count;
};

/* ------------------------------------------------------------ bits */

/* Up to 63 bits in all may wait; afterwards 7. */
static inline void drain(struct wsp_deflate_bits *b)
{
    if (b->end - b->at >= 8) {
        for (unsigned i = 0; i < 8; i++)
            b->at[i] = (uint8_t)(b->word >> 8 * i);
        b->at += b->count >> 3;
        b->word >>= b->count & ~7u;
        b->count &= 7;
        return;
    }
    for (; b->count >= 8; b->count -= 8) {
        *b->at++ = (uint8_t)b->word;
        b->word >>= 8;
    }
}

static inline void add(struct wsp_deflate_bits *b, uint32_t value, unsigned count)
{
    b->word |= (uint64_t)value << b->count;
    b->count += count;
}

static inline void add_code(struct wsp_deflate_bits *b, uint32_t code)
{
    add(b, WSP_HUFFMAN_CODE(code), WSP_HUFFMAN_BITS(code));
}

static void put(struct wsp_deflate_bits *b, uint32_t value, unsigned count)
{
    add(b, value, count);
    drain(b);
}

/* ------------------------------------------------------------ stored blocks (3.2.4) */

/* The bits up to here, were [stored, block) written. */
static uint64_t position(const struct wsp_deflate *z)
{
    uint64_t bits = 8 * (uint64_t)(z->bits.at - z->out) + z->bits.count;
    size_t waiting = (size_t)(z->block - z->stored);
    if (waiting == 0)
        return bits;
    bits = (bits + 3 + 7) / 8 * 8 + 32;
    return bits + 8 * (uint64_t)waiting + 40 * ((waiting - 1) / STORED_MAX);
}

static void put_stored_block(struct wsp_deflate *z, const uint8_t *data, size_t len)
{
    put(&z->bits, STORED << 1, 3);
    put(&z->bits, 0, (8 - z->bits.count) & 7);
    put(&z->bits, (uint32_t)len | (uint32_t)(~len & 0xFFFF) << 16, 32);
    if (len > 0)
        memcpy(z->bits.at, data, len);
    z->bits.at += len;
}

static void put_stored(struct wsp_deflate *z)
{
    while (z->stored != z->block) {
        size_t len = (size_t)(z->block - z->stored);
        if (len > STORED_MAX)
            len = STORED_MAX;
        put_stored_block(z, z->stored, len);
        z->stored += len;
    }
}

void wsp_deflate_flush(struct wsp_deflate *z)
{
    put_stored(z);
    put_stored_block(z, NULL, 0);
}

/* ------------------------------------------------------------ coded blocks */

/* Extra bits, the same with any code. */
static uint32_t extra_cost(const struct wsp_deflate *z)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < LENGTHS; i++)
        bits += (uint32_t)z->literal_freq[LENGTH_0 + i] * length_bits[i];
    for (unsigned i = 4; i < DISTANCES; i++)
        bits += z->distance_freq[i] * (i / 2 - 1);
    return bits;
}

static uint32_t code_cost(const uint16_t *freq, const uint8_t *lens, unsigned n)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < n; i++)
        bits += (uint32_t)freq[i] * lens[i];
    return bits;
}

/* The match of a token, behind at most 37 bits that wait: with 15 + 5 of the length that is 57. */
static inline void add_match(struct wsp_deflate_bits *b, const uint32_t *literals,
                             const uint32_t *distances, struct wsp_deflate_token token)
{
    unsigned symbol = wsp_deflate_length_symbol(token.len);
    add_code(b, literals[LENGTH_0 + symbol]);
    add(b, (uint32_t)token.len - length_base[symbol], length_bits[symbol]);
    drain(b);
    symbol = wsp_deflate_distance_symbol(token.dist);
    add_code(b, distances[symbol]);
    unsigned bits = symbol >= 4 ? symbol / 2 - 1 : 0;
    add(b, (token.dist - 1u) & ((1u << bits) - 1), bits);
    drain(b);
}

static void put_tokens(struct wsp_deflate *z, const uint32_t *literals, const uint32_t *distances)
{
    const uint8_t *end = z->next - (z->end - z->pos);
    struct wsp_deflate_bits b = z->bits;
    const uint8_t *p = z->block;
    const struct wsp_deflate_token *token = z->tokens;
    const struct wsp_deflate_token *tokens_end = token + z->token_len;
    size_t run;
    for (;; token++) {
        bool rest = token == tokens_end;
        run = rest               ? (size_t)(end - p)
              : token->dist == 0 ? token->lits + 256u * token->len
                                 : token->lits;
        for (; run >= 3; run -= 3, p += 3) { /* 3 codes of 15 bits, 7 bits waiting: 52 */
            add_code(&b, literals[p[0]]);
            add_code(&b, literals[p[1]]);
            add_code(&b, literals[p[2]]);
            drain(&b);
        }
        if (rest)
            break;
        /* The last two or less without a branch on how many: what follows is input, too, as a match
         * has three bytes. */
        add_code(&b, literals[p[0]] & (0 - (uint32_t)(run > 0)));
        add_code(&b, literals[p[1]] & (0 - (uint32_t)(run > 1)));
        p += run;
        if (token->dist == 0) {
            drain(&b);
            continue;
        }
        add_match(&b, literals, distances, *token);
        p += token->len + (unsigned)MATCH_MIN;
    }
    while (run-- > 0)
        add_code(&b, literals[*p++]);
    add_code(&b, literals[END_OF_BLOCK]);
    drain(&b);
    z->bits = b;
}

/* ------------------------------------------------------------ fixed codes (3.2.6) */

/* Symbols from begin to end - 1: ascending codes of len bits, from code on */
static const struct range {
    uint16_t begin, end, code, len;
} fixed_ranges[] = {
    {0, 144, 0x30, 8},
    {144, 256, 0x190, 9},
    {256, 280, 0, 7},
    {280, 288, 0xC0, 8},
};
#define FIXED_DISTANCE_LEN 5

static uint32_t fixed_cost(const struct wsp_deflate *z)
{
    uint32_t bits = 0;
    for (const struct range *r = fixed_ranges; r != fixed_ranges + 4; r++)
        for (unsigned i = r->begin; i < r->end && i < LITERALS; i++)
            bits += (uint32_t)z->literal_freq[i] * r->len;
    for (unsigned i = 0; i < DISTANCES; i++)
        bits += (uint32_t)z->distance_freq[i] * FIXED_DISTANCE_LEN;
    return bits;
}

static void put_fixed(struct wsp_deflate *z, struct plan *plan)
{
    uint32_t *distances = plan->room + WSP_HUFFMAN_MAX;
    for (const struct range *r = fixed_ranges; r != fixed_ranges + 4; r++)
        for (unsigned i = r->begin; i < r->end; i++)
            plan->room[i] = wsp_huffman_code(r->code + i - r->begin, r->len);
    for (unsigned i = 0; i < DISTANCES; i++)
        distances[i] = wsp_huffman_code(i, FIXED_DISTANCE_LEN);
    put(&z->bits, FIXED << 1, 3);
    put_tokens(z, plan->room, distances);
}

/* ------------------------------------------------------------ dynamic codes (3.2.7) */

static void add_item(struct plan *plan, uint16_t *freq, unsigned code, unsigned extra)
{
    plan->items[plan->item_len++] = (uint16_t)(extra << 8 | code);
    freq[code]++;
}

/* count times the length len */
static void add_run(struct plan *plan, uint16_t *freq, unsigned len, unsigned count)
{
    for (; len == 0 && count >= 11; count -= count < 138 ? count : 138)
        add_item(plan, freq, MORE_ZEROS, (count < 138 ? count : 138) - 11);
    if (len == 0 && count >= 3) {
        add_item(plan, freq, ZEROS, count - 3);
        return;
    }
    if (count > 0) {
        add_item(plan, freq, len, 0);
        count--;
    }
    for (; len != 0 && count >= 3; count -= count < 6 ? count : 6) /* the one before, again */
        add_item(plan, freq, REPEAT, (count < 6 ? count : 6) - 3);
    for (; count > 0; count--)
        add_item(plan, freq, len, 0);
}

/* The lengths of both alphabets as one sequence of runs. */
static void add_items(struct plan *plan, uint16_t *freq)
{
    unsigned n = plan->literals + plan->distances;
    plan->item_len = 0;
    for (unsigned i = 0; i < n;) {
        unsigned begin = i;
        while (i < n && plan->lens[i] == plan->lens[begin])
            i++;
        add_run(plan, freq, plan->lens[begin], i - begin);
    }
}

static unsigned item_extra(unsigned code)
{
    return code < REPEAT ? 0 : code == REPEAT ? 2 : code == ZEROS ? 3 : 7;
}

/* Makes the codes' lengths and the header; returns the bits of both header and codes. */
static uint32_t plan_dynamic(const struct wsp_deflate *z, struct plan *plan)
{
    uint16_t freq[LENGTH_CODES] = {0};
    wsp_huffman_lengths(plan->lens, z->literal_freq, LITERALS, 15, plan->room);
    plan->literals = LITERALS;
    while (plan->literals > LENGTH_0 && plan->lens[plan->literals - 1] == 0)
        plan->literals--;
    uint32_t bits = code_cost(z->literal_freq, plan->lens, plan->literals);
    uint8_t *lens = plan->lens + plan->literals;
    wsp_huffman_lengths(lens, z->distance_freq, DISTANCES, 15, plan->room);
    plan->distances = DISTANCES;
    while (plan->distances > 1 && lens[plan->distances - 1] == 0)
        plan->distances--;
    bits += code_cost(z->distance_freq, lens, plan->distances);
    add_items(plan, freq);
    wsp_huffman_lengths(plan->code_lens, freq, LENGTH_CODES, 7, plan->room);
    plan->code_len_count = LENGTH_CODES;
    while (plan->code_lens[length_code_order[plan->code_len_count - 1]] == 0)
        plan->code_len_count--;
    for (unsigned i = 0; i < LENGTH_CODES; i++)
        bits += freq[i] * (plan->code_lens[i] + item_extra(i));
    return bits + 5 + 5 + 4 + 3 * plan->code_len_count;
}

static void put_dynamic(struct wsp_deflate *z, struct plan *plan)
{
    put(&z->bits, DYNAMIC << 1, 3);
    put(&z->bits, plan->literals - LENGTH_0, 5);
    put(&z->bits, plan->distances - 1, 5);
    put(&z->bits, plan->code_len_count - 4, 4);
    for (unsigned i = 0; i < plan->code_len_count; i++)
        put(&z->bits, plan->code_lens[length_code_order[i]], 3);
    wsp_huffman_codes(plan->room, plan->code_lens, LENGTH_CODES);
    for (unsigned i = 0; i < plan->item_len; i++) {
        unsigned code = plan->items[i] & 0xFF;
        add_code(&z->bits, plan->room[code]);
        add(&z->bits, plan->items[i] >> 8u, item_extra(code));
        drain(&z->bits);
    }
    wsp_huffman_codes(plan->room, plan->lens, plan->literals);
    uint32_t *distances = plan->room + WSP_HUFFMAN_MAX;
    wsp_huffman_codes(distances, plan->lens + plan->literals, plan->distances);
    put_tokens(z, plan->room, distances);
}

/* ------------------------------------------------------------ choice */

/* f * log2(f) in sixteenths of a bit, the logarithm taken as straight between powers of two */
static uint32_t weight(uint32_t f)
{
    unsigned n = wsp_deflate_log2(f);
    return f * (16 * n + ((f << 4 >> n) & 15));
}

static uint32_t weights(const uint16_t *freq, unsigned n, uint32_t *sum, uint32_t *used)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < n; i++) {
        if (freq[i] == 0)
            continue;
        bits += weight(freq[i]);
        *sum += freq[i];
        *used += 1;
    }
    return bits;
}

#if !WSP_SMALL_CODE
/* Bytes that are looked at together, and the bits that two blocks have to save: a header's, and
 * what a piece seems to lack of disorder as it is short, grow with how many bytes occur. */
enum { PIECE = 1024, APART = 200, APART_EACH = 4 };

/*
 * By pieces: when the codes that fit the bytes so far and those that fit the next ones save what
 * a header takes, a block ends between them. Matches are not thought of: where they are what saves,
 * in a small window most of all, it comes out some hundredths larger.
 */
uint32_t wsp_deflate_block_len(const uint8_t *in, uint32_t len)
{
    WSP_ASSERT(len <=
               UINT16_MAX); /* and a block takes time by its own length, not by what follows */
    uint16_t freq[256] = {0};
    uint32_t sum = 0;
    uint32_t before = 0; /* of the bytes so far: the weights of what occurs */
    for (uint32_t at = 0; len - at >= PIECE; at += PIECE) {
        uint16_t piece[256] = {0};
        uint32_t n = 0;
        uint32_t used = 0;
        for (uint32_t i = 0; i < PIECE; i++) {
            piece[in[at + i]]++;
            freq[in[at + i]]++;
        }
        uint32_t parts = before + weights(piece, 256, &n, &used);
        uint32_t saved = 16 * (APART + APART_EACH * used);
        before = weights(freq, 256, &sum, &used);
        /* less the bits of all of them together, by the weights of how many there are */
        uint32_t together = weight(at + PIECE) - before;
        uint32_t apart = weight(PIECE) + (at > 0 ? weight(at) : 0) - parts;
        if (at > 0 && together > apart + saved)
            return at;
    }
    return BLOCK_MAX;
}
#endif

/*
 * Whether a short block is not worth codes of its own: about what they would cost, told from the
 * entropy and from how many symbols the header describes. Making them takes several times as long.
 */
static bool stays_fixed(const struct wsp_deflate *z, uint32_t fixed)
{
    uint32_t literals = 0;
    uint32_t distances = 0;
    uint32_t used = 0;
    if (fixed > SHORT_BLOCK)
        return false;
    uint32_t minus = weights(z->literal_freq, LITERALS, &literals, &used) +
                     weights(z->distance_freq, DISTANCES, &distances, &used);
    uint32_t plus = weight(literals) + (distances > 0 ? weight(distances) : 0);
    /* The first row loses nothing; at the fast level a little is given for the time. */
    uint32_t header = z->level.depth > 0 ? 100 + 4 * used : 160 + 6 * used;
    uint32_t estimate = (plus - minus) / 16 + header;
    return estimate > fixed;
}

/* The most bits that a coded block may have and be worth it. */
static uint64_t budget(const struct wsp_deflate *z, const uint8_t *end)
{
    uint64_t now = position(z);
    uint64_t len = (uint64_t)(end - z->block);
    uint64_t stored = (z->stored == z->block ? (now + 3 + 7) / 8 * 8 + 32 : now) + 8 * len;
    size_t all = (size_t)(end - z->in);
    uint64_t bound = 8 * (uint64_t)all + 40 * ((all - 1) / STORED_MAX + 1);
    if (end != z->in_end)
        bound = bound < REOPEN ? 0 : bound - REOPEN;
    uint64_t most = stored < bound ? stored : bound;
    return most < now ? 0 : most - now;
}

void wsp_deflate_block_end(struct wsp_deflate *z)
{
    struct plan plan;
    const uint8_t *end = z->next - (z->end - z->pos);
    z->literal_freq[END_OF_BLOCK] = 1;
    uint64_t most = budget(z, end);
    uint32_t extra = 3 + extra_cost(z);
    uint32_t fixed = fixed_cost(z);
    uint32_t dynamic = stays_fixed(z, fixed) ? UINT32_MAX - extra : plan_dynamic(z, &plan);
    if (extra + (fixed < dynamic ? fixed : dynamic) <= most) {
        put_stored(z);
        if (fixed <= dynamic)
            put_fixed(z, &plan);
        else
            put_dynamic(z, &plan);
        z->stored = end;
    }
    z->block = z->literal = end;
    z->token_len = 0;
    memset(z->literal_freq, 0, sizeof z->literal_freq);
    memset(z->distance_freq, 0, sizeof z->distance_freq);
}
