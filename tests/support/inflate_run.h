/*
 * Streams made by hand bit by bit, and inflate run over them in every way: pieces of input and of
 * output, each against a page that cannot be touched.
 */
#ifndef TESTS_SUPPORT_INFLATE_RUN_H
#define TESTS_SUPPORT_INFLATE_RUN_H

#include "flate/inflate.h"
#include "support/guard.h"
#include "support/testing.h"

enum { INFLATE_MOST = 1 << 18 };

struct inflate_fixture {
    struct guard *in, *out;
    struct wsp_inflate *z;
};

extern struct inflate_fixture inflate_fix;

/* How a stream is run: 0 stands for all at once. */
struct way {
    size_t cut;     /* input bytes a call */
    size_t room;    /* output bytes a buffer, which is saved in the history when it is full */
    size_t window;  /* 0: 32768 */
    size_t history; /* 0: 32768 */
    bool tail;      /* the last four bytes are left to the decoder, as they are 00 00 FF FF */
};

struct result {
    enum wsp_inflate_status status; /* of the last call */
    const char *rule;
    size_t used, len, finals;
    bool between;
    uint8_t out[INFLATE_MOST];
};

/* One way, and all: pieces of input, rooms of 1 to 17 bytes, the tail there or left out; the
 * results must be the same. */
void inflate_run(struct result *r, const uint8_t *in, size_t len, struct way w);
const struct result *inflate_run_all(const uint8_t *in, size_t len, size_t window);

struct writer {
    uint8_t data[4096];
    size_t bits;
};

void bits_put(struct writer *w, unsigned value, unsigned bits);
void bits_put_code(struct writer *w, unsigned code, unsigned bits);
void bits_align(struct writer *w);
size_t bits_len(const struct writer *w);
void bits_put_fixed(struct writer *w, unsigned symbol);
void bits_put_stored(struct writer *w, const uint8_t *data, unsigned len);
void bits_put_counts(struct writer *w, unsigned lits, unsigned dists);
void bits_put_length(struct writer *w, unsigned symbol);
void bits_put_zeros(struct writer *w, unsigned n);
const struct result *inflate_run_writer(const struct writer *w);

/* For cmocka_run_group_tests. */
int inflate_setup(void **state);
int inflate_teardown(void **state);

#endif
