/*
 * What the conversations are made of. Nothing here fails: what must hold and does not ends the
 * program with a message.
 */
#ifndef TESTS_BENCH_BUDGET_KIT_H
#define TESTS_BENCH_BUDGET_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wsproto.h"

/* Gives all memory back and seeds all randomness anew: a conversation does not depend on those
 * before it. name is for messages. */
void kit_begin(const char *name);

void kit_need(bool holds, const char *what);

/* Like malloc for what a conversation itself needs, until the next kit_begin. */
void *kit_memory(size_t len);

/* cfg may be NULL; its alloc and entropy are set. */
wsp_endpoint *kit_endpoint(const struct wsp_config *cfg);

/* OPEN, its event taken. */
wsp_conn *kit_adopt(wsp_endpoint *e, enum wsp_role role, const struct wsp_deflate_params *deflate);

/* ---- messages ---- */

enum kit_text {
    KIT_BINARY, /* random bytes */
    KIT_ASCII,  /* words */
    KIT_MIXED,  /* Latin, Chinese and emoji */
    KIT_JSON    /* the benchmark's corpus; lengths of 64 B to 16 KiB */
};

static inline enum wsp_opcode kit_opcode(enum kit_text kind)
{
    return kind == KIT_BINARY ? WSP_BINARY : WSP_TEXT;
}

/* Messages one behind the other: message i is bytes[offset[i]] to bytes[offset[i + 1]]. */
struct kit_messages {
    uint8_t *bytes;
    size_t *offset;
    size_t count;
};

/* len is not read for KIT_JSON. */
void kit_messages(struct kit_messages *m, enum kit_text kind, size_t len, size_t count);

/* ---- bytes on the wire ---- */

struct kit_wire {
    uint8_t *bytes;
    size_t len, size;
};

void kit_wire(struct kit_wire *w, size_t size);

/* One frame, masked with a random key when it goes to a server. */
struct kit_frame {
    enum wsp_opcode opcode;
    bool more; /* not the last of its message */
    enum wsp_role to;
};
void kit_put(struct kit_wire *w, struct kit_frame f, const void *payload, size_t len);

/* All output of c, which has to fit in one gather list, goes to w, or nowhere when w is NULL.
 * Returns its length. */
size_t kit_drain(wsp_conn *c, struct kit_wire *w);

/* ---- what comes out ---- */

struct kit_sink {
    const uint8_t *expected; /* the next payload, compared; NULL: only counted */
    size_t messages, bytes, others;
};

/* Feeds all of data and sinks what comes; only DATA events are compared. */
void kit_feed(wsp_conn *c, uint8_t *data, size_t len, struct kit_sink *s);

/* Feeds data, which raises exactly one event, of this type. */
void kit_feed_one(wsp_conn *c, uint8_t *data, size_t len, enum wsp_event_type type);

#endif
