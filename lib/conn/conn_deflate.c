/* conn_deflate - permessage-deflate in a connection (RFC 7692 6, 7).
 * SPDX-License-Identifier: MIT */
#include "conn/conn.h"

#include <string.h>

void wsp_set_compress(wsp_conn *c, bool compress)
{
    c->send_plain = !compress;
}

#ifndef WSP_NO_DEFLATE /* conn_deflate_none.h otherwise */

void wsp_conn_agree(wsp_conn *c, const struct wsp_deflate_params *p)
{
    bool server = c->role == WSP_SERVER;
    bool server_takeover = !p->server_no_context_takeover;
    bool client_takeover = !p->client_no_context_takeover;
    c->deflate = p->enabled;
    if (!p->enabled)
        return;
    c->send_takeover = server ? server_takeover : client_takeover;
    c->receive_takeover = server ? client_takeover : server_takeover;
    unsigned server_bits = p->server_max_window_bits;
    unsigned client_bits = p->client_max_window_bits;
    c->send_bits = (server ? server_bits : client_bits) & 15;
    c->receive_bits = (server ? client_bits : server_bits) & 15;
}

/* ---------------------------------------------------------------- sending */

bool wsp_conn_packs(const wsp_conn *c, size_t len)
{
    size_t least = c->e->rules.deflate.min_size;
    return c->deflate && !c->send_plain && len >= least && least != WSP_NO_LIMIT;
}

static struct wsp_context sending(const wsp_conn *c)
{
    return (struct wsp_context){c->send_bits, c->send_takeover};
}

bool wsp_conn_pack(wsp_conn *c, struct wsp_slice data, struct wsp_slice *out)
{
    struct wsp_slice packed;
    if (!wsp_permessage_compress(&c->codecs, c->e, sending(c), data, &packed))
        return false;
    packed.len -= WSP_DEFLATE_TAIL; /* 7.2.1 (3) */
    if (packed.len >= data.len) {
        wsp_permessage_forget(c->codecs);
        return false;
    }
    *out = packed;
    return true;
}

bool wsp_conn_pack_part(wsp_conn *c, struct wsp_slice data, bool last, struct wsp_slice *out)
{
    /* The pieces of a message have one history, whatever becomes of it at the end. */
    struct wsp_context x = {c->send_bits, true};
    if (!wsp_permessage_compress(&c->codecs, c->e, x, data, out))
        return false;
    if (last)
        out->len -= WSP_DEFLATE_TAIL; /* 7.2.1 (3) */
    return true;
}

/* ---------------------------------------------------------------- receiving */

static struct wsp_inflating inflating(wsp_conn *c)
{
    return (struct wsp_inflating){
        .context = {c->receive_bits, c->receive_takeover},
        .limit = c->limits->message,
        .text = c->message.opcode == WSP_TEXT && !c->e->trust_utf8,
        .utf8 = &c->message.utf8,
    };
}

int wsp_conn_inflate(wsp_conn *c, struct wsp_slice *data, const char **rule)
{
    struct wsp_inflating how = inflating(c);
    struct wsp_buf plain = {NULL, 0, 0};
    /* Collected, it may move; else it lies in the input, whatever room wsp_recv_space has made. */
    if (data->data == c->message.buf.data) {
        wsp_endpoint_shrink(c->e, &c->message.buf);
        data->data = c->message.buf.data;
    }
    int r = wsp_permessage_inflate(&c->codecs, c->e, &how, *data, &plain);
    wsp_endpoint_give(c->e, &c->message.buf);
    c->message.buf = plain;
    *data = (struct wsp_slice){plain.data, plain.len};
    *rule = how.rule;
    return r;
}

/* Moves input into the stream, unmasked: so it may be read-only, and no more of it is taken than
 * was decoded. */
static void stream_take(wsp_conn *c, struct wsp_stream *s, struct wsp_input *in)
{
    size_t len = in->len < c->frame_left ? in->len : (size_t)c->frame_left;
    if (wsp_permessage_stream_waits(s) || len == 0)
        return;
    if (len > sizeof s->wire)
        len = sizeof s->wire;
    if (c->masked)
        c->e->kernels.mask(s->wire, in->data, len, wsp_mask_word(c->key, c->key_at));
    else
        memcpy(s->wire, in->data, len);
    s->wire_at = 0;
    s->wire_len = len;
    in->data += len;
    in->len -= len;
    c->frame_left -= len;
    c->key_at = (uint8_t)((c->key_at + len) & 3);
    c->message.total += len;
    if (c->counting)
        wsp_conn_statistics(c)->received.wire += len;
}

int wsp_conn_inflate_some(wsp_conn *c, struct wsp_input *in, struct wsp_slice *data, bool *done,
                          const char **rule)
{
    struct wsp_inflating how = inflating(c);
    struct wsp_stream *s = wsp_permessage_stream(&c->codecs, c->e);
    if (s == NULL) {
        *rule = "out of memory for a compressed message";
        return WSP_ERR_NOMEM;
    }
    stream_take(c, s, in);
    bool last = c->fin && c->frame_left == 0;
    int r = wsp_permessage_stream_run(c->codecs, c->e, &how, last, &c->message.buf);
    *data = (struct wsp_slice){c->message.buf.data, c->message.buf.len};
    *done = how.done;
    *rule = how.rule;
    if (r != WSP_OK || how.done)
        wsp_permessage_stream_end(&c->codecs, c->e);
    return r;
}

#endif
