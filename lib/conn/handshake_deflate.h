/* handshake_deflate - negotiating permessage-deflate (RFC 7692 5, 7.1).
 * SPDX-License-Identifier: MIT
 *
 * Pure functions. A configuration has its defaults filled in, and is enabled, where one is asked
 * for.
 */
#ifndef WSP_CONN_HANDSHAKE_DEFLATE_H
#define WSP_CONN_HANDSHAKE_DEFLATE_H

#include "base/text.h"

#define WSP_DEFLATE_NAME "permessage-deflate"

/* wsp_deflate_named - is this token its name (extensions are compared without case) */
bool wsp_deflate_named(struct wsp_slice token);

/* What a server answers. */
struct wsp_deflate_answer {
    struct wsp_deflate_params params;
    bool say_server_bits, say_client_bits; /* these parameters stand in the answer */
};

/* Server: one offer's parameters. False: declined (RFC 7692 7), *out is as before. */
bool wsp_deflate_choose(struct wsp_deflate_answer *out, struct wsp_slice params,
                        const struct wsp_deflate_config *config);

/* Server: the extension with its parameters; nothing when none was agreed. */
void wsp_deflate_write_answer(struct wsp_text *t, const struct wsp_deflate_answer *a);

/* Client: the offer; nothing when it is not enabled. */
void wsp_deflate_write_offer(struct wsp_text *t, const struct wsp_deflate_config *config);

/* Client: the parameters of the answer to that offer. False: they do not fit it. */
bool wsp_deflate_check(struct wsp_deflate_params *out, struct wsp_slice params,
                       const struct wsp_deflate_config *config);

#endif
