/*
 * Short times added up, less what reading the clock takes.
 *
 * A thread's CPU time is had by a system call, which costs as much as a piece of input and cools
 * the caches: laps are read from the clock of the wall, and measure() asks the other one whether
 * the thread was waiting meanwhile.
 */
#ifndef TESTS_BENCH_STOPWATCH_H
#define TESTS_BENCH_STOPWATCH_H

#include "bench/machine.h"

struct stopwatch {
    double seconds, begun;
    unsigned laps;
};

static inline void stopwatch_start(struct stopwatch *w)
{
    w->begun = machine_seconds();
}

static inline void stopwatch_stop(struct stopwatch *w)
{
    w->seconds += machine_seconds() - w->begun;
    w->laps++;
}

#endif
