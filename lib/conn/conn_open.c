/* conn_open - the opening handshake of a connection (RFC 6455 4). SPDX-License-Identifier: MIT */
#include "base/compiler.h"
#include "codec/accept.h"
#include "codec/base64.h"
#include "codec/http.h"
#include "conn/conn.h"

#include <string.h>

#define HEAD_FIRST 512u      /* bytes: room for a head that comes in pieces */
#define INFORMATIONAL_MAX 4u /* 1xx heads before an answer that are skipped */
#define TEXT_FIRST 512u      /* bytes of room that a text is first tried in */

/* Field by field, here and below: most of the block is written before it is read. */
static void head_begin(struct wsp_head *h, struct wsp_header *fields, size_t max)
{
    const struct wsp_slice none = {NULL, 0};
    h->headers = fields;
    h->max_headers = max;
    h->scanned = 0;
    h->header_count = 0;
    h->method = none;
    h->target = none;
    h->reason = none;
    h->version = 0;
    h->status = 0;
    h->rule = NULL;
}

static bool opening_new(wsp_conn *c, const struct wsp_opening_role *role)
{
    const struct wsp_buf empty = {NULL, 0, 0};
    size_t headers = c->limits->headers;
    size_t bytes = sizeof(struct wsp_opening) + headers * sizeof(struct wsp_header);
    struct wsp_opening *o = wsp_endpoint_block(c->e, WSP_BLOCK_OPENING, &bytes);
    if (o == NULL)
        return false;
    o->role = role;
    o->bytes = bytes;
    o->in = empty;
    o->body = empty;
    o->kept = empty;
    o->kept_at = 0;
    o->body_want = 0;
    head_begin(&o->head, o->fields, headers);
    o->verdict.head_method = false;
    o->protocols = NULL;
    o->protocols_len = 0;
    o->informational = 0;
    c->opening = o;
    c->opens = true;
    return true;
}

/* ---------------------------------------------------------------- what is sent */

/* What writes the text: most fit TEXT_FIRST bytes; others were measured by that, and are written
 * once more. */
struct writer {
    int (*write)(const wsp_conn *c, const struct writer *w, struct wsp_text *t);
    const struct wsp_answer *answer;     /* accept */
    const struct wsp_response *response; /* respond */
    const struct wsp_target *target;     /* request, with key */
    const char *key;
    unsigned status; /* refuse, with rule */
    const char *rule;
};

static int queue_text(wsp_conn *c, const struct writer *w)
{
    size_t max = TEXT_FIRST;
    for (;;) {
        struct wsp_chunk *room = wsp_outq_room(&c->out, c->e, max, WSP_CHUNK_HTTP);
        if (room == NULL)
            return WSP_ERR_NOMEM;
        struct wsp_text text = {(char *)wsp_chunk_end(room), max, 0};
        int r = w->write(c, w, &text);
        if (r == WSP_OK && text.len <= max) {
            wsp_outq_commit(&c->out, room, text.len, 0);
            wsp_conn_queued(c, false);
            return WSP_OK;
        }
        wsp_outq_give_back(&c->out, c->e, room);
        if (r != WSP_OK)
            return r;
        max = text.len;
    }
}

static int write_accept(const wsp_conn *c, const struct writer *w, struct wsp_text *t)
{
    wsp_handshake_accept_write(t, &c->opening->verdict, w->answer);
    return WSP_OK;
}

static int write_refusal(const wsp_conn *c, const struct writer *w, struct wsp_text *t)
{
    wsp_handshake_refuse_write(t, w->status, w->rule, c->opening->verdict.head_method);
    return WSP_OK;
}

static int write_response(const wsp_conn *c, const struct writer *w, struct wsp_text *t)
{
    return wsp_handshake_respond_write(t, w->response, c->opening->verdict.head_method);
}

static int write_request(const wsp_conn *c, const struct writer *w, struct wsp_text *t)
{
    return wsp_handshake_request_write(t, w->target, w->key, &c->e->rules);
}

/* Nothing follows the answer; what the peer still sends is dropped. */
static void answer_ends(wsp_conn *c)
{
    c->ending = true;
    c->phase = WSP_PHASE_SWALLOW;
    c->tell_request = false;
}

/* 4.2.1, 4.4: the library's own refusal */
static int refuse(wsp_conn *c, unsigned status, const char *rule, bool by_peer)
{
    struct writer w = {.write = write_refusal, .status = status, .rule = rule};
    int r = queue_text(c, &w);
    if (r != WSP_OK)
        return r;
    c->error = WSP_ERR_HANDSHAKE;
    c->detail = rule;
    c->by_peer = by_peer;
    answer_ends(c);
    return WSP_OK;
}

static void refuse_or_fail(wsp_conn *c, unsigned status, const char *rule)
{
    if (refuse(c, status, rule, true) != WSP_OK)
        wsp_conn_fail(c, WSP_ERR_NOMEM, "out of memory for an answer");
}

/* ---------------------------------------------------------------- heads as they arrive */

/* The limit is reached and the head is not complete. */
static void head_long(wsp_conn *c)
{
    const struct wsp_buf *b = &c->opening->in;
    bool line = memchr(b->data, '\n', b->len) != NULL;
    c->opening->role->bad(c, line ? 431 : 414,
                          line ? "RFC 6585 5: the head is over the size limit"
                               : "RFC 9110 15.5.15: the first line is over the size limit");
}

bool wsp_conn_head_byte(wsp_conn *c, struct wsp_input *in)
{
    struct wsp_opening *o = c->opening;
    bool other = WSP_SMALL_CODE || c->phase != WSP_PHASE_HEAD || in->len != 1 ||
                 in->end != WSP_END_OPEN || c->ended || c->gone || c->timer.due <= c->e->now_ms;
    if (other)
        return false;
    struct wsp_buf *b = &o->in;
    if (b->len == b->cap || b->len + 1 >= c->limits->handshake || o->head.scanned != b->len)
        return false;
    b->data[b->len] = in->data[0];
    if (!wsp_head_goes_on(&o->head, b->data))
        return false;
    c->received_ms = wsp_conn_now(c);
    b->len++;
    in->data++;
    in->len = 0;
    return true;
}

/* The end of a head that lies whole in the input, which need not be copied then: OPEN is told
 * before this feed returns. 0: it must be, since more is to come or somebody asks for it later. */
static int head_in_place(wsp_conn *c, const uint8_t *data, size_t len)
{
    struct wsp_head *h = &c->opening->head;
    if (c->opening->in.len > 0 || (c->role == WSP_SERVER && c->e->manual_accept))
        return 0;
    int n = c->opening->role->parse(h, data, len, c->e->cpu);
    if (n <= 0 || c->role == WSP_SERVER || h->status == 101)
        return n;
    h->scanned = 0;
    return 0;
}

/* What need bytes of a head may be given at once. It announces no length: twice what came of it. */
static size_t head_limit(const wsp_conn *c, size_t need)
{
    size_t limit = c->limits->handshake;
    size_t twice = need < HEAD_FIRST ? HEAD_FIRST : need <= limit / 2 ? 2 * need : limit;
    return twice < limit ? twice : limit;
}

/* Copies len bytes behind those that are there, and parses all. False: no memory. */
static bool head_copied(wsp_conn *c, const uint8_t *data, size_t len, int *n)
{
    struct wsp_buf *b = &c->opening->in;
    if (!wsp_endpoint_room(c->e, b, len, head_limit(c, b->len + len)))
        return false;
    memcpy(b->data + b->len, data, len);
    b->len += len;
    *n = c->opening->role->parse(&c->opening->head, b->data, b->len, c->e->cpu);
    return true;
}

static bool feed_head(wsp_conn *c, struct wsp_input *in)
{
    struct wsp_opening *o = c->opening;
    size_t limit = c->limits->handshake;
    size_t old = o->in.len;
    if (old >= limit) { /* wsp_set_limits has lowered it since */
        head_long(c);
        return true;
    }
    size_t take = in->len < limit - old ? in->len : limit - old;
    if (take == 0)
        return false;
    int n = head_in_place(c, in->data, take);
    if (n == 0 && !head_copied(c, in->data, take, &n)) {
        wsp_conn_fail(c, WSP_ERR_NOMEM, "out of memory for the handshake");
        return true;
    }
    if (n > 0) {
        take = (size_t)n - old;
        if (o->in.len > 0)
            o->in.len = (size_t)n;
    }
    in->data += take;
    in->len -= take;
    if (n > 0)
        o->role->done(c);
    else if (n < 0)
        o->role->bad(c, o->head.status, o->head.rule);
    else if (o->in.len == limit)
        head_long(c);
    else
        return false;
    return true;
}

/* ---------------------------------------------------------------- server */

static int accept_with(wsp_conn *c, const struct wsp_answer *a)
{
    struct wsp_verdict *v = &c->opening->verdict;
    const struct wsp_slice before = v->protocol;
    int r = wsp_handshake_accept_choose(v, a, &c->opening->head);
    if (r != WSP_OK)
        return r;
    struct writer w = {.write = write_accept, .answer = a};
    r = wsp_conn_keep_protocol(c, v->protocol) ? queue_text(c, &w) : WSP_ERR_NOMEM;
    if (r != WSP_OK) {
        wsp_conn_forget_protocol(c);
        v->protocol = before;
        return r;
    }
    wsp_conn_agree(c, &v->deflate.params);
    wsp_conn_open(c);
    wsp_conn_arm(c);
    return WSP_OK;
}

static void request_done(wsp_conn *c)
{
    struct wsp_opening *o = c->opening;
    wsp_handshake_judge(&o->verdict, &o->head, &c->e->rules);
    if (c->e->manual_accept) {
        c->phase = WSP_PHASE_WAIT;
        c->tell_request = true;
    } else if (o->verdict.status != 101) {
        refuse_or_fail(c, o->verdict.status, o->verdict.rule);
    } else if (accept_with(c, NULL) != WSP_OK) {
        wsp_conn_fail(c, WSP_ERR_NOMEM, "out of memory for an answer");
    }
}

static const struct wsp_opening_role server_role = {wsp_request_parse_by, request_done,
                                                    refuse_or_fail, feed_head, NULL};

int wsp_server_new(wsp_conn **out, wsp_endpoint *e)
{
    if (out == NULL)
        return WSP_ERR_ARG;
    *out = NULL;
    if (e == NULL)
        return WSP_ERR_ARG;
    wsp_conn *c;
    if (wsp_conn_new(&c, e, WSP_SERVER) != WSP_OK)
        return WSP_ERR_NOMEM;
    if (!opening_new(c, &server_role)) {
        wsp_conn_free(c);
        return WSP_ERR_NOMEM;
    }
    wsp_conn_arm(c);
    *out = c;
    return WSP_OK;
}

const struct wsp_head *wsp_request(const wsp_conn *c)
{
    return c->phase == WSP_PHASE_WAIT && !c->tell_request ? &c->opening->head : NULL;
}

int wsp_accept(wsp_conn *c, const struct wsp_answer *a)
{
    if (wsp_request(c) == NULL || c->opening->verdict.status != 101 || c->gone)
        return WSP_ERR_STATE;
    return accept_with(c, a);
}

static int respond_own(wsp_conn *c)
{
    const struct wsp_verdict *v = &c->opening->verdict;
    if (v->status != 101)
        return refuse(c, v->status, v->rule, true);
    return refuse(c, 403, "refused by the application", false);
}

int wsp_respond(wsp_conn *c, const struct wsp_response *r)
{
    if (wsp_request(c) == NULL || c->gone)
        return WSP_ERR_STATE;
    if (r == NULL)
        return respond_own(c);
    if (r->len > c->limits->buffered)
        return WSP_ERR_TOO_BIG;
    struct writer w = {.write = write_response, .response = r};
    int e = queue_text(c, &w);
    if (e != WSP_OK)
        return e;
    c->answered = true;
    c->detail = "the request was answered by the application";
    answer_ends(c);
    return WSP_OK;
}

int wsp_keep_input(wsp_conn *c, struct wsp_input *in)
{
    if (c->phase != WSP_PHASE_WAIT)
        return WSP_ERR_STATE;
    if (in->len == 0)
        return WSP_OK;
    struct wsp_buf *kept = &c->opening->kept;
    size_t limit = c->e->limits.read_buffer;
    if (kept->len > limit || in->len > limit - kept->len)
        return WSP_ERR_TOO_BIG;
    if (!wsp_buf_add(kept, &c->e->mem, in->data, in->len, limit))
        return WSP_ERR_NOMEM;
    if (in->len > 0)
        in->data += in->len;
    in->len = 0;
    return WSP_OK;
}

/* ---------------------------------------------------------------- client */

static void answer_refused(wsp_conn *c)
{
    struct wsp_opening *o = c->opening;
    uint64_t len;
    bool known = wsp_handshake_body_len(&o->head, &len);
    size_t limit = c->limits->body;
    o->body_want = known && len < limit ? (size_t)len : limit;
    c->error = WSP_ERR_HANDSHAKE;
    c->detail = "RFC 6455 4.1: the status of the answer is not 101";
    c->by_peer = true;
    c->phase = WSP_PHASE_BODY;
    if (o->body_want == 0)
        c->gone = true;
}

/* 4.1, RFC 9110 15.2: an interim answer is skipped */
static void answer_interim(wsp_conn *c)
{
    struct wsp_opening *o = c->opening;
    if (++o->informational > INFORMATIONAL_MAX) {
        wsp_conn_fail(c, WSP_ERR_HANDSHAKE, "RFC 6455 4.1: too many interim answers");
        return;
    }
    o->in.len = 0;
    head_begin(&o->head, o->fields, o->head.max_headers);
}

static void answer_done(wsp_conn *c)
{
    struct wsp_opening *o = c->opening;
    unsigned status = o->head.status;
    if (status >= 100 && status < 200 && status != 101) {
        answer_interim(c);
        return;
    }
    if (status != 101) {
        answer_refused(c);
        return;
    }
    if (wsp_handshake_answer_check(&o->verdict, &o->head, &o->offer) != WSP_OK) {
        wsp_conn_fail(c, WSP_ERR_HANDSHAKE, o->verdict.rule);
    } else if (!wsp_conn_keep_protocol(c, o->verdict.protocol)) {
        wsp_conn_fail(c, WSP_ERR_NOMEM, "out of memory for the subprotocol");
    } else {
        wsp_conn_agree(c, &o->verdict.deflate.params);
        wsp_conn_open(c);
        wsp_conn_arm(c);
    }
}

static bool feed_body(wsp_conn *c, struct wsp_input *in)
{
    struct wsp_opening *o = c->opening;
    size_t want = o->body_want - o->body.len;
    size_t take = in->len < want ? in->len : want;
    if (take == 0 && want > 0)
        return false;
    if (take > 0 && !wsp_buf_add(&o->body, &c->e->mem, in->data, take, o->body_want)) {
        /* The refusal is known already: it is told without the body. */
        c->gone = true;
    }
    in->data += take;
    in->len -= take;
    if (o->body.len < o->body_want && !c->gone)
        return false;
    c->gone = true;
    c->phase = WSP_PHASE_SWALLOW;
    return true;
}

static void answer_bad(wsp_conn *c, unsigned status, const char *rule)
{
    (void)status; /* there is nobody to answer */
    wsp_conn_fail(c, WSP_ERR_HANDSHAKE, rule);
}

static const struct wsp_opening_role client_role = {wsp_response_parse_by, answer_done, answer_bad,
                                                    feed_head, feed_body};

static bool keep_offer(wsp_conn *c, const struct wsp_target *t)
{
    struct wsp_opening *o = c->opening;
    o->offer.protocols = wsp_handshake_protocols(t, &c->e->rules);
    o->offer.deflate = c->e->rules.deflate;
    if (o->offer.protocols == NULL || o->offer.protocols == c->e->rules.protocols)
        return true;
    o->protocols_len = strlen(o->offer.protocols) + 1;
    o->protocols = wsp_mem_new(&c->e->mem, o->protocols_len);
    if (o->protocols == NULL)
        return false;
    memcpy(o->protocols, o->offer.protocols, o->protocols_len);
    o->offer.protocols = o->protocols;
    return true;
}

static int client_begin(wsp_conn *c, const struct wsp_target *t)
{
    uint8_t nonce[16];
    char key[25];
    if (!opening_new(c, &client_role))
        return WSP_ERR_NOMEM;
    /* 4.1 (7): a key of 16 fresh random bytes */
    if (!wsp_random_bytes(&c->e->random, nonce, sizeof nonce))
        return WSP_ERR_ENTROPY;
    wsp_base64_encode(key, nonce, sizeof nonce);
    wsp_accept_key_by(c->opening->offer.accept, key, c->e->cpu);
    struct writer w = {.write = write_request, .target = t, .key = key};
    int r = queue_text(c, &w);
    if (r == WSP_OK && !keep_offer(c, t))
        r = WSP_ERR_NOMEM;
    return r;
}

int wsp_client_new(wsp_conn **out, wsp_endpoint *e, const struct wsp_target *t)
{
    if (out == NULL)
        return WSP_ERR_ARG;
    *out = NULL;
    if (e == NULL || t == NULL)
        return WSP_ERR_ARG;
    wsp_conn *c;
    int r = wsp_conn_new(&c, e, WSP_CLIENT);
    if (r != WSP_OK)
        return r;
    r = client_begin(c, t);
    if (r != WSP_OK) {
        wsp_conn_free(c);
        return r;
    }
    wsp_conn_arm(c);
    *out = c;
    return WSP_OK;
}

/* ---------------------------------------------------------------- without our HTTP */

int wsp_offer_write(const wsp_endpoint *e, char *extensions, size_t size)
{
    return wsp_handshake_offer(&e->rules, extensions, size);
}

int wsp_offer_answer(const wsp_endpoint *e, struct wsp_agreed *out,
                     const struct wsp_sec_headers *request, char *extensions, size_t size)
{
    return wsp_handshake_offer_answer(&e->rules, out, request, extensions, size);
}

int wsp_answer_check(const wsp_endpoint *e, struct wsp_agreed *out, const char *protocols,
                     const struct wsp_sec_headers *answer)
{
    return wsp_handshake_offer_check(&e->rules, out, protocols, answer);
}
