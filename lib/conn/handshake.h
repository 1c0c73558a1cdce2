/* handshake - what both sides of section 4 of RFC 6455 share. SPDX-License-Identifier: MIT
 *
 * Pure functions over parsed heads, settings and a text writer: no allocation, no connection. The
 * functions that write may be called twice, once to measure and once to write; what one call
 * refuses, or what it writes, the other does too. */
#ifndef WSP_CONN_HANDSHAKE_H
#define WSP_CONN_HANDSHAKE_H

#include "base/text.h"
#include "codec/accept.h"
#include "conn/handshake_deflate.h"

/* The settings of an endpoint that the handshake needs. The strings are NUL-terminated, checked by
 * wsp_origins_check and wsp_protocols_check, and belong to the endpoint; NULL means the default. */
struct wsp_handshake_rules {
    const char *origins;
    const char *protocols;
    struct wsp_deflate_config deflate;
    unsigned cpu; /* bits of enum wsp_cpu to make answers with; 0 is portable */
};

/* What was found out about the peer's head. Slices point into the head, protocol of a server into
 * the rules' protocols (or into the head, after wsp_handshake_accept_choose). */
struct wsp_verdict {
    unsigned status;           /* server: 101 or what to answer; client: of the answer */
    const char *rule;          /* the broken rule, static; NULL when there is none */
    struct wsp_slice key;      /* server: 24 characters when status is 101 */
    struct wsp_accept accept;  /* server: begun with the key, when status is 101 */
    struct wsp_slice protocol; /* agreed on; empty when none */
    struct wsp_deflate_answer deflate;
    bool head_method; /* server: HEAD, so a response has no body */
    unsigned cpu;     /* server: as of the rules, for the end of accept */
};

/* ---------------------------------------------------------------- slices */

/* wsp_slice_same - byte for byte; wsp_slice_like - without ASCII case */
bool wsp_slice_same(struct wsp_slice a, struct wsp_slice b);
bool wsp_slice_like(struct wsp_slice a, struct wsp_slice b);

/* ---------------------------------------------------------------- subprotocols (11.3.4) */

/* More are refused: comparing all with all must stay cheap, and nobody speaks as many. */
#define WSP_PROTOCOLS_MAX 32u

struct wsp_protocols {
    struct wsp_slice at[WSP_PROTOCOLS_MAX];
    size_t count;
};

/*
 * wsp_protocols_add - read a comma list of tokens behind what *p holds
 *
 * Empty elements are skipped (RFC 9110 5.6.1.2). Returns WSP_OK, WSP_ERR_SYNTAX (no token, or one
 * that *p has already; tokens differ by case) or WSP_ERR_TOO_BIG (over WSP_PROTOCOLS_MAX).
 */
int wsp_protocols_add(struct wsp_protocols *p, struct wsp_slice list);

bool wsp_protocols_have(const struct wsp_protocols *p, struct wsp_slice token);

/* wsp_protocols_check - WSP_OK for a list that wsp_protocols_add takes, and for NULL and "" (none);
 * else WSP_ERR_ARG */
int wsp_protocols_check(const char *list);

/* wsp_origins_check - is it "*", or a comma list of at least one "scheme://host[:port]", or NULL */
bool wsp_origins_check(const char *list);

/* ---------------------------------------------------------------- fields and lines */

/* wsp_fields_valid - is each one that an application may add to a head: see struct wsp_field */
bool wsp_fields_valid(const struct wsp_field *fields, size_t count);

/* wsp_fields_have - is one of them named so, without case; wsp_fields_write - each as a line */
bool wsp_fields_have(const struct wsp_field *fields, size_t count, const char *name);
void wsp_fields_write(struct wsp_text *t, const struct wsp_field *fields, size_t count);

/* wsp_field_write - "name: value" and CR LF */
void wsp_field_write(struct wsp_text *t, const char *name, struct wsp_slice value);

/* wsp_status_reason - "Bad Request" for 400; "" for a status that is not known */
const char *wsp_status_reason(unsigned status);

#endif
