/*
 * budget - runs the conversations of conversation.h under callgrind, which counts them one by one
 *
 * usage: budget [NAME...]      those conversations in that order; all without a name
 *
 * The first line of output says what the counts depend on besides the source: the compiler, the CPU
 * that callgrind shows, the C library. Then one line a conversation: its name and what its count is
 * divided by. SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
#    include <gnu/libc-version.h>
#endif
#if defined(__x86_64__) || defined(__i386__)
#    include <cpuid.h>
#endif

#include "bench/budget/conversation.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#ifdef __clang__
#    define COMPILER \
        "clang-" TEXT(__clang_major__) "." TEXT(__clang_minor__) "." TEXT(__clang_patchlevel__)
#elif defined(__GNUC__)
#    define COMPILER "gcc-" TEXT(__GNUC__) "." TEXT(__GNUC_MINOR__) "." TEXT(__GNUC_PATCHLEVEL__)
#else
#    define COMPILER "unknown"
#endif

/* Only what decides which kernels of the library or the C library run. */
static const char *cpu(void)
{
#if defined(__x86_64__)
    unsigned a, b = 0, c, d;
    (void)__get_cpuid_count(7, 0, &a, &b, &c, &d);
    bool sha = (b >> 29 & 1) != 0;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bw"))
        return sha ? "x86_64+avx512+sha" : "x86_64+avx512";
    if (__builtin_cpu_supports("avx2"))
        return sha ? "x86_64+avx2+sha" : "x86_64+avx2";
    if (__builtin_cpu_supports("ssse3"))
        return sha ? "x86_64+ssse3+sha" : "x86_64+ssse3";
    return "x86_64";
#elif defined(__aarch64__)
    return "aarch64";
#elif defined(__i386__)
    return "i386";
#else
    return "unknown";
#endif
}

static const char *libc(void)
{
#ifdef __GLIBC__
    return gnu_get_libc_version();
#else
    return "unknown";
#endif
}

static const struct conversation *const tables[] = {
    receive_conversations, send_conversations,      handshake_conversations, control_conversations,
    deflate_conversations, broadcast_conversations, pump_conversations,
};

static void run(const struct conversation *c)
{
    kit_begin(c->name);
    c->run(c);
    CALLGRIND_DUMP_STATS_AT(c->name);
    (void)printf("%s %u\n", c->name, c->count);
}

/* All of them when name is NULL; returns how many there were. */
static unsigned run_named(const char *name)
{
    unsigned found = 0;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct conversation *c = tables[t]; c->name != NULL; c++)
            if (name == NULL || strcmp(name, c->name) == 0) {
                run(c);
                found++;
            }
    return found;
}

int main(int argc, char **argv)
{
    (void)printf("%s %s libc-%s\n", COMPILER, cpu(), libc());
    if (argc < 2)
        return run_named(NULL) == 0;
    for (int i = 1; i < argc; i++)
        if (run_named(argv[i]) == 0) {
            (void)fprintf(stderr, "budget: there is no conversation %s\n", argv[i]);
            return 2;
        }
    return 0;
}
