/* peer_zlib_ng - zlib-ng by its own interface, where zlib-ng.h is. SPDX-License-Identifier: MIT */
#include "bench/peer.h"

#ifdef HAVE_ZLIB_NG

#    include <zlib-ng.h>

#    define STREAM zng_stream
#    define CALL(name) zng_##name
#    include "bench/peer_zlib_like.h"

#endif

const struct peer peer_zlib_ng = {
    .name = "zlib-ng",
#ifdef HAVE_ZLIB_NG
    .version = zlibng_version,
    .takeover = true,
    .pack_new = pack_new,
    .pack_reset = pack_reset,
    .pack = pack,
    .pack_free = pack_free,
    .unpack_new = unpack_new,
    .unpack_reset = unpack_reset,
    .unpack = unpack,
    .unpack_free = unpack_free,
    .memory = memory,
#endif
};
