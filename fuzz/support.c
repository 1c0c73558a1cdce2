/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_fail(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* ------------------------------------------------------------ choices */

unsigned fuzz_byte(struct fuzz_in *in)
{
    if (in->len == 0)
        return 0;
    in->len--;
    return *in->at++;
}

unsigned fuzz_u16(struct fuzz_in *in)
{
    unsigned high = fuzz_byte(in);
    return high << 8 | fuzz_byte(in);
}

struct wsp_slice fuzz_take(struct fuzz_in *in, size_t n)
{
    struct wsp_slice s = {in->at, n < in->len ? n : in->len};
    in->at += s.len;
    in->len -= s.len;
    return s;
}

struct fuzz_cuts fuzz_cuts_read(struct fuzz_in *in)
{
    struct fuzz_cuts cuts = {.next = 0};
    for (size_t i = 0; i < sizeof cuts.at; i++)
        cuts.at[i] = (uint8_t)fuzz_byte(in);
    return cuts;
}

size_t fuzz_cut(struct fuzz_cuts *cuts, size_t left)
{
    size_t n = cuts->at[cuts->next++ % sizeof cuts->at];
    return n == 0 || n > left ? left : n;
}

uint64_t fuzz_random(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* ------------------------------------------------------------ bytes */

static void *need(void *p)
{
    if (p == NULL)
        fuzz_fail("memory for the target itself", __FILE__, __LINE__);
    return p;
}

uint8_t *fuzz_copy(const void *data, size_t len)
{
    uint8_t *copy = need(malloc(len > 0 ? len : 1));
    if (len > 0)
        memcpy(copy, data, len);
    return copy;
}

void fuzz_blob_add(struct fuzz_blob *b, const void *data, size_t len)
{
    if (len > b->cap - b->len) {
        b->cap = (b->len + len) * 2;
        b->data = need(realloc(b->data, b->cap));
    }
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
}

void fuzz_blob_drop(struct fuzz_blob *b, size_t len)
{
    FUZZ_ASSERT(len <= b->len);
    b->len -= len;
    if (b->len > 0)
        memmove(b->data, b->data + len, b->len);
}

void fuzz_blob_free(struct fuzz_blob *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

bool fuzz_inside(struct wsp_slice s, const void *buf, size_t len)
{
    if (s.len == 0)
        return true;
    uintptr_t from = (uintptr_t)buf;
    uintptr_t at = (uintptr_t)s.data;
    return at >= from && at - from <= len && s.len <= len - (at - from);
}

bool fuzz_same(struct wsp_slice a, struct wsp_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ------------------------------------------------------------ twins */

static uint64_t big_endian(const uint8_t *at, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value * 256 + at[i];
    return value;
}

int fuzz_header_read(struct fuzz_header *h, const uint8_t *buf, size_t len)
{
    memset(h, 0, sizeof *h);
    if (len < 2)
        return 0;
    h->fin = buf[0] / 128 == 1;
    h->rsv = buf[0] / 16 % 8;
    h->opcode = buf[0] % 16;
    h->masked = buf[1] / 128 == 1;
    unsigned short_len = buf[1] % 128;
    if ((h->opcode > 2 && h->opcode < 8) || h->opcode > 10)
        return -1;
    if (h->opcode >= 8 && (!h->fin || short_len > 125))
        return -1;
    size_t extended = short_len < 126 ? 0 : short_len == 126 ? 2 : 8;
    size_t size = 2 + extended + (h->masked ? 4 : 0);
    if (len < size)
        return 0;
    h->len = extended == 0 ? short_len : big_endian(buf + 2, extended);
    if ((extended == 2 && h->len <= 125) || (extended == 8 && h->len <= 65535))
        return -1;
    if (h->len >= UINT64_C(1) << 63)
        return -1;
    if (h->masked)
        memcpy(h->key, buf + 2 + extended, 4);
    return (int)size;
}

/* RFC 3629 3: the number of bytes that a lead byte announces, 0 when it is none. */
static unsigned lead_len(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xC0 || lead >= 0xF8)
        return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Is there a character that this range of code points and this length allow? */
static bool some_character(uint32_t low, uint32_t high, unsigned len)
{
    static const uint32_t first[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (low < first[len])
        low = first[len];
    if (high > 0x10FFFF)
        high = 0x10FFFF;
    if (low >= 0xD800 && low <= 0xDFFF)
        low = 0xE000;
    return low <= high;
}

/* How many of the bytes at data can begin a character that needs *want bytes. */
static unsigned character_prefix(const uint8_t *data, size_t len, unsigned *want)
{
    *want = lead_len(data[0]);
    if (*want == 0)
        return 0;
    uint32_t value = *want == 1 ? data[0] : data[0] & (0x7Fu >> *want);
    for (unsigned n = 1;; n++) {
        unsigned missing = 6 * (*want - n);
        uint32_t low = value << missing;
        if (!some_character(low, low | ((UINT32_C(1) << missing) - 1), *want))
            return n - 1;
        if (n == *want || n == len || (data[n] & 0xC0) != 0x80)
            return n;
        value = value << 6 | (data[n] & 0x3F);
    }
}

size_t fuzz_utf8_prefix(const uint8_t *data, size_t len, bool *complete)
{
    size_t at = 0;
    *complete = true;
    while (at < len) {
        unsigned want;
        unsigned got = character_prefix(data + at, len - at, &want);
        at += got;
        *complete = got > 0 && got == want;
        if (!*complete)
            break;
    }
    return at;
}

bool fuzz_utf8_valid(const uint8_t *data, size_t len)
{
    bool complete;
    return fuzz_utf8_prefix(data, len, &complete) == len && complete;
}

void fuzz_frame_add(struct fuzz_blob *out, unsigned head, struct wsp_slice payload,
                    const uint8_t *key)
{
    uint8_t h[14] = {(uint8_t)head};
    size_t extended = payload.len <= 125 ? 0 : payload.len <= 65535 ? 2 : 8;
    h[1] = (uint8_t)(extended == 0 ? payload.len : extended == 2 ? 126 : 127);
    for (size_t i = 0; i < extended; i++)
        h[2 + i] = (uint8_t)((uint64_t)payload.len >> 8 * (extended - 1 - i));
    size_t n = 2 + extended;
    if (key != NULL) {
        h[1] |= 0x80;
        memcpy(h + n, key, 4);
        n += 4;
    }
    fuzz_blob_add(out, h, n);
    size_t start = out->len;
    fuzz_blob_add(out, payload.data, payload.len);
    for (size_t i = 0; key != NULL && i < payload.len; i++)
        out->data[start + i] ^= key[i % 4];
}

/* ------------------------------------------------------------ allocator, entropy */

/* In front of each block: what the library must tell again. */
union block {
    size_t len;
    max_align_t align;
};

static bool fails(size_t call, size_t fail_at, bool sticky)
{
    return fail_at != 0 && (call == fail_at || (sticky && call > fail_at));
}

static void *world_alloc(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    struct fuzz_world *w = ctx;
    union block *old = ptr != NULL ? (union block *)ptr - 1 : NULL;
    FUZZ_ASSERT(old_len == (old != NULL ? old->len : 0));
    if (new_len != 0 && fails(++w->calls, w->fail_alloc, w->sticky))
        return NULL;
    union block *fresh = NULL;
    if (new_len != 0) {
        fresh = need(malloc(sizeof *fresh + new_len));
        fresh->len = new_len;
        /* Uninitialised memory that is read becomes bytes that no target expects. */
        memset(fresh + 1, 0xA5, new_len);
    }
    if (fresh != NULL && old != NULL)
        memcpy(fresh + 1, ptr, old_len < new_len ? old_len : new_len);
    free(old);
    w->live = w->live - old_len + new_len;
    if (w->base != 0)
        FUZZ_ASSERT(w->live <= 3 * w->received + 65536 + w->base);
    return fresh != NULL ? fresh + 1 : NULL;
}

static int world_entropy(void *ctx, void *out, size_t len)
{
    struct fuzz_world *w = ctx;
    uint8_t *bytes = out;
    if (fails(++w->entropy_calls, w->fail_entropy, w->sticky))
        return -1;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(fuzz_random(&w->seed) >> 32);
    return 0;
}

void fuzz_world_init(struct fuzz_world *w, struct wsp_config *cfg)
{
    memset(w, 0, sizeof *w);
    cfg->alloc = world_alloc;
    cfg->entropy = world_entropy;
    cfg->ctx = w;
}

void fuzz_world_end(const struct fuzz_world *w)
{
    FUZZ_ASSERT(w->live == 0);
}
