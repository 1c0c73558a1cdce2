/*
 * A peer with zlib's interface. Included once each by peer_zlib.c and peer_zlib_ng.c, which define
 * STREAM, its type, and CALL(name), a function's full name; it defines `static` functions only.
 */
#include "bench/peer.h"

#include <stdlib.h>
#include <string.h>

/* 8 is the default, and what ws and uWebSockets use; 1 is the least. */
enum { MEMORY_LEVEL = 8, MEMORY_LEAST = 1 };

struct stream {
    bool takeover;
    STREAM z;
};

static struct stream *stream_new(bool takeover)
{
    struct stream *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->takeover = takeover;
    return s;
}

static void *pack_new(unsigned level, bool takeover)
{
    struct stream *s = stream_new(takeover);
    if (s != NULL && CALL(deflateInit2)(&s->z, (int)level, Z_DEFLATED, -15, MEMORY_LEVEL,
                                        Z_DEFAULT_STRATEGY) != Z_OK) {
        free(s);
        return NULL;
    }
    return s;
}

static void pack_reset(void *z)
{
    struct stream *s = z;
    (void)CALL(deflateReset)(&s->z);
}

static size_t pack(void *z, uint8_t out[PEER_OUT], const uint8_t *in, size_t len)
{
    struct stream *s = z;
    if (!s->takeover)
        pack_reset(s);
    s->z.next_in = in;
    s->z.avail_in = (unsigned)len;
    s->z.next_out = out;
    s->z.avail_out = PEER_OUT;
    if (CALL(deflate)(&s->z, Z_SYNC_FLUSH) != Z_OK || s->z.avail_out == 0)
        return 0;
    return PEER_OUT - s->z.avail_out - PEER_TAIL_LEN;
}

static void pack_free(void *z)
{
    struct stream *s = z;
    (void)CALL(deflateEnd)(&s->z);
    free(s);
}

static void *unpack_new(bool takeover)
{
    struct stream *s = stream_new(takeover);
    if (s != NULL && CALL(inflateInit2)(&s->z, -15) != Z_OK) {
        free(s);
        return NULL;
    }
    return s;
}

static void unpack_reset(void *z)
{
    struct stream *s = z;
    (void)CALL(inflateReset)(&s->z);
}

/* Message and trailer in one call, as one is dear here. */
static size_t unpack(void *z, uint8_t out[PEER_OUT], const struct packed *m)
{
    struct stream *s = z;
    if (!s->takeover)
        unpack_reset(s);
    s->z.next_in = m->data;
    s->z.avail_in = (unsigned)m->len + PEER_TAIL_LEN;
    s->z.next_out = out;
    s->z.avail_out = PEER_OUT;
    if (CALL(inflate)(&s->z, Z_SYNC_FLUSH) != Z_OK || s->z.avail_in != 0)
        return SIZE_MAX;
    return PEER_OUT - s->z.avail_out;
}

static void unpack_free(void *z)
{
    struct stream *s = z;
    (void)CALL(inflateEnd)(&s->z);
    free(s);
}

/* ---------------------------------------------------------------- memory */

static void *counting_alloc(void *count, unsigned items, unsigned size)
{
    *(size_t *)count += (size_t)items * size;
    return calloc(items, size);
}

static void counting_free(void *count, void *at)
{
    (void)count; /* what is asked for is held until the end */
    free(at);
}

/* All of c through both; the counts are those before the end. */
static bool exchange(struct stream *in, struct stream *out, const struct corpus *c)
{
    static uint8_t wire[PEER_OUT + PEER_TAIL_LEN], plain[PEER_OUT];
    for (size_t i = 0; i < c->count; i++) {
        const uint8_t *message = c->bytes + c->offset[i];
        struct packed m = {.data = wire};
        m.len = pack(in, wire, message, corpus_len(c, i));
        memcpy(wire + m.len, PEER_TAIL, PEER_TAIL_LEN);
        size_t len = unpack(out, plain, &m);
        if (len != corpus_len(c, i) || memcmp(plain, message, len) != 0)
            return false;
    }
    return true;
}

static bool memory(const struct corpus *c, unsigned window_bits, bool least, size_t bytes[2])
{
    struct stream in = {.takeover = true}, out = {.takeover = true};
    bytes[0] = bytes[1] = 0;
    in.z.zalloc = out.z.zalloc = counting_alloc;
    in.z.zfree = out.z.zfree = counting_free;
    in.z.opaque = &bytes[0];
    out.z.opaque = &bytes[1];
    int bits = -(int)window_bits, level = least ? MEMORY_LEAST : MEMORY_LEVEL;
    bool ok = CALL(deflateInit2)(&in.z, 6, Z_DEFLATED, bits, level, Z_DEFAULT_STRATEGY) == Z_OK &&
              CALL(inflateInit2)(&out.z, bits) == Z_OK && exchange(&in, &out, c);
    (void)CALL(deflateEnd)(&in.z);
    (void)CALL(inflateEnd)(&out.z);
    return ok;
}
