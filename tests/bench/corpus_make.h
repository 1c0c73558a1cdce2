/* What the generators share. */
#ifndef TESTS_BENCH_CORPUS_MAKE_H
#define TESTS_BENCH_CORPUS_MAKE_H

#include <stddef.h>
#include <stdint.h>

/* The most that a generator writes past the length asked for: one item of its own. */
enum { CORPUS_PIECE = 4096 };

struct maker {
    uint64_t state; /* of the random numbers */
    uint8_t *at;    /* the next byte goes here */
};

/* Writes len bytes at least, and at most CORPUS_PIECE more, at m->at. */
typedef void corpus_add(struct maker *m, size_t len);
corpus_add corpus_json, corpus_text, corpus_binary, corpus_noise;

/* Exactly len bytes, whole characters: for traffic.h, no kind of corpus. */
void corpus_mixed(struct maker *m, size_t len);

uint64_t corpus_random(struct maker *m);

/* 0 to bound - 1 */
static inline uint32_t below(struct maker *m, uint32_t bound)
{
    return (uint32_t)((corpus_random(m) >> 32) * bound >> 32);
}

/* Likewise, but small numbers are the frequent ones, as the words of a language are. */
static inline uint32_t rather_low(struct maker *m, uint32_t bound)
{
    return below(m, 1 + below(m, 1 + below(m, bound)));
}

#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
void say(struct maker *m, const char *format, ...);

/* English words, one of them; the first ones of the list are the frequent ones. */
void say_word(struct maker *m);
void say_words(struct maker *m, unsigned n);

#endif
