/* SPDX-License-Identifier: MIT */
#ifndef _POSIX_C_SOURCE
#    define _POSIX_C_SOURCE 200809L
#endif
#include "bench/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#ifndef BENCH_FLAGS
#    define BENCH_FLAGS "unknown"
#endif

#ifdef __clang__
#    define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#    define COMPILER "gcc " __VERSION__
#else
#    define COMPILER "unknown"
#endif

/* The first line, without its end; false where there is no such file. */
static int read_line(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 0;
    int found = fgets(out, (int)size, f) != NULL;
    (void)fclose(f);
    if (found)
        out[strcspn(out, "\n")] = '\0';
    return found;
}

/* Linux has it; elsewhere the model is told as unknown. */
static void read_cpu(char *out, size_t size)
{
    char line[256];
    (void)snprintf(out, size, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "r");
    if (f == NULL)
        return;
    while (fgets(line, sizeof line, f) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL)
            continue;
        (void)snprintf(out, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    (void)fclose(f);
}

static void read_caches(char *out, size_t size)
{
    size_t at = 0;
    (void)snprintf(out, size, "unknown");
    for (int i = 0; i < 8; i++) {
        char path[96], level[16], type[32], bytes[32];
        const char *const dir = "/sys/devices/system/cpu/cpu0/cache/index";
        (void)snprintf(path, sizeof path, "%s%d/level", dir, i);
        if (!read_line(path, level, sizeof level))
            break;
        (void)snprintf(path, sizeof path, "%s%d/type", dir, i);
        if (!read_line(path, type, sizeof type) || strcmp(type, "Instruction") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s%d/size", dir, i);
        if (!read_line(path, bytes, sizeof bytes))
            continue;
        int n = snprintf(out + at, size - at, "%sL%s %s", at > 0 ? ", " : "", level, bytes);
        at = n > 0 && (size_t)n < size - at ? at + (size_t)n : at;
    }
}

void machine_read(struct machine *m)
{
    struct utsname u;
    read_cpu(m->cpu, sizeof m->cpu);
    read_caches(m->caches, sizeof m->caches);
    (void)snprintf(m->system, sizeof m->system, "unknown");
    if (uname(&u) == 0)
        (void)snprintf(m->system, sizeof m->system, "%.30s %.60s %.30s", u.sysname, u.release,
                       u.machine);
    m->cpus = sysconf(_SC_NPROCESSORS_ONLN);
    m->compiler = COMPILER;
    m->flags = BENCH_FLAGS;
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double machine_cpu_seconds(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

double machine_seconds(void)
{
    return seconds(CLOCK_MONOTONIC);
}
