/* SPDX-License-Identifier: MIT */
#include "conn/message.h"

#include "codec/mask.h"

#include <string.h>

#define SPACE_MIN 4096u /* bytes: reading less straight into place saves nothing */

static int count_frame(struct wsp_message *m, uint64_t payload_len, const struct wsp_limits *limits,
                       const char **rule)
{
    if (m->fragments < UINT32_MAX)
        m->fragments++;
    /* 10.4: floods of frames; objects cost more than bytes */
    if (m->fragments > limits->fragments) {
        *rule = "RFC 6455 10.4: message has too many fragments";
        return WSP_ERR_TOO_BIG;
    }
    m->empties = payload_len == 0 && m->empties < UINT32_MAX ? m->empties + 1 : 0;
    if (m->empties > limits->empty_fragments) {
        *rule = "RFC 6455 10.4: message has too many empty fragments in a row";
        return WSP_ERR_TOO_BIG;
    }
    return WSP_OK;
}

int wsp_message_frame(struct wsp_message *m, const struct wsp_frame *f,
                      const struct wsp_limits *limits, const char **rule)
{
    if (f->opcode != WSP_CONTINUATION) {
        m->opcode = (uint8_t)f->opcode;
        m->compressed = (f->rsv & WSP_RSV1) != 0;
    }
    /* 10.4: the limit is on the reassembled message, before anything is allocated */
    size_t limit = m->compressed ? limits->wire : limits->message;
    if (limit != WSP_NO_LIMIT && (m->total > limit || f->payload_len > limit - m->total)) {
        *rule = "RFC 6455 10.4: message is over the size limit";
        return WSP_ERR_TOO_BIG;
    }
    /* What cannot be addressed cannot be collected either. */
    if (!m->streaming && f->payload_len > SIZE_MAX / 4 - m->buf.len) {
        *rule = "RFC 6455 10.4: message is larger than this machine can hold";
        return WSP_ERR_TOO_BIG;
    }
    /* Only an unfragmented message is free of frames to count. */
    if (f->fin && m->fragments == 0)
        return WSP_OK;
    return count_frame(m, f->payload_len, limits, rule);
}

/* Unmasks and checks p into dst, which may be p->in. */
static bool take(struct wsp_message *m, const wsp_endpoint *e, uint8_t *dst,
                 const struct wsp_piece *p)
{
    uint64_t word = p->key != NULL ? wsp_mask_word(p->key, p->offset) : 0;
    if (m->opcode == WSP_TEXT && !m->compressed && !e->trust_utf8) {
        if (word == 0 && dst == p->in)
            return e->kernels.utf8(&m->utf8, p->in, p->len);
        return e->kernels.unmask_text(dst, p->in, p->len, word, &m->utf8);
    }
    if (word != 0 || dst != p->in)
        e->kernels.mask(dst, p->in, p->len, word); /* 0 copies */
    return true;
}

static int bad_text(const char **rule)
{
    *rule = "RFC 6455 8.1: text is not valid UTF-8";
    return WSP_ERR_UTF8;
}

/* Where the piece goes in buf: it may be there already, read straight into place. */
static uint8_t *collect_at(struct wsp_message *m, wsp_endpoint *e, const struct wsp_piece *p)
{
    /* wsp_message_frame has bounded the sums of a message that is collected. */
    bool known = p->fin && !m->streaming;
    size_t limit = m->buf.len + (known ? (size_t)p->left : p->len);
    if (!known && limit < SIZE_MAX / 4)
        limit *= 2;
    if (!wsp_endpoint_room(e, &m->buf, p->len, limit))
        return NULL;
    return m->buf.data + m->buf.len;
}

static int collect(struct wsp_message *m, wsp_endpoint *e, const struct wsp_piece *p,
                   const char **rule)
{
    uint8_t *dst = collect_at(m, e, p);
    if (dst == NULL) {
        *rule = "out of memory for a message";
        return WSP_ERR_NOMEM;
    }
    if (!take(m, e, dst, p))
        return bad_text(rule);
    m->buf.len += p->len;
    return WSP_OK;
}

/* Can the bytes be shown where they are? */
static bool in_place(const struct wsp_message *m, const struct wsp_piece *p)
{
    if (p->read_only && p->key != NULL)
        return false;
    return m->streaming || (p->fin && m->total == 0 && p->len == p->left);
}

int wsp_message_piece(struct wsp_message *m, wsp_endpoint *e, const struct wsp_piece *p,
                      struct wsp_slice *out, const char **rule)
{
    bool last = p->fin && p->len == p->left;
    if (p->len == 0) {
        *out = (struct wsp_slice){m->buf.data, m->buf.len};
    } else if (in_place(m, p)) {
        if (!take(m, e, p->in, p))
            return bad_text(rule);
        *out = (struct wsp_slice){p->in, p->len};
    } else {
        int r = collect(m, e, p, rule);
        if (r != WSP_OK)
            return r;
        *out = (struct wsp_slice){m->buf.data, m->buf.len};
    }
    m->total += p->len;
    /* 5.6, 8.1: the message as a whole is valid UTF-8 */
    if (last && m->opcode == WSP_TEXT && !m->compressed && !e->trust_utf8 &&
        !wsp_utf8_done(m->utf8))
        return bad_text(rule);
    return WSP_OK;
}

static void reset(struct wsp_message *m)
{
    m->total = 0;
    m->utf8 = 0;
    m->fragments = 0;
    m->empties = 0;
    m->opcode = 0;
    m->compressed = false;
    m->told = false;
}

void wsp_message_lend(struct wsp_message *m, wsp_endpoint *e)
{
    if (m->buf.data != NULL)
        wsp_endpoint_lend(e, &m->buf);
}

void wsp_message_end(struct wsp_message *m, wsp_endpoint *e)
{
    wsp_message_lend(m, e);
    reset(m);
}

void wsp_message_drop(struct wsp_message *m, wsp_endpoint *e)
{
    if (m->buf.data != NULL)
        wsp_endpoint_give(e, &m->buf);
    reset(m);
}

size_t wsp_message_space(struct wsp_message *m, wsp_endpoint *e, uint64_t left, uint8_t **at)
{
    if (m->streaming || left < SPACE_MIN)
        return 0;
    size_t room = m->buf.cap - m->buf.len;
    /* Offered is at most what has arrived so far, so that memory follows the bytes received. */
    if (room < SPACE_MIN) {
        size_t want = m->buf.len > SPACE_MIN ? m->buf.len : SPACE_MIN;
        if (want > left)
            want = (size_t)left;
        if (!wsp_endpoint_room(e, &m->buf, want, m->buf.len + want))
            return 0;
        room = m->buf.cap - m->buf.len;
    }
    *at = m->buf.data + m->buf.len;
    return room < left ? room : (size_t)left;
}
