/* What the pump tells to whom, and what listeners may do meanwhile: free, answer, remove
 * themselves, pump again. */
#include "support/testing.h"
#include "support/transport.h"
#include "support/world.h"

#include <stdio.h>

#define NODES 3
#define REQUEST                                                                      \
    "GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define NO_UPGRADE "GET /page HTTP/1.1\r\nHost: h\r\n\r\n"

static const uint8_t KEY[4] = {1, 2, 3, 4};

struct scene;

typedef void act(struct scene *s, const char *call);

/* Each node writes what it is called for: "1open 2open 1message ...". */
struct node {
    struct wsp_listener l; /* user is this */
    int name;
    struct scene *scene;
};

struct scene {
    struct world world;
    wsp_endpoint *endpoint;
    wsp_conn *conn;
    struct transport t;
    struct node nodes[NODES];
    char calls[400];
    size_t len;
    act *act; /* called in each listener with what was just written */
    bool freed;
};

static void called(struct node *n, const char *kind)
{
    struct scene *s = n->scene;
    char call[20];
    snprintf(call, sizeof call, "%d%s", n->name, kind);
    s->len += (size_t)snprintf(s->calls + s->len, sizeof s->calls - s->len, "%s%s",
                               s->len > 0 ? " " : "", call);
    assert_true(s->len < sizeof s->calls);
    if (s->act != NULL)
        s->act(s, call);
}

static void on_event(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    static const char *const kinds[] = {"none", "request", "open",  "message",
                                        "ping", "pong",    "drain", "close"};
    struct node *n = user;
    assert_ptr_equal(c, n->scene->conn);
    called(n, kinds[ev->type]);
}

static void on_error(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)c;
    assert_int_equal(ev->type, WSP_EVENT_CLOSE);
    assert_int_not_equal(ev->error, WSP_OK);
    called(user, "error");
}

/* Without connection: scene_adopt or scene_serve makes it. */
static void scene_begin(struct scene *s)
{
    struct wsp_config cfg;
    memset(s, 0, sizeof *s);
    memset(&cfg, 0, sizeof cfg);
    world_init(&s->world, &cfg);
    cfg.manual_accept = true;
    cfg.limits.buffered = 5000;
    assert_int_equal(wsp_endpoint_new(&s->endpoint, &cfg), WSP_OK);
    transport_init(&s->t);
    for (int i = 0; i < NODES; i++) {
        struct node *n = &s->nodes[i];
        n->name = i + 1;
        n->scene = s;
        n->l = (struct wsp_listener){on_event, on_event, on_error, on_event, on_event,
                                     on_event, on_event, on_event, n,        NULL};
        if (i > 0)
            s->nodes[i - 1].l.next = &n->l;
    }
}

static void scene_adopt(struct scene *s)
{
    scene_begin(s);
    s->conn = world_adopt(s->endpoint, WSP_SERVER);
}

static void scene_serve(struct scene *s, const char *request)
{
    scene_begin(s);
    assert_int_equal(wsp_server_new(&s->conn, s->endpoint), WSP_OK);
    blob_text(&s->t.in, request);
}

static void scene_end(struct scene *s)
{
    if (!s->freed)
        wsp_conn_free(s->conn);
    world_end(&s->world, s->endpoint);
    transport_free(&s->t);
}

static int turn(struct scene *s)
{
    return wsp_pump(s->conn, &s->t.io, &s->nodes[0].l);
}

static void give(struct scene *s, uint8_t head, const char *payload)
{
    frame_add(&s->t.in, head, payload, strlen(payload), KEY);
}

static bool wrote(const struct scene *s, const char *text)
{
    size_t len = strlen(text);
    return s->t.out.len >= len && memcmp(s->t.out.data, text, len) == 0;
}

/* ------------------------------------------------------------------ order */

static void listeners_are_called_in_order(void **state)
{
    (void)state;
    struct scene s;
    scene_adopt(&s);
    give(&s, 0x81, "text");
    give(&s, 0x8A, "");
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_string_equal(s.calls, "1message 2message 3message 1pong 2pong 3pong");
    scene_end(&s);
}

static void listeners_get_error_before_close_and_close_once_and_last(void **state)
{
    (void)state;
    struct scene s;
    scene_adopt(&s);
    give(&s, 0x81, "text");
    give(&s, 0x83, "reserved");
    give(&s, 0x81, "swallowed");
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    s.t.read_end = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(turn(&s), 0);
    assert_string_equal(s.calls, "1message 2message 3message 1error 2error 3error 1close 2close "
                                 "3close");
    scene_end(&s);
}

static void remove_second(struct scene *s, const char *call)
{
    if (strcmp(call, "2message") == 0)
        s->nodes[0].l.next = s->nodes[1].l.next;
}

static void listener_that_removes_itself_ends_nothing(void **state)
{
    (void)state;
    struct scene s;
    scene_adopt(&s);
    s.act = remove_second;
    give(&s, 0x81, "a");
    give(&s, 0x81, "b");
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_string_equal(s.calls, "1message 2message 3message 1message 3message");
    scene_end(&s);
}

static void add_third(struct scene *s, const char *call)
{
    if (strcmp(call, "2message") == 0)
        s->nodes[1].l.next = &s->nodes[2].l;
}

static void listener_added_behind_is_called(void **state)
{
    (void)state;
    struct scene s;
    scene_adopt(&s);
    s.nodes[1].l.next = NULL;
    s.act = add_third;
    give(&s, 0x81, "a");
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_string_equal(s.calls, "1message 2message 3message");
    scene_end(&s);
}

/* ------------------------------------------------------------------ freeing */

static const char *free_at; /* the call in which the connection is freed */

static void free_it(struct scene *s, const char *call)
{
    if (strcmp(call, free_at) != 0)
        return;
    wsp_conn_free(s->conn);
    s->freed = true;
}

static void fill(struct scene *s)
{
    static const char data[1000];
    while (wsp_send_binary(s->conn, data, sizeof data) == WSP_OK)
        continue;
}

/* Makes ready what the next turn tells as this kind, and another message behind it. */
static void prepare(struct scene *s, const char *kind)
{
    if (strcmp(kind, "request") == 0) {
        scene_serve(s, REQUEST);
    } else if (strcmp(kind, "open") == 0) {
        struct wsp_agreed agreed = {.role = WSP_SERVER};
        scene_begin(s);
        assert_int_equal(wsp_adopt_new(&s->conn, s->endpoint, &agreed), WSP_OK);
    } else {
        scene_adopt(s);
    }
    if (strcmp(kind, "message") == 0)
        give(s, 0x81, "text");
    else if (strcmp(kind, "ping") == 0)
        give(s, 0x89, "");
    else if (strcmp(kind, "pong") == 0)
        give(s, 0x8A, "");
    else if (strcmp(kind, "drain") == 0)
        fill(s);
    else if (strcmp(kind, "error") == 0 || strcmp(kind, "close") == 0)
        s->t.read_end = -1;
    if (s->t.read_end != -1)
        give(s, 0x81, "behind");
}

static void connection_freed_in_any_listener_ends_the_turn(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"1request", "1request"},
        {"2request", "1request 2request"},
        {"1open", "1open"},
        {"2open", "1open 2open"},
        {"1message", "1message"},
        {"2message", "1message 2message"},
        {"1ping", "1ping"},
        {"2ping", "1ping 2ping"},
        {"1pong", "1pong"},
        {"1drain", "1drain"},
        {"2drain", "1drain 2drain"},
        {"1error", "1error"},
        {"2error", "1error 2error"},
        {"3error", "1error 2error 3error"},
        {"1close", "1error 2error 3error 1close"},
        {"3close", "1error 2error 3error 1close 2close 3close"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scene s;
        prepare(&s, rows[i][0] + 1);
        free_at = rows[i][0];
        s.act = free_it;
        assert_int_equal(turn(&s), 0);
        assert_true(s.freed);
        assert_string_equal(s.calls, rows[i][1]);
        scene_end(&s);
    }
}

static void free_all(struct scene *s, const char *call)
{
    (void)call;
    wsp_conn_free(s->conn);
    wsp_endpoint_free(s->endpoint);
    s->freed = true;
    s->endpoint = NULL;
}

static void endpoint_freed_with_the_connection_lives_until_the_turn_is_over(void **state)
{
    (void)state;
    struct scene s;
    scene_adopt(&s);
    s.act = free_all;
    give(&s, 0x81, "text");
    assert_int_equal(turn(&s), 0);
    scene_end(&s);
}

static void pump_of_a_freed_connection_that_is_held_is_over(void **state)
{
    (void)state;
    struct scene s;
    scene_adopt(&s);
    wsp_hold(s.conn);
    wsp_conn_free(s.conn);
    assert_int_equal(turn(&s), 0);
    assert_int_equal(s.t.reads, 0);
    wsp_release(s.conn);
    s.freed = true;
    scene_end(&s);
}

/* ------------------------------------------------------------------ re-entry */

static wsp_conn *other;

static void pump_again(struct scene *s, const char *call)
{
    (void)call;
    unsigned reads = s->t.reads, writes = s->t.writes;
    assert_int_equal(wsp_pump(s->conn, &s->t.io, NULL), WSP_ERR_BUSY);
    assert_int_equal(wsp_pump(other, &s->t.io, NULL), WSP_ERR_BUSY);
    assert_int_equal(s->t.reads + s->t.writes, reads + writes);
}

static void pump_inside_a_listener_is_busy(void **state)
{
    (void)state;
    struct scene s;
    scene_adopt(&s);
    other = world_adopt(s.endpoint, WSP_SERVER);
    s.act = pump_again;
    give(&s, 0x81, "text");
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_string_equal(s.calls, "1message 2message 3message");
    s.act = NULL;
    assert_int_equal(wsp_pump(other, &s.t.io, NULL), WSP_PUMP_READ);
    s.t.read_end = -1;
    s.act = pump_again;
    assert_int_equal(turn(&s), 0);
    s.act = NULL;
    wsp_conn_free(other);
    scene_end(&s);
}

/* ------------------------------------------------------------------ requests */

static void no_request_listeners(struct scene *s)
{
    for (int i = 0; i < NODES; i++)
        s->nodes[i].l.request = NULL;
}

static void request_without_listener_is_accepted_when_it_is_valid(void **state)
{
    (void)state;
    struct scene s;
    scene_serve(&s, REQUEST);
    no_request_listeners(&s);
    give(&s, 0x81, "behind");
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_true(wrote(&s, "HTTP/1.1 101 "));
    assert_string_equal(s.calls, "1open 2open 3open 1message 2message 3message");
    scene_end(&s);
}

static void request_without_listener_is_refused_when_it_is_none(void **state)
{
    (void)state;
    struct scene s;
    scene_serve(&s, NO_UPGRADE);
    no_request_listeners(&s);
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_true(wrote(&s, "HTTP/1.1 426 "));
    s.t.read_end = 0;
    assert_int_equal(turn(&s), 0);
    assert_string_equal(s.calls, "1error 2error 3error 1close 2close 3close");
    scene_end(&s);
}

static void accept_first(struct scene *s, const char *call)
{
    if (strcmp(call, "1request") == 0)
        assert_int_equal(wsp_accept(s->conn, NULL), WSP_OK);
}

static void request_that_was_answered_is_not_told_again(void **state)
{
    (void)state;
    struct scene s;
    scene_serve(&s, REQUEST);
    s.act = accept_first;
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_true(wrote(&s, "HTTP/1.1 101 "));
    assert_string_equal(s.calls, "1request 1open 2open 3open");
    scene_end(&s);
}

static void respond_first(struct scene *s, const char *call)
{
    struct wsp_response r = {.status = 200, .body = "hello", .len = 5};
    if (strcmp(call, "1request") == 0)
        assert_int_equal(wsp_respond(s->conn, &r), WSP_OK);
}

static void request_answered_with_a_page_ends_without_error(void **state)
{
    (void)state;
    struct scene s;
    scene_serve(&s, NO_UPGRADE);
    s.act = respond_first;
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_true(wrote(&s, "HTTP/1.1 200 "));
    assert_int_equal(s.t.shutdowns, 1);
    s.t.read_end = 0;
    assert_int_equal(turn(&s), 0);
    assert_string_equal(s.calls, "1request 1close 2close 3close");
    scene_end(&s);
}

static void request_answered_later_keeps_what_came_behind_it(void **state)
{
    (void)state;
    struct scene s;
    scene_serve(&s, REQUEST);
    give(&s, 0x81, "behind");
    assert_int_equal(turn(&s), WSP_PUMP_ANSWER);
    assert_string_equal(s.calls, "1request 2request 3request");
    give(&s, 0x89, "not read yet");
    for (int i = 0; i < 3; i++)
        assert_int_equal(turn(&s), WSP_PUMP_ANSWER);
    assert_int_equal(s.t.reads, 1);
    assert_int_equal(wsp_accept(s.conn, NULL), WSP_OK);
    s.len = 0;
    assert_int_equal(turn(&s), WSP_PUMP_READ | WSP_PUMP_TURN);
    assert_string_equal(s.calls, "1open 2open 3open 1message 2message 3message 1ping 2ping 3ping");
    scene_end(&s);
}

/* One turn with the n-th allocation failing, and all later ones when sticky. Returns whether one
 * did. */
static bool request_with_failure(size_t n, bool listen, bool sticky)
{
    struct scene s;
    scene_serve(&s, REQUEST);
    if (!listen)
        no_request_listeners(&s);
    give(&s, 0x81, "behind");
    s.world.alloc.fail_at = s.world.alloc.calls + n;
    s.world.alloc.sticky = sticky;
    int bits = turn(&s);
    s.world.alloc.fail_at = 0;
    if (bits == WSP_ERR_NOMEM)
        bits = turn(&s);
    if (bits > 0 && (bits & WSP_PUMP_ANSWER)) {
        assert_int_equal(wsp_accept(s.conn, NULL), WSP_OK);
        bits = turn(&s);
    }
    assert_true(bits >= 0);
    if (bits > 0 && strstr(s.calls, "3message") == NULL) {
        s.t.read_end = 0;
        assert_int_equal(turn(&s), 0);
    }
    if (bits == 0)
        assert_non_null(strstr(s.calls, "3close"));
    bool refused = s.world.alloc.refused;
    scene_end(&s);
    return refused;
}

/* Whatever memory fails, the connection answers or ends: it neither hangs nor loses a byte in
 * silence. */
static void request_with_failing_memory_is_answered_or_ends(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        size_t n = 1;
        while (request_with_failure(n, (kind & 1) != 0, (kind & 2) != 0))
            n++;
        assert_true(n > 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listeners_are_called_in_order),
        cmocka_unit_test(listeners_get_error_before_close_and_close_once_and_last),
        cmocka_unit_test(listener_that_removes_itself_ends_nothing),
        cmocka_unit_test(listener_added_behind_is_called),
        cmocka_unit_test(connection_freed_in_any_listener_ends_the_turn),
        cmocka_unit_test(endpoint_freed_with_the_connection_lives_until_the_turn_is_over),
        cmocka_unit_test(pump_of_a_freed_connection_that_is_held_is_over),
        cmocka_unit_test(pump_inside_a_listener_is_busy),
        cmocka_unit_test(request_without_listener_is_accepted_when_it_is_valid),
        cmocka_unit_test(request_without_listener_is_refused_when_it_is_none),
        cmocka_unit_test(request_that_was_answered_is_not_told_again),
        cmocka_unit_test(request_answered_with_a_page_ends_without_error),
        cmocka_unit_test(request_answered_later_keeps_what_came_behind_it),
        cmocka_unit_test(request_with_failing_memory_is_answered_or_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
