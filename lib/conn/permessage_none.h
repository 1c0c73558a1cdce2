/* permessage_none - a build with WSP_NO_DEFLATE: nothing is ever agreed on, so nothing of this is
 * called for a connection that could miss it. SPDX-License-Identifier: MIT
 *
 * The second half of permessage.h, which has the types. */
#ifndef WSP_CONN_PERMESSAGE_NONE_H
#define WSP_CONN_PERMESSAGE_NONE_H

static inline void wsp_permessage_copied(wsp_endpoint *e)
{
    (void)e;
}

static inline bool wsp_permessage_compress(struct wsp_codecs **codecs, wsp_endpoint *e,
                                           struct wsp_context x, struct wsp_slice data,
                                           struct wsp_slice *out)
{
    (void)codecs, (void)e, (void)x, (void)data, (void)out;
    return false;
}

static inline void wsp_permessage_forget(struct wsp_codecs *codecs)
{
    (void)codecs;
}

static inline void wsp_permessage_learn(struct wsp_codecs *codecs, struct wsp_slice plain)
{
    (void)codecs, (void)plain;
}

static inline void wsp_permessage_drop_compressor(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    (void)codecs, (void)e;
}

static inline int wsp_permessage_inflate(struct wsp_codecs **codecs, wsp_endpoint *e,
                                         struct wsp_inflating *how, struct wsp_slice data,
                                         struct wsp_buf *out)
{
    (void)codecs, (void)e, (void)how, (void)data, (void)out;
    return WSP_ERR_UNSUPPORTED;
}

static inline struct wsp_stream *wsp_permessage_stream(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    (void)codecs, (void)e;
    return NULL;
}

static inline int wsp_permessage_stream_run(struct wsp_codecs *codecs, wsp_endpoint *e,
                                            struct wsp_inflating *how, bool last,
                                            struct wsp_buf *out)
{
    (void)codecs, (void)e, (void)how, (void)last, (void)out;
    return WSP_ERR_UNSUPPORTED;
}

static inline void wsp_permessage_stream_end(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    (void)codecs, (void)e;
}

static inline void wsp_permessage_free(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    (void)codecs, (void)e;
}

#endif
