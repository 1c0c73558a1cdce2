/* accept - Sec-WebSocket-Key and Sec-WebSocket-Accept. SPDX-License-Identifier: MIT */
#include "codec/accept.h"

#include "base/bytes.h"
#include "codec/base64.h"
#include "codec/chars_span.h"
#include "codec/sha1.h"

#include <string.h>

#if WSP_SIMD_X86 && defined(__SSE2__)
#    include <immintrin.h>
#endif

_Static_assert(WSP_BASE64_SIZE(16) == WSP_KEY_SIZE, "4.1: the key is 16 bytes");
_Static_assert(WSP_BASE64_SIZE(WSP_SHA1_SIZE) == WSP_ACCEPT_SIZE, "4.2.2: the answer is a SHA-1");

/* RFC 6455 1.3, 4.2.2: what is hashed, the key left out, with the padding of SHA-1 (FIPS 180-4
 * 5.1.1): 480 bits */
#define LENGTH_BITS (60u * 8)
static const uint8_t first[WSP_SHA1_BLOCK] =
    "........................258EAFA5-E914-47DA-95CA-C5AB0DC85B11\x80";
#if WSP_SHA1_WORDS
/* The second block is the same for every key, and so is its schedule, as wsp_sha1_take_words wants
 * it. */
static const uint32_t second[WSP_SHA1_ROUNDS] = {
    0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
    0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x000001E0, 0x00000000, 0x00000000, 0x00000000,
    0x00000000, 0x000003C0, 0x00000000, 0x00000000, 0x000003C0, 0x00000000, 0x00000780, 0x00000000,
    0x00001E00, 0x00000000, 0x00000000, 0x00000F00, 0x00000440, 0x00003C00, 0x00000CC0, 0x00000000,
    0x00003300, 0x00000F00, 0x00007800, 0x00000000, 0x0001EF00, 0x00000000, 0x00000F00, 0x0000F000,
    0x00004380, 0x0003C000, 0x0000CC00, 0x00000000, 0x00032680, 0x0000FF00, 0x00078F00, 0x00000000,
    0x001EFF00, 0x00003300, 0x0000F000, 0x000F0000, 0x00040B00, 0x003C0000, 0x000CB800, 0x00000000,
    0x00338700, 0x000FF000, 0x0078FF00, 0x0000F000, 0x01EFBB00, 0x0000F000, 0x000FC300, 0x00F00000,
    0x00438000, 0x03C0F000, 0x00CC0000, 0x00000000, 0x03269E00, 0x00FF0000, 0x078F0000, 0x00000000,
    0x1EFF8800, 0x00333C00, 0x00F0F000, 0x0F000000, 0x040A4A00, 0x3C00F000, 0x0CB88800, 0x00000000,
};
_Static_assert(LENGTH_BITS == 0x1E0, "the length is the last word of the block");
#else
static const uint8_t second[WSP_SHA1_BLOCK] = {
    [WSP_SHA1_BLOCK - 2] = LENGTH_BITS >> 8,
    [WSP_SHA1_BLOCK - 1] = LENGTH_BITS & 0xFF,
};
#endif

static void encode(char out[WSP_ACCEPT_SIZE], const uint32_t h[5], unsigned cpu)
{
    uint8_t digest[WSP_SHA1_SIZE];
#if WSP_SIMD_X86
    if (cpu & WSP_CPU_SSSE3) {
        wsp_base64_words_ssse3(out, h);
        return;
    }
#else
    (void)cpu;
#endif
    wsp_sha1_digest(digest, h);
    wsp_base64_encode(out, digest, WSP_SHA1_SIZE);
}

/* By whole vectors: one that is loaded from what two stores wrote waits until both are done. */
static inline void put_key(uint8_t text[WSP_SHA1_BLOCK], const char key[WSP_KEY_SIZE])
{
#if WSP_SIMD_X86 && defined(__SSE2__)
    const __m128i *from = (const void *)(key + 16);
    const __m128i *behind = (const void *)(first + WSP_KEY_SIZE);
    __m128i middle = _mm_unpacklo_epi64(_mm_loadl_epi64(from), _mm_loadl_epi64(behind));
    memcpy(text, key, 16);
    _mm_storeu_si128((__m128i *)(void *)(text + 16), middle);
#else
    memcpy(text, key, WSP_KEY_SIZE);
#endif
}

void wsp_accept_begin(struct wsp_accept *a, const char key[WSP_KEY_SIZE], unsigned cpu)
{
    static const struct wsp_accept begin = {WSP_SHA1_BEGIN};
    uint8_t text[WSP_SHA1_BLOCK];
    memcpy(text, first, sizeof text);
    put_key(text, key);
    *a = begin;
    wsp_sha1_take(a->h, text, 1, cpu);
}

void wsp_accept_end(char out[WSP_ACCEPT_SIZE], const struct wsp_accept *a, unsigned cpu)
{
    struct wsp_accept all = *a;
#if WSP_SHA1_WORDS
    wsp_sha1_take_words(all.h, second, cpu);
#else
    wsp_sha1_take(all.h, second, 1, cpu);
#endif
    encode(out, all.h, cpu);
}

void wsp_accept_key_by(char out[29], const char key[24], unsigned cpu)
{
    struct wsp_accept a;
    wsp_accept_begin(&a, key, cpu);
    wsp_accept_end(out, &a, cpu);
    out[WSP_ACCEPT_SIZE] = '\0';
}

/* What the compiler was told the processor has: there is no endpoint that has asked it. */
void wsp_accept_key(char out[29], const char key[24])
{
#if (defined(__SHA__) && defined(__SSE4_1__)) || defined(__ARM_FEATURE_SHA2)
    wsp_accept_key_by(out, key, WSP_CPU_SHA);
#else
    wsp_accept_key_by(out, key, 0);
#endif
}

/* Are the 22 letters of a key all of the alphabet? */
static inline bool key_letters(const uint8_t *key)
{
    const size_t letters = WSP_KEY_SIZE - 2;
#if WSP_SPAN_LANES
    /* The last vector overlaps the first, and stops at the padding. */
    const uint8_t *last = key + WSP_KEY_SIZE - WSP_SPAN_LANES;
    uint64_t others = wsp_span_others(WSP_SPAN_BASE64, last);
    return wsp_span_others(WSP_SPAN_BASE64, key) == 0 && others != 0 &&
           wsp_span_first(others) == WSP_SPAN_LANES - (WSP_KEY_SIZE - letters);
#else
    return wsp_span(WSP_SPAN_BASE64, key, 0, WSP_KEY_SIZE) == letters;
#endif
}

bool wsp_key_valid(struct wsp_slice key)
{
    /* The last letter has four pad bits. They are not looked at: the RFC's own example in 4.1 has
     * some set (erratum 3150). */
    return key.len == WSP_KEY_SIZE && key_letters(key.data) &&
           memcmp(key.data + WSP_KEY_SIZE - 2, "==", 2) == 0;
}
