/* ws_wslay - wslay's event API. SPDX-License-Identifier: MIT */
#include "bench/ws_peer.h"

#ifdef HAVE_WSLAY

#    include "bench/keys.h"

#    include <stdlib.h>
#    include <wslay/wslay.h>

static const char *version(void)
{
    return WSLAY_VERSION;
}

struct wslay {
    wslay_event_context_ptr context;
    struct inflow *in;
    struct sink *to;
    struct outflow *out;
    bool masks; /* its pieces then are those of one buffer, used again and again */
    struct keys keys;
};

static ssize_t on_read(wslay_event_context_ptr context, uint8_t *to, size_t len, int flags,
                       void *user)
{
    struct wslay *w = user;
    (void)flags;
    size_t n = inflow_read(w->in, to, len);
    if (n == 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    return (ssize_t)n;
}

static ssize_t on_write(wslay_event_context_ptr context, const uint8_t *data, size_t len, int flags,
                        void *user)
{
    struct wslay *w = user;
    (void)context;
    (void)flags;
    if (w->masks)
        outflow_put(w->out, data, len);
    else
        outflow_show(w->out, data, len);
    (void)outflow_take(w->out);
    return (ssize_t)len;
}

static int on_key(wslay_event_context_ptr context, uint8_t *to, size_t len, void *user)
{
    struct wslay *w = user;
    (void)context;
    return len == 4 && keys_next(&w->keys, to) ? 0 : -1;
}

static void on_message(wslay_event_context_ptr context,
                       const struct wslay_event_on_msg_recv_arg *arg, void *user)
{
    struct wslay *w = user;
    (void)context;
    sink_take(w->to, arg->msg, arg->msg_length, arg->opcode == WSLAY_TEXT_FRAME);
}

static void *open_(enum wsp_role role)
{
    static const struct wslay_event_callbacks callbacks = {on_read, on_write, on_key,    NULL,
                                                           NULL,    NULL,     on_message};
    struct wslay *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    int error = role == WSP_SERVER ? wslay_event_context_server_init(&w->context, &callbacks, w)
                                   : wslay_event_context_client_init(&w->context, &callbacks, w);
    w->masks = role == WSP_CLIENT;
    if (error == 0)
        return w;
    free(w);
    return NULL;
}

static void close_(void *c)
{
    struct wslay *w = c;
    wslay_event_context_free(w->context);
    free(w);
}

struct crowd {
    size_t count;
    wslay_event_context_ptr context[];
};

static void disperse(void *c)
{
    struct crowd *k = c;
    while (k->count > 0)
        wslay_event_context_free(k->context[--k->count]);
    free(k);
}

static void *crowd(size_t n)
{
    static const struct wslay_event_callbacks callbacks = {on_read, on_write, on_key,    NULL,
                                                           NULL,    NULL,     on_message};
    struct crowd *k = calloc(1, sizeof *k + n * sizeof *k->context);
    while (k != NULL && k->count < n)
        if (wslay_event_context_server_init(&k->context[k->count++], &callbacks, NULL) != 0) {
            k->count--;
            disperse(k);
            return NULL;
        }
    return k;
}

static bool receive(void *c, struct inflow *in, struct sink *to)
{
    struct wslay *w = c;
    w->in = in;
    w->to = to;
    /* It comes back before the input's end where a header was cut. */
    while (in->at < in->len)
        if (wslay_event_recv(w->context) != 0 || !wslay_event_get_read_enabled(w->context))
            return false;
    return true;
}

static bool send_(void *c, struct outflow *out, const uint8_t *message, size_t len)
{
    struct wslay *w = c;
    struct wslay_event_msg m = {WSLAY_BINARY_FRAME, message, len};
    w->out = out;
    return wslay_event_queue_msg(w->context, &m) == 0 && wslay_event_send(w->context) == 0 &&
           !wslay_event_want_write(w->context);
}

static bool broadcast(void *const *c, size_t n, struct outflow *out,
                      const struct wsp_slice *message)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok &= send_(c[i], out, message->data, message->len);
    return ok;
}

const struct ws_peer ws_wslay = {
    .name = "wslay",
    .version = version,
    .open = open_,
    .close = close_,
    .crowd = crowd,
    .disperse = disperse,
    .receive = receive,
    .send = send_,
    .broadcast = broadcast,
};

#else

const struct ws_peer ws_wslay = {.name = "wslay"};

#endif
