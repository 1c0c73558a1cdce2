/* permessage-deflate over JSON messages of 64 B to 16 KiB. SPDX-License-Identifier: MIT */
#include "bench/budget/conversation.h"

/* Two endpoints, as compressing and inflating are the work of two programs. */
struct ends {
    wsp_endpoint *endpoint[2];
    wsp_conn *from, *to;
    struct kit_messages m;
    struct kit_wire wire[2];
};

/* A server sends in ours == WSP_SERVER, else it receives. */
static void begin(struct ends *x, const struct conversation *self)
{
    const struct wsp_deflate_params agreed = {.enabled = true,
                                              .server_no_context_takeover = !self->takeover,
                                              .client_no_context_takeover = !self->takeover,
                                              .server_max_window_bits = 15,
                                              .client_max_window_bits = 15};
    struct wsp_config cfg = {.deflate = {.enabled = true,
                                         .server_takeover = self->takeover,
                                         .client_takeover = self->takeover,
                                         .level = (uint8_t)self->level}};
    enum wsp_role peer = self->role == WSP_SERVER ? WSP_CLIENT : WSP_SERVER;
    x->endpoint[0] = kit_endpoint(&cfg);
    x->endpoint[1] = kit_endpoint(&cfg);
    x->from = kit_adopt(x->endpoint[0], self->role, &agreed);
    x->to = kit_adopt(x->endpoint[1], peer, &agreed);
    kit_messages(&x->m, KIT_JSON, 0, 2 * self->count);
    for (size_t half = 0; half < 2; half++)
        kit_wire(&x->wire[half], x->m.offset[x->m.count]);
}

static void send_half(struct ends *x, const struct conversation *self, size_t half)
{
    for (size_t i = half * self->count; i < (half + 1) * self->count; i++) {
        const char *text = (const char *)x->m.bytes + x->m.offset[i];
        size_t len = x->m.offset[i + 1] - x->m.offset[i];
        kit_need(wsp_send_text(x->from, text, len) == WSP_OK, "a message was refused");
        (void)kit_drain(x->from, &x->wire[half]);
    }
}

static void end(struct ends *x, const struct kit_sink *s)
{
    kit_need(s->messages == x->m.count && s->bytes == x->m.offset[x->m.count] && s->others == 0,
             "messages are missing");
    kit_need(x->wire[0].len + x->wire[1].len < x->m.offset[x->m.count] / 2,
             "nothing was compressed");
    wsp_conn_free(x->from);
    wsp_conn_free(x->to);
    wsp_endpoint_free(x->endpoint[0]);
    wsp_endpoint_free(x->endpoint[1]);
}

static void deflate(const struct conversation *self)
{
    struct ends x;
    begin(&x, self);
    struct kit_sink s = {.expected = x.m.bytes};
    send_half(&x, self, 0);
    meter_on();
    send_half(&x, self, 1);
    meter_off();
    for (size_t half = 0; half < 2; half++)
        kit_feed(x.to, x.wire[half].bytes, x.wire[half].len, &s);
    end(&x, &s);
}

/* The stream is one of our own: what changes in the compressor changes it, and so this count. */
static void inflate(const struct conversation *self)
{
    struct ends x;
    begin(&x, self);
    struct kit_sink s = {.expected = x.m.bytes};
    send_half(&x, self, 0);
    send_half(&x, self, 1);
    kit_feed(x.to, x.wire[0].bytes, x.wire[0].len, &s);
    const uint8_t *expected = s.expected;
    s.expected = NULL;
    meter_on();
    kit_feed(x.to, x.wire[1].bytes, x.wire[1].len, &s);
    meter_off();
    kit_need(expected == x.m.bytes + x.m.offset[self->count], "messages are missing");
    end(&x, &s);
}

/* Messages of a mixture of lengths, 3 KiB on the average. */
enum { MESSAGES = 20 };

const struct conversation deflate_conversations[] = {
    {.name = "server-compresses-json-1",
     .run = deflate,
     .count = MESSAGES,
     .role = WSP_SERVER,
     .level = 1},
    {.name = "server-compresses-json-6",
     .run = deflate,
     .count = MESSAGES,
     .role = WSP_SERVER,
     .level = 6},
    {.name = "server-compresses-json-6-takeover",
     .run = deflate,
     .count = MESSAGES,
     .role = WSP_SERVER,
     .level = 6,
     .takeover = true},
    {.name = "server-inflates-json",
     .run = inflate,
     .count = MESSAGES,
     .role = WSP_CLIENT,
     .level = 6},
    {.name = "server-inflates-json-takeover",
     .run = inflate,
     .count = MESSAGES,
     .role = WSP_CLIENT,
     .level = 6,
     .takeover = true},
    {.name = NULL},
};
