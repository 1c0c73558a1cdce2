/* SPDX-License-Identifier: MIT */
#include "conn/handshake.h"

#include "codec/chars.h"
#include "codec/http.h"

#include <string.h>

/* ---------------------------------------------------------------- slices */

bool wsp_slice_same(struct wsp_slice a, struct wsp_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool wsp_slice_like(struct wsp_slice a, struct wsp_slice b)
{
    size_t n = 0;
    while (n < a.len && n < b.len && wsp_char_lower(a.data[n]) == wsp_char_lower(b.data[n]))
        n++;
    return n == a.len && n == b.len;
}

/* ---------------------------------------------------------------- subprotocols */

bool wsp_protocols_have(const struct wsp_protocols *p, struct wsp_slice token)
{
    for (size_t i = 0; i < p->count && i < WSP_PROTOCOLS_MAX; i++) {
        if (wsp_slice_same(p->at[i], token))
            return true;
    }
    return false;
}

int wsp_protocols_add(struct wsp_protocols *p, struct wsp_slice list)
{
    struct wsp_slice token;
    int rc = wsp_list_next(&list, &token);
    for (; rc > 0; rc = wsp_list_next(&list, &token)) {
        /* 4.1 (10): "MUST all be unique strings" */
        if (wsp_protocols_have(p, token))
            return WSP_ERR_SYNTAX;
        if (p->count >= WSP_PROTOCOLS_MAX)
            return WSP_ERR_TOO_BIG;
        p->at[p->count] = token;
        p->count++;
    }
    return rc;
}

int wsp_protocols_check(const char *list)
{
    struct wsp_protocols all;
    struct wsp_slice text = wsp_slice_of(list);
    all.count = 0;
    if (wsp_protocols_add(&all, text) < 0)
        return WSP_ERR_ARG;
    /* Nothing but commas is no way to say "none". */
    return all.count > 0 || text.len == 0 ? WSP_OK : WSP_ERR_ARG;
}

/* ---------------------------------------------------------------- fields and lines */

/* What the handshake writes itself, and what frames the body of a response: a second one would be
 * for smugglers. */
static bool field_reserved(struct wsp_slice name)
{
    static const char *const names[] = {"Host", "Upgrade", "Connection", "Content-Length",
                                        "Transfer-Encoding"};
    static const char prefix[] = "Sec-WebSocket-";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (wsp_slice_equal(name, names[i]))
            return true;
    }
    if (name.len > sizeof prefix - 1)
        name.len = sizeof prefix - 1;
    return wsp_slice_equal(name, prefix);
}

bool wsp_fields_valid(const struct wsp_field *fields, size_t count)
{
    if (fields == NULL)
        return count == 0;
    for (size_t i = 0; i < count; i++) {
        struct wsp_slice name = wsp_slice_of(fields[i].name);
        /* RFC 9110 5.1, 5.5: no CR or LF gets into a head, whatever the application was given */
        if (!wsp_field_name_valid(name) || field_reserved(name))
            return false;
        if (fields[i].value == NULL || !wsp_field_value_valid(wsp_slice_of(fields[i].value)))
            return false;
    }
    return true;
}

bool wsp_fields_have(const struct wsp_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (wsp_slice_equal(wsp_slice_of(fields[i].name), name))
            return true;
    }
    return false;
}

void wsp_field_write(struct wsp_text *t, const char *name, struct wsp_slice value)
{
    wsp_text_add(t, name);
    wsp_text_add(t, ": ");
    wsp_text_slice(t, value);
    wsp_text_add(t, "\r\n");
}

void wsp_fields_write(struct wsp_text *t, const struct wsp_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        wsp_field_write(t, fields[i].name, wsp_slice_of(fields[i].value));
}

const char *wsp_status_reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } known[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].status == status)
            return known[i].reason;
    }
    return "";
}
