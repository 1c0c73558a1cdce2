/* SPDX-License-Identifier: MIT */
#include "conn/handshake_named.h"

#include "codec/chars.h"

/* WSP_NAMES for every other. */
static enum wsp_name name_of(struct wsp_slice token)
{
    const uint8_t *at = token.data;
    switch (token.len) {
    case 4:
        return wsp_letters_are(at, "host", 4) ? WSP_NAME_HOST : WSP_NAMES;
    case 6:
        return wsp_letters_are(at, "origin", 6) ? WSP_NAME_ORIGIN : WSP_NAMES;
    case 7:
        return wsp_letters_are(at, "upgrade", 7) ? WSP_NAME_UPGRADE : WSP_NAMES;
    case 10:
        return wsp_letters_are(at, "connection", 10) ? WSP_NAME_CONNECTION : WSP_NAMES;
    case 14:
        return wsp_letters_are(at, "content-length", 14) ? WSP_NAME_CONTENT_LENGTH : WSP_NAMES;
    case 17:
        if (wsp_letters_are(at, "sec-websocket-key", 17))
            return WSP_NAME_KEY;
        return wsp_letters_are(at, "transfer-encoding", 17) ? WSP_NAME_TRANSFER_ENCODING
                                                            : WSP_NAMES;
    case 20:
        return wsp_letters_are(at, "sec-websocket-accept", 20) ? WSP_NAME_ACCEPT : WSP_NAMES;
    case 21:
        return wsp_letters_are(at, "sec-websocket-version", 21) ? WSP_NAME_VERSION : WSP_NAMES;
    case 22:
        return wsp_letters_are(at, "sec-websocket-protocol", 22) ? WSP_NAME_PROTOCOL : WSP_NAMES;
    case 24:
        return wsp_letters_are(at, "sec-websocket-extensions", 24) ? WSP_NAME_EXTENSIONS
                                                                   : WSP_NAMES;
    default:
        return WSP_NAMES;
    }
}

void wsp_named_find(struct wsp_named *n, const struct wsp_head *h)
{
    unsigned present = 0; /* in registers: for all that a compiler knows, h may point to n */
    unsigned repeated = 0;
    for (size_t i = 0; i < h->header_count; i++) {
        enum wsp_name name = name_of(h->headers[i].name);
        if (name == WSP_NAMES)
            continue;
        unsigned bit = 1u << name;
        if ((present & bit) == 0)
            n->at[name] = &h->headers[i];
        repeated |= present & bit;
        present |= bit;
    }
    n->present = present;
    n->repeated = repeated;
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

bool wsp_named_token(const struct wsp_named *n, enum wsp_name name, const struct wsp_head *h)
{
    const struct wsp_header *first = wsp_named_first(n, name);
    if (first == NULL)
        return false;
    struct wsp_slice list = first->value;
    /* The usual list is of one token. */
    if (name == WSP_NAME_UPGRADE)
        return (list.len == 9 && wsp_letters_are(list.data, "websocket", 9)) ||
               wsp_head_token(h, "Upgrade", "websocket");
    return (list.len == 7 && wsp_letters_are(list.data, "upgrade", 7)) ||
           wsp_head_token(h, "Connection", "Upgrade");
}
