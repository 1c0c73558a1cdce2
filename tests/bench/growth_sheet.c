/* growth_sheet - the rules, and the curves as Markdown and JSON. SPDX-License-Identifier: MIT */
#include "bench/growth.h"

#include "bench/json.h"

/* The first point from a count on; points: there is none. */
static size_t point_from(const struct growth_sheet *s, double from)
{
    size_t i = 0;
    while (i < s->points && (double)s->curve->count[i] < from)
        i++;
    return i;
}

/* The time of a small run is no measurement. */
static bool is_judged(const struct growth_sheet *s, const struct growth_rule *rule)
{
    bool exact = (s->curve->exact >> rule->column & 1) != 0;
    return rule->kind != 0 && (exact || !s->setup.small);
}

bool growth_holds(const struct growth_sheet *s, const struct growth_rule *rule, double *found)
{
    size_t first = point_from(s, rule->from), last = s->points - 1;
    *found = -1;
    if (!is_judged(s, rule) || first > last)
        return true;
    if (rule->kind == GROWTH_FACTOR) {
        double base = s->value[first][rule->column];
        *found = base > 0 ? s->value[last][rule->column] / base : -1;
        return first == last || *found <= rule->most;
    }
    for (size_t i = first; i <= last; i++)
        if (s->value[i][rule->column] > *found)
            *found = s->value[i][rule->column];
    return *found <= rule->most;
}

static unsigned columns(const struct growth_curve *c)
{
    unsigned n = 0;
    while (n < GROWTH_COLUMNS && c->column[n] != NULL)
        n++;
    return n;
}

/* Three digits that count. */
static void print_value(double x)
{
    if (x < 0)
        printf(" - |");
    else
        printf(" %.*f |", x < 0.0995 ? 3 : x < 9.95 ? 2 : x < 99.5 ? 1 : 0, x);
}

static void print_rule(const struct growth_sheet *s, const struct growth_rule *rule)
{
    double found;
    bool holds = growth_holds(s, rule, &found);
    if (!is_judged(s, rule))
        return;
    printf("- %s, %s: ", holds ? "holds" : "**BROKEN**", s->curve->column[rule->column]);
    if (rule->kind == GROWTH_FACTOR)
        printf("%zu %s / %.0f %s: %.2f times as much", s->curve->count[s->points - 1],
               s->curve->counted, rule->from, s->curve->counted, found);
    else
        printf("at most %.4g from %.0f %s on", found, rule->from, s->curve->counted);
    printf("; the bound is %.4g\n", rule->most);
}

unsigned growth_print(const struct growth_sheet *s)
{
    const struct growth_curve *c = s->curve;
    unsigned broken = 0;
    double found;
    printf("\n## %s\n\n%s\n\n| %s |", c->name, c->about, c->counted);
    for (unsigned k = 0; k < columns(c); k++)
        printf(" %s |", c->column[k]);
    printf("\n| ---: |");
    for (unsigned k = 0; k < columns(c); k++)
        printf(" ---: |");
    printf("\n");
    for (size_t i = 0; i < s->points; i++) {
        printf("| %zu |", c->count[i]);
        for (unsigned k = 0; k < columns(c); k++)
            print_value(s->value[i][k]);
        printf("\n");
    }
    printf("\n");
    for (unsigned i = 0; i < GROWTH_RULES; i++) {
        print_rule(s, &c->rule[i]);
        broken += !growth_holds(s, &c->rule[i], &found);
    }
    (void)fflush(stdout);
    return broken;
}

/* ---------------------------------------------------------------- JSON */

static void json_points(FILE *f, const struct growth_sheet *s)
{
    (void)fprintf(f, ",\n     \"points\": [");
    for (size_t i = 0; i < s->points; i++) {
        (void)fprintf(f, "%s[%zu", i > 0 ? ", " : "", s->curve->count[i]);
        for (unsigned k = 0; k < columns(s->curve); k++) {
            double x = s->value[i][k];
            (void)fprintf(f, x < 0 ? ", null" : ", %.6g", x);
        }
        (void)fprintf(f, "]");
    }
    (void)fprintf(f, "]");
}

static void json_rules(FILE *f, const struct growth_sheet *s)
{
    const char *before = "";
    (void)fprintf(f, ",\n     \"rules\": [");
    for (unsigned i = 0; i < GROWTH_RULES; i++) {
        const struct growth_rule *rule = &s->curve->rule[i];
        double found;
        bool holds = growth_holds(s, rule, &found);
        if (!is_judged(s, rule))
            continue;
        (void)fprintf(f, "%s{", before);
        json_text(f, "column", s->curve->column[rule->column]);
        (void)fprintf(f, ", \"kind\": \"%s\", \"from\": %.0f, \"found\": %.4g, \"most\": %.4g, ",
                      rule->kind == GROWTH_FACTOR ? "factor" : "each", rule->from, found,
                      rule->most);
        (void)fprintf(f, "\"holds\": %s}", holds ? "true" : "false");
        before = ", ";
    }
    (void)fprintf(f, "]");
}

void growth_json(FILE *f, const struct growth_sheet *s)
{
    (void)fprintf(f, "    {");
    json_text(f, "name", s->curve->name);
    (void)fprintf(f, ", ");
    json_text(f, "counted", s->curve->counted);
    (void)fprintf(f, ", \"columns\": [");
    for (unsigned k = 0; k < columns(s->curve); k++)
        (void)fprintf(f, "%s\"%s\"", k > 0 ? ", " : "", s->curve->column[k]);
    (void)fprintf(f, "]");
    json_points(f, s);
    json_rules(f, s);
    (void)fprintf(f, "}");
}
