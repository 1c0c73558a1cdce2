/* One run of one row: what run.c does many times with different modes. */
#ifndef TESTS_SUPPORT_RUN_ONE_H
#define TESTS_SUPPORT_RUN_ONE_H

#include "support/guard.h"
#include "support/log.h"
#include "support/run.h"
#include "support/script.h"
#include "support/world.h"

struct run_mode {
    struct guard *page; /* room for the whole input; NULL: made for this run */
    size_t cut;         /* where the first piece of input ends; 0: it is not cut there */
    size_t piece;       /* the length of each piece behind it; 0: no more cuts */
    bool read_only;
    bool streaming;
    bool space;      /* through wsp_recv_space where it gives any */
    bool front;      /* pieces begin behind a guard page instead of ending before one */
    bool drip;       /* output is taken byte by byte */
    bool statistics; /* counted: then every frame goes through the machine, none the fast path */
    size_t fail_alloc, fail_entropy; /* the n-th call fails */
    bool sticky;                     /* and all later ones */
    size_t write_limit; /* after so many bytes of output the transport fails; 0: it does not */
};

struct run_result {
    struct log log;
    struct blob out;
    int refused;     /* what the making of the endpoint or the connection returned */
    bool disturbed;  /* a failure was injected */
    size_t line_len; /* of the log's line, before the runner itself ended the transport */
    size_t alloc_calls, entropy_calls;
};

/* The key of a client's request with these deterministic random bytes, and its accept key. */
void run_client_key(const struct run_row *row, char key[25], char accept[29]);

/* r is filled; run_result_free afterwards. */
void run_once(struct run_result *r, const struct run_row *row, const struct script *s,
              const struct run_mode *mode);
void run_result_free(struct run_result *r);

#endif
