/* flate_bars - what is asked of lib/flate, and what is reached. SPDX-License-Identifier: MIT */
#include "bench/flate_bars.h"

enum { OURS = 0, ZLIB = 1 };

/* At these levels ours is twice as fast as zlib, and this much larger at most. */
static const double size_limit[LEVELS + 1] = {[1] = 1.040, [6] = 1.015};
#define SPEED_LIMIT 2.0
#define INFLATE_LIMIT 1.0

bool flate_is_better(const struct flate_group *g, unsigned level, unsigned p, unsigned at)
{
    const struct flate_score *ours = &g->cell[level].pack[OURS], *its = &g->cell[at].pack[p];
    return p != OURS && its->bytes > 0 && its->median < ours->median && its->bytes < ours->bytes;
}

/* Of all decoders, the fastest that is not ours. */
static unsigned best_reader(const struct flate_cell *c)
{
    unsigned best = OURS;
    for (unsigned p = 1; p < PEERS; p++)
        if (c->unpack[p].ratio > 0 && (best == OURS || c->unpack[p].ratio < c->unpack[best].ratio))
            best = p;
    return best;
}

static struct flate_bar better_bar(const struct flate_group *g, unsigned level)
{
    struct flate_bar bar = {.what = "deflate, peers both faster and smaller", .peer = ""};
    for (unsigned at = 1; at <= LEVELS; at++)
        for (unsigned p = 1; p < PEERS; p++)
            if (flate_is_better(g, level, p, at)) {
                bar.peer = peers[p]->name;
                bar.value++;
            }
    return bar;
}

static bool any_packs(const struct flate_group *g)
{
    for (unsigned p = 1; p < PEERS; p++)
        if (peer_has(peers[p], g->takeover))
            return true;
    return false;
}

unsigned flate_bars(struct flate_bar bars[FLATE_BARS_A_LEVEL], const struct flate_group *g,
                    unsigned level)
{
    const struct flate_cell *c = &g->cell[level];
    const unsigned best = best_reader(c);
    const char *zlib = peers[ZLIB]->name;
    unsigned n = 0;
    if (best != OURS)
        bars[n++] = (struct flate_bar){.what = "inflate, speed",
                                       .peer = peers[best]->name,
                                       .value = c->unpack[best].ratio,
                                       .limit = INFLATE_LIMIT,
                                       .at_least = true};
    if (any_packs(g))
        bars[n++] = better_bar(g, level);
    if (size_limit[level] > 0 && c->pack[ZLIB].bytes > 0) {
        double size = (double)c->pack[OURS].bytes / (double)c->pack[ZLIB].bytes;
        bars[n++] = (struct flate_bar){.what = "deflate, speed",
                                       .peer = zlib,
                                       .value = c->pack[ZLIB].ratio,
                                       .limit = SPEED_LIMIT,
                                       .at_least = true};
        bars[n++] = (struct flate_bar){
            .what = "deflate, size", .peer = zlib, .value = size, .limit = size_limit[level]};
    }
    for (unsigned i = 0; i < n; i++) {
        struct flate_bar *b = &bars[i];
        b->group = g;
        b->level = level;
        b->reached = b->at_least ? b->value >= b->limit : b->value <= b->limit;
    }
    return n;
}

static void print_miss(const struct flate_bar *b)
{
    printf("- %s, %s, level %u: %s: ", corpus_name(b->group->kind),
           b->group->takeover ? "context takeover" : "no takeover", b->level, b->what);
    if (b->limit > 0)
        printf("%.3f of %s, the bar is %.3f\n", b->value, b->peer, b->limit);
    else
        printf("%.0f, such as %s\n", b->value, b->peer);
}

/* Returns how many of a level's bars are reached; *missed counts the others. */
static unsigned print_misses(const struct flate_group *g, unsigned level, unsigned *missed)
{
    struct flate_bar bars[FLATE_BARS_A_LEVEL];
    unsigned n = g->measured[level] ? flate_bars(bars, g, level) : 0;
    unsigned reached = 0;
    for (unsigned i = 0; i < n; i++) {
        reached += bars[i].reached;
        if (bars[i].reached)
            continue;
        if ((*missed)++ == 0)
            printf("\nMissed:\n\n");
        print_miss(&bars[i]);
    }
    return reached;
}

void flate_print_reached(const struct flate_results *r)
{
    unsigned reached = 0, missed = 0;
    for (size_t i = 0; i < r->group_count; i++)
        for (unsigned level = 1; level <= LEVELS; level++)
            reached += print_misses(&r->group[i], level, &missed);
    printf("\nReached %u of %u bars.\n", reached, reached + missed);
}
