/* SPDX-License-Identifier: MIT */
#include "bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The least that is timed at once: it is long beside an interrupt. */
#define LEAST_SECONDS 0.004

/* The part of a round's time that others may have the processor. */
#define MOST_WAITING 0.01

enum { TRIES = 20 };

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double measure_quantile(const double *values, unsigned n, double part)
{
    double sorted[MEASURE_ROUNDS_MAX];
    memcpy(sorted, values, n * sizeof *values);
    qsort(sorted, n, sizeof *sorted, by_value);
    double at = part * (n - 1);
    unsigned below = (unsigned)at;
    unsigned above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/* Seconds that an empty lap takes: the median of many. */
static double empty_lap(void)
{
    static double lap;
    double laps[MEASURE_ROUNDS_MAX];
    if (lap > 0)
        return lap;
    for (unsigned i = 0; i < MEASURE_ROUNDS_MAX; i++) {
        struct stopwatch w = {0};
        for (unsigned k = 0; k < 16; k++) {
            stopwatch_start(&w);
            stopwatch_stop(&w);
        }
        laps[i] = w.seconds / w.laps;
    }
    return lap = measure_quantile(laps, MEASURE_ROUNDS_MAX, 0.5);
}

struct run {
    struct row row;
    unsigned peers;
    void *material;
    bool entered[WS_PEERS];
    void *state[WS_PEERS];
};

static bool wrong(const struct run *r, unsigned p, const char *what)
{
    const struct series *s = r->row.series;
    (void)fprintf(stderr, "bench: %s, %s, %zu bytes: %s %s\n", s->group, s->name, r->row.size,
                  ws_peers[p]->name, what);
    return false;
}

static bool enter(struct run *r)
{
    const struct contest *c = r->row.series->contest;
    for (unsigned p = 0; p < WS_PEERS; p++) {
        if ((r->peers & WS_BIT(p)) == 0 || ws_peers[p]->version == NULL ||
            !c->can(r->row.series, ws_peers[p]))
            continue;
        r->state[p] = c->enter != NULL ? c->enter(r->material, ws_peers[p]) : r->material;
        r->entered[p] = r->state[p] != NULL;
        if (!r->entered[p])
            return wrong(r, p, "cannot begin");
        if (!c->check(r->material, ws_peers[p], r->state[p]))
            return wrong(r, p, "gives a wrong answer");
    }
    return true;
}

static void leave(struct run *r)
{
    const struct contest *c = r->row.series->contest;
    for (unsigned p = 0; p < WS_PEERS; p++)
        if (r->entered[p] && c->leave != NULL)
            c->leave(ws_peers[p], r->state[p]);
}

static bool time_passes(double *seconds, const struct run *r, unsigned p)
{
    struct stopwatch w = {0};
    double units = 0;
    do {
        size_t n = r->row.series->contest->pass(r->material, ws_peers[p], r->state[p], &w);
        if (n == 0)
            return wrong(r, p, "fails when it is done again");
        units += (double)n;
    } while (w.seconds < LEAST_SECONDS);
    *seconds = (w.seconds - w.laps * empty_lap()) / units;
    return true;
}

/* Once more when the thread had to wait for the processor in between. */
static bool time_round(double *seconds, const struct run *r, unsigned p)
{
    for (unsigned tries = 0; tries < TRIES; tries++) {
        double cpu = machine_cpu_seconds(), begun = machine_seconds();
        if (!time_passes(seconds, r, p))
            return false;
        double passed = machine_seconds() - begun;
        if (passed - (machine_cpu_seconds() - cpu) < MOST_WAITING * passed)
            break;
    }
    return true;
}

/* All in turn, so that a machine that slows down slows all down; each round begins with another. */
static bool run_rounds(struct result *result, const struct run *r)
{
    for (unsigned round = 0; round < result->rounds; round++) {
        for (unsigned turn = 0; turn < WS_PEERS; turn++) {
            unsigned p = (round + turn) % WS_PEERS;
            if (r->entered[p] && !time_round(&result->score[p].round[round], r, p))
                return false;
        }
    }
    return true;
}

static void judge(struct score *s, unsigned rounds)
{
    s->measured = true;
    s->median = measure_quantile(s->round, rounds, 0.5);
    s->minimum = measure_quantile(s->round, rounds, 0);
    s->spread =
        (measure_quantile(s->round, rounds, 0.75) - measure_quantile(s->round, rounds, 0.25)) /
        s->median;
}

bool measure(struct result *result, struct row row, unsigned rounds, unsigned peers)
{
    struct run r = {.row = row, .peers = peers};
    *result = (struct result){.row = row, .rounds = rounds};
    r.material = row.series->contest->open(row.series, row.size);
    if (r.material == NULL)
        return wrong(&r, WS_OURS, "has no memory");
    bool ok = enter(&r) && run_rounds(result, &r);
    for (unsigned p = 0; p < WS_PEERS && ok; p++)
        if (r.entered[p])
            judge(&result->score[p], rounds);
    leave(&r);
    row.series->contest->close(r.material);
    return ok;
}

double result_ratio(const struct result *r, unsigned peer)
{
    double ratios[MEASURE_ROUNDS_MAX];
    for (unsigned i = 0; i < r->rounds; i++)
        ratios[i] = r->score[WS_OURS].round[i] / r->score[peer].round[i];
    return measure_quantile(ratios, r->rounds, 0.5);
}

unsigned result_best(const struct result *r, unsigned peers)
{
    unsigned best = WS_OURS;
    for (unsigned p = 0; p < WS_PEERS; p++)
        if ((peers & WS_BIT(p)) != 0 && r->score[p].measured &&
            (best == WS_OURS || r->score[p].median < r->score[best].median))
            best = p;
    return best;
}
