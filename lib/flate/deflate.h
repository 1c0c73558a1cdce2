/* deflate - a raw DEFLATE compressor in one block of memory (RFC 1951).
 * SPDX-License-Identifier: MIT */
#ifndef WSP_FLATE_DEFLATE_H
#define WSP_FLATE_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#define WSP_DEFLATE_WINDOW_MIN 8
#define WSP_DEFLATE_WINDOW_MAX 15
#define WSP_DEFLATE_LEVEL_MIN 1
#define WSP_DEFLATE_LEVEL_MAX 9

/* What each run ends with: the length fields of an empty stored block, 00 00 FF FF (RFC 1951
 * 3.2.4). */
#define WSP_DEFLATE_TAIL 4

struct wsp_deflate;

/*
 * wsp_deflate_size - the bytes of the one block of memory, aligned as malloc's, that a compressor
 * is. window_bits 8 to 15: no match reaches further back than 2^window_bits. level 1 (fast) to 9
 * (small).
 */
size_t wsp_deflate_size(unsigned window_bits, unsigned level);

/* wsp_deflate_init - makes an empty compressor of a block of wsp_deflate_size(window_bits,
 * level) */
void wsp_deflate_init(struct wsp_deflate *z, unsigned window_bits, unsigned level);

/* wsp_deflate_reset - forgets the history, in constant time: what follows is as after an init */
void wsp_deflate_reset(struct wsp_deflate *z);

/* wsp_deflate_learn - takes what the receiver got by other means into the history */
void wsp_deflate_learn(struct wsp_deflate *z, const uint8_t *in, size_t len);

/* wsp_deflate_bound - the most that wsp_deflate_run makes of len bytes; SIZE_MAX if that
 * overflows */
size_t wsp_deflate_bound(size_t len);

/*
 * wsp_deflate_run - compresses a piece as whole blocks, none of them final, and flushes.
 *
 * The output ends at a byte boundary with an empty stored block, so with 00 00 FF FF; nothing is
 * kept for the next run but the history, which this piece joins. out has room for
 * wsp_deflate_bound(len) bytes and does not overlap in. Returns the bytes written, WSP_DEFLATE_TAIL
 * + 1 at least.
 */
size_t wsp_deflate_run(struct wsp_deflate *z, uint8_t *out, const uint8_t *in, size_t len);

#endif
