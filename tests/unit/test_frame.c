#include "codec/frame.h"
#include "support/guard.h"
#include "support/testing.h"

/* lessons.md 1: the lengths at which arithmetic goes wrong */
static const uint64_t lengths[] = {0,
                                   1,
                                   125,
                                   126,
                                   65535,
                                   65536,
                                   UINT64_C(0x7FFFFFFF),
                                   UINT64_C(0x80000000),
                                   UINT64_C(0xFFFFFFFF),
                                   UINT64_C(0x100000000),
                                   UINT64_C(0x100000005),
                                   UINT64_C(0x7FFFFFFFFFFFFFFF),
                                   UINT64_C(0x8000000000000000),
                                   UINT64_C(0xFFFFFFFFFFFFFFFC),
                                   UINT64_C(0xFFFFFFFFFFFFFFFF)};

static const uint8_t key[4] = {0xDE, 0xAD, 0xBE, 0xEF};

/* How the length is written: in 7, 16 or 64 bits */
enum form { LEN7, LEN16, LEN64, FORMS };

struct header {
    unsigned first; /* byte 0 */
    enum form form;
    uint64_t len;
    bool masked;
};

static const uint64_t form_max[FORMS] = {125, 65535, UINT64_MAX};
static const uint64_t form_min[FORMS] = {0, 126, 65536};

/* A header in this form, right or wrong. Returns its size. */
static size_t build(uint8_t out[WSP_FRAME_HEADER_MAX], const struct header *h)
{
    static const unsigned extra[FORMS] = {0, 2, 8};
    unsigned mark = h->form == LEN7 ? (unsigned)h->len : h->form == LEN16 ? 126 : 127;
    size_t n = 0;
    out[n++] = (uint8_t)h->first;
    out[n++] = (uint8_t)(mark | (h->masked ? 0x80u : 0));
    for (unsigned i = 0; i < 8; i++) {
        if (i >= 8 - extra[h->form])
            out[n++] = (uint8_t)(h->len >> 8 * (7 - i));
    }
    for (size_t i = 0; i < 4 && h->masked; i++)
        out[n++] = key[i];
    return n;
}

/* The naive twin: the section whose rule the first two bytes break, or NULL */
static const char *naive_start(unsigned first, unsigned second)
{
    static const unsigned known[] = {0, 1, 2, 8, 9, 10};
    unsigned opcode = first % 16;
    bool found = false;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        found = found || known[i] == opcode;
    if (!found)
        return "5.2: opcode";
    if (opcode >= 8 && first < 128)
        return "5.5: control frame is fragmented";
    if (opcode >= 8 && second % 128 > 125)
        return "5.5: control frame is longer";
    return NULL;
}

static const char *naive_length(const struct header *h)
{
    if (h->len >> 63)
        return "5.2: 64-bit length has its top bit set";
    if (h->len < form_min[h->form])
        return h->form == LEN16 ? "5.2: 16-bit length is not" : "5.2: 64-bit length is not";
    return NULL;
}

static void expect_rule(const struct wsp_frame *f, const char *rule)
{
    if (rule == NULL) {
        assert_null(f->rule);
        return;
    }
    assert_non_null(f->rule);
    if (strncmp(f->rule, "RFC 6455 ", 9) != 0 || strncmp(f->rule + 9, rule, strlen(rule)) != 0)
        fail_msg("\"%s\" instead of \"%s\"", f->rule, rule);
}

/* Whole, with bytes behind it, and cut at every place, each against a guard page. */
static void parse_all_cuts(struct guard *g, const struct header *h)
{
    uint8_t bytes[WSP_FRAME_HEADER_MAX + 2] = {0};
    size_t size = build(bytes, h);
    const char *start = naive_start(h->first, bytes[1]);
    const char *rule = start != NULL ? start : naive_length(h);
    for (size_t n = 0; n <= size + 2; n++) {
        struct wsp_frame f;
        memset(&f, 0x5A, sizeof f);
        int r = wsp_frame_parse(&f, guard_at_end(g, bytes, n), n);
        const char *now = n < 2 ? NULL : n < size ? start : rule;
        expect_rule(&f, now);
        assert_int_equal(r, now != NULL ? WSP_ERR_PROTOCOL : n < size ? 0 : (int)size);
        if (r <= 0)
            continue;
        assert_true(f.payload_len == h->len);
        assert_int_equal(f.opcode, h->first & 15);
        assert_int_equal(f.fin, h->first >> 7);
        assert_int_equal(f.rsv, h->first >> 4 & 7);
        assert_int_equal(f.masked, h->masked);
        if (h->masked)
            assert_memory_equal(f.key, key, 4);
    }
}

static void frame_every_form_and_length_is_parsed_or_refused(void **unused)
{
    (void)unused;
    struct guard *g = guard_new(64);
    for (unsigned first = 0; first < 256; first++) {
        for (size_t i = 0; i < ARRAY_LEN(lengths) * FORMS * 2; i++) {
            struct header h = {first, (enum form)(i / 2 % FORMS), lengths[i / 2 / FORMS], i % 2};
            if (h.len <= form_max[h.form])
                parse_all_cuts(g, &h);
        }
    }
    guard_free(g);
}

/* The rules that depend on the receiver, from the struct's fields */
static const char *naive_check(const struct wsp_frame *f, enum wsp_role receiver, unsigned allowed,
                               bool in_message)
{
    bool control = f->opcode == WSP_CLOSE || f->opcode == WSP_PING || f->opcode == WSP_PONG;
    if (receiver == WSP_SERVER && !f->masked)
        return "5.1: frame from client is not masked";
    if (receiver == WSP_CLIENT && f->masked)
        return "5.1: frame from server is masked";
    for (unsigned bit = 1; bit <= 4; bit *= 2) {
        if ((f->rsv & bit) != 0 && (allowed & bit) == 0)
            return "5.2: reserved bit";
    }
    if (!control && in_message != (f->opcode == WSP_CONTINUATION))
        return in_message ? "5.4: message begins" : "5.4: continuation without";
    return NULL;
}

static void check_all(const struct wsp_frame *parsed)
{
    for (unsigned i = 0; i < 2 * 8 * 2; i++) {
        struct wsp_frame f = *parsed;
        enum wsp_role receiver = i % 2 ? WSP_CLIENT : WSP_SERVER;
        uint8_t allowed = (uint8_t)(i / 2 % 8);
        bool in_message = i >= 16;
        const char *rule = naive_check(&f, receiver, allowed, in_message);
        f.rule = "old";
        int r = wsp_frame_check(&f, receiver, allowed, in_message);
        assert_int_equal(r, rule == NULL ? WSP_OK : WSP_ERR_PROTOCOL);
        expect_rule(&f, rule);
    }
}

/* Each first two bytes, 126 and 127 with a length that needs them; then every receiver. */
static void frame_every_byte_pair_matches_twin(void **unused)
{
    (void)unused;
    for (unsigned n = 0; n < 65536; n++) {
        unsigned mark = n & 127;
        uint8_t bytes[WSP_FRAME_HEADER_MAX] = {(uint8_t)(n >> 8), (uint8_t)n};
        if (mark == 126)
            bytes[3] = 126;
        if (mark == 127)
            bytes[7] = 1;
        struct wsp_frame f;
        const char *rule = naive_start(n >> 8, n & 255);
        int r = wsp_frame_parse(&f, bytes, sizeof bytes);
        expect_rule(&f, rule);
        if (rule != NULL) {
            assert_int_equal(r, WSP_ERR_PROTOCOL);
            continue;
        }
        size_t size = 2 + (mark == 126 ? 2u : 0) + (mark == 127 ? 8u : 0) + (n & 128 ? 4u : 0);
        assert_int_equal(r, size);
        assert_int_equal(wsp_frame_header_size((uint8_t)n), size);
        assert_true(f.payload_len == (mark == 127 ? 65536 : mark));
        check_all(&f);
    }
}

/* A length is refused before role and place are looked at, or kept exact. */
static void frame_every_length_is_checked_for_both_roles(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(lengths) * FORMS * 4; i++) {
        struct header h = {i % 2 ? 0x82 : 0x80, (enum form)(i / 4 % FORMS), lengths[i / 4 / FORMS],
                           i / 2 % 2};
        uint8_t bytes[WSP_FRAME_HEADER_MAX];
        if (h.len > form_max[h.form])
            continue;
        size_t size = build(bytes, &h);
        struct wsp_frame f;
        if (wsp_frame_parse(&f, bytes, size) < 0)
            continue;
        check_all(&f);
        assert_true(f.payload_len == h.len);
    }
}

static void frame_written_header_parses_back(void **unused)
{
    (void)unused;
    static const enum wsp_opcode opcodes[] = {WSP_CONTINUATION, WSP_TEXT, WSP_BINARY,
                                              WSP_CLOSE,        WSP_PING, WSP_PONG};
    /* as a caller gets it that cannot inline it */
    size_t (*volatile called)(uint8_t *, const struct wsp_frame *) = wsp_frame_write;
    for (size_t i = 0; i < ARRAY_LEN(lengths) * ARRAY_LEN(opcodes) * 32; i++) {
        struct wsp_frame f = {.payload_len = lengths[i / 32 / ARRAY_LEN(opcodes)],
                              .opcode = opcodes[i / 32 % ARRAY_LEN(opcodes)],
                              .fin = i % 2,
                              .masked = i / 2 % 2,
                              .rsv = (uint8_t)(i / 4 % 8),
                              .rule = "not read"};
        memcpy(f.key, key, 4);
        bool control = wsp_frame_is_control(f.opcode);
        if (f.payload_len >> 63 || (control && (f.payload_len > 125 || !f.fin)))
            continue;
        enum form form = f.payload_len < 126 ? LEN7 : f.payload_len < 65536 ? LEN16 : LEN64;
        unsigned first = (f.fin ? 128u : 0) | (unsigned)f.rsv << 4 | (unsigned)f.opcode;
        struct header h = {first, form, f.payload_len, f.masked};
        uint8_t out[WSP_FRAME_HEADER_MAX + 1], want[WSP_FRAME_HEADER_MAX + 1];
        memset(out, 0xEE, sizeof out);
        memset(want, 0xEE, sizeof want);
        size_t size = build(want, &h);
        assert_int_equal(wsp_frame_write(out, &f), size);
        assert_memory_equal(out, want, sizeof out);
        memset(out, 0xEE, sizeof out);
        assert_int_equal(called(out, &f), size);
        assert_memory_equal(out, want, sizeof out);
        struct wsp_frame back;
        assert_int_equal(wsp_frame_parse(&back, out, size), size);
        assert_true(back.payload_len == f.payload_len);
    }
}

/* RFC 6455 5.7: the examples */
static void frame_rfc_examples_are_parsed(void **unused)
{
    (void)unused;
    struct wsp_frame f;
    assert_int_equal(wsp_frame_parse(&f, (const uint8_t *)"\x81\x05Hello", 7), 2);
    assert_int_equal(f.opcode, WSP_TEXT);
    assert_true(f.payload_len == 5);
    assert_int_equal(wsp_frame_parse(&f, (const uint8_t *)"\x81\x85\x37\xFA\x21\x3D", 6), 6);
    assert_memory_equal(f.key, "\x37\xFA\x21\x3D", 4);
    assert_int_equal(wsp_frame_parse(&f, (const uint8_t *)"\x82\x7E\x01\x00", 4), 4);
    assert_true(f.payload_len == 256);
    assert_int_equal(wsp_frame_parse(&f, (const uint8_t *)"\x82\x7F\0\0\0\0\0\x01\0\0", 10), 10);
    assert_true(f.payload_len == 65536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_every_form_and_length_is_parsed_or_refused),
        cmocka_unit_test(frame_every_byte_pair_matches_twin),
        cmocka_unit_test(frame_every_length_is_checked_for_both_roles),
        cmocka_unit_test(frame_written_header_parses_back),
        cmocka_unit_test(frame_rfc_examples_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
