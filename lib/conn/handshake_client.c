/* SPDX-License-Identifier: MIT */
#include "conn/handshake_client.h"

#include "codec/chars.h"
#include "codec/extension.h"
#include "codec/http.h"
#include "codec/url.h"
#include "conn/handshake_named.h"

#include <string.h>

/* ---------------------------------------------------------------- extensions (9.1) */

/* Check the answer of one header against what was offered: permessage-deflate once, with parameters
 * that fit the offer (RFC 7692 7). Returns 1, 0 for an empty value, WSP_ERR_SYNTAX or
 * WSP_ERR_HANDSHAKE. */
static int check_extensions(struct wsp_deflate_params *agreed, struct wsp_slice answer,
                            const struct wsp_deflate_config *config)
{
    struct wsp_extension x;
    bool any = false;
    bool good = true;
    int rc = wsp_extension_next(&answer, &x);
    for (; rc > 0; rc = wsp_extension_next(&answer, &x)) {
        any = true;
        good = good && !agreed->enabled && wsp_deflate_named(x.name) &&
               wsp_deflate_check(agreed, x.params, config);
    }
    if (rc < 0 || !any)
        return rc;
    return good ? 1 : WSP_ERR_HANDSHAKE;
}

/* ---------------------------------------------------------------- the request */

const char *wsp_handshake_protocols(const struct wsp_target *target,
                                    const struct wsp_handshake_rules *r)
{
    return target->protocols != NULL ? target->protocols : r->protocols;
}

static bool origin_valid(const struct wsp_target *target)
{
    struct wsp_slice origin = wsp_slice_of(target->origin);
    if (target->origin == NULL)
        return true;
    /* RFC 6454 7.3: not more than one */
    return origin.len > 0 && wsp_field_value_valid(origin) &&
           !wsp_fields_have(target->headers, target->header_count, "Origin");
}

static int check_target(const struct wsp_target *target, struct wsp_url *url)
{
    struct wsp_authority host;
    struct wsp_slice text = wsp_slice_of(target->url);
    if (target->url == NULL && target->host == NULL)
        return WSP_ERR_ARG;
    /* RFC 6455 3: an invalid URI is refused before anything is done */
    if (target->url != NULL && wsp_url_parse(url, (const char *)text.data, text.len) < 0)
        return WSP_ERR_SYNTAX;
    if (target->host != NULL && wsp_authority_parse(&host, wsp_slice_of(target->host)) < 0)
        return WSP_ERR_ARG;
    if (target->resource != NULL && !wsp_target_valid(wsp_slice_of(target->resource)))
        return WSP_ERR_ARG;
    if (!wsp_fields_valid(target->headers, target->header_count) || !origin_valid(target))
        return WSP_ERR_ARG;
    return target->protocols != NULL ? wsp_protocols_check(target->protocols) : WSP_OK;
}

/* The codec's writers count and cut as snprintf does; the NUL they add is written over by what
 * follows. */
static void write_url_part(struct wsp_text *t, const struct wsp_url *url,
                           size_t (*write)(const struct wsp_url *, char *, size_t))
{
    size_t left = t->len < t->room ? t->room - t->len : 0;
    size_t len = write(url, left > 0 ? t->at + t->len : NULL, left);
    t->len = len <= SIZE_MAX - t->len ? t->len + len : SIZE_MAX;
}

/* 4.1 (1), (2), (4) */
static void write_first_lines(struct wsp_text *t, const struct wsp_target *target,
                              const struct wsp_url *url)
{
    wsp_text_add(t, "GET ");
    if (target->resource != NULL)
        wsp_text_add(t, target->resource);
    else if (target->url != NULL)
        write_url_part(t, url, wsp_url_resource);
    else
        wsp_text_add(t, "/");
    wsp_text_add(t, " HTTP/1.1\r\nHost: ");
    if (target->host != NULL)
        wsp_text_add(t, target->host);
    else
        write_url_part(t, url, wsp_url_host);
    wsp_text_add(t, "\r\n");
}

/* 4.1 (10) */
static void write_protocols(struct wsp_text *t, const char *protocols)
{
    struct wsp_slice list = wsp_slice_of(protocols);
    struct wsp_slice token;
    const char *before = "Sec-WebSocket-Protocol: ";
    bool any = false;
    while (wsp_list_next(&list, &token) > 0) {
        wsp_text_add(t, before);
        wsp_text_slice(t, token);
        before = ", ";
        any = true;
    }
    if (any)
        wsp_text_add(t, "\r\n");
}

/* 4.1 (11) */
static void write_extensions(struct wsp_text *t, const struct wsp_deflate_config *config)
{
    if (!config->enabled)
        return;
    wsp_text_add(t, "Sec-WebSocket-Extensions: ");
    wsp_deflate_write_offer(t, config);
    wsp_text_add(t, "\r\n");
}

int wsp_handshake_request_write(struct wsp_text *t, const struct wsp_target *target,
                                const char key[WSP_KEY_SIZE], const struct wsp_handshake_rules *r)
{
    struct wsp_url url;
    struct wsp_slice key_text = {(const uint8_t *)key, WSP_KEY_SIZE};
    int rc = check_target(target, &url);
    if (rc < 0)
        return rc;
    write_first_lines(t, target, &url);
    /* 4.1 (5), (6), (7), (9) */
    wsp_text_add(t, "Upgrade: websocket\r\nConnection: Upgrade\r\n");
    wsp_field_write(t, "Sec-WebSocket-Key", key_text);
    wsp_text_add(t, "Sec-WebSocket-Version: 13\r\n");
    /* 4.1 (8) */
    if (target->origin != NULL)
        wsp_field_write(t, "Origin", wsp_slice_of(target->origin));
    write_protocols(t, wsp_handshake_protocols(target, r));
    write_extensions(t, &r->deflate);
    /* 4.1 (12) */
    wsp_fields_write(t, target->headers, target->header_count);
    wsp_text_add(t, "\r\n");
    return WSP_OK;
}

/* ---------------------------------------------------------------- the answer */

static bool refuse(struct wsp_verdict *v, const char *rule)
{
    v->rule = rule;
    return false;
}

static bool upgraded(struct wsp_verdict *v, const struct wsp_head *h, const struct wsp_named *n)
{
    bool repeated;
    if (h->status != 101)
        return refuse(v, "RFC 6455 4.1, answer (1): status is not 101");
    if (h->version < 11)
        return refuse(v, "RFC 6455 4.2.2 (5): HTTP version of the 101 is below 1.1");
    /* The value is the token, not a list with it: unlike Connection's */
    const struct wsp_header *upgrade = wsp_named_single(n, WSP_NAME_UPGRADE, &repeated);
    if (upgrade == NULL || !wsp_slice_equal(upgrade->value, "websocket"))
        return refuse(v, "RFC 6455 4.1, answer (2): Upgrade is not websocket");
    if (!wsp_named_token(n, WSP_NAME_CONNECTION, h))
        return refuse(v, "RFC 6455 4.1, answer (3): Connection does not hold Upgrade");
    return true;
}

static bool accepted(struct wsp_verdict *v, const struct wsp_named *n, const struct wsp_offer *o)
{
    bool repeated;
    const struct wsp_header *accept = wsp_named_single(n, WSP_NAME_ACCEPT, &repeated);
    if (repeated)
        return refuse(v, "RFC 6455 11.3.3: more than one Sec-WebSocket-Accept");
    if (accept == NULL)
        return refuse(v, "RFC 6455 4.1, answer (4): no Sec-WebSocket-Accept");
    /* base64: letters differ by case */
    if (!wsp_slice_same(wsp_trim(accept->value), wsp_slice_of(o->accept)))
        return refuse(v, "RFC 6455 4.1, answer (4): Sec-WebSocket-Accept does not fit the key");
    return true;
}

/* 11.3.2, erratum 3433: may be repeated */
static bool extensions_asked_for(struct wsp_verdict *v, const struct wsp_head *h,
                                 const struct wsp_named *n, const struct wsp_offer *o)
{
    const struct wsp_header *field = wsp_named_first(n, WSP_NAME_EXTENSIONS);
    for (; field != NULL; field = wsp_named_next(n, WSP_NAME_EXTENSIONS, h, field)) {
        int rc = check_extensions(&v->deflate.params, field->value, &o->deflate);
        if (rc == WSP_ERR_HANDSHAKE)
            return refuse(
                v, "RFC 6455 4.1, answer (5): an extension, or its parameters, not as asked for");
        if (rc <= 0)
            return refuse(v, "RFC 6455 9.1: malformed Sec-WebSocket-Extensions");
    }
    return true;
}

static bool offered(const char *protocols, struct wsp_slice protocol)
{
    struct wsp_slice list = wsp_slice_of(protocols);
    struct wsp_slice token;
    while (wsp_list_next(&list, &token) > 0) {
        if (wsp_slice_same(token, protocol))
            return true;
    }
    return false;
}

static bool protocol_asked_for(struct wsp_verdict *v, const struct wsp_named *n,
                               const struct wsp_offer *o)
{
    bool repeated;
    const struct wsp_header *protocol = wsp_named_single(n, WSP_NAME_PROTOCOL, &repeated);
    if (repeated)
        return refuse(v, "RFC 6455 11.3.4: more than one Sec-WebSocket-Protocol");
    if (protocol == NULL)
        return true;
    if (!offered(o->protocols, protocol->value))
        return refuse(v, "RFC 6455 4.1, answer (6): a subprotocol that was not asked for");
    v->protocol = protocol->value;
    return true;
}

int wsp_handshake_answer_check(struct wsp_verdict *v, const struct wsp_head *answer,
                               const struct wsp_offer *o)
{
    struct wsp_named n;
    memset(v, 0, sizeof *v);
    wsp_named_find(&n, answer);
    v->status = answer->status;
    bool ok = upgraded(v, answer, &n) && accepted(v, &n, o) &&
              extensions_asked_for(v, answer, &n, o) && protocol_asked_for(v, &n, o);
    return ok ? WSP_OK : WSP_ERR_HANDSHAKE;
}

bool wsp_handshake_body_len(const struct wsp_head *answer, uint64_t *len)
{
    /* RFC 9112 6.3 (1) */
    if (answer->status == 204 || answer->status == 304) {
        *len = 0;
        return true;
    }
    /* RFC 9112 6.3 (3): a transfer coding goes before Content-Length */
    if (wsp_head_find(answer, "Transfer-Encoding", NULL) != NULL)
        return false;
    return wsp_head_content_length(answer, len) > 0;
}

/* ---------------------------------------------------------------- without HTTP/1.1 */

int wsp_handshake_offer(const struct wsp_handshake_rules *r, char *extensions, size_t size)
{
    struct wsp_text measured = {NULL, 0, 0};
    struct wsp_text t = {extensions, size, 0};
    wsp_deflate_write_offer(&measured, &r->deflate);
    if (measured.len >= size)
        return WSP_ERR_TOO_BIG;
    wsp_deflate_write_offer(&t, &r->deflate);
    extensions[t.len] = '\0';
    return WSP_OK;
}

int wsp_handshake_offer_check(const struct wsp_handshake_rules *r, struct wsp_agreed *out,
                              const char *protocols, const struct wsp_sec_headers *answer)
{
    struct wsp_agreed agreed;
    struct wsp_slice protocol = wsp_trim(answer->protocol);
    memset(&agreed, 0, sizeof agreed);
    agreed.role = WSP_CLIENT;
    if (protocol.len > 0 && !wsp_all(protocol, WSP_CLASS_TOKEN))
        return WSP_ERR_SYNTAX;
    int rc = check_extensions(&agreed.deflate, answer->extensions, &r->deflate);
    if (rc < 0)
        return rc;
    if (rc == 0 && answer->extensions.len > 0)
        return WSP_ERR_SYNTAX;
    if (protocol.len > 0 && !offered(protocols != NULL ? protocols : r->protocols, protocol))
        return WSP_ERR_HANDSHAKE;
    agreed.protocol = protocol;
    *out = agreed;
    return WSP_OK;
}
