#include "support/transport.h"

#include "support/testing.h"

static ptrdiff_t transport_read(void *ctx, void *buf, size_t len)
{
    struct transport *t = ctx;
    size_t n = t->in.len - t->in_at;
    t->reads++;
    t->read_to = buf;
    t->read_size = len;
    if (n == 0)
        return t->read_end;
    n = n < len ? n : len;
    n = t->piece != 0 && t->piece < n ? t->piece : n;
    memcpy(buf, t->in.data + t->in_at, n);
    t->in_at += n;
    return (ptrdiff_t)n;
}

/* How much of len bytes this write takes, or its refusal. */
static ptrdiff_t answer(struct transport *t, size_t len)
{
    t->writes++;
    if (t->answer_count == 0)
        return (ptrdiff_t)len;
    ptrdiff_t a = t->answers[0];
    if (t->answer_count > 1) {
        t->answers++;
        t->answer_count--;
    }
    return a > 0 && (size_t)a > len ? (ptrdiff_t)len : a;
}

static ptrdiff_t transport_write(void *ctx, const void *buf, size_t len)
{
    struct transport *t = ctx;
    ptrdiff_t n = answer(t, len);
    t->written_from = buf;
    t->written_len = len;
    if (n > 0)
        blob_add(&t->out, buf, (size_t)n);
    return n;
}

static ptrdiff_t transport_writev(void *ctx, const struct wsp_slice *v, size_t n)
{
    struct transport *t = ctx;
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += v[i].len;
    ptrdiff_t taken = answer(t, len);
    t->written_from = v[0].data;
    t->written_len = len;
    t->slices = n;
    size_t left = taken > 0 ? (size_t)taken : 0;
    for (size_t i = 0; i < n; i++) {
        size_t part = v[i].len < left ? v[i].len : left;
        blob_add(&t->out, v[i].data, part);
        left -= part;
    }
    return taken;
}

static void transport_shutdown(void *ctx)
{
    ((struct transport *)ctx)->shutdowns++;
}

void transport_init(struct transport *t)
{
    memset(t, 0, sizeof *t);
    t->read_end = WSP_IO_AGAIN;
    t->io.read = transport_read;
    t->io.writev = transport_writev;
    t->io.shutdown = transport_shutdown;
    t->io.ctx = t;
}

void transport_use_write(struct transport *t)
{
    t->io.writev = NULL;
    t->io.write = transport_write;
}

void transport_free(struct transport *t)
{
    blob_free(&t->in);
    blob_free(&t->out);
}
