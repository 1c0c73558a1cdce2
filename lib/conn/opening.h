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

/* What the roles do differently. It is reached by the block alone, so that a program is linked with
 * the handshake of the role that it makes connections of, and with none when it adopts them. */
struct wsp_opening_role {
    int (*parse)(struct wsp_head *h, const uint8_t *buf, size_t len, unsigned cpu);
    void (*done)(wsp_conn *c); /* head is complete */
    void (*bad)(wsp_conn *c, unsigned status, const char *rule);
    /* False from these means that more input is needed. */
    bool (*feed_head)(wsp_conn *c, struct wsp_input *in);
    bool (*feed_body)(wsp_conn *c, struct wsp_input *in); /* client */
};

struct wsp_opening {
    const struct wsp_opening_role *role;
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
