/* What is measured: the rows of the table, and the contests that they are runs of. */
#ifndef TESTS_BENCH_ROW_H
#define TESTS_BENCH_ROW_H

#include "bench/stopwatch.h"
#include "bench/traffic.h"
#include "bench/ws_peer.h"

enum { SIZES_MAX = 8, BARS_MAX = 3 };

/* A row's peers, a bit each. */
#define WS_BIT(id) (1u << (id))
#define WS_SIMD (WS_BIT(WS_SIMD_512) | WS_BIT(WS_SIMD_256) | WS_BIT(WS_SIMD_128))
#define WS_ALONE (WS_BIT(WS_OURS) | WS_BIT(WS_MEMCPY))
#define WS_ALL (WS_BIT(WS_PEERS) - 1 - WS_BIT(WS_OURS) - WS_BIT(WS_MEMCPY))

/* Our time / the best of these peers' must not be above limit, up to this size. */
struct bar {
    size_t size;
    double limit;
    unsigned peers;
};

/* Rows that differ in size alone. */
struct series {
    const char *group, *name;
    const struct contest *contest;
    size_t sizes[SIZES_MAX]; /* bytes a message or block; 0 behind the last */
    struct bar bars[BARS_MAX];
    enum wsp_role role; /* of the one that is measured */
    enum content content;
    size_t fragment;  /* bytes a frame, 0: one frame a message */
    size_t piece;     /* bytes fed at once; 0: 64 KiB */
    bool copied;      /* pieces are copied to where they are fed from, and the copying counts */
    bool apart;       /* a kernel's destination is not its source */
    unsigned without; /* bits of enum wsp_cpu that our kernels do without */
};

struct row {
    const struct series *series;
    size_t size;
};

/*
 * A kind of measurement
 *
 * open makes what all peers get; NULL without memory. can: is the peer able to. enter makes a
 * peer's state; NULL when it fails; without enter there is none. check runs it once and looks at
 * all that comes out. pass runs it once, its time added to the watch, and returns how many units
 * that were; 0: it failed.
 */
struct contest {
    const char *unit; /* the time is for one of these: "message" */
    const char *rule; /* what counts, to be told with the table; or NULL */
    bool speed;       /* bytes a second tell more than the time */
    void *(*open)(const struct series *s, size_t size);
    void (*close)(void *material);
    bool (*can)(const struct series *s, const struct ws_peer *p);
    void *(*enter)(void *material, const struct ws_peer *p);
    bool (*check)(void *material, const struct ws_peer *p, void *state);
    size_t (*pass)(void *material, const struct ws_peer *p, void *state, struct stopwatch *w);
    void (*leave)(const struct ws_peer *p, void *state);
};

extern const struct contest contest_receive, contest_send, contest_frame, contest_broadcast;
extern const struct contest contest_greet, contest_mask, contest_utf8, contest_unmask_utf8;

extern const struct series all_series[];
extern const size_t all_series_count;

/* The bar for this size; NULL: none. */
const struct bar *series_bar(const struct series *s, size_t size);

#endif
