/* SPDX-License-Identifier: MIT */
#include "conn/endpoint.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "base/cpu.h"
#include "flate/deflate.h"
#include "flate/inflate.h"

#include <string.h>

#define KIB 1024u
#define MIB (1024u * 1024u)
#define READ_BUFFER_MIN 256u
#define SPARE_SMALL 1024u    /* bytes: a buffer that anybody may hold */
#define TIME_MAX 0x7fffffffu /* milliseconds: stamps are 32 bits wide */

static size_t limit_or(size_t value, size_t fallback)
{
    return value != 0 ? value : fallback;
}

/* What a message of this size is at most when it is compressed: stored blocks add a little. */
static size_t wire_of(size_t message)
{
    size_t more = message / 1024 + 64;
    return message <= WSP_NO_LIMIT - more ? message + more : WSP_NO_LIMIT;
}

bool wsp_limits_fill(struct wsp_limits *out, const struct wsp_limits *in)
{
    out->message = limit_or(in->message, 16u * MIB);
    out->wire = limit_or(in->wire, wire_of(out->message));
    out->fragments = limit_or(in->fragments, WSP_NO_LIMIT);
    out->empty_fragments = limit_or(in->empty_fragments, 128);
    out->handshake = limit_or(in->handshake, 16u * KIB);
    out->headers = limit_or(in->headers, 100);
    out->body = limit_or(in->body, 4u * KIB);
    out->buffered = limit_or(in->buffered, 16u * MIB);
    out->keep = limit_or(in->keep, 1u * MIB);
    out->read_buffer = limit_or(in->read_buffer, 64u * KIB);
    out->random_pool = limit_or(in->random_pool, WSP_POOL_MAX);
    out->send_fragment = limit_or(in->send_fragment, WSP_NO_LIMIT);
    return out->read_buffer >= READ_BUFFER_MIN && out->read_buffer != WSP_NO_LIMIT &&
           out->random_pool >= WSP_POOL_MIN && out->random_pool <= WSP_POOL_MAX &&
           out->headers <= 65535u;
}

static bool time_fill(uint32_t *out, uint32_t value, uint32_t fallback)
{
    *out = value != 0 ? value : fallback;
    return *out <= TIME_MAX || *out == WSP_NEVER;
}

static bool times_fill(wsp_endpoint *e, const struct wsp_config *cfg)
{
    return time_fill(&e->handshake_ms, cfg->handshake_ms, 10000) &&
           time_fill(&e->close_ms, cfg->close_ms, 5000) &&
           time_fill(&e->stall_ms, cfg->stall_ms, 60000) &&
           time_fill(&e->ping_ms, cfg->ping_ms, 30000) &&
           time_fill(&e->pong_ms, cfg->pong_ms, 20000);
}

#ifndef WSP_NO_DEFLATE
/* Both directions may be sent in, as an endpoint has clients and servers: so a window is bounded by
 * what its compressor takes, which is more than the window itself. */
static uint8_t bits_within(uint8_t bits, uint8_t level, size_t memory)
{
    while (bits > WSP_DEFLATE_WINDOW_MIN && wsp_deflate_size(bits, level) > memory)
        bits--;
    return bits;
}

static bool deflate_fill(struct wsp_deflate_config *out, const struct wsp_deflate_config *in)
{
    *out = *in;
    if (!in->enabled)
        return true;
    if (out->server_max_window_bits == 0)
        out->server_max_window_bits = WSP_DEFLATE_WINDOW_MAX;
    if (out->client_max_window_bits == 0)
        out->client_max_window_bits = WSP_DEFLATE_WINDOW_MAX;
    out->level = in->level != 0 ? in->level : 6;
    out->min_size = limit_or(in->min_size, 64);
    out->memory = limit_or(in->memory, WSP_NO_LIMIT);
    if (out->server_max_window_bits < WSP_DEFLATE_WINDOW_MIN ||
        out->server_max_window_bits > WSP_DEFLATE_WINDOW_MAX ||
        out->client_max_window_bits < WSP_DEFLATE_WINDOW_MIN ||
        out->client_max_window_bits > WSP_DEFLATE_WINDOW_MAX ||
        out->level > WSP_DEFLATE_LEVEL_MAX ||
        wsp_deflate_size(WSP_DEFLATE_WINDOW_MIN, out->level) > out->memory)
        return false;
    out->server_max_window_bits = bits_within(out->server_max_window_bits, out->level, out->memory);
    out->client_max_window_bits = bits_within(out->client_max_window_bits, out->level, out->memory);
    return true;
}
#else
static bool deflate_fill(struct wsp_deflate_config *out, const struct wsp_deflate_config *in)
{
    (void)in;
    memset(out, 0, sizeof *out);
    return true;
}
#endif

/* 0 for NULL, otherwise the length with the NUL. */
static size_t text_size(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

static const char *text_keep(char *to, const char *text, size_t size)
{
    if (size == 0)
        return NULL;
    memcpy(to, text, size);
    return to;
}

static bool texts_valid(const struct wsp_config *cfg)
{
    if (cfg->origins != NULL && !wsp_origins_check(cfg->origins))
        return false;
    return cfg->protocols == NULL || wsp_protocols_check(cfg->protocols) == WSP_OK;
}

static void endpoint_settings(wsp_endpoint *e, const struct wsp_config *cfg)
{
    size_t origins = text_size(cfg->origins);
    wsp_random_init(&e->random, cfg->entropy, cfg->ctx, e->limits.random_pool);
    e->cpu = wsp_cpu_features();
    wsp_kernels_choose(&e->kernels, e->cpu);
    e->rules.cpu = e->cpu;
    e->streaming = cfg->streaming;
    e->manual_accept = cfg->manual_accept;
    e->trust_utf8 = cfg->trust_utf8;
    e->statistics = cfg->statistics;
    e->rules.origins = text_keep(e->texts, cfg->origins, origins);
    e->rules.protocols = text_keep(e->texts + origins, cfg->protocols, text_size(cfg->protocols));
    e->refs = 1;
}

int wsp_endpoint_new(wsp_endpoint **out, const struct wsp_config *cfg)
{
    static const struct wsp_config defaults;
    if (out == NULL)
        return WSP_ERR_ARG;
    *out = NULL;
    if (cfg == NULL)
        cfg = &defaults;
    if (!texts_valid(cfg))
        return WSP_ERR_ARG;
#ifdef WSP_NO_DEFLATE
    if (cfg->deflate.enabled)
        return WSP_ERR_UNSUPPORTED;
#endif
    struct wsp_mem mem = {cfg->alloc != NULL ? cfg->alloc : wsp_mem_libc, cfg->ctx};
    size_t texts_len = text_size(cfg->origins) + text_size(cfg->protocols);
    wsp_endpoint *e = wsp_mem_zero(&mem, sizeof *e + texts_len);
    if (e == NULL)
        return WSP_ERR_NOMEM;
    e->mem = mem;
    e->texts_len = texts_len;
    if (!wsp_limits_fill(&e->limits, &cfg->limits) || !times_fill(e, cfg) ||
        !deflate_fill(&e->rules.deflate, &cfg->deflate)) {
        wsp_mem_free(&mem, e, sizeof *e + texts_len);
        return WSP_ERR_ARG;
    }
    endpoint_settings(e, cfg);
    *out = e;
    return WSP_OK;
}

void wsp_endpoint_ref(wsp_endpoint *e)
{
    e->refs++;
}

static void spares_free(wsp_endpoint *e)
{
    for (unsigned kind = 0; kind < WSP_BLOCK_KINDS; kind++) {
        while (e->spares[kind] != NULL) {
            struct wsp_spare *s = e->spares[kind];
            e->spares[kind] = s->next;
            wsp_mem_free(&e->mem, s, s->len);
        }
    }
}

void wsp_endpoint_unref(wsp_endpoint *e)
{
    if (--e->refs > 0)
        return;
    struct wsp_mem mem = e->mem;
    wsp_buf_free(&e->lent, &mem);
    wsp_buf_free(&e->spare, &mem);
    wsp_mem_free(&mem, e->lent_block, e->lent_block_len);
    wsp_mem_free(&mem, e->read_buffer, e->limits.read_buffer);
    wsp_buf_free(&e->packed, &mem);
    wsp_mem_free(&mem, e->inflate, sizeof *e->inflate);
    wsp_mem_free(&mem, e->deflate, e->deflate_bytes);
    if (e->ready != NULL)
        wsp_mem_free(&mem, e->ready, WSP_CHUNK_BYTES);
    spares_free(e);
    wsp_mem_free(&mem, e, sizeof *e + e->texts_len);
}

void wsp_endpoint_free(wsp_endpoint *e)
{
    if (e != NULL)
        wsp_endpoint_unref(e);
}

void wsp_endpoint_clock(wsp_endpoint *e, uint64_t now_ms)
{
    if (!e->clocked) {
        e->clocked = true;
        e->epoch_ms = now_ms;
    }
    if (now_ms > e->epoch_ms && now_ms - e->epoch_ms > e->now_ms)
        e->now_ms = now_ms - e->epoch_ms;
}

uint64_t wsp_endpoint_deadline(const wsp_endpoint *e)
{
    return e->timers.root != NULL ? e->epoch_ms + e->timers.root->due : WSP_DEADLINE_NONE;
}

int wsp_read_buffer_borrow(wsp_endpoint *e, uint8_t **at, size_t *len)
{
    if (e->read_borrowed)
        return WSP_ERR_BUSY;
    if (e->read_buffer == NULL)
        e->read_buffer = wsp_mem_new(&e->mem, e->limits.read_buffer);
    if (e->read_buffer == NULL)
        return WSP_ERR_NOMEM;
    e->read_borrowed = true;
    *at = e->read_buffer;
    *len = e->limits.read_buffer;
    return WSP_OK;
}

void wsp_read_buffer_return(wsp_endpoint *e)
{
    e->read_borrowed = false;
}

int wsp_backoff_ms(wsp_endpoint *e, unsigned attempt, uint32_t *delay_ms)
{
    uint8_t r[4];
    if (!wsp_random_bytes(&e->random, r, sizeof r))
        return WSP_ERR_ENTROPY;
    uint32_t bound = 1000;
    for (unsigned i = 0; i < attempt && bound < 60000; i++)
        bound *= 2;
    if (bound > 60000)
        bound = 60000;
    *delay_ms = (uint32_t)((uint64_t)wsp_load_be32(r) * bound >> 32);
    return WSP_OK;
}

/* Live memory follows the bytes received: a spare is taken by those who have filled a quarter. */
static bool spare_fits(const wsp_endpoint *e, size_t need)
{
    return e->spare.cap >= need && (e->spare.cap <= SPARE_SMALL || e->spare.cap / 4 <= need);
}

/* One message at a time may take it earlier, when what it announces will fill a quarter: its pieces
 * are copied once then. Nobody can hold more than one buffer of limits.keep that way. */
static bool spare_early(const wsp_endpoint *e, size_t need, size_t limit)
{
    return e->early == NULL && e->spare.cap >= need && e->spare.cap / 4 <= limit;
}

/* b's memory is not what took the spare early any more. */
static void early_over(wsp_endpoint *e, const struct wsp_buf *b)
{
    if (b->data == e->early)
        e->early = NULL;
}

bool wsp_endpoint_room(wsp_endpoint *e, struct wsp_buf *b, size_t extra, size_t limit)
{
    if (extra <= b->cap - b->len)
        return true;
    size_t need = b->len + extra;
    bool due = spare_fits(e, need);
    if (!due && !spare_early(e, need, limit)) {
        early_over(e, b);
        return wsp_buf_room(b, &e->mem, extra, limit);
    }
    struct wsp_buf spare = e->spare;
    if (b->len > 0)
        memcpy(spare.data, b->data, b->len);
    spare.len = b->len;
    e->spare = (struct wsp_buf){NULL, 0, 0};
    wsp_endpoint_give(e, b);
    if (!due)
        e->early = spare.data;
    *b = spare;
    return true;
}

void wsp_endpoint_shrink(wsp_endpoint *e, struct wsp_buf *b)
{
    early_over(e, b);
    wsp_buf_shrink(b, &e->mem);
}

/* The larger of the two buffers is the better spare, unless it is too large to keep. */
void wsp_endpoint_give(wsp_endpoint *e, struct wsp_buf *b)
{
    early_over(e, b);
    if (b->cap <= e->limits.keep && b->cap > e->spare.cap) {
        struct wsp_buf old = e->spare;
        e->spare = *b;
        *b = old;
    }
    if (b->data != NULL)
        wsp_buf_free(b, &e->mem);
}

void wsp_endpoint_lend(wsp_endpoint *e, struct wsp_buf *b)
{
    WSP_ASSERT(e->lent.data == NULL);
    early_over(e, b);
    e->lent = *b;
    e->lends = e->lends || b->data != NULL;
    *b = (struct wsp_buf){NULL, 0, 0};
}

void wsp_endpoint_take_back(wsp_endpoint *e)
{
    e->lends = false;
    if (e->lent.data != NULL)
        wsp_endpoint_give(e, &e->lent);
    if (e->lent_block != NULL) {
        wsp_endpoint_unblock(e, WSP_BLOCK_OPENING, e->lent_block, e->lent_block_len);
        e->lent_block = NULL;
    }
}

void wsp_endpoint_lend_block(wsp_endpoint *e, void *p, size_t len)
{
    WSP_ASSERT(e->lent_block == NULL);
    e->lends = true;
    e->lent_block = p;
    e->lent_block_len = len;
}

static unsigned spares_max(enum wsp_block_kind kind)
{
    return kind == WSP_BLOCK_CHUNK || kind == WSP_BLOCK_REFER ? WSP_SPARES_MAX : 1;
}

void *wsp_endpoint_block(wsp_endpoint *e, enum wsp_block_kind kind, size_t *len)
{
    struct wsp_spare *s = e->spares[kind];
    /* A block four times too large would hold memory for nothing while it waits to be sent. */
    if (s != NULL && s->len >= *len && s->len / 4 <= *len) {
        e->spares[kind] = s->next;
        e->spare_count[kind]--;
        *len = s->len;
        return s;
    }
    return wsp_mem_new(&e->mem, *len);
}

void wsp_endpoint_unblock(wsp_endpoint *e, enum wsp_block_kind kind, void *p, size_t len)
{
    if (p == NULL)
        return;
    if (e->spare_count[kind] == spares_max(kind) && e->spares[kind]->len < len &&
        len <= e->limits.keep) {
        struct wsp_spare *old = e->spares[kind];
        e->spares[kind] = old->next;
        e->spare_count[kind]--;
        wsp_mem_free(&e->mem, old, old->len);
    }
    if (e->spare_count[kind] == spares_max(kind) || len > e->limits.keep) {
        wsp_mem_free(&e->mem, p, len);
        return;
    }
    struct wsp_spare *s = p;
    s->next = e->spares[kind];
    s->len = len;
    e->spares[kind] = s;
    e->spare_count[kind]++;
}
