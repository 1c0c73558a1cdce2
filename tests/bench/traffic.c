/* SPDX-License-Identifier: MIT */
#include "bench/traffic.h"

#include "bench/corpus_make.h"

#include <stdlib.h>
#include <string.h>
#include <wsproto.h>

enum { SEED = 42 };

/* Continuous, and cut where a message ends; but text that is not ASCII ends with a character. */
static void fill(struct traffic *t, struct maker *m)
{
    size_t total = t->count * t->kind.size;
    m->at = t->plain;
    if (t->kind.content == CONTENT_BINARY)
        corpus_noise(m, total);
    else if (t->kind.content == CONTENT_ASCII)
        corpus_text(m, total);
    for (size_t i = 0; i < t->count && t->kind.content == CONTENT_MIXED; i++)
        corpus_mixed(m, t->kind.size);
}

static uint8_t *write_frame(uint8_t *to, const uint8_t *payload, const struct wsp_frame *f)
{
    size_t head = wsp_frame_write(to, f);
    size_t len = (size_t)f->payload_len;
    if (f->masked)
        wsp_mask(to + head, payload, len, f->key, 0);
    else
        memcpy(to + head, payload, len);
    return to + head + len;
}

static uint8_t *write_message(uint8_t *to, const struct traffic *t, size_t i, struct maker *keys)
{
    size_t size = t->kind.size;
    size_t most = t->kind.fragment > 0 ? t->kind.fragment : size;
    for (size_t at = 0; at < size;) {
        struct wsp_frame f = {.masked = t->kind.masked};
        uint64_t key = corpus_random(keys);
        size_t len = most < size - at ? most : size - at;
        f.opcode = at > 0                              ? WSP_CONTINUATION
                   : t->kind.content == CONTENT_BINARY ? WSP_BINARY
                                                       : WSP_TEXT;
        f.fin = at + len == size;
        f.payload_len = len;
        memcpy(f.key, &key, sizeof f.key);
        to = write_frame(to, traffic_message(t, i) + at, &f);
        at += len;
    }
    return to;
}

static void frame_all(struct traffic *t, struct maker *keys)
{
    uint8_t *to = t->wire;
    for (size_t i = 0; i < t->count; i++) {
        t->wire_at[i] = (size_t)(to - t->wire);
        to = write_message(to, t, i, keys);
    }
    t->wire_at[t->count] = (size_t)(to - t->wire);
}

bool traffic_make(struct traffic *t, const struct traffic_kind *kind)
{
    struct maker m = {.state = SEED + kind->content};
    size_t frames = kind->fragment > 0 ? (kind->size - 1) / kind->fragment + 1 : 1;
    t->kind = *kind;
    t->count = (kind->least - 1) / kind->size + 1;
    t->plain = malloc(t->count * kind->size + CORPUS_PIECE);
    t->wire = malloc(t->count * (kind->size + frames * WSP_FRAME_HEADER_MAX));
    t->wire_at = malloc((t->count + 1) * sizeof *t->wire_at);
    if (t->plain == NULL || t->wire == NULL || t->wire_at == NULL) {
        traffic_free(t);
        return false;
    }
    fill(t, &m);
    frame_all(t, &m);
    return true;
}

void traffic_free(struct traffic *t)
{
    free(t->plain);
    free(t->wire);
    free(t->wire_at);
    t->plain = NULL;
    t->wire = NULL;
    t->wire_at = NULL;
}
