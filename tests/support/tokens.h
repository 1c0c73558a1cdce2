/*
 * An inflater for tests that looks at tokens: it knows how far back each match reaches, and asserts
 * that it is not before the history's beginning. SPDX-License-Identifier: MIT
 */
#ifndef TESTS_SUPPORT_TOKENS_H
#define TESTS_SUPPORT_TOKENS_H

#include <stddef.h>
#include <stdint.h>

/* The receiver's side: all that was ever sent, and where the history begins. */
struct tokens_reader {
    uint8_t *all;
    size_t len, cap;
    size_t begin;
    /* one message */
    const uint8_t *in;
    size_t in_len;
    size_t bit;
    unsigned stored, fixed, dynamic; /* blocks, the flush apart */
    size_t farthest;
};

/* Adds a byte to what was received. */
void tokens_emit(struct tokens_reader *r, uint8_t byte);

/* Reads a run's output: whole blocks, none final, none empty but the last, which is the flush. */
void tokens_read(struct tokens_reader *r, const uint8_t *in, size_t len);

#endif
