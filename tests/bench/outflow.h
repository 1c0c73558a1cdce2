/* What a peer writes to. */
#ifndef TESTS_BENCH_OUTFLOW_H
#define TESTS_BENCH_OUTFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wsproto.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { OUTFLOW_SLICES = 16 };

/*
 * Stands for a transport: it is shown a gather list, as for one write call, and takes all of it.
 * Memory that is shown stays as it is until then. Whoever has none of its own that does puts its
 * bytes to the room.
 */
struct outflow {
    struct wsp_slice list[OUTFLOW_SLICES];
    size_t count; /* of list: shown, and not taken yet */
    size_t taken; /* bytes */
    uint8_t *room;
    size_t used; /* bytes of the room */
    /* Only when checking: where all that was taken lies, one after the other, and the message of
     * the caller, which is its own again. */
    uint8_t *kept;
    struct wsp_slice lent;
    bool wrong; /* a piece lies in the caller's memory */
};

/* The transport takes what it was shown; returns how many bytes that were. */
static inline size_t outflow_take(struct outflow *o)
{
    size_t len = 0;
    for (size_t i = 0; i < o->count; i++) {
        const struct wsp_slice *s = &o->list[i];
        if (o->kept != NULL) {
            memcpy(o->kept + o->taken + len, s->data, s->len);
            if (o->lent.data != NULL)
                o->wrong |= s->data >= o->lent.data && s->data < o->lent.data + o->lent.len;
        }
        len += s->len;
    }
    o->count = 0;
    o->taken += len;
    return len;
}

/* Shows bytes that stay where they are. */
static inline void outflow_show(struct outflow *o, const uint8_t *data, size_t len)
{
    if (o->count == OUTFLOW_SLICES)
        (void)outflow_take(o);
    o->list[o->count].data = data;
    o->list[o->count++].len = len;
}

/* Where bytes can be made in place; outflow_made shows them. */
static inline uint8_t *outflow_room(struct outflow *o)
{
    return o->room + o->used;
}

static inline void outflow_made(struct outflow *o, size_t len)
{
    outflow_show(o, o->room + o->used, len);
    o->used += len;
}

/* Shows bytes that do not stay: copied. */
static inline void outflow_put(struct outflow *o, const void *data, size_t len)
{
    memcpy(outflow_room(o), data, len);
    outflow_made(o, len);
}

static inline void outflow_begin(struct outflow *o)
{
    o->count = 0;
    o->taken = 0;
    o->used = 0;
}

#ifdef __cplusplus
}
#endif

#endif
