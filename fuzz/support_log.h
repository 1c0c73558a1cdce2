/*
 * What a connection tells: the checker of the order, and the log that two runs can compare.
 * SPDX-License-Identifier: MIT
 *
 * Pieces of a streamed message are joined and logged with the last of them.
 */
#ifndef FUZZ_SUPPORT_LOG_H
#define FUZZ_SUPPORT_LOG_H

#include "support.h"

struct fuzz_log {
    struct fuzz_blob text;    /* all that was told */
    struct fuzz_blob message; /* what came of the current message */
    enum wsp_opcode opcode;   /* its type */
    enum wsp_state state;     /* the furthest seen */
    bool in_message, requested, opened, closed;
    bool trust_utf8;
    const struct fuzz_world *world; /* where failures are injected */
    bool maybe_full;                /* a send was refused as FULL: a DRAIN is allowed */
    bool surely_full;               /* the same, and it was this connection's: a DRAIN must come */
    unsigned events;
    size_t close_at; /* where in text the CLOSE begins */
    int close_error;
};

/* Checks and logs an event of c. */
void fuzz_log_event(struct fuzz_log *l, const wsp_conn *c, const struct wsp_event *ev);

/* What must hold of c between any two calls. */
void fuzz_log_state(struct fuzz_log *l, const wsp_conn *c);

void fuzz_log_free(struct fuzz_log *l);

#endif
