/* Pings, pongs and the closing handshake. SPDX-License-Identifier: MIT */
#include <string.h>

#include "bench/budget/conversation.h"

static const char body[] = {'p', 'a', 'y', 'l', 'o', 'a', 'd', '8'};

static void answer_all(wsp_conn *c, struct kit_wire *in, size_t step, struct kit_wire *out)
{
    for (size_t at = 0; at < in->len; at += step) {
        kit_feed_one(c, in->bytes + at, step, WSP_EVENT_PING);
        (void)kit_drain(c, out);
    }
}

/* A ping comes, its pong goes. */
static void answer(const struct conversation *self)
{
    enum { FRAME = 2 + 4 + sizeof body, PONG = 2 + sizeof body };
    const struct kit_frame ping = {.opcode = WSP_PING, .to = WSP_SERVER};
    struct kit_wire in[2], out;
    wsp_endpoint *e = kit_endpoint(NULL);
    wsp_conn *c = kit_adopt(e, WSP_SERVER, NULL);
    for (size_t half = 0; half < 2; half++) {
        kit_wire(&in[half], self->count * FRAME + WSP_FRAME_HEADER_MAX);
        for (unsigned i = 0; i < self->count; i++)
            kit_put(&in[half], ping, body, sizeof body);
    }
    kit_wire(&out, self->count * PONG);
    answer_all(c, &in[0], FRAME, &out);
    kit_need(out.len == self->count * PONG, "pongs are missing");
    for (size_t at = 0; at < out.len; at += PONG)
        kit_need(memcmp(out.bytes + at, "\x8A\x08payload8", PONG) == 0, "a pong is wrong");
    meter_on();
    answer_all(c, &in[1], FRAME, NULL);
    meter_off();
    wsp_conn_free(c);
    wsp_endpoint_free(e);
}

/* A ping goes, its pong comes. */
static void ask(const struct conversation *self)
{
    const struct kit_frame pong = {.opcode = WSP_PONG, .to = WSP_SERVER};
    struct kit_wire in, out;
    wsp_endpoint *e = kit_endpoint(NULL);
    wsp_conn *c = kit_adopt(e, WSP_SERVER, NULL);
    kit_wire(&in, 64);
    kit_wire(&out, 64);
    kit_need(wsp_send_ping(c, body, sizeof body) == WSP_OK, "a ping was refused");
    (void)kit_drain(c, &out);
    kit_need(out.len == 10 && memcmp(out.bytes, "\x89\x08payload8", 10) == 0, "a ping is wrong");
    kit_put(&in, pong, body, sizeof body);
    kit_feed_one(c, in.bytes, in.len, WSP_EVENT_PONG);
    for (unsigned i = 0; i < self->count; i++) {
        in.len = 0;
        kit_put(&in, pong, body, sizeof body);
        meter_on();
        kit_need(wsp_send_ping(c, body, sizeof body) == WSP_OK, "a ping was refused");
        (void)kit_drain(c, NULL);
        kit_feed_one(c, in.bytes, in.len, WSP_EVENT_PONG);
        meter_off();
    }
    wsp_conn_free(c);
    wsp_endpoint_free(e);
}

static void feed_end(wsp_conn *c)
{
    struct wsp_input in = {.end = WSP_END_EOF};
    struct wsp_event ev;
    kit_need(wsp_feed(c, &in, &ev) == WSP_EVENT_CLOSE && ev.clean && ev.code == WSP_CLOSE_NORMAL,
             "the closing was not clean");
}

/* The peer, or we, close; each answers the other, and the transport ends. */
static void close_one(wsp_conn *c, const struct conversation *self, struct kit_wire *in,
                      struct kit_wire *out)
{
    struct kit_sink s = {0};
    if (self->role == WSP_CLIENT) {
        kit_need(wsp_close(c, WSP_CLOSE_NORMAL, "bye", 3) == WSP_OK, "the close was refused");
        (void)kit_drain(c, out);
    }
    kit_feed(c, in->bytes, in->len, &s);
    if (self->role == WSP_SERVER) {
        (void)kit_drain(c, out);
        wsp_shut(c);
    }
    kit_need(s.others == 0, "another event came");
    feed_end(c);
    wsp_conn_free(c);
}

static void closing(const struct conversation *self)
{
    struct kit_wire in, out;
    wsp_endpoint *e = kit_endpoint(NULL);
    kit_wire(&in, 64);
    kit_wire(&out, 64);
    for (unsigned i = 0; i <= self->count; i++) {
        wsp_conn *c = kit_adopt(e, self->role, NULL);
        in.len = 0;
        kit_put(&in, (struct kit_frame){.opcode = WSP_CLOSE, .to = self->role},
                "\x03\xE8"
                "bye",
                5);
        if (i == 0) {
            close_one(c, self, &in, &out);
            kit_need(out.len == (self->role == WSP_CLIENT ? 11 : 4) && out.bytes[0] == 0x88,
                     "the Close frame is wrong");
            continue;
        }
        meter_on();
        close_one(c, self, &in, NULL);
        meter_off();
    }
    wsp_endpoint_free(e);
}

const struct conversation control_conversations[] = {
    {.name = "server-answers-ping", .run = answer, .count = 500},
    {.name = "server-pings", .run = ask, .count = 500},
    {.name = "server-answers-close", .run = closing, .role = WSP_SERVER, .count = 50},
    {.name = "client-closes", .run = closing, .role = WSP_CLIENT, .count = 50},
    {.name = NULL},
};
