/* A server process that bench_loop measures. */
#ifndef TESTS_BENCH_LOOP_SERVER_H
#define TESTS_BENCH_LOOP_SERVER_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct loop_server {
    pid_t pid;
    unsigned port;
    char what[96]; /* what it calls itself */
    clockid_t cpu; /* its clock */
};

/*
 * Starts argv[0] on that core and waits for the first line that it prints, which ends in
 * "ws://127.0.0.1:PORT/". It dies with this process, whatever ends that. False: told on stderr.
 */
bool loop_server_start(struct loop_server *s, char *const argv[], int core);

/* CPU seconds that all its threads have used so far, user and system. */
double loop_server_cpu(const struct loop_server *s);

/* Bytes of it that are in memory; 0 where there is no telling. */
double loop_server_resident(const struct loop_server *s);

/* SIGTERM, and SIGKILL if that is not enough. A server that was not started has pid 0. */
void loop_server_end(struct loop_server *s);

/* Threads of this process run there from now on. */
void loop_pin(int core);

#endif
