/* SPDX-License-Identifier: MIT */
#include "conn/handshake_named.h"

#include "base/bytes.h"

/*
 * Are len >= 4 bytes of a token this text, which is in lower case, without ASCII case; a word at a
 * time. The bit between the cases is set in '-', and no other byte of a token becomes one of the
 * text's by it.
 */
static inline bool same(const uint8_t *token, const char *text, size_t len)
{
    const uint8_t *lower = (const uint8_t *)text;
    size_t i = 0;
    for (; len - i >= 8; i += 8)
        if ((wsp_load64(token + i) | UINT64_C(0x2020202020202020)) != wsp_load64(lower + i))
            return false;
    if (len - i >= 4 && (wsp_load32(token + i) | 0x20202020u) != wsp_load32(lower + i))
        return false;
    return (wsp_load32(token + len - 4) | 0x20202020u) == wsp_load32(lower + len - 4);
}

/* WSP_NAMES for every other. */
static enum wsp_name name_of(struct wsp_slice token)
{
    const uint8_t *at = token.data;
    switch (token.len) {
    case 4:
        return same(at, "host", 4) ? WSP_NAME_HOST : WSP_NAMES;
    case 6:
        return same(at, "origin", 6) ? WSP_NAME_ORIGIN : WSP_NAMES;
    case 7:
        return same(at, "upgrade", 7) ? WSP_NAME_UPGRADE : WSP_NAMES;
    case 10:
        return same(at, "connection", 10) ? WSP_NAME_CONNECTION : WSP_NAMES;
    case 14:
        return same(at, "content-length", 14) ? WSP_NAME_CONTENT_LENGTH : WSP_NAMES;
    case 17:
        if (same(at, "sec-websocket-key", 17))
            return WSP_NAME_KEY;
        return same(at, "transfer-encoding", 17) ? WSP_NAME_TRANSFER_ENCODING : WSP_NAMES;
    case 20:
        return same(at, "sec-websocket-accept", 20) ? WSP_NAME_ACCEPT : WSP_NAMES;
    case 21:
        return same(at, "sec-websocket-version", 21) ? WSP_NAME_VERSION : WSP_NAMES;
    case 22:
        return same(at, "sec-websocket-protocol", 22) ? WSP_NAME_PROTOCOL : WSP_NAMES;
    case 24:
        return same(at, "sec-websocket-extensions", 24) ? WSP_NAME_EXTENSIONS : WSP_NAMES;
    default:
        return WSP_NAMES;
    }
}

void wsp_named_find(struct wsp_named *n, const struct wsp_head *h)
{
    memset(n, 0, sizeof *n);
    for (size_t i = 0; i < h->header_count; i++) {
        enum wsp_name name = name_of(h->headers[i].name);
        if (name == WSP_NAMES)
            continue;
        if (n->first[name] != NULL)
            n->repeated |= 1u << name;
        else
            n->first[name] = &h->headers[i];
    }
}

const struct wsp_header *wsp_named_next(const struct wsp_named *n, enum wsp_name name,
                                        const struct wsp_head *h, const struct wsp_header *after)
{
    if ((n->repeated >> name & 1) == 0)
        return NULL;
    for (size_t i = (size_t)(after - h->headers) + 1; i < h->header_count; i++)
        if (name_of(h->headers[i].name) == name)
            return &h->headers[i];
    return NULL;
}
