/* handshake_server - judge and answer a request (RFC 6455 4.2). SPDX-License-Identifier: MIT */
#ifndef WSP_CONN_HANDSHAKE_SERVER_H
#define WSP_CONN_HANDSHAKE_SERVER_H

#include "conn/handshake.h"

/*
 * wsp_handshake_judge - is this request an upgrade to be accepted, and if not, how is it answered
 *
 * request is the result of wsp_request_parse. v->status is 101 or the answer's status, v->rule then
 * names the rule. What any HTTP server needs is looked at first, so that a plain request is told
 * apart from a broken upgrade; of several broken rules the first decides:
 *
 *   405  the method is not GET (HEAD included)
 *   400  HTTP/1.0; the target is no path and no http, https, ws or wss URI; Host is missing or
 * malformed 426  Upgrade does not hold websocket: no WebSocket request 400  Connection does not
 * hold upgrade; Sec-WebSocket-Version is missing, repeated or no version number 426  another
 * version than 13 400  Sec-WebSocket-Key is missing, repeated or malformed; a body;
 * Sec-WebSocket-Protocol or -Extensions is malformed 403  Origin is repeated or not allowed
 *
 * v->protocol is the first of the rules' protocols that the client offered too.
 */
void wsp_handshake_judge(struct wsp_verdict *v, const struct wsp_head *request,
                         const struct wsp_handshake_rules *r);

/*
 * wsp_handshake_accept_choose - check the application's answer to a request that v says 101 of
 *
 * Sets v->protocol when a names one: then it points into the request. a may be NULL. Returns
 * WSP_OK, or WSP_ERR_ARG and *v is as before: a malformed field, a protocol that was not offered.
 */
int wsp_handshake_accept_choose(struct wsp_verdict *v, const struct wsp_answer *a,
                                const struct wsp_head *request);

/* wsp_handshake_accept_write - the 101 (4.2.2 (5)) for what wsp_handshake_accept_choose let pass; a
 * may be NULL */
void wsp_handshake_accept_write(struct wsp_text *t, const struct wsp_verdict *v,
                                const struct wsp_answer *a);

/* wsp_handshake_respond_write - the application's response (see wsp_respond). WSP_OK, or
 * WSP_ERR_ARG and nothing written: a status outside 200 to 599, a malformed field, a body that is
 * NULL. */
int wsp_handshake_respond_write(struct wsp_text *t, const struct wsp_response *r, bool head_method);

/* wsp_handshake_refuse_write - the library's own: 400 to 599, with a body of two lines that names
 * the rule (NULL: one) */
void wsp_handshake_refuse_write(struct wsp_text *t, unsigned status, const char *rule,
                                bool head_method);

/* wsp_handshake_offer_answer - wsp_offer_answer with the endpoint's rules; a refused call leaves
 * *out and extensions */
int wsp_handshake_offer_answer(const struct wsp_handshake_rules *r, struct wsp_agreed *out,
                               const struct wsp_sec_headers *request, char *extensions,
                               size_t size);

#endif
