/*
 * pump - read and write callbacks and listeners round a connection. SPDX-License-Identifier: MIT
 *
 * Written on the public functions alone, as any program could. It keeps nothing between turns: what
 * has to be remembered is in the connection. The endpoint's read buffer is borrowed for a whole
 * turn; that it can be borrowed once is what refuses a pump inside a listener.
 *
 * The read buffer has two uses that never meet: input lives in it from the read to the end of
 * tell_all(), and outside of that small pieces of output are joined in it when the transport has no
 * writev. So joining costs no stack, and a device that sets limits.read_buffer small joins little.
 *
 * The connection is held during the turn. A listener that frees it leaves memory that may still be
 * asked, and gone() is how the turn sees it.
 */
#include <string.h>
#include <wsproto.h>

#define SLICES 32      /* of a gather list: 512 bytes of stack on LP64 */
#define JOIN_MAX 16384 /* bytes: one TLS record */

struct turn {
    wsp_conn *conn;
    const struct wsp_io *io;
    struct wsp_listener *listeners;
    uint8_t *buffer; /* the endpoint's read buffer */
    size_t size;
    int write_wait;   /* what a write that said later waits for, a WSP_PUMP_ bit; 0: none did */
    int read_wait;    /* the WSP_PUMP_ bits that the last read left; 0: not read in this turn */
    enum wsp_end end; /* the transport's, as far as this turn has seen it */
    bool over;        /* CLOSE was told, or a listener freed the connection */
};

/* A freed connection has no endpoint any more. */
static bool gone(const struct turn *t)
{
    return wsp_conn_endpoint(t->conn) == NULL;
}

/* ------------------------------------------------------------------ telling the listeners */

static wsp_listen *listener_of(const struct wsp_listener *l, enum wsp_event_type type)
{
    switch (type) {
    case WSP_EVENT_OPEN:
        return l->open;
    case WSP_EVENT_DATA:
        return l->message;
    case WSP_EVENT_PING:
        return l->ping;
    case WSP_EVENT_PONG:
        return l->pong;
    case WSP_EVENT_DRAIN:
        return l->drain;
    case WSP_EVENT_NONE:    /* is never told */
    case WSP_EVENT_REQUEST: /* tell_request */
    case WSP_EVENT_CLOSE:
        break;
    }
    return l->close;
}

static void call(struct turn *t, wsp_listen *f, const struct wsp_event *ev, void *user)
{
    if (f == NULL)
        return;
    f(t->conn, ev, user);
    t->over = gone(t);
}

/* `next` is read after the call, so that a listener may take its own node out of the list or put
 * one in behind it. */
static void tell(struct turn *t, const struct wsp_event *ev)
{
    struct wsp_listener *l;

    for (l = t->listeners; l != NULL && !t->over; l = l->next)
        call(t, listener_of(l, ev->type), ev, l->user);
}

static void tell_error(struct turn *t, const struct wsp_event *ev)
{
    struct wsp_listener *l;

    for (l = t->listeners; l != NULL && !t->over; l = l->next)
        call(t, l->error, ev, l->user);
}

static bool waits_for_answer(const struct turn *t)
{
    return (wsp_wants(t->conn) & WSP_WANT_ANSWER) != 0;
}

/* The head is valid until the request is answered, so the nodes behind the one that did so are not
 * asked. False: nobody listens for requests. */
static bool tell_request(struct turn *t, const struct wsp_event *ev)
{
    struct wsp_listener *l;
    bool asked = false;

    for (l = t->listeners; l != NULL && !t->over && waits_for_answer(t); l = l->next) {
        asked = asked || l->request != NULL;
        call(t, l->request, ev, l->user);
    }
    return asked;
}

/* Without memory for an answer the connection fails, as it could say nothing. */
static void answer(struct turn *t, bool upgrade_ok)
{
    if (upgrade_ok && wsp_accept(t->conn, NULL) == WSP_OK)
        return;
    if (wsp_respond(t->conn, NULL) != WSP_OK)
        (void)wsp_close(t->conn, WSP_CLOSE_INTERNAL_ERROR, NULL, 0);
}

static void tell_event(struct turn *t, const struct wsp_event *ev)
{
    if (ev->type == WSP_EVENT_REQUEST) {
        if (!tell_request(t, ev))
            answer(t, ev->upgrade_ok);
        return;
    }
    if (ev->type == WSP_EVENT_CLOSE && ev->error != WSP_OK)
        tell_error(t, ev);
    tell(t, ev);
    if (ev->type == WSP_EVENT_CLOSE)
        t->over = true;
}

static void tell_all(struct turn *t, struct wsp_input *in)
{
    struct wsp_event ev;

    while (!t->over && wsp_feed(t->conn, in, &ev) != WSP_EVENT_NONE)
        tell_event(t, &ev);
}

/* What waits without input: timers, OPEN, DRAIN, CLOSE, input kept behind a request. */
static void tell_waiting(struct turn *t)
{
    struct wsp_input in = {t->buffer, 0, false, t->end};

    tell_all(t, &in);
}

/* ------------------------------------------------------------------ writing */

static size_t join(struct turn *t, size_t max, const struct wsp_slice *v, size_t n)
{
    size_t used = 0, i;

    for (i = 0; i < n && used < max; i++) {
        size_t part = v[i].len < max - used ? v[i].len : max - used;

        if (part > 0)
            memcpy(t->buffer + used, v[i].data, part);
        used += part;
    }
    return used;
}

/* A large first piece goes out as it is: copying it would save no call. */
static ptrdiff_t write_slices(struct turn *t, const struct wsp_slice *v, size_t n)
{
    size_t max = t->size < JOIN_MAX ? t->size : JOIN_MAX;

    if (t->io->writev != NULL)
        return t->io->writev(t->io->ctx, v, n);
    if (n == 1 || v[0].len >= max)
        return t->io->write(t->io->ctx, v[0].data, v[0].len);
    return t->io->write(t->io->ctx, t->buffer, join(t, max, v, n));
}

static void write_all(struct turn *t)
{
    struct wsp_slice v[SLICES];
    size_t n;

    while (t->write_wait == 0 && t->end != WSP_END_RESET &&
           (n = wsp_pending(t->conn, v, SLICES)) > 0) {
        ptrdiff_t sent = write_slices(t, v, n);

        if (sent > 0)
            wsp_sent(t->conn, (size_t)sent);
        else if (sent == WSP_IO_AGAIN || sent == WSP_IO_WANT_WRITE)
            t->write_wait = WSP_PUMP_WRITE;
        else if (sent == WSP_IO_WANT_READ)
            t->write_wait = WSP_PUMP_READ;
        else
            t->end = WSP_END_RESET;
    }
    if ((wsp_wants(t->conn) & WSP_WANT_SHUT) != 0) {
        /* A peer that waits for our end would wait in vain, and so would a read that blocks. */
        if (t->io->shutdown != NULL)
            t->io->shutdown(t->io->ctx);
        else if (t->end == WSP_END_OPEN)
            t->end = WSP_END_EOF;
        wsp_shut(t->conn);
    }
}

/*
 * Writes, tells what that brought about, and does both once more for what the listeners sent.
 * Twice, not until quiet: a listener that refills the queue at every DRAIN would keep a fast
 * transport in here for ever. What is left then is told by the WRITE bit.
 */
static void flush(struct turn *t)
{
    int round;

    for (round = 0; round < 2 && !t->over; round++) {
        write_all(t);
        if ((wsp_wants(t->conn) & WSP_WANT_FEED) == 0 && t->end == WSP_END_OPEN)
            return;
        tell_waiting(t);
    }
}

/* ------------------------------------------------------------------ reading */

/* A read may block, so it comes when all that we have to say was offered to the transport. */
static bool may_read(const struct turn *t)
{
    unsigned wants = wsp_wants(t->conn);

    if (t->over || (wants & WSP_WANT_READ) == 0)
        return false;
    return (wants & (WSP_WANT_WRITE | WSP_WANT_SHUT)) == 0 || t->write_wait != 0;
}

/* Moves what one read gives into in. False: nothing came. */
static bool read_once(struct turn *t, struct wsp_input *in)
{
    uint8_t *at;
    size_t space = wsp_recv_space(t->conn, &at);
    ptrdiff_t got;

    if (space == 0) {
        at = t->buffer;
        space = t->size;
    }
    got = t->io->read(t->io->ctx, at, space);
    if (t->write_wait == WSP_PUMP_READ) /* a write that waited for this read may go on */
        t->write_wait = 0;
    t->read_wait = got == WSP_IO_WANT_WRITE ? WSP_PUMP_WRITE : WSP_PUMP_READ;
    if (got == WSP_IO_AGAIN || got == WSP_IO_WANT_READ || got == WSP_IO_WANT_WRITE)
        return false;
    if (got > 0 && (size_t)got <= space) {
        t->read_wait |= WSP_PUMP_TURN;
        in->data = at;
        in->len = (size_t)got;
    } else {
        t->end = got == 0 ? WSP_END_EOF : WSP_END_RESET;
    }
    in->end = t->end;
    return true;
}

/* Only a request that waits for its answer leaves input. Bytes that cannot be kept would be a hole
 * in the stream: the connection ends instead. */
static void keep_rest(struct turn *t, struct wsp_input *in)
{
    if (t->over || in->len == 0 || wsp_keep_input(t->conn, in) == WSP_OK)
        return;
    (void)wsp_close(t->conn, WSP_CLOSE_INTERNAL_ERROR, NULL, 0);
}

/* ------------------------------------------------------------------ the turn */

static int wanted(const struct turn *t)
{
    unsigned wants = wsp_wants(t->conn);
    int bits = 0;

    if (t->over || (wants & WSP_WANT_END) != 0)
        return 0;
    if ((wants & (WSP_WANT_WRITE | WSP_WANT_SHUT)) != 0)
        bits |= t->write_wait != 0 ? t->write_wait : WSP_PUMP_WRITE;
    if ((wants & WSP_WANT_READ) != 0)
        bits |= t->read_wait != 0 ? t->read_wait : WSP_PUMP_READ;
    if ((wants & WSP_WANT_ANSWER) != 0)
        bits |= WSP_PUMP_ANSWER;
    return bits;
}

static void run(struct turn *t)
{
    struct wsp_input in = {t->buffer, 0, false, WSP_END_OPEN};

    write_all(t);
    tell_waiting(t);
    flush(t);
    if (!may_read(t))
        return;
    if (read_once(t, &in)) {
        tell_all(t, &in);
        keep_rest(t, &in);
    }
    flush(t);
}

int wsp_pump(wsp_conn *c, const struct wsp_io *io, struct wsp_listener *l)
{
    struct turn t;
    wsp_endpoint *endpoint;
    int rc, bits;

    if (c == NULL || io == NULL || io->read == NULL || (io->write == NULL && io->writev == NULL))
        return WSP_ERR_ARG;
    memset(&t, 0, sizeof t);
    endpoint = wsp_conn_endpoint(c);
    if (endpoint == NULL)
        return 0;
    rc = wsp_read_buffer_borrow(endpoint, &t.buffer, &t.size);
    if (rc != WSP_OK)
        return rc;
    t.conn = c;
    t.io = io;
    t.listeners = l;
    wsp_hold(c);
    run(&t);
    bits = wanted(&t);
    wsp_read_buffer_return(endpoint);
    wsp_release(c);
    return bits;
}
