/*
 * bench_growth - how cost grows with connections, lengths, fragments, backlog and receivers. `make
 * bench-growth` runs it; it fails when a rule is broken. SPDX-License-Identifier: MIT
 */
#include "bench/growth.h"

#include "bench/json.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS_DEFAULT = 5, ROUNDS_MAX = 99 };

static const struct growth_curve *const curves[] = {
    &growth_connections, &growth_received,        &growth_sent,          &growth_fragments,
    &growth_waiting,     &growth_broadcast_short, &growth_broadcast_long};

enum { CURVES = sizeof curves / sizeof *curves };

struct options {
    struct growth_setup setup;
    const char *row, *json;
};

static int usage(const char *program)
{
    (void)fprintf(stderr,
                  "usage: %s [--rounds 1-%d] [--row PART-OF-ITS-NAME] [--small 1] [--json FILE]\n"
                  "An option's empty value means its default.\n",
                  program, ROUNDS_MAX);
    return 2;
}

static bool read_option(struct options *o, const char *name, const char *value)
{
    if (*value == '\0')
        return strncmp(name, "--", 2) == 0;
    if (strcmp(name, "--rounds") == 0) {
        unsigned long n = strtoul(value, NULL, 10);
        o->setup.rounds = (unsigned)n;
        return n >= 1 && n <= ROUNDS_MAX;
    }
    if (strcmp(name, "--small") == 0)
        return o->setup.small = true;
    if (strcmp(name, "--row") == 0)
        return o->row = value, true;
    return o->json = value, strcmp(name, "--json") == 0;
}

static bool measure(struct growth_sheet *s)
{
    const struct growth_curve *c = s->curve;
    while (s->points < GROWTH_POINTS && c->count[s->points] > 0 &&
           (!s->setup.small || c->count[s->points] <= c->small)) {
        size_t i = s->points++;
        if (!c->measure(s->value[i], c->count[i], &s->setup)) {
            (void)fprintf(stderr, "bench-growth: %s, %zu %s\n", c->name, c->count[i], c->counted);
            return false;
        }
    }
    return true;
}

static bool write_json(const char *path, const struct machine *m, const struct growth_sheet *s,
                       size_t count)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return perror(path), false;
    (void)fprintf(f, "{\n");
    json_machine(f, m);
    (void)fprintf(f, "  \"rounds\": %u,\n  \"curves\": [\n", s->setup.rounds);
    for (size_t i = 0; i < count; i++) {
        growth_json(f, &s[i]);
        (void)fprintf(f, i + 1 < count ? ",\n" : "\n");
    }
    (void)fprintf(f, "  ]\n}\n");
    if (fclose(f) != 0)
        return perror(path), false;
    return true;
}

int main(int argc, char **argv)
{
    static struct growth_sheet sheet[CURVES];
    struct options o = {{ROUNDS_DEFAULT, false}, "", NULL};
    struct machine m;
    size_t count = 0;
    unsigned broken = 0;
    for (int i = 1; i < argc; i += 2)
        if (i + 1 == argc || !read_option(&o, argv[i], argv[i + 1]))
            return usage(argv[0]);
    machine_read(&m);
    printf("# Growth\n\n%s, %ld CPUs, %s; %s\n%s, %s\n\n", m.cpu, m.cpus, m.caches, m.system,
           m.compiler, m.flags);
    printf("One thread, in memory, the fastest of %u rounds.\n", o.setup.rounds);
    for (size_t i = 0; i < CURVES; i++) {
        if (strstr(curves[i]->name, o.row) == NULL)
            continue;
        struct growth_sheet *s = &sheet[count++];
        s->curve = curves[i];
        s->setup = o.setup;
        if (!measure(s))
            return 1;
        broken += growth_print(s);
    }
    if (count == 0)
        return growth_failed("no curve is called that"), 2;
    printf("\n%s\n",
           broken > 0 ? "RULES ARE BROKEN: something grows more than it may." : "All rules hold.");
    return (o.json == NULL || write_json(o.json, &m, sheet, count)) && broken == 0 ? 0 : 1;
}
