/* huffman - length-limited prefix codes for the compressor (RFC 1951 3.2.2).
 * SPDX-License-Identifier: MIT */
#ifndef WSP_FLATE_HUFFMAN_H
#define WSP_FLATE_HUFFMAN_H

#include <stdint.h>

/* The largest alphabet: literals and lengths, with the two symbols that never occur. */
#define WSP_HUFFMAN_MAX 288

/*
 * A code as it is put into the stream: its bits in the order they leave, the first one lowest, and
 * from bit 16 on how many they are.
 */
#define WSP_HUFFMAN_BITS(code) ((code) >> 16)
#define WSP_HUFFMAN_CODE(code) ((code)&0xFFFF)

/*
 * wsp_huffman_lengths - the code lengths for n symbols that occur freq[i] times each, none of them
 * over limit bits; n <= WSP_HUFFMAN_MAX, n <= 2^limit, limit <= 15, and the frequencies sum to less
 * than 2^31.
 *
 * The code is always complete and has two symbols at least: where fewer occur, symbol 0 or 1 gets a
 * code that is never used, as some decoders refuse what RFC 1951 3.2.7 allows in that case. It is
 * optimal unless the limit cuts it. room is scratch for 2 * n words.
 */
void wsp_huffman_lengths(uint8_t *lens, const uint16_t *freq, unsigned n, unsigned limit,
                         uint32_t *room);

/* wsp_huffman_code - the number value as a code of len bits, 1 to 15: its highest bit leaves
 * first */
static inline uint32_t wsp_huffman_code(uint32_t value, unsigned len)
{
    uint32_t v = value << (16 - len);
    v = (v & 0x5555) << 1 | (v >> 1 & 0x5555);
    v = (v & 0x3333) << 2 | (v >> 2 & 0x3333);
    v = (v & 0x0F0F) << 4 | (v >> 4 & 0x0F0F);
    v = (v & 0xFF) << 8 | v >> 8;
    return v | (uint32_t)len << 16;
}

/*
 * wsp_huffman_codes - the canonical code of these lengths (RFC 1951 3.2.2). Symbols of length 0
 * have no code: what stands there is left.
 */
void wsp_huffman_codes(uint32_t *codes, const uint8_t *lens, unsigned n);

#endif
