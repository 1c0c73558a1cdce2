/* utf8 - a shift automaton between runs of ASCII. SPDX-License-Identifier: MIT */
#include "codec/utf8.h"

#include "base/bytes.h"
#include "base/compiler.h"

static uint32_t append(uint32_t state, uint8_t byte)
{
    unsigned n = state >> 24;
    if (n >= 3)
        return state;
    return (state & 0xFFFFFF) | (uint32_t)byte << 8 * n | (uint32_t)(n + 1) << 24;
}

#if WSP_SMALL_CODE

/* Within a character: what may come next. */
struct place {
    unsigned missing;  /* continuation bytes; 0: between characters */
    uint8_t low, high; /* the range of the next one */
};

/* RFC 3629 4 */
static bool step(struct place *p, uint8_t byte)
{
    if (p->missing > 0 && (byte < p->low || byte > p->high))
        return false;
    p->low = 0x80;
    p->high = 0xBF;
    if (p->missing > 0) {
        p->missing--;
        return true;
    }
    if (byte < 0x80)
        return true;
    if (byte < 0xC2 || byte > 0xF4)
        return false;
    p->missing = 1u + (byte >= 0xE0) + (byte >= 0xF0);
    if (byte == 0xE0) /* no overlong form */
        p->low = 0xA0;
    if (byte == 0xED) /* no surrogate */
        p->high = 0x9F;
    if (byte == 0xF0)
        p->low = 0x90;
    if (byte == 0xF4) /* nothing above U+10FFFF */
        p->high = 0x8F;
    return true;
}

bool wsp_utf8_portable(uint32_t *state, const uint8_t *data, size_t len)
{
    struct place p = {0, 0, 0};
    uint32_t kept = *state;
    unsigned n = kept >> 24;
    bool good = true;
    for (; good && n > 0 && n <= 3; n--, kept >>= 8)
        good = step(&p, (uint8_t)kept);
    for (size_t i = 0; good && i < len; i++) {
        good = step(&p, data[i]);
        *state = p.missing > 0 ? append(*state, data[i]) : 0;
    }
    if (!good)
        *state = append(0, 0xFF);
    return good;
}

#else

/*
 * The automaton: a state is a bit position, and a byte stands for a word that holds the next state
 * at each position, so a step is one load and one shift and no branch depends on the text. A state
 * tells how many continuation bytes are missing, and after E0, ED, F0 and F4 that the next one is
 * of a narrower range (RFC 3629 4).
 */
enum {
    ACCEPT = 0,
    TAIL1 = 6,
    TAIL2 = 12,
    TAIL3 = 18,
    AFTER_E0 = 24,  /* A0-BF: no overlong form */
    AFTER_ED = 30,  /* 80-9F: no surrogate */
    AFTER_F0 = 36,  /* 90-BF: no overlong form */
    AFTER_F4 = 42,  /* 80-8F: nothing above U+10FFFF */
    SYNC = 48,      /* begun in the middle: not yet at a lead byte */
    REJECT = 54,    /* for good */
    STATE_BITS = 63 /* a shift leaves later states above these bits */
};

#    define AT(state, next) ((uint64_t)(next) << (state))
/* A lead byte: only between characters */
#    define LEAD(next)                                                                  \
        (AT(ACCEPT, next) | AT(TAIL1, REJECT) | AT(TAIL2, REJECT) | AT(TAIL3, REJECT) | \
         AT(AFTER_E0, REJECT) | AT(AFTER_ED, REJECT) | AT(AFTER_F0, REJECT) |           \
         AT(AFTER_F4, REJECT) | AT(SYNC, next) | AT(REJECT, REJECT))
/* A continuation byte: where it may stand after the four narrow leads */
#    define TAIL(e0, ed, f0, f4)                                                        \
        (AT(ACCEPT, REJECT) | AT(TAIL1, ACCEPT) | AT(TAIL2, TAIL1) | AT(TAIL3, TAIL2) | \
         AT(AFTER_E0, e0) | AT(AFTER_ED, ed) | AT(AFTER_F0, f0) | AT(AFTER_F4, f4) |    \
         AT(SYNC, SYNC) | AT(REJECT, REJECT))

#    define X2(x) x, x
#    define X4(x) X2(x), X2(x)
#    define X8(x) X4(x), X4(x)
#    define X16(x) X8(x), X8(x)
#    define X32(x) X16(x), X16(x)
#    define X64(x) X32(x), X32(x)

static const uint64_t step[256] = {
    X64(LEAD(ACCEPT)),
    X64(LEAD(ACCEPT)),
    X16(TAIL(REJECT, TAIL1, REJECT, TAIL2)), /* 80-8F */
    X16(TAIL(REJECT, TAIL1, TAIL2, REJECT)), /* 90-9F */
    X32(TAIL(TAIL1, REJECT, TAIL2, REJECT)), /* A0-BF */
    X2(LEAD(REJECT)),                        /* C0, C1: overlong */
    X2(LEAD(TAIL1)),
    X4(LEAD(TAIL1)),
    X8(LEAD(TAIL1)),
    X16(LEAD(TAIL1)),
    LEAD(AFTER_E0),
    X4(LEAD(TAIL2)),
    X8(LEAD(TAIL2)),
    LEAD(AFTER_ED),
    X2(LEAD(TAIL2)),
    LEAD(AFTER_F0),
    X2(LEAD(TAIL3)),
    LEAD(TAIL3),
    LEAD(AFTER_F4),
    X2(LEAD(REJECT)),
    LEAD(REJECT),
    X8(LEAD(REJECT)), /* F5-FF: above U+10FFFF */
};

#    define HIGH_BITS UINT64_C(0x8080808080808080)

#    define LANE ((size_t)32) /* bytes for each of the automata of run_block */
#    define OVERLAP 4u        /* bytes */
#    define BLOCK (4 * LANE)

static uint64_t run(uint64_t s, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        s = step[data[i]] >> (s & STATE_BITS);
    return s & STATE_BITS;
}

/*
 * Four automata side by side, as one alone waits for its own last step. The later three begin in
 * the middle and take the first lead byte they meet for the start of a character. Each goes on for
 * four bytes where the next one began: no character has more than three bytes behind its lead, so
 * it has seen that start too and rejects a wrong one.
 */
static uint64_t run_block(uint64_t s, const uint8_t *data)
{
    uint64_t t = SYNC;
    uint64_t u = SYNC;
    uint64_t v = SYNC;
    for (size_t i = 0; i < LANE; i++) {
        s = step[data[i]] >> (s & STATE_BITS);
        t = step[data[LANE + i]] >> (t & STATE_BITS);
        u = step[data[2 * LANE + i]] >> (u & STATE_BITS);
        v = step[data[3 * LANE + i]] >> (v & STATE_BITS);
    }
    s = run(s, data + LANE, OVERLAP);
    t = run(t, data + 2 * LANE, OVERLAP);
    u = run(u, data + 3 * LANE, OVERLAP);
    return s == REJECT || t == REJECT || u == REJECT ? REJECT : v & STATE_BITS;
}

/*
 * Skips ASCII from data[i] on, by 32 bytes; the last few by words, the last of which overlaps. It
 * does not look for the exact byte that ends a run: a branch that mixed text makes at random.
 */
static size_t skip_ascii(const uint8_t *data, size_t i, size_t len)
{
    while (len - i >= 32) {
        uint64_t low = wsp_load64(data + i) | wsp_load64(data + i + 8);
        uint64_t high = wsp_load64(data + i + 16) | wsp_load64(data + i + 24);
        if ((low | high) & HIGH_BITS)
            return i;
        i += 32;
    }
    if (len < 8)
        return i;
    uint64_t rest = wsp_load64(data + len - 8);
    for (size_t j = i; len - j >= 8; j += 8)
        rest |= wsp_load64(data + j);
    return (rest & HIGH_BITS) != 0 ? i : len;
}

/* The automaton's state after the bytes that an earlier call kept. */
static uint64_t resume(uint32_t state)
{
    uint64_t s = ACCEPT;
    for (unsigned n = state >> 24; n > 0 && n <= 3; n--) {
        s = step[state & 0xFF] >> (s & STATE_BITS);
        state >>= 8;
    }
    return s & STATE_BITS;
}

/* The incomplete character at the end of the data; it begins in there or before, in state. */
static uint32_t keep(uint32_t state, const uint8_t *data, size_t len)
{
    size_t n = 1;
    while (n < 3 && n < len && data[len - n] < 0xC0)
        n++;
    if (n <= len && data[len - n] >= 0xC0)
        state = 0;
    for (size_t i = len - n; i < len; i++)
        state = append(state, data[i]);
    return state;
}

bool wsp_utf8_portable(uint32_t *state, const uint8_t *data, size_t len)
{
    uint64_t s = resume(*state);
    size_t i = 0;
    while (i < len && s != REJECT) {
        if (s == ACCEPT)
            i = skip_ascii(data, i, len);
        if (len - i >= BLOCK) {
            s = run_block(s, data + i);
            i += BLOCK;
        } else {
            s = run(s, data + i, len - i);
            i = len;
        }
    }
    if (s == REJECT) {
        *state = append(0, 0xFF);
        return false;
    }
    *state = s == ACCEPT ? 0 : keep(*state, data, len);
    return true;
}

#endif

/* What the compiler may use anyway. */
bool wsp_utf8_feed(uint32_t *state, const uint8_t *data, size_t len)
{
#if WSP_SIMD_X86 && defined(__AVX2__)
    return wsp_utf8_avx2(state, data, len);
#elif WSP_SIMD_NEON
    return wsp_utf8_neon(state, data, len);
#else
    return wsp_utf8_portable(state, data, len);
#endif
}

bool wsp_utf8_done(uint32_t state)
{
    return state == 0;
}

bool wsp_utf8_valid(const uint8_t *data, size_t len)
{
    uint32_t state = 0;
    return wsp_utf8_feed(&state, data, len) && wsp_utf8_done(state);
}
