/*
 * What the fuzz targets share: choices read off the input, bytes that grow, twins of codec
 * functions written from the RFCs alone, and an allocator and entropy that check and can fail.
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_SUPPORT_H
#define FUZZ_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wsproto.h>

/* Stays on in every build: a replay without sanitizers must fail too. */
#define FUZZ_ASSERT(x) ((x) ? (void)0 : fuzz_fail(#x, __FILE__, __LINE__))
_Noreturn void fuzz_fail(const char *what, const char *file, int line);

/* What libFuzzer and standalone.c call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* ------------------------------------------------------------ choices */

/* The input, read from the front. At its end every choice is 0. */
struct fuzz_in {
    const uint8_t *at;
    size_t len;
};

unsigned fuzz_byte(struct fuzz_in *in);
unsigned fuzz_u16(struct fuzz_in *in);

/* Up to n bytes, as many as there are. */
struct wsp_slice fuzz_take(struct fuzz_in *in, size_t n);

/* Lengths of pieces: eight bytes of the input, used in turn; 0 stands for all that is left. */
struct fuzz_cuts {
    uint8_t at[8];
    unsigned next;
};
struct fuzz_cuts fuzz_cuts_read(struct fuzz_in *in);
size_t fuzz_cut(struct fuzz_cuts *cuts, size_t left);

/* splitmix64 */
uint64_t fuzz_random(uint64_t *state);

/* ------------------------------------------------------------ bytes */

/* A heap block of exactly this size, so that the sanitizer sees each byte read behind it. */
uint8_t *fuzz_copy(const void *data, size_t len);

struct fuzz_blob {
    uint8_t *data;
    size_t len, cap;
};

void fuzz_blob_add(struct fuzz_blob *b, const void *data, size_t len);
void fuzz_blob_drop(struct fuzz_blob *b, size_t len); /* from the front */
void fuzz_blob_free(struct fuzz_blob *b);

/* Is s empty or inside buf[0..len)? */
bool fuzz_inside(struct wsp_slice s, const void *buf, size_t len);
bool fuzz_same(struct wsp_slice a, struct wsp_slice b);

/* ------------------------------------------------------------ twins */

/* RFC 6455 5.2 and 5.5 read literally. Returns the header's length, 0 or -1. */
struct fuzz_header {
    bool fin, masked;
    unsigned rsv, opcode;
    uint64_t len;
    uint8_t key[4];
};
int fuzz_header_read(struct fuzz_header *h, const uint8_t *buf, size_t len);

/* How many bytes of data can begin a valid UTF-8 text; *complete: those do not end inside a
 * character. */
size_t fuzz_utf8_prefix(const uint8_t *data, size_t len, bool *complete);
bool fuzz_utf8_valid(const uint8_t *data, size_t len);

/* Adds one frame; key NULL: not masked. */
void fuzz_frame_add(struct fuzz_blob *out, unsigned head, struct wsp_slice payload,
                    const uint8_t *key);

/* ------------------------------------------------------------ allocator, entropy */

struct fuzz_world {
    size_t live;                        /* bytes */
    size_t calls, fail_alloc;           /* the call that fails, 1 for the first; 0: none */
    size_t entropy_calls, fail_entropy; /* the same */
    bool sticky;                        /* all later calls fail as well */
    /* Live memory may be 3 x received + 64 KiB + base at most; received counts what was fed, and
     * what sends accepted. base 0: not checked. */
    uint64_t received;
    size_t base;
    uint64_t seed;
};

/* Points cfg's callbacks to w. */
void fuzz_world_init(struct fuzz_world *w, struct wsp_config *cfg);

/* All is freed. */
void fuzz_world_end(const struct fuzz_world *w);

#endif
