/*
 * utf8_diff - each kernel of wsp_utf8_feed against a decoder that works with code points.
 * SPDX-License-Identifier: MIT
 *
 * Input: eight lengths of pieces, a byte of repetition, a text. A long run of ASCII is put in front
 * of the text by the repetition, so that the kernels for blocks are reached by short inputs.
 */
#include "codec/utf8.h"
#include "support.h"
#include "support/kernels.h"

#include <stdlib.h>
#include <string.h>

static struct wsp_kernels kernels;

/* One feed of exactly these bytes. */
static bool feed(uint32_t *state, const uint8_t *data, size_t len)
{
    uint8_t *exact = fuzz_copy(data, len);
    bool ok = kernels.utf8(state, exact, len);
    free(exact);
    return ok;
}

/* A failure comes with the piece that holds the first byte that nothing valid can begin with. */
static void check_cuts(const struct fuzz_blob *text, struct fuzz_cuts *cuts)
{
    bool complete;
    size_t good = fuzz_utf8_prefix(text->data, text->len, &complete);
    uint32_t state = 0;
    size_t start = 0; /* of the character that at may stand in */
    for (size_t at = 0; at < text->len;) {
        size_t n = cuts != NULL ? fuzz_cut(cuts, text->len - at) : 1;
        bool ok = feed(&state, text->data + at, n);
        at += n;
        FUZZ_ASSERT(ok == (at <= good));
        if (!ok)
            return;
        (void)fuzz_utf8_prefix(text->data + start, at - start, &complete);
        FUZZ_ASSERT(wsp_utf8_done(state) == complete);
        if (complete)
            start = at;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct fuzz_cuts cuts = fuzz_cuts_read(&in);
    struct fuzz_blob text = {NULL, 0, 0};
    unsigned repeat = fuzz_byte(&in);
    for (unsigned i = 0; i < repeat % 64; i++)
        fuzz_blob_add(&text, "ASCII", 5);
    for (unsigned i = 0; i <= repeat / 64; i++)
        fuzz_blob_add(&text, in.at, in.len);
    uint8_t *exact = fuzz_copy(text.data, text.len);
    bool valid = fuzz_utf8_valid(text.data, text.len);
    FUZZ_ASSERT(wsp_utf8_valid(exact, text.len) == valid);
    struct kernel_set sets[KERNEL_SETS];
    unsigned n = kernel_sets(sets);
    for (unsigned i = 0; i < n; i++) {
        struct fuzz_cuts again = cuts;
        kernels = sets[i].kernels;
        check_cuts(&text, &again);
        if (text.len < WSP_UTF8_SHORT)
            FUZZ_ASSERT(kernels.utf8_short(exact, text.len) == valid);
        if (text.len <= 128)
            check_cuts(&text, NULL);
    }
    free(exact);
    fuzz_blob_free(&text);
    return 0;
}
