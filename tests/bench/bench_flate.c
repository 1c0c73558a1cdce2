/*
 * bench_flate - permessage-deflate's codecs beside zlib, zlib-ng and libdeflate, and what they cost
 * a connection in memory. `make bench-flate` runs it. SPDX-License-Identifier: MIT
 */
#include "bench/flate_bars.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* MEGABYTES: more than a core's own caches hold, so that a message is not there when its turn comes
 * again, as one that has just come from a network is not. */
enum { ROUNDS_DEFAULT = 11, MEGABYTES_DEFAULT = 4, SEED = 42 };

/* Bytes sent each way for the memory table: several of the largest windows. */
enum { MEMORY_BYTES = 256 * 1024 };

struct options {
    unsigned rounds, megabytes;
    const char *levels, *json;
    int kind; /* -1: all */
};

static int usage(const char *program)
{
    (void)fprintf(stderr,
                  "usage: %s [--rounds 1-%d] [--kind json|text|binary|random] [--levels 169]\n"
                  "    [--megabytes 1-1024] [--json FILE]\n"
                  "An option's empty value means its default.\n",
                  program, ROUNDS_MAX);
    return 2;
}

static bool read_number(unsigned *out, const char *text, unsigned most)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    *out = (unsigned)n;
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && n >= 1 && n <= most;
}

static bool read_kind(int *out, const char *text)
{
    for (int k = 0; k < CORPUS_KINDS; k++)
        if (strcmp(text, corpus_name((enum corpus_kind)k)) == 0) {
            *out = k;
            return true;
        }
    return false;
}

static bool read_option(struct options *o, const char *name, const char *value)
{
    if (*value == '\0')
        return strncmp(name, "--", 2) == 0;
    if (strcmp(name, "--rounds") == 0)
        return read_number(&o->rounds, value, ROUNDS_MAX);
    if (strcmp(name, "--megabytes") == 0)
        return read_number(&o->megabytes, value, 1024);
    if (strcmp(name, "--kind") == 0)
        return read_kind(&o->kind, value);
    if (strcmp(name, "--levels") == 0) {
        o->levels = value;
        return strspn(value, "123456789") == strlen(value);
    }
    o->json = value;
    return strcmp(name, "--json") == 0;
}

static bool run_group(struct flate_results *r, const struct corpus *c, enum corpus_kind kind,
                      bool takeover, const char *levels)
{
    struct flate_group *g = &r->group[r->group_count++];
    g->kind = kind;
    g->takeover = takeover;
    g->messages = c->count;
    g->plain = corpus_total(c);
    for (; *levels != '\0'; levels++) {
        unsigned level = (unsigned)(*levels - '0');
        struct flate_setup setup = {c, level, takeover, r->rounds};
        if (!flate_run(&g->cell[level], &setup))
            return false;
        g->measured[level] = true;
    }
    flate_print_group(g);
    return true;
}

static bool run_kind(struct flate_results *r, enum corpus_kind kind, const struct options *o)
{
    struct corpus c;
    if (!corpus_make(&c, kind, (size_t)o->megabytes << 20, r->seed))
        return false;
    bool ok = run_group(r, &c, kind, true, o->levels) && run_group(r, &c, kind, false, o->levels);
    corpus_free(&c);
    return ok;
}

static bool run_memory(struct flate_results *r)
{
    struct corpus c;
    bool ok = corpus_make(&c, CORPUS_JSON, MEMORY_BYTES, r->seed);
    if (!ok)
        return false;
    for (unsigned i = 0; i < MEMORY_ROWS && ok; i++) {
        struct memory_cell *m = &r->memory[r->memory_count++];
        m->window_bits = flate_windows[i % 3];
        m->takeover = i < 3;
        ok = memory_measure(m, &c);
    }
    for (unsigned p = 0; p < PEERS; p++)
        for (unsigned i = 0; i < 6 && ok && peers[p]->memory != NULL; i++)
            ok =
                peers[p]->memory(&c, flate_windows[i % 3], i >= 3, r->peer_memory[p][i / 3][i % 3]);
    corpus_free(&c);
    return ok;
}

static bool write_json(const struct flate_results *r, const char *path)
{
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        perror(path);
        return false;
    }
    flate_write_json(f, r);
    bool ok = ferror(f) == 0;
    if (fclose(f) != 0 || !ok) {
        perror(path);
        return false;
    }
    printf("\nThe numbers are in %s, too.\n", path);
    return true;
}

int main(int argc, char **argv)
{
    static struct flate_results r;
    struct options o = {ROUNDS_DEFAULT, MEGABYTES_DEFAULT, "169", NULL, -1};
    for (int i = 1; i < argc; i += 2)
        if (i + 1 == argc || !read_option(&o, argv[i], argv[i + 1]))
            return usage(argv[0]);
    machine_read(&r.machine);
    r.rounds = o.rounds;
    r.seed = SEED;
    flate_print_head(&r);
    for (int kind = 0; kind < CORPUS_KINDS; kind++)
        if ((o.kind < 0 || o.kind == kind) && !run_kind(&r, (enum corpus_kind)kind, &o))
            return 1;
    flate_print_bars(&r);
    if (!run_memory(&r))
        return 1;
    flate_print_memory(&r);
    flate_print_reached(&r);
    return o.json == NULL || write_json(&r, o.json) ? 0 : 1;
}
