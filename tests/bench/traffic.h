/* Messages of one size, and the frames that carry them: made from a seed, the same everywhere. */
#ifndef TESTS_BENCH_TRAFFIC_H
#define TESTS_BENCH_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum content { CONTENT_BINARY, CONTENT_ASCII, CONTENT_MIXED };

struct traffic_kind {
    enum content content;
    size_t size;     /* bytes a message */
    size_t fragment; /* bytes a frame; 0: a message is one frame */
    bool masked;     /* a client's frames, each with a key of its own */
    size_t least;    /* bytes of all messages together, at least */
};

struct traffic {
    struct traffic_kind kind;
    size_t count;    /* messages */
    uint8_t *plain;  /* message i is kind.size bytes from plain + i * kind.size on */
    uint8_t *wire;   /* the frames, back to back */
    size_t *wire_at; /* message i's frames begin at wire_at[i]; the last one is their end */
};

/* False without memory. */
bool traffic_make(struct traffic *t, const struct traffic_kind *kind);
void traffic_free(struct traffic *t);

static inline const uint8_t *traffic_message(const struct traffic *t, size_t i)
{
    return t->plain + i * t->kind.size;
}

#endif
