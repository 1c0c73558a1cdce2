/* handshake_client - the request, and its answer (RFC 6455 4.1). SPDX-License-Identifier: MIT */
#ifndef WSP_CONN_HANDSHAKE_CLIENT_H
#define WSP_CONN_HANDSHAKE_CLIENT_H

#include "codec/accept.h"
#include "conn/handshake.h"

/* What a client keeps of its request until the answer is in. */
struct wsp_offer {
    char accept[WSP_ACCEPT_SIZE + 1]; /* the Sec-WebSocket-Accept to come: wsp_accept_key */
    const char *protocols; /* comma list that was offered, checked; NULL or "" for none */
    struct wsp_deflate_config deflate;
};

/* wsp_handshake_protocols - the list that a client offers: the target's, or the endpoint's when
 * that is NULL */
const char *wsp_handshake_protocols(const struct wsp_target *target,
                                    const struct wsp_handshake_rules *r);

/*
 * wsp_handshake_request_write - the request
 *
 * key: 24 characters, base64 of 16 fresh random bytes. Returns WSP_OK, or with nothing written
 * WSP_ERR_SYNTAX (the URL) or WSP_ERR_ARG: no URL and no host; a host, resource, origin, protocol
 * or field that is malformed; a header that is Origin beside target->origin.
 */
int wsp_handshake_request_write(struct wsp_text *t, const struct wsp_target *target,
                                const char key[WSP_KEY_SIZE], const struct wsp_handshake_rules *r);

/*
 * wsp_handshake_answer_check - does a 101 complete the handshake
 *
 * answer is the result of wsp_response_parse. Returns WSP_OK with v->protocol and v->deflate set
 * (the protocol points into the answer), or WSP_ERR_HANDSHAKE with v->rule. v->status is the
 * answer's in both cases. Another status than 101 is refused too; what then is known of the body
 * says wsp_handshake_body_len.
 */
int wsp_handshake_answer_check(struct wsp_verdict *v, const struct wsp_head *answer,
                               const struct wsp_offer *o);

/* wsp_handshake_body_len - how long is the body of an answer that is not 101: true and *len when
 * its head tells (RFC 9112 6.3), false when the transport's end does, or a transfer coding, or
 * nothing sane */
bool wsp_handshake_body_len(const struct wsp_head *answer, uint64_t *len);

/* wsp_handshake_offer, wsp_handshake_offer_check - wsp_offer_write and wsp_answer_check with the
 * endpoint's rules; a refused call leaves extensions and *out */
int wsp_handshake_offer(const struct wsp_handshake_rules *r, char *extensions, size_t size);
int wsp_handshake_offer_check(const struct wsp_handshake_rules *r, struct wsp_agreed *out,
                              const char *protocols, const struct wsp_sec_headers *answer);

#endif
