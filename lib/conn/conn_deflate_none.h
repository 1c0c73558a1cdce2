/* conn_deflate_none - a build with WSP_NO_DEFLATE: nothing is agreed on, no message is compressed.
 * SPDX-License-Identifier: MIT
 *
 * The part of conn.h that conn_deflate.c is in other builds. */
#ifndef WSP_CONN_CONN_DEFLATE_NONE_H
#define WSP_CONN_CONN_DEFLATE_NONE_H

static inline void wsp_conn_agree(wsp_conn *c, const struct wsp_deflate_params *p)
{
    (void)c, (void)p;
}

static inline bool wsp_conn_packs(const wsp_conn *c, size_t len)
{
    (void)c, (void)len;
    return false;
}

static inline bool wsp_conn_pack(wsp_conn *c, struct wsp_slice data, struct wsp_slice *out)
{
    (void)c, (void)data, (void)out;
    return false;
}

static inline bool wsp_conn_pack_part(wsp_conn *c, struct wsp_slice data, bool last,
                                      struct wsp_slice *out)
{
    (void)c, (void)data, (void)last, (void)out;
    return false;
}

static inline int wsp_conn_inflate(wsp_conn *c, struct wsp_slice *data, const char **rule)
{
    (void)c, (void)data, (void)rule;
    return WSP_ERR_UNSUPPORTED;
}

static inline int wsp_conn_inflate_some(wsp_conn *c, struct wsp_input *in, struct wsp_slice *data,
                                        bool *done, const char **rule)
{
    (void)c, (void)in, (void)data, (void)done, (void)rule;
    return WSP_ERR_UNSUPPORTED;
}

#endif
