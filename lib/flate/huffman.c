/* huffman - code lengths by Moffat and Katajainen, cut to a limit. SPDX-License-Identifier: MIT */
#include "flate/huffman.h"

#include <string.h>

/*
 * Symbols that occur are sorted by frequency, as words that hold both: frequency from bit 9 on,
 * symbol below. Ties stand in the symbols' order, so the code depends on the frequencies alone.
 */
#define SYMBOL_BITS 9
#define SYMBOL_MASK ((1u << SYMBOL_BITS) - 1)

/* As many as short blocks have frequencies. */
#define DIGIT_BITS 5
#define DIGITS (1u << DIGIT_BITS)

#define LIMIT_MAX 15

/* One pass of a radix sort, by the DIGIT_BITS bits of the key above shift. Linear whatever the
 * input. */
static void sort_pass(uint32_t *out, const uint32_t *in, unsigned n, unsigned shift)
{
    uint16_t at[DIGITS + 1] = {0};
    for (unsigned i = 0; i < n; i++)
        at[(in[i] >> shift) % DIGITS + 1]++;
    for (unsigned i = 1; i < DIGITS; i++)
        at[i] = (uint16_t)(at[i] + at[i - 1]);
    for (unsigned i = 0; i < n; i++)
        out[at[(in[i] >> shift) % DIGITS]++] = in[i];
}

/* Sorts the symbols that occur into a, with b as room; returns how many they are. */
static unsigned sort_symbols(uint32_t *a, uint32_t *b, const uint16_t *freq, unsigned n)
{
    unsigned used = 0;
    unsigned all = 0;
    for (unsigned i = 0; i < n; i++) { /* without a branch, which would be a guess each time */
        a[used] = (uint32_t)freq[i] << SYMBOL_BITS | i;
        used += freq[i] != 0;
        all |= freq[i];
    }
    for (unsigned shift = SYMBOL_BITS; all != 0; all /= DIGITS, shift += DIGIT_BITS) {
        sort_pass(b, a, used, shift);
        memcpy(a, b, used * sizeof *a);
    }
    return used;
}

/*
 * Turns n ascending weights into parents, in place: w[i] of an inner node i < n - 2 becomes the
 * index of its parent. Inner nodes come out in ascending order too, so the two lightest nodes are
 * always the next leaf and the oldest inner node without a parent, and the room of leaves already
 * taken holds the inner nodes. n >= 2
 */
static void join(uint32_t *w, unsigned n)
{
    unsigned leaf = 0;
    unsigned root = 0;
    for (unsigned next = 0; next + 1 < n; next++) {
        uint32_t weight = 0;
        for (unsigned child = 0; child < 2; child++) {
            if (leaf >= n || (root < next && w[root] < w[leaf])) {
                weight += w[root];
                w[root++] = next;
            } else {
                weight += w[leaf++];
            }
        }
        w[next] = weight;
    }
}

/*
 * Leaves by depth, from the parents that join left: beginning with a root that is a leaf, each
 * inner node takes a leaf's place and adds two a level below. What lies below the limit is counted
 * at the limit. Parents stand behind their children, so their depth is known first.
 */
static void count_depths(unsigned *count, uint32_t *w, unsigned n, unsigned limit)
{
    count[0] = 0;
    count[1] = 2;
    w[n - 2] = 0;
    for (unsigned i = n - 2; i-- > 0;) {
        unsigned depth = w[w[i]] + 1;
        w[i] = depth;
        count[depth < limit ? depth : limit]--;
        count[depth < limit ? depth + 1 : limit] += 2;
    }
}

/*
 * Makes the counts those of a complete code again after leaves were lifted to the limit. In units
 * of 2^-limit the lengths take up too much by excess: the deepest leaf above the limit goes down
 * one level, which costs the least, until that is made good; what is then left over lifts leaves
 * from the limit one level up.
 */
static void repair(unsigned *count, unsigned limit)
{
    int32_t excess = -(int32_t)(1u << limit);
    for (unsigned l = 1; l <= limit; l++)
        excess += (int32_t)(count[l] << (limit - l));
    while (excess > 0) {
        unsigned l = limit - 1;
        while (count[l] == 0)
            l--;
        count[l]--;
        count[l + 1]++;
        excess -= (int32_t)(1u << (limit - l - 1));
    }
    for (; excess < 0; excess++) {
        count[limit]--;
        count[limit - 1]++;
    }
}

void wsp_huffman_lengths(uint8_t *lens, const uint16_t *freq, unsigned n, unsigned limit,
                         uint32_t *room)
{
    uint32_t *a = room;
    uint32_t *b = room + n;
    unsigned count[LIMIT_MAX + 1] = {0};
    memset(lens, 0, n);
    unsigned used = sort_symbols(a, b, freq, n);
    if (used < 2) {
        unsigned symbol = used == 0 ? 0 : a[0] & SYMBOL_MASK;
        lens[symbol] = 1;
        lens[symbol == 0] = 1;
        return;
    }
    for (unsigned i = 0; i < used; i++)
        b[i] = a[i] >> SYMBOL_BITS;
    join(b, used);
    count_depths(count, b, used, limit);
    repair(count, limit);
    unsigned i = 0;
    for (unsigned l = limit; l > 0; l--)
        for (unsigned c = count[l]; c > 0; c--)
            lens[a[i++] & SYMBOL_MASK] = (uint8_t)l;
}

void wsp_huffman_codes(uint32_t *codes, const uint8_t *lens, unsigned n)
{
    uint32_t next[LIMIT_MAX + 1] = {0};
    for (unsigned i = 0; i < n; i++)
        next[lens[i]]++;
    /* From here on a code stands at the upper end of 16 bits: reversed it comes to lie at bit 0. */
    uint32_t code = 0;
    for (unsigned l = 1; l <= LIMIT_MAX; l++) {
        uint32_t size = next[l] << (16 - l);
        next[l] = code;
        code += size;
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned l = lens[i];
        if (l == 0)
            continue;
        codes[i] = wsp_huffman_code(next[l] >> (16 - l), l);
        next[l] += 1u << (16 - l);
    }
}
