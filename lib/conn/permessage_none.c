/* permessage_none - a build with WSP_NO_DEFLATE: nothing is ever agreed on, so nothing of this is
 * called for a connection that could miss it. SPDX-License-Identifier: MIT */
#include "conn/permessage.h"

#ifdef WSP_NO_DEFLATE

bool wsp_permessage_compress(struct wsp_codecs **codecs, wsp_endpoint *e, struct wsp_context x,
                             struct wsp_slice data, struct wsp_slice *out)
{
    (void)codecs, (void)e, (void)x, (void)data, (void)out;
    return false;
}

void wsp_permessage_forget(struct wsp_codecs *codecs)
{
    (void)codecs;
}

void wsp_permessage_learn(struct wsp_codecs *codecs, struct wsp_slice plain)
{
    (void)codecs, (void)plain;
}

void wsp_permessage_drop_compressor(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    (void)codecs, (void)e;
}

int wsp_permessage_inflate(struct wsp_codecs **codecs, wsp_endpoint *e, struct wsp_inflating *how,
                           struct wsp_slice data, struct wsp_buf *out)
{
    (void)codecs, (void)e, (void)how, (void)data, (void)out;
    return WSP_ERR_UNSUPPORTED;
}

struct wsp_stream *wsp_permessage_stream(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    (void)codecs, (void)e;
    return NULL;
}

int wsp_permessage_stream_run(struct wsp_codecs *codecs, wsp_endpoint *e, struct wsp_inflating *how,
                              bool last, struct wsp_buf *out)
{
    (void)codecs, (void)e, (void)how, (void)last, (void)out;
    return WSP_ERR_UNSUPPORTED;
}

void wsp_permessage_stream_end(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    (void)codecs, (void)e;
}

void wsp_permessage_free(struct wsp_codecs **codecs, wsp_endpoint *e)
{
    (void)codecs, (void)e;
}
#endif
