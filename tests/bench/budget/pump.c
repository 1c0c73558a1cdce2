/* An echo server on the pump, one message a turn. SPDX-License-Identifier: MIT */
#include <string.h>

#include "bench/budget/conversation.h"

struct line {
    struct kit_wire in, out;
    size_t at, piece; /* what a read gives */
};

static ptrdiff_t read_line(void *ctx, void *buf, size_t len)
{
    struct line *l = ctx;
    kit_need(l->piece <= len, "the read buffer is small");
    if (l->at == l->in.len)
        return WSP_IO_AGAIN;
    memcpy(buf, l->in.bytes + l->at, l->piece);
    l->at += l->piece;
    return (ptrdiff_t)l->piece;
}

static ptrdiff_t write_line(void *ctx, const struct wsp_slice *v, size_t n)
{
    struct line *l = ctx;
    size_t before = l->out.len;
    for (size_t i = 0; i < n; i++) {
        kit_need(v[i].len <= l->out.size - l->out.len, "more output than there is room for");
        memcpy(l->out.bytes + l->out.len, v[i].data, v[i].len);
        l->out.len += v[i].len;
    }
    return (ptrdiff_t)(l->out.len - before);
}

static void on_message(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)user;
    kit_need(wsp_send_binary(c, ev->data.data, ev->data.len) == WSP_OK, "an echo was refused");
}

static void pump(const struct conversation *self)
{
    const struct kit_frame from_client = {.opcode = WSP_BINARY, .to = WSP_SERVER};
    const struct kit_frame echo = {.opcode = WSP_BINARY, .to = WSP_CLIENT};
    struct kit_messages m;
    struct kit_wire expected;
    struct line l = {.at = 0};
    struct wsp_listener listener = {.message = on_message};
    struct wsp_io io = {.read = read_line, .writev = write_line, .ctx = &l};
    size_t room = 2 * self->count * (self->len + WSP_FRAME_HEADER_MAX);
    wsp_endpoint *e = kit_endpoint(NULL);
    wsp_conn *c = kit_adopt(e, WSP_SERVER, NULL);
    kit_messages(&m, KIT_BINARY, self->len, 2 * self->count);
    kit_wire(&l.in, room);
    kit_wire(&l.out, room);
    kit_wire(&expected, room);
    for (size_t i = 0; i < m.count; i++) {
        kit_put(&l.in, from_client, m.bytes + m.offset[i], self->len);
        kit_put(&expected, echo, m.bytes + m.offset[i], self->len);
    }
    l.piece = l.in.len / m.count;
    for (unsigned i = 0; i < self->count; i++)
        kit_need(wsp_pump(c, &io, &listener) > 0, "the connection is over");
    meter_on();
    for (unsigned i = 0; i < self->count; i++)
        kit_need(wsp_pump(c, &io, &listener) > 0, "the connection is over");
    meter_off();
    kit_need(l.out.len == expected.len && memcmp(l.out.bytes, expected.bytes, expected.len) == 0,
             "the echo is wrong");
    wsp_conn_free(c);
    wsp_endpoint_free(e);
}

const struct conversation pump_conversations[] = {
    {.name = "pump-echoes-binary-125", .run = pump, .count = 500, .len = 125},
    {.name = NULL},
};
