/*
 * random - unpredictable bytes for masking keys and handshakes (RFC 6455 4.1, 5.3, 10.3).
 * SPDX-License-Identifier: MIT
 *
 * The application's source fills the pool as it is. Libc's costs a system call, so a key of 32
 * bytes is drawn from it, and the pool is filled with that key's ChaCha20 stream, whose first bytes
 * become the next key: what was given out cannot be told from struct wsp_random. A new key is drawn
 * every 64 fills, and for the first fill of a forked process: what the pool still has at the fork,
 * both would give out.
 *
 * Invariant: the last left bytes of pool were not given out; what was is 0.
 */
#ifndef WSP_CONN_RANDOM_H
#define WSP_CONN_RANDOM_H

#include "base/compiler.h"
#include "codec/chacha.h"
#include "codec/mask.h"

#include <stdbool.h>
#include <stddef.h>

#define WSP_POOL_MIN 16u /* bytes: as many as are asked for at once */
#define WSP_POOL_MAX WSP_CHACHA_OUT

struct wsp_random {
    int (*entropy)(void *ctx, void *out, size_t len); /* NULL: libc's */
    void *ctx;
    size_t draw;    /* bytes the pool gets of the source at a time */
    unsigned fills; /* that the key is still good for */
    long process;   /* which drew it */
    size_t left;
    uint8_t key[WSP_CHACHA_KEY];
    uint8_t pool[WSP_POOL_MAX];
};

/* entropy: NULL for libc's; draw: WSP_POOL_MIN to WSP_POOL_MAX. */
void wsp_random_init(struct wsp_random *r, int (*entropy)(void *ctx, void *out, size_t len),
                     void *ctx, size_t draw);

/* n bytes, each given out once; n <= WSP_POOL_MIN. False: the source failed. */
bool wsp_random_bytes(struct wsp_random *r, uint8_t *out, size_t n);

/* The pool has a masking key (5.3); it as wsp_mask_word gives it. */
static inline bool wsp_random_has_key(const struct wsp_random *r)
{
    return r->left >= 4;
}
static inline uint64_t wsp_random_take_key(struct wsp_random *r)
{
    uint8_t *from = r->pool + (sizeof r->pool - r->left);
    uint64_t word = wsp_mask_word(from, 0);
    wsp_store32(from, 0);
    r->left -= 4;
    return word;
}

/* A masking key, wherever it comes from; false: the source failed. */
static inline bool wsp_random_key(struct wsp_random *r, uint64_t *word)
{
    uint8_t key[4];
    if (!WSP_SMALL_CODE && wsp_random_has_key(r)) {
        *word = wsp_random_take_key(r);
        return true;
    }
    if (!wsp_random_bytes(r, key, sizeof key))
        return false;
    *word = wsp_mask_word(key, 0);
    return true;
}

#endif
