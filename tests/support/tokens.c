#include "support/tokens.h"

#include "support/testing.h"

static unsigned take_bits(struct tokens_reader *r, unsigned n)
{
    unsigned v = 0;
    for (unsigned i = 0; i < n; i++, r->bit++) {
        assert_true(r->bit / 8 < r->in_len);
        v |= (unsigned)(r->in[r->bit / 8] >> r->bit % 8 & 1) << i;
    }
    return v;
}

void tokens_emit(struct tokens_reader *r, uint8_t byte)
{
    if (r->len == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 4096;
        r->all = realloc(r->all, r->cap);
        assert_non_null(r->all);
    }
    r->all[r->len++] = byte;
}

struct code {
    uint16_t count[16];
    uint16_t symbol[288];
};

/* Canonical, complete (RFC 1951 3.2.2) */
static void make_code(struct code *c, const uint8_t *lens, unsigned n)
{
    unsigned at[16] = {0};
    unsigned taken = 0;
    memset(c, 0, sizeof *c);
    for (unsigned i = 0; i < n; i++)
        c->count[lens[i]]++;
    c->count[0] = 0;
    for (unsigned l = 1; l < 16; l++) {
        taken += (unsigned)c->count[l] << (15 - l);
        at[l] = at[l - 1] + c->count[l - 1];
    }
    assert_int_equal(taken, 1u << 15);
    for (unsigned i = 0; i < n; i++)
        if (lens[i] != 0)
            c->symbol[at[lens[i]]++] = (uint16_t)i;
}

static unsigned take_symbol(struct tokens_reader *r, const struct code *c)
{
    unsigned code = 0;
    unsigned first = 0;
    unsigned index = 0;
    for (unsigned l = 1; l < 16; l++) {
        code = code << 1 | take_bits(r, 1);
        if (code - first < c->count[l])
            return c->symbol[index + code - first];
        index += c->count[l];
        first = (first + c->count[l]) << 1;
    }
    fail();
    return 0;
}

static void read_codes(struct tokens_reader *r, struct code *literals, struct code *distances)
{
    static const uint8_t order[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                    11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lens[320] = {0};
    unsigned n_literals = 257 + take_bits(r, 5);
    unsigned n_distances = 1 + take_bits(r, 5);
    unsigned n = 4 + take_bits(r, 4);
    assert_true(n_literals <= 286 && n_distances <= 30);
    for (unsigned i = 0; i < n; i++)
        lens[order[i]] = (uint8_t)take_bits(r, 3);
    make_code(literals, lens, 19);
    memset(lens, 0, sizeof lens);
    for (unsigned i = 0; i < n_literals + n_distances;) {
        unsigned symbol = take_symbol(r, literals);
        unsigned count = 1;
        uint8_t len = (uint8_t)(symbol < 16 ? symbol : 0);
        if (symbol == 16) {
            assert_true(i > 0);
            len = lens[i - 1];
            count = 3 + take_bits(r, 2);
        } else if (symbol > 16) {
            count = symbol == 17 ? 3 + take_bits(r, 3) : 11 + take_bits(r, 7);
        }
        assert_true(i + count <= n_literals + n_distances);
        for (; count > 0; count--)
            lens[i++] = len;
    }
    assert_true(lens[256] != 0);
    make_code(literals, lens, n_literals);
    make_code(distances, lens + n_literals, n_distances);
}

static void fixed_codes(struct code *literals, struct code *distances)
{
    uint8_t lens[288];
    for (unsigned i = 0; i < 288; i++)
        lens[i] = (uint8_t)(i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
    make_code(literals, lens, 288);
    memset(lens, 5, 32);
    make_code(distances, lens, 32);
}

static void copy_match(struct tokens_reader *r, unsigned symbol, const struct code *distances)
{
    assert_true(symbol <= 285);
    unsigned len = symbol - 254;
    if (symbol >= 265 && symbol < 285) {
        unsigned bits = (symbol - 261) / 4;
        len = 3 + ((4 + (symbol - 261) % 4) << bits) + take_bits(r, bits);
    } else if (symbol == 285) {
        len = 258;
    }
    symbol = take_symbol(r, distances);
    assert_true(symbol < 30);
    size_t dist = symbol + 1;
    if (symbol >= 4) {
        unsigned bits = symbol / 2 - 1;
        dist = 1 + ((size_t)(2 + symbol % 2) << bits) + take_bits(r, bits);
    }
    assert_true(dist <= r->len - r->begin);
    if (dist > r->farthest)
        r->farthest = dist;
    for (; len > 0; len--)
        tokens_emit(r, r->all[r->len - dist]);
}

static void read_coded(struct tokens_reader *r, unsigned type)
{
    struct code literals;
    struct code distances;
    if (type == 1)
        fixed_codes(&literals, &distances);
    else
        read_codes(r, &literals, &distances);
    for (;;) {
        unsigned symbol = take_symbol(r, &literals);
        if (symbol == 256)
            return;
        if (symbol < 256)
            tokens_emit(r, (uint8_t)symbol);
        else
            copy_match(r, symbol, &distances);
    }
}

/* Returns the length: 0 is the flush. */
static unsigned read_stored(struct tokens_reader *r)
{
    while (r->bit % 8 != 0)
        assert_int_equal(take_bits(r, 1), 0);
    unsigned len = take_bits(r, 16);
    assert_int_equal(take_bits(r, 16), len ^ 0xFFFF);
    for (unsigned i = 0; i < len; i++)
        tokens_emit(r, (uint8_t)take_bits(r, 8));
    return len;
}

void tokens_read(struct tokens_reader *r, const uint8_t *in, size_t len)
{
    r->in = in;
    r->in_len = len;
    r->bit = 0;
    r->stored = r->fixed = r->dynamic = 0;
    for (;;) {
        size_t before = r->len;
        assert_int_equal(take_bits(r, 1), 0);
        unsigned type = take_bits(r, 2);
        assert_true(type < 3);
        if (type != 0) {
            read_coded(r, type);
            r->fixed += type == 1;
            r->dynamic += type == 2;
        } else if (read_stored(r) == 0) {
            break;
        } else {
            r->stored++;
        }
        assert_true(r->len > before);
    }
    assert_int_equal(r->bit, 8 * len);
}
