/* http_lines: what the vectors find is what the parser that names rules finds.
 * SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include "codec/http.h"
#include "codec/http_field.h"
#include "support/guard.h"

enum { FIELDS_MAX = 8, TEXT_MAX = 512 };

struct parsed {
    int result;
    struct wsp_head head;
    struct wsp_header headers[FIELDS_MAX];
};

static void parse(struct parsed *p, const uint8_t *buf, size_t len, unsigned cpu)
{
    memset(p, 0, sizeof *p);
    p->head.headers = p->headers;
    p->head.max_headers = FIELDS_MAX;
    p->result = wsp_request_parse_by(&p->head, buf, len, cpu);
}

static bool same_slice(struct wsp_slice a, struct wsp_slice b)
{
    return a.len == b.len && a.data == b.data;
}

static void expect_same(const struct parsed *a, const struct parsed *b)
{
    assert_int_equal(a->result, b->result);
    assert_int_equal(a->head.status, b->head.status);
    assert_ptr_equal(a->head.rule, b->head.rule);
    assert_int_equal(a->head.scanned, b->head.scanned);
    assert_int_equal(a->head.header_count, b->head.header_count);
    for (size_t i = 0; i < a->head.header_count; i++) {
        assert_true(same_slice(a->headers[i].name, b->headers[i].name));
        assert_true(same_slice(a->headers[i].value, b->headers[i].value));
    }
}

/* The kernels that this processor has, one bit each. */
static unsigned kernels(unsigned out[2])
{
    static const unsigned kinds[] = {WSP_CPU_AVX2, WSP_CPU_AVX512};
    unsigned features = wsp_cpu_features();
    unsigned n = 0;
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
        if (features & kinds[i])
            out[n++] = kinds[i];
    return n;
}

static void expect_all_same(const uint8_t *buf, size_t len)
{
    struct parsed slow, fast;
    unsigned kinds[2];
    unsigned n = kernels(kinds);
    parse(&slow, buf, len, 0);
    for (unsigned i = 0; i < n; i++) {
        parse(&fast, buf, len, kinds[i]);
        expect_same(&slow, &fast);
    }
}

/* Does every kernel take it, without the other's help? */
static bool all_take(const uint8_t *buf, size_t len, size_t max_headers, size_t *hosts)
{
    bool all = true;
    size_t from = (size_t)((const uint8_t *)memchr(buf, '\n', len) - buf) + 1;
    struct wsp_slice text = {buf, len};
    struct parsed p = {.head = {.headers = p.headers, .max_headers = max_headers}};
    (void)text;
    (void)from;
    (void)p;
#if WSP_SIMD_X86
    unsigned features = wsp_cpu_features();
    if (features & WSP_CPU_AVX2)
        all = all && wsp_fields_avx2(&p.head, text, from, hosts) == (int)len;
    if (features & WSP_CPU_AVX512)
        all = all && wsp_fields_avx512(&p.head, text, from, hosts) == (int)len;
#endif
    if (kernels((unsigned[2]){0}) == 0)
        *hosts = 1;
    return all;
}

struct text {
    uint8_t bytes[TEXT_MAX];
    size_t len;
};

static void add(struct text *t, const char *z)
{
    memcpy(t->bytes + t->len, z, strlen(z));
    t->len += strlen(z);
}

static void add_run(struct text *t, char byte, size_t len)
{
    memset(t->bytes + t->len, byte, len);
    t->len += len;
}

/* A request whose second line has a name and a value of these lengths. */
static void request(struct text *t, size_t name, size_t value)
{
    t->len = 0;
    add(t, "GET / HTTP/1.1\r\nHost: a.example\r\n");
    add_run(t, 'n', name);
    add(t, ": ");
    add_run(t, 'v', value);
    add(t, "\r\nOrigin: http://a.example\r\nAccept-Encoding: gzip, deflate\r\n");
    add(t, "User-Agent: a block and more of it behind the line that varies, so that\r\n\r\n");
}

/* So every line begins and ends at every place of a block, and of the last one. */
static void lines_of_every_length_are_found(void **state)
{
    struct guard *g = guard_new(TEXT_MAX);
    struct text t;
    size_t hosts;
    (void)state;
    for (size_t name = 1; name < 135; name++) {
        for (size_t value = 1; value < 135; value += test_subset() ? 9 : 1) {
            request(&t, name, value);
            const uint8_t *buf = guard_at_end(g, t.bytes, t.len);
            expect_all_same(buf, t.len);
            assert_true(name > 63 || all_take(buf, t.len, FIELDS_MAX, &hosts));
            assert_true(name > 63 || hosts == 1);
        }
    }
    guard_free(g);
}

static void every_byte_at_every_place_is_judged_alike(void **state)
{
    struct guard *g = guard_new(TEXT_MAX);
    struct text t;
    (void)state;
    request(&t, 20, 50);
    uint8_t *buf = guard_at_end(g, t.bytes, t.len);
    for (size_t at = 0; at < t.len; at++) {
        for (unsigned byte = 0; byte < 256; byte += test_subset() ? 7 : 1) {
            buf[at] = (uint8_t)byte;
            expect_all_same(buf, t.len);
        }
        buf[at] = t.bytes[at];
    }
    guard_free(g);
}

static void two_bytes_at_every_place_are_judged_alike(void **state)
{
    static const char kinds[] = "\r\n\t :a\0\x7F\x80";
    struct guard *g = guard_new(TEXT_MAX);
    struct text t;
    (void)state;
    request(&t, 20, 50);
    uint8_t *buf = guard_at_end(g, t.bytes, t.len);
    for (size_t at = 16; at + 1 < t.len; at++) {
        for (size_t i = 0; i < sizeof kinds; i++) {
            for (size_t k = 0; k < sizeof kinds; k++) {
                buf[at] = (uint8_t)kinds[i];
                buf[at + 1] = (uint8_t)kinds[k];
                expect_all_same(buf, t.len);
            }
        }
        memcpy(buf + at, t.bytes + at, 2);
    }
    guard_free(g);
}

static void a_head_that_is_cut_is_waited_for(void **state)
{
    struct guard *g = guard_new(TEXT_MAX);
    struct text t;
    (void)state;
    for (size_t value = 1; value < 70; value++) {
        request(&t, 20, value);
        for (size_t len = 0; len < t.len; len++)
            expect_all_same(guard_at_end(g, t.bytes, len), len);
    }
    guard_free(g);
}

/* The last block must not begin before the text. */
static void a_short_head_is_not_left(void **state)
{
    struct guard *g = guard_new(TEXT_MAX);
    struct text t = {.len = 0};
    (void)state;
    add(&t, "GET / HTTP/1.1\r\nHost: a.example\r\n");
    for (size_t name = 1; name < 50; name++) {
        size_t len = t.len;
        add_run(&t, 'n', name);
        add(&t, ":v\r\n\r\n");
        expect_all_same(guard_at_start(g, t.bytes, t.len), t.len);
        t.len = len;
    }
    guard_free(g);
}

/* What follows a head is of no concern. */
static void a_head_ends_before_what_follows(void **state)
{
    struct guard *g = guard_new(TEXT_MAX);
    struct text t;
    (void)state;
    for (size_t value = 1; value < 70; value++) {
        request(&t, 20, value);
        size_t len = t.len;
        for (size_t more = 0; more < 70; more++) {
            const uint8_t *buf = guard_at_end(g, t.bytes, t.len);
            struct parsed p;
            parse(&p, buf, t.len, wsp_cpu_features());
            assert_int_equal(p.result, len);
            expect_all_same(buf, t.len);
            add_run(&t, "\r\n\x81:"[more % 4], 1);
        }
    }
    guard_free(g);
}

static void fields_up_to_the_most_are_taken(void **state)
{
    struct text t = {.len = 0};
    size_t hosts;
    (void)state;
    add(&t, "GET / HTTP/1.1\r\n");
    for (size_t i = 0; i < FIELDS_MAX; i++)
        add(&t, "Field-Name: a value\r\n");
    add(&t, "\r\n");
    expect_all_same(t.bytes, t.len);
    assert_true(all_take(t.bytes, t.len, FIELDS_MAX, &hosts));
    t.len -= 2;
    add(&t, "Field-Name: a value\r\n\r\n");
    struct parsed p;
    parse(&p, t.bytes, t.len, wsp_cpu_features());
    assert_int_equal(p.result, WSP_ERR_TOO_BIG);
    expect_all_same(t.bytes, t.len);
}

static void no_room_for_a_field_needs_no_array(void **state)
{
    struct text t = {.len = 0};
    unsigned kinds[3] = {0};
    unsigned n = 1 + kernels(kinds + 1);
    (void)state;
    add(&t, "GET / HTTP/1.1\r\n");
    add_run(&t, 'n', 80);
    add(&t, ": a value\r\n\r\n");
    for (unsigned i = 0; i < n; i++) {
        struct wsp_head h = {.headers = NULL};
        assert_int_equal(wsp_request_parse_by(&h, t.bytes, t.len, kinds[i]), WSP_ERR_TOO_BIG);
    }
}

static void hosts_of_any_spelling_are_counted(void **state)
{
    struct text t = {.len = 0};
    struct parsed p;
    (void)state;
    add(&t, "GET / HTTP/1.1\r\nHost: a.example\r\nhOsT: b.example\r\nHos: c\r\nHosts: d\r\n\r\n");
    parse(&p, t.bytes, t.len, wsp_cpu_features());
    assert_int_equal(p.result, WSP_ERR_SYNTAX);
    assert_string_equal(p.head.rule, "RFC 9112 3.2: more than one Host");
    expect_all_same(t.bytes, t.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_every_length_are_found),
        cmocka_unit_test(every_byte_at_every_place_is_judged_alike),
        cmocka_unit_test(two_bytes_at_every_place_are_judged_alike),
        cmocka_unit_test(a_head_that_is_cut_is_waited_for),
        cmocka_unit_test(a_short_head_is_not_left),
        cmocka_unit_test(a_head_ends_before_what_follows),
        cmocka_unit_test(fields_up_to_the_most_are_taken),
        cmocka_unit_test(no_room_for_a_field_needs_no_array),
        cmocka_unit_test(hosts_of_any_spelling_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
