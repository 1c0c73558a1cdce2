/* flate_json - the same numbers for programs. SPDX-License-Identifier: MIT */
#include "bench/flate_bars.h"
#include "bench/json.h"

static void peer_versions(FILE *f, const struct flate_results *r)
{
    (void)fprintf(f, "  \"peers\": {");
    for (unsigned p = 1; p < PEERS; p++) {
        (void)fprintf(f, "%s", p > 1 ? ", " : "");
        if (peers[p]->version != NULL)
            json_text(f, peers[p]->name, peers[p]->version());
        else
            (void)fprintf(f, "\"%s\": null", peers[p]->name);
    }
    (void)fprintf(f, "},\n  \"rounds\": %u, \"seed\": %llu,\n", r->rounds,
                  (unsigned long long)r->seed);
}

static void half(FILE *f, const char *name, const struct flate_score *s, size_t plain)
{
    (void)fprintf(f,
                  "\"%s\": {\"median_s\": %.9f, \"minimum_s\": %.9f, \"median_mb_s\": %.3f, "
                  "\"wire_bytes\": %zu, \"ours_to_it\": ",
                  name, s->median, s->minimum, (double)plain / 1e6 / s->median, s->bytes);
    if (s->ratio > 0)
        (void)fprintf(f, "%.4f}", s->ratio);
    else
        (void)fprintf(f, "null}");
}

/* One object a peer and level. Returns what stands before the next. */
static const char *cell(FILE *f, const struct flate_group *g, unsigned level, const char *before)
{
    for (unsigned p = 0; p < PEERS; p++) {
        const struct flate_cell *c = &g->cell[level];
        if (c->pack[p].bytes == 0)
            continue;
        (void)fprintf(f, "%s    {", before);
        json_text(f, "data", corpus_name(g->kind));
        (void)fprintf(f, ", \"takeover\": %s, \"level\": %u, ", g->takeover ? "true" : "false",
                      level);
        json_text(f, "codec", peers[p]->name);
        (void)fprintf(f, ", \"messages\": %zu, \"plain_bytes\": %zu,\n     ", g->messages,
                      g->plain);
        half(f, "compress", &c->pack[p], g->plain);
        (void)fprintf(f, ",\n     ");
        half(f, "decompress", &c->unpack[p], g->plain);
        (void)fprintf(f, "}");
        before = ",\n";
    }
    return before;
}

static const char *bars(FILE *f, const struct flate_group *g, unsigned level, const char *before)
{
    struct flate_bar list[FLATE_BARS_A_LEVEL];
    unsigned n = g->measured[level] ? flate_bars(list, g, level) : 0;
    for (unsigned i = 0; i < n; i++) {
        const struct flate_bar *b = &list[i];
        (void)fprintf(f, "%s    {", before);
        json_text(f, "data", corpus_name(g->kind));
        (void)fprintf(f, ", \"takeover\": %s, \"level\": %u, ", g->takeover ? "true" : "false",
                      level);
        json_text(f, "what", b->what);
        (void)fprintf(f, ", ");
        json_text(f, "peer", b->peer);
        (void)fprintf(f, ", \"value\": %.4f, \"bar\": %.4f, \"at_least\": %s, \"reached\": %s}",
                      b->value, b->limit, b->at_least ? "true" : "false",
                      b->reached ? "true" : "false");
        before = ",\n";
    }
    return before;
}

static void memory(FILE *f, const struct flate_results *r)
{
    (void)fprintf(f, "  \"memory\": [");
    const char *before = "\n";
    for (size_t i = 0; i < r->memory_count; i++) {
        const struct memory_cell *m = &r->memory[i];
        (void)fprintf(
            f,
            "%s    {\"codec\": \"ours\", \"window_bits\": %u, \"takeover\": %s, \"open\": "
            "%zu, \"sending\": %zu, \"receiving\": %zu, \"blocks\": %zu, \"endpoint\": "
            "%zu}",
            before, m->window_bits, m->takeover ? "true" : "false", m->open, m->sending,
            m->receiving, m->blocks, m->endpoint);
        before = ",\n";
    }
    for (unsigned p = 1; p < PEERS; p++)
        for (unsigned i = 0; i < 6; i++) {
            const size_t *bytes = r->peer_memory[p][i / 3][i % 3];
            if (bytes[0] > 0)
                (void)fprintf(f,
                              ",\n    {\"codec\": \"%s\", \"least\": %s, \"window_bits\": %u, "
                              "\"takeover\": true, \"sending\": %zu, \"receiving\": %zu}",
                              peers[p]->name, i < 3 ? "false" : "true", flate_windows[i % 3],
                              bytes[0], bytes[1]);
        }
    (void)fprintf(f, "\n  ]\n");
}

void flate_write_json(FILE *f, const struct flate_results *r)
{
    (void)fprintf(f, "{\n");
    json_machine(f, &r->machine);
    peer_versions(f, r);
    (void)fprintf(f, "  \"results\": [");
    const char *before = "\n";
    for (size_t i = 0; i < r->group_count; i++)
        for (unsigned level = 1; level <= LEVELS; level++)
            before = cell(f, &r->group[i], level, before);
    (void)fprintf(f, "\n  ],\n  \"bars\": [");
    before = "\n";
    for (size_t i = 0; i < r->group_count; i++)
        for (unsigned level = 1; level <= LEVELS; level++)
            before = bars(f, &r->group[i], level, before);
    (void)fprintf(f, "\n  ],\n");
    memory(f, r);
    (void)fprintf(f, "}\n");
}
