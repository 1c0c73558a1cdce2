/*
 * peer_libdeflate - libdeflate, where it is installed: it has neither history nor flush, so it
 * serves connections without takeover, as uWebSockets uses it. SPDX-License-Identifier: MIT
 */
#include "bench/peer.h"

#ifdef HAVE_LIBDEFLATE

#    include <libdeflate.h>

static const char *version(void)
{
    return LIBDEFLATE_VERSION_STRING;
}

static void *pack_new(unsigned level, bool takeover)
{
    return takeover ? NULL : libdeflate_alloc_compressor((int)level);
}

static void reset(void *z)
{
    (void)z;
}

/* RFC 7692 7.2.3.4: behind a final block stands a byte of zeros, the head of an empty one. */
static size_t pack(void *z, uint8_t out[PEER_OUT], const uint8_t *in, size_t len)
{
    size_t n = libdeflate_deflate_compress(z, in, len, out, PEER_OUT - 1);
    if (n == 0)
        return 0;
    out[n] = 0;
    return n + 1;
}

static void pack_free(void *z)
{
    libdeflate_free_compressor(z);
}

static void *unpack_new(bool takeover)
{
    return takeover ? NULL : libdeflate_alloc_decompressor();
}

static size_t unpack(void *z, uint8_t out[PEER_OUT], const struct packed *m)
{
    size_t n;
    enum libdeflate_result r =
        libdeflate_deflate_decompress(z, m->ended, m->ended_len, out, PEER_OUT, &n);
    return r == LIBDEFLATE_SUCCESS ? n : SIZE_MAX;
}

static void unpack_free(void *z)
{
    libdeflate_free_decompressor(z);
}

#endif

const struct peer peer_libdeflate = {
    .name = "libdeflate",
#ifdef HAVE_LIBDEFLATE
    .version = version,
    .takeover = false,
    .pack_new = pack_new,
    .pack_reset = reset,
    .pack = pack,
    .pack_free = pack_free,
    .unpack_new = unpack_new,
    .unpack_reset = reset,
    .unpack = unpack,
    .unpack_free = unpack_free,
#endif
};
