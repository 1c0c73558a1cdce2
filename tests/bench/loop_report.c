/* SPDX-License-Identifier: MIT */
#include "bench/loop_report.h"

#include "bench/json.h"

#include <stdlib.h>

const char *const loop_names[LOOP_CONTENDERS] = {"libwsproto", "libwebsockets", "ws"};

/* ------------------------------------------------------------------ statistics */

struct summary {
    double median, least, most;
};

static double per_core(const struct loop_sample *s)
{
    return (double)s->score.messages / s->cpu;
}

static double per_second(const struct loop_sample *s)
{
    return (double)s->score.messages / s->score.seconds;
}

static double load_busy(const struct loop_sample *s)
{
    return s->score.busy / s->score.seconds;
}

static double server_busy(const struct loop_sample *s)
{
    return s->cpu / s->score.seconds;
}

static double p50(const struct loop_sample *s)
{
    return s->score.p50;
}

static double p99(const struct loop_sample *s)
{
    return s->score.p99;
}

static double p999(const struct loop_sample *s)
{
    return s->score.p999;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static struct summary summary_of(double values[], unsigned n)
{
    qsort(values, n, sizeof values[0], by_value);
    double middle = n % 2 != 0 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
    return (struct summary){middle, values[0], values[n - 1]};
}

static struct summary over_rounds(const struct loop_results *r, const struct loop_sample *s,
                                  double (*value)(const struct loop_sample *s))
{
    double values[LOOP_ROUNDS_MAX];
    for (unsigned i = 0; i < r->rounds; i++)
        values[i] = value(&s[i]);
    return summary_of(values, r->rounds);
}

/* Messages a core: ours / the best peer's of the same round; 0 where there is none. */
static struct summary ratio(const struct loop_results *r, const struct loop_cell *c)
{
    double values[LOOP_ROUNDS_MAX];
    for (unsigned i = 0; i < r->rounds; i++) {
        double best = 0;
        for (unsigned p = LOOP_OURS + 1; p < LOOP_CONTENDERS; p++)
            if (c->measured[p] && per_core(&c->sample[p][i]) > best)
                best = per_core(&c->sample[p][i]);
        if (best <= 0 || !c->measured[LOOP_OURS])
            return (struct summary){0, 0, 0};
        values[i] = per_core(&c->sample[LOOP_OURS][i]) / best;
    }
    return summary_of(values, r->rounds);
}

/* ------------------------------------------------------------------ Markdown */

static void print_cell_name(const struct loop_cell *c)
{
    if (c->bytes % 1024 == 0)
        printf("| %zu KiB%s | %u | %u |", c->bytes / 1024, c->deflate ? ", deflate" : "",
               c->connections, c->window);
    else
        printf("| %zu B%s | %u | %u |", c->bytes, c->deflate ? ", deflate" : "", c->connections,
               c->window);
}

static void print_head(const struct loop_results *r)
{
    const struct machine *m = &r->machine;
    printf("# Loopback echo: messages a second a core\n\n");
    printf("- machine: %s, %ld CPUs online; caches %s; %s\n", m->cpu, m->cpus, m->caches,
           m->system);
    printf("- compiler: %s; flags `%s`\n", m->compiler, m->flags);
    printf("- servers, a process each, all on core %d:", r->server_core);
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++)
        printf("%s %s%s", p > 0 ? "," : "", r->what[p][0] != '\0' ? r->what[p] : loop_names[p],
               r->what[p][0] != '\0' ? "" : " is left out");
    printf("\n- one load generator on core %d: texts, the window is how many a connection has "
           "outstanding; every byte of every echo is compared\n",
           r->load_core);
    printf("- medians of %u rounds of %.0f ms in which all servers take turns, after one that does "
           "not count; +- is half of what lies between the rounds' extremes, of the median\n",
           r->rounds, 1000 * r->seconds);
    printf("- a core: messages / CPU seconds of the server's process, kernel included\n\n");
}

static void print_per_core(const struct loop_results *r)
{
    printf("| messages | connections | window |");
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++)
        printf(" %s |", loop_names[p]);
    printf(" ours / best peer |\n| --- | ---: | ---: |");
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++)
        printf(" ---: |");
    printf(" ---: |\n");
    for (size_t i = 0; i < r->cell_count; i++) {
        const struct loop_cell *c = &r->cell[i];
        struct summary ours = ratio(r, c);
        print_cell_name(c);
        for (unsigned p = 0; p < LOOP_CONTENDERS; p++) {
            struct summary s = {0, 0, 0};
            if (c->measured[p])
                s = over_rounds(r, c->sample[p], per_core);
            if (s.median > 0)
                printf(" %.0f +-%.0f %% |", s.median, 50 * (s.most - s.least) / s.median);
            else
                printf(" - |");
        }
        if (ours.median > 0)
            printf(" %.2f |\n", ours.median);
        else
            printf(" - |\n");
    }
}

static void print_latency(const struct loop_results *r)
{
    printf("\n## Messages a second, and p50 / p99 / p99.9 of the latency in microseconds\n\n");
    printf("| messages | connections | window |");
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++)
        printf(" %s | latency |", loop_names[p]);
    printf("\n| --- | ---: | ---: |");
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++)
        printf(" ---: | ---: |");
    printf("\n");
    for (size_t i = 0; i < r->cell_count; i++) {
        const struct loop_cell *c = &r->cell[i];
        print_cell_name(c);
        for (unsigned p = 0; p < LOOP_CONTENDERS; p++) {
            const struct loop_sample *s = c->sample[p];
            if (c->measured[p])
                printf(" %.0f | %.0f / %.0f / %.0f |", over_rounds(r, s, per_second).median,
                       over_rounds(r, s, p50).median, over_rounds(r, s, p99).median,
                       over_rounds(r, s, p999).median);
            else
                printf(" - | - |");
        }
        printf("\n");
    }
}

static void print_memory(const struct loop_results *r)
{
    if (r->resident[LOOP_OURS] <= 0)
        return;
    printf("\n## Memory of the server's process a connection that is open and idle\n\n"
           "| | resident bytes | theirs / ours |\n| --- | ---: | ---: |\n");
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++)
        if (r->resident[p] > 0)
            printf("| %s | %.0f | %.1f |\n", loop_names[p], r->resident[p],
                   r->resident[p] / r->resident[LOOP_OURS]);
}

static void print_missed(const struct loop_results *r)
{
    for (size_t i = 0; i < r->cell_count; i++) {
        double ours = ratio(r, &r->cell[i]).median;
        if (ours <= 0 || ours >= 1)
            continue;
        printf("- missed: ");
        print_cell_name(&r->cell[i]);
        printf(" %.2f\n", ours);
    }
}

static void print_bar(const struct loop_results *r)
{
    size_t met = 0, compared = 0;
    double least = 0;
    for (size_t i = 0; i < r->cell_count; i++) {
        double ours = ratio(r, &r->cell[i]).median;
        if (ours <= 0)
            continue;
        compared++;
        met += ours >= 1;
        if (compared == 1 || ours < least)
            least = ours;
    }
    if (compared > 0)
        printf("\nBar, 1.00 of the best peer's messages a second a core: met in %zu of %zu rows, "
               "least %.2f\n",
               met, compared, least);
    else
        printf("\nBar, 1.00 of the best peer's messages a second a core: NO PEER IS INSTALLED\n");
    print_missed(r);
}

void loop_print(const struct loop_results *r)
{
    print_head(r);
    print_per_core(r);
    print_latency(r);
    print_memory(r);
    print_bar(r);
}

/* ------------------------------------------------------------------ JSON */

static void json_summary(FILE *f, const char *name, struct summary s)
{
    (void)fprintf(f, ", \"%s\": {\"median\": %.3f, \"least\": %.3f, \"most\": %.3f}", name,
                  s.median, s.least, s.most);
}

static void json_series(FILE *f, const struct loop_results *r, const struct loop_sample *s)
{
    json_summary(f, "messages_per_cpu_second", over_rounds(r, s, per_core));
    json_summary(f, "messages_per_second", over_rounds(r, s, per_second));
    json_summary(f, "p50_us", over_rounds(r, s, p50));
    json_summary(f, "p99_us", over_rounds(r, s, p99));
    json_summary(f, "p999_us", over_rounds(r, s, p999));
    json_summary(f, "server_busy", over_rounds(r, s, server_busy));
    json_summary(f, "load_busy", over_rounds(r, s, load_busy));
}

static void json_cell(FILE *f, const struct loop_results *r, const struct loop_cell *c)
{
    (void)fprintf(f, "    {\"bytes\": %zu, \"connections\": %u, \"window\": %u, \"deflate\": %s",
                  c->bytes, c->connections, c->window, c->deflate ? "true" : "false");
    json_summary(f, "ours_to_best_peer", ratio(r, c));
    (void)fprintf(f, ", \"servers\": [");
    const char *before = "\n";
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++) {
        if (!c->measured[p])
            continue;
        (void)fprintf(f, "%s      {", before);
        json_text(f, "server", loop_names[p]);
        json_series(f, r, c->sample[p]);
        (void)fprintf(f, "}");
        before = ",\n";
    }
    (void)fprintf(f, "\n    ]}");
}

void loop_write_json(FILE *f, const struct loop_results *r)
{
    (void)fprintf(f, "{\n");
    json_machine(f, &r->machine);
    (void)fprintf(f, "  \"servers\": {");
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++) {
        (void)fprintf(f, "%s", p > 0 ? ", " : "");
        json_text(f, loop_names[p], r->what[p]);
    }
    (void)fprintf(f, "},\n  \"resident\": {");
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++)
        (void)fprintf(f, "%s\"%s\": %.0f", p > 0 ? ", " : "", loop_names[p], r->resident[p]);
    (void)fprintf(f, "},\n  \"rounds\": %u, \"seconds\": %.3f,\n  \"results\": [\n", r->rounds,
                  r->seconds);
    for (size_t i = 0; i < r->cell_count; i++) {
        json_cell(f, r, &r->cell[i]);
        (void)fprintf(f, i + 1 < r->cell_count ? ",\n" : "\n");
    }
    (void)fprintf(f, "  ]\n}\n");
}
