/* What a measurement was made on. */
#ifndef TESTS_BENCH_MACHINE_H
#define TESTS_BENCH_MACHINE_H

struct machine {
    char cpu[128];
    char system[128];
    char caches[128];
    long cpus; /* online */
    const char *compiler;
    const char *flags; /* as the Makefile has told */
};

void machine_read(struct machine *m);

/* CPU seconds of this thread: waiting for others does not count. Asking takes a system call. */
double machine_cpu_seconds(void);

/* Seconds that pass, likewise from any beginning; on most systems without a system call. */
double machine_seconds(void);

#endif
