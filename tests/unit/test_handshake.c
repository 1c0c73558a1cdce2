/* handshake: what both sides share: protocol lists, fields of the application, status texts. */
#include "support/testing.h"

#include "conn/handshake.h"

#define P30 \
    "a0,a1,a2,a3,a4,a5,a6,a7,a8,a9,b0,b1,b2,b3,b4,b5,b6,b7,b8,b9,c0,c1,c2,c3,c4,c5,c6,c7,c8,c9"

static void protocols_check_table(void **state)
{
    static const struct {
        const char *name;
        const char *list;
        int result;
    } rows[] = {
        {"none: NULL", NULL, WSP_OK},
        {"none: empty", "", WSP_OK},
        {"6455 4.1 (10): one", "chat", WSP_OK},
        {"6455 4.1 (10): two", "chat,superchat", WSP_OK},
        {"9110 5.6.1: white space and empty elements", " chat ,,\tsuperchat ,", WSP_OK},
        {"6455 4.1 (10): every token character", "!#$%&'*+-.^_`|~09azAZ", WSP_OK},
        {"6455 4.1 (10): they differ by case", "chat,Chat", WSP_OK},
        {"6455 4.1 (10): repeated", "chat,superchat,chat", WSP_ERR_ARG},
        {"6455 4.1 (10): only a comma", ",", WSP_ERR_ARG},
        {"6455 4.1 (10): only white space", " ", WSP_ERR_ARG},
        {"6455 4.1 (10): a space inside", "chat room", WSP_ERR_ARG},
        {"6455 4.1 (10): a separator", "chat/2", WSP_ERR_ARG},
        {"6455 4.1 (10): quoted", "\"chat\"", WSP_ERR_ARG},
        {"6455 4.1 (10): not ASCII", "ch\xC3\xA4t", WSP_ERR_ARG},
        {"6455 4.1 (10): DEL", "chat\x7F", WSP_ERR_ARG},
        {"CR LF", "chat\r\nEvil: 1", WSP_ERR_ARG},
        {"LF", "chat\n", WSP_ERR_ARG},
        {"limit: 32", P30 ",d0,d1", WSP_OK},
        {"limit: 33", P30 ",d0,d1,d2", WSP_ERR_ARG},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (wsp_protocols_check(rows[i].list) != rows[i].result)
            fail_msg("%s", rows[i].name);
    }
    (void)state;
}

static void protocols_add_result(void **state)
{
    struct wsp_protocols p;
    p.count = 0;
    assert_int_equal(wsp_protocols_add(&p, wsp_slice_of("a, b")), WSP_OK);
    assert_int_equal(wsp_protocols_add(&p, wsp_slice_of("c")), WSP_OK);
    assert_int_equal(p.count, 3);
    assert_true(wsp_protocols_have(&p, wsp_slice_of("c")));
    assert_false(wsp_protocols_have(&p, wsp_slice_of("C")));
    assert_false(wsp_protocols_have(&p, wsp_slice_of("")));
    assert_int_equal(wsp_protocols_add(&p, wsp_slice_of("a")), WSP_ERR_SYNTAX);
    assert_int_equal(wsp_protocols_add(&p, wsp_slice_of("x y")), WSP_ERR_SYNTAX);
    assert_int_equal(wsp_protocols_add(&p, wsp_slice_of(P30)), WSP_ERR_TOO_BIG);
    (void)state;
}

static void fields_valid_table(void **state)
{
    static const struct {
        const char *row;
        struct wsp_field field;
        bool valid;
    } rows[] = {
        {"plain", {"Server", "wsproto"}, true},
        {"empty value", {"X-Empty", ""}, true},
        {"tab and obs-text in a value", {"X", "a\tb \xC3\xA4"}, true},
        {"a name that begins like ours", {"Sec-Fetch-Mode", "websocket"}, true},
        {"a name that begins like the prefix", {"Sec-WebSocket", "1"}, true},
        {"a name that begins like Host", {"Hostname", "x"}, true},
        {"9110 5.1: no name", {NULL, "x"}, false},
        {"9110 5.1: empty name", {"", "x"}, false},
        {"9110 5.1: space in the name", {"X Y", "x"}, false},
        {"9110 5.1: colon in the name", {"X:", "x"}, false},
        {"9110 5.1: CR in the name", {"X\r", "x"}, false},
        {"9110 5.1: LF in the name", {"X\nY", "x"}, false},
        {"9110 5.1: name not ASCII", {"X\xC3\xA4", "x"}, false},
        {"9110 5.5: no value", {"X", NULL}, false},
        {"9110 5.5: CR LF in the value", {"X", "a\r\nEvil: 1"}, false},
        {"9110 5.5: CR in the value", {"X", "a\rb"}, false},
        {"9110 5.5: LF in the value", {"X", "a\nb"}, false},
        {"9110 5.5: control character in the value", {"X", "a\x01"}, false},
        {"9110 5.5: DEL in the value", {"X", "a\x7F"}, false},
        {"ours: Host", {"host", "x"}, false},
        {"ours: Upgrade", {"UPGRADE", "x"}, false},
        {"ours: Connection", {"Connection", "x"}, false},
        {"ours: Content-Length", {"content-length", "0"}, false},
        {"ours: Transfer-Encoding", {"Transfer-encoding", "chunked"}, false},
        {"ours: Sec-WebSocket-Key", {"Sec-WebSocket-Key", "x"}, false},
        {"ours: Sec-WebSocket-Protocol", {"sec-websocket-protocol", "x"}, false},
        {"ours: Sec-WebSocket- and anything", {"SEC-WEBSOCKET-X", "x"}, false},
        {"ours: the prefix alone", {"Sec-WebSocket-", "x"}, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wsp_field two[2] = {{"X-First", "1"}, rows[i].field};
        if (wsp_fields_valid(&rows[i].field, 1) != rows[i].valid ||
            wsp_fields_valid(two, 2) != rows[i].valid)
            fail_msg("%s", rows[i].row);
    }
    assert_true(wsp_fields_valid(NULL, 0));
    assert_false(wsp_fields_valid(NULL, 1));
    (void)state;
}

static void fields_written(void **state)
{
    static const struct wsp_field fields[] = {{"Server", "x y"}, {"X-Empty", ""}};
    char memory[64];
    struct wsp_text t = {memory, sizeof memory, 0};
    wsp_fields_write(&t, fields, 2);
    assert_int_equal(t.len, 24);
    assert_memory_equal(memory, "Server: x y\r\nX-Empty: \r\n", 24);
    assert_true(wsp_fields_have(fields, 2, "x-empty"));
    assert_false(wsp_fields_have(fields, 1, "x-empty"));
    assert_false(wsp_fields_have(NULL, 0, "Server"));
    (void)state;
}

static void slices_compared(void **state)
{
    static const struct {
        const char *a, *b;
        bool same, like;
    } rows[] = {
        {"", "", true, true},        {"a", "", false, false},    {"", "a", false, false},
        {"ab", "ab", true, true},    {"ab", "aB", false, true},  {"ab", "abc", false, false},
        {"abc", "ab", false, false}, {"a[", "a{", false, false}, {"@", "`", false, false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(wsp_slice_same(wsp_slice_of(rows[i].a), wsp_slice_of(rows[i].b)),
                         rows[i].same);
        assert_int_equal(wsp_slice_like(wsp_slice_of(rows[i].a), wsp_slice_of(rows[i].b)),
                         rows[i].like);
    }
    (void)state;
}

static void status_reasons(void **state)
{
    static const struct {
        unsigned status;
        const char *reason;
    } rows[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {299, ""},
        {0, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(wsp_status_reason(rows[i].status), rows[i].reason);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocols_check_table), cmocka_unit_test(protocols_add_result),
        cmocka_unit_test(fields_valid_table),    cmocka_unit_test(fields_written),
        cmocka_unit_test(slices_compared),       cmocka_unit_test(status_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
