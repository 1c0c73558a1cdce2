/* url - ws: and wss: URIs (RFC 6455 3, RFC 3986). SPDX-License-Identifier: MIT
 *
 * A refused parse leaves *u as it was. A host is not looked up or decoded: percent-encoded bytes
 * stay as they are. The IP literals of the future (RFC 3986 IPvFuture) and zone ids (RFC 6874) are
 * refused. */
#ifndef WSP_CODEC_URL_H
#define WSP_CODEC_URL_H

#include <wsproto.h>

struct wsp_authority {
    struct wsp_slice host; /* not empty; without brackets */
    bool ipv6;
    uint16_t port;         /* 0 when there is none */
    struct wsp_slice text; /* all of it, as it was given */
};

/*
 * wsp_authority_parse - host [ ":" port ] of RFC 3986 3.2, as in a URI without user information or
 * a Host header
 *
 * Returns WSP_OK or WSP_ERR_SYNTAX: no host, '@', a port outside 1 to 65535. An empty port counts
 * as none.
 */
int wsp_authority_parse(struct wsp_authority *a, struct wsp_slice text);

/* wsp_port_parse - what follows the colon there: WSP_OK, *port 0 for empty text, or
 * WSP_ERR_SYNTAX */
int wsp_port_parse(uint16_t *port, struct wsp_slice text);

#endif
