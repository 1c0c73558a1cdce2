/* growth_kit - what the curves share. SPDX-License-Identifier: MIT */
#include "bench/growth.h"

#include "bench/corpus_make.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = GROWTH_PIECE, KEY = 0x5A };

bool growth_failed(const char *what)
{
    (void)fprintf(stderr, "bench-growth: %s\n", what);
    return false;
}

/* ---------------------------------------------------------------- an endpoint */

static void *count(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    struct growth_world *w = ctx;
    void *to = NULL;
    if (new_len == 0)
        free(ptr);
    else if ((to = realloc(ptr, new_len)) == NULL)
        return NULL;
    w->live += new_len - old_len;
    w->asked += new_len > old_len ? new_len - old_len : 0;
    w->peak = w->live > w->peak ? w->live : w->peak;
    return to;
}

bool growth_open(struct growth_world *w, const struct wsp_limits *limits)
{
    struct wsp_config config = {.alloc = count, .ctx = w};
    *w = (struct growth_world){0};
    if (limits != NULL)
        config.limits = *limits;
    if (wsp_endpoint_new(&w->endpoint, &config) != WSP_OK)
        return growth_failed("no endpoint could be made");
    wsp_endpoint_clock(w->endpoint, 1);
    return true;
}

void growth_close(struct growth_world *w)
{
    wsp_endpoint_free(w->endpoint);
    if (w->live != 0)
        (void)growth_failed("memory was leaked");
}

wsp_conn *growth_connect(struct growth_world *w, enum wsp_role role)
{
    const struct wsp_agreed agreed = {.role = role};
    struct wsp_event ev;
    wsp_conn *c;
    if (wsp_adopt_new(&c, w->endpoint, &agreed) != WSP_OK)
        return NULL;
    if (wsp_feed(c, NULL, &ev) == WSP_EVENT_OPEN && wsp_feed(c, NULL, &ev) == WSP_EVENT_NONE)
        return c;
    wsp_conn_free(c);
    return NULL;
}

/* ---------------------------------------------------------------- messages */

/* Noise, and the same as a client masks it: with a key of four times the same byte, it does not
 * matter where a frame begins. */
static const uint8_t *block(bool masked)
{
    static uint8_t plain[BLOCK + CORPUS_PIECE], hidden[BLOCK];
    static bool made;
    if (!made) {
        struct maker m = {.state = 42, .at = plain};
        corpus_noise(&m, BLOCK);
        for (size_t i = 0; i < BLOCK; i++)
            hidden[i] = plain[i] ^ KEY;
        made = true;
    }
    return masked ? hidden : plain;
}

bool growth_is_payload(const uint8_t *data, size_t len, size_t at)
{
    for (size_t n; len > 0; len -= n, data += n, at += n) {
        n = BLOCK - at % BLOCK < len ? BLOCK - at % BLOCK : len;
        if (memcmp(data, block(false) + at % BLOCK, n) != 0)
            return false;
    }
    return true;
}

uint8_t *growth_payload(size_t size)
{
    uint8_t *data = malloc(size);
    for (size_t at = 0; data != NULL && at < size; at += BLOCK)
        memcpy(data + at, block(false), size - at < BLOCK ? size - at : BLOCK);
    return data;
}

static void next_frame(struct growth_wire *w)
{
    struct wsp_frame f = {.masked = w->masked, .key = {KEY, KEY, KEY, KEY}};
    if (w->at == w->size)
        w->at = 0;
    w->frame_left = w->fragment < w->size - w->at ? w->fragment : w->size - w->at;
    f.opcode = w->at > 0 ? WSP_CONTINUATION : WSP_BINARY;
    f.fin = w->at + w->frame_left == w->size;
    f.payload_len = w->frame_left;
    w->head_len = wsp_frame_write(w->head, &f);
    w->head_at = 0;
}

static size_t read_payload(struct growth_wire *w, uint8_t *to, size_t room)
{
    size_t n = BLOCK - w->at % BLOCK;
    n = n < w->frame_left ? n : w->frame_left;
    n = n < room ? n : room;
    memcpy(to, block(w->masked) + w->at % BLOCK, n);
    w->at += n;
    w->frame_left -= n;
    return n;
}

/* At a message's end, is there no room for another one? */
static bool is_full(const struct growth_wire *w, size_t room)
{
    size_t frames = (w->size - 1) / w->fragment + 1;
    return w->at == w->size && w->size + frames * WSP_FRAME_HEADER_MAX > room;
}

size_t growth_wire_read(struct growth_wire *w, uint8_t to[GROWTH_PIECE])
{
    size_t n = 0;
    while (n < GROWTH_PIECE) {
        if (w->head_at < w->head_len)
            to[n++] = w->head[w->head_at++];
        else if (w->frame_left > 0)
            n += read_payload(w, to + n, GROWTH_PIECE - n);
        else if (n > 0 && is_full(w, GROWTH_PIECE - n))
            break;
        else
            next_frame(w);
    }
    return n;
}
