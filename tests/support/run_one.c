#include "support/run_one.h"

#include <ctype.h>

#include "support/testing.h"

struct run {
    struct run_result *result;
    const struct run_row *row;
    const struct run_mode *mode;
    struct world world;
    wsp_endpoint *endpoint;
    wsp_conn *conn;
    struct guard *page; /* each piece of input lies against one of its ends */
    uint64_t now;
    enum wsp_state state;
    bool blocked, noshut;
    bool broken; /* the write limit was reached */
};

/* --- output ----------------------------------------------------------------------------------- */

/* How many bytes of what is pending are taken at once. */
static size_t output_take(struct run *r, const struct wsp_slice *slices, size_t n)
{
    size_t left = r->mode->drip ? 1 : SIZE_MAX;
    if (r->mode->write_limit != 0)
        left = left < r->mode->write_limit - r->result->out.len
                   ? left
                   : r->mode->write_limit - r->result->out.len;
    size_t taken = 0;
    for (size_t i = 0; i < n && left > 0; i++) {
        assert_true(slices[i].len > 0);
        size_t len = slices[i].len < left ? slices[i].len : left;
        blob_add(&r->result->out, slices[i].data, len);
        taken += len;
        left -= len;
    }
    return taken;
}

static void output_all(struct run *r)
{
    struct wsp_slice slices[3];
    size_t n;
    if (r->blocked || r->broken)
        return;
    while ((n = wsp_pending(r->conn, slices, ARRAY_LEN(slices))) > 0) {
        assert_true(n <= ARRAY_LEN(slices));
        assert_true((wsp_wants(r->conn) & WSP_WANT_WRITE) != 0);
        wsp_sent(r->conn, output_take(r, slices, n));
        if (r->mode->write_limit != 0 && r->result->out.len >= r->mode->write_limit) {
            r->broken = true;
            r->result->disturbed = true;
            return;
        }
    }
    assert_true((wsp_wants(r->conn) & WSP_WANT_WRITE) == 0);
    if (!r->noshut && (wsp_wants(r->conn) & WSP_WANT_SHUT) != 0) {
        wsp_shut(r->conn);
        assert_true((wsp_wants(r->conn) & WSP_WANT_SHUT) == 0);
    }
}

/* --- input ------------------------------------------------------------------------------------ */

static void state_check(struct run *r)
{
    enum wsp_state now = wsp_ready_state(r->conn);
    assert_true(now >= r->state);
    r->state = now;
    if (r->result->log.closed)
        assert_int_equal(now, WSP_CLOSED);
    assert_int_equal((wsp_wants(r->conn) & WSP_WANT_END) != 0, r->result->log.closed);
}

/* Events until there is none; a waiting request's input is handed over. */
static void feed_events(struct run *r, struct wsp_input *in)
{
    struct wsp_event ev;
    for (;;) {
        memset(&ev, 0x5A, sizeof ev);
        enum wsp_event_type type = wsp_feed(r->conn, in, &ev);
        assert_int_equal(type, ev.type);
        if (type == WSP_EVENT_NONE)
            break;
        log_event(&r->result->log, &ev);
        state_check(r);
        output_all(r);
    }
    output_all(r);
    state_check(r);
    if (in == NULL || in->len == 0)
        return;
    assert_true((wsp_wants(r->conn) & WSP_WANT_ANSWER) != 0);
    if (wsp_keep_input(r->conn, in) == WSP_OK)
        assert_int_equal(in->len, 0);
    else
        log_word(&r->result->log, "keep=NOMEM");
}

/* What waits without input: OPEN, DRAIN, CLOSE; and the transport's failure when the write limit
 * was reached. */
static void feed_waiting(struct run *r)
{
    if ((wsp_wants(r->conn) & WSP_WANT_FEED) != 0) {
        feed_events(r, NULL);
        assert_true((wsp_wants(r->conn) & WSP_WANT_FEED) == 0);
    }
    if (r->broken && !r->result->log.closed) {
        struct wsp_input in = {.end = WSP_END_RESET};
        feed_events(r, &in);
        assert_true(r->result->log.closed);
    }
}

/* Where the library wants the next bytes, NULL when it has no wish; *len is lowered to its room. */
static uint8_t *input_place(struct run *r, size_t *len)
{
    uint8_t *at = NULL;
    size_t space = r->mode->space && *len > 0 ? wsp_recv_space(r->conn, &at) : 0;
    if (space == 0)
        return NULL;
    *len = *len < space ? *len : space;
    return at;
}

/* Feeds up to len bytes and returns how many it took. */
static size_t feed_piece(struct run *r, const uint8_t *data, size_t len, enum wsp_end end)
{
    size_t used = len;
    uint8_t *at = input_place(r, &used);
    bool guarded = at == NULL;
    if (!guarded)
        memcpy(at, data, used);
    else if (r->mode->front)
        at = guard_at_start(r->page, data, len);
    else
        at = guard_at_end(r->page, data, len);
    struct wsp_input in = {at, used, r->mode->read_only, used == len ? end : WSP_END_OPEN};
    feed_events(r, &in);
    if (guarded && r->mode->read_only && len > 0)
        assert_memory_equal(at, data, len);
    feed_waiting(r);
    return used;
}

static size_t piece_end(const struct run_mode *mode, size_t at, size_t end)
{
    if (mode->cut > at && mode->cut < end)
        return mode->cut;
    if (mode->piece != 0 && end - at > mode->piece && at >= mode->cut)
        return at + mode->piece;
    return end;
}

static void feed_segment(struct run *r, const uint8_t *data, size_t at, size_t end,
                         enum wsp_end how)
{
    while (at < end && !r->broken) {
        size_t stop = piece_end(r->mode, at, end);
        at += feed_piece(r, data + at, stop - at, stop == end ? how : WSP_END_OPEN);
    }
}

/* --- what the application does ---------------------------------------------------------------- */

static void action_result(struct run *r, const char *name, int result)
{
    if (result == WSP_OK)
        return;
    log_word(&r->result->log, name);
    blob_format(&r->result->log.line, "=%s", log_error(result));
}

static bool send_action(struct run *r, const char *name, const struct blob *b)
{
    static const struct {
        const char *name;
        enum wsp_opcode opcode;
        bool last;
    } parts[] = {{"part", WSP_TEXT, false},
                 {"last", WSP_TEXT, true},
                 {"bpart", WSP_BINARY, false},
                 {"blast", WSP_BINARY, true}};
    const char *text = b->data == NULL ? "" : (const char *)b->data;
    int result = WSP_OK;
    size_t i = 0;
    while (i < ARRAY_LEN(parts) && strcmp(parts[i].name, name) != 0)
        i++;
    if (i < ARRAY_LEN(parts))
        result = wsp_send_part(r->conn, parts[i].opcode, text, b->len, parts[i].last);
    else if (strcmp(name, "text") == 0)
        result = wsp_send_text(r->conn, text, b->len);
    else if (strcmp(name, "bin") == 0)
        result = wsp_send_binary(r->conn, text, b->len);
    else if (strcmp(name, "ping") == 0)
        result = wsp_send_ping(r->conn, text, b->len);
    else
        return false;
    action_result(r, name, result);
    return true;
}

static bool end_action(struct run *r, const char *name, unsigned number, const struct blob *b)
{
    const char *text = b->data == NULL ? "" : (const char *)b->data;
    struct wsp_response response = {.status = number, .body = text, .len = b->len};
    if (strcmp(name, "close") == 0)
        action_result(r, name, wsp_close(r->conn, number, text, b->len));
    else if (strcmp(name, "accept") == 0)
        action_result(r, name, wsp_accept(r->conn, NULL));
    else if (strcmp(name, "respond") == 0)
        action_result(r, name, wsp_respond(r->conn, &response));
    else if (strcmp(name, "refuse") == 0)
        action_result(r, name, wsp_respond(r->conn, NULL));
    else
        return false;
    return true;
}

static void time_passes(struct run *r, unsigned ms)
{
    wsp_conn *due;
    r->now += ms;
    wsp_endpoint_clock(r->endpoint, r->now);
    while ((due = wsp_endpoint_due(r->endpoint)) != NULL) {
        assert_ptr_equal(due, r->conn);
        feed_events(r, NULL);
    }
}

static void runner_action(struct run *r, const char *name, unsigned number)
{
    if (strcmp(name, "block") == 0) {
        r->blocked = true;
    } else if (strcmp(name, "flush") == 0) {
        r->blocked = false;
    } else if (strcmp(name, "noshut") == 0) {
        r->noshut = true;
    } else if (strcmp(name, "tick") == 0) {
        time_passes(r, number);
    } else if (strcmp(name, "state") == 0) {
        log_word(&r->result->log, "state=");
        blob_format(&r->result->log.line, "%d", (int)wsp_ready_state(r->conn));
    } else {
        fail_msg("script: no action &%s", name);
    }
}

static void action(struct run *r, const char *text)
{
    char name[16];
    size_t len = 0;
    struct blob b = {0};
    for (text++; islower((unsigned char)*text) && len < sizeof name - 1; text++)
        name[len++] = *text;
    name[len] = '\0';
    char *end = NULL;
    unsigned number = (unsigned)strtoul(text, &end, 10);
    text = end;
    script_payload(&b, &text);
    if (!send_action(r, name, &b) && !end_action(r, name, number, &b))
        runner_action(r, name, number);
    blob_free(&b);
    state_check(r);
    output_all(r);
    feed_waiting(r);
}

/* --- one run ---------------------------------------------------------------------------------- */

static bool deflates(const struct run_setup *setup)
{
    return setup != NULL && (setup->flags & (RUN_DEFLATE | RUN_TAKEOVER)) != 0;
}

static struct wsp_deflate_params params_of(const struct run_setup *setup)
{
    const struct wsp_deflate_config *config = &setup->config.deflate;
    bool takeover = (setup->flags & RUN_TAKEOVER) != 0;
    uint8_t server = config->server_max_window_bits, client = config->client_max_window_bits;
    return (struct wsp_deflate_params){
        .enabled = deflates(setup),
        .server_no_context_takeover = !takeover,
        .client_no_context_takeover = !takeover,
        .server_max_window_bits = server != 0 ? server : 15,
        .client_max_window_bits = client != 0 ? client : 15,
    };
}

static int conn_make(struct run *r)
{
    const struct run_setup *setup = r->row->setup;
    struct wsp_agreed agreed = {.role = (enum wsp_role)r->row->role};
    static const struct wsp_target target = {.url = "ws://example.com/chat"};
    if (setup != NULL)
        agreed.deflate = params_of(setup);
    if (setup == NULL || (setup->flags & RUN_HANDSHAKE) == 0)
        return wsp_adopt_new(&r->conn, r->endpoint, &agreed);
    if (r->row->role == WSP_SERVER)
        return wsp_server_new(&r->conn, r->endpoint);
    return wsp_client_new(&r->conn, r->endpoint, setup->target != NULL ? setup->target : &target);
}

static bool run_begin(struct run *r)
{
    struct wsp_config cfg = {0};
    if (r->row->setup != NULL)
        cfg = r->row->setup->config;
    world_init(&r->world, &cfg);
    cfg.streaming = r->mode->streaming;
    cfg.statistics = r->mode->statistics;
    cfg.deflate.enabled |= deflates(r->row->setup);
    r->world.alloc.fail_at = r->mode->fail_alloc;
    r->world.entropy.fail_at = r->mode->fail_entropy;
    r->world.alloc.sticky = r->world.entropy.sticky = r->mode->sticky;
    r->result->refused = wsp_endpoint_new(&r->endpoint, &cfg);
    if (r->result->refused != WSP_OK)
        return false;
    r->now = 1000;
    wsp_endpoint_clock(r->endpoint, r->now);
    r->result->refused = conn_make(r);
    return r->result->refused == WSP_OK;
}

/* $EOF and $RESET come by themselves, when the output before them was taken; $FIN with the last
 * bytes. */
static enum wsp_end end_of(const char *stop, bool *joined)
{
    *joined = stop != NULL && strncmp(stop, "$FIN", 4) == 0;
    if (stop == NULL || *stop != '$')
        return WSP_END_OPEN;
    return strncmp(stop, "$RESET", 6) == 0 ? WSP_END_RESET : WSP_END_EOF;
}

static void script_play(struct run *r, const struct script *s)
{
    size_t at = 0;
    for (size_t i = 0; i <= s->stop_count && !r->broken; i++) {
        const char *stop = i < s->stop_count ? s->stops[i].text : NULL;
        size_t end = stop != NULL ? s->stops[i].at : s->bytes.len;
        bool joined;
        enum wsp_end how = end_of(stop, &joined);
        feed_segment(r, s->bytes.data, at, end, joined ? how : WSP_END_OPEN);
        if (how != WSP_END_OPEN && !joined && !r->broken)
            feed_piece(r, NULL, 0, how);
        if (stop != NULL && *stop == '&' && !r->broken)
            action(r, stop);
        at = end;
    }
}

/* Whatever state it is in: when the transport ends, CLOSE comes once, and then nothing any more. */
static void run_finish(struct run *r)
{
    feed_waiting(r);
    (void)log_line(&r->result->log);
    r->result->line_len = r->result->log.line.len;
    r->blocked = false;
    output_all(r);
    if (!r->result->log.closed) {
        struct wsp_input eof = {.end = WSP_END_EOF};
        feed_events(r, &eof);
        feed_waiting(r);
    }
    if (!r->result->log.closed) {
        struct wsp_input reset = {.end = WSP_END_RESET};
        feed_events(r, &reset);
    }
    assert_true(r->result->log.closed);
    uint8_t more[] = {0x81, 0x00, 0x88, 0x00, 0xFF};
    struct wsp_input in = {.data = more, .len = sizeof more};
    feed_events(r, &in);
    assert_int_equal(in.len, 0);
    assert_int_equal(wsp_send_text(r->conn, "x", 1), WSP_ERR_STATE);
    assert_int_equal(wsp_close(r->conn, 1000, NULL, 0), WSP_ERR_STATE);
}

static void close_info_check(struct run *r)
{
    struct wsp_close_info info;
    wsp_close_info(r->conn, &info);
    assert_int_equal(info.received_code, r->result->log.close_code);
    assert_int_equal(info.error, r->result->log.close_error);
    assert_int_equal(info.clean, r->result->log.close_clean);
}

void run_once(struct run_result *result, const struct run_row *row, const struct script *s,
              const struct run_mode *mode)
{
    struct run r = {.result = result, .row = row, .mode = mode};
    memset(result, 0, sizeof *result);
    r.page = mode->page != NULL ? mode->page : guard_new(s->bytes.len);
    if (run_begin(&r)) {
        output_all(&r);
        if (!mode->read_only || (s->stop_count > 0 && s->stops[0].at == 0))
            feed_waiting(&r); /* else OPEN comes with the first input */
        script_play(&r, s);
        run_finish(&r);
        close_info_check(&r);
        wsp_conn_free(r.conn);
    }
    result->alloc_calls = r.world.alloc.calls;
    result->entropy_calls = r.world.entropy.calls;
    result->disturbed |= r.world.alloc.refused || r.world.entropy.refused;
    world_end(&r.world, r.endpoint);
    if (mode->page == NULL)
        guard_free(r.page);
}

void run_result_free(struct run_result *r)
{
    log_free(&r->log);
    blob_free(&r->out);
}

void run_client_key(const struct run_row *row, char key[25], char accept[29])
{
    static const struct run_mode plain = {0};
    static const struct script nothing = {0};
    struct run_result result;
    run_once(&result, row, &nothing, &plain);
    const char *found = strstr(blob_string(&result.out), "Sec-WebSocket-Key: ");
    assert_non_null(found);
    memcpy(key, found + strlen("Sec-WebSocket-Key: "), 24);
    key[24] = '\0';
    wsp_accept_key(accept, key);
    run_result_free(&result);
}
