/* handshake_server: each rule of RFC 6455 4.2, 4.4, 9.1, 11.3; each answer whole. */
#include "support/testing.h"

#include "conn/handshake_server.h"

#include "vectors/handshake_requests.inc"

#define HEADERS 40

struct parsed {
    struct wsp_header headers[HEADERS];
    struct wsp_head head;
};

static const struct wsp_handshake_rules defaults;

static void parse(struct parsed *p, const char *text)
{
    size_t len = strlen(text);
    memset(p, 0, sizeof *p);
    p->head.headers = p->headers;
    p->head.max_headers = HEADERS;
    if (wsp_request_parse(&p->head, (const uint8_t *)text, len) != (int)len)
        fail_msg("%s does not parse: %s", text, p->head.rule != NULL ? p->head.rule : "unfinished");
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void check_text(const struct wsp_text *measured, const struct wsp_text *written,
                       const char *expected)
{
    assert_int_equal(measured->len, written->len);
    assert_int_equal(written->len, strlen(expected));
    assert_memory_equal(written->at, expected, written->len);
}

/* ---------------------------------------------------------------- judging */

static void judge_table(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(request_rows); i++) {
        const struct request_row *row = &request_rows[i];
        struct parsed p;
        struct wsp_verdict v;
        parse(&p, row->text);
        memset(&v, 0xA5, sizeof v);
        wsp_handshake_judge(&v, &p.head, &defaults);
        if (v.status != row->status || !same_text(v.rule, row->rule))
            fail_msg("%s: %u %s", row->name, v.status, v.rule != NULL ? v.rule : "");
        if (v.key.len != (row->status == 101 ? 24 : 0) || v.protocol.len != 0 ||
            v.deflate.params.enabled)
            fail_msg("%s: key, protocol or deflate", row->name);
        assert_int_equal(v.head_method, strncmp(row->text, "HEAD ", 5) == 0);
    }
    (void)state;
}

/* A request that breaks every rule, mended one by one: the first that is still broken decides. */
static void judge_order(void **state)
{
    static const struct {
        unsigned part; /* of the request: a later line replaces an earlier of the same part */
        const char *text;
        unsigned status;
        const char *rule;
    } steps[] = {
        {0, "POST * HTTP/1.0\r\n", 405, RULE_METHOD},
        {0, "GET * HTTP/1.0\r\n", 400, RULE_HTTP},
        {0, "GET * HTTP/1.1\r\n", 400, RULE_TARGET},
        {0, LINE, 400, RULE_NO_HOST},
        {1, "Host: a b\r\n", 400, RULE_HOST},
        {1, HOST, 426, RULE_UPGRADE},
        {2, UPGRADE, 400, RULE_CONNECTION},
        {3, CONNECTION, 400, RULE_VERSIONS},
        {4, "", 400, RULE_NO_VERSION},
        {4, "Sec-WebSocket-Version: x\r\n", 400, RULE_BAD_VERSION},
        {4, "Sec-WebSocket-Version: 8\r\n", 426, RULE_VERSION},
        {4, VERSION, 400, RULE_KEYS},
        {5, "", 400, RULE_NO_KEY},
        {5, "Sec-WebSocket-Key: x\r\n", 400, RULE_KEY},
        {5, KEY, 400, RULE_CODING},
        {6, "Content-Length: x\r\n", 400, RULE_LENGTH},
        {6, "Content-Length: 7\r\n", 400, RULE_BODY},
        {6, "", 400, RULE_PROTOCOL},
        {7, "", 400, RULE_EXTENSION},
        {8, "Sec-WebSocket-Extensions:\r\n", 400, RULE_NO_EXTENSION},
        {8, "", 403, RULE_ORIGINS},
        {9, "Origin: null\r\n", 403, RULE_ORIGIN},
        {9, "", 101, NULL},
    };
    const char *parts[] = {"",
                           "",
                           "",
                           "",
                           VERSION VERSION,
                           KEY KEY,
                           "Transfer-Encoding: chunked\r\nContent-Length: x\r\n",
                           "Sec-WebSocket-Protocol: a b\r\n",
                           "Sec-WebSocket-Extensions: ;\r\n",
                           "Origin: null\r\nOrigin: null\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        char text[1024] = "";
        struct parsed p;
        struct wsp_verdict v;
        parts[steps[i].part] = steps[i].text;
        for (size_t part = 0; part < ARRAY_LEN(parts); part++)
            strcat(text, parts[part]);
        strcat(text, END);
        parse(&p, text);
        wsp_handshake_judge(&v, &p.head, &defaults);
        if (v.status != steps[i].status || !same_text(v.rule, steps[i].rule))
            fail_msg("step %u: %u %s", (unsigned)i, v.status, v.rule != NULL ? v.rule : "");
    }
    (void)state;
}

static void judge_protocol_chosen(void **state)
{
    static const struct {
        const char *name, *offered, *spoken, *chosen;
    } rows[] = {
        {"6455 4.2.2 (4): none offered", "", "chat", ""},
        {"6455 4.2.2 (4): none spoken", "Sec-WebSocket-Protocol: chat\r\n", NULL, ""},
        {"6455 4.2.2 (4): empty list", "Sec-WebSocket-Protocol: chat\r\n", "", ""},
        {"6455 4.2.2 (4): none in common", "Sec-WebSocket-Protocol: chat\r\n", "soap, wamp", ""},
        {"6455 4.2.2 (4): one in common", "Sec-WebSocket-Protocol: a, chat\r\n", "x, chat", "chat"},
        {"6455 4.2.2 (4): the server's order", "Sec-WebSocket-Protocol: a, b\r\n", "b, a", "b"},
        {"6455 4.2.2 (4): case", "Sec-WebSocket-Protocol: Chat\r\n", "chat", ""},
        {"6455 4.2.2 (4): whole", "Sec-WebSocket-Protocol: chat2\r\n", "chat", ""},
        {"6455 11.3.4: in the second header",
         "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n", "b", "b"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wsp_handshake_rules rules = {.protocols = rows[i].spoken};
        char text[512] = LINE HOST ASK;
        struct parsed p;
        struct wsp_verdict v;
        strcat(strcat(text, rows[i].offered), END);
        parse(&p, text);
        wsp_handshake_judge(&v, &p.head, &rules);
        if (v.status != 101 || !wsp_slice_same(v.protocol, wsp_slice_of(rows[i].chosen)))
            fail_msg("%s", rows[i].name);
        /* It must outlive the request. */
        const char *at = (const char *)v.protocol.data;
        if (v.protocol.len > 0 &&
            (at < rows[i].spoken || at >= rows[i].spoken + strlen(rows[i].spoken)))
            fail_msg("%s: does not point into the rules", rows[i].name);
    }
    (void)state;
}

static void judge_origin_setting(void **state)
{
    struct wsp_handshake_rules rules = {.origins = "https://a.com", .protocols = "chat"};
    struct parsed p;
    struct wsp_verdict v;
    parse(&p, WITH("Origin: https://a.com\r\n"));
    wsp_handshake_judge(&v, &p.head, &rules);
    assert_int_equal(v.status, 101);
    parse(&p, WITH("Origin: https://server.example.com\r\nSec-WebSocket-Protocol: chat\r\n"));
    wsp_handshake_judge(&v, &p.head, &rules);
    assert_int_equal(v.status, 403);
    assert_int_equal(v.key.len, 0);
    assert_int_equal(v.protocol.len, 0);
    rules.origins = "*";
    wsp_handshake_judge(&v, &p.head, &rules);
    assert_int_equal(v.status, 101);
    parse(&p, WITH("Origin: null\r\n"));
    wsp_handshake_judge(&v, &p.head, &rules);
    assert_int_equal(v.status, 101);
    (void)state;
}

/* ---------------------------------------------------------------- accepting */

#define ACCEPTED                                                                        \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define OFFERS LINE HOST ASK "Sec-WebSocket-Protocol: chat, superchat\r\n" END

/* Judges, chooses and writes into memory of exactly the measured size. */
static int accept_into(char *out, size_t size, const char *request, const struct wsp_answer *a,
                       const char *spoken)
{
    struct wsp_handshake_rules rules = {.protocols = spoken};
    struct parsed p;
    struct wsp_verdict v, before;
    struct wsp_text measured = {NULL, 0, 0};
    memset(&v, 0xEE, sizeof v); /* what is not set is compared, too */
    parse(&p, request);
    wsp_handshake_judge(&v, &p.head, &rules);
    assert_int_equal(v.status, 101);
    memcpy(&before, &v, sizeof v);
    int rc = wsp_handshake_accept_choose(&v, a, &p.head);
    if (rc < 0) {
        assert_memory_equal(&v, &before, sizeof v);
        return rc;
    }
    wsp_handshake_accept_write(&measured, &v, a);
    assert_in_range(measured.len, 1, size - 1);
    struct wsp_text t = {out, measured.len, 0};
    wsp_handshake_accept_write(&t, &v, a);
    assert_int_equal(t.len, measured.len);
    out[t.len] = '\0';
    return WSP_OK;
}

static void accept_whole(void **state)
{
    static const struct wsp_field fields[] = {{"Server", "wsproto"}, {"Set-Cookie", "a=b"}};
    static const struct {
        const char *name;
        struct wsp_answer answer;
        const char *spoken, *expected;
    } rows[] = {
        {"6455 1.3: the example's key", {NULL, NULL, 0}, NULL, ACCEPTED END},
        {"6455 4.2.2 (5): protocol of the endpoint",
         {NULL, NULL, 0},
         "superchat",
         ACCEPTED "Sec-WebSocket-Protocol: superchat\r\n" END},
        {"6455 4.2.2 (5): protocol of the application",
         {"chat", NULL, 0},
         "superchat",
         ACCEPTED "Sec-WebSocket-Protocol: chat\r\n" END},
        {"6455 4.2.2 (5): protocol the endpoint does not know",
         {"chat", NULL, 0},
         NULL,
         ACCEPTED "Sec-WebSocket-Protocol: chat\r\n" END},
        {"6455 4.2.2 (5): no protocol", {"", NULL, 0}, "superchat", ACCEPTED END},
        {"4.2.2 (5): fields",
         {NULL, fields, 2},
         NULL,
         ACCEPTED "Server: wsproto\r\nSet-Cookie: a=b\r\n" END},
    };
    char text[512];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int rc = accept_into(text, sizeof text, OFFERS, &rows[i].answer, rows[i].spoken);
        if (rc != WSP_OK || strcmp(text, rows[i].expected) != 0)
            fail_msg("%s: %s", rows[i].name, text);
    }
    assert_int_equal(accept_into(text, sizeof text, OFFERS, NULL, NULL), WSP_OK);
    assert_string_equal(text, ACCEPTED END);
    (void)state;
}

static void accept_refused(void **state)
{
    static const struct wsp_field evil[] = {{"X-Good", "1"}, {"X", "a\r\nEvil: 1"}};
    static const struct wsp_field ours[] = {{"Sec-WebSocket-Accept", "x"}};
    static const struct {
        const char *name;
        struct wsp_answer answer;
    } rows[] = {
        {"6455 4.2.2 (5): not offered", {"soap", NULL, 0}},
        {"6455 4.2.2 (5): other case", {"Chat", NULL, 0}},
        {"6455 4.2.2 (5): the list", {"chat, superchat", NULL, 0}},
        {"6455 4.2.2 (5): the beginning of one", {"cha", NULL, 0}},
        {"CR LF in the protocol", {"chat\r\n", NULL, 0}},
        {"CR LF in a field", {NULL, evil, 2}},
        {"CR LF in a field beside a good protocol", {"chat", evil, 2}},
        {"a field of ours", {NULL, ours, 1}},
        {"no fields", {NULL, NULL, 1}},
    };
    char text[512];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (accept_into(text, sizeof text, OFFERS, &rows[i].answer, "chat") != WSP_ERR_ARG)
            fail_msg("%s", rows[i].name);
    }
    static const struct wsp_answer chat = {"chat", NULL, 0};
    assert_int_equal(accept_into(text, sizeof text, WITH(""), &chat, "chat"), WSP_ERR_ARG);
    (void)state;
}

/* ---------------------------------------------------------------- responding */

#define PLAIN "Content-Type: text/plain; charset=utf-8\r\n"

static void respond_whole(void **state)
{
    static const struct wsp_field html[] = {{"content-type", "text/html"}, {"X", "y"}};
    static const struct {
        const char *name;
        struct wsp_response response;
        bool head;
        const char *expected;
    } rows[] = {
        {"a text",
         {200, NULL, 0, "hello", 5},
         false,
         "HTTP/1.1 200 OK\r\nConnection: close\r\n" PLAIN "Content-Length: 5\r\n\r\nhello"},
        {"a page",
         {200, html, 2, "<p>", 3},
         false,
         "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\ncontent-type: text/html\r\n"
         "X: y\r\n\r\n<p>"},
        {"no body",
         {404, NULL, 0, NULL, 0},
         false,
         "HTTP/1.1 404 Not Found\r\nConnection: close\r\n" PLAIN "Content-Length: 0\r\n\r\n"},
        {"unknown status",
         {299, NULL, 0, "x", 1},
         false,
         "HTTP/1.1 299 \r\nConnection: close\r\n" PLAIN "Content-Length: 1\r\n\r\nx"},
        {"last status",
         {599, NULL, 0, "x", 1},
         false,
         "HTTP/1.1 599 \r\nConnection: close\r\n" PLAIN "Content-Length: 1\r\n\r\nx"},
        {"9110 9.3.2: HEAD",
         {200, html, 1, "<p>", 3},
         true,
         "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n"
         "content-type: text/html\r\n\r\n"},
        {"9110 15.3.5: 204",
         {204, NULL, 0, "x", 1},
         false,
         "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"},
        {"9110 15.4.5: 304",
         {304, html, 1, "x", 1},
         false,
         "HTTP/1.1 304 Not Modified\r\nConnection: close\r\ncontent-type: text/html\r\n\r\n"},
        {"9110 15.5.22: 426",
         {426, NULL, 0, NULL, 0},
         false,
         "HTTP/1.1 426 Upgrade Required\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\n" PLAIN "Content-Length: 0\r\n\r\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[512];
        struct wsp_text measured = {NULL, 0, 0};
        struct wsp_text t = {text, strlen(rows[i].expected), 0};
        print_message("%s\n", rows[i].name);
        assert_int_equal(wsp_handshake_respond_write(&measured, &rows[i].response, rows[i].head),
                         WSP_OK);
        assert_int_equal(wsp_handshake_respond_write(&t, &rows[i].response, rows[i].head), WSP_OK);
        check_text(&measured, &t, rows[i].expected);
    }
    (void)state;
}

static void respond_refused(void **state)
{
    static const struct wsp_field evil[] = {{"Location", "/\r\nEvil: 1"}};
    static const struct wsp_field length[] = {{"Content-Length", "5"}};
    static const struct {
        const char *name;
        struct wsp_response response;
    } rows[] = {
        {"status 0", {0, NULL, 0, NULL, 0}},     {"status 101", {101, NULL, 0, NULL, 0}},
        {"status 199", {199, NULL, 0, NULL, 0}}, {"status 600", {600, NULL, 0, NULL, 0}},
        {"body NULL", {200, NULL, 0, NULL, 1}},  {"fields NULL", {200, NULL, 1, NULL, 0}},
        {"CR LF", {302, evil, 1, NULL, 0}},      {"Content-Length", {200, length, 1, NULL, 0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wsp_text t = {NULL, 0, 0};
        if (wsp_handshake_respond_write(&t, &rows[i].response, false) != WSP_ERR_ARG || t.len != 0)
            fail_msg("%s", rows[i].name);
    }
    (void)state;
}

#define REFUSED(status, length, body)                                              \
    "HTTP/1.1 " status "\r\nConnection: close\r\n" PLAIN "Content-Length: " length \
    "\r\n\r\n" status "\n" body

static void refuse_whole(void **state)
{
    static const struct {
        unsigned status;
        const char *rule, *expected;
    } rows[] = {
        {400, "RFC 9: x", REFUSED("400 Bad Request", "25", "RFC 9: x\n")},
        {400, NULL, REFUSED("400 Bad Request", "16", "")},
        {403, "RFC 9: x", REFUSED("403 Forbidden", "23", "RFC 9: x\n")},
        {404, NULL, REFUSED("404 Not Found", "14", "")},
        {405, "RFC 9: x",
         "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nAllow: GET\r\n" PLAIN
         "Content-Length: 32\r\n\r\n405 Method Not Allowed\nRFC 9: x\n"},
        {414, "RFC 9: x", REFUSED("414 URI Too Long", "26", "RFC 9: x\n")},
        {426, "RFC 9: x",
         "HTTP/1.1 426 Upgrade Required\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\n" PLAIN
         "Content-Length: 30\r\n\r\n426 Upgrade Required\nRFC 9: x\n"},
        {431, "RFC 9: x", REFUSED("431 Request Header Fields Too Large", "45", "RFC 9: x\n")},
        {503, NULL, REFUSED("503 Service Unavailable", "24", "")},
        {505, "RFC 9: x", REFUSED("505 HTTP Version Not Supported", "40", "RFC 9: x\n")},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[512];
        struct wsp_text measured = {NULL, 0, 0};
        struct wsp_text t = {text, strlen(rows[i].expected), 0};
        print_message("%u\n", rows[i].status);
        wsp_handshake_refuse_write(&measured, rows[i].status, rows[i].rule, false);
        wsp_handshake_refuse_write(&t, rows[i].status, rows[i].rule, false);
        check_text(&measured, &t, rows[i].expected);
        struct wsp_text head = {text, sizeof text, 0};
        wsp_handshake_refuse_write(&head, rows[i].status, rows[i].rule, true);
        size_t head_len = (size_t)(strstr(rows[i].expected, "\r\n\r\n") - rows[i].expected) + 4;
        assert_int_equal(head.len, head_len);
        assert_memory_equal(text, rows[i].expected, head_len);
    }
    (void)state;
}

/* ---------------------------------------------------------------- without HTTP/1.1 */

static void offer_answer_table(void **state)
{
    static const struct {
        const char *name, *version, *protocol, *extensions;
        int result;
        const char *chosen;
    } rows[] = {
        {"8441 5: the least", "13", NULL, NULL, WSP_OK, ""},
        {"8441 5: empty is absent", "13", "", "", WSP_OK, ""},
        {"8441 5: protocol and extension", "13", "a, chat", "foo; x=1", WSP_OK, "chat"},
        {"8441 5: no protocol in common", "13", "a", NULL, WSP_OK, ""},
        {"8441 5: no version", NULL, NULL, NULL, WSP_ERR_HANDSHAKE, NULL},
        {"8441 5: another version", "8", NULL, NULL, WSP_ERR_HANDSHAKE, NULL},
        {"8441 5: malformed version", "13x", NULL, NULL, WSP_ERR_SYNTAX, NULL},
        {"8441 5: repeated version", "13,13", NULL, NULL, WSP_ERR_SYNTAX, NULL},
        {"8441 5: malformed protocol", "13", "a b", NULL, WSP_ERR_SYNTAX, NULL},
        {"8441 5: repeated protocol", "13", "a,a", NULL, WSP_ERR_SYNTAX, NULL},
        {"8441 5: protocol without element", "13", ",", NULL, WSP_ERR_SYNTAX, NULL},
        {"8441 5: malformed extension", "13", NULL, "foo;", WSP_ERR_SYNTAX, NULL},
        {"8441 5: extension without element", "13", NULL, ",", WSP_ERR_SYNTAX, NULL},
    };
    static const struct wsp_handshake_rules rules = {.protocols = "chat"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wsp_sec_headers request = {wsp_slice_of(rows[i].version),
                                          wsp_slice_of(rows[i].protocol),
                                          wsp_slice_of(rows[i].extensions)};
        struct wsp_agreed agreed = {
            .role = WSP_CLIENT, .protocol = {NULL, 99}, .deflate = {.enabled = true}};
        char extensions[4] = "###";
        int rc = wsp_handshake_offer_answer(&rules, &agreed, &request, extensions, 4);
        if (rc != rows[i].result)
            fail_msg("%s: %d", rows[i].name, rc);
        if (rc < 0) {
            assert_int_equal(agreed.protocol.len, 99);
            assert_string_equal(extensions, "###");
            continue;
        }
        assert_string_equal(extensions, "");
        assert_int_equal(agreed.role, WSP_SERVER);
        assert_false(agreed.deflate.enabled);
        assert_true(wsp_slice_same(agreed.protocol, wsp_slice_of(rows[i].chosen)));
        assert_int_equal(wsp_handshake_offer_answer(&rules, &agreed, &request, NULL, 0),
                         WSP_ERR_TOO_BIG);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judge_table),           cmocka_unit_test(judge_order),
        cmocka_unit_test(judge_protocol_chosen), cmocka_unit_test(judge_origin_setting),
        cmocka_unit_test(accept_whole),          cmocka_unit_test(accept_refused),
        cmocka_unit_test(respond_whole),         cmocka_unit_test(respond_refused),
        cmocka_unit_test(refuse_whole),          cmocka_unit_test(offer_answer_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
