/* Sending, one message at a time: accepted, shown, passed on. SPDX-License-Identifier: MIT */
#include <string.h>

#include "bench/budget/conversation.h"

/* The frames of w, one a message, hold the messages. */
static void check_sent(struct kit_wire *w, const struct conversation *self, const uint8_t *expected)
{
    uint8_t *at = w->bytes;
    for (size_t i = 0; i < self->count; i++) {
        struct wsp_frame f;
        int header = wsp_frame_parse(&f, at, w->len - (size_t)(at - w->bytes));
        kit_need(header > 0 && f.fin && f.opcode == kit_opcode(self->kind) &&
                     f.masked == (self->role == WSP_CLIENT) && f.payload_len == self->len,
                 "a frame was sent wrong");
        at += header;
        if (f.masked)
            wsp_mask(at, at, self->len, f.key, 0);
        kit_need(memcmp(at, expected, self->len) == 0, "a payload was sent wrong");
        at += self->len;
        expected += self->len;
    }
    kit_need(at == w->bytes + w->len, "more was sent than messages");
}

static void send_all(wsp_conn *c, const struct conversation *self, const uint8_t *at,
                     struct kit_wire *w)
{
    bool text = kit_opcode(self->kind) == WSP_TEXT;
    for (size_t i = 0; i < self->count; i++, at += self->len) {
        int sent = text ? wsp_send_text(c, (const char *)at, self->len)
                        : wsp_send_binary(c, at, self->len);
        kit_need(sent == WSP_OK, "a message was refused");
        (void)kit_drain(c, w);
    }
}

static void send(const struct conversation *self)
{
    struct kit_messages m;
    struct kit_wire w;
    wsp_endpoint *e = kit_endpoint(NULL);
    wsp_conn *c = kit_adopt(e, self->role, NULL);
    kit_messages(&m, self->kind, self->len, 2 * self->count);
    kit_wire(&w, self->count * (self->len + WSP_FRAME_HEADER_MAX));
    send_all(c, self, m.bytes, &w);
    check_sent(&w, self, m.bytes);
    meter_on();
    send_all(c, self, m.bytes + m.offset[self->count], NULL);
    meter_off();
    kit_need(wsp_queued_bytes(c) == 0, "output is left");
    wsp_conn_free(c);
    wsp_endpoint_free(e);
}

#define ROW(name_, role_, kind_, count_, len_)                                                 \
    {                                                                                          \
        .name = name_, .run = send, .role = role_, .kind = kind_, .count = count_, .len = len_ \
    }

const struct conversation send_conversations[] = {
    ROW("server-sends-binary-8", WSP_SERVER, KIT_BINARY, 2000, 8),
    ROW("server-sends-binary-125", WSP_SERVER, KIT_BINARY, 1000, 125),
    ROW("server-sends-binary-1k", WSP_SERVER, KIT_BINARY, 500, 1024),
    ROW("server-sends-binary-64k", WSP_SERVER, KIT_BINARY, 10, 65536),
    ROW("server-sends-mixed-1k", WSP_SERVER, KIT_MIXED, 500, 1024),
    ROW("client-sends-binary-8", WSP_CLIENT, KIT_BINARY, 2000, 8),
    ROW("client-sends-binary-125", WSP_CLIENT, KIT_BINARY, 1000, 125),
    ROW("client-sends-binary-1k", WSP_CLIENT, KIT_BINARY, 500, 1024),
    ROW("client-sends-binary-64k", WSP_CLIENT, KIT_BINARY, 10, 65536),
    ROW("client-sends-mixed-1k", WSP_CLIENT, KIT_MIXED, 500, 1024),
    {.name = NULL},
};
