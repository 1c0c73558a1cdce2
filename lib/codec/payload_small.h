/* payload_small - payloads of less than 128 bytes, without a call.
 * SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_PAYLOAD_SMALL_H
#define WSP_CODEC_PAYLOAD_SMALL_H

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/cpu.h"
#include "codec/mask.h"

#define WSP_PAYLOAD_SMALL 128u /* bytes: from here on a kernel is worth its call */
#define WSP_HIGH_BITS UINT64_C(0x8080808080808080)

/* wsp_payload_is_small - is this one for wsp_payload_small: none is where code is to be short:
 * the kernels take every length */
static inline bool wsp_payload_is_small(size_t len)
{
    return !WSP_SMALL_CODE && len < WSP_PAYLOAD_SMALL;
}

/* What is wanted of a payload. */
enum wsp_small {
    WSP_SMALL_UNMASK,       /* XOR with the key */
    WSP_SMALL_UNMASK_ASCII, /* the same if all that comes out is ASCII, otherwise nothing */
    WSP_SMALL_ASCII         /* is it ASCII? nothing is written */
};

/* len bytes from src to dst, word the key at src. */
struct wsp_small_job {
    uint8_t *dst;
    const uint8_t *src;
    size_t len;
    uint64_t word;
};

/* 16 bytes in a register. */
#if WSP_SIMD_X86 && defined(__SSE2__)
#    include <immintrin.h>

typedef __m128i wsp_pair;

static inline wsp_pair wsp_pair_of(uint64_t word)
{
    return _mm_set1_epi64x((long long)word);
}

static inline wsp_pair wsp_pair_load(const uint8_t *p, wsp_pair key)
{
    return _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)p), key);
}

static inline void wsp_pair_store(uint8_t *p, wsp_pair x)
{
    _mm_storeu_si128((__m128i *)(void *)p, x);
}

static inline wsp_pair wsp_pair_or(wsp_pair a, wsp_pair b)
{
    return _mm_or_si128(a, b);
}

static inline bool wsp_pair_ascii(wsp_pair x)
{
    return _mm_movemask_epi8(x) == 0;
}
#else
typedef struct {
    uint64_t a, b;
} wsp_pair;

static inline wsp_pair wsp_pair_of(uint64_t word)
{
    return (wsp_pair){word, word};
}

static inline wsp_pair wsp_pair_load(const uint8_t *p, wsp_pair key)
{
    return (wsp_pair){wsp_load64(p) ^ key.a, wsp_load64(p + 8) ^ key.b};
}

static inline void wsp_pair_store(uint8_t *p, wsp_pair x)
{
    wsp_store64(p, x.a);
    wsp_store64(p + 8, x.b);
}

static inline wsp_pair wsp_pair_or(wsp_pair a, wsp_pair b)
{
    return (wsp_pair){a.a | b.a, a.b | b.b};
}

static inline bool wsp_pair_ascii(wsp_pair x)
{
    return ((x.a | x.b) & WSP_HIGH_BITS) == 0;
}
#endif

/* Two neighbours. */
struct wsp_small_two {
    wsp_pair a, b;
};

static WSP_INLINE struct wsp_small_two wsp_small_load(const uint8_t *p, wsp_pair key)
{
    return (struct wsp_small_two){wsp_pair_load(p, key), wsp_pair_load(p + 16, key)};
}

static WSP_INLINE void wsp_small_store(uint8_t *p, struct wsp_small_two x)
{
    wsp_pair_store(p, x.a);
    wsp_pair_store(p + 16, x.b);
}

static WSP_INLINE wsp_pair wsp_small_or(struct wsp_small_two x, struct wsp_small_two y)
{
    return wsp_pair_or(wsp_pair_or(x.a, x.b), wsp_pair_or(y.a, y.b));
}

/*
 * A payload is taken from the front and from the end in equal parts, which overlap in the middle:
 * so all is loaded before anything is stored. 64 to 127 bytes:
 */
static WSP_INLINE bool wsp_small_eight(struct wsp_small_job j, enum wsp_small what)
{
    wsp_pair key = wsp_pair_of(j.word);
    wsp_pair turned = wsp_pair_of(wsp_mask_turn(j.word, j.len));
    size_t end = j.len - 64;
    struct wsp_small_two a = wsp_small_load(j.src, key);
    struct wsp_small_two b = wsp_small_load(j.src + 32, key);
    struct wsp_small_two c = wsp_small_load(j.src + end, turned);
    struct wsp_small_two d = wsp_small_load(j.src + end + 32, turned);
    if (what != WSP_SMALL_UNMASK &&
        !wsp_pair_ascii(wsp_pair_or(wsp_small_or(a, b), wsp_small_or(c, d))))
        return false;
    if (what != WSP_SMALL_ASCII) {
        wsp_small_store(j.dst, a);
        wsp_small_store(j.dst + 32, b);
        wsp_small_store(j.dst + end, c);
        wsp_small_store(j.dst + end + 32, d);
    }
    return true;
}

/* 32 to 63 bytes. */
static WSP_INLINE bool wsp_small_four(struct wsp_small_job j, enum wsp_small what)
{
    struct wsp_small_two a = wsp_small_load(j.src, wsp_pair_of(j.word));
    wsp_pair turned = wsp_pair_of(wsp_mask_turn(j.word, j.len));
    struct wsp_small_two b = wsp_small_load(j.src + j.len - 32, turned);
    if (what != WSP_SMALL_UNMASK && !wsp_pair_ascii(wsp_small_or(a, b)))
        return false;
    if (what != WSP_SMALL_ASCII) {
        wsp_small_store(j.dst, a);
        wsp_small_store(j.dst + j.len - 32, b);
    }
    return true;
}

/* 16 to 31 bytes. */
static WSP_INLINE bool wsp_small_pairs(struct wsp_small_job j, enum wsp_small what)
{
    wsp_pair a = wsp_pair_load(j.src, wsp_pair_of(j.word));
    wsp_pair turned = wsp_pair_of(wsp_mask_turn(j.word, j.len));
    wsp_pair b = wsp_pair_load(j.src + j.len - 16, turned);
    if (what != WSP_SMALL_UNMASK && !wsp_pair_ascii(wsp_pair_or(a, b)))
        return false;
    if (what != WSP_SMALL_ASCII) {
        wsp_pair_store(j.dst, a);
        wsp_pair_store(j.dst + j.len - 16, b);
    }
    return true;
}

/* 8 to 15 bytes: two words. */
static WSP_INLINE bool wsp_small_words(struct wsp_small_job j, enum wsp_small what)
{
    uint64_t front = wsp_load64(j.src) ^ j.word;
    uint64_t back = wsp_load64(j.src + j.len - 8) ^ wsp_mask_turn(j.word, j.len);
    if (what != WSP_SMALL_UNMASK && ((front | back) & WSP_HIGH_BITS) != 0)
        return false;
    if (what != WSP_SMALL_ASCII) {
        wsp_store64(j.dst, front);
        wsp_store64(j.dst + j.len - 8, back);
    }
    return true;
}

/* 4 to 7 bytes: two halves of words. */
static WSP_INLINE bool wsp_small_halves(struct wsp_small_job j, enum wsp_small what)
{
    uint32_t key = (uint32_t)j.word; /* the two halves of a j.word are the same */
    uint32_t turned = (uint32_t)wsp_mask_turn(j.word, j.len);
    uint32_t front = wsp_load32(j.src) ^ key;
    uint32_t back = wsp_load32(j.src + j.len - 4) ^ turned;
    if (what != WSP_SMALL_UNMASK && ((front | back) & (uint32_t)WSP_HIGH_BITS) != 0)
        return false;
    if (what != WSP_SMALL_ASCII) {
        wsp_store32(j.dst, front);
        wsp_store32(j.dst + j.len - 4, back);
    }
    return true;
}

/* 1 to 3 bytes: the first, the one in the middle and the last, which may be the same ones. */
static WSP_INLINE bool wsp_small_bytes(struct wsp_small_job j, enum wsp_small what)
{
    uint8_t *dst = j.dst;
    size_t middle = j.len / 2;
    size_t last = j.len - 1;
    uint8_t first = (uint8_t)(j.src[0] ^ wsp_mask_first(j.word));
    uint8_t second = (uint8_t)(j.src[middle] ^ wsp_mask_first(wsp_mask_turn(j.word, middle)));
    uint8_t third = (uint8_t)(j.src[last] ^ wsp_mask_first(wsp_mask_turn(j.word, last)));
    if (what != WSP_SMALL_UNMASK && ((first | second | third) & 0x80) != 0)
        return false;
    if (what != WSP_SMALL_ASCII) {
        dst[0] = first;
        dst[middle] = second;
        dst[last] = third;
    }
    return true;
}

/*
 * wsp_payload_small - a payload of less than WSP_PAYLOAD_SMALL bytes from src to dst, which may be
 * src and not otherwise overlap it
 *
 * word: the key at src, from wsp_mask_word; 0 when it is not masked. False: there is another byte
 * than ASCII, and dst is as it was; never with WSP_SMALL_UNMASK.
 */
static WSP_INLINE bool wsp_payload_small(uint8_t *dst, const uint8_t *src, size_t len,
                                         uint64_t word, enum wsp_small what)
{
    struct wsp_small_job j = {dst, src, len, word};
    if (len >= 64)
        return wsp_small_eight(j, what);
    if (len >= 32)
        return wsp_small_four(j, what);
    if (len >= 16)
        return wsp_small_pairs(j, what);
    if (len >= 8)
        return wsp_small_words(j, what);
    if (len >= 4)
        return wsp_small_halves(j, what);
    return len == 0 || wsp_small_bytes(j, what);
}

#endif
