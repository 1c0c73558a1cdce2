/*
 * inflate against zlib: the same stream, cut and given room as the input says, is refused by both
 * or gives both the same bytes. SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "flate/inflate.h"

enum { MOST = 1 << 17, ZEROS = 512 };

struct plain {
    uint8_t data[MOST];
    size_t len;
    bool bad, full;
};

static struct plain ours, theirs;
static const uint8_t zeros[ZEROS];

/* ------------------------------------------------------------ ours */

struct decoder {
    struct wsp_inflate *z;
    struct wsp_history h;
    uint8_t *out; /* a block of its own, so that the sanitizer sees each byte behind it */
    size_t room, at;
};

static void keep(struct decoder *d)
{
    if (d->at > MOST - ours.len) {
        ours.full = true;
        d->at = MOST - ours.len;
    }
    if (d->at > 0)
        memcpy(ours.data + ours.len, d->out, d->at);
    ours.len += d->at;
    wsp_history_save(&d->h, d->out, d->at);
    d->at = 0;
}

/* tail: 00 00 FF FF is left to the decoder */
static void feed(struct decoder *d, const uint8_t *in, size_t len, bool tail)
{
    struct wsp_inflate_call io = {.in = in,
                                  .in_len = len,
                                  .out = d->out,
                                  .out_at = d->at,
                                  .out_cap = d->room,
                                  .history = &d->h,
                                  .window = 32768,
                                  .tail = tail};
    while (!ours.bad && !ours.full) {
        enum wsp_inflate_status s = wsp_inflate_run(d->z, &io);
        FUZZ_ASSERT(io.tail != tail || io.in + io.in_len == in + len);
        FUZZ_ASSERT(io.out_at <= io.out_cap);
        FUZZ_ASSERT((s == WSP_INFLATE_BAD) == (d->z->rule != NULL));
        FUZZ_ASSERT(s != WSP_INFLATE_INPUT || (io.in_len == 0 && !io.tail));
        FUZZ_ASSERT(s != WSP_INFLATE_OUTPUT || io.out_at == io.out_cap);
        d->at = io.out_at;
        ours.bad = s == WSP_INFLATE_BAD;
        if (s == WSP_INFLATE_INPUT)
            return;
        if (s == WSP_INFLATE_OUTPUT) {
            keep(d);
            io.out_at = 0;
        }
        if (s == WSP_INFLATE_FINAL)
            wsp_inflate_next(d->z);
    }
}

static struct decoder *decoder_new(size_t room)
{
    struct decoder *d = calloc(1, sizeof *d);
    d->z = malloc(sizeof *d->z);
    memset(d->z, 0xA5, sizeof *d->z);
    wsp_inflate_init(d->z);
    d->h.data = malloc(32768);
    d->h.size = 32768;
    d->room = room;
    d->out = malloc(room);
    return d;
}

static void decoder_free(struct decoder *d)
{
    free(d->z);
    free(d->h.data);
    free(d->out);
    free(d);
}

/* ------------------------------------------------------------ theirs */

static void feed_zlib(z_stream *s, const uint8_t *in, size_t len)
{
    s->next_in = (Bytef *)(uintptr_t)in;
    s->avail_in = (uInt)len;
    while (!theirs.bad && !theirs.full) {
        s->next_out = theirs.data + theirs.len;
        s->avail_out = (uInt)(MOST - theirs.len);
        int ret = inflate(s, Z_SYNC_FLUSH);
        theirs.len = (size_t)(s->next_out - theirs.data);
        theirs.full = theirs.len == MOST;
        theirs.bad = ret == Z_DATA_ERROR;
        FUZZ_ASSERT(ret != Z_MEM_ERROR && ret != Z_STREAM_ERROR);
        if (ret == Z_STREAM_END)
            FUZZ_ASSERT(inflateResetKeep(s) == Z_OK);
        else if (s->avail_in == 0)
            return;
    }
}

/* ------------------------------------------------------------ both */

static void compare(const uint8_t *in, size_t len, struct fuzz_cuts *cuts, size_t room)
{
    struct decoder *d = decoder_new(room);
    z_stream s = {0};
    FUZZ_ASSERT(inflateInit2(&s, -15) == Z_OK);
    ours.len = theirs.len = 0;
    ours.bad = ours.full = theirs.bad = theirs.full = false;
    bool tail = len > 4 && memcmp(in + len - 4, "\x00\x00\xff\xff", 4) == 0;
    size_t sent = tail ? len - 4 : len;
    for (size_t at = 0; at < sent;) {
        size_t n = fuzz_cut(cuts, sent - at);
        uint8_t *piece = fuzz_copy(in + at, n);
        at += n;
        feed(d, piece, n, tail && at == sent);
        free(piece);
    }
    feed_zlib(&s, in, len);
    /* One of them may see an error some bits sooner. */
    if (ours.bad && !theirs.bad)
        feed_zlib(&s, zeros, ZEROS);
    if (theirs.bad && !ours.bad)
        feed(d, zeros, ZEROS, false);
    keep(d);
    size_t common = ours.len < theirs.len ? ours.len : theirs.len;
    FUZZ_ASSERT(memcmp(ours.data, theirs.data, common) == 0);
    if (!ours.full && !theirs.full) {
        FUZZ_ASSERT(ours.bad == theirs.bad);
        FUZZ_ASSERT(ours.bad || ours.len == theirs.len);
    }
    inflateEnd(&s);
    decoder_free(d);
}

/* Compresses data and spoils some bytes of it. */
static void compressed(struct fuzz_in *in, struct fuzz_cuts *cuts, size_t room)
{
    unsigned level = fuzz_byte(in) % 10;
    unsigned strategy = fuzz_byte(in) % 5;
    unsigned wrong = fuzz_byte(in) % 4;
    unsigned at[4], by[4];
    for (unsigned i = 0; i < wrong; i++) {
        at[i] = fuzz_u16(in);
        by[i] = fuzz_byte(in);
    }
    struct wsp_slice text = fuzz_take(in, in->len);
    z_stream s = {0};
    FUZZ_ASSERT(deflateInit2(&s, (int)level, Z_DEFLATED, -15, 9, (int)strategy) == Z_OK);
    size_t cap = 2 * deflateBound(&s, (uLong)text.len * 4) + 64;
    uint8_t *out = malloc(cap);
    s.next_out = out;
    s.avail_out = (uInt)cap;
    for (int i = 0; i < 4; i++) {
        s.next_in = (Bytef *)(uintptr_t)text.data;
        s.avail_in = (uInt)text.len;
        FUZZ_ASSERT(deflate(&s, i == 3 ? Z_FINISH : Z_SYNC_FLUSH) != Z_STREAM_ERROR);
    }
    size_t len = cap - s.avail_out;
    deflateEnd(&s);
    for (unsigned i = 0; i < wrong; i++)
        out[at[i] % len] ^= (uint8_t)by[i];
    compare(out, len, cuts, room);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct fuzz_cuts cuts = fuzz_cuts_read(&in);
    unsigned mode = fuzz_byte(&in);
    static const size_t rooms[8] = {1, 2, 7, 258, 300, 1000, 40000, MOST};
    size_t room = rooms[mode >> 1 & 7];
    if (mode & 1) {
        compressed(&in, &cuts, room);
        return 0;
    }
    struct wsp_slice rest = fuzz_take(&in, in.len);
    compare(rest.data, rest.len, &cuts, room);
    return 0;
}
