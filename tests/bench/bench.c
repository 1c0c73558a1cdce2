/*
 * bench - libwsproto beside its peers: receiving, sending, the handshake, the kernels. `make bench`
 * runs it. SPDX-License-Identifier: MIT
 */
#include "bench/report.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_DEFAULT = 11 };

struct options {
    unsigned rounds;
    size_t size;     /* 0: all */
    bool alone;      /* without peers, to see that all works */
    const char *row; /* what a row's group or name has to contain */
    const char *json;
};

static int usage(const char *program)
{
    (void)fprintf(stderr,
                  "usage: %s [--rounds 1-%d] [--row PART-OF-ITS-NAME] [--size BYTES]\n"
                  "    [--alone 1] [--json FILE]\n"
                  "An option's empty value means its default.\n",
                  program, MEASURE_ROUNDS_MAX);
    return 2;
}

static bool read_number(size_t *out, const char *text, size_t most)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    *out = n;
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && n >= 1 && n <= most;
}

static bool read_option(struct options *o, const char *name, const char *value)
{
    size_t rounds;
    if (*value == '\0')
        return strncmp(name, "--", 2) == 0;
    if (strcmp(name, "--rounds") == 0) {
        bool ok = read_number(&rounds, value, MEASURE_ROUNDS_MAX);
        o->rounds = (unsigned)rounds;
        return ok;
    }
    if (strcmp(name, "--size") == 0)
        return read_number(&o->size, value, SIZE_MAX);
    if (strcmp(name, "--row") == 0)
        return o->row = value, true;
    if (strcmp(name, "--alone") == 0)
        return o->alone = true;
    return o->json = value, strcmp(name, "--json") == 0;
}

static bool wants(const struct options *o, const char *name)
{
    return o->row == NULL || strstr(name, o->row) != NULL;
}

static bool wants_series(const struct options *o, const struct series *s)
{
    char name[256];
    (void)snprintf(name, sizeof name, "%s: %s", s->group, s->name);
    return wants(o, name);
}

static bool run_series(struct report *r, const struct series *s, const struct options *o)
{
    size_t begun = r->count;
    for (unsigned i = 0; i < SIZES_MAX && s->sizes[i] > 0; i++) {
        struct row row = {s, s->sizes[i]};
        if (o->size > 0 && o->size != row.size)
            continue;
        if (!measure(&r->result[r->count++], row, r->rounds, o->alone ? WS_ALONE : UINT_MAX))
            return false;
    }
    if (r->count > begun) {
        report_series(stdout, &r->result[begun], r->count - begun);
        (void)fflush(stdout);
    }
    return true;
}

static bool write_json(const struct report *r, const char *path)
{
    FILE *f = path != NULL ? fopen(path, "w") : NULL;
    if (path == NULL)
        return true;
    if (f == NULL) {
        perror(path);
        return false;
    }
    report_json(f, r);
    bool ok = ferror(f) == 0;
    if (fclose(f) != 0 || !ok) {
        perror(path);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct report r;
    struct options o = {.rounds = ROUNDS_DEFAULT};
    for (int i = 1; i < argc; i += 2)
        if (i + 1 == argc || !read_option(&o, argv[i], argv[i + 1]))
            return usage(argv[0]);
    machine_read(&r.machine);
    r.rounds = o.rounds;
    report_head(stdout, &r);
    for (size_t i = 0; i < all_series_count; i++)
        if (wants_series(&o, &all_series[i]) && !run_series(&r, &all_series[i], &o))
            return 1;
    r.has_idle = wants(&o, "memory: idle") && !o.alone;
    if (r.has_idle && !idle_measure(&r.idle))
        return 1;
    if (r.has_idle)
        idle_print(stdout, &r.idle);
    if (r.count == 0 && !r.has_idle) {
        (void)fprintf(stderr, "bench: no row is called that\n");
        return 2;
    }
    report_bars(stdout, &r);
    return write_json(&r, o.json) ? 0 : 1;
}
