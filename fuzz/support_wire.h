/*
 * What a connection sends, read back: an HTTP head where there is a handshake, then frames that are
 * legal for the role, and nothing behind a Close. SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_SUPPORT_WIRE_H
#define FUZZ_SUPPORT_WIRE_H

#include "support.h"

struct fuzz_wire {
    enum wsp_role sender;
    bool trust_utf8;
    bool in_head; /* set at first when there is a handshake */
    bool http;    /* the answer was not 101: what follows is its body */
    bool in_message, text, closed;
    uint64_t left;            /* payload of the frame in progress */
    struct fuzz_blob raw;     /* what is not understood yet */
    struct fuzz_blob message; /* payload of the text in progress */
    char key[25];             /* of a client's request */
    unsigned frames;
    uint64_t bytes;
};

/* Bytes that were sent. */
void fuzz_wire_add(struct fuzz_wire *w, struct wsp_slice sent);

/* All was sent: nothing is unfinished. */
void fuzz_wire_end(const struct fuzz_wire *w);

void fuzz_wire_free(struct fuzz_wire *w);

#endif
