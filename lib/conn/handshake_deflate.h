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

/* What a server answers. */
struct wsp_deflate_answer {
    struct wsp_deflate_params params;
    bool say_server_bits, say_client_bits; /* these parameters stand in the answer */
};

/* A build without compression takes it for an extension that it does not know. */
#ifdef WSP_NO_DEFLATE

static inline bool wsp_deflate_named(struct wsp_slice token)
{
    (void)token;
    return false;
}

static inline bool wsp_deflate_choose(struct wsp_deflate_answer *out, struct wsp_slice params,
                                      const struct wsp_deflate_config *config)
{
    (void)out, (void)params, (void)config;
    return false;
}

static inline void wsp_deflate_write_answer(struct wsp_text *t, const struct wsp_deflate_answer *a)
{
    (void)t, (void)a;
}

static inline void wsp_deflate_write_offer(struct wsp_text *t,
                                           const struct wsp_deflate_config *config)
{
    (void)t, (void)config;
}

static inline bool wsp_deflate_check(struct wsp_deflate_params *out, struct wsp_slice params,
                                     const struct wsp_deflate_config *config)
{
    (void)out, (void)params, (void)config;
    return false;
}

#else

/* wsp_deflate_named - is this token its name (extensions are compared without case) */
bool wsp_deflate_named(struct wsp_slice token);

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

#endif
