/* peer_zlib - zlib, where zlib.h is installed. SPDX-License-Identifier: MIT */
#include "bench/peer.h"

#ifdef HAVE_ZLIB

#    define ZLIB_CONST /* its input is not written to, and then its type says so */
#    include <zlib.h>

#    define STREAM z_stream
#    define CALL(name) name
#    include "bench/peer_zlib_like.h"

#endif

const struct peer peer_zlib = {
    .name = "zlib",
#ifdef HAVE_ZLIB
    .version = zlibVersion,
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
