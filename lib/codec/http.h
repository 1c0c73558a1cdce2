/* http - heads of HTTP/1.x requests and responses (RFC 9112, RFC 9110).
 * SPDX-License-Identifier: MIT
 *
 * wsp_request_parse and wsp_response_parse work in two steps. The scan looks for the end of the
 * head and refuses, at the first one, a byte that no head can hold; it keeps nothing but h->scanned
 * and looks back 2 bytes at most. When the head is complete it is parsed once. So what is refused,
 * and by which rule, is the same for every way the bytes may be cut. After a result that is not
 * positive the out fields but rule and status are empty. Called again with the same bytes after
 * success or failure, they give the same again.
 *
 * Beyond what wsproto.h says: a minor version over 1 counts as HTTP/1.1 (RFC 9110 2.5); a status
 * line may lack the second space when its reason is empty, since servers do that; the duplicate
 * Host is a rule of requests; a response that was refused has status 0; a head of over INT_MAX
 * bytes is WSP_ERR_TOO_BIG. */
#ifndef WSP_CODEC_HTTP_H
#define WSP_CODEC_HTTP_H

#include <wsproto.h>

/* wsp_request_parse_by, wsp_response_parse_by - the same on a processor that has these bits of enum
 * wsp_cpu; the result does not depend on them */
int wsp_request_parse_by(struct wsp_head *h, const uint8_t *buf, size_t len, unsigned cpu);
int wsp_response_parse_by(struct wsp_head *h, const uint8_t *buf, size_t len, unsigned cpu);

/*
 * wsp_element_next - the next element of a comma list (RFC 9110 5.6.1), OWS removed, empty ones
 * skipped
 *
 * Moves *rest forward. Returns false at the end. Elements may hold anything but a comma: "HTTP/2.0"
 * of Upgrade is no token. Quoted strings are not known.
 */
bool wsp_element_next(struct wsp_slice *rest, struct wsp_slice *element);

/* wsp_list_next - the same for a list of tokens: 1, 0 at the end, or WSP_ERR_SYNTAX (an element is
 * no token; *rest and *token are as before) */
int wsp_list_next(struct wsp_slice *rest, struct wsp_slice *token);

/*
 * wsp_head_content_length - Content-Length (RFC 9110 8.6)
 *
 * Returns 1 with *length set, 0 when there is none, WSP_ERR_SYNTAX (not digits alone, a list
 * included, or two headers that differ) or WSP_ERR_TOO_BIG (2^64 or more).
 */
int wsp_head_content_length(const struct wsp_head *h, uint64_t *length);

/*
 * wsp_head_goes_on - is the byte behind the h->scanned bytes of buf one that no rule refuses and
 * that does not end the head, as the scan would find out
 *
 * Then it is scanned: a parse of what buf holds would have returned 0 and done no more. False: ask
 * the parse. At the head's first bytes it always is false.
 */
bool wsp_head_goes_on_any(struct wsp_head *h, const uint8_t *buf);
static inline bool wsp_head_goes_on(struct wsp_head *h, const uint8_t *buf)
{
    size_t at = h->scanned;
    /* Most bytes are of no line end, nor behind one's CR. */
    bool plain = at >= 5 && buf[at] >= ' ' && buf[at] < 0x7F && buf[at - 1] != '\r';
    if (!plain)
        return wsp_head_goes_on_any(h, buf);
    h->scanned = at + 1;
    return true;
}

/* For what the caller of the library supplies: is it a field name (a token), a field value (RFC
 * 9110 5.5: no control character but HTAB, so no CR, LF, NUL; may be empty), a request target in
 * origin-form (begins with '/', RFC 9112 3.2.1) */
bool wsp_field_name_valid(struct wsp_slice name);
bool wsp_field_value_valid(struct wsp_slice value);
bool wsp_target_valid(struct wsp_slice target);

#endif
