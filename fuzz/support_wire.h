/*
 * What a connection sends, read back: an HTTP head where there is a handshake, then frames that are
 * legal for the role, compressed messages that zlib can read, and nothing behind a Close.
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_SUPPORT_WIRE_H
#define FUZZ_SUPPORT_WIRE_H

#include "support.h"
#include "support_deflate.h"

struct fuzz_wire {
    enum wsp_role sender;
    bool trust_utf8;
    bool in_head; /* set at first when there is a handshake */
    bool http;    /* the answer was not 101: what follows is its body */
    bool in_message, text, compressed, closed;
    struct wsp_deflate_params deflate; /* as agreed */
    uint64_t left;                     /* payload of the frame in progress */
    struct fuzz_blob raw;              /* what is not understood yet */
    struct fuzz_blob message;          /* payload of the text or compressed message in progress */
    struct fuzz_reader reader;
    char key[25]; /* of a client's request */
    unsigned frames;
    uint64_t bytes;
};

/* Bytes that c sent. */
void fuzz_wire_add(struct fuzz_wire *w, const wsp_conn *c, struct wsp_slice sent);

/* All was sent: nothing is unfinished. */
void fuzz_wire_end(const struct fuzz_wire *w);

void fuzz_wire_free(struct fuzz_wire *w);

#endif
