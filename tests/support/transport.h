/*
 * A scripted transport for the pump: gives the bytes of `in` in pieces, takes output as told, and
 * counts the calls.
 */
#ifndef TESTS_SUPPORT_TRANSPORT_H
#define TESTS_SUPPORT_TRANSPORT_H

#include "support/script.h"
#include "wsproto.h"

struct transport {
    struct blob in; /* what reads give */
    size_t in_at;
    size_t piece;       /* bytes a read gives at most; 0: all that fit */
    ptrdiff_t read_end; /* what a read returns when `in` is used up; transport_init: WSP_IO_AGAIN */
    const void *read_to;
    size_t read_size; /* of the last read */

    struct blob out;
    /* What the next writes do: take at most so many bytes, or return this when it is not positive.
     * The last one counts from then on; NULL: take all. */
    const ptrdiff_t *answers;
    size_t answer_count;
    const void *written_from; /* of the last write */
    size_t written_len;       /* that was offered to it */
    size_t slices;            /* of the last writev */

    unsigned reads, writes, shutdowns;
    struct wsp_io io; /* has writev; transport_use_write changes that */
};

void transport_init(struct transport *t);
void transport_use_write(struct transport *t);
void transport_free(struct transport *t);

#endif
