/*
 * api_calls - random calls of the whole API on several connections of one endpoint, between feeds
 * and from inside events. SPDX-License-Identifier: MIT
 *
 * Input: four bytes of options, four more when it is with compression, then calls: a byte that
 * names the call, a byte that picks the connection, and what the call reads further.
 */
#include "support_app.h"

#include <string.h>

typedef void call(struct fuzz_app *a, struct fuzz_slot *s);

static const char request[] = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
static const char offer[] =
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
static const char answer_extension[] =
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;"
    " client_no_context_takeover; server_max_window_bits=8\r\n";

/* ------------------------------------------------------------ making */

static bool allowed_to_fail(const struct fuzz_app *a, int r)
{
    return (r == WSP_ERR_NOMEM && a->world.fail_alloc != 0) ||
           (r == WSP_ERR_ENTROPY && a->world.fail_entropy != 0);
}

static void made(struct fuzz_slot *s, int r, enum wsp_role role, bool handshake)
{
    FUZZ_ASSERT((r == WSP_OK) == (s->c != NULL));
    FUZZ_ASSERT(r == WSP_OK || allowed_to_fail(s->app, r));
    if (r == WSP_OK)
        fuzz_slot_begin(s, role, handshake);
}

static void call_adopt(struct fuzz_app *a, struct fuzz_slot *s)
{
    unsigned bits = fuzz_byte(&a->in);
    struct wsp_agreed agreed = {.role = bits & 1 ? WSP_CLIENT : WSP_SERVER};
    if (bits & 2)
        agreed.protocol = (struct wsp_slice){(const uint8_t *)"superchat", 9};
    if (bits & 4)
        agreed.protocol = (struct wsp_slice){(const uint8_t *)"other", 5};
    if (bits & 8)
        agreed.deflate = a->deflate.adopted;
    if (s->c == NULL)
        made(s, wsp_adopt_new(&s->c, a->e, &agreed), agreed.role, false);
}

static void call_server(struct fuzz_app *a, struct fuzz_slot *s)
{
    if (s->c != NULL)
        return;
    made(s, wsp_server_new(&s->c, a->e), WSP_SERVER, true);
    unsigned b = s->c != NULL ? fuzz_byte(&a->in) : 0;
    if ((b & 1) == 0)
        return;
    fuzz_blob_add(&s->incoming, request, sizeof request - 1);
    if (b & 2)
        fuzz_blob_add(&s->incoming, offer, sizeof offer - 1);
    fuzz_blob_add(&s->incoming, "\r\n", 2);
}

static void call_client(struct fuzz_app *a, struct fuzz_slot *s)
{
    const struct wsp_field field = {"X-A", "b"};
    const struct wsp_target target = {.host = "a",
                                      .resource = "/x?y",
                                      .origin = "http://a",
                                      .protocols = "chat, x",
                                      .headers = &field,
                                      .header_count = 1};
    if (s->c == NULL)
        made(s, wsp_client_new(&s->c, a->e, &target), WSP_CLIENT, true);
}

static void call_free(struct fuzz_app *a, struct fuzz_slot *s)
{
    (void)a;
    fuzz_slot_free(s);
}

static void call_hold(struct fuzz_app *a, struct fuzz_slot *s)
{
    if (fuzz_byte(&a->in) & 1)
        fuzz_slot_hold(s);
    else
        fuzz_slot_release(s);
}

/* ------------------------------------------------------------ what the peer says */

static void call_peer_raw(struct fuzz_app *a, struct fuzz_slot *s)
{
    struct wsp_slice raw = fuzz_take(&a->in, fuzz_byte(&a->in));
    fuzz_blob_add(&s->incoming, raw.data, raw.len);
}

/* A frame of the right kind for the role, most of the time. */
static void call_peer_frame(struct fuzz_app *a, struct fuzz_slot *s)
{
    static const uint8_t key[4] = {1, 2, 3, 4};
    static const uint8_t heads[8] = {0x81, 0x82, 0x01, 0x02, 0x80, 0x00, 0x89, 0x8A};
    static const uint16_t lens[8] = {0, 1, 5, 60, 125, 126, 700, 6000};
    unsigned b = fuzz_byte(&a->in);
    uint8_t body[6000];
    memset(body, 'a' + (int)(b >> 6), sizeof body);
    struct wsp_slice payload = {body, lens[b >> 3 & 7]};
    unsigned head = heads[b & 7];
    if (head >= 0x88 && payload.len > 125)
        payload.len = 125;
    if (head == 0x8A && payload.len == 60) {
        static const uint8_t normal[2] = {0x03, 0xE8};
        head = 0x88;
        payload = (struct wsp_slice){normal, 2};
    }
    fuzz_frame_add(&s->incoming, head, payload, s->wire.sender == WSP_SERVER ? key : NULL);
}

/* A compressed message, or the beginning of one. RFC 7692 7.2.3 has the first four. */
static void call_peer_packed(struct fuzz_app *a, struct fuzz_slot *s)
{
    static const uint8_t key[4] = {1, 2, 3, 4};
    static const struct {
        uint8_t len, bytes[15];
    } packed[8] = {
        {7, {0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}}, /* Hello */
        {5, {0xF2, 0x00, 0x11, 0x00, 0x00}},             /* again, with takeover */
        {11, {0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00}}, /* stored */
        {8, {0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00}},                    /* BFINAL */
        {1, {0x00}},                                                              /* empty */
        {13,
         {0xED, 0xC1, 0x01, 0x01, 0x00, 0x00, 0x00, 0x80, 0x90, 0xFE, 0xAF, 0xEE, 0x08}}, /* cut */
        {3, {0x07, 0x00, 0x00}}, /* no such block */
        {6, {0x4A, 0x4C, 0x1C, 0x0C, 0x00, 0x00}},
    };
    unsigned b = fuzz_byte(&a->in);
    struct wsp_slice payload = {packed[b & 7].bytes, packed[b & 7].len};
    unsigned head = (b & 8 ? 0x41u : 0x42u) | (b & 16 ? 0u : 0x80u);
    fuzz_frame_add(&s->incoming, head, payload, s->wire.sender == WSP_SERVER ? key : NULL);
}

/* The answer to a client's request, once that was sent. */
static void call_peer_answer(struct fuzz_app *a, struct fuzz_slot *s)
{
    char accept[29];
    static const char start[] = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: ";
    static const char refusal[] = "HTTP/1.1 404 x\r\nContent-Length: 4\r\n\r\nno";
    unsigned b = fuzz_byte(&a->in);
    if (b % 4 == 3) {
        fuzz_blob_add(&s->incoming, refusal, sizeof refusal - 1);
        return;
    }
    wsp_accept_key(accept, s->wire.key);
    fuzz_blob_add(&s->incoming, start, sizeof start - 1);
    fuzz_blob_add(&s->incoming, accept, 28);
    fuzz_blob_add(&s->incoming, "\r\n", 2);
    if (b & 4)
        fuzz_blob_add(&s->incoming, answer_extension, sizeof answer_extension - 1);
    fuzz_blob_add(&s->incoming, "\r\n", 2);
}

static void call_feed(struct fuzz_app *a, struct fuzz_slot *s)
{
    unsigned b = fuzz_byte(&a->in);
    size_t n = b < 200 ? SIZE_MAX : b < 240 ? b - 199 : 0;
    enum wsp_end end = b == 255 ? WSP_END_RESET : b == 254 ? WSP_END_EOF : WSP_END_OPEN;
    fuzz_slot_feed(s, n, end, b & 1);
}

static void call_feed_space(struct fuzz_app *a, struct fuzz_slot *s)
{
    fuzz_slot_feed_space(s, fuzz_u16(&a->in));
}

static void call_keep(struct fuzz_app *a, struct fuzz_slot *s)
{
    struct wsp_input in = {s->incoming.data, s->incoming.len, false, WSP_END_OPEN};
    (void)a;
    int r = wsp_keep_input(s->c, &in);
    FUZZ_ASSERT(r == WSP_OK || r == WSP_ERR_STATE || r == WSP_ERR_TOO_BIG || r == WSP_ERR_NOMEM);
    FUZZ_ASSERT(in.len == (r == WSP_OK ? 0 : s->incoming.len));
    if (r == WSP_OK)
        s->incoming.len = 0;
}

/* ------------------------------------------------------------ sending */

static struct wsp_slice message(struct fuzz_app *a, uint8_t buf[4200])
{
    static const uint16_t lens[8] = {0, 1, 20, 125, 126, 1000, 4095, 4200};
    unsigned b = fuzz_byte(&a->in);
    memset(buf, b & 64 ? 0xC3 : 'm', 4200);
    if (b & 128)
        memset(buf, 0xA9, 1);
    return (struct wsp_slice){buf, lens[b & 7]};
}

static void call_send(struct fuzz_app *a, struct fuzz_slot *s)
{
    uint8_t buf[4200];
    unsigned b = fuzz_byte(&a->in);
    struct wsp_slice data = message(a, buf);
    size_t before = wsp_buffered_amount(s->c);
    int r;
    if (b & 4)
        r = wsp_send_part(s->c, b & 1 ? WSP_TEXT : WSP_BINARY, data.data, data.len, b & 2);
    else if (b & 1)
        r = wsp_send_text(s->c, (const char *)data.data, data.len);
    else
        r = wsp_send_binary(s->c, data.data, data.len);
    fuzz_slot_result(s, r);
    FUZZ_ASSERT(wsp_buffered_amount(s->c) - before == (r == WSP_OK ? data.len : 0));
}

static void call_ping(struct fuzz_app *a, struct fuzz_slot *s)
{
    struct wsp_slice data = fuzz_take(&a->in, fuzz_byte(&a->in) % 140);
    int r = wsp_send_ping(s->c, data.data, data.len);
    /* FULL is about the ping that waits: no DRAIN follows it. */
    FUZZ_ASSERT(data.len <= WSP_CONTROL_MAX || r == WSP_ERR_ARG);
    FUZZ_ASSERT(r == WSP_OK || r == WSP_ERR_ARG || r == WSP_ERR_STATE || r == WSP_ERR_FULL ||
                allowed_to_fail(a, r));
}

static void call_close(struct fuzz_app *a, struct fuzz_slot *s)
{
    static const uint16_t codes[8] = {0, 1000, 1001, 1005, 3000, 4999, 5000, 999};
    unsigned b = fuzz_byte(&a->in);
    enum wsp_state before = wsp_ready_state(s->c);
    int r = wsp_close(s->c, codes[b & 7], "reason", b >> 3 & 7 ? 6 : 0);
    fuzz_slot_result(s, r);
    FUZZ_ASSERT(r != WSP_OK || before <= WSP_OPEN);
    FUZZ_ASSERT(r != WSP_OK || before != WSP_OPEN || wsp_ready_state(s->c) == WSP_CLOSING);
}

static void call_pending(struct fuzz_app *a, struct fuzz_slot *s)
{
    fuzz_slot_show(s, fuzz_byte(&a->in) % (FUZZ_SHOWN + 1));
}

static void call_sent(struct fuzz_app *a, struct fuzz_slot *s)
{
    unsigned b = fuzz_byte(&a->in);
    fuzz_slot_sent(s, b == 255 ? SIZE_MAX : b);
}

static void call_pump(struct fuzz_app *a, struct fuzz_slot *s)
{
    (void)a;
    fuzz_slot_pump(s);
}

static void call_shut(struct fuzz_app *a, struct fuzz_slot *s)
{
    (void)a;
    if (wsp_wants(s->c) & WSP_WANT_SHUT)
        wsp_shut(s->c);
    FUZZ_ASSERT((wsp_wants(s->c) & WSP_WANT_SHUT) == 0);
}

/* ------------------------------------------------------------ answering */

static void call_accept(struct fuzz_app *a, struct fuzz_slot *s)
{
    const struct wsp_field field = {"X-A", "b"};
    static const char *const protocols[4] = {NULL, "", "chat", "no such"};
    unsigned b = fuzz_byte(&a->in);
    const struct wsp_answer answer = {protocols[b & 3], b & 4 ? &field : NULL, b & 4 ? 1 : 0};
    bool waits = wsp_request(s->c) != NULL;
    int r = wsp_accept(s->c, b & 8 ? &answer : NULL);
    FUZZ_ASSERT(r != WSP_OK || (waits && wsp_ready_state(s->c) == WSP_OPEN));
    FUZZ_ASSERT(waits || r == WSP_ERR_STATE);
}

static void call_respond(struct fuzz_app *a, struct fuzz_slot *s)
{
    const struct wsp_field field = {"Content-Type", "text/html"};
    unsigned b = fuzz_byte(&a->in);
    struct wsp_response response = {200 + b, &field, b & 1, "0123456789", b % 11};
    bool waits = wsp_request(s->c) != NULL;
    int r = wsp_respond(s->c, b & 16 ? NULL : &response);
    FUZZ_ASSERT(waits == (r != WSP_ERR_STATE));
    FUZZ_ASSERT(r != WSP_OK || wsp_request(s->c) == NULL);
}

/* ------------------------------------------------------------ groups, prepared messages */

static void call_group_add(struct fuzz_app *a, struct fuzz_slot *s)
{
    unsigned g = fuzz_byte(&a->in) % FUZZ_GROUPS;
    if (a->group[g] == NULL)
        return;
    int r = wsp_group_add(a->group[g], s->c);
    FUZZ_ASSERT(r == WSP_OK || allowed_to_fail(a, r) ||
                (r == WSP_ERR_STATE && wsp_ready_state(s->c) == WSP_CLOSED));
    if (r == WSP_OK)
        s->member[g] = true;
}

static void call_group_remove(struct fuzz_app *a, struct fuzz_slot *s)
{
    unsigned g = fuzz_byte(&a->in) % FUZZ_GROUPS;
    if (a->group[g] == NULL)
        return;
    wsp_group_remove(a->group[g], s->c);
    s->member[g] = false;
}

static void call_group_new(struct fuzz_app *a, struct fuzz_slot *s)
{
    unsigned b = fuzz_byte(&a->in);
    unsigned g = b % FUZZ_GROUPS;
    (void)s;
    if (a->group[g] == NULL) {
        int r = wsp_group_new(&a->group[g], a->e);
        FUZZ_ASSERT(r == WSP_OK || allowed_to_fail(a, r));
    } else if (b >= 128) {
        wsp_group_free(a->group[g]);
        a->group[g] = NULL;
        for (unsigned i = 0; i < FUZZ_SLOTS; i++)
            a->slot[i].member[g] = false;
    }
}

/* Every member is counted once, and only what was counted as queued was queued. */
static void call_group_send(struct fuzz_app *a, struct fuzz_slot *s)
{
    struct wsp_group_counts n;
    unsigned b = fuzz_byte(&a->in);
    unsigned g = b % FUZZ_GROUPS;
    const wsp_conn *except = b & 4 ? s->c : NULL;
    if (a->group[g] == NULL || a->prepared == NULL)
        return;
    size_t members = wsp_group_size(a->group[g]);
    size_t before = 0, after = 0;
    for (unsigned i = 0; i < FUZZ_SLOTS; i++)
        before += a->slot[i].c != NULL ? wsp_buffered_amount(a->slot[i].c) : 0;
    size_t queued = wsp_group_send(a->group[g], a->prepared, except, &n);
    for (unsigned i = 0; i < FUZZ_SLOTS; i++) {
        after += a->slot[i].c != NULL ? wsp_buffered_amount(a->slot[i].c) : 0;
        a->slot[i].log.maybe_full |= a->slot[i].member[g] && n.full > 0;
    }
    FUZZ_ASSERT(queued == n.queued && after - before == queued * a->prepared_len);
    size_t left_out = except != NULL && s->member[g];
    FUZZ_ASSERT(n.queued + n.full + n.not_open + n.streaming + n.failed + left_out == members);
}

/* Members go away while they are walked. */
static void call_group_walk(struct fuzz_app *a, struct fuzz_slot *s)
{
    unsigned b = fuzz_byte(&a->in);
    unsigned g = b % FUZZ_GROUPS;
    size_t cursor = WSP_NO_LIMIT;
    enum wsp_group_which which = (enum wsp_group_which)((b >> 2) % 3);
    const wsp_conn *seen[FUZZ_SLOTS + 1];
    size_t count = 0;
    wsp_conn *c;
    (void)s;
    if (a->group[g] == NULL)
        return;
    while ((c = wsp_group_next(a->group[g], &cursor, which)) != NULL) {
        struct fuzz_slot *t = wsp_user(c);
        FUZZ_ASSERT(t->c == c && t->member[g] && count < FUZZ_SLOTS);
        for (size_t i = 0; i < count; i++)
            FUZZ_ASSERT(seen[i] != c);
        seen[count++] = c;
        unsigned what = b >> 4 & 3;
        if (what == 1 && count % 2 == 1)
            fuzz_slot_free(t);
        else if (what == 2)
            fuzz_slot_sent(t, SIZE_MAX);
        else if (what == 3 && count == 1) {
            wsp_group_remove(a->group[g], c);
            t->member[g] = false;
        }
    }
}

static void call_prepare(struct fuzz_app *a, struct fuzz_slot *s)
{
    uint8_t buf[4200];
    unsigned b = fuzz_byte(&a->in);
    struct wsp_slice data = message(a, buf);
    (void)s;
    wsp_prepared_unref(a->prepared);
    int r = wsp_prepare(&a->prepared, a->e, b & 1 ? WSP_TEXT : WSP_BINARY, data.data, data.len);
    FUZZ_ASSERT((r == WSP_OK) == (a->prepared != NULL));
    FUZZ_ASSERT(r == WSP_OK || r == WSP_ERR_UTF8 || allowed_to_fail(a, r));
    a->prepared_len = data.len;
}

static void call_send_prepared(struct fuzz_app *a, struct fuzz_slot *s)
{
    if (a->prepared != NULL)
        fuzz_slot_result(s, wsp_send_prepared(s->c, a->prepared));
}

/* ------------------------------------------------------------ settings, time, queries */

static void call_limits(struct fuzz_app *a, struct fuzz_slot *s)
{
    unsigned b = fuzz_byte(&a->in);
    struct wsp_limits l = {.message = 1 + fuzz_u16(&a->in),
                           .buffered = 1 + fuzz_u16(&a->in) % 5000};
    l.send_fragment = b & 2 ? 1 + b : 0;
    l.fragments = b & 4 ? 3 : 0;
    l.read_buffer = b == 255 ? 1 : 0;
    l.handshake = b & 8 ? 1 + b : 0;
    l.headers = b & 16 ? 1 + b : 0;
    int r = wsp_set_limits(s->c, b & 1 ? &l : NULL);
    FUZZ_ASSERT(r == WSP_OK || r == WSP_ERR_STATE || r == WSP_ERR_ARG || allowed_to_fail(a, r));
    /* A limit that rose over what waits, or fell below it, moves the place of DRAIN. */
}

static void call_streaming(struct fuzz_app *a, struct fuzz_slot *s)
{
    int r = wsp_set_streaming(s->c, fuzz_byte(&a->in) & 1);
    FUZZ_ASSERT(r == WSP_OK || r == WSP_ERR_STATE);
}

static void call_compress(struct fuzz_app *a, struct fuzz_slot *s)
{
    wsp_set_compress(s->c, fuzz_byte(&a->in) & 1);
}

static void call_clock(struct fuzz_app *a, struct fuzz_slot *s)
{
    unsigned b = fuzz_byte(&a->in);
    wsp_conn *c;
    (void)s;
    a->now += b < 128 ? b : b * b * 4;
    wsp_endpoint_clock(a->e, a->now);
    for (unsigned i = 0; (c = wsp_endpoint_due(a->e)) != NULL; i++) {
        struct fuzz_slot *due = wsp_user(c);
        FUZZ_ASSERT(i < 2 * FUZZ_SLOTS && due->c == c && !due->freed);
        if (b & 1)
            fuzz_slot_feed(due, 0, WSP_END_OPEN, false);
    }
    FUZZ_ASSERT(wsp_endpoint_deadline(a->e) > a->now);
}

static void call_queries(struct fuzz_app *a, struct fuzz_slot *s)
{
    struct wsp_statistics statistics;
    struct wsp_close_info info;
    struct wsp_agreed agreed;
    uint8_t *at;
    size_t len;
    uint32_t delay = 0;
    wsp_close_info(s->c, &info);
    FUZZ_ASSERT(fuzz_utf8_valid(info.sent_reason.data, info.sent_reason.len));
    FUZZ_ASSERT(fuzz_utf8_valid(info.received_reason.data, info.received_reason.len));
    (void)wsp_get_statistics(s->c, &statistics);
    wsp_conn_agreed(s->c, &agreed);
    FUZZ_ASSERT(agreed.role == s->wire.sender && fuzz_same(agreed.protocol, wsp_protocol(s->c)));
    (void)wsp_ping_rtt_ms(s->c);
    FUZZ_ASSERT(s->freed || wsp_conn_endpoint(s->c) == a->e);
    int r = wsp_backoff_ms(a->e, fuzz_byte(&a->in), &delay);
    FUZZ_ASSERT(delay < 60000 && (r == WSP_OK || allowed_to_fail(a, r)));
    r = wsp_read_buffer_borrow(a->e, &at, &len);
    FUZZ_ASSERT(a->pumping ? r == WSP_ERR_BUSY : r == WSP_OK || allowed_to_fail(a, r));
    if (r != WSP_OK)
        return;
    memset(at, 0x5A, len);
    FUZZ_ASSERT(wsp_read_buffer_borrow(a->e, &at, &len) == WSP_ERR_BUSY);
    wsp_read_buffer_return(a->e);
}

/* ------------------------------------------------------------ the calls */

struct entry {
    call *f;
    bool alone; /* needs no connection */
};

static const struct entry entries[] = {
    {call_adopt, true},         {call_server, true},       {call_client, true},
    {call_free, false},         {call_hold, false},        {call_peer_raw, false},
    {call_peer_frame, false},   {call_peer_answer, false}, {call_feed, false},
    {call_feed_space, false},   {call_keep, false},        {call_send, false},
    {call_ping, false},         {call_close, false},       {call_pending, false},
    {call_sent, false},         {call_pump, false},        {call_shut, false},
    {call_accept, false},       {call_respond, false},     {call_group_add, false},
    {call_group_remove, false}, {call_group_new, true},    {call_group_send, false},
    {call_group_walk, true},    {call_prepare, true},      {call_send_prepared, false},
    {call_limits, false},       {call_streaming, false},   {call_clock, true},
    {call_queries, false},      {call_peer_frame, false},  {call_feed, false},
    {call_compress, false},     {call_peer_packed, false}, {call_peer_packed, false},
};

#define CALLS (sizeof entries / sizeof entries[0])
#define CALLS_COMPRESSED 3u /* the last of them are only for inputs with compression */

static void act(struct fuzz_app *a)
{
    size_t calls = a->deflate.config.enabled ? CALLS : CALLS - CALLS_COMPRESSED;
    const struct entry *entry = &entries[fuzz_byte(&a->in) % calls];
    struct fuzz_slot *s = &a->slot[fuzz_byte(&a->in) % FUZZ_SLOTS];
    if (s->c == NULL && !entry->alone)
        return;
    entry->f(a, s);
    fuzz_app_check(a);
}

static void configure(struct wsp_config *cfg, unsigned bits)
{
    cfg->streaming = bits & 1;
    cfg->manual_accept = bits & 2;
    cfg->statistics = bits & 4;
    cfg->protocols = "chat, superchat";
    if (bits & 8) {
        cfg->limits.buffered = 500;
        cfg->limits.send_fragment = 70;
        cfg->limits.keep = 100;
        cfg->limits.read_buffer = 300;
        cfg->limits.random_pool = 16;
    }
    if (bits & 16)
        cfg->ping_ms = 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct fuzz_app app;
    struct wsp_config cfg;
    memset(&app, 0, sizeof app);
    memset(&cfg, 0, sizeof cfg);
    app.in = (struct fuzz_in){data, len};
    app.act = act;
    for (unsigned i = 0; i < FUZZ_SLOTS; i++)
        app.slot[i].app = &app;
    fuzz_world_init(&app.world, &cfg);
    unsigned bits = fuzz_byte(&app.in);
    configure(&cfg, bits);
    app.world.fail_alloc = fuzz_byte(&app.in);
    app.world.fail_entropy = fuzz_byte(&app.in);
    app.world.sticky = fuzz_byte(&app.in) & 1;
    fuzz_deflate_read(&app.deflate, &app.in, bits >> 5 & 1);
    cfg.deflate = app.deflate.config;
    /* The endpoint itself is the first block. */
    if (app.world.fail_alloc == 1)
        app.world.fail_alloc = 2;
    FUZZ_ASSERT(wsp_endpoint_new(&app.e, &cfg) == WSP_OK);
    while (app.in.len > 0)
        act(&app);
    fuzz_app_end(&app);
    return 0;
}
