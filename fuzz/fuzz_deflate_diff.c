/*
 * fuzz_deflate_diff - random calls of run, reset and learn at any level and window; zlib reads what
 * comes out. SPDX-License-Identifier: MIT
 *
 * Input: level, window bits, then calls: a byte for what, two for the length, and where the bytes
 * come from: the input itself, or a generator, as the input alone cannot be long.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "flate/deflate.h"
#include "support.h"

struct calls {
    struct wsp_deflate *z;
    unsigned window_bits;
    z_stream inflate;
    uint8_t past[1 << 15]; /* what the receiver knows, its end at the array's end */
    size_t past_len;
    size_t total;
};

static void remember(struct calls *c, const uint8_t *data, size_t len)
{
    size_t n = len < sizeof c->past ? len : sizeof c->past;
    memmove(c->past, c->past + n, sizeof c->past - n);
    if (n > 0)
        memcpy(c->past + sizeof c->past - n, data + len - n, n);
    c->past_len = c->past_len + n < sizeof c->past ? c->past_len + n : sizeof c->past;
}

/* zlib does not do windows of 8 bits: a fresh inflater with only as much to know would be right,
 * but it is the unit test's walker that sees the distances there. */
static void fresh_inflater(struct calls *c)
{
    unsigned bits = c->window_bits < 9 ? 9 : c->window_bits;
    size_t n = c->past_len < (size_t)1 << bits ? c->past_len : (size_t)1 << bits;
    FUZZ_ASSERT(inflateReset2(&c->inflate, -(int)bits) == Z_OK);
    if (n > 0)
        FUZZ_ASSERT(inflateSetDictionary(&c->inflate, c->past + sizeof c->past - n, (uInt)n) ==
                    Z_OK);
}

static void run(struct calls *c, const uint8_t *data, size_t len)
{
    size_t bound = wsp_deflate_bound(len);
    uint8_t *out = malloc(bound); /* exactly: the sanitizer sees a byte more */
    uint8_t *back = malloc(len + 1);
    FUZZ_ASSERT(out != NULL && back != NULL);
    size_t n = wsp_deflate_run(c->z, out, data, len);
    FUZZ_ASSERT(n >= 5 && n <= bound);
    FUZZ_ASSERT(memcmp(out + n - 4, "\x00\x00\xff\xff", 4) == 0);
    fresh_inflater(c);
    c->inflate.next_in = out;
    c->inflate.avail_in = (uInt)n;
    c->inflate.next_out = back;
    c->inflate.avail_out = (uInt)(len + 1);
    FUZZ_ASSERT(inflate(&c->inflate, Z_SYNC_FLUSH) == Z_OK);
    FUZZ_ASSERT(c->inflate.avail_in == 0 && c->inflate.avail_out == 1);
    FUZZ_ASSERT(len == 0 || memcmp(back, data, len) == 0);
    remember(c, data, len);
    free(out);
    free(back);
}

/* Bytes with something to find: pieces of what was made before, at any distance, and noise. */
static void invent(uint8_t *out, size_t len, uint64_t *state, unsigned noise)
{
    for (size_t at = 0; at < len;) {
        uint64_t r = fuzz_random(state);
        size_t n = 1 + (size_t)(r >> 8 & 0xFF) % (1u << (r & 7));
        size_t back = 1 + (size_t)(r >> 16 & 0xFFFF) % (1u << (r >> 32 & 15));
        bool copy = back <= at && (r >> 40 & 15) >= noise;
        for (; n > 0 && at < len; n--, at++)
            out[at] = copy ? out[at - back] : (uint8_t)(fuzz_random(state) & (noise | 3) * 16);
    }
}

static void call(struct calls *c, struct fuzz_in *in)
{
    unsigned what = fuzz_byte(in);
    size_t len = fuzz_u16(in) >> (what >> 4 & 7);
    uint8_t *data;
    if (what & 8) {
        struct wsp_slice piece = fuzz_take(in, len);
        data = fuzz_copy(piece.data, piece.len);
        len = piece.len;
    } else {
        uint64_t state = fuzz_u16(in);
        data = malloc(len + (len == 0));
        FUZZ_ASSERT(data != NULL);
        invent(data, len, &state, what >> 4);
    }
    c->total += len;
    if ((what & 7) == 0) {
        wsp_deflate_reset(c->z);
        c->past_len = 0;
    } else if ((what & 7) == 1) {
        wsp_deflate_learn(c->z, data, len);
        remember(c, data, len);
    } else {
        run(c, data, len);
    }
    free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct calls *c = calloc(1, sizeof *c);
    unsigned level = 1 + fuzz_byte(&in) % 9;
    FUZZ_ASSERT(c != NULL);
    c->window_bits = 8 + fuzz_byte(&in) % 8;
    c->z = malloc(wsp_deflate_size(c->window_bits, level));
    FUZZ_ASSERT(c->z != NULL);
    memset(c->z, (int)fuzz_byte(&in), wsp_deflate_size(c->window_bits, level));
    wsp_deflate_init(c->z, c->window_bits, level);
    FUZZ_ASSERT(inflateInit2(&c->inflate, -15) == Z_OK);
    while (in.len > 0 && c->total < 400000)
        call(c, &in);
    inflateEnd(&c->inflate);
    free(c->z);
    free(c);
    return 0;
}
