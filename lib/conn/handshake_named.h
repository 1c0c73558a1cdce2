/* handshake_named - the header fields that the handshake asks for, found in one sweep.
 * SPDX-License-Identifier: MIT */
#ifndef WSP_CONN_HANDSHAKE_NAMED_H
#define WSP_CONN_HANDSHAKE_NAMED_H

#include <wsproto.h>

enum wsp_name {
    WSP_NAME_HOST,
    WSP_NAME_ORIGIN,
    WSP_NAME_UPGRADE,
    WSP_NAME_CONNECTION,
    WSP_NAME_CONTENT_LENGTH,
    WSP_NAME_TRANSFER_ENCODING,
    WSP_NAME_KEY, /* the last five: Sec-WebSocket-... */
    WSP_NAME_ACCEPT,
    WSP_NAME_VERSION,
    WSP_NAME_PROTOCOL,
    WSP_NAME_EXTENSIONS,
    WSP_NAMES
};

struct wsp_named {
    unsigned present, repeated; /* a bit for each name of which there is one, are more */
    const struct wsp_header *at[WSP_NAMES]; /* of those present, the first */
};

/* wsp_named_find - h as it was parsed: names are tokens */
void wsp_named_find(struct wsp_named *n, const struct wsp_head *h);

/* wsp_named_first - the first field of this name; NULL when there is none */
static inline const struct wsp_header *wsp_named_first(const struct wsp_named *n,
                                                       enum wsp_name name)
{
    return n->present >> name & 1 ? n->at[name] : NULL;
}

/* wsp_named_single - the only field of this name; NULL when there is none or more than one, then
 * *repeated tells which */
static inline const struct wsp_header *wsp_named_single(const struct wsp_named *n,
                                                        enum wsp_name name, bool *repeated)
{
    *repeated = (n->repeated >> name & 1) != 0;
    return *repeated ? NULL : wsp_named_first(n, name);
}

/* wsp_named_next - the field of this name behind one of them; NULL: that was the last */
const struct wsp_header *wsp_named_next(const struct wsp_named *n, enum wsp_name name,
                                        const struct wsp_head *h, const struct wsp_header *after);

/* wsp_named_token - does the comma list of all fields of the name hold what an upgrade to WebSocket
 * has there: name is UPGRADE, or CONNECTION */
bool wsp_named_token(const struct wsp_named *n, enum wsp_name name, const struct wsp_head *h);

#endif
