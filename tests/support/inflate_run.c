#include "support/inflate_run.h"

struct inflate_fixture inflate_fix;

/* ------------------------------------------------------------ running */

static void save(struct result *r, struct wsp_history *h, struct wsp_inflate_call *io)
{
    assert_true(r->len + io->out_at <= INFLATE_MOST);
    memcpy(r->out + r->len, io->out, io->out_at);
    r->len += io->out_at;
    wsp_history_save(h, io->out, io->out_at);
    io->out_at = 0;
}

/* Runs one piece of input to its end. */
static bool feed(struct result *r, struct wsp_history *h, struct wsp_inflate_call *io)
{
    for (;;) {
        size_t had = io->in_len;
        const uint8_t *was = io->in;
        bool tail = io->tail;
        r->status = wsp_inflate_run(inflate_fix.z, io);
        assert_true(io->out_at <= io->out_cap);
        if (tail == io->tail) {
            assert_true(io->in_len <= had);
            assert_ptr_equal(io->in, was + (had - io->in_len));
        } else {
            assert_true(tail && io->in_len <= 4);
        }
        if (r->status == WSP_INFLATE_OUTPUT) {
            assert_int_equal(io->out_at, io->out_cap);
            save(r, h, io);
        } else if (r->status == WSP_INFLATE_FINAL) {
            r->finals++;
            wsp_inflate_next(inflate_fix.z);
            if (io->in_len == 0 && !io->tail)
                return true;
        } else {
            if (r->status == WSP_INFLATE_INPUT)
                assert_true(io->in_len == 0 && !io->tail);
            return r->status == WSP_INFLATE_INPUT;
        }
    }
}

void inflate_run(struct result *r, const uint8_t *in, size_t len, struct way w)
{
    static uint8_t ring[32768];
    struct wsp_history h = {.data = ring, .size = w.history ? w.history : sizeof ring};
    size_t room = w.room ? w.room : INFLATE_MOST;
    struct wsp_inflate_call io = {.out = guard_at_end(inflate_fix.out, NULL, room),
                                  .out_cap = room,
                                  .history = &h,
                                  .window = w.window ? w.window : 32768};
    *r = (struct result){.used = 0};
    memset(inflate_fix.z, 0xA5, sizeof *inflate_fix.z);
    wsp_inflate_init(inflate_fix.z);
    size_t sent = w.tail ? len - 4 : len;
    size_t cut = w.cut ? w.cut : len;
    bool more;
    do {
        size_t n = sent - r->used < cut ? sent - r->used : cut;
        io.in = guard_at_end(inflate_fix.in, in + r->used, n);
        io.in_len = n;
        io.tail = w.tail && r->used + n == sent;
        more = feed(r, &h, &io);
        r->used += n - io.in_len;
    } while (more && r->used < sent);
    save(r, &h, &io);
    r->rule = inflate_fix.z->rule;
    r->between = wsp_inflate_between_blocks(inflate_fix.z);
    assert_int_equal(r->status == WSP_INFLATE_BAD, r->rule != NULL);
}

static void same(const struct result *a, const struct result *b)
{
    assert_int_equal(a->status, b->status);
    assert_ptr_equal(a->rule, b->rule);
    assert_int_equal(a->finals, b->finals);
    assert_int_equal(a->between, b->between);
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->out, b->out, a->len);
}

static void run_ways(const struct result *whole, const uint8_t *in, size_t len, struct way w)
{
    static struct result other;
    for (w.cut = 0; w.cut <= len && w.cut < 300; w.cut++) {
        inflate_run(&other, in, len, w);
        same(whole, &other);
    }
    for (w.room = 1; w.room <= 17; w.room++) {
        w.cut = 0;
        inflate_run(&other, in, len, w);
        same(whole, &other);
        w.cut = w.room % 3 + 1;
        inflate_run(&other, in, len, w);
        same(whole, &other);
    }
}

/* Whole, every cut in pieces of equal size, every room from 1 to 16, and both; the same again with
 * the tail left out. */
const struct result *inflate_run_all(const uint8_t *in, size_t len, size_t window)
{
    static struct result whole;
    inflate_run(&whole, in, len, (struct way){.window = window});
    run_ways(&whole, in, len, (struct way){.window = window});
    if (len >= 4 && memcmp(in + len - 4, "\x00\x00\xff\xff", 4) == 0)
        run_ways(&whole, in, len, (struct way){.window = window, .tail = true});
    return &whole;
}

/* ------------------------------------------------------------ hand-made streams */

/* Values go lowest bit first, code words highest bit first (RFC 1951 3.1.1). */
void bits_put(struct writer *w, unsigned value, unsigned bits)
{
    for (unsigned i = 0; i < bits; i++, w->bits++)
        w->data[w->bits / 8] |= (uint8_t)((i < 32 ? value >> i & 1 : 0) << w->bits % 8);
}

void bits_put_code(struct writer *w, unsigned code, unsigned bits)
{
    while (bits-- > 0)
        bits_put(w, code >> bits & 1, 1);
}

void bits_align(struct writer *w)
{
    w->bits = (w->bits + 7) / 8 * 8;
}

size_t bits_len(const struct writer *w)
{
    return (w->bits + 7) / 8;
}

/* RFC 1951 3.2.6 */
void bits_put_fixed(struct writer *w, unsigned symbol)
{
    if (symbol < 144)
        bits_put_code(w, 0x30 + symbol, 8);
    else if (symbol < 256)
        bits_put_code(w, 0x190 + symbol - 144, 9);
    else if (symbol < 280)
        bits_put_code(w, symbol - 256, 7);
    else
        bits_put_code(w, 0xC0 + symbol - 280, 8);
}

void bits_put_stored(struct writer *w, const uint8_t *data, unsigned len)
{
    bits_put(w, 0, 3);
    bits_align(w);
    bits_put(w, len, 16);
    bits_put(w, len ^ 0xFFFF, 16);
    for (unsigned i = 0; i < len; i++)
        bits_put(w, data[i], 8);
}

/* A dynamic block's header: all 19 code length codes have 5 bits but the first 13, which have 4. */
void bits_put_counts(struct writer *w, unsigned lits, unsigned dists)
{
    bits_put(w, 2 << 1, 3);
    bits_put(w, lits - 257, 5);
    bits_put(w, dists - 1, 5);
    bits_put(w, 19 - 4, 4);
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    for (unsigned i = 0; i < 19; i++)
        bits_put(w, order[i] < 13 ? 4 : 5, 3);
}

void bits_put_length(struct writer *w, unsigned symbol)
{
    if (symbol < 13)
        bits_put_code(w, symbol, 4);
    else
        bits_put_code(w, 26 + symbol - 13, 5);
}

void bits_put_zeros(struct writer *w, unsigned n)
{
    for (; n > 0; n--)
        bits_put_length(w, 0);
}

const struct result *inflate_run_writer(const struct writer *w)
{
    return inflate_run_all(w->data, bits_len(w), 0);
}

int inflate_setup(void **state)
{
    (void)state;
    inflate_fix.in = guard_new(70000);
    inflate_fix.out = guard_new(INFLATE_MOST);
    inflate_fix.z = malloc(sizeof *inflate_fix.z);
    return inflate_fix.z == NULL;
}

int inflate_teardown(void **state)
{
    (void)state;
    guard_free(inflate_fix.in);
    guard_free(inflate_fix.out);
    free(inflate_fix.z);
    return 0;
}
