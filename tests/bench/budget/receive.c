/* Receiving: frames back to back, fed in pieces of 64 KiB, so that some lie in two of them.
 * SPDX-License-Identifier: MIT */
#include "bench/budget/conversation.h"

enum { PIECE = 64 * 1024, FRAME = WSP_FRAME_HEADER_MAX };

static void put_message(struct kit_wire *w, const struct conversation *self, const uint8_t *at)
{
    struct kit_frame f = {.opcode = kit_opcode(self->kind), .to = self->role};
    size_t most = self->fragment != 0 ? self->fragment : self->len;
    for (size_t left = self->len; left > 0; f.opcode = WSP_CONTINUATION) {
        size_t n = left < most ? left : most;
        left -= n;
        f.more = left > 0;
        kit_put(w, f, at, n);
        at += n;
    }
}

static void feed_all(wsp_conn *c, const struct conversation *self, struct kit_wire *w,
                     struct kit_sink *s)
{
    size_t most = self->feed != 0 ? self->feed : PIECE;
    for (size_t at = 0; at < w->len; at += most)
        kit_feed(c, w->bytes + at, w->len - at < most ? w->len - at : most, s);
}

static void receive(const struct conversation *self)
{
    struct kit_messages m;
    struct kit_wire wire[2];
    struct kit_sink s = {0};
    size_t frames = self->fragment != 0 ? self->len / self->fragment + 1 : 1;
    wsp_endpoint *e = kit_endpoint(NULL);
    wsp_conn *c = kit_adopt(e, self->role, NULL);
    kit_messages(&m, self->kind, self->len, 2 * self->count);
    for (size_t half = 0, i = 0; half < 2; half++) {
        kit_wire(&wire[half], self->count * (self->len + frames * FRAME));
        for (; i < (half + 1) * self->count; i++)
            put_message(&wire[half], self, m.bytes + m.offset[i]);
    }
    s.expected = m.bytes;
    feed_all(c, self, &wire[0], &s);
    kit_need(s.messages == self->count, "messages are missing");
    s.expected = NULL;
    meter_on();
    feed_all(c, self, &wire[1], &s);
    meter_off();
    kit_need(s.messages == 2 * self->count && s.bytes == 2 * self->count * self->len,
             "messages are missing");
    kit_need(s.others == 0, "another event came");
    wsp_conn_free(c);
    wsp_endpoint_free(e);
}

#define ROW(name_, count_, len_, ...)                                            \
    {                                                                            \
        .name = name_, .run = receive, .count = count_, .len = len_, __VA_ARGS__ \
    }

const struct conversation receive_conversations[] = {
    ROW("server-receives-binary-8", 2000, 8, .kind = KIT_BINARY),
    ROW("server-receives-binary-125", 1000, 125, .kind = KIT_BINARY),
    ROW("server-receives-binary-1k", 500, 1024, .kind = KIT_BINARY),
    ROW("server-receives-binary-64k", 10, 65536, .kind = KIT_BINARY),
    ROW("server-receives-ascii-8", 2000, 8, .kind = KIT_ASCII),
    ROW("server-receives-ascii-125", 1000, 125, .kind = KIT_ASCII),
    ROW("server-receives-ascii-1k", 500, 1024, .kind = KIT_ASCII),
    ROW("server-receives-ascii-64k", 10, 65536, .kind = KIT_ASCII),
    ROW("server-receives-mixed-8", 2000, 8, .kind = KIT_MIXED),
    ROW("server-receives-mixed-125", 1000, 125, .kind = KIT_MIXED),
    ROW("server-receives-mixed-1k", 500, 1024, .kind = KIT_MIXED),
    ROW("server-receives-mixed-64k", 10, 65536, .kind = KIT_MIXED),
    ROW("client-receives-binary-8", 2000, 8, .role = WSP_CLIENT, .kind = KIT_BINARY),
    ROW("client-receives-binary-125", 1000, 125, .role = WSP_CLIENT, .kind = KIT_BINARY),
    ROW("client-receives-binary-1k", 500, 1024, .role = WSP_CLIENT, .kind = KIT_BINARY),
    ROW("client-receives-binary-64k", 10, 65536, .role = WSP_CLIENT, .kind = KIT_BINARY),
    ROW("client-receives-mixed-1k", 500, 1024, .role = WSP_CLIENT, .kind = KIT_MIXED),
    ROW("server-receives-1k-by-frames-of-1", 4, 1024, .fragment = 1),
    ROW("server-receives-64k-by-frames-of-64", 2, 65536, .fragment = 64),
    ROW("server-receives-64k-by-frames-of-1k", 10, 65536, .fragment = 1024),
    ROW("server-receives-mixed-64k-by-frames-of-1k", 10, 65536, .kind = KIT_MIXED,
        .fragment = 1024),
    ROW("server-receives-binary-125-byte-by-byte", 20, 125, .kind = KIT_BINARY, .feed = 1),
    ROW("server-receives-mixed-125-byte-by-byte", 20, 125, .kind = KIT_MIXED, .feed = 1),
    {.name = NULL},
};
