/* inflate against zlib: what zlib makes is read, and what zlib refuses is refused. */
#include "support/inflate_run.h"

#include <stdio.h>
#include <zlib.h>

enum { MESSAGES = 24, LONGEST = 20000, PACKED = 2 * LONGEST + 1024 };

static uint64_t seed;

static unsigned rnd(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)(seed >> 33) % n;
}

/* ------------------------------------------------------------ messages */

static const char *const words[] = {"alpha", "bravo",  "price", "order", "status", "active", "the",
                                    "quick", "fox",    "jumps", "over",  "lazy",   "dog",    "user",
                                    "Größe", "Straße", "東京",  "naïve", "error",  "info"};

static size_t make_json(uint8_t *p, size_t len)
{
    size_t at = 0;
    while (at < len) {
        char part[256];
        int n =
            snprintf(part, sizeof part, "{\"id\":%u,\"name\":\"%s\",\"price\":%u.%02u,\"on\":%s},",
                     rnd(1000000), words[rnd(20)], rnd(1000), rnd(100), rnd(2) ? "true" : "false");
        size_t k = (size_t)n < len - at ? (size_t)n : len - at;
        memcpy(p + at, part, k);
        at += k;
    }
    return len;
}

static size_t make_text(uint8_t *p, size_t len)
{
    size_t at = 0;
    while (at < len) {
        const char *w = words[rnd(20)];
        for (; *w != 0 && at < len; w++)
            p[at++] = (uint8_t)*w;
        if (at < len)
            p[at++] = rnd(8) ? ' ' : '\n';
    }
    return len;
}

static size_t make_binary(uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(i % 16 < 4 ? i / 16 : rnd(2) ? 0 : rnd(40));
    return len;
}

static size_t make_random(uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)rnd(256);
    return len;
}

static size_t make_runs(uint8_t *p, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t n = 1 + rnd(rnd(2) ? 8 : 700);
        uint8_t byte = (uint8_t)rnd(5);
        for (; n > 0 && at < len; n--)
            p[at++] = byte;
    }
    return len;
}

static size_t (*const makers[])(uint8_t *, size_t) = {make_json, make_text, make_binary,
                                                      make_random, make_runs};

/* Mostly short; kinds alternate, so that takeover meets history of another kind. */
static size_t make_message(uint8_t *p)
{
    return makers[rnd(ARRAY_LEN(makers))](p, rnd(4) ? rnd(600) : rnd(LONGEST));
}

/* ------------------------------------------------------------ what zlib makes */

struct stream {
    struct wsp_history h;
    struct wsp_inflate_call io;
    uint8_t got[LONGEST];
    size_t got_len;
};

static void take_out(struct stream *s)
{
    assert_true(s->io.out_at <= LONGEST - s->got_len);
    memcpy(s->got + s->got_len, s->io.out, s->io.out_at);
    s->got_len += s->io.out_at;
    wsp_history_save(&s->h, s->io.out, s->io.out_at);
    s->io.out_at = 0;
}

static void feed(struct stream *s, const uint8_t *in, size_t len, size_t cut)
{
    while (len > 0) {
        size_t n = cut == 0 || cut > len ? len : cut;
        s->io.in = guard_at_end(inflate_fix.in, in, n);
        s->io.in_len = n;
        enum wsp_inflate_status status = wsp_inflate_run(inflate_fix.z, &s->io);
        while (status == WSP_INFLATE_OUTPUT) {
            take_out(s);
            status = wsp_inflate_run(inflate_fix.z, &s->io);
        }
        assert_int_equal(status, WSP_INFLATE_INPUT);
        assert_int_equal(s->io.in_len, 0);
        in += n;
        len -= n;
    }
}

static void exchange(int level, int bits, int strategy, int memory)
{
    static uint8_t plain[LONGEST], packed[PACKED], ring[32768];
    static struct stream s;
    z_stream zs = {0};
    assert_int_equal(deflateInit2(&zs, level, Z_DEFLATED, -bits, memory, strategy), Z_OK);
    s = (struct stream){.h = {.data = ring, .size = (size_t)1 << bits}};
    for (unsigned i = 0; i < MESSAGES; i++) {
        zs.next_in = plain;
        zs.avail_in = (uInt)make_message(plain);
        size_t len = zs.avail_in;
        zs.next_out = packed;
        zs.avail_out = PACKED;
        int error = deflate(&zs, Z_SYNC_FLUSH);
        assert_true(error == Z_OK || (error == Z_BUF_ERROR && len == 0));
        if (PACKED == zs.avail_out)
            continue; /* nothing to flush */
        size_t room = rnd(3) ? LONGEST : 1 + rnd(400);
        s.io = (struct wsp_inflate_call){.out = guard_at_end(inflate_fix.out, NULL, room),
                                         .out_cap = room,
                                         .history = &s.h,
                                         .window = (size_t)1 << bits};
        wsp_inflate_init(inflate_fix.z);
        s.got_len = 0;
        feed(&s, packed, PACKED - zs.avail_out, rnd(3) ? 0 : 1 + rnd(100));
        assert_true(wsp_inflate_between_blocks(inflate_fix.z));
        take_out(&s);
        assert_int_equal(s.got_len, len);
        assert_memory_equal(s.got, plain, len);
    }
    deflateEnd(&zs);
}

static void inflate_reads_what_zlib_makes(void **state)
{
    (void)state;
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE,
                                     Z_FIXED};
    for (int level = test_subset() ? 6 : 0; level <= (test_subset() ? 6 : 9); level++) {
        for (int bits = 9; bits <= 15; bits++) {
            for (size_t i = 0; i < ARRAY_LEN(strategies); i++) {
                seed = (uint64_t)level * 1000 + (uint64_t)bits * 10 + i;
                exchange(level, bits, strategies[i], 1 + (level + bits) % 9);
            }
        }
    }
}

/* ------------------------------------------------------------ what zlib refuses */

struct outcome {
    bool bad, full;
    size_t len;
    uint8_t out[LONGEST];
};

static void zlib_feed(z_stream *zs, struct outcome *o, const uint8_t *in, size_t len)
{
    zs->next_in = (Bytef *)(uintptr_t)in;
    zs->avail_in = (uInt)len;
    while (!o->bad && !o->full) {
        zs->next_out = o->out + o->len;
        zs->avail_out = (uInt)(LONGEST - o->len);
        int error = inflate(zs, Z_SYNC_FLUSH);
        o->len = LONGEST - zs->avail_out;
        o->full = zs->avail_out == 0;
        o->bad = error == Z_DATA_ERROR;
        if (error == Z_STREAM_END)
            assert_int_equal(inflateResetKeep(zs), Z_OK);
        else if (zs->avail_in == 0)
            return;
    }
}

static void our_feed(struct wsp_inflate_call *io, struct outcome *o, const uint8_t *in, size_t len)
{
    io->in = in;
    io->in_len = len;
    enum wsp_inflate_status s;
    do {
        s = wsp_inflate_run(inflate_fix.z, io);
        if (s == WSP_INFLATE_FINAL)
            wsp_inflate_next(inflate_fix.z);
    } while (s == WSP_INFLATE_FINAL);
    o->bad = s == WSP_INFLATE_BAD;
    o->full = io->out_at == LONGEST;
    o->len = io->out_at;
}

static z_stream theirs_z; /* of agree: made at first need */

static void agree(const uint8_t *in, size_t len)
{
    static const uint8_t zeros[512];
    static struct outcome ours, theirs;
    if (theirs_z.state == NULL)
        assert_int_equal(inflateInit2(&theirs_z, -15), Z_OK);
    inflateReset(&theirs_z);
    ours.bad = ours.full = theirs.bad = theirs.full = false;
    ours.len = theirs.len = 0;
    struct wsp_inflate_call io = {.out = ours.out, .out_cap = LONGEST, .window = 32768};
    wsp_inflate_init(inflate_fix.z);
    zlib_feed(&theirs_z, &theirs, in, len);
    our_feed(&io, &ours, guard_at_end(inflate_fix.in, in, len), len);
    /* One of them may see an error some bits before the other. */
    if (ours.bad && !theirs.bad)
        zlib_feed(&theirs_z, &theirs, zeros, sizeof zeros);
    if (theirs.bad && !ours.bad)
        our_feed(&io, &ours, zeros, sizeof zeros);
    size_t common = ours.len < theirs.len ? ours.len : theirs.len;
    if (memcmp(ours.out, theirs.out, common) != 0)
        fail_msg("other bytes");
    if (ours.full || theirs.full)
        return;
    if (ours.bad != theirs.bad || (!ours.bad && ours.len != theirs.len))
        fail_msg("ours %d %zu %s, zlib %d %zu %s", ours.bad, ours.len,
                 ours.bad ? inflate_fix.z->rule : "", theirs.bad, theirs.len,
                 theirs_z.msg ? theirs_z.msg : "");
}

static size_t pack(uint8_t *packed, size_t max)
{
    static uint8_t plain[LONGEST];
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE,
                                     Z_FIXED};
    z_stream zs = {0};
    int level = 1 + (int)rnd(9);
    assert_int_equal(deflateInit2(&zs, level, Z_DEFLATED, -15, 9, strategies[rnd(5)]), Z_OK);
    zs.next_out = packed;
    zs.avail_out = (uInt)max;
    for (unsigned n = 1 + rnd(3); n > 0; n--) {
        zs.next_in = plain;
        zs.avail_in = (uInt)makers[rnd(ARRAY_LEN(makers))](plain, 1 + rnd(1500));
        deflate(&zs, n == 1 && rnd(2) ? Z_FINISH : Z_SYNC_FLUSH);
    }
    size_t len = max - zs.avail_out;
    deflateEnd(&zs);
    return len;
}

static void inflate_agrees_with_zlib_on_spoiled_streams(void **state)
{
    (void)state;
    static uint8_t good[8192], packed[8192];
    seed = 7;
    for (unsigned i = 0; i < (test_subset() ? 20u : 3000u); i++) {
        size_t len = pack(good, sizeof good);
        agree(good, len);
        for (unsigned k = 0; k < 60; k++) {
            memcpy(packed, good, len);
            unsigned flips = rnd(3);
            /* Headers are where most is decided. */
            for (unsigned f = 0; f < flips; f++)
                packed[rnd(2) ? rnd((unsigned)len) : rnd((unsigned)(len < 60 ? len : 60))] ^=
                    (uint8_t)(1u << rnd(8));
            agree(packed, flips == 0 ? rnd((unsigned)len) : len);
        }
    }
}

static void inflate_agrees_with_zlib_on_random_bytes(void **state)
{
    (void)state;
    uint8_t in[256];
    seed = 11;
    for (unsigned i = 0; i < (test_subset() ? 500u : 150000u); i++) {
        size_t len = 1 + rnd(sizeof in);
        make_random(in, len);
        /* a type that goes further than most */
        if (rnd(4))
            in[0] = (uint8_t)((in[0] & ~7u) | (rnd(2) ? 2u : 4u));
        agree(in, len);
    }
}

/* Headers whose codes are complete more often than random bytes are. */
static void inflate_agrees_with_zlib_on_random_headers(void **state)
{
    (void)state;
    seed = 13;
    for (unsigned i = 0; i < (test_subset() ? 500u : 60000u); i++) {
        struct writer w = {.bits = 0};
        unsigned lits = rnd(8) ? 257 + rnd(30) : 257 + rnd(32);
        unsigned dists = 1 + rnd(rnd(8) ? 4 : 32);
        bits_put_counts(&w, lits, dists);
        unsigned short_code = 1 + rnd(9);
        for (unsigned at = 0; at < lits + dists; at++) {
            unsigned kind = rnd(40);
            bits_put_length(&w, kind < 30   ? (at == 256 || at >= lits ? rnd(3)
                                               : rnd(8)                ? 0
                                                                       : short_code)
                                : kind < 39 ? short_code
                                            : rnd(19));
            if (kind == 39)
                bits_put(&w, rnd(128), 2 + rnd(6));
        }
        for (unsigned k = 0; k < 40; k++)
            bits_put(&w, rnd(256), 8);
        agree(w.data, bits_len(&w));
    }
}

static int teardown(void **state)
{
    (void)inflateEnd(&theirs_z);
    return inflate_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inflate_reads_what_zlib_makes),
        cmocka_unit_test(inflate_agrees_with_zlib_on_spoiled_streams),
        cmocka_unit_test(inflate_agrees_with_zlib_on_random_bytes),
        cmocka_unit_test(inflate_agrees_with_zlib_on_random_headers),
    };
    return cmocka_run_group_tests(tests, inflate_setup, teardown);
}
