/*
 * mask_diff - the kernels that mask, and those that unmask and check text in one pass, against one
 * byte at a time. SPDX-License-Identifier: MIT
 *
 * Input: the key, the offset's eight bytes, where source and destination stand in their blocks, a
 * byte of choices, a payload.
 */
#include "codec/mask.h"
#include "codec/payload.h"
#include "support.h"
#include "support/kernels.h"

#include <stdlib.h>
#include <string.h>

static struct wsp_kernels kernels;

/* A block that ends with the payload, which stands skew bytes off an aligned address. */
struct place {
    uint8_t *block;
    uint8_t *at;
};

static struct place place_new(const uint8_t *data, size_t len, size_t skew)
{
    struct place p = {malloc(skew + len + (skew + len == 0)), NULL};
    FUZZ_ASSERT(p.block != NULL);
    p.at = p.block + skew;
    if (data != NULL && len > 0)
        memcpy(p.at, data, len);
    return p;
}

struct choice {
    uint8_t key[4];
    uint64_t offset;
    size_t src_skew, dst_skew;
    bool in_place;
};

static uint8_t *naive(const struct choice *c, const uint8_t *data, size_t len)
{
    uint8_t *out = fuzz_copy(data, len);
    for (size_t i = 0; i < len; i++)
        out[i] ^= c->key[(c->offset % 4 + i) % 4];
    return out;
}

static void check_mask(const struct choice *c, struct wsp_slice in, const uint8_t *expected)
{
    struct place src = place_new(in.data, in.len, c->src_skew);
    struct place dst = c->in_place ? src : place_new(NULL, in.len, c->dst_skew);
    kernels.mask(dst.at, src.at, in.len, wsp_mask_word(c->key, c->offset));
    FUZZ_ASSERT(in.len == 0 || memcmp(dst.at, expected, in.len) == 0);
    if (!c->in_place) {
        FUZZ_ASSERT(in.len == 0 || memcmp(src.at, in.data, in.len) == 0);
        free(dst.block);
    }
    free(src.block);
}

/* In two pieces, so that a character may stand across them. */
static void check_text(const struct choice *c, struct wsp_slice in, const uint8_t *expected)
{
    size_t cut = in.len == 0 ? 0 : c->offset % (in.len + 1);
    struct place src = place_new(in.data, in.len, c->src_skew);
    struct place dst = c->in_place ? src : place_new(NULL, in.len, c->dst_skew);
    uint32_t state = 0;
    bool complete;
    size_t good = fuzz_utf8_prefix(expected, in.len, &complete);
    bool ok = kernels.unmask_text(dst.at, src.at, cut, wsp_mask_word(c->key, c->offset), &state);
    FUZZ_ASSERT(ok == (cut <= good));
    if (ok) {
        uint64_t word = wsp_mask_word(c->key, c->offset + cut);
        ok = kernels.unmask_text(dst.at + cut, src.at + cut, in.len - cut, word, &state);
        FUZZ_ASSERT(ok == (good == in.len));
        FUZZ_ASSERT(!ok || wsp_utf8_done(state) == complete);
        FUZZ_ASSERT(!ok || in.len == 0 || memcmp(dst.at, expected, in.len) == 0);
    }
    if (!c->in_place)
        free(dst.block);
    free(src.block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct choice c = {.offset = 0};
    for (size_t i = 0; i < 4; i++)
        c.key[i] = (uint8_t)fuzz_byte(&in);
    for (size_t i = 0; i < 8; i++)
        c.offset = c.offset << 8 | fuzz_byte(&in);
    c.src_skew = fuzz_byte(&in) % 64;
    c.dst_skew = fuzz_byte(&in) % 64;
    unsigned bits = fuzz_byte(&in);
    c.in_place = bits % 2 == 1;
    struct fuzz_blob text = {NULL, 0, 0};
    for (unsigned i = 0; i <= bits / 16; i++)
        fuzz_blob_add(&text, in.at, in.len);
    struct wsp_slice plain = {text.data, text.len};
    uint8_t *masked = naive(&c, text.data, text.len);
    struct kernel_set sets[KERNEL_SETS];
    unsigned n = kernel_sets(sets);
    for (unsigned i = 0; i < n; i++) {
        kernels = sets[i].kernels;
        check_mask(&c, plain, masked);
        check_text(&c, plain, masked);
        /* The input as the text itself, so that valid text is not a matter of luck. */
        check_text(&c, (struct wsp_slice){masked, text.len}, text.len > 0 ? text.data : masked);
    }
    free(masked);
    fuzz_blob_free(&text);
    return 0;
}
