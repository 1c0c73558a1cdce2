/* url - ws: and wss: URIs. SPDX-License-Identifier: MIT */
#include "codec/url.h"

#include "base/compiler.h"
#include "codec/chars.h"
#include "codec/chars_span.h"

#define PORT_WS 80u
#define PORT_WSS 443u

/* ------------------------------------------------------------ addresses */

/* RFC 3986 3.2.2: dec-octet: 0 to 255 without leading zero */
static bool cut_octet(struct wsp_slice *s)
{
    struct wsp_slice text = wsp_cut(s, wsp_run(*s, WSP_CLASS_DIGIT));
    if (text.len == 0 || text.len > 3 || (text.len > 1 && text.data[0] == '0'))
        return false;
    unsigned value = 0;
    for (size_t i = 0; i < text.len; i++)
        value = value * 10 + (unsigned)(text.data[i] - '0');
    return value <= 255;
}

static bool ipv4_valid(struct wsp_slice s)
{
    for (int i = 0; i < 3; i++)
        if (!cut_octet(&s) || !wsp_cut_byte(&s, '.'))
            return false;
    return cut_octet(&s) && s.len == 0;
}

/* The colons behind a group: one, with a group to follow, or the "::" that stands for groups of
 * zeros, once. */
static bool cut_colons(struct wsp_slice *s, bool *gap)
{
    if (!wsp_cut_byte(s, ':'))
        return false;
    if (!wsp_cut_byte(s, ':'))
        return s->len > 0;
    bool first = !*gap;
    *gap = true;
    return first;
}

/* RFC 3986 3.2.2: IPv6address: 8 groups of 16 bits; "::" stands for at least one; the last two may
 * be an IPv4 address */
static bool ipv6_valid(struct wsp_slice s)
{
    unsigned groups = 0;
    bool gap = false;
    if (s.len > 0 && s.data[0] == ':' && (!cut_colons(&s, &gap) || !gap))
        return false;
    while (s.len > 0 && groups < 8) {
        if (wsp_index(s, ':') == s.len && wsp_index(s, '.') < s.len) {
            groups += 2;
            return ipv4_valid(s) && (gap ? groups <= 7 : groups == 8);
        }
        size_t digits = wsp_run(s, WSP_CLASS_HEX);
        (void)wsp_cut(&s, digits);
        groups++;
        if (digits == 0 || digits > 4 || (s.len > 0 && !cut_colons(&s, &gap)))
            return false;
    }
    return s.len == 0 && (gap ? groups <= 7 : groups == 8);
}

/* ------------------------------------------------------------ authority */

/* How many bytes at the start of s are of the classes or pct-encoded (RFC 3986 2.1). */
static size_t run_encoded(struct wsp_slice s, unsigned classes)
{
    size_t n = 0;
    while (n < s.len)
        if (wsp_char_is(s.data[n], classes))
            n++;
        else if (s.len - n >= 3 && s.data[n] == '%' && wsp_char_is(s.data[n + 1], WSP_CLASS_HEX) &&
                 wsp_char_is(s.data[n + 2], WSP_CLASS_HEX))
            n += 3;
        else
            break;
    return n;
}

/* RFC 3986 3.2.3: *DIGIT, so leading zeros are allowed */
int wsp_port_parse(uint16_t *port, struct wsp_slice text)
{
    uint32_t value = 0;
    size_t n = 0;
    while (n < text.len && wsp_char_is(text.data[n], WSP_CLASS_DIGIT) && value <= UINT16_MAX) {
        value = value * 10 + (uint32_t)(text.data[n] - '0');
        n++;
    }
    /* RFC 9110 4.2: port 0 cannot be connected to */
    if (n < text.len || value > UINT16_MAX || (n > 0 && value == 0))
        return WSP_ERR_SYNTAX;
    *port = (uint16_t)value;
    return WSP_OK;
}

static bool cut_host(struct wsp_authority *a, struct wsp_slice *rest)
{
    a->ipv6 = wsp_cut_byte(rest, '[');
    if (!a->ipv6) {
        /* RFC 3986 3.2.2: reg-name. '@' is in no class: user information is refused with it */
        a->host = wsp_cut(rest, run_encoded(*rest, WSP_CLASS_REGNAME));
        return a->host.len > 0;
    }
    a->host = wsp_cut(rest, wsp_index(*rest, ']'));
    return wsp_cut_byte(rest, ']') && ipv6_valid(a->host);
}

/* How many bytes s begins with that a host's name is usually of. */
static size_t name_run(struct wsp_slice s)
{
#if WSP_SPAN_LANES
    /* Two vectors, the second of which overlaps the first, as far as that has passed it. */
    if (s.len > WSP_SPAN_LANES && s.len <= 2 * (size_t)WSP_SPAN_LANES) {
        uint64_t others = wsp_span_others(WSP_SPAN_NAME, s.data);
        if (others != 0)
            return wsp_span_first(others);
        others = wsp_span_others(WSP_SPAN_NAME, s.data + s.len - WSP_SPAN_LANES);
        return others != 0 ? s.len - WSP_SPAN_LANES + wsp_span_first(others) : s.len;
    }
#endif
    return wsp_span(WSP_SPAN_NAME, s.data, 0, s.len);
}

/* The usual authority: a name of usual bytes, and perhaps a port. False for any other. */
static bool parse_usual(struct wsp_authority *a, struct wsp_slice text)
{
    uint16_t port = 0;
    const struct wsp_slice all = text;
    size_t n = name_run(text);
    struct wsp_slice name = wsp_cut(&text, n);
    if (n == 0 || (text.len > 0 && (!wsp_cut_byte(&text, ':') || wsp_port_parse(&port, text) < 0)))
        return false;
    a->host = name;
    a->ipv6 = false;
    a->port = port;
    a->text = all;
    return true;
}

int wsp_authority_parse(struct wsp_authority *a, struct wsp_slice text)
{
    if (!WSP_SMALL_CODE && parse_usual(a, text))
        return WSP_OK;
    struct wsp_authority found = {{NULL, 0}, false, 0, text};
    if (!cut_host(&found, &text))
        return WSP_ERR_SYNTAX;
    if (text.len > 0 && !wsp_cut_byte(&text, ':'))
        return WSP_ERR_SYNTAX;
    int rc = wsp_port_parse(&found.port, text);
    if (rc == WSP_OK)
        *a = found;
    return rc;
}

/* ------------------------------------------------------------ URL */

/* RFC 6455 3: "ws:" or "wss:" without case, then "//" */
static bool cut_scheme(struct wsp_slice *rest, bool *secure)
{
    struct wsp_slice scheme = wsp_cut(rest, wsp_index(*rest, ':'));
    *secure = wsp_slice_equal(scheme, "wss");
    return (*secure || wsp_slice_equal(scheme, "ws")) && wsp_cut_byte(rest, ':') &&
           wsp_cut_byte(rest, '/') && wsp_cut_byte(rest, '/');
}

static size_t authority_len(struct wsp_slice s)
{
    size_t n = 0;
    while (n < s.len && s.data[n] != '/' && s.data[n] != '?' && s.data[n] != '#')
        n++;
    return n;
}

/* RFC 3986 3.4: "?" and what follows it, or nothing */
static struct wsp_slice cut_query(struct wsp_slice *rest)
{
    struct wsp_slice s = *rest;
    size_t mark = wsp_cut_byte(&s, '?') ? 1 : 0;
    return wsp_cut(rest, mark > 0 ? mark + run_encoded(s, WSP_CLASS_QUERY) : 0);
}

int wsp_url_parse(struct wsp_url *u, const char *text, size_t len)
{
    struct wsp_slice rest = {(const uint8_t *)text, len};
    struct wsp_url found = {false, false, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    struct wsp_authority a;
    if (!cut_scheme(&rest, &found.secure))
        return WSP_ERR_SYNTAX;
    if (wsp_authority_parse(&a, wsp_cut(&rest, authority_len(rest))) < 0)
        return WSP_ERR_SYNTAX;
    found.host = a.host;
    found.ipv6 = a.ipv6;
    found.port = a.port > 0 ? a.port : (uint16_t)(found.secure ? PORT_WSS : PORT_WS);
    found.path = wsp_cut(&rest, run_encoded(rest, WSP_CLASS_PATH));
    found.query = cut_query(&rest);
    /* RFC 6455 3: a fragment is not allowed; nor is any other character a URI cannot hold */
    if (rest.len > 0)
        return WSP_ERR_SYNTAX;
    *u = found;
    return WSP_OK;
}

/* ------------------------------------------------------------ writing */

/* len counts all that was to be written, whether it fitted or not. */
struct writer {
    char *out;
    size_t size;
    size_t len;
};

static void put_byte(struct writer *w, uint8_t byte)
{
    if (w->size > 0 && w->len < w->size - 1)
        w->out[w->len] = (char)byte;
    w->len++;
}

static void put(struct writer *w, struct wsp_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        put_byte(w, s.data[i]);
}

static void put_port(struct writer *w, unsigned port)
{
    unsigned unit = 10000;
    while (unit > 1 && port < unit)
        unit /= 10;
    for (; unit > 0; unit /= 10)
        put_byte(w, (uint8_t)('0' + port / unit % 10));
}

static size_t finish(struct writer *w)
{
    if (w->size > 0)
        w->out[w->len < w->size ? w->len : w->size - 1] = '\0';
    return w->len;
}

size_t wsp_url_host(const struct wsp_url *u, char *out, size_t size)
{
    struct writer w = {out, size, 0};
    if (u->ipv6)
        put_byte(&w, '[');
    put(&w, u->host);
    if (u->ipv6)
        put_byte(&w, ']');
    /* RFC 6455 4.1: the port is named when it is not the default */
    if (u->port != (u->secure ? PORT_WSS : PORT_WS)) {
        put_byte(&w, ':');
        put_port(&w, u->port);
    }
    return finish(&w);
}

size_t wsp_url_resource(const struct wsp_url *u, char *out, size_t size)
{
    struct writer w = {out, size, 0};
    /* RFC 6455 3: "/" when the path is empty */
    if (u->path.len == 0)
        put_byte(&w, '/');
    put(&w, u->path);
    put(&w, u->query);
    return finish(&w);
}
