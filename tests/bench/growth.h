/*
 * How cost grows: one curve for each thing that there can be more or less of. A curve has a point
 * for each count, a point has a value in each column; rules bind columns.
 */
#ifndef TESTS_BENCH_GROWTH_H
#define TESTS_BENCH_GROWTH_H

#include "bench/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <wsproto.h>

enum { GROWTH_COLUMNS = 9, GROWTH_POINTS = 10, GROWTH_RULES = 4 };

/* What must hold of a column. FACTOR: the value of the largest count / that of the first count from
 * `from` on is at most `most`. EACH: every value from there on is. */
enum growth_kind { GROWTH_FACTOR = 1, GROWTH_EACH };

struct growth_rule {
    enum growth_kind kind;
    unsigned column;
    double from, most;
};

struct growth_curve;

struct growth_setup {
    unsigned rounds; /* the fastest one counts */
    bool small;      /* of each curve the lower counts only, to see that all works */
};

struct growth_curve {
    const char *name, *counted;
    const char *about; /* what it shows */
    size_t count[GROWTH_POINTS];
    size_t small;                       /* counts up to here belong to a small run */
    const char *column[GROWTH_COLUMNS]; /* with their units */
    unsigned exact;                     /* bits of the columns that no clock has made */
    struct growth_rule rule[GROWTH_RULES];
    /* One point; false: told on stderr. A value below 0 is none. */
    bool (*measure)(double *value, size_t count, const struct growth_setup *setup);
};

struct growth_sheet {
    const struct growth_curve *curve;
    struct growth_setup setup;
    size_t points;
    double value[GROWTH_POINTS][GROWTH_COLUMNS];
};

extern const struct growth_curve growth_connections, growth_received, growth_sent;
extern const struct growth_curve growth_fragments, growth_waiting;
extern const struct growth_curve growth_broadcast_short, growth_broadcast_long;

/* Whether a rule holds, and the factor or the greatest value. True where it was not measured. */
bool growth_holds(const struct growth_sheet *s, const struct growth_rule *rule, double *found);

/* Markdown; returns how many rules are broken. */
unsigned growth_print(const struct growth_sheet *s);
void growth_json(FILE *f, const struct growth_sheet *s);

/* ---------------------------------------------------------------- what the curves share */

/* An endpoint whose memory is counted. */
struct growth_world {
    wsp_endpoint *endpoint;
    size_t live, peak; /* bytes */
    size_t asked;      /* bytes of all blocks made, and of what blocks grew by */
};

bool growth_open(struct growth_world *w, const struct wsp_limits *limits);
void growth_close(struct growth_world *w);

/* An OPEN connection of the world's; NULL: it failed. */
wsp_conn *growth_connect(struct growth_world *w, enum wsp_role role);

/* Says on stderr what went wrong; returns false. */
bool growth_failed(const char *what);

/*
 * A stream of messages of one size, 64 KiB of it at a time: whole messages, or pieces of one.
 * Payloads repeat one block of noise.
 */
enum { GROWTH_PIECE = 65536 };

struct growth_wire {
    size_t size, fragment; /* bytes a message, bytes a frame at most */
    bool masked;
    size_t at;         /* payload bytes of this message that were given */
    size_t frame_left; /* of this frame */
    size_t head_len, head_at;
    uint8_t head[WSP_FRAME_HEADER_MAX];
};

size_t growth_wire_read(struct growth_wire *w, uint8_t to[GROWTH_PIECE]);

/* Bytes from the beginning of a message on. */
bool growth_is_payload(const uint8_t *data, size_t len, size_t at);

/* The payload of a message, to be sent: size bytes; NULL without memory. */
uint8_t *growth_payload(size_t size);

#endif
