/*
 * Compression (RFC 7692): options read off the input, and a reader of compressed messages that is
 * zlib's. SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_SUPPORT_DEFLATE_H
#define FUZZ_SUPPORT_DEFLATE_H

#include "support.h"

struct fuzz_deflate {
    struct wsp_deflate_config config; /* all zero: off */
    struct wsp_deflate_params adopted;
    bool toggle; /* wsp_set_compress between messages */
    unsigned messages;
};

/* on: reads four bytes, otherwise none. A build without compression gets it off. */
void fuzz_deflate_read(struct fuzz_deflate *d, struct fuzz_in *in, bool on);

/* Before a message is sent by c. */
void fuzz_deflate_toggle(struct fuzz_deflate *d, wsp_conn *c);

/* Bytes that a connection and its endpoint may hold for it, messages not counted. */
size_t fuzz_deflate_memory(const struct fuzz_deflate *d);

/* What a receiver keeps of one direction. */
struct fuzz_reader {
    struct z_stream_s *z; /* NULL: nothing was read */
    bool takeover;
};

/*
 * Adds what a compressed message holds to *plain, which is empty. False: bad data, or it refers
 * further back than the window reaches, or, without takeover, before the message.
 */
bool fuzz_reader_read(struct fuzz_reader *r, unsigned window_bits, struct wsp_slice data,
                      struct fuzz_blob *plain);
void fuzz_reader_free(struct fuzz_reader *r);

#endif
