/* handshake_origin - which web pages may connect (RFC 6455 10.2). SPDX-License-Identifier: MIT */
#ifndef WSP_CONN_HANDSHAKE_ORIGIN_H
#define WSP_CONN_HANDSHAKE_ORIGIN_H

#include "codec/url.h"

/*
 * wsp_origin_allowed - may a page of this origin connect to this host
 *
 * origins: as in struct wsp_config, NULL for its default. The default compares host and port, not
 * the scheme, since a proxy may have ended TLS: names without case, the default port being that of
 * the Origin's own scheme (80 for http and ws, 443 for https and wss; another scheme without a port
 * names no port, and matches nothing). A list compares the scheme as well. "null" and malformed
 * ones match nothing but "*".
 */
bool wsp_origin_allowed(const char *origins, struct wsp_slice origin,
                        const struct wsp_authority *host);

#endif
