/* mask - the portable kernel. SPDX-License-Identifier: MIT */
#include "codec/mask.h"

#include "base/compiler.h"

#if WSP_SMALL_CODE

void wsp_mask_portable(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
    size_t i = 0;
    uint8_t key[8];
    wsp_store64(key, word);
    /* The two halves of the word are the same. */
    for (; len - i >= 4; i += 4)
        wsp_store32(dst + i, wsp_load32(src + i) ^ (uint32_t)word);
    for (; i < len; i++)
        dst[i] = src[i] ^ key[i & 3];
}

#else

/* Fewer than 8 bytes. Both words are loaded before the first is stored: dst may be src. */
static void mask_short(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
    uint8_t key[8];
    wsp_store64(key, word);
    if (len >= 4) {
        uint32_t head = wsp_load32(src) ^ wsp_load32(key);
        uint32_t tail = wsp_load32(src + len - 4) ^ wsp_load32(key + (len & 3));
        wsp_store32(dst, head);
        wsp_store32(dst + len - 4, tail);
        return;
    }
    for (size_t i = 0; i < len && i < sizeof key; i++)
        dst[i] = src[i] ^ key[i];
}

void wsp_mask_portable(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
    if (len < 8) {
        mask_short(dst, src, len, word);
        return;
    }
    /* The last word overlaps the one before it: taken from src before that is overwritten. */
    uint64_t last = wsp_load64(src + len - 8) ^ wsp_mask_turn(word, len);
    size_t i = 0;
    for (; len - i >= 32; i += 32) {
        uint64_t a = wsp_load64(src + i);
        uint64_t b = wsp_load64(src + i + 8);
        uint64_t c = wsp_load64(src + i + 16);
        uint64_t d = wsp_load64(src + i + 24);
        wsp_store64(dst + i, a ^ word);
        wsp_store64(dst + i + 8, b ^ word);
        wsp_store64(dst + i + 16, c ^ word);
        wsp_store64(dst + i + 24, d ^ word);
    }
    for (; len - i >= 8; i += 8)
        wsp_store64(dst + i, wsp_load64(src + i) ^ word);
    wsp_store64(dst + len - 8, last);
}

#endif

/* What the compiler may use anyway. */
void wsp_mask_apply(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word)
{
#if WSP_SIMD_X86 && defined(__AVX2__)
    wsp_mask_avx2(dst, src, len, word);
#elif WSP_SIMD_NEON
    wsp_mask_neon(dst, src, len, word);
#else
    wsp_mask_portable(dst, src, len, word);
#endif
}

void wsp_mask(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4], uint64_t offset)
{
    wsp_mask_apply(dst, src, len, wsp_mask_word(key, offset));
}
