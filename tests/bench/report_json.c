/* report_json - everything, each round. SPDX-License-Identifier: MIT */
#include "bench/json.h"
#include "bench/report.h"

static void head(FILE *f, const struct report *r)
{
    (void)fprintf(f, "{\n");
    json_machine(f, &r->machine);
    (void)fprintf(f, "  \"peers\": {");
    for (unsigned p = 0; p < WS_PEERS; p++) {
        (void)fprintf(f, "%s", p > 0 ? ", " : "");
        if (ws_peers[p]->version != NULL)
            json_text(f, ws_peers[p]->name, ws_peers[p]->version());
        else
            (void)fprintf(f, "\"%s\": null", ws_peers[p]->name);
    }
    (void)fprintf(f, "},\n  \"rounds\": %u,\n", r->rounds);
    if (r->has_idle) {
        idle_json(f, &r->idle);
        (void)fprintf(f, ",\n");
    }
    (void)fprintf(f, "  \"rows\": [\n");
}

static void score(FILE *f, const struct result *r, unsigned p)
{
    const struct score *s = &r->score[p];
    json_text(f, "peer", ws_peers[p]->name);
    (void)fprintf(f, ", \"median_ns\": %.4g, \"minimum_ns\": %.4g, \"rounds_ns\": [",
                  s->median * 1e9, s->minimum * 1e9);
    for (unsigned i = 0; i < r->rounds; i++)
        (void)fprintf(f, "%s%.5g", i > 0 ? ", " : "", s->round[i] * 1e9);
    (void)fprintf(f, "]}");
}

static void row(FILE *f, const struct result *r)
{
    const struct series *s = r->row.series;
    const struct bar *bar = series_bar(s, r->row.size);
    unsigned best = result_best(r, bar != NULL ? bar->peers : WS_ALL);
    (void)fprintf(f, "    {");
    json_text(f, "group", s->group);
    (void)fprintf(f, ", ");
    json_text(f, "name", s->name);
    (void)fprintf(f, ", \"size\": %zu, ", r->row.size);
    json_text(f, "unit", s->contest->unit);
    if (best != WS_OURS) {
        (void)fprintf(f, ", ");
        json_text(f, "best", ws_peers[best]->name);
        (void)fprintf(f, ", \"ratio\": %.4f", result_ratio(r, best));
    }
    if (bar != NULL)
        (void)fprintf(f, ", \"bar\": %.2f", bar->limit);
    (void)fprintf(f, ", \"scores\": [");
    const char *before = "\n      {";
    for (unsigned p = 0; p < WS_PEERS; p++) {
        if (!r->score[p].measured)
            continue;
        (void)fprintf(f, "%s", before);
        score(f, r, p);
        before = ",\n      {";
    }
    (void)fprintf(f, "]}");
}

void report_json(FILE *f, const struct report *r)
{
    head(f, r);
    for (size_t i = 0; i < r->count; i++) {
        row(f, &r->result[i]);
        (void)fprintf(f, i + 1 < r->count ? ",\n" : "\n");
    }
    (void)fprintf(f, "  ]\n}\n");
}
