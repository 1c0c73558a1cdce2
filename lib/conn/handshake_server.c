/* SPDX-License-Identifier: MIT */
#include "conn/handshake_server.h"

#include "base/compiler.h"
#include "codec/accept.h"
#include "codec/chars.h"
#include "codec/extension.h"
#include "codec/http.h"
#include "codec/url.h"
#include "conn/handshake_named.h"
#include "conn/handshake_origin.h"

#include <string.h>

#define VERSION "13"       /* 4.1 (9): the only one there is */
#define STATUS_ACCEPT 101u /* Switching Protocols */

static bool refuse(struct wsp_verdict *v, unsigned status, const char *rule)
{
    v->status = status;
    v->rule = rule;
    return false;
}

static bool is_text(struct wsp_slice s, const char *text, size_t len)
{
    return s.len == len && memcmp(s.data, text, len) == 0;
}

/* ---------------------------------------------------------------- the HTTP request */

/* 4.2.1 (1): "or an absolute HTTP/HTTPS URI"; RFC 9112 3.2.2: its host then stands for Host. User
 * information and a fragment are refused by what parses the authority and the target. */
static bool target_authority(struct wsp_slice target, struct wsp_authority *a)
{
    static const char *const schemes[] = {"http", "https", "ws", "wss"};
    struct wsp_slice scheme = wsp_cut(&target, wsp_index(target, ':'));
    size_t i = 0;
    while (i < sizeof schemes / sizeof schemes[0] && !wsp_slice_equal(scheme, schemes[i]))
        i++;
    if (i == sizeof schemes / sizeof schemes[0])
        return false;
    if (!wsp_cut_byte(&target, ':') || !wsp_cut_byte(&target, '/') || !wsp_cut_byte(&target, '/'))
        return false;
    size_t path = wsp_index(target, '/');
    size_t query = wsp_index(target, '?');
    return wsp_authority_parse(a, wsp_cut(&target, path < query ? path : query)) == WSP_OK;
}

static bool http_ok(struct wsp_verdict *v, const struct wsp_head *h, const struct wsp_named *n,
                    struct wsp_authority *a)
{
    bool repeated;
    struct wsp_authority from_host;
    /* RFC 9110 9.1: methods differ by case */
    if (!is_text(h->method, "GET", 3))
        return refuse(v, 405, "RFC 6455 4.2.1 (1): method is not GET");
    if (h->version < 11)
        return refuse(v, 400, "RFC 6455 4.2.1 (1): HTTP version is below 1.1");
    /* The rest of what makes a target valid, the parser has seen to. */
    bool path = h->target.data[0] == '/';
    if (!path && !target_authority(h->target, a))
        return refuse(v, 400, "RFC 6455 4.2.1 (1): request target is no path and no HTTP URI");
    const struct wsp_header *host = wsp_named_single(n, WSP_NAME_HOST, &repeated);
    if (host == NULL)
        return refuse(v, 400, "RFC 6455 4.2.1 (2): no Host, or more than one");
    if (wsp_authority_parse(&from_host, host->value) < 0)
        return refuse(v, 400, "RFC 6455 4.2.1 (2): malformed Host");
    if (path)
        *a = from_host;
    return true;
}

/* ---------------------------------------------------------------- the upgrade */

static bool upgrade_ok(struct wsp_verdict *v, const struct wsp_head *h, const struct wsp_named *n)
{
    /* RFC 9110 15.5.22: an upgrade is what this server wants to see */
    if (!wsp_named_token(n, WSP_NAME_UPGRADE, h))
        return refuse(v, 426, "RFC 6455 4.2.1 (3): Upgrade does not hold websocket");
    if (!wsp_named_token(n, WSP_NAME_CONNECTION, h))
        return refuse(v, 400, "RFC 6455 4.2.1 (4): Connection does not hold Upgrade");
    return true;
}

/* 4.3: version = DIGIT | (NZDIGIT DIGIT) | ("1" DIGIT DIGIT) | ("2" DIGIT DIGIT), from 0 to 255, no
 * leading zero */
static bool version_valid(struct wsp_slice s)
{
    unsigned value = 0;
    if (!wsp_all(s, WSP_CLASS_DIGIT) || s.len > 3 || (s.len > 1 && s.data[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++)
        value = value * 10 + (unsigned)(s.data[i] - '0');
    return value <= 255;
}

static bool version_ok(struct wsp_verdict *v, const struct wsp_named *n)
{
    bool repeated;
    const struct wsp_header *version = wsp_named_single(n, WSP_NAME_VERSION, &repeated);
    if (repeated)
        return refuse(v, 400, "RFC 6455 11.3.5: more than one Sec-WebSocket-Version");
    if (version == NULL)
        return refuse(v, 400, "RFC 6455 4.2.1 (6): no Sec-WebSocket-Version");
    if (is_text(version->value, VERSION, sizeof VERSION - 1))
        return true;
    if (!version_valid(version->value))
        return refuse(v, 400, "RFC 6455 4.3: malformed Sec-WebSocket-Version");
    return refuse(v, 426, "RFC 6455 4.4: Sec-WebSocket-Version is not 13");
}

static bool key_ok(struct wsp_verdict *v, const struct wsp_named *n)
{
    bool repeated;
    const struct wsp_header *key = wsp_named_single(n, WSP_NAME_KEY, &repeated);
    if (repeated)
        return refuse(v, 400, "RFC 6455 11.3.1: more than one Sec-WebSocket-Key");
    if (key == NULL)
        return refuse(v, 400, "RFC 6455 4.2.1 (5): no Sec-WebSocket-Key");
    if (!wsp_key_valid(key->value))
        return refuse(v, 400, "RFC 6455 4.2.1 (5): Sec-WebSocket-Key is not base64 of 16 bytes");
    v->key = key->value;
    wsp_accept_begin(&v->accept, (const char *)key->value.data, v->cpu);
    return true;
}

/* What one server takes for a body the next takes for frames, or for another request: none is let
 * in. */
static bool body_ok(struct wsp_verdict *v, const struct wsp_head *h, const struct wsp_named *n)
{
    uint64_t length = 0;
    if (wsp_named_first(n, WSP_NAME_TRANSFER_ENCODING) != NULL)
        return refuse(v, 400, "RFC 9110 9.3.1: an upgrade with Transfer-Encoding");
    if (wsp_named_first(n, WSP_NAME_CONTENT_LENGTH) == NULL)
        return true;
    if (wsp_head_content_length(h, &length) < 0)
        return refuse(v, 400, "RFC 9110 8.6: malformed Content-Length");
    if (length > 0)
        return refuse(v, 400, "RFC 9110 9.3.1: an upgrade with a body");
    return true;
}

/* ---------------------------------------------------------------- subprotocols */

/* 11.3.4: may be repeated, then it is one list. Returns as wsp_protocols_add, or WSP_ERR_SYNTAX for
 * 1#token without any. */
static int read_offered(struct wsp_protocols *offered, const struct wsp_head *h,
                        const struct wsp_named *n)
{
    int rc = WSP_OK;
    const struct wsp_header *field = wsp_named_first(n, WSP_NAME_PROTOCOL);
    bool present = field != NULL;
    offered->count = 0;
    while (field != NULL && rc == WSP_OK) {
        rc = wsp_protocols_add(offered, field->value);
        field = wsp_named_next(n, WSP_NAME_PROTOCOL, h, field);
    }
    return rc == WSP_OK && present && offered->count == 0 ? WSP_ERR_SYNTAX : rc;
}

/* 4.2.2 (4) /subprotocol/: the server's order decides. Empty when none is spoken by both. */
static struct wsp_slice choose_protocol(const struct wsp_protocols *offered, const char *spoken)
{
    const struct wsp_slice none = {NULL, 0};
    struct wsp_slice list = wsp_slice_of(spoken);
    struct wsp_slice token;
    while (wsp_list_next(&list, &token) > 0) {
        if (wsp_protocols_have(offered, token))
            return token;
    }
    return none;
}

static bool protocols_ok(struct wsp_verdict *v, const struct wsp_head *h, const struct wsp_named *n,
                         const struct wsp_handshake_rules *r)
{
    struct wsp_protocols offered;
    if (wsp_named_first(n, WSP_NAME_PROTOCOL) == NULL)
        return true;
    int rc = read_offered(&offered, h, n);
    if (rc == WSP_ERR_TOO_BIG)
        return refuse(v, 400, "limit: more than 32 subprotocols");
    if (rc < 0)
        return refuse(v, 400, "RFC 6455 4.2.1 (8): malformed Sec-WebSocket-Protocol");
    v->protocol = choose_protocol(&offered, r->protocols);
    return true;
}

/* ---------------------------------------------------------------- extensions (9.1) */

/* Choose among the offers of one header: the first of permessage-deflate that can be done is taken,
 * unless one was taken already (RFC 7692 5). Returns 1, 0 when there is no element, or
 * WSP_ERR_SYNTAX. */
static int choose_extensions(struct wsp_deflate_answer *agreed, struct wsp_slice offers,
                             const struct wsp_deflate_config *config)
{
    struct wsp_extension x;
    bool any = false;
    int rc = wsp_extension_next(&offers, &x);
    for (; rc > 0; rc = wsp_extension_next(&offers, &x)) {
        any = true;
        if (!agreed->params.enabled && wsp_deflate_named(x.name))
            (void)wsp_deflate_choose(agreed, x.params, config);
    }
    return rc == 0 && any ? 1 : rc;
}

/* What browsers offer, as they write it: known to be well-formed, where nothing is chosen. */
static bool usual_offer(struct wsp_slice offers)
{
    static const char usual[] = WSP_DEFLATE_NAME "; client_max_window_bits";
    return is_text(offers, usual, sizeof usual - 1);
}

static bool extensions_ok(struct wsp_verdict *v, const struct wsp_head *h,
                          const struct wsp_named *n, const struct wsp_handshake_rules *r)
{
    const struct wsp_header *field = wsp_named_first(n, WSP_NAME_EXTENSIONS);
    bool present = field != NULL;
    bool any = false;
    if (!WSP_SMALL_CODE && present && !r->deflate.enabled && n->repeated == 0 &&
        usual_offer(field->value))
        return true;
    for (; field != NULL; field = wsp_named_next(n, WSP_NAME_EXTENSIONS, h, field)) {
        int rc = choose_extensions(&v->deflate, field->value, &r->deflate);
        if (rc < 0)
            return refuse(v, 400, "RFC 6455 9.1: malformed Sec-WebSocket-Extensions");
        any = any || rc > 0;
    }
    return any == present ? true : refuse(v, 400, "RFC 6455 9.1: empty Sec-WebSocket-Extensions");
}

/* ---------------------------------------------------------------- the verdict */

static bool origin_ok(struct wsp_verdict *v, const struct wsp_named *n,
                      const struct wsp_handshake_rules *r, const struct wsp_authority *host)
{
    bool repeated;
    const struct wsp_header *origin = wsp_named_single(n, WSP_NAME_ORIGIN, &repeated);
    if (repeated)
        return refuse(v, 403, "RFC 6454 7.3: more than one Origin");
    if (origin != NULL && !wsp_origin_allowed(r->origins, origin->value, host))
        return refuse(v, 403, "RFC 6455 4.2.2 (4): Origin is not allowed");
    return true;
}

void wsp_handshake_judge(struct wsp_verdict *v, const struct wsp_head *request,
                         const struct wsp_handshake_rules *r)
{
    const struct wsp_slice none = {NULL, 0};
    struct wsp_authority host;
    struct wsp_named n;
    v->status = 0;
    v->rule = NULL;
    v->key = none;
    v->protocol = none;
    memset(&v->deflate, 0, sizeof v->deflate);
    v->cpu = r->cpu;
    wsp_named_find(&n, request);
    v->head_method = is_text(request->method, "HEAD", 4);
    if (http_ok(v, request, &n, &host) && upgrade_ok(v, request, &n) && version_ok(v, &n) &&
        key_ok(v, &n) && body_ok(v, request, &n) && protocols_ok(v, request, &n, r) &&
        extensions_ok(v, request, &n, r) && origin_ok(v, &n, r, &host)) {
        v->status = STATUS_ACCEPT;
        return;
    }
    v->key = none;
    v->protocol = none;
    memset(&v->deflate, 0, sizeof v->deflate);
}

/* ---------------------------------------------------------------- accepting */

int wsp_handshake_accept_choose(struct wsp_verdict *v, const struct wsp_answer *a,
                                const struct wsp_head *request)
{
    struct wsp_protocols offered;
    struct wsp_named n;
    if (a == NULL)
        return WSP_OK;
    if (!wsp_fields_valid(a->headers, a->header_count))
        return WSP_ERR_ARG;
    if (a->protocol == NULL)
        return WSP_OK;
    wsp_named_find(&n, request);
    if (read_offered(&offered, request, &n) < 0)
        return WSP_ERR_ARG;
    struct wsp_slice wanted = wsp_slice_of(a->protocol);
    struct wsp_slice chosen = {NULL, 0};
    for (size_t i = 0; i < offered.count; i++) {
        if (wsp_slice_same(offered.at[i], wanted))
            chosen = offered.at[i];
    }
    /* 4.2.2 (5): one of the client's, or none */
    if (chosen.len != wanted.len)
        return WSP_ERR_ARG;
    v->protocol = chosen;
    return WSP_OK;
}

/* What stands in every 101, with the answer to the key in its place, and what ends it. */
static const char accepted[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: ............................\r\n\r\n";
#define ACCEPTED_SIZE (sizeof accepted - 1)
#define END_SIZE 2u                                   /* of the empty line */
#define ACCEPT_BACK (END_SIZE + 2u + WSP_ACCEPT_SIZE) /* from its end */

/* Most answers say no more than every one must. */
static bool write_bare(struct wsp_text *t, const struct wsp_verdict *v, const struct wsp_answer *a)
{
    bool more = v->protocol.len > 0 || v->deflate.params.enabled || a != NULL;
    if (WSP_SMALL_CODE || more || t->len > t->room || t->room - t->len < ACCEPTED_SIZE)
        return false;
    memcpy(t->at + t->len, accepted, ACCEPTED_SIZE);
    t->len += ACCEPTED_SIZE;
    wsp_accept_end(t->at + t->len - ACCEPT_BACK, &v->accept, v->cpu);
    return true;
}

void wsp_handshake_accept_write(struct wsp_text *t, const struct wsp_verdict *v,
                                const struct wsp_answer *a)
{
    if (write_bare(t, v, a))
        return;
    wsp_text_bytes(t, accepted, ACCEPTED_SIZE - END_SIZE);
    /* Where it did not fit, its length is all that counts. */
    if (t->len <= t->room)
        wsp_accept_end(t->at + t->len + END_SIZE - ACCEPT_BACK, &v->accept, v->cpu);
    if (v->protocol.len > 0)
        wsp_field_write(t, "Sec-WebSocket-Protocol", v->protocol);
    if (v->deflate.params.enabled) {
        wsp_text_add(t, "Sec-WebSocket-Extensions: ");
        wsp_deflate_write_answer(t, &v->deflate);
        wsp_text_add(t, "\r\n");
    }
    if (a != NULL)
        wsp_fields_write(t, a->headers, a->header_count);
    wsp_text_bytes(t, "\r\n", END_SIZE);
}

/* ---------------------------------------------------------------- other answers */

/* Every answer but 101 ends the connection: what follows a request that was misread must not be
 * read as another. */
static void write_start(struct wsp_text *t, unsigned status)
{
    wsp_text_add(t, "HTTP/1.1 ");
    wsp_text_number(t, status);
    wsp_text_add(t, " ");
    wsp_text_add(t, wsp_status_reason(status));
    wsp_text_add(t, "\r\n");
    if (status != 426) {
        wsp_text_add(t, "Connection: close\r\n");
        return;
    }
    /* RFC 9110 15.5.22: Upgrade names what is required; RFC 6455 4.4: all versions that are spoken
     */
    wsp_text_add(t, "Connection: close, Upgrade\r\nUpgrade: websocket\r\n");
    wsp_text_add(t, "Sec-WebSocket-Version: " VERSION "\r\n");
}

static void write_length(struct wsp_text *t, size_t len)
{
    wsp_text_add(t, "Content-Length: ");
    wsp_text_number(t, len);
    wsp_text_add(t, "\r\n");
}

static void write_text_type(struct wsp_text *t)
{
    wsp_text_add(t, "Content-Type: text/plain; charset=utf-8\r\n");
}

int wsp_handshake_respond_write(struct wsp_text *t, const struct wsp_response *r, bool head_method)
{
    if (r->status < 200 || r->status > 599 || !wsp_fields_valid(r->headers, r->header_count))
        return WSP_ERR_ARG;
    if (r->body == NULL && r->len > 0)
        return WSP_ERR_ARG;
    /* RFC 9110 15.3.5, 15.4.5: these have no body, and 204 no Content-Length (8.6) */
    bool bodiless = r->status == 204 || r->status == 304;
    write_start(t, r->status);
    if (!bodiless && !wsp_fields_have(r->headers, r->header_count, "Content-Type"))
        write_text_type(t);
    if (!bodiless)
        write_length(t, r->len);
    wsp_fields_write(t, r->headers, r->header_count);
    wsp_text_add(t, "\r\n");
    /* RFC 9110 9.3.2: HEAD gets the fields GET would get */
    if (!bodiless && !head_method)
        wsp_text_bytes(t, r->body, r->len);
    return WSP_OK;
}

static void write_refusal(struct wsp_text *t, unsigned status, const char *rule)
{
    wsp_text_number(t, status);
    wsp_text_add(t, " ");
    wsp_text_add(t, wsp_status_reason(status));
    wsp_text_add(t, "\n");
    if (rule != NULL) {
        wsp_text_add(t, rule);
        wsp_text_add(t, "\n");
    }
}

void wsp_handshake_refuse_write(struct wsp_text *t, unsigned status, const char *rule,
                                bool head_method)
{
    struct wsp_text body = {NULL, 0, 0};
    write_refusal(&body, status, rule);
    write_start(t, status);
    /* RFC 9110 15.5.6 */
    if (status == 405)
        wsp_text_add(t, "Allow: GET\r\n");
    write_text_type(t);
    write_length(t, body.len);
    wsp_text_add(t, "\r\n");
    if (!head_method)
        write_refusal(t, status, rule);
}

/* ---------------------------------------------------------------- without HTTP/1.1 */

int wsp_handshake_offer_answer(const struct wsp_handshake_rules *r, struct wsp_agreed *out,
                               const struct wsp_sec_headers *request, char *extensions, size_t size)
{
    struct wsp_agreed agreed;
    struct wsp_deflate_answer deflate;
    struct wsp_protocols offered;
    struct wsp_text t = {extensions, size, 0};
    memset(&agreed, 0, sizeof agreed);
    memset(&deflate, 0, sizeof deflate);
    agreed.role = WSP_SERVER;
    offered.count = 0;
    if (request->version.len > 0 && !version_valid(request->version))
        return WSP_ERR_SYNTAX;
    /* RFC 8441 5: Sec-WebSocket-Version is used as in RFC 6455, so it may not be missing */
    if (!wsp_slice_equal(request->version, VERSION))
        return WSP_ERR_HANDSHAKE;
    /* Empty is absent; a value without any element breaks the grammar, 1# (RFC 6455 4.3, 9.1) */
    if (wsp_protocols_add(&offered, request->protocol) < 0 ||
        (offered.count == 0 && request->protocol.len > 0))
        return WSP_ERR_SYNTAX;
    int rc = choose_extensions(&deflate, request->extensions, &r->deflate);
    if (rc < 0 || (rc == 0 && request->extensions.len > 0))
        return WSP_ERR_SYNTAX;
    agreed.protocol = choose_protocol(&offered, r->protocols);
    struct wsp_text measured = {NULL, 0, 0};
    wsp_deflate_write_answer(&measured, &deflate);
    if (measured.len >= size)
        return WSP_ERR_TOO_BIG;
    wsp_deflate_write_answer(&t, &deflate);
    agreed.deflate = deflate.params;
    extensions[t.len] = '\0';
    *out = agreed;
    return WSP_OK;
}
