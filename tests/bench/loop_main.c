/*
 * bench_loop - echo over 127.0.0.1: our example server beside libwebsockets' and Node's ws.
 * `make bench-loop` runs it. SPDX-License-Identifier: MIT
 *
 * The servers run all the time, on one core; who is not asked sleeps. The load generator runs on
 * another core. Rows with the same number of connections share the open connections.
 */
#define _DEFAULT_SOURCE
#include "bench/loop_report.h"
#include "bench/loop_server.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ROUNDS_DEFAULT = 5, RUN_MS_DEFAULT = 90, SIZES = 3, LEVELS = 3, WINDOWS = 2 };

/* The row with compression. */
enum { DEFLATE_BYTES = 1024, DEFLATE_CONNECTIONS = 100 };

static const size_t sizes[SIZES] = {125, 1024, 16384};
static const unsigned levels[LEVELS] = {1, 100, 1000};
static const unsigned windows[WINDOWS] = {1, LOOP_MESSAGES};

struct options {
    const char *program[LOOP_CONTENDERS]; /* "": not there */
    const char *modules;                  /* where npm has installed ws */
    const char *json, *only, *row;
    unsigned rounds, run_ms;
};

/* A contender that runs, and the connections to it. */
struct contender {
    struct loop_server server;
    struct loop_load *load;
    struct loop_script script[SIZES];
};

struct bench {
    struct options options;
    struct loop_results results;
    struct contender contender[LOOP_CONTENDERS];
};

static int usage(const char *program)
{
    (void)fprintf(
        stderr,
        "usage: %s [--ours PROGRAM] [--lws PROGRAM] [--ws SCRIPT --modules DIRECTORY]\n"
        "    [--rounds 1-%d] [--ms 1-10000] [--only SERVER] [--row BYTES/CONNECTIONS/WINDOW]\n"
        "    [--json FILE]\n"
        "An option's empty value means its default.\n",
        program, LOOP_ROUNDS_MAX);
    return 2;
}

static bool read_number(unsigned *out, const char *text, unsigned most)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    *out = (unsigned)n;
    return *text >= '0' && *text <= '9' && *end == '\0' && n >= 1 && n <= most;
}

static bool read_option(struct options *o, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {{"--ours", &o->program[LOOP_OURS]},
                 {"--lws", &o->program[LOOP_LWS]},
                 {"--ws", &o->program[LOOP_WS]},
                 {"--modules", &o->modules},
                 {"--only", &o->only},
                 {"--row", &o->row},
                 {"--json", &o->json}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].to = value;
            return true;
        }
    if (strcmp(name, "--rounds") == 0)
        return *value == '\0' || read_number(&o->rounds, value, LOOP_ROUNDS_MAX);
    if (strcmp(name, "--ms") == 0)
        return *value == '\0' || read_number(&o->run_ms, value, 10000);
    return false;
}

/* ------------------------------------------------------------------ contenders */

static bool wanted(const struct options *o, unsigned p)
{
    return *o->program[p] != '\0' && (*o->only == '\0' || strcmp(o->only, loop_names[p]) == 0);
}

static bool launch(struct bench *b, unsigned p, bool deflate)
{
    static char port[] = "--port", zero[] = "0", on[] = "--deflate", off[] = "--no-deflate",
                node[] = "node";
    const struct options *o = &b->options;
    char *const program = (char *)(uintptr_t)o->program[p];
    char *const modules = (char *)(uintptr_t)o->modules;
    char *const ours[] = {program, port, zero, deflate ? NULL : off, NULL};
    char *const lws[] = {program, deflate ? on : NULL, NULL};
    char *const ws[] = {node, program, modules, deflate ? on : NULL, NULL};
    char *const *const args[LOOP_CONTENDERS] = {ours, lws, ws};
    return loop_server_start(&b->contender[p].server, args[p], b->results.server_core);
}

static void stop(struct contender *c)
{
    loop_load_free(c->load);
    loop_server_end(&c->server);
    for (unsigned i = 0; i < SIZES; i++)
        loop_script_free(&c->script[i]);
    memset(c, 0, sizeof *c);
}

/* A peer that cannot do it is left out, and that is told. False: it is ours. */
static bool drop(struct bench *b, unsigned p, const char *why)
{
    (void)fprintf(stderr, "bench-loop: %s: %s\n", loop_names[p], why);
    stop(&b->contender[p]);
    return p != LOOP_OURS;
}

static bool start(struct bench *b, unsigned p, bool deflate)
{
    struct contender *c = &b->contender[p];
    memset(c, 0, sizeof *c);
    if (!wanted(&b->options, p))
        return true;
    if (!launch(b, p, deflate))
        return drop(b, p, "left out");
    (void)snprintf(b->results.what[p], sizeof b->results.what[p], "%s",
                   p == LOOP_OURS ? loop_names[p] : c->server.what);
    c->load = loop_load_new(c->server.port);
    if (c->load == NULL)
        return drop(b, p, "out of memory");
    for (unsigned i = 0; i < SIZES; i++)
        if ((!deflate || sizes[i] == DEFLATE_BYTES) &&
            !loop_script_learn(&c->script[i], loop_names[p], c->server.port, sizes[i], deflate))
            return drop(b, p, "left out");
    return true;
}

/* ------------------------------------------------------------------ rows */

static void add_row(struct bench *b, size_t bytes, unsigned connections, unsigned window,
                    bool deflate)
{
    char name[64];
    struct loop_cell *c = &b->results.cell[b->results.cell_count];
    (void)snprintf(name, sizeof name, "%zu/%u/%u", bytes, connections, window);
    if (*b->options.row != '\0' && strcmp(b->options.row, name) != 0)
        return;
    c->bytes = bytes;
    c->connections = connections;
    c->window = window;
    c->deflate = deflate;
    b->results.cell_count++;
}

static const struct loop_script *script_of(const struct contender *c, size_t bytes)
{
    for (unsigned i = 0; i < SIZES; i++)
        if (sizes[i] == bytes)
            return &c->script[i];
    return NULL;
}

/* One server's turn. */
static bool run(struct bench *b, unsigned p, struct loop_cell *cell, struct loop_sample *sample)
{
    struct contender *c = &b->contender[p];
    struct loop_task task = {script_of(c, cell->bytes), cell->connections, cell->window,
                             b->results.seconds};
    double cpu = loop_server_cpu(&c->server);
    if (!loop_load_open(c->load, task.script, cell->connections) ||
        !loop_load_run(c->load, &task, &sample->score))
        return false;
    sample->cpu = loop_server_cpu(&c->server) - cpu;
    return true;
}

/* Who begins changes from round to round. The first round only warms up. */
static bool run_round(struct bench *b, struct loop_cell *cell, unsigned round)
{
    struct loop_sample none;
    for (unsigned i = 0; i < LOOP_CONTENDERS; i++) {
        unsigned p = (i + round) % LOOP_CONTENDERS;
        struct loop_load *load = b->contender[p].load;
        struct loop_sample *sample = round > 0 ? &cell->sample[p][round - 1] : &none;
        if (load == NULL)
            continue;
        if (!run(b, p, cell, sample) && !drop(b, p, loop_load_failed(load)))
            return false;
    }
    return true;
}

/* The rows from there on, interleaved. */
static bool run_rows(struct bench *b, size_t first)
{
    struct loop_results *r = &b->results;
    for (unsigned round = 0; round <= r->rounds; round++)
        for (size_t i = first; i < r->cell_count; i++)
            if (!run_round(b, &r->cell[i], round))
                return false;
    for (size_t i = first; i < r->cell_count; i++)
        for (unsigned p = 0; p < LOOP_CONTENDERS; p++)
            r->cell[i].measured[p] = b->contender[p].load != NULL;
    return true;
}

static bool run_level(struct bench *b, unsigned connections)
{
    size_t first = b->results.cell_count;
    for (unsigned w = 0; w < WINDOWS; w++)
        for (unsigned i = 0; i < SIZES; i++)
            add_row(b, sizes[i], connections, windows[w], false);
    return run_rows(b, first);
}

static bool run_deflate(struct bench *b)
{
    size_t first = b->results.cell_count;
    add_row(b, DEFLATE_BYTES, DEFLATE_CONNECTIONS, 1, true);
    return run_rows(b, first);
}

/* The first connections bring what a process makes once. A row of its own: none. */
static bool run_memory(struct bench *b, unsigned p)
{
    enum { FEW = 100, MANY = 1100 };
    struct contender *c = &b->contender[p];
    if (!start(b, p, false))
        return false;
    if (c->load == NULL)
        return true;
    const struct loop_script *script = &c->script[0];
    bool ok = loop_load_open(c->load, script, FEW);
    double before = loop_server_resident(&c->server);
    ok = ok && loop_load_open(c->load, script, MANY);
    if (ok && before > 0)
        b->results.resident[p] = (loop_server_resident(&c->server) - before) / (MANY - FEW);
    ok = ok || drop(b, p, loop_load_failed(c->load));
    stop(c);
    return ok;
}

static bool run_all(struct bench *b, bool deflate)
{
    bool ok = true;
    for (unsigned p = 0; p < LOOP_CONTENDERS && ok && !deflate && *b->options.row == '\0'; p++)
        ok = run_memory(b, p);
    for (unsigned p = 0; p < LOOP_CONTENDERS && ok; p++)
        ok = start(b, p, deflate);
    for (unsigned i = 0; i < LEVELS && ok && !deflate; i++)
        ok = run_level(b, levels[i]);
    if (ok && deflate)
        ok = run_deflate(b);
    for (unsigned p = 0; p < LOOP_CONTENDERS; p++)
        stop(&b->contender[p]);
    return ok;
}

/* ------------------------------------------------------------------ the program */

/* The servers inherit it. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int report(const struct loop_results *r, const char *json)
{
    loop_print(r);
    if (*json == '\0')
        return 0;
    FILE *f = fopen(json, "w");
    if (f == NULL)
        return perror(json), 1;
    loop_write_json(f, r);
    if (fclose(f) != 0)
        return perror(json), 1;
    printf("\nThe numbers are in %s, too.\n", json);
    return 0;
}

static bool read_options(struct options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i += 2)
        if (i + 1 == argc || !read_option(o, argv[i], argv[i + 1]))
            return false;
    return true;
}

int main(int argc, char **argv)
{
    struct bench *b = calloc(1, sizeof *b);
    if (b == NULL)
        return 1;
    b->options = (struct options){.program = {"", "", ""},
                                  .modules = "",
                                  .json = "",
                                  .only = "",
                                  .row = "",
                                  .rounds = ROUNDS_DEFAULT,
                                  .run_ms = RUN_MS_DEFAULT};
    if (!read_options(&b->options, argc, argv)) {
        free(b);
        return usage(argv[0]);
    }
    struct loop_results *r = &b->results;
    machine_read(&r->machine);
    r->rounds = b->options.rounds;
    r->seconds = 1e-3 * b->options.run_ms;
    r->server_core = (int)r->machine.cpus - 1;
    r->load_core = 0;
    loop_pin(r->load_core);
    raise_file_limit();
    (void)signal(SIGPIPE, SIG_IGN);
    bool ok = run_all(b, false);
#ifndef WSP_NO_DEFLATE
    ok = ok && run_all(b, true);
#endif
    int status = ok ? report(r, b->options.json) : 1;
    free(b);
    return status;
}
