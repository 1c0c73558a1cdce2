/* handshake_origin: which pages may connect (RFC 6455 10.2, RFC 6454). */
#include "support/testing.h"

#include "base/text.h"
#include "conn/handshake.h"
#include "conn/handshake_origin.h"

struct origin_row {
    const char *name;
    const char *origins; /* setting */
    const char *host;    /* Host header */
    const char *origin;  /* Origin header */
    bool allowed;
};

static const struct origin_row origin_rows[] = {
    {"6455 10.2: same host", NULL, "example.com", "http://example.com", true},
    {"6455 10.2: host without case", NULL, "Example.COM", "http://eXample.com", true},
    {"6455 10.2: scheme without case", NULL, "example.com", "HTTPS://example.com", true},
    {"6455 10.2: https, behind a proxy that ends TLS", NULL, "example.com", "https://example.com",
     true},
    {"6455 10.2: another host", NULL, "example.com", "http://evil.com", false},
    {"6455 10.2: subdomain", NULL, "example.com", "http://a.example.com", false},
    {"6455 10.2: parent", NULL, "a.example.com", "http://example.com", false},
    {"6455 10.2: host begins the same", NULL, "example.com", "http://example.com.evil", false},
    {"6455 10.2: host ends the same", NULL, "example.com", "http://evilexample.com", false},
    {"6454 6.1: as long before the host as http", NULL, "example.com", "sub.of.example.com", false},
    {"6454 6.1: as long before the host as https", NULL, "example.com", "https:/.example.com",
     false},
    {"6454 4: same port", NULL, "localhost:8181", "http://localhost:8181", true},
    {"6454 4: another port", NULL, "localhost:8181", "http://localhost:3000", false},
    {"6454 4: port missing in Origin", NULL, "localhost:8181", "http://localhost", false},
    {"6454 4: port missing in Host", NULL, "localhost", "http://localhost:8181", false},
    {"6454 4: default port of http named in Host", NULL, "example.com:80", "http://example.com",
     true},
    {"6454 4: default port of http named in Origin", NULL, "example.com", "http://example.com:80",
     true},
    {"6454 4: default port of https named in Host", NULL, "example.com:443", "https://example.com",
     true},
    {"6454 4: default port of https named in Origin", NULL, "example.com",
     "https://example.com:443", true},
    {"6454 4: default port of the other scheme, http", NULL, "example.com:443",
     "http://example.com", false},
    {"6454 4: default port of the other scheme, https", NULL, "example.com:80",
     "https://example.com", false},
    {"6454 4: default port of ws", NULL, "example.com:80", "ws://example.com", true},
    {"6454 4: default port of wss", NULL, "example.com:443", "wss://example.com", true},
    {"6454 4: empty port in Host", NULL, "example.com:", "http://example.com", true},
    {"6454 4: address", NULL, "127.0.0.1:80", "http://127.0.0.1", true},
    {"6454 4: name of the address", NULL, "127.0.0.1", "http://localhost", false},
    {"6454 4: IPv6", NULL, "[::1]:8080", "http://[::1]:8080", true},
    {"6454 4: IPv6 without case", NULL, "[2001:DB8::a]", "http://[2001:db8::A]", true},
    {"6454 4: IPv6, another port", NULL, "[::1]:8080", "http://[::1]", false},
    {"6454 4: IPv6 without brackets", NULL, "[::1]", "http://::1", false},
    {"6454 4: IPv6, another address", NULL, "[::1]", "http://[::2]", false},
    {"6454 4: other scheme without default port", NULL, "localhost", "capacitor://localhost",
     false},
    {"6454 4: other scheme, port named", NULL, "localhost:8080", "app://localhost:8080", true},
    {"6454 7.3: null", NULL, "example.com", "null", false},
    {"6454 7.3: null, host of that name", NULL, "null", "null", false},
    {"6454 6.1: empty", NULL, "example.com", "", false},
    {"6454 6.1: no scheme", NULL, "example.com", "example.com", false},
    {"6454 6.1: empty scheme", NULL, "example.com", "://example.com", false},
    {"6454 6.1: scheme begins with a digit", NULL, "example.com:80", "1http://example.com:80",
     false},
    {"6454 6.1: scheme with an underscore", NULL, "example.com:80", "a_b://example.com:80", false},
    {"6454 6.1: scheme with +, - and .", NULL, "example.com:80", "a+b-c.1://example.com:80", true},
    {"6454 6.1: scheme of one letter, the last", NULL, "example.com:80", "z://example.com:80",
     true},
    {"6454 6.1: one slash", NULL, "example.com", "http:/example.com", false},
    {"6454 6.1: no slash", NULL, "example.com", "http:example.com", false},
    {"6454 6.1: no host", NULL, "example.com", "http://", false},
    {"6454 6.1: path", NULL, "example.com", "http://example.com/", false},
    {"6454 6.1: query", NULL, "example.com", "http://example.com?", false},
    {"6454 6.1: user information", NULL, "example.com", "http://a@example.com", false},
    {"6454 6.1: user information that looks like the host", NULL, "example.com",
     "http://example.com:80@evil.com", false},
    {"6454 6.1: port 0", NULL, "example.com", "http://example.com:0", false},
    {"6454 6.1: port over 65535", NULL, "example.com", "http://example.com:65616", false},
    {"6454 6.1: port is no number", NULL, "example.com", "http://example.com:8o", false},
    {"6454 6.1: space behind", NULL, "example.com", "http://example.com x", false},
    {"6454 7.1: two origins in one header", NULL, "example.com",
     "http://example.com http://example.com", false},
    {"6454 7.1: two with a comma", NULL, "example.com", "http://example.com, http://example.com",
     false},

    {"any: other host", "*", "example.com", "http://evil.com", true},
    {"any: null", "*", "example.com", "null", true},
    {"any: malformed", "*", "example.com", "nonsense", true},
    {"any: white space round it", " * ", "example.com", "null", true},

    {"list: the only one", "https://a.com", "example.com", "https://a.com", true},
    {"list: the second", "https://a.com, https://b.com", "example.com", "https://b.com", true},
    {"list: not in it", "https://a.com, https://b.com", "example.com", "https://c.com", false},
    {"list: the same host is not in it", "https://a.com", "example.com", "https://example.com",
     false},
    {"list: host and scheme without case", "HTTPS://A.com", "example.com", "https://a.COM", true},
    {"list: another scheme", "https://a.com", "example.com", "http://a.com", false},
    {"list: another scheme, same port", "https://a.com", "example.com", "http://a.com:443", false},
    {"list: default port named in the header", "https://a.com", "example.com", "https://a.com:443",
     true},
    {"list: default port named in the list", "http://a.com:80", "example.com", "http://a.com",
     true},
    {"list: another port", "http://a.com:8080", "example.com", "http://a.com", false},
    {"list: IPv6", "http://[::1]:3000", "example.com", "http://[::1]:3000", true},
    {"list: scheme without default port", "chrome-extension://abcd", "example.com",
     "chrome-extension://abcd", true},
    {"list: host begins the same", "http://a.com", "example.com", "http://a.com.evil", false},
    {"list: null", "https://a.com", "example.com", "null", false},
    {"list: empty", "https://a.com", "example.com", "", false},
};

static void origin_allowed_table(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(origin_rows); i++) {
        const struct origin_row *row = &origin_rows[i];
        struct wsp_authority host;
        if (wsp_authority_parse(&host, wsp_slice_of(row->host)) != WSP_OK)
            fail_msg("%s: host", row->name);
        if (wsp_origin_allowed(row->origins, wsp_slice_of(row->origin), &host) != row->allowed)
            fail_msg("%s", row->name);
    }
    (void)state;
}

/* An IPv6 address and a name of the same letters are two hosts. */
static void origin_ipv6_is_no_name(void **state)
{
    struct wsp_authority host;
    assert_int_equal(wsp_authority_parse(&host, wsp_slice_of("[::1]")), WSP_OK);
    host.ipv6 = false;
    assert_false(wsp_origin_allowed(NULL, wsp_slice_of("http://[::1]"), &host));
    (void)state;
}

static void origins_check_table(void **state)
{
    static const struct {
        const char *list;
        bool valid;
    } rows[] = {
        {NULL, true},
        {"*", true},
        {" *", true},
        {"http://a", true},
        {"http://a,https://b:8080 , ws://[::1]:1", true},
        {"chrome-extension://abcdefgh", true},
        {"http://a,,http://b", true},
        {"", false},
        {",", false},
        {"*,http://a", false},
        {"null", false},
        {"http:/a", false},
        {"http:a", false},
        {"a.com", false},
        {"http://a/", false},
        {"http://a/path", false},
        {"http://*.a.com", false},
        {"http://a:0", false},
        {"http://a:65536", false},
        {"http://a,b", false},
        {"http://a http://b", false},
        {"http://a\r\n", false},
        {"http://a\n,http://b", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (wsp_origins_check(rows[i].list) != rows[i].valid)
            fail_msg("\"%s\"", rows[i].list != NULL ? rows[i].list : "NULL");
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origin_allowed_table),
        cmocka_unit_test(origin_ipv6_is_no_name),
        cmocka_unit_test(origins_check_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
