/* What a peer reads from and hands its messages to. */
#ifndef TESTS_BENCH_INFLOW_H
#define TESTS_BENCH_INFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes around what is read that a peer may write to, as uWebSockets does. */
enum { INFLOW_PAD = 64 };

/*
 * Bytes from the other side, a piece at a time. Who takes them where they lie (inflow_next) may
 * change them, and INFLOW_PAD bytes before and behind; who brings a buffer (inflow_read) gets a
 * copy, as from a socket.
 *
 * Pieces lie apart in slots, or, where there is none, are copied one after the other to one place
 * as they are asked for.
 */
struct inflow {
    const uint8_t *wire;
    size_t len, at;  /* bytes of all, bytes taken */
    size_t piece;    /* bytes a piece at most */
    size_t messages; /* whole ones in it */
    uint8_t *slots;  /* NULL: copy */
    uint8_t *one;    /* piece bytes, to copy to */
};

static inline size_t inflow_stride(size_t piece)
{
    return (piece + 2 * INFLOW_PAD + 63) / 64 * 64;
}

/* The next piece; 0: no more. */
static inline size_t inflow_next(struct inflow *in, uint8_t **data)
{
    size_t n = in->len - in->at < in->piece ? in->len - in->at : in->piece;
    if (in->slots != NULL) {
        *data = in->slots + in->at / in->piece * inflow_stride(in->piece) + INFLOW_PAD;
    } else {
        *data = in->one;
        if (n == 1)
            *in->one = in->wire[in->at];
        else
            memcpy(in->one, in->wire + in->at, n);
    }
    in->at += n;
    return n;
}

/* At most what is left of the current piece; 0: no more. */
static inline size_t inflow_read(struct inflow *in, void *to, size_t most)
{
    size_t n = in->piece - in->at % in->piece;
    if (n > most)
        n = most;
    if (n > in->len - in->at)
        n = in->len - in->at;
    memcpy(to, in->wire + in->at, n);
    in->at += n;
    return n;
}

struct traffic;

/* What an application does with a message: it looks at it. */
struct sink {
    size_t messages, sum;
    const struct traffic *expected; /* NULL: no comparing */
    bool wrong;
};

/* Every byte of message number messages, against what was sent. */
void sink_compare(struct sink *s, const uint8_t *data, size_t len, bool text);

static inline void sink_take(struct sink *s, const uint8_t *data, size_t len, bool text)
{
    s->sum += len + data[0];
    if (s->expected != NULL)
        sink_compare(s, data, len, text);
    s->messages++;
}

#ifdef __cplusplus
}
#endif

#endif
