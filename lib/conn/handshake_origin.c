/* SPDX-License-Identifier: MIT */
#include "conn/handshake_origin.h"

#include "base/compiler.h"
#include "base/text.h"
#include "codec/chars.h"
#include "codec/http.h"
#include "conn/handshake.h"

#include <string.h>

struct origin {
    struct wsp_slice scheme;
    struct wsp_authority authority; /* port: the scheme's default filled in; 0 when it has none */
};

/* 0: no default is known */
static uint16_t default_port(struct wsp_slice scheme)
{
    if (wsp_slice_equal(scheme, "http") || wsp_slice_equal(scheme, "ws"))
        return 80;
    return wsp_slice_equal(scheme, "https") || wsp_slice_equal(scheme, "wss") ? 443 : 0;
}

/* RFC 3986 3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) */
static bool scheme_valid(struct wsp_slice scheme)
{
    for (size_t i = 0; i < scheme.len; i++) {
        uint8_t c = wsp_char_lower(scheme.data[i]);
        bool letter = c >= 'a' && c <= 'z';
        bool other = wsp_char_is(c, WSP_CLASS_DIGIT) || c == '+' || c == '-' || c == '.';
        if (!letter && (i == 0 || !other))
            return false;
    }
    return scheme.len > 0;
}

/* RFC 6454 6.1: scheme "://" host [ ":" port ], nothing behind it. "null" is none. */
static bool origin_parse(struct origin *o, struct wsp_slice text)
{
    o->scheme = wsp_cut(&text, wsp_index(text, ':'));
    if (!scheme_valid(o->scheme))
        return false;
    if (!wsp_cut_byte(&text, ':') || !wsp_cut_byte(&text, '/') || !wsp_cut_byte(&text, '/'))
        return false;
    if (wsp_authority_parse(&o->authority, text) < 0)
        return false;
    if (o->authority.port == 0)
        o->authority.port = default_port(o->scheme);
    return true;
}

static bool host_same(const struct wsp_authority *a, const struct wsp_authority *b)
{
    return a->ipv6 == b->ipv6 && a->port == b->port && wsp_slice_like(a->host, b->host);
}

/* RFC 6455 10.2: a page may talk to the server it came from */
static bool same_origin(const struct origin *o, const struct wsp_authority *host)
{
    struct wsp_authority mine = *host;
    if (mine.port == 0)
        mine.port = default_port(o->scheme);
    return mine.port != 0 && host_same(&o->authority, &mine);
}

/* The usual Origin: "http://" or "https://" and what the Host says, byte for byte. Then it need not
 * be parsed: whatever port is meant, it is one. */
static bool names_host(struct wsp_slice origin, const struct wsp_authority *a)
{
    const struct wsp_slice host = a->text;
    if (host.data != a->host.data) /* a bracket: the address is compared */
        return false;
    bool http = origin.len == host.len + 7 && memcmp(origin.data, "http://", 7) == 0;
    bool https = origin.len == host.len + 8 && memcmp(origin.data, "https://", 8) == 0;
    return (http || https) &&
           memcmp(origin.data + (origin.len - host.len), host.data, host.len) == 0;
}

static bool listed(struct wsp_slice list, const struct origin *o)
{
    struct wsp_slice element;
    struct origin entry;
    while (wsp_element_next(&list, &element)) {
        if (origin_parse(&entry, element) && wsp_slice_like(entry.scheme, o->scheme) &&
            host_same(&entry.authority, &o->authority))
            return true;
    }
    return false;
}

bool wsp_origin_allowed(const char *origins, struct wsp_slice origin,
                        const struct wsp_authority *host)
{
    if (!WSP_SMALL_CODE && origins == NULL && names_host(origin, host))
        return true;
    struct wsp_slice list = wsp_slice_of(origins);
    struct origin o;
    if (wsp_slice_equal(wsp_trim(list), "*"))
        return true;
    if (!origin_parse(&o, origin))
        return false;
    return origins == NULL ? same_origin(&o, host) : listed(list, &o);
}

bool wsp_origins_check(const char *list)
{
    struct wsp_slice rest = wsp_slice_of(list);
    struct wsp_slice element;
    struct origin o;
    bool any = false;
    if (list == NULL || wsp_slice_equal(wsp_trim(rest), "*"))
        return true;
    while (wsp_element_next(&rest, &element)) {
        /* A URI's host may hold '*': who writes it means a pattern, which it is not */
        if (!origin_parse(&o, element) || wsp_index(element, '*') < element.len)
            return false;
        any = true;
    }
    return any;
}
