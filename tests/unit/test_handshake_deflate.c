/* handshake_deflate: permessage-deflate negotiated (RFC 7692 5, 7.1), by the functions alone, by
 * the three headers, and by whole handshakes of both roles. */
#include "support/testing.h"

#include "conn/handshake_deflate.h"

#include "support/pair.h"
#include "support/run.h"
#include "support/world.h"

#define SERVER_NO "server_no_context_takeover"
#define CLIENT_NO "client_no_context_takeover"
#define SERVER_BITS "server_max_window_bits"
#define CLIENT_BITS "client_max_window_bits"
#define EACH_WINDOW_ROW(name, before)                                                         \
    {name " without '='", before "x", NULL}, {name " empty", before "=\"\"", NULL},           \
        {name " 0", before "=0", NULL}, {name " 7", before "=7", NULL},                       \
        {name " 08", before "=08", NULL}, {name " 015", before "=015", NULL},                 \
        {name " 16", before "=16", NULL}, {name " 1000", before "=1000", NULL},               \
        {name " -9", before "=-9", NULL}, {name " +9", before "=+9", NULL},                   \
        {name " 9x", before "=9x", NULL}, {name " x9", before "=x9", NULL},                   \
        {name " 0x9", before "=0x9", NULL}, {name " 9.0", before "=9.0", NULL},               \
        {name " 10,5 quoted", before "=\"1 0\"", NULL},                                       \
        {name " 4294967305", before "=4294967305", NULL}, {name " 265", before "=265", NULL}, \
        {name " twice", before "=9; " before "=9", NULL},                                     \
    {                                                                                         \
        name " twice, differing", before "=9; " before "=10", NULL                            \
    }

/* Endpoints' settings, as with their defaults filled in. */
static const struct wsp_deflate_config plain = {
    .enabled = true, .server_max_window_bits = 15, .client_max_window_bits = 15};
static const struct wsp_deflate_config takeover = {.enabled = true,
                                                   .server_takeover = true,
                                                   .client_takeover = true,
                                                   .server_max_window_bits = 15,
                                                   .client_max_window_bits = 15};
static const struct wsp_deflate_config small = {.enabled = true,
                                                .server_takeover = true,
                                                .client_takeover = true,
                                                .server_max_window_bits = 10,
                                                .client_max_window_bits = 11};
static const struct wsp_deflate_config off = {.server_max_window_bits = 15,
                                              .client_max_window_bits = 15};

/* "params" as they stand behind the extension's name: what wsp_extension_next gives. */
static struct wsp_slice params_of(const char *text, struct blob *whole)
{
    struct wsp_extension x;
    whole->len = 0;
    blob_text(whole, WSP_DEFLATE_NAME);
    if (*text != '\0')
        blob_text(whole, "; ");
    blob_text(whole, text);
    struct wsp_slice value = {whole->data, whole->len};
    if (wsp_extension_next(&value, &x) != 1)
        return (struct wsp_slice){NULL, SIZE_MAX};
    return x.params;
}

/* "takeover of the server, of the client, window of the server, of the client": "ts 15 15" */
static const char *params_line(struct blob *line, const struct wsp_deflate_params *p)
{
    line->len = 0;
    blob_format(line, "%c%c %u %u", p->server_no_context_takeover ? '-' : 's',
                p->client_no_context_takeover ? '-' : 'c', p->server_max_window_bits,
                p->client_max_window_bits);
    return blob_string(line);
}

/* --- a server chooses ------------------------------------------------------------------------- */

struct offer_row {
    const char *name, *params;
    const char *answer; /* NULL: declined */
};

static void choose(const struct wsp_deflate_config *config, const struct offer_row *row,
                   const char *agreed)
{
    struct blob whole = {0}, line = {0};
    char text[256];
    struct wsp_text t = {text, sizeof text, 0};
    struct wsp_deflate_answer a, before;
    memset(&a, 0, sizeof a);
    before = a;
    struct wsp_slice params = params_of(row->params, &whole);
    bool malformed = params.len == SIZE_MAX;
    bool taken = !malformed && wsp_deflate_choose(&a, params, config);
    if (taken != (row->answer != NULL))
        fail_msg("%s: %s", row->name, taken ? "taken" : "declined");
    if (!taken)
        assert_memory_equal(&a, &before, sizeof a);
    wsp_deflate_write_answer(&t, &a);
    const char *expected = taken ? row->answer : "";
    size_t skip = *expected != '\0' || taken ? strlen(WSP_DEFLATE_NAME) : 0;
    if (t.len - skip != strlen(expected) || memcmp(text + skip, expected, t.len - skip) != 0)
        fail_msg("%s: %.*s", row->name, (int)t.len, text);
    if (taken && agreed != NULL && strcmp(params_line(&line, &a.params), agreed) != 0)
        fail_msg("%s: %s", row->name, blob_string(&line));
    blob_free(&whole);
    blob_free(&line);
}

static void choose_valid_offers_answered(void **state)
{
    (void)state;
    static const struct {
        const struct wsp_deflate_config *config;
        struct offer_row row;
        const char *agreed;
    } rows[] = {
        {&plain, {"7.1: nothing", "", "; " SERVER_NO "; " CLIENT_NO}, "-- 15 15"},
        {&takeover, {"7.1: nothing, takeover", "", ""}, "sc 15 15"},
        {&takeover, {"7.1.1.1: " SERVER_NO, SERVER_NO, "; " SERVER_NO}, "-c 15 15"},
        {&takeover, {"7.1.1.2: a hint", CLIENT_NO, "; " CLIENT_NO}, "s- 15 15"},
        {&takeover,
         {"7.1.1: both", CLIENT_NO "; " SERVER_NO, "; " SERVER_NO "; " CLIENT_NO},
         "-- 15 15"},
        {&takeover, {"7.1.2.1: 10", SERVER_BITS "=10", "; " SERVER_BITS "=10"}, "sc 10 15"},
        {&takeover, {"7.1.2.1: 8", SERVER_BITS "=8", "; " SERVER_BITS "=8"}, "sc 8 15"},
        {&takeover, {"7.1.2.1: 15", SERVER_BITS "=15", "; " SERVER_BITS "=15"}, "sc 15 15"},
        {&takeover,
         {"7.1.2.1: 10 quoted", SERVER_BITS "=\"10\"", "; " SERVER_BITS "=10"},
         "sc 10 15"},
        {&takeover,
         {"7.1.2.1: escapes", SERVER_BITS "=\"1\\0\"", "; " SERVER_BITS "=10"},
         "sc 10 15"},
        {&takeover,
         {"7.1.2.1: white space", SERVER_BITS " =\t9 ", "; " SERVER_BITS "=9"},
         "sc 9 15"},
        {&small,
         {"7.1.2.1: more than ours", SERVER_BITS "=12; " CLIENT_BITS,
          "; " SERVER_BITS "=10; " CLIENT_BITS "=11"},
         "sc 10 11"},
        {&small,
         {"7.1.2.1: less than ours", SERVER_BITS "=9; " CLIENT_BITS "=8",
          "; " SERVER_BITS "=9; " CLIENT_BITS "=8"},
         "sc 9 8"},
        {&takeover, {"7.1.2.2: without value", CLIENT_BITS, ""}, "sc 15 15"},
        {&takeover, {"7.1.2.2: 10", CLIENT_BITS "=10", "; " CLIENT_BITS "=10"}, "sc 15 10"},
        {&takeover, {"7.1.2.2: 15", CLIENT_BITS "=15", "; " CLIENT_BITS "=15"}, "sc 15 15"},
        {&small,
         {"7.1.2.2: ours is less", CLIENT_BITS, "; " SERVER_BITS "=10; " CLIENT_BITS "=11"},
         "sc 10 11"},
        {&small,
         {"7.1.2.2: ours is less than the value", CLIENT_BITS "=12",
          "; " SERVER_BITS "=10; " CLIENT_BITS "=11"},
         "sc 10 11"},
        /* it must not be told a window that it did not offer to keep to */
        {&small, {"7.1.2.2: not offered", "", "; " CLIENT_NO "; " SERVER_BITS "=10"}, "s- 10 15"},
        {&takeover,
         {"7.1: all four", SERVER_NO "; " CLIENT_NO "; " SERVER_BITS "=8; " CLIENT_BITS "=9",
          "; " SERVER_NO "; " CLIENT_NO "; " SERVER_BITS "=8; " CLIENT_BITS "=9"},
         "-- 8 9"},
        {&takeover,
         {"7: names in another case", "Server_No_Context_Takeover", "; " SERVER_NO},
         "-c 15 15"},
        {&takeover, {"chromium", CLIENT_BITS, ""}, "sc 15 15"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        choose(rows[i].config, &rows[i].row, rows[i].agreed);
}

static void choose_bad_offers_declined(void **state)
{
    (void)state;
    static const struct offer_row rows[] = {
        EACH_WINDOW_ROW(SERVER_BITS, SERVER_BITS),
        EACH_WINDOW_ROW(CLIENT_BITS, CLIENT_BITS),
        {"7.1.2.1: no value", SERVER_BITS, NULL},
        {"7.1.2.2: once without value, once with", CLIENT_BITS "; " CLIENT_BITS "=9", NULL},
        {"7.1.2.2: twice without value", CLIENT_BITS "; " CLIENT_BITS, NULL},
        {"7.1.1.1: a value", SERVER_NO "=1", NULL},
        {"7.1.1.1: a quoted value", SERVER_NO "=\"true\"", NULL},
        {"7.1.1.2: a value", CLIENT_NO "=15", NULL},
        {"7: twice", SERVER_NO "; " SERVER_NO, NULL},
        {"7: twice with others between", CLIENT_NO "; " SERVER_NO "; " CLIENT_NO, NULL},
        {"7: unknown", "foo", NULL},
        {"7: unknown with a value", "foo=10", NULL},
        {"7: unknown behind known ones", SERVER_NO "; " CLIENT_BITS "; foo", NULL},
        {"7: a name cut off", "server_no_context_takeove", NULL},
        {"7: a name with more", "server_no_context_takeovers", NULL},
        {"9.1: malformed", SERVER_NO ";", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        choose(&takeover, &rows[i], NULL);
    choose(&off, &(struct offer_row){"off", "", NULL}, NULL);
}

/* --- a client offers, and checks the answer --------------------------------------------------- */

static void write_offer_says_what_is_wanted(void **state)
{
    (void)state;
    static const struct {
        const struct wsp_deflate_config *config;
        const char *offer;
    } rows[] = {
        {&off, ""},
        {&plain, WSP_DEFLATE_NAME "; " SERVER_NO "; " CLIENT_NO "; " CLIENT_BITS},
        {&takeover, WSP_DEFLATE_NAME "; " CLIENT_BITS},
        {&small, WSP_DEFLATE_NAME "; " SERVER_BITS "=10; " CLIENT_BITS "=11"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[256];
        struct wsp_text t = {text, sizeof text - 1, 0}, measured = {NULL, 0, 0};
        wsp_deflate_write_offer(&t, rows[i].config);
        wsp_deflate_write_offer(&measured, rows[i].config);
        text[t.len] = '\0';
        assert_string_equal(text, rows[i].offer);
        assert_int_equal(measured.len, t.len);
    }
}

static void check(const struct wsp_deflate_config *config, const char *name, const char *answer,
                  const char *agreed)
{
    struct blob whole = {0}, line = {0};
    struct wsp_deflate_params p;
    memset(&p, 0, sizeof p);
    struct wsp_slice params = params_of(answer, &whole);
    bool good = params.len != SIZE_MAX && wsp_deflate_check(&p, params, config);
    if (good != (agreed != NULL))
        fail_msg("%s: %s", name, good ? "taken" : "refused");
    assert_int_equal(p.enabled, good);
    if (good && agreed != NULL && strcmp(params_line(&line, &p), agreed) != 0)
        fail_msg("%s: %s", name, blob_string(&line));
    blob_free(&whole);
    blob_free(&line);
}

static void check_answers_that_fit_taken(void **state)
{
    (void)state;
    static const struct {
        const struct wsp_deflate_config *config;
        const char *name, *answer, *agreed;
    } rows[] = {
        {&takeover, "7.1: nothing", "", "sc 15 15"},
        {&takeover, "7.1.1.1: unasked", SERVER_NO, "-c 15 15"},
        {&takeover, "7.1.1.2: an order", CLIENT_NO, "s- 15 15"},
        {&takeover, "7.1.2.1: unasked", SERVER_BITS "=9", "sc 9 15"},
        {&takeover, "7.1.2.2: an order", CLIENT_BITS "=8", "sc 15 8"},
        {&takeover, "7.1.2.2: an order, quoted", CLIENT_BITS "=\"15\"", "sc 15 15"},
        {&takeover, "7.1: all", CLIENT_BITS "=9; " SERVER_BITS "=10; " CLIENT_NO "; " SERVER_NO,
         "-- 10 9"},
        {&plain, "7.1.1.1: confirmed", SERVER_NO, "-- 15 15"},
        {&plain, "7.1.1: both confirmed", SERVER_NO "; " CLIENT_NO, "-- 15 15"},
        {&small, "7.1.2.1: confirmed", SERVER_BITS "=10", "sc 10 11"},
        {&small, "7.1.2.1: less", SERVER_BITS "=8", "sc 8 11"},
        {&small, "7.1.2.2: confirmed", SERVER_BITS "=10; " CLIENT_BITS "=11", "sc 10 11"},
        {&small, "7.1.2.2: less", SERVER_BITS "=10; " CLIENT_BITS "=9", "sc 10 9"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(rows[i].config, rows[i].name, rows[i].answer, rows[i].agreed);
}

static void check_answers_that_do_not_fit_refused(void **state)
{
    (void)state;
    static const struct offer_row each[] = {EACH_WINDOW_ROW(SERVER_BITS, SERVER_BITS),
                                            EACH_WINDOW_ROW(CLIENT_BITS, CLIENT_BITS)};
    static const struct {
        const struct wsp_deflate_config *config;
        const char *name, *answer;
    } rows[] = {
        {&off, "4.1 (5): nothing was offered", ""},
        {&plain, "7.1.1.1: the demand is not confirmed", ""},
        {&plain, "7.1.1.1: the other one is", CLIENT_NO},
        {&takeover, "7.1.1.1: a value", SERVER_NO "=1"},
        {&takeover, "7.1.1.2: a value", CLIENT_NO "=1"},
        {&takeover, "7: twice", SERVER_NO "; " SERVER_NO},
        {&takeover, "7: twice", CLIENT_NO "; " CLIENT_NO},
        {&takeover, "7: unknown", "foo"},
        {&takeover, "7: unknown with a value", "foo=15"},
        {&takeover, "7.1.2.1: no value", SERVER_BITS},
        {&takeover, "7.1.2.2: no value", CLIENT_BITS},
        {&small, "7.1.2.1: not confirmed", ""},
        {&small, "7.1.2.1: more", SERVER_BITS "=11"},
        {&small, "7.1.2.1: 15", SERVER_BITS "=15"},
        {&small, "7.1.2.2: more", SERVER_BITS "=10; " CLIENT_BITS "=12"},
        {&takeover, "9.1: malformed", SERVER_NO ";"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(rows[i].config, rows[i].name, rows[i].answer, NULL);
    for (size_t i = 0; i < ARRAY_LEN(each); i++)
        check(&takeover, each[i].name, each[i].params, NULL);
}

/* Every offer of ours is understood by every server of ours, and the answer by the client. */
static void offer_and_answer_any_settings_agree(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4 * 64 * 4; i++) {
        const struct wsp_deflate_config client = {
            .enabled = true,
            .server_takeover = i % 2,
            .client_takeover = i / 2 % 2,
            .server_max_window_bits = (uint8_t)(8 + i / 4 % 8),
            .client_max_window_bits = (uint8_t)(8 + i / 32 % 8)};
        const struct wsp_deflate_config server = {
            .enabled = true,
            .server_takeover = i / 3 % 2,
            .client_takeover = i / 5 % 2,
            .server_max_window_bits = (uint8_t)(8 + i / 7 % 8),
            .client_max_window_bits = (uint8_t)(8 + i / 11 % 8)};
        char offer[256], answer[256];
        struct wsp_text t = {offer, sizeof offer, 0}, u = {answer, sizeof answer, 0};
        struct wsp_deflate_answer a;
        struct wsp_deflate_params p;
        struct wsp_extension x;
        memset(&a, 0, sizeof a);
        memset(&p, 0, sizeof p);
        wsp_deflate_write_offer(&t, &client);
        struct wsp_slice value = {(const uint8_t *)offer, t.len};
        assert_int_equal(wsp_extension_next(&value, &x), 1);
        assert_true(wsp_deflate_choose(&a, x.params, &server));
        wsp_deflate_write_answer(&u, &a);
        value = (struct wsp_slice){(const uint8_t *)answer, u.len};
        assert_int_equal(wsp_extension_next(&value, &x), 1);
        assert_true(wsp_deflate_check(&p, x.params, &client));
        assert_int_equal(p.server_max_window_bits, a.params.server_max_window_bits);
        /* of its own window a client may use less than the server has to expect */
        assert_true(p.client_max_window_bits <= a.params.client_max_window_bits);
        assert_true(p.server_max_window_bits <= server.server_max_window_bits);
        assert_int_equal(p.server_no_context_takeover, a.params.server_no_context_takeover);
        assert_true(p.client_no_context_takeover || !a.params.client_no_context_takeover);
    }
}

/* --- the three headers ------------------------------------------------------------------------ */

struct headers_test {
    struct world w;
    wsp_endpoint *e;
};

static void headers_begin(struct headers_test *t, const struct wsp_deflate_config *deflate)
{
    struct wsp_config cfg = {.deflate = *deflate};
    world_init(&t->w, &cfg);
    assert_int_equal(wsp_endpoint_new(&t->e, &cfg), WSP_OK);
}

static struct wsp_slice slice_of(const char *text)
{
    return (struct wsp_slice){(const uint8_t *)text, strlen(text)};
}

static void offer_answer_first_that_can_be_done(void **state)
{
    (void)state;
    static const struct {
        const char *name, *offers, *answer;
        int result;
    } rows[] = {
        {"5: one", "permessage-deflate; " CLIENT_BITS, "permessage-deflate", WSP_OK},
        {"5: the first of two", "permessage-deflate; " SERVER_BITS "=9, permessage-deflate",
         "permessage-deflate; " SERVER_BITS "=9", WSP_OK},
        {"7: the first is declined", "permessage-deflate; foo, permessage-deflate; " SERVER_NO,
         "permessage-deflate; " SERVER_NO, WSP_OK},
        {"7: the first two are",
         "permessage-deflate; " SERVER_BITS "=7, permessage-deflate; " SERVER_NO
         "=1, permessage-deflate; " SERVER_BITS "=\"12\"",
         "permessage-deflate; " SERVER_BITS "=12", WSP_OK},
        {"7: all are", "permessage-deflate; foo, permessage-deflate; " SERVER_BITS, "", WSP_OK},
        {"5: others before and behind", "x-webkit-deflate-frame, permessage-deflate, foo; a=b",
         "permessage-deflate", WSP_OK},
        {"5: another name", "permessage-bzip2, permessage-deflat, permessage-deflate2", "", WSP_OK},
        {"9.1: empty elements", ",, permessage-deflate ,", "permessage-deflate", WSP_OK},
        {"none", "", "", WSP_OK},
        {"9.1: malformed behind", "permessage-deflate, foo;", NULL, WSP_ERR_SYNTAX},
        {"9.1: malformed parameter", "permessage-deflate; " SERVER_BITS "=", NULL, WSP_ERR_SYNTAX},
        {"9.1: a quoted empty value", "permessage-deflate; " SERVER_BITS "=\"\"", NULL,
         WSP_ERR_SYNTAX},
    };
    struct headers_test t;
    headers_begin(&t, &takeover);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char answer[256] = "#";
        struct wsp_agreed agreed;
        struct wsp_sec_headers h = {.version = slice_of("13"),
                                    .extensions = slice_of(rows[i].offers)};
        int r = wsp_offer_answer(t.e, &agreed, &h, answer, sizeof answer);
        if (r != rows[i].result || (r == WSP_OK && strcmp(answer, rows[i].answer) != 0))
            fail_msg("%s: %d %s", rows[i].name, r, answer);
        if (r != WSP_OK)
            continue;
        assert_int_equal(agreed.deflate.enabled, *answer != '\0');
        size_t len = strlen(answer);
        assert_int_equal(wsp_offer_answer(t.e, &agreed, &h, answer, len), WSP_ERR_TOO_BIG);
        assert_int_equal(wsp_offer_answer(t.e, &agreed, &h, answer, len + 1), WSP_OK);
    }
    world_end(&t.w, t.e);
}

static void answer_check_of_headers(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int result;
    } rows[] = {
        {"", WSP_OK},
        {"permessage-deflate; " SERVER_BITS "=10", WSP_OK},
        {"permessage-deflate; " SERVER_BITS "=11", WSP_ERR_HANDSHAKE},
        {"permessage-deflate", WSP_ERR_HANDSHAKE},
        {"permessage-deflate; " SERVER_BITS "=10; foo", WSP_ERR_HANDSHAKE},
        {"permessage-deflate; " SERVER_BITS "=10, permessage-deflate; " SERVER_BITS "=10",
         WSP_ERR_HANDSHAKE},
        {"foo, permessage-deflate; " SERVER_BITS "=10", WSP_ERR_HANDSHAKE},
        {"permessage-deflate; " SERVER_BITS "=10, foo", WSP_ERR_HANDSHAKE},
        {"permessage-deflate; " SERVER_BITS "=10;", WSP_ERR_SYNTAX},
    };
    struct headers_test t;
    char offer[256];
    headers_begin(&t, &small);
    assert_int_equal(wsp_offer_write(t.e, offer, sizeof offer), WSP_OK);
    assert_string_equal(offer, "permessage-deflate; " SERVER_BITS "=10; " CLIENT_BITS "=11");
    assert_int_equal(wsp_offer_write(t.e, offer, strlen(offer)), WSP_ERR_TOO_BIG);
    assert_int_equal(wsp_offer_write(t.e, offer, strlen(offer) + 1), WSP_OK);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wsp_agreed agreed;
        struct wsp_sec_headers h = {.extensions = slice_of(rows[i].answer)};
        int r = wsp_answer_check(t.e, &agreed, NULL, &h);
        if (r != rows[i].result)
            fail_msg("%s: %d", rows[i].answer, r);
        if (r != WSP_OK || rows[i].answer[0] == '\0')
            continue;
        assert_true(agreed.deflate.enabled);
        assert_int_equal(agreed.deflate.server_max_window_bits, 10);
        assert_int_equal(agreed.deflate.client_max_window_bits, 11);
    }
    world_end(&t.w, t.e);
}

static void adopt_deflate_params_checked(void **state)
{
    (void)state;
    static const struct {
        uint8_t server, client;
        int with, without; /* an endpoint with and without deflate */
    } rows[] = {{15, 15, WSP_OK, WSP_ERR_UNSUPPORTED}, {8, 8, WSP_OK, WSP_ERR_UNSUPPORTED},
                {7, 15, WSP_ERR_ARG, WSP_ERR_ARG},     {15, 7, WSP_ERR_ARG, WSP_ERR_ARG},
                {16, 15, WSP_ERR_ARG, WSP_ERR_ARG},    {15, 16, WSP_ERR_ARG, WSP_ERR_ARG},
                {0, 15, WSP_ERR_ARG, WSP_ERR_ARG},     {15, 255, WSP_ERR_ARG, WSP_ERR_ARG}};
    struct headers_test with, without;
    headers_begin(&with, &plain);
    headers_begin(&without, &off);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wsp_agreed a = {.role = WSP_SERVER,
                               .deflate = {.enabled = true,
                                           .server_max_window_bits = rows[i].server,
                                           .client_max_window_bits = rows[i].client}};
        wsp_conn *c = NULL;
        assert_int_equal(wsp_adopt_new(&c, with.e, &a), rows[i].with);
        wsp_conn_free(c);
        assert_int_equal(wsp_adopt_new(&c, without.e, &a), rows[i].without);
        assert_null(c);
        a.deflate.enabled = false; /* then nothing else of it counts */
        assert_int_equal(wsp_adopt_new(&c, without.e, &a), WSP_OK);
        wsp_conn_free(c);
    }
    world_end(&with.w, with.e);
    world_end(&without.w, without.e);
}

/* --- whole handshakes ------------------------------------------------------------------------- */

#define REQUEST                                                          \
    "GET /chat HTTP/1.1\nHost: server.example.com\nUpgrade: websocket\n" \
    "Connection: Upgrade\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n" \
    "Sec-WebSocket-Version: 13\n"
#define ANSWER                                                                    \
    "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n" \
    "Sec-WebSocket-Accept: %A\n"
#define EXTENSIONS "Sec-WebSocket-Extensions: "

static const struct run_setup speaks = {
    .flags = RUN_HANDSHAKE,
    .config = {.deflate = {.enabled = true, .server_takeover = true, .client_takeover = true}}};
static const struct run_setup without = {.flags = RUN_HANDSHAKE};

static const struct run_row conversations[] = {
    {"7692 5.1: an offer is accepted, and a compressed message behind it", WSP_SERVER, &speaks,
     "`" REQUEST EXTENSIONS "permessage-deflate; " CLIENT_BITS "\n\n`"
     "r4T<f248cdc9c90700> r4T<f200110000>",
     "OPEN TEXT'Hello' TEXT'Hello'", "~" EXTENSIONS "permessage-deflate\r\n"},
    {"7692 5: offers in two headers", WSP_SERVER, &speaks,
     "`" REQUEST EXTENSIONS "permessage-deflate; foo\n" EXTENSIONS "permessage-deflate; " SERVER_NO
     ", permessage-deflate\n\n` r4T<f248cdc9c90700>",
     "OPEN TEXT'Hello'", "~" EXTENSIONS "permessage-deflate; " SERVER_NO "\r\n"},
    {"7692 7: every offer is declined", WSP_SERVER, &speaks,
     "`" REQUEST EXTENSIONS "permessage-deflate; " SERVER_BITS "=08\n\n` T'plain' r4T<00> $EOF",
     "OPEN TEXT'plain' CLOSE(1006 peer PROTOCOL [6455 5.2])", "~!permessage-deflate"},
    {"7692 5: not enabled", WSP_SERVER, &without,
     "`" REQUEST EXTENSIONS "permessage-deflate\n\n` T'plain'", "OPEN TEXT'plain'",
     "~!permessage-deflate"},
    {"7692 5: nothing offered", WSP_SERVER, &speaks, "`" REQUEST "\n` T'plain'", "OPEN TEXT'plain'",
     "~!permessage-deflate"},
    {"7692 5.1: a client offers and is answered", WSP_CLIENT, &speaks,
     "`" ANSWER EXTENSIONS "permessage-deflate\n\n` r4T<f248cdc9c90700> r4T<f200110000>",
     "OPEN TEXT'Hello' TEXT'Hello'", "~" EXTENSIONS "permessage-deflate; " CLIENT_BITS "\r\n"},
    {"7692 5.1: a client is declined", WSP_CLIENT, &speaks, "`" ANSWER "\n` T'plain' r4T<00> $EOF",
     "OPEN TEXT'plain' CLOSE(1006 peer PROTOCOL [6455 5.2])", "~" EXTENSIONS "permessage-deflate"},
    {"7692 7: a client refuses an unknown parameter", WSP_CLIENT, &speaks,
     "`" ANSWER EXTENSIONS "permessage-deflate; foo\n\n` $EOF",
     "CLOSE(1006 peer HANDSHAKE HTTP 101)", "~" EXTENSIONS "permessage-deflate"},
    {"7692 5.1: a client refuses two", WSP_CLIENT, &speaks,
     "`" ANSWER EXTENSIONS "permessage-deflate\n" EXTENSIONS "permessage-deflate\n\n` $EOF",
     "CLOSE(1006 peer HANDSHAKE HTTP 101)", "~" EXTENSIONS "permessage-deflate"},
    {"7692 7.1.2.2: a client refuses a parameter without its value", WSP_CLIENT, &speaks,
     "`" ANSWER EXTENSIONS "permessage-deflate; " CLIENT_BITS "\n\n` $EOF",
     "CLOSE(1006 peer HANDSHAKE HTTP 101)", "~" EXTENSIONS "permessage-deflate"},
    {"6455 4.1 (5): a client without it refuses it", WSP_CLIENT, &without,
     "`" ANSWER EXTENSIONS "permessage-deflate\n\n` $EOF", "CLOSE(1006 peer HANDSHAKE HTTP 101)",
     "~!permessage-deflate"},
};

RUN_TABLE(handshake_every_row_same_events, conversations)

/* What both sides were told fits together, and what one compresses the other reads. */
static void handshake_of_both_roles_any_settings(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        struct wsp_config cfg[2] = {{.deflate = {.enabled = i % 9 != 8}},
                                    {.deflate = {.enabled = true}}};
        struct pair p = {.seed = i, .split = i % 2 != 0};
        struct wsp_agreed s, c;
        char text[2000];
        memset(text, 'a' + (int)(i % 26), sizeof text);
        for (unsigned side = 0; side < 2; side++) {
            struct wsp_deflate_config *d = &cfg[side].deflate;
            d->server_takeover = (i >> side & 1) != 0;
            d->client_takeover = (i >> (2 + side) & 1) != 0;
            d->server_max_window_bits = (uint8_t)(side == 0 ? 8 + i / 2 % 8 : 15 - i / 5 % 8);
            d->client_max_window_bits = (uint8_t)(side == 0 ? 8 + i / 3 % 8 : 15 - i / 7 % 8);
        }
        pair_begin(&p, &(struct pair_setup){.server = &cfg[0], .client = &cfg[1]});
        pair_settle(&p);
        wsp_conn_agreed(p.conn[0], &s);
        wsp_conn_agreed(p.conn[1], &c);
        assert_int_equal(s.deflate.enabled, cfg[0].deflate.enabled);
        assert_int_equal(s.deflate.enabled, c.deflate.enabled);
        assert_int_equal(s.deflate.server_max_window_bits, c.deflate.server_max_window_bits);
        assert_true(c.deflate.client_max_window_bits <= s.deflate.client_max_window_bits);
        for (unsigned k = 0; k < 6; k++) {
            assert_int_equal(wsp_send_text(p.conn[k % 2], text, sizeof text), WSP_OK);
            size_t queued = wsp_queued_bytes(p.conn[k % 2]);
            assert_true(s.deflate.enabled ? queued < 200 : queued > 2000);
            pair_settle(&p);
        }
        assert_int_equal(p.log[0].messages + p.log[1].messages, 6);
        pair_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choose_valid_offers_answered),
        cmocka_unit_test(choose_bad_offers_declined),
        cmocka_unit_test(write_offer_says_what_is_wanted),
        cmocka_unit_test(check_answers_that_fit_taken),
        cmocka_unit_test(check_answers_that_do_not_fit_refused),
        cmocka_unit_test(offer_and_answer_any_settings_agree),
        cmocka_unit_test(offer_answer_first_that_can_be_done),
        cmocka_unit_test(answer_check_of_headers),
        cmocka_unit_test(adopt_deflate_params_checked),
        cmocka_unit_test(handshake_every_row_same_events),
        cmocka_unit_test(handshake_of_both_roles_any_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
