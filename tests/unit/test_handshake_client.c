/* handshake_client: each rule of RFC 6455 4.1 and 11.3; the request whole. */
#include "support/testing.h"

#include "conn/handshake_client.h"

#define HEADERS 16
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define END "\r\n"

/* ---------------------------------------------------------------- the request */

#define ASK                                                                \
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " KEY \
    "\r\nSec-WebSocket-Version: 13\r\n"

static const struct wsp_field two_fields[] = {{"Cookie", "a=b; c=d"}, {"Authorization", "Basic x"}};

static const struct {
    const char *name;
    struct wsp_target target;
    const char *protocols; /* the endpoint's */
    const char *expected;
} written_rows[] = {
    {"6455 1.2: the example",
     {"ws://server.example.com/chat", NULL, NULL, "http://example.com", "chat, superchat", NULL, 0},
     NULL,
     "GET /chat HTTP/1.1\r\nHost: server.example.com\r\n" ASK
     "Origin: http://example.com\r\nSec-WebSocket-Protocol: chat, superchat\r\n" END},
    {"6455 4.1 (2), 3: no path",
     {"wss://a", NULL, NULL, NULL, NULL, NULL, 0},
     NULL,
     "GET / HTTP/1.1\r\nHost: a\r\n" ASK END},
    {"6455 4.1 (2), 3: query without path",
     {"ws://a?b=/c", NULL, NULL, NULL, NULL, NULL, 0},
     NULL,
     "GET /?b=/c HTTP/1.1\r\nHost: a\r\n" ASK END},
    {"6455 4.1 (4): default port of wss",
     {"WSS://a:443/x?y", NULL, NULL, NULL, NULL, NULL, 0},
     NULL,
     "GET /x?y HTTP/1.1\r\nHost: a\r\n" ASK END},
    {"6455 4.1 (4): the other default port",
     {"ws://a:443/", NULL, NULL, NULL, NULL, NULL, 0},
     NULL,
     "GET / HTTP/1.1\r\nHost: a:443\r\n" ASK END},
    {"6455 4.1 (4): IPv6 and port",
     {"ws://[::1]:8080/", NULL, NULL, NULL, NULL, NULL, 0},
     NULL,
     "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n" ASK END},
    {"host and resource",
     {NULL, "a:81", "/b?c", NULL, NULL, NULL, 0},
     NULL,
     "GET /b?c HTTP/1.1\r\nHost: a:81\r\n" ASK END},
    {"host without resource",
     {NULL, "a", NULL, NULL, NULL, NULL, 0},
     NULL,
     "GET / HTTP/1.1\r\nHost: a\r\n" ASK END},
    {"host and resource before the URL's",
     {"ws://a/b", "c:1", "/d", NULL, NULL, NULL, 0},
     NULL,
     "GET /d HTTP/1.1\r\nHost: c:1\r\n" ASK END},
    {"6455 4.1 (10): protocols of the endpoint",
     {"ws://a", NULL, NULL, NULL, NULL, NULL, 0},
     "x,y",
     "GET / HTTP/1.1\r\nHost: a\r\n" ASK "Sec-WebSocket-Protocol: x, y\r\n" END},
    {"6455 4.1 (10): protocols of the target",
     {"ws://a", NULL, NULL, NULL, " z ,", NULL, 0},
     "x,y",
     "GET / HTTP/1.1\r\nHost: a\r\n" ASK "Sec-WebSocket-Protocol: z\r\n" END},
    {"6455 4.1 (10): none",
     {"ws://a", NULL, NULL, NULL, "", NULL, 0},
     "x,y",
     "GET / HTTP/1.1\r\nHost: a\r\n" ASK END},
    {"6455 4.1 (12): fields",
     {"ws://a", NULL, NULL, NULL, NULL, two_fields, 2},
     NULL,
     "GET / HTTP/1.1\r\nHost: a\r\n" ASK "Cookie: a=b; c=d\r\nAuthorization: Basic x\r\n" END},
    {"6455 4.1 (8): null",
     {"ws://a", NULL, NULL, "null", NULL, NULL, 0},
     NULL,
     "GET / HTTP/1.1\r\nHost: a\r\n" ASK "Origin: null\r\n" END},
};

static void request_whole(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(written_rows); i++) {
        struct wsp_handshake_rules rules = {.protocols = written_rows[i].protocols};
        size_t len = strlen(written_rows[i].expected);
        print_message("%s\n", written_rows[i].name);
        for (size_t room = 0; room <= len; room++) {
            char *memory = malloc(len); /* a room of less must not be left */
            assert_non_null(memory);
            memset(memory, '#', len);
            struct wsp_text t = {room > 0 ? memory : NULL, room, 0};
            assert_int_equal(wsp_handshake_request_write(&t, &written_rows[i].target, KEY, &rules),
                             WSP_OK);
            assert_int_equal(t.len, len);
            for (size_t at = room; at < len; at++)
                assert_int_equal(memory[at], '#');
            if (room == len)
                assert_memory_equal(memory, written_rows[i].expected, len);
            free(memory);
        }
    }
    (void)state;
}

static const struct wsp_field evil_field[] = {{"X", "a\r\nEvil: 1"}};
static const struct wsp_field origin_field[] = {{"origin", "http://b"}};

static void request_refused(void **state)
{
    static const struct {
        const char *name;
        struct wsp_target target;
        int result;
    } rows[] = {
        {"no URL, no host", {NULL, NULL, "/", NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"6455 3: http", {"http://a", NULL, NULL, NULL, NULL, NULL, 0}, WSP_ERR_SYNTAX},
        {"6455 3: fragment", {"ws://a/#b", NULL, NULL, NULL, NULL, NULL, 0}, WSP_ERR_SYNTAX},
        {"6455 3: no host", {"ws:///a", NULL, NULL, NULL, NULL, NULL, 0}, WSP_ERR_SYNTAX},
        {"6455 3: empty", {"", NULL, NULL, NULL, NULL, NULL, 0}, WSP_ERR_SYNTAX},
        {"6455 3: space", {"ws://a/b c", NULL, NULL, NULL, NULL, NULL, 0}, WSP_ERR_SYNTAX},
        {"6455 3: CR LF", {"ws://a/\r\nX: y", NULL, NULL, NULL, NULL, NULL, 0}, WSP_ERR_SYNTAX},
        {"6455 3: bad URL beside a host", {"x", "a", NULL, NULL, NULL, NULL, 0}, WSP_ERR_SYNTAX},
        {"host: empty", {NULL, "", NULL, NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"host: CR LF", {NULL, "a\r\nX: y", NULL, NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"host: LF", {NULL, "a\n", NULL, NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"host: space", {NULL, "a b", NULL, NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"host: path", {NULL, "a/b", NULL, NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"host: user information", {NULL, "u@a", NULL, NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"host: port", {NULL, "a:70000", NULL, NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"host: beside a URL", {"ws://a", "\n", NULL, NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"resource: empty", {NULL, "a", "", NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"resource: no slash", {NULL, "a", "b", NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"resource: space", {NULL, "a", "/b HTTP/1.1", NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"resource: CR LF", {NULL, "a", "/\r\nX: y", NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"resource: fragment", {NULL, "a", "/#b", NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"resource: control", {NULL, "a", "/\x01", NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"resource: DEL", {NULL, "a", "/\x7F", NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"resource: not ASCII", {NULL, "a", "/\xC3\xA4", NULL, NULL, NULL, 0}, WSP_ERR_ARG},
        {"origin: empty", {"ws://a", NULL, NULL, "", NULL, NULL, 0}, WSP_ERR_ARG},
        {"origin: CR LF", {"ws://a", NULL, NULL, "x\r\nX: y", NULL, NULL, 0}, WSP_ERR_ARG},
        {"origin: LF", {"ws://a", NULL, NULL, "x\n", NULL, NULL, 0}, WSP_ERR_ARG},
        {"6454 7.3: origin twice",
         {"ws://a", NULL, NULL, "http://a", NULL, origin_field, 1},
         WSP_ERR_ARG},
        {"protocols: CR LF", {"ws://a", NULL, NULL, NULL, "x\r\nX: y", NULL, 0}, WSP_ERR_ARG},
        {"6455 4.1 (10): no token", {"ws://a", NULL, NULL, NULL, "a b", NULL, 0}, WSP_ERR_ARG},
        {"6455 4.1 (10): repeated", {"ws://a", NULL, NULL, NULL, "a,a", NULL, 0}, WSP_ERR_ARG},
        {"fields: CR LF", {"ws://a", NULL, NULL, NULL, NULL, evil_field, 1}, WSP_ERR_ARG},
        {"fields: NULL", {"ws://a", NULL, NULL, NULL, NULL, NULL, 1}, WSP_ERR_ARG},
        {"fields: NULL beside an origin",
         {"ws://a", NULL, NULL, "http://a", NULL, NULL, 1},
         WSP_ERR_ARG},
    };
    static const struct wsp_handshake_rules rules;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wsp_text t = {NULL, 0, 0};
        int rc = wsp_handshake_request_write(&t, &rows[i].target, KEY, &rules);
        if (rc != rows[i].result || t.len != 0)
            fail_msg("%s: %d", rows[i].name, rc);
    }
    (void)state;
}

/* ---------------------------------------------------------------- the answer */

#include "vectors/handshake_answers.inc"

struct parsed {
    struct wsp_header headers[HEADERS];
    struct wsp_head head;
};

static void parse(struct parsed *p, const char *text)
{
    size_t len = strlen(text);
    memset(p, 0, sizeof *p);
    p->head.headers = p->headers;
    p->head.max_headers = HEADERS;
    if (wsp_response_parse(&p->head, (const uint8_t *)text, len) != (int)len)
        fail_msg("%s does not parse: %s", text, p->head.rule != NULL ? p->head.rule : "unfinished");
}

static void answer_table(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(answer_rows); i++) {
        const struct answer_row *row = &answer_rows[i];
        struct wsp_offer offer = {"", row->offered, {false}};
        struct parsed p;
        struct wsp_verdict v;
        wsp_accept_key(offer.accept, KEY);
        parse(&p, row->text);
        memset(&v, 0xA5, sizeof v);
        int rc = wsp_handshake_answer_check(&v, &p.head, &offer);
        if (rc != (row->rule == NULL ? WSP_OK : WSP_ERR_HANDSHAKE))
            fail_msg("%s: %d %s", row->name, rc, v.rule != NULL ? v.rule : "");
        if (row->rule == NULL ? v.rule != NULL : strcmp(v.rule, row->rule) != 0)
            fail_msg("%s: %s", row->name, v.rule != NULL ? v.rule : "");
        if (!wsp_slice_same(v.protocol, wsp_slice_of(row->chosen)) || v.deflate.params.enabled)
            fail_msg("%s: protocol or deflate", row->name);
        assert_int_equal(v.status, p.head.status);
    }
    (void)state;
}

static void body_len_table(void **state)
{
    static const struct {
        const char *name, *text;
        bool known;
        uint64_t len;
    } rows[] = {
        {"9112 6.3: Content-Length", "HTTP/1.1 401 x\r\nContent-Length: 12\r\n\r\n", true, 12},
        {"9112 6.3: 0", "HTTP/1.1 301 x\r\nContent-Length: 0\r\n\r\n", true, 0},
        {"9112 6.3: 2^64 - 1", "HTTP/1.1 400 x\r\nContent-Length: 18446744073709551615\r\n\r\n",
         true, UINT64_MAX},
        {"9112 6.3: until the end", "HTTP/1.1 200 OK\r\n\r\n", false, 0},
        {"9112 6.3: chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false, 0},
        {"9112 6.3: chunked and a length",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", false, 0},
        {"9112 6.3: lengths that differ",
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", false, 0},
        {"9110 8.6: malformed", "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n", false, 0},
        {"9110 15.3.5: 204", "HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n", true, 0},
        {"9110 15.4.5: 304", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", true, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct parsed p;
        uint64_t len = 77;
        parse(&p, rows[i].text);
        bool known = wsp_handshake_body_len(&p.head, &len);
        if (known != rows[i].known || (known && len != rows[i].len))
            fail_msg("%s", rows[i].name);
    }
    (void)state;
}

/* ---------------------------------------------------------------- without HTTP/1.1 */

static void offer_written(void **state)
{
    static const struct wsp_handshake_rules rules;
    char text[2] = "#";
    assert_int_equal(wsp_handshake_offer(&rules, text, 0), WSP_ERR_TOO_BIG);
    assert_string_equal(text, "#");
    assert_int_equal(wsp_handshake_offer(&rules, text, 1), WSP_OK);
    assert_string_equal(text, "");
    (void)state;
}

static void offer_check_table(void **state)
{
    static const struct {
        const char *name, *offered, *version, *protocol, *extensions;
        int result;
    } rows[] = {
        {"8441 5: the least", NULL, NULL, NULL, NULL, WSP_OK},
        {"8441 5: empty is absent", "a", "", "", "", WSP_OK},
        {"8441 5: version", NULL, "8", NULL, NULL, WSP_OK},
        {"8441 5: protocol", "a, b", NULL, " b", NULL, WSP_OK},
        {"8441 5: protocol of the endpoint", NULL, NULL, "chat", NULL, WSP_OK},
        {"8441 5: not the endpoint's", "a", NULL, "chat", NULL, WSP_ERR_HANDSHAKE},
        {"8441 5: none offered", "", NULL, "chat", NULL, WSP_ERR_HANDSHAKE},
        {"8441 5: other case", "a", NULL, "A", NULL, WSP_ERR_HANDSHAKE},
        {"8441 5: two protocols", "a, b", NULL, "a,b", NULL, WSP_ERR_SYNTAX},
        {"8441 5: extension", NULL, NULL, NULL, "permessage-deflate", WSP_ERR_HANDSHAKE},
        {"8441 5: malformed extension", NULL, NULL, NULL, "foo;", WSP_ERR_SYNTAX},
        {"8441 5: extension without element", NULL, NULL, NULL, ",", WSP_ERR_SYNTAX},
    };
    static const struct wsp_handshake_rules rules = {.protocols = "chat"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wsp_sec_headers answer = {wsp_slice_of(rows[i].version),
                                         wsp_slice_of(rows[i].protocol),
                                         wsp_slice_of(rows[i].extensions)};
        struct wsp_agreed agreed = {
            .role = WSP_SERVER, .protocol = {NULL, 99}, .deflate = {.enabled = true}};
        int rc = wsp_handshake_offer_check(&rules, &agreed, rows[i].offered, &answer);
        if (rc != rows[i].result)
            fail_msg("%s: %d", rows[i].name, rc);
        if (rc < 0) {
            assert_int_equal(agreed.protocol.len, 99);
            continue;
        }
        assert_int_equal(agreed.role, WSP_CLIENT);
        assert_false(agreed.deflate.enabled);
        size_t spaces = rows[i].protocol != NULL && rows[i].protocol[0] == ' ' ? 1 : 0;
        const char *protocol = rows[i].protocol != NULL ? rows[i].protocol + spaces : NULL;
        assert_true(wsp_slice_same(agreed.protocol, wsp_slice_of(protocol)));
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_whole), cmocka_unit_test(request_refused),
        cmocka_unit_test(answer_table),  cmocka_unit_test(body_len_table),
        cmocka_unit_test(offer_written), cmocka_unit_test(offer_check_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
