/* frame - parse, check and write a frame header. SPDX-License-Identifier: MIT */
#include "codec/frame.h"

#include "base/bytes.h"

static int refuse(struct wsp_frame *f, const char *rule)
{
    f->rule = rule;
    return WSP_ERR_PROTOCOL;
}

/* 5.2: opcodes 3-7 and B-F are reserved */
static bool opcode_from(enum wsp_opcode *out, unsigned first)
{
    switch (first & WSP_FRAME_OPCODE) {
    case 0x0:
        *out = WSP_CONTINUATION;
        return true;
    case 0x1:
        *out = WSP_TEXT;
        return true;
    case 0x2:
        *out = WSP_BINARY;
        return true;
    case 0x8:
        *out = WSP_CLOSE;
        return true;
    case 0x9:
        *out = WSP_PING;
        return true;
    case 0xA:
        *out = WSP_PONG;
        return true;
    default:
        return false;
    }
}

/* What the first two bytes decide. */
static int parse_start(struct wsp_frame *f, const uint8_t buf[2])
{
    f->fin = (buf[0] & WSP_FRAME_FIN) != 0;
    f->rsv = (uint8_t)((buf[0] & WSP_FRAME_RSV) >> WSP_FRAME_RSV_SHIFT);
    f->masked = (buf[1] & WSP_FRAME_MASK) != 0;
    f->payload_len = buf[1] & WSP_FRAME_LEN;
    /* 5.2: an unknown opcode fails the connection */
    if (!opcode_from(&f->opcode, buf[0]))
        return refuse(f, "RFC 6455 5.2: opcode is reserved");
    if (!wsp_frame_is_control(f->opcode))
        return WSP_OK;
    /* 5.5: control frames are not fragmented */
    if (!f->fin)
        return refuse(f, "RFC 6455 5.5: control frame is fragmented");
    /* 5.5: control frames have at most 125 bytes; 126 and 127 announce more, or a longer form */
    if (f->payload_len > WSP_CONTROL_MAX)
        return refuse(f, "RFC 6455 5.5: control frame is longer than 125 bytes");
    return WSP_OK;
}

static int parse_len16(struct wsp_frame *f, const uint8_t at[2])
{
    f->payload_len = wsp_load_be16(at);
    /* 5.2: the shortest form is used */
    if (f->payload_len < 126)
        return refuse(f, "RFC 6455 5.2: 16-bit length is not in its shortest form");
    return WSP_OK;
}

static int parse_len64(struct wsp_frame *f, const uint8_t at[8])
{
    f->payload_len = wsp_load_be64(at);
    /* 5.2: the top bit is 0 */
    if (f->payload_len >> 63)
        return refuse(f, "RFC 6455 5.2: 64-bit length has its top bit set");
    /* 5.2: the shortest form is used */
    if (f->payload_len <= 0xFFFF)
        return refuse(f, "RFC 6455 5.2: 64-bit length is not in its shortest form");
    return WSP_OK;
}

int wsp_frame_parse(struct wsp_frame *f, const uint8_t *buf, size_t len)
{
    *f = (struct wsp_frame){.opcode = WSP_CONTINUATION};
    if (len < 2)
        return 0;
    int error = parse_start(f, buf);
    if (error != WSP_OK)
        return error;
    size_t size = wsp_frame_header_size(buf[1]);
    if (len < size)
        return 0;
    if (f->payload_len == WSP_FRAME_LEN16)
        error = parse_len16(f, buf + 2);
    else if (f->payload_len == WSP_FRAME_LEN64)
        error = parse_len64(f, buf + 2);
    if (error != WSP_OK)
        return error;
    if (f->masked)
        memcpy(f->key, buf + size - sizeof f->key, sizeof f->key);
    return (int)size;
}

int wsp_frame_check(struct wsp_frame *f, enum wsp_role receiver, uint8_t rsv_allowed,
                    bool in_message)
{
    f->rule = NULL;
    /* 5.1: a client masks every frame, a server none */
    if (receiver == WSP_SERVER && !f->masked)
        return refuse(f, "RFC 6455 5.1: frame from client is not masked");
    if (receiver != WSP_SERVER && f->masked)
        return refuse(f, "RFC 6455 5.1: frame from server is masked");
    /* 5.2: a reserved bit is 0 unless an extension has given it a meaning */
    if (f->rsv & ~(unsigned)rsv_allowed)
        return refuse(f, "RFC 6455 5.2: reserved bit is set");
    if (wsp_frame_is_control(f->opcode))
        return WSP_OK;
    /* 5.4: a message ends before the next begins, and only a begun one is continued */
    if (in_message && f->opcode != WSP_CONTINUATION)
        return refuse(f, "RFC 6455 5.4: message begins inside a fragmented message");
    if (!in_message && f->opcode == WSP_CONTINUATION)
        return refuse(f, "RFC 6455 5.4: continuation without a message");
    return WSP_OK;
}

/* The one definition that is not inlined. */
extern inline size_t wsp_frame_write(uint8_t out[WSP_FRAME_HEADER_MAX], const struct wsp_frame *f);
