/*
 * A DEFLATE implementation that is measured: ours, and those that the machine has.
 *
 * Messages are compressed and decompressed as permessage-deflate has it (RFC 7692 7.2): one call a
 * message, 00 00 FF FF cut from its end on one side and put back on the other. Without takeover
 * each message begins with the reset that this needs, and its time counts.
 */
#ifndef TESTS_BENCH_PEER_H
#define TESTS_BENCH_PEER_H

#include "bench/corpus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What each call of pack has for its output: more than any peer makes of the longest message. */
enum { PEER_OUT = 2 * CORPUS_LONGEST };

/* RFC 7692 7.2.2: it stands behind each message, outside its length. */
#define PEER_TAIL "\x00\x00\xFF\xFF"
enum { PEER_TAIL_LEN = 4, PEER_END_LEN = 5 };

struct packed {
    const uint8_t *data; /* PEER_TAIL follows */
    size_t len;
    /* The same as a stream with an end, for decoders that know no other. */
    const uint8_t *ended;
    size_t ended_len;
};

struct peer {
    const char *name;
    const char *(*version)(void); /* NULL: not installed, and nothing else is set */
    bool takeover;                /* its context can live on from message to message */

    void *(*pack_new)(unsigned level, bool takeover); /* NULL: no memory */
    void (*pack_reset)(void *z);                      /* as new; not timed */
    /* Returns the length on the wire; 0: failed. */
    size_t (*pack)(void *z, uint8_t out[PEER_OUT], const uint8_t *in, size_t len);
    void (*pack_free)(void *z);

    void *(*unpack_new)(bool takeover);
    void (*unpack_reset)(void *z); /* likewise */
    /* Returns the plain bytes; SIZE_MAX: failed. */
    size_t (*unpack)(void *z, uint8_t out[PEER_OUT], const struct packed *m);
    void (*unpack_free)(void *z);

    /* Bytes that it asks malloc for when it has compressed, decompressed c at level 6, with
     * takeover; least: with its settings that take the least. NULL where it has no takeover. */
    bool (*memory)(const struct corpus *c, unsigned window_bits, bool least, size_t bytes[2]);
};

extern const struct peer peer_ours, peer_zlib, peer_zlib_ng, peer_libdeflate;

/* All of them, ours first. */
enum { PEERS = 4 };
extern const struct peer *const peers[PEERS];

static inline bool peer_has(const struct peer *p, bool takeover)
{
    return p->version != NULL && (p->takeover || !takeover);
}

#endif
