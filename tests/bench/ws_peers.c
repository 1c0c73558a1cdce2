/* ws_peers - all of them, and the names of those written in C++ that were not found.
 * SPDX-License-Identifier: MIT */
#include "bench/ws_peer.h"

#ifndef HAVE_UWS
const struct ws_peer ws_uws = {.name = "uWebSockets"};
#endif
#ifndef HAVE_BEAST
const struct ws_peer ws_beast = {.name = "Beast"};
#endif
#if !defined HAVE_IS_UTF8 && !defined HAVE_SIMDJSON
const struct ws_peer ws_simd_512 = {.name = "simdutf AVX-512"};
const struct ws_peer ws_simd_256 = {.name = "simdutf AVX2"};
const struct ws_peer ws_simd_128 = {.name = "simdutf SSSE3"};
#endif

const struct ws_peer *const ws_peers[WS_PEERS] = {
    [WS_OURS] = &ws_ours,         [WS_MEMCPY] = &ws_memcpy,     [WS_UWS] = &ws_uws,
    [WS_BEAST] = &ws_beast,       [WS_WSLAY] = &ws_wslay,       [WS_PICO] = &ws_pico,
    [WS_SIMD_512] = &ws_simd_512, [WS_SIMD_256] = &ws_simd_256, [WS_SIMD_128] = &ws_simd_128,
};
