/* SPDX-License-Identifier: MIT */
#include "support_log.h"

#include <string.h>

static void log_number(struct fuzz_log *l, uint64_t n)
{
    fuzz_blob_add(&l->text, &n, sizeof n);
}

static void log_bytes(struct fuzz_log *l, struct wsp_slice s)
{
    log_number(l, s.len);
    fuzz_blob_add(&l->text, s.data, s.len);
}

static void log_text(struct fuzz_log *l, const char *text)
{
    if (text != NULL)
        log_bytes(l, (struct wsp_slice){(const uint8_t *)text, strlen(text)});
}

/* Every slice of the head is read, so that a sanitizer sees those that are not there any more. */
static void log_head(struct fuzz_log *l, const struct wsp_head *h)
{
    if (h == NULL)
        return;
    log_bytes(l, h->method);
    log_bytes(l, h->target);
    log_bytes(l, h->reason);
    log_number(l, h->status);
    for (size_t i = 0; i < h->header_count; i++) {
        log_bytes(l, h->headers[i].name);
        log_bytes(l, h->headers[i].value);
    }
}

/* Only the fields named for the type are set. */
static void check_unset(const struct wsp_event *ev)
{
    bool data = ev->type == WSP_EVENT_DATA;
    bool close = ev->type == WSP_EVENT_CLOSE;
    bool request = ev->type == WSP_EVENT_REQUEST;
    FUZZ_ASSERT(data || (ev->opcode == 0 && !ev->first && !ev->last));
    FUZZ_ASSERT(close || (!ev->clean && !ev->by_peer && ev->code == 0 && ev->error == 0));
    FUZZ_ASSERT(close || ev->body.len == 0);
    FUZZ_ASSERT(request || (!ev->upgrade_ok && ev->status == 0));
    FUZZ_ASSERT(close || request || ev->detail == NULL);
}

static void on_data(struct fuzz_log *l, const struct wsp_event *ev)
{
    FUZZ_ASSERT(l->opened && ev->first == !l->in_message);
    FUZZ_ASSERT(ev->opcode == WSP_TEXT || ev->opcode == WSP_BINARY);
    FUZZ_ASSERT(ev->first || ev->opcode == l->opcode);
    l->opcode = ev->opcode;
    l->in_message = !ev->last;
    fuzz_blob_add(&l->message, ev->data.data, ev->data.len);
    if (!ev->last)
        return;
    if (ev->opcode == WSP_TEXT && !l->trust_utf8)
        FUZZ_ASSERT(fuzz_utf8_valid(l->message.data, l->message.len));
    log_number(l, WSP_EVENT_DATA);
    log_number(l, ev->opcode);
    log_bytes(l, (struct wsp_slice){l->message.data, l->message.len});
    l->message.len = 0;
}

static bool compression(const wsp_conn *c)
{
    struct wsp_agreed agreed;
    wsp_conn_agreed(c, &agreed);
    return agreed.deflate.enabled;
}

static void on_close(struct fuzz_log *l, const wsp_conn *c, const struct wsp_event *ev)
{
    struct wsp_close_info info;
    wsp_close_info(c, &info);
    FUZZ_ASSERT(ev->code == 1005 || ev->code == 1006 || wsp_close_code_valid(ev->code));
    FUZZ_ASSERT(!ev->clean || (ev->error == WSP_OK && ev->code != 1006 && info.sent_code != 0));
    FUZZ_ASSERT(ev->error <= 0 && ev->error > WSP_ERR_LAST);
    FUZZ_ASSERT(ev->error != WSP_ERR_NOMEM || l->world->fail_alloc != 0);
    FUZZ_ASSERT(ev->error != WSP_ERR_ENTROPY || l->world->fail_entropy != 0);
    FUZZ_ASSERT(ev->error != WSP_ERR_DEFLATE || compression(c));
    FUZZ_ASSERT(ev->data.len <= WSP_REASON_MAX && (ev->data.len == 0 || ev->code != 1005));
    FUZZ_ASSERT(fuzz_utf8_valid(ev->data.data, ev->data.len));
    FUZZ_ASSERT(info.received_code == ev->code && info.clean == ev->clean);
    FUZZ_ASSERT(info.error == ev->error && info.detail == ev->detail);
    FUZZ_ASSERT(ev->code == 1006 || fuzz_same(info.received_reason, ev->data));
    l->closed = true;
    l->close_error = ev->error;
    log_number(l, ev->code);
    log_number(l, ev->clean * 2u + ev->by_peer);
    log_number(l, (uint64_t)(int64_t)ev->error);
    log_text(l, ev->detail);
    log_bytes(l, ev->data);
    log_bytes(l, ev->body);
}

static void on_other(struct fuzz_log *l, const wsp_conn *c, const struct wsp_event *ev)
{
    l->close_at = l->text.len;
    log_number(l, ev->type);
    switch (ev->type) {
    case WSP_EVENT_REQUEST:
        FUZZ_ASSERT(!l->requested && !l->opened && ev->upgrade_ok == (ev->status == 101));
        l->requested = true;
        log_number(l, ev->status);
        break;
    case WSP_EVENT_OPEN:
        FUZZ_ASSERT(!l->opened);
        l->opened = true;
        break;
    case WSP_EVENT_PING:
    case WSP_EVENT_PONG:
        FUZZ_ASSERT(l->opened && ev->data.len <= WSP_CONTROL_MAX);
        log_bytes(l, ev->data);
        break;
    case WSP_EVENT_DRAIN:
        FUZZ_ASSERT(l->opened && l->maybe_full);
        l->maybe_full = false;
        l->surely_full = false;
        break;
    default:
        on_close(l, c, ev);
    }
    log_head(l, ev->head);
}

void fuzz_log_event(struct fuzz_log *l, const wsp_conn *c, const struct wsp_event *ev)
{
    FUZZ_ASSERT(ev->type != WSP_EVENT_NONE && !l->closed);
    check_unset(ev);
    if (ev->type == WSP_EVENT_DATA)
        on_data(l, ev);
    else
        on_other(l, c, ev);
    l->events++;
    fuzz_log_state(l, c);
}

void fuzz_log_state(struct fuzz_log *l, const wsp_conn *c)
{
    enum wsp_state now = wsp_ready_state(c);
    FUZZ_ASSERT(now >= l->state && now <= WSP_CLOSED);
    l->state = now;
    FUZZ_ASSERT(!l->closed || (now == WSP_CLOSED && wsp_wants(c) == WSP_WANT_END));
    FUZZ_ASSERT(wsp_queued_bytes(c) > 0 || wsp_buffered_amount(c) == 0);
    if (l->surely_full && now == WSP_OPEN && wsp_queued_bytes(c) == 0)
        FUZZ_ASSERT(wsp_wants(c) & WSP_WANT_FEED);
}

void fuzz_log_free(struct fuzz_log *l)
{
    fuzz_blob_free(&l->text);
    fuzz_blob_free(&l->message);
}
