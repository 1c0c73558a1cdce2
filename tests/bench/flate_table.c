/* flate_table - the Markdown. SPDX-License-Identifier: MIT */
#include "bench/flate_table.h"

#include "bench/flate_bars.h"

#include <string.h>

enum { OURS = 0, ZLIB = 1 };

const unsigned flate_windows[3] = {15, 12, 9};

static double rate(const struct flate_group *g, double seconds)
{
    return (double)g->plain / 1e6 / seconds;
}

void flate_print_head(const struct flate_results *r)
{
    const struct machine *m = &r->machine;
    printf("# permessage-deflate: ours and its peers\n\n");
    printf("- machine: %s, %ld CPUs online; caches %s; %s\n", m->cpu, m->cpus, m->caches,
           m->system);
    printf("- compiler: %s; flags `%s`\n", m->compiler, m->flags);
    printf("- peers, each as its own library:");
    for (unsigned p = 1; p < PEERS; p++)
        printf("%s %s %s", p > 1 ? "," : "", peers[p]->name,
               peers[p]->version != NULL ? peers[p]->version() : "not installed");
    printf("\n- messages of %d B to %d B, lengths spread evenly over their logarithms, seed %llu; "
           "window 15, sync flush, one call a message, resets included\n",
           CORPUS_SHORTEST, CORPUS_LONGEST, (unsigned long long)r->seed);
    printf(
        "- MB/s of plain bytes in the thread's CPU time: the median of %u rounds that run all in "
        "turn, then the fastest round. size: bytes on the wire without 00 00 FF FF\n",
        r->rounds);
    printf("- ours / it: speed above 1 and size below 1 are better; the median of the rounds' "
           "ratios. In our row: to the fastest peer of that level\n");
    printf("- all decompress what %s made at that level (libdeflate: the same blocks, the last one "
           "final)\n",
           peers[flate_reference()]->name);
    if (flate_reference() == OURS)
        printf("- NO PEER IS INSTALLED: what we make was read back by ourselves only\n");
    (void)fflush(stdout);
}

static void print_ratio(double value)
{
    if (value > 0)
        printf(" %.2f |", value);
    else
        printf(" - |");
}

static void print_row(const struct flate_group *g, unsigned level, unsigned p)
{
    const struct flate_cell *c = &g->cell[level];
    const struct flate_score *pack = &c->pack[p], *unpack = &c->unpack[p];
    printf("| %u | %s | %.1f | %.1f | %.4f |", level, p == OURS ? "**ours**" : peers[p]->name,
           rate(g, pack->median), rate(g, pack->minimum), (double)pack->bytes / (double)g->plain);
    print_ratio(pack->ratio);
    if (p == OURS)
        printf(" - |");
    else
        printf(" %.3f |", (double)c->pack[OURS].bytes / (double)pack->bytes);
    printf(" %.0f | %.0f |", rate(g, unpack->median), rate(g, unpack->minimum));
    print_ratio(unpack->ratio);
    printf("\n");
}

static void print_missing(const struct flate_group *g)
{
    for (unsigned p = 0; p < PEERS; p++)
        if (!peer_has(peers[p], g->takeover))
            printf("| - | %s | %s | | | | | | | |\n", peers[p]->name,
                   peers[p]->version == NULL ? "not installed" : "has no takeover");
}

/* The peers that at any of the levels measured are both faster and smaller than ours at level. */
static unsigned print_better(const struct flate_group *g, unsigned level)
{
    unsigned found = 0;
    for (unsigned at = 1; at <= LEVELS; at++)
        for (unsigned p = 1; p < PEERS; p++) {
            if (!flate_is_better(g, level, p, at))
                continue;
            printf("%s%s at its level %u", found > 0 ? ", " : "", peers[p]->name, at);
            found++;
        }
    return found;
}

void flate_print_group(const struct flate_group *g)
{
    printf("\n## %s, %s: %zu messages, %.2f MB\n\n", corpus_name(g->kind),
           g->takeover ? "context takeover" : "no takeover", g->messages, (double)g->plain / 1e6);
    printf("| level | codec | compress MB/s | fastest | size / plain | ours / it: speed | size "
           "| decompress MB/s | fastest | ours / it |\n"
           "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (unsigned level = 1; level <= LEVELS; level++)
        for (unsigned p = 0; p < PEERS && g->measured[level]; p++)
            if (peer_has(peers[p], g->takeover))
                print_row(g, level, p);
    print_missing(g);
    printf("\nBoth faster and smaller than ours:\n");
    for (unsigned level = 1; level <= LEVELS; level++) {
        if (!g->measured[level])
            continue;
        printf("- level %u: ", level);
        printf("%s\n", print_better(g, level) > 0 ? "" : "none");
    }
    (void)fflush(stdout);
}

/* ---------------------------------------------------------------- the bars of performance.md */

static void print_bar(double value, double bar, bool at_least)
{
    bool met = at_least ? value >= bar : value <= bar;
    printf(at_least ? " %.2f%s |" : " %.3f%s |", value, met ? "" : " missed");
}

/* Ours against zlib at one level. */
static void print_against_zlib(const struct flate_group *g, unsigned level, double size_bar)
{
    const struct flate_cell *c = &g->cell[level];
    if (c->pack[ZLIB].bytes == 0) {
        printf(" - | - |");
        return;
    }
    print_bar(c->pack[ZLIB].ratio, 2.0, true);
    print_bar((double)c->pack[OURS].bytes / (double)c->pack[ZLIB].bytes, size_bar, false);
}

void flate_print_bars(const struct flate_results *r)
{
    printf("\n## Against the bars\n\n"
           "| data | takeover | inflate / best peer, slowest level (1.00) | level 1: speed / zlib "
           "(2.00) | size / zlib (1.040) | level 6: speed / zlib (2.00) | size / zlib (1.015) |\n"
           "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n");
    for (size_t i = 0; i < r->group_count; i++) {
        const struct flate_group *g = &r->group[i];
        double lowest = 0;
        for (unsigned level = 1; level <= LEVELS; level++) {
            double ratio = g->cell[level].unpack[OURS].ratio;
            if (ratio > 0 && (lowest <= 0 || ratio < lowest))
                lowest = ratio;
        }
        printf("| %s | %s |", corpus_name(g->kind), g->takeover ? "yes" : "no");
        if (lowest > 0)
            print_bar(lowest, 1.0, true);
        else
            printf(" - |");
        print_against_zlib(g, 1, 1.040);
        print_against_zlib(g, 6, 1.015);
        printf("\n");
    }
}

/* ---------------------------------------------------------------- memory */

static void print_peer_memory(const struct flate_results *r, unsigned p)
{
    if (peers[p]->version == NULL) {
        printf("| %s | | | | not installed | | | | |\n", peers[p]->name);
        return;
    }
    for (unsigned i = 0; i < 6; i++) {
        unsigned w = i % 3, least = i / 3;
        const size_t *bytes = r->peer_memory[p][least][w];
        if (bytes[0] > 0)
            printf("| %s%s | %u | yes | - | %zu | %zu | %zu | - | - |\n", peers[p]->name,
                   least ? ", memLevel 1" : "", flate_windows[w], bytes[0], bytes[1],
                   bytes[0] + bytes[1]);
    }
}

void flate_print_memory(const struct flate_results *r)
{
    printf("\n## Memory of a server's connection: bytes asked of the allocator, level 6\n\n"
           "idle: OPEN, after JSON messages both ways. endpoint: shared by all its connections, "
           "buffers included. Of peers: their two streams alone, used likewise\n\n"
           "| codec | window | takeover | open | sending adds | receiving adds | idle | blocks "
           "| endpoint |\n"
           "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (size_t i = 0; i < r->memory_count; i++) {
        const struct memory_cell *m = &r->memory[i];
        printf("| **ours** | %u | %s | %zu | %zu | %zu | %zu | %zu | %zu |\n", m->window_bits,
               m->takeover ? "yes" : "no", m->open, m->sending, m->receiving,
               m->open + m->sending + m->receiving, m->blocks, m->endpoint);
    }
    for (unsigned p = 1; p < PEERS; p++)
        if (peers[p]->version == NULL || peers[p]->takeover)
            print_peer_memory(r, p);
}
