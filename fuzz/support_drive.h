/*
 * One connection, the bytes of its peer and a plan of all the rest. SPDX-License-Identifier: MIT
 *
 * The first 16 bytes of an input are the plan (fuzz_plan_read says which byte is what), four more
 * when it is with compression; what follows is what the peer sends. In a client's input each
 * "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", the accept key of the RFC's example, is replaced by the one that
 * fits the request.
 */
#ifndef FUZZ_SUPPORT_DRIVE_H
#define FUZZ_SUPPORT_DRIVE_H

#include "support.h"
#include "support_deflate.h"
#include "support_log.h"
#include "support_wire.h"

/* What the application does with a request that waits. */
enum fuzz_answer {
    FUZZ_ACCEPT,
    FUZZ_REFUSE,
    FUZZ_RESPOND,
    FUZZ_ACCEPT_LATER_KEEP, /* hands its leftover input over */
    FUZZ_ACCEPT_LATER,      /* feeds its leftover input again */
    FUZZ_RESPOND_LATER,
    FUZZ_CLOSE,
    FUZZ_NO_ANSWER
};

/* How the peer ends. */
enum fuzz_finish { FUZZ_RESET, FUZZ_EOF, FUZZ_SILENT };

struct fuzz_plan {
    enum wsp_role role;
    bool streaming, manual, adopted, read_only, trust_utf8, statistics, small;
    enum fuzz_finish finish;
    unsigned fail_alloc, fail_entropy; /* 0: never */
    bool sticky;
    uint32_t step_ms; /* the clock, a piece */
    size_t take;      /* bytes of output taken a turn; SIZE_MAX: all */
    enum fuzz_answer answer;
    bool echo, ping, close_on_data, close_on_open; /* what the application does */
    bool space;                                    /* wsp_recv_space is used */
    bool any_origin, protocols;
    struct fuzz_cuts cuts;
    struct fuzz_deflate deflate;
};

void fuzz_plan_read(struct fuzz_plan *p, struct fuzz_in *in, enum wsp_role role);

struct fuzz_drive {
    struct fuzz_plan plan;
    struct fuzz_world world;
    struct fuzz_log log;
    struct fuzz_wire wire;
    struct fuzz_blob held; /* input that a waiting request left */
    wsp_endpoint *e;
    wsp_conn *c;
    uint64_t now;
    size_t refused; /* sends that were not taken */
};

/* Runs the whole conversation, to CLOSE, and checks it. The log stays until fuzz_drive_end. */
void fuzz_drive(struct fuzz_drive *d, const struct fuzz_plan *plan, struct wsp_slice peer);
void fuzz_drive_end(struct fuzz_drive *d);

#endif
