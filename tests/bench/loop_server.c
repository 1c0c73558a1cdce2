/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "bench/loop_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_MS = 5000, END_MS = 3000 };

void loop_pin(int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        perror("bench-loop: a core of its own");
}

static void become(char *const argv[], int out, int core)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == 1) /* too late for that */
        _exit(1);
    loop_pin(core);
    (void)dup2(out, STDOUT_FILENO);
    (void)execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

/* "WHAT ws://127.0.0.1:PORT/" */
static bool read_line(struct loop_server *s, int from)
{
    char line[256];
    size_t len = 0;
    struct pollfd p = {from, POLLIN, 0};
    while (len + 1 < sizeof line && memchr(line, '\n', len) == NULL) {
        if (poll(&p, 1, START_MS) <= 0)
            return false;
        ssize_t n = read(from, line + len, sizeof line - 1 - len);
        if (n <= 0)
            return false;
        len += (size_t)n;
    }
    line[len] = '\0';
    char *url = strstr(line, " ws://127.0.0.1:");
    if (url == NULL)
        return false;
    (void)snprintf(s->what, sizeof s->what, "%.*s", (int)(url - line), line);
    s->port = (unsigned)strtoul(url + strlen(" ws://127.0.0.1:"), NULL, 10);
    return s->port > 0 && s->port <= 65535;
}

bool loop_server_start(struct loop_server *s, char *const argv[], int core)
{
    int line[2];
    memset(s, 0, sizeof *s);
    if (pipe2(line, O_CLOEXEC) != 0)
        return false;
    s->pid = fork();
    if (s->pid == 0)
        become(argv, line[1], core);
    (void)close(line[1]);
    bool ok = s->pid > 0 && read_line(s, line[0]) && clock_getcpuclockid(s->pid, &s->cpu) == 0;
    (void)close(line[0]);
    if (!ok) {
        (void)fprintf(stderr, "bench-loop: %s does not start\n", argv[0]);
        loop_server_end(s);
    }
    return ok;
}

double loop_server_cpu(const struct loop_server *s)
{
    struct timespec t = {0, 0};
    (void)clock_gettime(s->cpu, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double loop_server_resident(const struct loop_server *s)
{
    char path[64];
    double pages = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)s->pid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%*s %lf", &pages) != 1)
        pages = 0;
    (void)fclose(f);
    return pages * (double)sysconf(_SC_PAGESIZE);
}

void loop_server_end(struct loop_server *s)
{
    const struct timespec moment = {0, 10000000};
    if (s->pid <= 0)
        return;
    (void)kill(s->pid, SIGTERM);
    for (int waited = 0; waitpid(s->pid, NULL, WNOHANG) == 0; waited += 10) {
        if (waited >= END_MS)
            (void)kill(s->pid, SIGKILL);
        (void)nanosleep(&moment, NULL);
    }
    s->pid = 0;
}
