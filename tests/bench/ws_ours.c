/* ws_ours - libwsproto, as a program calls it. SPDX-License-Identifier: MIT */
#include "bench/ws_peer.h"

#include "base/cpu.h"
#include "codec/kernels.h"
#include "codec/mask.h"

#include <stdlib.h>

static const char *version(void)
{
    return "this tree";
}

struct ours {
    wsp_endpoint *endpoint;
    wsp_conn *conn;
};

static void close_(void *c)
{
    struct ours *o = c;
    wsp_conn_free(o->conn);
    wsp_endpoint_free(o->endpoint);
    free(o);
}

static void *open_(enum wsp_role role)
{
    struct ours *o = calloc(1, sizeof *o);
    struct wsp_agreed agreed = {.role = role};
    struct wsp_event ev;
    if (o == NULL)
        return NULL;
    if (wsp_endpoint_new(&o->endpoint, NULL) == WSP_OK &&
        wsp_adopt_new(&o->conn, o->endpoint, &agreed) == WSP_OK &&
        wsp_feed(o->conn, NULL, &ev) == WSP_EVENT_OPEN)
        return o;
    close_(o);
    return NULL;
}

static bool receive(void *c, struct inflow *in, struct sink *to)
{
    struct ours *o = c;
    struct wsp_input input = {.end = WSP_END_OPEN};
    struct wsp_event ev;
    while ((input.len = inflow_next(in, &input.data)) > 0) {
        while (wsp_feed(o->conn, &input, &ev) != WSP_EVENT_NONE) {
            if (ev.type != WSP_EVENT_DATA)
                return false;
            sink_take(to, ev.data.data, ev.data.len, ev.opcode == WSP_TEXT);
        }
    }
    return true;
}

static size_t drain(wsp_conn *c, uint8_t *out)
{
    struct wsp_slice slices[8];
    size_t len = 0;
    for (size_t n; (n = wsp_pending(c, slices, 8)) > 0;) {
        size_t begun = len;
        for (size_t i = 0; i < n; i++) {
            memcpy(out + len, slices[i].data, slices[i].len);
            len += slices[i].len;
        }
        wsp_sent(c, len - begun);
    }
    return len;
}

static size_t send_(void *c, uint8_t *out, const uint8_t *message, size_t len)
{
    struct ours *o = c;
    return wsp_send_binary(o->conn, message, len) == WSP_OK ? drain(o->conn, out) : 0;
}

static size_t frame(uint8_t *out, const uint8_t *message, size_t len)
{
    struct wsp_frame f = {.fin = true, .opcode = WSP_BINARY, .payload_len = len};
    size_t head = wsp_frame_write(out, &f);
    memcpy(out + head, message, len);
    return head + len;
}

static size_t broadcast(void *const *c, size_t n, uint8_t *out, const struct wsp_slice *message)
{
    struct ours *const *all = (struct ours *const *)c;
    wsp_prepared *p;
    size_t len = 0;
    if (wsp_prepare(&p, all[0]->endpoint, WSP_BINARY, message->data, message->len) != WSP_OK)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (wsp_send_prepared(all[i]->conn, p) != WSP_OK)
            len = 0;
        else
            len = drain(all[i]->conn, out + i * len);
    }
    wsp_prepared_unref(p);
    return len;
}

/* One for all connections, as a server has it. */
static wsp_endpoint *server;

static size_t greet(struct inflow *request, uint8_t *out)
{
    struct wsp_input input = {.end = WSP_END_OPEN};
    struct wsp_event ev;
    wsp_conn *c;
    size_t len = 0;
    if (server == NULL && wsp_endpoint_new(&server, NULL) != WSP_OK)
        return 0;
    if (wsp_server_new(&c, server) != WSP_OK)
        return 0;
    while ((input.len = inflow_next(request, &input.data)) > 0)
        while (wsp_feed(c, &input, &ev) != WSP_EVENT_NONE)
            if (ev.type == WSP_EVENT_OPEN)
                len = drain(c, out);
    wsp_conn_free(c);
    return len;
}

/* As an endpoint chooses them. */
static struct wsp_kernels kernels;

static void without(unsigned cpu)
{
    wsp_kernels_choose(&kernels, wsp_cpu_features() & ~cpu);
}

static bool utf8(const uint8_t *text, size_t len)
{
    uint32_t state = 0;
    return kernels.utf8(&state, text, len) && wsp_utf8_done(state);
}

static bool unmask_utf8(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4])
{
    uint32_t state = 0;
    return kernels.unmask_text(dst, src, len, wsp_mask_word(key, 0), &state) &&
           wsp_utf8_done(state);
}

static void mask(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4])
{
    kernels.mask(dst, src, len, wsp_mask_word(key, 0));
}

const struct ws_peer ws_ours = {
    .name = "libwsproto",
    .version = version,
    .open = open_,
    .close = close_,
    .receive = receive,
    .send = send_,
    .frame = frame,
    .broadcast = broadcast,
    .greet = greet,
    .without = without,
    .mask = mask,
    .utf8 = utf8,
    .unmask_utf8 = unmask_utf8,
};
