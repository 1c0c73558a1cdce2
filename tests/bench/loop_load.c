/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "bench/loop_load.h"

#include "bench/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 256, READ_BYTES = 1 << 18, PATIENCE_MS = 5000 };

/* Latencies are counted in steps of 1/32 of a power of two of nanoseconds. */
enum { STEPS = 32, STEP_BITS = 5, BUCKETS = 48 * STEPS };

/* One connection. sent and answered count messages since it was opened: message n is that of the
 * script at n % LOOP_MESSAGES, and its time at that place. */
struct link {
    int fd;
    unsigned sent, answered; /* sent: handed to push() */
    unsigned owed;           /* to be sent when the socket takes it */
    bool blocked;            /* EPOLLOUT is waited for */
    const uint8_t *out;      /* of what is being written: what is left */
    size_t out_len;
    size_t in_at; /* in the script's cycle of answers: where the next byte stands */
    uint64_t time[LOOP_MESSAGES];
};

struct loop_load {
    unsigned port;
    int epoll;
    struct link *links;
    unsigned count;
    const struct loop_task *task; /* of this run */
    uint64_t outstanding;
    uint64_t messages;
    bool stopping;
    uint32_t histogram[BUCKETS];
    const char *failed;
    uint8_t buffer[READ_BYTES];
};

static bool fail(struct loop_load *l, const char *why)
{
    if (l->failed == NULL)
        l->failed = why;
    return false;
}

const char *loop_load_failed(const struct loop_load *l)
{
    return l->failed;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ------------------------------------------------------------------ latencies */

static unsigned bucket_of(uint64_t ns)
{
    if (ns < STEPS)
        return (unsigned)ns;
    unsigned power = 63u - (unsigned)__builtin_clzll(ns);
    unsigned i = (power - STEP_BITS + 1) * STEPS + (unsigned)(ns >> (power - STEP_BITS)) - STEPS;
    return i < BUCKETS ? i : BUCKETS - 1;
}

/* The middle of a bucket, in microseconds. */
static double bucket_us(unsigned i)
{
    if (i < STEPS)
        return (double)i / 1000;
    unsigned shift = i / STEPS - 1;
    return ((double)(STEPS + i % STEPS) + 0.5) * (double)(UINT64_C(1) << shift) / 1000;
}

static double percentile(const struct loop_load *l, double part)
{
    uint64_t seen = 0, wanted = (uint64_t)(part * (double)l->messages);
    for (unsigned i = 0; i < BUCKETS; i++) {
        seen += l->histogram[i];
        if (seen > wanted)
            return bucket_us(i);
    }
    return bucket_us(BUCKETS - 1);
}

/* ------------------------------------------------------------------ connections */

struct loop_load *loop_load_new(unsigned port)
{
    struct loop_load *l = calloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    l->port = port;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    return l;
}

void loop_load_free(struct loop_load *l)
{
    if (l == NULL)
        return;
    for (unsigned i = 0; i < l->count; i++)
        (void)close(l->links[i].fd);
    (void)close(l->epoll);
    free(l->links);
    free(l);
}

/* Byte by byte: what stands behind the answer's end must not be lost. */
static bool handshake(int fd, const struct loop_script *s)
{
    char head[1024];
    size_t len = 0;
    if (send(fd, s->request, s->request_len, MSG_NOSIGNAL) != (ssize_t)s->request_len)
        return false;
    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0)
        if (len == sizeof head || recv(fd, head + len++, 1, 0) != 1)
            return false;
    return len > 12 && memcmp(head, "HTTP/1.1 101", 12) == 0;
}

static bool arm(struct loop_load *l, struct link *k, int op, bool blocked)
{
    struct epoll_event e = {.events = EPOLLIN | (blocked ? EPOLLOUT : 0u)};
    e.data.u32 = (uint32_t)(k - l->links);
    k->blocked = blocked;
    return epoll_ctl(l->epoll, op, k->fd, &e) == 0 || fail(l, "epoll refuses a socket");
}

bool loop_load_open(struct loop_load *l, const struct loop_script *s, unsigned count)
{
    if (count <= l->count)
        return true;
    struct link *more = realloc(l->links, count * sizeof *more);
    if (more == NULL)
        return fail(l, "out of memory");
    l->links = more;
    while (l->count < count) {
        struct link *k = &l->links[l->count];
        memset(k, 0, sizeof *k);
        k->fd = loop_connect(l->port);
        if (k->fd < 0)
            return fail(l, "no connection");
        l->count++;
        if (!handshake(k->fd, s) || fcntl(k->fd, F_SETFL, O_NONBLOCK) != 0)
            return fail(l, "a handshake failed");
        if (!arm(l, k, EPOLL_CTL_ADD, false))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ sending */

/* What is owed becomes bytes to write: a run of the script, in one piece. */
static void take_owed(struct loop_load *l, struct link *k)
{
    const struct loop_stream *out = &l->task->script->out;
    unsigned from = k->sent % LOOP_MESSAGES;
    uint64_t now = now_ns();
    for (unsigned i = 0; i < k->owed; i++)
        k->time[(from + i) % LOOP_MESSAGES] = now;
    k->out = out->bytes + out->at[from];
    k->out_len = out->at[from + k->owed] - out->at[from];
    k->sent += k->owed;
    k->owed = 0;
}

static bool push(struct loop_load *l, struct link *k)
{
    while (k->out_len > 0 || k->owed > 0) {
        if (k->out_len == 0)
            take_owed(l, k);
        ssize_t n = send(k->fd, k->out, k->out_len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return k->blocked || arm(l, k, EPOLL_CTL_MOD, true);
        if (n <= 0)
            return fail(l, "a connection broke");
        k->out += n;
        k->out_len -= (size_t)n;
    }
    return !k->blocked || arm(l, k, EPOLL_CTL_MOD, false);
}

/* ------------------------------------------------------------------ answers */

/* The whole answers among what came up to in_at; the time of one is that of its last byte. */
static unsigned count_answers(struct loop_load *l, struct link *k, size_t in_at)
{
    const struct loop_stream *in = &l->task->script->in;
    unsigned first = k->answered % LOOP_MESSAGES, n = 0;
    uint64_t now = now_ns();
    while (in->at[first + n + 1] <= in_at) {
        uint64_t ns = now - k->time[(first + n) % LOOP_MESSAGES];
        l->histogram[bucket_of(ns)]++;
        n++;
    }
    k->answered += n;
    return n;
}

/* len bytes came into the buffer: they must be the next ones. More answers than one cycle holds
 * were never asked for. */
static bool check(struct loop_load *l, struct link *k, size_t len)
{
    const struct loop_stream *in = &l->task->script->in;
    size_t cycle = in->at[LOOP_MESSAGES];
    if (len > cycle || memcmp(l->buffer, in->bytes + k->in_at, len) != 0)
        return fail(l, "an echo is wrong");
    unsigned n = count_answers(l, k, k->in_at + len);
    k->in_at = (k->in_at + len) % cycle;
    if (k->sent - k->answered > LOOP_MESSAGES)
        return fail(l, "an echo came before its message");
    l->messages += n;
    l->outstanding -= n;
    if (!l->stopping) {
        k->owed += n;
        l->outstanding += n;
    }
    return true;
}

static bool serve(struct loop_load *l, struct link *k, unsigned events)
{
    if (events & ~(unsigned)EPOLLOUT) {
        ssize_t n = recv(k->fd, l->buffer, sizeof l->buffer, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return fail(l, "a connection broke");
        if (n > 0 && !check(l, k, (size_t)n))
            return false;
    }
    return push(l, k);
}

/* ------------------------------------------------------------------ a run */

static bool run(struct loop_load *l)
{
    struct epoll_event events[BATCH];
    uint64_t end = now_ns() + (uint64_t)(l->task->seconds * 1e9);
    for (unsigned i = 0; i < l->task->connections; i++) {
        l->links[i].owed = l->task->window;
        l->outstanding += l->task->window;
        if (!push(l, &l->links[i]))
            return false;
    }
    while (l->outstanding > 0) {
        int n = epoll_wait(l->epoll, events, BATCH, PATIENCE_MS);
        if (n <= 0)
            return fail(l, "an echo does not come");
        for (int i = 0; i < n; i++)
            if (!serve(l, &l->links[events[i].data.u32], events[i].events))
                return false;
        l->stopping = now_ns() >= end;
    }
    return true;
}

/* Every script begins with its first message: none of a former one is outstanding any more. */
bool loop_load_run(struct loop_load *l, const struct loop_task *task, struct loop_score *score)
{
    l->task = task;
    l->messages = l->outstanding = 0;
    l->stopping = false;
    memset(l->histogram, 0, sizeof l->histogram);
    for (unsigned i = 0; i < task->connections; i++) {
        struct link *k = &l->links[i];
        /* Each begins elsewhere, so that an answer to another connection's message is seen. */
        k->sent = k->answered = i % LOOP_MESSAGES;
        k->in_at = task->script->in.at[k->sent];
    }
    double busy = machine_cpu_seconds();
    uint64_t begin = now_ns();
    if (!run(l))
        return false;
    score->seconds = 1e-9 * (double)(now_ns() - begin);
    score->busy = machine_cpu_seconds() - busy;
    score->messages = l->messages;
    score->p50 = percentile(l, 0.5);
    score->p99 = percentile(l, 0.99);
    score->p999 = percentile(l, 0.999);
    return true;
}
