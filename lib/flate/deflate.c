/* deflate - memory, history, and the order of things. SPDX-License-Identifier: MIT */
#include "flate/deflate.h"

#include <string.h>

#include "flate/deflate_state.h"

/*
 * hashed, lazy, depth, nice. The more bytes are hashed, the longer are the matches that a few
 * candidates give, but the shorter ones are missed: text gains by it. The thorough levels can
 * afford to look at the candidates that four bytes give. Dense data is always hashed by fewer.
 */
static const struct wsp_deflate_level levels[] = {
    {6, 0, 0, 0},   {6, 1, 2, 16},   {5, 1, 3, 32},   {5, 1, 5, 48},    {5, 1, 8, 48},
    {5, 1, 12, 20}, {5, 2, 32, 128}, {4, 2, 80, 258}, {4, 2, 200, 258},
};

/* A block's room for matches by window bits: it holds what a window of text has, up to some 16
 * KiB. */
static const uint16_t tokens_by_window[] = {256, 384, 512, 768, 1024, 1792, 1792, 1792};

/* Bytes for each token that a block has room for: as far is looked for its end. */
#define LOOKED_AT 16u

/* Bytes that are looked at to tell what kind of data it is, at first every so many of them; and
 * those entered anew when that changes. */
enum { SAMPLE = 512, SAMPLE_STEP = 5, REENTERED = 4096 };

/* Bytes of the parts, in the order in which they lie behind the struct. */
struct layout {
    size_t head, chain, tokens, ring;
};

/*
 * From 13 bits on the ring is as large as the window, and the bytes looked ahead at are missing
 * from the window's far end; below it is twice as large.
 */
static struct layout layout_of(unsigned window_bits, unsigned level)
{
    struct layout l;
    bool chains = levels[level - 1].depth != 0;
    unsigned ring_bits = window_bits >= 13 ? window_bits : window_bits + 1;
    unsigned head_bits = chains ? 14 : 12;
    l.head = sizeof(uint16_t) << (window_bits < head_bits ? window_bits : head_bits);
    l.chain = chains ? sizeof(uint16_t) << window_bits : 0;
    l.tokens =
        sizeof(struct wsp_deflate_token) * tokens_by_window[window_bits - WSP_DEFLATE_WINDOW_MIN];
    l.ring = ((size_t)1 << (ring_bits < 10 ? 10 : ring_bits)) + MIRROR;
    return l;
}

size_t wsp_deflate_size(unsigned window_bits, unsigned level)
{
    struct layout l = layout_of(window_bits, level);
    return sizeof(struct wsp_deflate) + l.head + l.chain + l.tokens + l.ring;
}

void wsp_deflate_init(struct wsp_deflate *z, unsigned window_bits, unsigned level)
{
    struct layout l = layout_of(window_bits, level);
    memset(z, 0, sizeof *z);
    z->head = (uint16_t *)(void *)(z + 1);
    z->chain = z->head + l.head / sizeof *z->head;
    z->tokens = (struct wsp_deflate_token *)(void *)(z->chain + l.chain / sizeof *z->chain);
    z->ring = (uint8_t *)z->tokens + l.tokens;
    z->level = levels[level - 1];
    z->window = (uint32_t)1 << window_bits;
    z->ring_mask = (uint32_t)(l.ring - MIRROR - 1);
    z->ahead_max = window_bits < 14 ? LOOKAHEAD_MAX / 2 : LOOKAHEAD_MAX;
    z->head_len = (unsigned)(l.head / sizeof *z->head);
    z->head_shift = 64 - wsp_deflate_log2(z->head_len);
    z->token_max = (unsigned)(l.tokens / sizeof *z->tokens);
    /* The tables' zeros are a position before the first. */
    z->start = z->pos = z->end = z->swept = 1;
    /* The ring too: a comparison by words looks at bytes behind the input before it is cut to
     * it. */
    memset(z->head, 0, l.head);
    memset(z->ring, 0, l.ring);
}

void wsp_deflate_reset(struct wsp_deflate *z)
{
    z->start = z->pos;
}

/* ------------------------------------------------------------ input */

static void age(uint16_t *table, unsigned len, uint32_t end)
{
    uint16_t oldest = (uint16_t)(end - SWEEP_AGE);
    for (unsigned i = 0; i < len; i++)
        table[i] = (uint16_t)(end - table[i]) > SWEEP_AGE ? oldest : table[i];
}

/* Entries out of any window's reach become just that old again. */
static void sweep(struct wsp_deflate *z)
{
    if (z->end - z->swept < SWEEP_EVERY)
        return;
    age(z->head, z->head_len, z->end);
    z->swept = z->end;
}

/* n bytes, at most the ring, from the ring's byte at on, without wrapping round */
static void store(struct wsp_deflate *z, uint32_t at, const uint8_t *src, size_t n)
{
    memcpy(z->ring + at, src, n);
    if (at < MIRROR)
        memcpy(z->ring + z->ring_mask + 1 + at, src, n < MIRROR - at ? n : MIRROR - at);
}

/* Up to the bytes that may be ahead of pos, as many as there are. */
static void take(struct wsp_deflate *z, uint32_t pos)
{
    size_t n = z->ahead_max - (z->end - pos);
    size_t left = (size_t)(z->in_end - z->next);
    uint32_t at = z->end & z->ring_mask;
    if (n > left)
        n = left;
    size_t first = z->ring_mask + 1 - at;
    store(z, at, z->next, n < first ? n : first);
    if (n > first)
        store(z, 0, z->next + first, n - first);
    z->next += n;
    z->end += (uint32_t)n;
    if (z->end - z->start > z->ring_mask + 1)
        z->start = z->end - z->ring_mask - 1;
    sweep(z);
}

bool wsp_deflate_fill(struct wsp_deflate *z, uint32_t pos, uint32_t *stop)
{
    const unsigned hashed = z->level.hashed;
    if (z->end - pos < LOOKAHEAD_MIN && z->next != z->in_end)
        take(z, pos);
    *stop = z->end - (z->next == z->in_end ? hashed : LOOKAHEAD_MIN) + 1;
    uint32_t ahead = z->end - pos;
    uint32_t len = (uint32_t)(z->next - z->block) - ahead;
    bool full = z->token_len + 2 > z->token_max || len >= z->most;
    if (*stop - pos > z->most - len)
        *stop = pos + (z->most - len);
    return ahead >= hashed && !full;
}

/* Enters the last most positions of the history that can be hashed by now. */
static void enter_last(struct wsp_deflate *z, uint32_t most)
{
    const unsigned hashed = z->level.hashed;
    uint32_t history = z->pos - z->start;
    uint32_t ahead = z->end - z->pos;
    uint32_t n = history < most ? history : most;
    if (ahead + n >= hashed)
        wsp_deflate_enter(z, z->pos - n, ahead < hashed ? z->end - (hashed - 1) : z->pos);
}

/*
 * Whether literals are dear: the last bytes that came hold many different ones, not of ASCII alone.
 * Text in other scripts has fewer than numbers, pictures or machine code have.
 */
static bool is_dense(const struct wsp_deflate *z)
{
    uint8_t seen[256] = {0};
    const uint32_t n = z->end - z->start < SAMPLE ? z->end - z->start : SAMPLE;
    const uint32_t from = z->end - n;
    unsigned other = 0;
    unsigned kinds = 0;
    for (uint32_t i = from; i - from < n; i += SAMPLE_STEP)
        other += z->ring[i & z->ring_mask] - 0x20u >= 0x60;
    if (other * SAMPLE_STEP * 4 < n)
        return false;
    for (uint32_t i = from; i != z->end; i++) {
        uint8_t byte = z->ring[i & z->ring_mask];
        kinds += !seen[byte];
        seen[byte] = 1;
    }
    return kinds > 48 + n / 16;
}

/*
 * There is a change on new evidence alone: the tables' entries are of no use then, so that the last
 * ones are made anew.
 */
static void judge(struct wsp_deflate *z)
{
    if (z->pos != z->start && z->end - z->judged < SAMPLE)
        return;
    bool before = z->dense;
    z->judged = z->end;
    z->dense = is_dense(z);
    if (z->dense != before)
        enter_last(z, REENTERED);
}

static void begin(struct wsp_deflate *z, const uint8_t *in, size_t len)
{
    z->in = in;
    z->next = in;
    z->in_end = in + len;
    take(z, z->pos);
    /* Those that could not be hashed before these bytes came. */
    enter_last(z, z->level.hashed - 1u);
}

/* ------------------------------------------------------------ calls */

size_t wsp_deflate_bound(size_t len)
{
    /* Five bytes a stored block and for the last one, which is empty. */
    size_t blocks = len / 65535 + (len % 65535 != 0) + 1;
    return len > SIZE_MAX - 5 * blocks ? SIZE_MAX : len + 5 * blocks;
}

/* Where literals are dear and time is there, what changes on its way gets a block of its own. */
static void limit_block(struct wsp_deflate *z)
{
    z->most = BLOCK_MAX;
#if !WSP_SMALL_CODE
    if (!z->dense || z->level.lazy < 2)
        return;
    /* A block that is full sooner leaves bytes to be looked at again: no more than that many. */
    size_t left = (size_t)(z->in_end - z->block);
    uint32_t seen = LOOKED_AT * z->token_max;
    z->most = wsp_deflate_block_len(z->block, left < seen ? (uint32_t)left : seen);
#endif
}

size_t wsp_deflate_run(struct wsp_deflate *z, uint8_t *out, const uint8_t *in, size_t len)
{
    z->out = out;
    z->bits = (struct wsp_deflate_bits){out, out + wsp_deflate_bound(len), 0, 0};
    z->block = z->literal = z->stored = in;
    if (len > 0) { /* in may be NULL otherwise */
        begin(z, in, len);
        do {
            judge(z);
            limit_block(z);
            wsp_deflate_parse(z);
            wsp_deflate_block_end(z);
        } while (z->block != z->in_end);
    }
    wsp_deflate_flush(z);
    return (size_t)(z->bits.at - out);
}

void wsp_deflate_learn(struct wsp_deflate *z, const uint8_t *in, size_t len)
{
    const unsigned hashed = z->level.hashed;
    if (len > z->window) { /* what comes before is out of reach, and so is the history */
        in += len - z->window;
        len = z->window;
        wsp_deflate_reset(z);
    }
    if (len == 0)
        return;
    begin(z, in, len);
    judge(z);
    while (z->end - z->pos >= hashed) {
        wsp_deflate_enter(z, z->pos, z->end - (hashed - 1));
        z->pos = z->end - (hashed - 1);
        take(z, z->pos);
    }
    z->pos = z->end;
}
