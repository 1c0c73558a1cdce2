/* SPDX-License-Identifier: MIT */
#include "bench/flate_run.h"

#include "bench/machine.h"

#include "flate/inflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct peer *const peers[PEERS] = {&peer_ours, &peer_zlib, &peer_zlib_ng, &peer_libdeflate};

enum { OURS = 0 };

struct run {
    const struct flate_setup *setup;
    void *packer[PEERS], *unpacker[PEERS];
    size_t bytes[PEERS];   /* what each makes of the corpus */
    struct packed *packed; /* what each reads */
    uint8_t *room;         /* of the above */
    double times[2][PEERS][ROUNDS_MAX];
    uint8_t wire[PEER_OUT + PEER_TAIL_LEN], plain[PEER_OUT];
};

/* The output counts as read here: no compiler may leave out the making of it. */
static void use(const uint8_t *out)
{
#ifdef __GNUC__
    __asm__ volatile("" : : "r"(out) : "memory");
#else
    static const uint8_t *volatile seen;
    seen = out;
    (void)seen;
#endif
}

static bool wrong(const struct run *r, unsigned p, const char *what)
{
    (void)fprintf(stderr, "bench-flate: %s, level %u, takeover %d: %s\n", peers[p]->name,
                  r->setup->level, r->setup->takeover, what);
    return false;
}

unsigned flate_reference(void)
{
    for (unsigned p = 1; p < PEERS; p++)
        if (peer_has(peers[p], true))
            return p;
    return OURS;
}

static bool make_peers(struct run *r)
{
    for (unsigned p = 0; p < PEERS; p++) {
        if (!peer_has(peers[p], r->setup->takeover))
            continue;
        r->packer[p] = peers[p]->pack_new(r->setup->level, r->setup->takeover);
        r->unpacker[p] = peers[p]->unpack_new(r->setup->takeover);
        if (r->packer[p] == NULL || r->unpacker[p] == NULL)
            return wrong(r, p, "no memory");
    }
    return true;
}

static void free_run(struct run *r)
{
    for (unsigned p = 0; p < PEERS; p++) {
        if (r->packer[p] != NULL)
            peers[p]->pack_free(r->packer[p]);
        if (r->unpacker[p] != NULL)
            peers[p]->unpack_free(r->unpacker[p]);
    }
    free(r->packed);
    free(r->room);
    free(r);
}

/* ---------------------------------------------------------------- is it right */

/* What p makes is read by another program than it, and every byte compared. */
static bool check_packing(struct run *r, unsigned p)
{
    const struct corpus *c = r->setup->corpus;
    unsigned reader = p == OURS ? flate_reference() : OURS;
    peers[p]->pack_reset(r->packer[p]);
    peers[reader]->unpack_reset(r->unpacker[reader]);
    r->bytes[p] = 0;
    for (size_t i = 0; i < c->count; i++) {
        const uint8_t *message = c->bytes + c->offset[i];
        size_t len = peers[p]->pack(r->packer[p], r->wire, message, corpus_len(c, i));
        struct packed m = {.data = r->wire, .len = len};
        if (len == 0)
            return wrong(r, p, "a message was not compressed");
        memcpy(r->wire + len, PEER_TAIL, PEER_TAIL_LEN);
        size_t back = peers[reader]->unpack(r->unpacker[reader], r->plain, &m);
        if (back != corpus_len(c, i) || memcmp(r->plain, message, back) != 0)
            return wrong(r, p,
                         p == OURS ? "a peer reads something else than was compressed"
                                   : "we read something else than was compressed");
        r->bytes[p] += len;
    }
    return true;
}

static bool check_unpacking(struct run *r, unsigned p)
{
    const struct corpus *c = r->setup->corpus;
    peers[p]->unpack_reset(r->unpacker[p]);
    for (size_t i = 0; i < c->count; i++) {
        size_t back = peers[p]->unpack(r->unpacker[p], r->plain, &r->packed[i]);
        if (back != corpus_len(c, i) || memcmp(r->plain, c->bytes + c->offset[i], back) != 0)
            return wrong(r, p, "a message is decompressed to something else");
    }
    return true;
}

/* ---------------------------------------------------------------- what is decompressed */

/*
 * The same blocks as a stream with an end, at to. One block is made a final one by its first bit,
 * as uWebSockets does; several get the trailer and an empty final block behind them.
 */
static size_t make_ended(uint8_t *to, const struct packed *m, size_t plain_len)
{
    static struct wsp_inflate z;
    static uint8_t out[PEER_OUT];
    memcpy(to, m->data, m->len);
    to[0] |= 1;
    struct wsp_inflate_call io = {
        .in = to, .in_len = m->len, .out = out, .out_cap = sizeof out, .window = 32768};
    wsp_inflate_init(&z);
    if (wsp_inflate_run(&z, &io) == WSP_INFLATE_FINAL && io.out_at == plain_len)
        return m->len - io.in_len;
    to[0] = m->data[0];
    memcpy(to + m->len, PEER_TAIL "\x01\x00\x00\xFF\xFF", PEER_TAIL_LEN + PEER_END_LEN);
    return m->len + PEER_TAIL_LEN + PEER_END_LEN;
}

/* All decoders read what the reference has compressed at this level. */
static bool make_packed(struct run *r)
{
    const struct corpus *c = r->setup->corpus;
    unsigned p = flate_reference();
    size_t each = PEER_TAIL_LEN + PEER_END_LEN;
    r->packed = malloc(c->count * sizeof *r->packed);
    r->room = malloc(2 * (r->bytes[p] + c->count * each));
    if (r->packed == NULL || r->room == NULL)
        return wrong(r, p, "no memory");
    uint8_t *at = r->room;
    uint8_t *ended = r->room + r->bytes[p] + c->count * each;
    peers[p]->pack_reset(r->packer[p]);
    for (size_t i = 0; i < c->count; i++) {
        struct packed *m = &r->packed[i];
        m->len = peers[p]->pack(r->packer[p], r->wire, c->bytes + c->offset[i], corpus_len(c, i));
        m->data = memcpy(at, r->wire, m->len);
        memcpy(at + m->len, PEER_TAIL, PEER_TAIL_LEN);
        at += m->len + PEER_TAIL_LEN;
        m->ended = ended;
        m->ended_len = r->setup->takeover ? 0 : make_ended(ended, m, corpus_len(c, i));
        ended += m->ended_len;
    }
    return true;
}

/* ---------------------------------------------------------------- how long does it take */

/* The least that is timed: some decode the corpus in less than the clock is good for. */
#define LEAST_SECONDS 0.01

/* The whole corpus once; returns the bytes that came out. */
static size_t pack_all(struct run *r, unsigned p, double *seconds)
{
    const struct corpus *c = r->setup->corpus;
    size_t bytes = 0;
    peers[p]->pack_reset(r->packer[p]);
    double start = machine_cpu_seconds();
    for (size_t i = 0; i < c->count; i++) {
        bytes += peers[p]->pack(r->packer[p], r->wire, c->bytes + c->offset[i], corpus_len(c, i));
        use(r->wire);
    }
    *seconds += machine_cpu_seconds() - start;
    return bytes;
}

static size_t unpack_all(struct run *r, unsigned p, double *seconds)
{
    const struct corpus *c = r->setup->corpus;
    size_t bytes = 0;
    peers[p]->unpack_reset(r->unpacker[p]);
    double start = machine_cpu_seconds();
    for (size_t i = 0; i < c->count; i++) {
        bytes += peers[p]->unpack(r->unpacker[p], r->plain, &r->packed[i]);
        use(r->plain);
    }
    *seconds += machine_cpu_seconds() - start;
    return bytes;
}

/* What comes out has to be as long as it was when it was checked. */
static bool time_round(struct run *r, unsigned p, unsigned round)
{
    double packing = 0, unpacking = 0;
    unsigned packs = 0, unpacks = 0;
    for (; packing < LEAST_SECONDS; packs++)
        if (pack_all(r, p, &packing) != r->bytes[p])
            return wrong(r, p, "compresses differently the second time");
    for (; unpacking < LEAST_SECONDS; unpacks++)
        if (unpack_all(r, p, &unpacking) != corpus_total(r->setup->corpus))
            return wrong(r, p, "decompresses differently the second time");
    r->times[0][p][round] = packing / packs;
    r->times[1][p][round] = unpacking / unpacks;
    return true;
}

/* All in turn, so that a machine that slows down slows all down; each round begins with another. */
static bool rounds(struct run *r)
{
    for (unsigned round = 0; round < r->setup->rounds; round++) {
        for (unsigned turn = 0; turn < PEERS; turn++) {
            unsigned p = (round + turn) % PEERS;
            if (r->packer[p] != NULL && !time_round(r, p, round))
                return false;
        }
    }
    return true;
}

int flate_by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(const double *values, unsigned n)
{
    double sorted[ROUNDS_MAX];
    memcpy(sorted, values, n * sizeof *values);
    qsort(sorted, n, sizeof *sorted, flate_by_value);
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static void score(struct flate_score *s, struct run *r, unsigned what, unsigned p)
{
    const double *times = r->times[what][p], *ours = r->times[what][OURS];
    double ratios[ROUNDS_MAX];
    unsigned n = r->setup->rounds;
    s->median = median(times, n);
    s->minimum = times[0];
    for (unsigned i = 0; i < n; i++) {
        ratios[i] = times[i] / ours[i];
        if (times[i] < s->minimum)
            s->minimum = times[i];
    }
    s->ratio = p == OURS ? 0 : median(ratios, n);
    s->bytes = what == 0 ? r->bytes[p] : r->bytes[flate_reference()];
}

static void best_ratio(struct flate_score scores[PEERS])
{
    for (unsigned p = 1; p < PEERS; p++)
        if (scores[p].ratio > 0 &&
            (scores[OURS].ratio <= 0 || scores[p].ratio < scores[OURS].ratio))
            scores[OURS].ratio = scores[p].ratio;
}

static bool measure(struct run *r, struct flate_cell *cell)
{
    if (!make_peers(r))
        return false;
    for (unsigned p = 0; p < PEERS; p++)
        if (r->packer[p] != NULL && !check_packing(r, p))
            return false;
    if (!make_packed(r))
        return false;
    for (unsigned p = 0; p < PEERS; p++)
        if (r->unpacker[p] != NULL && !check_unpacking(r, p))
            return false;
    if (!rounds(r))
        return false;
    for (unsigned p = 0; p < PEERS; p++) {
        if (r->packer[p] == NULL)
            continue;
        score(&cell->pack[p], r, 0, p);
        score(&cell->unpack[p], r, 1, p);
    }
    best_ratio(cell->pack);
    best_ratio(cell->unpack);
    return true;
}

bool flate_run(struct flate_cell *cell, const struct flate_setup *setup)
{
    memset(cell, 0, sizeof *cell);
    struct run *r = calloc(1, sizeof *r);
    if (r == NULL)
        return false;
    r->setup = setup;
    bool ok = measure(r, cell);
    free_run(r);
    return ok;
}
