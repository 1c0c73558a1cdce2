/*
 * ws_simd - simdutf's validators, by instruction set, out of is_utf8 (the npm package utf-8-validate
 * carries it as one file, included here for its list of implementations) or else simdjson.
 * SPDX-License-Identifier: MIT
 */
#include "bench/ws_peer.h"

#ifdef HAVE_IS_UTF8
#    include <is_utf8.cpp>
namespace validators = is_utf8_internals;
#else
#    include <simdjson.h>
namespace validators = simdjson;
#endif

namespace {

/* Looked up once, as the libraries themselves do; null: not for this processor. */
const validators::implementation *find(const char *name)
{
    const auto *found = validators::get_available_implementations()[name];
    return found != nullptr && found->supported_by_runtime_system() ? found : nullptr;
}

const auto *const wide = find("icelake");
const auto *const middle = find("haswell");
const auto *const narrow = find(
#ifdef __aarch64__
    "arm64"
#else
    "westmere"
#endif
);

template <const validators::implementation *const *KERNEL>
bool utf8(const uint8_t *text, size_t len)
{
    return (*KERNEL)->validate_utf8(reinterpret_cast<const char *>(text), len);
}

const char *version()
{
#ifdef HAVE_IS_UTF8
    return "is_utf8";
#else
    return "simdjson " SIMDJSON_VERSION;
#endif
}

template <const validators::implementation *const *KERNEL> struct ws_peer make(const char *name)
{
    struct ws_peer p = {};
    p.name = name;
    if (*KERNEL == nullptr)
        return p;
    p.version = version;
    p.utf8 = utf8<KERNEL>;
    return p;
}

} // namespace

extern "C" const struct ws_peer ws_simd_512 = make<&wide>("simdutf AVX-512");
extern "C" const struct ws_peer ws_simd_256 = make<&middle>("simdutf AVX2");
extern "C" const struct ws_peer ws_simd_128 = make<&narrow>("simdutf SSSE3");
