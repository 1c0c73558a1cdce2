/* SPDX-License-Identifier: MIT */
#include "bench/budget/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/corpus.h"

/* An allocator whose cost is the same on every system: blocks of a power of two, each size with its
 * own list of free ones. Growing within a block costs nothing, as it does in most others. */
enum { ARENA_BYTES = 64 << 20, SMALLEST = 5, SIZES = 26 };

union block {
    union block *next;
    max_align_t align;
};

static struct {
    _Alignas(4096) uint8_t bytes[ARENA_BYTES];
    size_t used;
    union block *free[SIZES];
    uint64_t random;
    const char *name;
} kit;

static uint64_t next_random(void)
{
    uint64_t x = kit.random += 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
}

static size_t below(size_t bound)
{
    return (size_t)(next_random() >> 32) % bound;
}

void kit_begin(const char *name)
{
    kit.used = 0;
    memset(kit.free, 0, sizeof kit.free);
    kit.random = 42;
    kit.name = name;
}

void kit_need(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "budget: %s: %s\n", kit.name, what);
    exit(1);
}

/* Of the smallest power of two that holds len. */
static unsigned size_class(size_t len)
{
    unsigned n = SMALLEST;
    if (len > (size_t)1 << SMALLEST)
        n = 64 - (unsigned)__builtin_clzll((unsigned long long)len - 1);
    kit_need(n < SIZES, "a block larger than the arena has sizes for");
    return n;
}

static void *take(size_t len)
{
    unsigned n = size_class(len);
    union block *b = kit.free[n];
    if (b != NULL) {
        kit.free[n] = b->next;
        return b;
    }
    kit_need(ARENA_BYTES - kit.used >= (size_t)1 << n, "the arena is full");
    kit.used += (size_t)1 << n;
    return kit.bytes + kit.used - ((size_t)1 << n);
}

static void give_back(void *ptr, size_t len)
{
    union block *b = ptr;
    unsigned n = size_class(len);
    b->next = kit.free[n];
    kit.free[n] = b;
}

static void *arena_call(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    (void)ctx;
    void *to = NULL;
    if (ptr != NULL && new_len != 0 && size_class(old_len) == size_class(new_len))
        return ptr;
    if (new_len != 0)
        to = take(new_len);
    if (ptr != NULL && to != NULL)
        memcpy(to, ptr, old_len < new_len ? old_len : new_len);
    if (ptr != NULL)
        give_back(ptr, old_len);
    return to;
}

static int entropy_call(void *ctx, void *out, size_t len)
{
    (void)ctx;
    for (uint8_t *at = out; len > 0;) {
        uint64_t x = next_random();
        size_t n = len < sizeof x ? len : sizeof x;
        memcpy(at, &x, n);
        at += n;
        len -= n;
    }
    return 0;
}

void *kit_memory(size_t len)
{
    return take(len);
}

wsp_endpoint *kit_endpoint(const struct wsp_config *cfg)
{
    struct wsp_config own = {0};
    wsp_endpoint *e = NULL;
    if (cfg != NULL)
        own = *cfg;
    own.alloc = arena_call;
    own.entropy = entropy_call;
    kit_need(wsp_endpoint_new(&e, &own) == WSP_OK, "no endpoint could be made");
    return e;
}

wsp_conn *kit_adopt(wsp_endpoint *e, enum wsp_role role, const struct wsp_deflate_params *deflate)
{
    struct wsp_agreed a = {.role = role};
    wsp_conn *c = NULL;
    if (deflate != NULL)
        a.deflate = *deflate;
    kit_need(wsp_adopt_new(&c, e, &a) == WSP_OK, "no connection could be made");
    kit_feed_one(c, NULL, 0, WSP_EVENT_OPEN);
    return c;
}

/* ---- messages ---- */

/* A character of one of four lengths; returns that. */
static size_t put_character(uint8_t *out, unsigned length)
{
    uint32_t base = 0x4E00; /* common Chinese */
    if (length == 1) {
        out[0] = (uint8_t)("etaoin shrdlu ,."[below(16)]);
        return 1;
    }
    if (length == 2)
        base = 0xC0; /* Latin with accents */
    if (length == 4)
        base = 0x1F600; /* emoji */
    uint32_t c = base + (uint32_t)below(length == 3 ? 4096 : 64);
    for (unsigned i = length - 1; i > 0; i--, c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)((0xF00u >> length) | c);
    return length;
}

/* Runs of 1 to 12 characters of one kind, and ASCII where no other fits. */
static void fill_mixed(uint8_t *out, size_t len)
{
    size_t at = 0, run = 0;
    unsigned length = 1;
    while (at < len) {
        if (run-- == 0) {
            run = below(12);
            length = 1 + (unsigned)below(4);
        }
        at += put_character(out + at, len - at < length ? 1 : length);
    }
}

static void fill(uint8_t *out, enum kit_text kind, size_t len)
{
    if (kind == KIT_MIXED)
        fill_mixed(out, len);
    else if (kind == KIT_ASCII)
        for (size_t i = 0; i < len; i++)
            (void)put_character(out + i, 1);
    else
        (void)entropy_call(NULL, out, len);
}

static void fill_json(struct kit_messages *m, size_t count)
{
    struct corpus corpus;
    kit_need(corpus_make(&corpus, CORPUS_JSON, count * 4096, 42), "no memory for the corpus");
    kit_need(corpus.count >= count, "the corpus is too small");
    m->bytes = kit_memory(corpus.offset[count]);
    memcpy(m->bytes, corpus.bytes, corpus.offset[count]);
    memcpy(m->offset, corpus.offset, (count + 1) * sizeof m->offset[0]);
    corpus_free(&corpus);
}

void kit_messages(struct kit_messages *m, enum kit_text kind, size_t len, size_t count)
{
    m->count = count;
    m->offset = kit_memory((count + 1) * sizeof m->offset[0]);
    if (kind == KIT_JSON) {
        fill_json(m, count);
        return;
    }
    m->bytes = kit_memory(count * len);
    for (size_t i = 0; i <= count; i++)
        m->offset[i] = i * len;
    for (size_t i = 0; i < count; i++)
        fill(m->bytes + m->offset[i], kind, len);
}

/* ---- bytes on the wire ---- */

void kit_wire(struct kit_wire *w, size_t size)
{
    w->bytes = kit_memory(size);
    w->size = size;
    w->len = 0;
}

void kit_put(struct kit_wire *w, struct kit_frame f, const void *payload, size_t len)
{
    struct wsp_frame frame = {
        .payload_len = len, .opcode = f.opcode, .fin = !f.more, .masked = f.to == WSP_SERVER};
    kit_need(w->size - w->len >= len + WSP_FRAME_HEADER_MAX, "more frames than there is room for");
    (void)entropy_call(NULL, frame.key, sizeof frame.key);
    w->len += wsp_frame_write(w->bytes + w->len, &frame);
    if (frame.masked)
        wsp_mask(w->bytes + w->len, payload, len, frame.key, 0);
    else if (len > 0)
        memcpy(w->bytes + w->len, payload, len);
    w->len += len;
}

size_t kit_drain(wsp_conn *c, struct kit_wire *w)
{
    enum { SLICES = 16 };
    struct wsp_slice slices[SLICES];
    size_t n = wsp_pending(c, slices, SLICES), len = 0;
    for (size_t i = 0; i < n; i++) {
        if (w != NULL) {
            kit_need(slices[i].len <= w->size - w->len, "more output than there is room for");
            memcpy(w->bytes + w->len, slices[i].data, slices[i].len);
            w->len += slices[i].len;
        }
        len += slices[i].len;
    }
    wsp_sent(c, len);
    return len;
}

/* ---- what comes out ---- */

static void sink(struct kit_sink *s, const struct wsp_event *ev)
{
    if (ev->type != WSP_EVENT_DATA) {
        s->others++;
        return;
    }
    s->messages++;
    s->bytes += ev->data.len;
    if (s->expected == NULL)
        return;
    kit_need(memcmp(ev->data.data, s->expected, ev->data.len) == 0, "a message came out wrong");
    s->expected += ev->data.len;
}

void kit_feed(wsp_conn *c, uint8_t *data, size_t len, struct kit_sink *s)
{
    struct wsp_input in = {.data = data, .len = len};
    struct wsp_event ev;
    while (wsp_feed(c, &in, &ev) != WSP_EVENT_NONE)
        sink(s, &ev);
}

void kit_feed_one(wsp_conn *c, uint8_t *data, size_t len, enum wsp_event_type type)
{
    struct wsp_input in = {.data = data, .len = len};
    struct wsp_event ev;
    kit_need(wsp_feed(c, &in, &ev) == type, "another event came");
    kit_need(wsp_feed(c, &in, &ev) == WSP_EVENT_NONE, "one more event came");
}
