/* SPDX-License-Identifier: MIT */
#include "bench/idle.h"

#include "bench/json.h"
#include "bench/row.h"

#include <stdlib.h>

enum { MANY = 4000 };

/* Memory is to be so many times less. uWebSockets is the one to come near to. */
#define LIMIT 8
#define BOUND (WS_BIT(WS_BEAST) | WS_BIT(WS_WSLAY))

#if defined __GLIBC__ && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)

#    include <malloc.h>

static size_t heap(void)
{
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}

/* Bytes that n connections take; 0: they could not be made. */
static size_t taken_by(const struct ws_peer *p, size_t n)
{
    size_t before = heap();
    void *crowd = p->crowd(n);
    size_t after = heap();
    if (crowd != NULL)
        p->disperse(crowd);
    return crowd != NULL ? after - before : 0;
}

bool idle_measure(struct idle *i)
{
    *i = (struct idle){{0}};
    for (unsigned k = 0; k < WS_PEERS; k++) {
        const struct ws_peer *p = ws_peers[k];
        if (p->version == NULL || p->crowd == NULL)
            continue;
        /* The first ones leave behind what is made once, and what the heap keeps at hand. */
        size_t first = taken_by(p, MANY), some = taken_by(p, MANY), twice = taken_by(p, 2 * MANY);
        if (first == 0 || some == 0 || twice <= some) {
            (void)fprintf(stderr, "bench: %s cannot open %d connections\n", p->name, 2 * MANY);
            return false;
        }
        i->bytes[k] = (twice - some + MANY / 2) / MANY;
    }
    return true;
}

#else

/* No heap that can be asked. */
bool idle_measure(struct idle *i)
{
    *i = (struct idle){{0}};
    return true;
}

#endif

void idle_print(FILE *f, const struct idle *i)
{
    (void)fprintf(
        f,
        "\nmemory: an open connection that is idle, bytes of the heap\n\n"
        "(one of %d servers' connections; what they share, their sockets and what an "
        "application keeps is not counted; of uWebSockets, the protocol's state alone)\n\n"
        "| | bytes | theirs / ours | bar | reached |\n"
        "| --- | ---: | ---: | ---: | --- |\n",
        MANY);
    for (unsigned k = 0; k < WS_PEERS; k++) {
        if (i->bytes[k] == 0)
            continue;
        double times = (double)i->bytes[k] / (double)i->bytes[WS_OURS];
        (void)fprintf(f, "| %s | %zu |", ws_peers[k]->name, i->bytes[k]);
        if (k == WS_OURS)
            (void)fprintf(f, " | | |\n");
        else if ((BOUND >> k & 1) == 0)
            (void)fprintf(f, " %.1f | | |\n", times);
        else
            (void)fprintf(f, " %.1f | %d | %s |\n", times, LIMIT,
                          times >= LIMIT ? "yes" : "**no**");
    }
}

void idle_json(FILE *f, const struct idle *i)
{
    const char *before = "";
    (void)fprintf(f, "  \"idle\": [");
    for (unsigned k = 0; k < WS_PEERS; k++) {
        if (i->bytes[k] == 0)
            continue;
        (void)fprintf(f, "%s{", before);
        json_text(f, "peer", ws_peers[k]->name);
        (void)fprintf(f, ", \"bytes\": %zu", i->bytes[k]);
        if ((BOUND >> k & 1) != 0)
            (void)fprintf(f, ", \"bar\": %d", LIMIT);
        (void)fprintf(f, "}");
        before = ", ";
    }
    (void)fprintf(f, "]");
}
