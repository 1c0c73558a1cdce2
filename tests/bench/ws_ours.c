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

/* One for all connections, as a program has it; each keeps it. */
static struct {
    wsp_endpoint *endpoint;
    size_t users;
} shared;

struct ours {
    wsp_conn *conn;
};

static void close_(void *c)
{
    struct ours *o = c;
    wsp_conn_free(o->conn);
    free(o);
    if (--shared.users == 0)
        wsp_endpoint_free(shared.endpoint);
}

static void *open_(enum wsp_role role)
{
    struct ours *o = calloc(1, sizeof *o);
    struct wsp_agreed agreed = {.role = role};
    struct wsp_event ev;
    if (o == NULL || (shared.users == 0 && wsp_endpoint_new(&shared.endpoint, NULL) != WSP_OK)) {
        free(o);
        return NULL;
    }
    shared.users++;
    if (wsp_adopt_new(&o->conn, shared.endpoint, &agreed) == WSP_OK &&
        wsp_feed(o->conn, NULL, &ev) == WSP_EVENT_OPEN)
        return o;
    close_(o);
    return NULL;
}

/* The connections come last, and with none behind them. */
struct crowd {
    wsp_endpoint *endpoint;
    size_t count;
    wsp_conn *conn[];
};

static void disperse(void *c)
{
    struct crowd *k = c;
    while (k->count > 0)
        wsp_conn_free(k->conn[--k->count]);
    wsp_endpoint_free(k->endpoint);
    free(k);
}

static void *crowd(size_t n)
{
    static const struct wsp_agreed agreed = {.role = WSP_SERVER};
    struct crowd *k = calloc(1, sizeof *k + n * sizeof *k->conn);
    struct wsp_event ev;
    if (k == NULL)
        return NULL;
    bool ok = wsp_endpoint_new(&k->endpoint, NULL) == WSP_OK;
    while (ok && k->count < n) {
        ok = wsp_adopt_new(&k->conn[k->count], k->endpoint, &agreed) == WSP_OK;
        k->count += ok;
        ok = ok && wsp_feed(k->conn[k->count - 1], NULL, &ev) == WSP_EVENT_OPEN;
    }
    if (ok)
        return k;
    disperse(k);
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

static void drain(wsp_conn *c, struct outflow *out)
{
    while ((out->count = wsp_pending(c, out->list, OUTFLOW_SLICES)) > 0)
        wsp_sent(c, outflow_take(out));
}

static bool send_(void *c, struct outflow *out, const uint8_t *message, size_t len)
{
    struct ours *o = c;
    if (wsp_send_binary(o->conn, message, len) != WSP_OK)
        return false;
    drain(o->conn, out);
    return true;
}

static size_t frame(uint8_t *out, const uint8_t *message, size_t len)
{
    struct wsp_frame f = {.fin = true, .opcode = WSP_BINARY, .payload_len = len};
    size_t head = wsp_frame_write(out, &f);
    memcpy(out + head, message, len);
    return head + len;
}

static bool broadcast(void *const *c, size_t n, struct outflow *out,
                      const struct wsp_slice *message)
{
    struct ours *const *all = (struct ours *const *)c;
    wsp_prepared *p;
    if (wsp_prepare(&p, shared.endpoint, WSP_BINARY, message->data, message->len) != WSP_OK)
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        ok &= wsp_send_prepared(all[i]->conn, p) == WSP_OK;
        drain(all[i]->conn, out);
    }
    wsp_prepared_unref(p);
    return ok;
}

/* One for all connections, as a server has it. */
static wsp_endpoint *server;

static bool greet(struct inflow *request, struct outflow *out)
{
    struct wsp_input input = {.end = WSP_END_OPEN};
    struct wsp_event ev;
    wsp_conn *c;
    if (server == NULL && wsp_endpoint_new(&server, NULL) != WSP_OK)
        return false;
    if (wsp_server_new(&c, server) != WSP_OK)
        return false;
    while ((input.len = inflow_next(request, &input.data)) > 0)
        while (wsp_feed(c, &input, &ev) != WSP_EVENT_NONE)
            if (ev.type == WSP_EVENT_OPEN)
                drain(c, out);
    wsp_conn_free(c);
    return out->taken > 0;
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
    .crowd = crowd,
    .disperse = disperse,
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
