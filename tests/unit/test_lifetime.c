/*
 * Random calls on any connection, between feeds and while an event is looked at: states move
 * forward, CLOSE comes once, an event's bytes stay as they are until the next feed, and nothing
 * leaks. Memory fails now and then.
 */
#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

#define SLOTS 6
#define STEPS 400

struct slot {
    wsp_conn *conn;
    struct blob input; /* on its way to it */
    size_t at;
    struct log log;
    enum wsp_state state;
    unsigned generation; /* counts the connections that this slot has had */
};

struct life {
    struct world w;
    wsp_endpoint *e;
    struct slot slots[SLOTS];
    wsp_group *groups[2];
    wsp_prepared *prepared;
    wsp_conn *ghosts[SLOTS]; /* held over wsp_conn_free */
    size_t ghost_count;
    uint64_t seed, now;
    size_t told[WSP_EVENT_CLOSE + 1]; /* events of each kind */
};

static size_t roll(struct life *t, size_t bound)
{
    return test_random_below(&t->seed, bound);
}

/* --- connections ------------------------------------------------------------------------------ */

static void slot_drop(struct slot *s)
{
    s->conn = NULL;
    s->at = 0;
    s->input.len = 0;
    s->state = WSP_CONNECTING;
    s->generation++;
    log_free(&s->log);
}

static void request_into(struct slot *s)
{
#define UPGRADE                                                           \
    "`GET / HTTP/1.1\nHost: a\nUpgrade: websocket\nConnection: Upgrade\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\n\n`"
    static const char *const heads[] = {
        UPGRADE,
        "`GET /page HTTP/1.1\nHost: a\n\n`",
        "`BAD\n\n`",
    };
    struct script x = {.masked = true};
    script_build(&x, heads[s->generation % 7 == 0 ? 1 : s->generation % 11 == 0 ? 2 : 0]);
    blob_add(&s->input, x.bytes.data, x.bytes.len);
    script_free(&x);
}

static void answer_into(struct slot *s)
{
    struct blob request = {0};
    char key[25], accept[29];
    (void)take_output(s->conn, &request, SIZE_MAX);
    const char *at = strstr(blob_string(&request), "Sec-WebSocket-Key: ");
    assert_non_null(at);
    memcpy(key, at + strlen("Sec-WebSocket-Key: "), 24);
    key[24] = '\0';
    wsp_accept_key(accept, key);
    if (s->generation % 7 == 0)
        blob_text(&s->input, "HTTP/1.1 404 x\r\nContent-Length: 3\r\n\r\nabc");
    else
        blob_format(&s->input,
                    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: %s\r\n\r\n",
                    accept);
    blob_free(&request);
}

static void slot_open(struct life *t, struct slot *s)
{
    const struct wsp_target target = {.url = "ws://life/"};
    struct wsp_agreed agreed = {.role = roll(t, 2) == 0 ? WSP_SERVER : WSP_CLIENT};
    size_t kind = roll(t, 4);
    int r = kind == 0   ? wsp_server_new(&s->conn, t->e)
            : kind == 1 ? wsp_client_new(&s->conn, t->e, &target)
                        : wsp_adopt_new(&s->conn, t->e, &agreed);
    if (r != WSP_OK) {
        assert_int_equal(r, WSP_ERR_NOMEM);
        s->conn = NULL;
        return;
    }
    if (kind == 0)
        request_into(s);
    else if (kind == 1)
        answer_into(s);
}

static void free_slot(struct life *t, struct slot *s)
{
    if (roll(t, 3) == 0 && t->ghost_count < SLOTS) {
        wsp_hold(s->conn);
        t->ghosts[t->ghost_count++] = s->conn;
    }
    wsp_conn_free(s->conn);
    slot_drop(s);
}

static void check_state(struct slot *s)
{
    enum wsp_state now = wsp_ready_state(s->conn);
    assert_true(now >= s->state);
    s->state = now;
    if (s->log.closed)
        assert_int_equal(now, WSP_CLOSED);
}

static void ghost_check(struct life *t)
{
    struct wsp_slice out[1];
    if (t->ghost_count == 0)
        return;
    wsp_conn *c = t->ghosts[--t->ghost_count];
    assert_int_equal(wsp_ready_state(c), WSP_CLOSED);
    assert_int_equal(wsp_send_text(c, "x", 1), WSP_ERR_STATE);
    assert_int_equal(wsp_pending(c, out, 1), 0);
    wsp_release(c);
}

/* --- random calls that feed nothing ----------------------------------------------------------- */

static bool allowed_error(int r)
{
    return r == WSP_OK || r == WSP_ERR_STATE || r == WSP_ERR_FULL || r == WSP_ERR_TOO_BIG ||
           r == WSP_ERR_NOMEM || r == WSP_ERR_ARG;
}

static int random_send(struct life *t, wsp_conn *c)
{
    static const char text[6000] = "random";
    size_t len = roll(t, 10) == 0 ? roll(t, sizeof text) : roll(t, 100);
    switch (roll(t, 6)) {
    case 0:
        return wsp_send_text(c, text, len);
    case 1:
        return wsp_send_binary(c, text, len);
    case 2:
        return wsp_send_part(c, roll(t, 2) == 0 ? WSP_TEXT : WSP_BINARY, text, len,
                             roll(t, 2) == 0);
    case 3:
        return wsp_send_prepared(c, t->prepared);
    case 4:
        return wsp_send_ping(c, text, len % 126);
    default:
        return roll(t, 5) == 0 ? wsp_close(c, 1000, text, 6) : WSP_OK;
    }
}

static int random_setting(struct life *t, wsp_conn *c)
{
    const struct wsp_limits limits = {.message = 200 + roll(t, 5000), .buffered = 50};
    const struct wsp_response response = {.status = 404, .body = "none", .len = 4};
    switch (roll(t, 6)) {
    case 0:
        return wsp_set_limits(c, roll(t, 2) == 0 ? NULL : &limits);
    case 1:
        return wsp_set_streaming(c, roll(t, 2) == 0);
    case 2:
        return wsp_group_add(t->groups[roll(t, 2)], c);
    case 3:
        wsp_group_remove(t->groups[roll(t, 2)], c);
        return WSP_OK;
    case 4:
        return wsp_accept(c, NULL);
    default:
        return wsp_respond(c, roll(t, 2) == 0 ? NULL : &response);
    }
}

static void random_walk(struct life *t)
{
    size_t cursor = WSP_NO_LIMIT, count = 0;
    wsp_conn *c;
    wsp_group *g = t->groups[roll(t, 2)];
    enum wsp_group_which which = (enum wsp_group_which)roll(t, 3);
    struct wsp_group_counts n;
    size_t queued = wsp_group_send(g, t->prepared, NULL, &n);
    assert_int_equal(n.queued, queued);
    assert_int_equal(n.queued + n.full + n.not_open + n.streaming + n.failed, wsp_group_size(g));
    while ((c = wsp_group_next(g, &cursor, which)) != NULL) {
        assert_true(wsp_ready_state(c) != WSP_CLOSED);
        count++;
    }
    assert_true(count <= wsp_group_size(g));
}

static void random_call(struct life *t)
{
    struct slot *s = &t->slots[roll(t, SLOTS)];
    if (roll(t, 20) == 0)
        t->w.alloc.fail_at = t->w.alloc.calls + 1 + roll(t, 5);
    if (s->conn == NULL) {
        slot_open(t, s);
        return;
    }
    size_t kind = roll(t, 12);
    if (kind < 5)
        assert_true(allowed_error(random_send(t, s->conn)));
    else if (kind < 8)
        assert_true(allowed_error(random_setting(t, s->conn)));
    else if (kind == 8)
        (void)take_output(s->conn, NULL, roll(t, 3000));
    else if (kind == 9)
        random_walk(t);
    else if (kind == 10)
        ghost_check(t);
    else if (roll(t, 4) == 0)
        free_slot(t, s);
    if (s->conn != NULL)
        check_state(s);
}

/* --- feeding ---------------------------------------------------------------------------------- */

static void refill(struct life *t, struct slot *s)
{
    static const char *const frames[] = {
        "T'hello'", "B#300",  "t'a'",  "C'b'",  "P'ping'", "O'pong'", "T#2000",  "c#10",
        "X1000'x'", "!T'no'", "T<ff>", "P#125", "B''",     "t<e2>",   "C<82ac>", "T'1' T'2' P'3'",
    };
    size_t pick = roll(t, ARRAY_LEN(frames));
    if ((pick == 8 || pick == 9 || pick == 10) && roll(t, 4) != 0)
        pick = 0;
    struct script x = {.masked = conn_role(s->conn) == WSP_SERVER};
    script_build(&x, frames[pick]);
    blob_add(&s->input, x.bytes.data, x.bytes.len);
    script_free(&x);
}

/* An event is copied, random calls are made, and as long as its connection lives it must read the
 * same. */
static void event_survives_calls(struct life *t, struct slot *s, const struct wsp_event *ev)
{
    struct blob data = {0}, names = {0}, now = {0};
    unsigned generation = s->generation;
    t->told[ev->type]++;
    blob_add(&data, ev->data.data, ev->data.len);
    for (size_t i = 0; ev->head != NULL && i < ev->head->header_count; i++)
        blob_add(&names, ev->head->headers[i].name.data, ev->head->headers[i].name.len);
    for (size_t calls = roll(t, 6); calls > 0; calls--) {
        random_call(t);
        if (s->generation != generation)
            break;
        if (data.len > 0)
            assert_memory_equal(ev->data.data, data.data, data.len);
        bool answered = ev->type == WSP_EVENT_REQUEST && wsp_request(s->conn) == NULL;
        now.len = 0;
        for (size_t i = 0; ev->head != NULL && !answered && i < ev->head->header_count; i++)
            blob_add(&now, ev->head->headers[i].name.data, ev->head->headers[i].name.len);
        if (ev->head != NULL && !answered && names.len > 0)
            assert_memory_equal(now.data, names.data, names.len);
    }
    blob_free(&data);
    blob_free(&names);
    blob_free(&now);
}

static void feed_slot(struct life *t, struct slot *s)
{
    struct wsp_event ev;
    unsigned generation = s->generation;
    if (s->at == s->input.len && roll(t, 3) != 0) {
        s->at = s->input.len = 0;
        refill(t, s);
    }
    size_t len = roll(t, s->input.len - s->at + 1);
    struct blob piece = {0};
    blob_add(&piece, s->input.data == NULL ? NULL : s->input.data + s->at, len);
    struct wsp_input in = {.data = piece.data, .len = len, .read_only = roll(t, 2) == 0};
    if (roll(t, 60) == 0)
        in.end = roll(t, 2) == 0 ? WSP_END_EOF : WSP_END_RESET;
    while (s->generation == generation && wsp_feed(s->conn, &in, &ev) != WSP_EVENT_NONE) {
        log_event(&s->log, &ev);
        check_state(s);
        event_survives_calls(t, s, &ev);
    }
    if (s->generation == generation) {
        s->at += len - in.len;
        check_state(s);
        if (s->log.closed && roll(t, 2) == 0)
            free_slot(t, s);
    }
    blob_free(&piece);
}

static void tick(struct life *t)
{
    wsp_conn *due;
    t->now += roll(t, 20000);
    wsp_endpoint_clock(t->e, t->now);
    while ((due = wsp_endpoint_due(t->e)) != NULL) {
        struct wsp_event ev;
        size_t i = 0;
        while (i < SLOTS && t->slots[i].conn != due)
            i++;
        assert_true(i < SLOTS);
        while (t->slots[i].conn == due && wsp_feed(due, NULL, &ev) != WSP_EVENT_NONE) {
            log_event(&t->slots[i].log, &ev);
            event_survives_calls(t, &t->slots[i], &ev);
        }
    }
}

static void begin(struct life *t, uint64_t seed)
{
    struct wsp_config cfg = {.manual_accept = seed % 2 == 0,
                             .streaming = seed % 3 == 0,
                             .statistics = seed % 5 == 0,
                             .limits = {.buffered = 100}};
    memset(t, 0, sizeof *t);
    world_init(&t->w, &cfg);
    t->seed = seed;
    assert_int_equal(wsp_endpoint_new(&t->e, &cfg), WSP_OK);
    assert_int_equal(wsp_group_new(&t->groups[0], t->e), WSP_OK);
    assert_int_equal(wsp_group_new(&t->groups[1], t->e), WSP_OK);
    assert_int_equal(wsp_prepare(&t->prepared, t->e, WSP_TEXT, "prepared", 8), WSP_OK);
}

static void end(struct life *t)
{
    for (size_t i = 0; i < SLOTS; i++) {
        wsp_conn_free(t->slots[i].conn);
        slot_drop(&t->slots[i]);
        blob_free(&t->slots[i].input);
    }
    while (t->ghost_count > 0)
        ghost_check(t);
    wsp_group_free(t->groups[0]);
    wsp_group_free(t->groups[1]);
    wsp_prepared_unref(t->prepared);
    world_end(&t->w, t->e);
}

static void life_random_calls_order_kept_nothing_leaks(void **state)
{
    (void)state;
    uint64_t seeds = test_subset() ? 20 : 600;
    size_t told[WSP_EVENT_CLOSE + 1] = {0};
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct life t;
        begin(&t, seed);
        for (unsigned i = 0; i < STEPS; i++) {
            struct slot *s = &t.slots[roll(&t, SLOTS)];
            if (roll(&t, 30) == 0)
                tick(&t);
            else if (s->conn == NULL || roll(&t, 4) == 0)
                random_call(&t);
            else
                feed_slot(&t, s);
        }
        for (size_t k = 0; k < ARRAY_LEN(told); k++)
            told[k] += t.told[k];
        end(&t);
    }
    /* every kind of event came, again and again */
    for (size_t k = WSP_EVENT_REQUEST; k < ARRAY_LEN(told); k++)
        assert_true(told[k] > seeds / 2);
}

/* --- wsp_hold --------------------------------------------------------------------------------- */

static void hold_freed_connection_inert_until_released(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    struct wsp_event ev;
    struct wsp_close_info info;
    int mark = 0;
    wsp_set_user(c, &mark);
    wsp_hold(c);
    wsp_hold(c);
    assert_int_equal(wsp_send_text(c, "x", 1), WSP_OK);
    wsp_conn_free(c);
    wsp_endpoint_free(e);
    assert_int_equal(wsp_ready_state(c), WSP_CLOSED);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_NONE);
    assert_int_equal(wsp_send_text(c, "x", 1), WSP_ERR_STATE);
    assert_int_equal(wsp_queued_bytes(c), 0);
    assert_ptr_equal(wsp_user(c), &mark);
    wsp_close_info(c, &info);
    assert_int_equal(info.sent_code, 0);
    wsp_release(c);
    assert_int_equal(wsp_ready_state(c), WSP_CLOSED);
    wsp_release(c);
    assert_int_equal(w.alloc.live, 0);
}

static void hold_released_before_free_lives_on(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    wsp_conn *c = world_adopt(e, WSP_SERVER);
    wsp_hold(c);
    wsp_release(c);
    assert_int_equal(wsp_send_text(c, "x", 1), WSP_OK);
    assert_output(c, "T'x'");
    wsp_conn_free(c);
    wsp_conn_free(NULL);
    world_end(&w, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(life_random_calls_order_kept_nothing_leaks),
        cmocka_unit_test(hold_freed_connection_inert_until_released),
        cmocka_unit_test(hold_released_before_free_lives_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
