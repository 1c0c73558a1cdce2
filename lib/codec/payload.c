/* payload - the receive path's kernel. SPDX-License-Identifier: MIT */
#include "codec/payload.h"

#include "base/bytes.h"
#include "base/compiler.h"
#include "codec/mask.h"
#include "codec/utf8.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)
/* Bytes that are written, then checked while the first-level cache has them; a multiple of 4, so
 * that the key stays in place. */
#define BLOCK 1024u

/*
 * Unmasks ASCII from the start on by 32 bytes, stopping before those that have another byte. The
 * last few go by words, all or none, tested before they are stored: validating mixed text would
 * wait for narrow stores. The very last word overlaps, so it is taken before anything is written
 * to dst, which may be src. Returns how many bytes are done: a multiple of 4, or all.
 */
static size_t unmask_ascii(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
    if (len < 8)
        return 0;
    uint64_t last = wsp_load64(src + len - 8) ^ wsp_mask_turn(word, len);
    size_t i = 0;
    for (; len - i >= 32; i += 32) {
        uint64_t a = wsp_load64(src + i) ^ word;
        uint64_t b = wsp_load64(src + i + 8) ^ word;
        uint64_t c = wsp_load64(src + i + 16) ^ word;
        uint64_t d = wsp_load64(src + i + 24) ^ word;
        if ((a | b | c | d) & HIGH_BITS)
            return i;
        wsp_store64(dst + i, a);
        wsp_store64(dst + i + 8, b);
        wsp_store64(dst + i + 16, c);
        wsp_store64(dst + i + 24, d);
    }
    uint64_t bits = last;
    for (size_t j = i; len - j >= 8; j += 8)
        bits |= wsp_load64(src + j) ^ word;
    if (bits & HIGH_BITS)
        return i;
    for (; len - i >= 8; i += 8)
        wsp_store64(dst + i, wsp_load64(src + i) ^ word);
    wsp_store64(dst + len - 8, last);
    return len;
}

bool wsp_payload_portable(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                          uint32_t *utf8_state)
{
    size_t i = 0;
    while (i < len) {
        if (!WSP_SMALL_CODE && *utf8_state == 0)
            i += unmask_ascii(dst + i, src + i, len - i, word);
        if (i == len)
            break;
        size_t n = len - i < BLOCK ? len - i : BLOCK;
        wsp_mask_portable(dst + i, src + i, n, word);
        if (!wsp_utf8_portable(utf8_state, dst + i, n))
            return false;
        i += n;
    }
    return true;
}

/* What the compiler may use anyway. */
bool wsp_payload_unmask_text(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                             uint32_t *utf8_state)
{
#if WSP_SIMD_X86 && defined(__AVX2__)
    return wsp_payload_avx2(dst, src, len, word, utf8_state);
#elif WSP_SIMD_NEON
    return wsp_payload_neon(dst, src, len, word, utf8_state);
#else
    return wsp_payload_portable(dst, src, len, word, utf8_state);
#endif
}
