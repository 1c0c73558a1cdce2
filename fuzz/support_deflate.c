/* SPDX-License-Identifier: MIT */
#include "support_deflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define EXACT 4096u /* bytes of a message in which no distance over the window goes unseen */

/* ------------------------------------------------------------ options */

/* 8 to 15, or 0 for the default. */
static uint8_t bits_of(unsigned nibble)
{
    return (uint8_t)(nibble >= 8 ? nibble : 0);
}

static uint8_t or_widest(unsigned bits)
{
    return (uint8_t)(bits != 0 ? bits : 15);
}

void fuzz_deflate_read(struct fuzz_deflate *d, struct fuzz_in *in, bool on)
{
    memset(d, 0, sizeof *d);
    if (!on)
        return;
    unsigned use = fuzz_byte(in);
    unsigned bits = fuzz_byte(in);
    unsigned min_size = fuzz_byte(in);
    unsigned more = fuzz_byte(in);
    d->config = (struct wsp_deflate_config){
        .enabled = true,
        .server_takeover = use & 1,
        .client_takeover = use >> 1 & 1,
        .server_max_window_bits = bits_of(bits & 15),
        .client_max_window_bits = bits_of(bits >> 4),
        .level = (uint8_t)((use >> 2) % 10),
        .min_size = min_size,
        .memory = more & 1 ? 20000 : 0,
    };
    d->toggle = more >> 1 & 1;
    /* What another program has agreed may be more than this endpoint would have asked for. */
    bool wide = more >> 3 & 1;
    d->adopted = (struct wsp_deflate_params){
        .enabled = (more >> 4 & 1) == 0,
        .server_no_context_takeover = (more >> 2 & 1) == (use & 1),
        .client_no_context_takeover = (more >> 2 & 1) == (use >> 1 & 1),
        .server_max_window_bits = or_widest(wide ? 0 : bits_of(bits & 15)),
        .client_max_window_bits = or_widest(wide ? 0 : bits_of(bits >> 4)),
    };
#ifdef WSP_NO_DEFLATE
    memset(d, 0, sizeof *d); /* its endpoint_new refuses to enable it */
#endif
}

void fuzz_deflate_toggle(struct fuzz_deflate *d, wsp_conn *c)
{
    if (d->toggle)
        wsp_set_compress(c, ++d->messages % 3 != 0);
}

size_t fuzz_deflate_memory(const struct fuzz_deflate *d)
{
    size_t window = 32768;
    size_t compressor = 4 * window + 26000; /* at any level, and more than at any narrower window */
    size_t decompressor = 10000;
    if (!d->config.enabled)
        return 0;
    /* The endpoint's and the connection's of each; the history while it grows; a streamed piece. */
    return 2 * compressor + 2 * decompressor + window + window / 2 + 16384;
}

/* ------------------------------------------------------------ reading */

static bool reader_begin(struct fuzz_reader *r, unsigned window_bits)
{
    int bits = -(int)window_bits;
    if (r->z != NULL)
        return r->takeover || inflateReset(r->z) == Z_OK;
    r->z = calloc(1, sizeof *r->z);
    return r->z != NULL && inflateInit2(r->z, bits) == Z_OK;
}

/* zlib knows the distance of a match from what it wrote in the same call, so it writes little. */
static bool reader_run(z_stream *z, struct wsp_slice in, struct fuzz_blob *plain)
{
    uint8_t out[1024];
    z->next_in = (Bytef *)(uintptr_t)in.data;
    z->avail_in = (uInt)in.len;
    for (;;) {
        z->next_out = out;
        z->avail_out = plain->len < EXACT ? 1 : sizeof out;
        uInt room = z->avail_out;
        int r = inflate(z, Z_SYNC_FLUSH);
        fuzz_blob_add(plain, out, room - z->avail_out);
        if (r == Z_STREAM_END)
            r = inflateResetKeep(z);
        if (r != Z_OK && r != Z_BUF_ERROR)
            return false;
        if (z->avail_in == 0 && z->avail_out > 0)
            return true;
    }
}

bool fuzz_reader_read(struct fuzz_reader *r, unsigned window_bits, struct wsp_slice data,
                      struct fuzz_blob *plain)
{
    static const uint8_t tail[4] = {0x00, 0x00, 0xFF, 0xFF}; /* 7.2.2 */
    return reader_begin(r, window_bits) && reader_run(r->z, data, plain) &&
           reader_run(r->z, (struct wsp_slice){tail, sizeof tail}, plain);
}

void fuzz_reader_free(struct fuzz_reader *r)
{
    if (r->z != NULL)
        inflateEnd(r->z);
    free(r->z);
    r->z = NULL;
}
