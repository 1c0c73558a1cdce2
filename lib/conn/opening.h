/*
 * opening - what only the opening handshake needs: had from new to OPEN.
 * SPDX-License-Identifier: MIT
 *
 * in     the peer's head as it arrives, at most limits.handshake bytes; head's slices point into
 *        it, or into the input when that has all of it and OPEN follows at once
 * body   of an answer that was not 101, at most limits.body bytes
 * kept   input handed over while a request waits; kept_at bytes of it were fed
 */
#ifndef WSP_CONN_OPENING_H
#define WSP_CONN_OPENING_H

#include "base/buf.h"
#include "conn/handshake_client.h"
#include "conn/handshake_server.h"

struct wsp_opening {
    size_t bytes; /* of this block, the header array included */
    struct wsp_buf in;
    struct wsp_buf body;
    struct wsp_buf kept;
    size_t kept_at;
    size_t body_want;           /* bytes of body to wait for */
    struct wsp_head head;       /* head.headers is fields */
    struct wsp_verdict verdict; /* until head is judged: head_method alone */
    struct wsp_offer offer;     /* client */
    char *protocols; /* client: a copy of offer.protocols when it is not the endpoint's */
    size_t protocols_len;
    unsigned informational; /* 1xx heads skipped */
    struct wsp_header fields[];
};

#endif
