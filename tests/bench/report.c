/* report - the tables. SPDX-License-Identifier: MIT */
#include "bench/report.h"

#include <string.h>

void report_head(FILE *f, const struct report *r)
{
    const struct machine *m = &r->machine;
    (void)fprintf(f, "%s, %ld CPUs, %s; %s\n%s, %s\n\n", m->cpu, m->cpus, m->caches, m->system,
                  m->compiler, m->flags);
    (void)fprintf(
        f,
        "One thread, in memory, median of %u interleaved rounds; the spread "
        "is that of the middle half of the rounds.\nRatio: our time / the best peer's of the "
        "bar, lower is better.\n\nPeers: ",
        r->rounds);
    for (unsigned p = WS_MEMCPY + 1; p < WS_PEERS; p++) {
        const struct ws_peer *peer = ws_peers[p];
        (void)fprintf(f, "%s%s %s", p > WS_MEMCPY + 1 ? ", " : "", peer->name,
                      peer->version != NULL ? peer->version() : "(not installed)");
    }
    (void)fprintf(f, ".\n");
}

static void print_size(FILE *f, size_t size)
{
    if (size >= 1 << 20 && size % (1 << 20) == 0)
        (void)fprintf(f, "%zu MiB", size >> 20);
    else if (size >= 1 << 10 && size % (1 << 10) == 0)
        (void)fprintf(f, "%zu KiB", size >> 10);
    else
        (void)fprintf(f, "%zu B", size);
}

/* Three digits that count. */
static void print_number(FILE *f, double x)
{
    (void)fprintf(f, "%.*f", x < 10 ? 2 : x < 100 ? 1 : 0, x);
}

static void print_score(FILE *f, const struct result *r, unsigned p)
{
    const struct score *s = &r->score[p];
    (void)fprintf(f, " | ");
    if (!s->measured)
        return;
    if (r->row.series->contest->speed)
        print_number(f, (double)r->row.size / s->median * 1e-9);
    else
        print_number(f, s->median * 1e9);
    if (p == WS_OURS)
        (void)fprintf(f, " ±%.0f %%", s->spread * 50);
}

static bool in_series(const struct result *first, size_t count, unsigned p)
{
    for (size_t i = 0; i < count; i++)
        if (first[i].score[p].measured)
            return true;
    return false;
}

static void print_bar(FILE *f, const struct result *r)
{
    const struct bar *bar = series_bar(r->row.series, r->row.size);
    unsigned best = result_best(r, bar != NULL ? bar->peers : WS_ALL);
    if (best == WS_OURS) {
        (void)fprintf(f, " | | | ");
        return;
    }
    double ratio = result_ratio(r, best);
    (void)fprintf(f, " | %.2f %s", ratio, ws_peers[best]->name);
    if (bar == NULL)
        (void)fprintf(f, " | | ");
    else
        (void)fprintf(f, " | %.2f | %s", bar->limit, ratio <= bar->limit ? "yes" : "**no**");
}

void report_series(FILE *f, const struct result *first, size_t count)
{
    const struct series *s = first->row.series;
    bool any[WS_PEERS];
    (void)fprintf(f, "\n%s: %s, %s%s\n\n", s->group, s->name, s->contest->speed ? "GB/s" : "ns a ",
                  s->contest->speed ? "" : s->contest->unit);
    if (s->contest->rule != NULL)
        (void)fprintf(f, "(%s)\n\n", s->contest->rule);
    (void)fprintf(f, "| |");
    for (unsigned p = 0; p < WS_PEERS; p++) {
        any[p] = in_series(first, count, p);
        if (any[p])
            (void)fprintf(f, " %s |", ws_peers[p]->name);
    }
    (void)fprintf(f, " ours / best | bar | reached |\n| --- |");
    for (unsigned p = 0; p < WS_PEERS; p++)
        if (any[p])
            (void)fprintf(f, " ---: |");
    (void)fprintf(f, " ---: | ---: | --- |\n");
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(f, "| ");
        print_size(f, first[i].row.size);
        for (unsigned p = 0; p < WS_PEERS; p++)
            if (any[p])
                print_score(f, &first[i], p);
        print_bar(f, &first[i]);
        (void)fprintf(f, " |\n");
    }
}

void report_bars(FILE *f, const struct report *r)
{
    size_t reached = 0, of = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct result *x = &r->result[i];
        const struct bar *bar = series_bar(x->row.series, x->row.size);
        unsigned best = bar != NULL ? result_best(x, bar->peers) : WS_OURS;
        if (best == WS_OURS)
            continue;
        double ratio = result_ratio(x, best);
        of++;
        reached += ratio <= bar->limit;
        if (ratio <= bar->limit)
            continue;
        (void)fprintf(f, "%s%s: %s, ", of - reached == 1 ? "\nMissed:\n\n- " : "- ",
                      x->row.series->group, x->row.series->name);
        print_size(f, x->row.size);
        (void)fprintf(f, ": %.2f of %s, the bar is %.2f\n", ratio, ws_peers[best]->name,
                      bar->limit);
    }
    (void)fprintf(f, "\nReached %zu of %zu bars.\n", reached, of);
}
