/* Announced lengths: whatever a header says, nothing is allocated by it, and only lengths that may
 * be are taken. */
#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

#define MIB (UINT64_C(1) << 20)
#define ASSEMBLED 1000 /* bytes that a first fragment has brought */

static const uint64_t lengths[] = {
    0,
    1,
    125,
    126,
    127,
    65535,
    65536,
    16 * MIB - ASSEMBLED,
    16 * MIB - ASSEMBLED + 1,
    16 * MIB,
    16 * MIB + 1,
    UINT64_C(0x7FFFFFFF),
    UINT64_C(0x80000000),
    UINT64_C(0xFFFFFFFF),
    UINT64_C(0x100000000),
    UINT64_C(0x100000005),
    UINT64_C(0x7FFFFFFFFFFFFFFF),
    UINT64_C(0x8000000000000000),
    UINT64_C(0xFFFFFFFFFFFFFFFC),
    UINT64_C(0xFFFFFFFFFFFFFFFF),
};

struct header_case {
    enum wsp_role role;
    unsigned form; /* bytes of the length behind the second byte: 0, 2, 8 */
    uint64_t len;
    bool masked, second, unlimited;
};

static size_t header_bytes(uint8_t out[14], const struct header_case *h)
{
    uint64_t small = h->form == 0 ? h->len : h->form == 2 ? 126 : 127;
    out[0] = h->second ? WSP_CONTINUATION : WSP_BINARY; /* no FIN */
    out[1] = (uint8_t)(small | (h->masked ? 0x80 : 0));
    for (unsigned i = 0; i < h->form; i++)
        out[2 + i] = (uint8_t)(h->len >> (8 * (h->form - 1 - i)));
    size_t n = 2 + h->form;
    if (h->masked) {
        memcpy(out + n, "\x01\x02\x03\x04", 4);
        n += 4;
    }
    return n;
}

static bool header_fits(const struct header_case *h)
{
    return h->form == 8 || (h->form == 2 && h->len <= 65535) || (h->form == 0 && h->len <= 125);
}

/* The rules of RFC 6455 5.1 and 5.2 and the limit, written down once more. WSP_OK: taken. */
static int expected_error(const struct header_case *h)
{
    bool shortest =
        h->form == 0 || (h->form == 2 && h->len >= 126) || (h->form == 8 && h->len >= 65536);
    if (h->masked != (h->role == WSP_SERVER) || !shortest || h->len >> 63 != 0)
        return WSP_ERR_PROTOCOL;
    if (!h->unlimited && h->len > 16 * MIB - (h->second ? ASSEMBLED : 0))
        return WSP_ERR_TOO_BIG;
    return WSP_OK;
}

static void check_header(const struct header_case *h)
{
    static const uint8_t body[ASSEMBLED];
    struct wsp_config cfg = {.limits = {.message = h->unlimited ? WSP_NO_LIMIT : 0}};
    struct world w;
    wsp_endpoint *e = NULL;
    uint64_t received = 0;
    uint8_t header[14];
    world_init(&w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    wsp_conn *c = world_adopt(e, h->role);
    w.alloc.base = w.alloc.live;
    w.alloc.received = &received;
    if (h->second) {
        received += ASSEMBLED;
        feed_frame(c, NULL, WSP_BINARY, body, ASSEMBLED);
    }
    size_t n = header_bytes(header, h);
    received += n + 10;
    feed_bytes(c, NULL, header, n);
    if (h->len > 10)
        feed_bytes(c, NULL, "0123456789", 10);
    struct wsp_close_info info;
    wsp_close_info(c, &info);
    int expected = expected_error(h);
    bool cannot_hold = h->unlimited && expected == WSP_OK && info.error == WSP_ERR_TOO_BIG;
    if (info.error != expected && !(cannot_hold && h->len > SIZE_MAX / 8))
        fail_msg("role %d form %u len %llx masked %d second %d: %d, not %d", h->role, h->form,
                 (unsigned long long)h->len, h->masked, h->second, info.error, expected);
    assert_int_equal(info.sent_code, info.error == WSP_OK             ? 0
                                     : info.error == WSP_ERR_PROTOCOL ? 1002
                                                                      : 1009);
    wsp_conn_free(c);
    world_end(&w, e);
}

static void length_every_header_form_only_allowed_taken(void **state)
{
    (void)state;
    static const unsigned forms[] = {0, 2, 8};
    unsigned checked = 0;
    for (size_t i = 0; i < ARRAY_LEN(lengths) * ARRAY_LEN(forms) * 16; i++) {
        struct header_case h = {.role = i & 1 ? WSP_CLIENT : WSP_SERVER,
                                .masked = (i & 2) != 0,
                                .second = (i & 4) != 0,
                                .unlimited = (i & 8) != 0,
                                .form = forms[i / 16 % ARRAY_LEN(forms)],
                                .len = lengths[i / 16 / ARRAY_LEN(forms)]};
        if (header_fits(&h)) {
            check_header(&h);
            checked++;
        }
    }
    assert_true(checked > 400);
}

/* --- huge announcements that trickle in ------------------------------------------------------- */

struct trickle {
    struct world w;
    wsp_endpoint *e;
    wsp_conn *c;
    uint64_t received, seed;
    bool space;
};

static void trickle_begin(struct trickle *t, enum wsp_role role, bool streaming)
{
    struct wsp_config cfg = {.limits = {.message = WSP_NO_LIMIT}, .streaming = streaming};
    world_init(&t->w, &cfg);
    assert_int_equal(wsp_endpoint_new(&t->e, &cfg), WSP_OK);
    t->c = world_adopt(t->e, role);
    t->w.alloc.base = t->w.alloc.live;
    t->w.alloc.received = &t->received;
}

static void trickle_piece(struct trickle *t, size_t len)
{
    static uint8_t data[5000];
    struct wsp_event ev;
    uint8_t *at = NULL;
    size_t room = t->space ? wsp_recv_space(t->c, &at) : 0;
    if (room == 0)
        at = data;
    else if (room < len)
        len = room;
    memset(at, 'x', len);
    t->received += len;
    struct wsp_input in = {.data = at, .len = len, .read_only = t->seed % 2 == 0};
    while (wsp_feed(t->c, &in, &ev) != WSP_EVENT_NONE)
        assert_int_equal(ev.type, WSP_EVENT_DATA);
    assert_int_equal(in.len, 0);
}

static void trickle_end(struct trickle *t)
{
    assert_int_equal(wsp_ready_state(t->c), WSP_OPEN);
    wsp_conn_free(t->c);
    world_end(&t->w, t->e);
}

static void announce(struct trickle *t, enum wsp_role role, uint64_t len)
{
    struct header_case h = {.role = role, .form = 8, .len = len, .masked = role == WSP_SERVER};
    uint8_t header[14];
    size_t n = header_bytes(header, &h);
    t->received += n;
    feed_bytes(t->c, NULL, header, n);
}

/* A length from which nothing may be allocated ahead. A whole message must be addressable, though:
 * WSP_ERR_TOO_BIG otherwise. */
static uint64_t huge(bool streaming)
{
    uint64_t len = (UINT64_C(1) << 40) + 5;
    return streaming || len < SIZE_MAX / 8 ? len : SIZE_MAX / 8;
}

static void trickle_run(enum wsp_role role, bool streaming, bool space)
{
    struct trickle t = {.seed = 1 + (uint64_t)role, .space = space};
    trickle_begin(&t, role, streaming);
    announce(&t, role, huge(streaming));
    size_t total = test_subset() ? 100000 : 3000000;
    while (t.received < total)
        trickle_piece(&t, 1 + test_random_below(&t.seed, 5000));
    trickle_end(&t);
}

static void trickle_huge_frame_memory_follows_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++)
        trickle_run((i & 1) != 0 ? WSP_CLIENT : WSP_SERVER, (i & 2) != 0, (i & 4) != 0);
}

static void trickle_byte_by_byte_memory_follows_bytes(void **state)
{
    (void)state;
    struct trickle t = {.seed = 7};
    trickle_begin(&t, WSP_SERVER, false);
    announce(&t, WSP_SERVER, huge(false));
    while (t.received < 200000)
        trickle_piece(&t, 1);
    trickle_end(&t);
}

static void trickle_many_announcements_cost_nothing(void **state)
{
    (void)state;
    struct world w;
    wsp_endpoint *e = world_endpoint(&w);
    enum { COUNT = 1000 };
    static wsp_conn *conns[COUNT];
    uint64_t received = 0;
    for (size_t i = 0; i < COUNT; i++)
        conns[i] = world_adopt(e, WSP_CLIENT);
    w.alloc.base = w.alloc.live;
    w.alloc.received = &received;
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t header[] = {0x82, 0x7F, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF};
        received += sizeof header;
        feed_bytes(conns[i], NULL, header, sizeof header);
    }
    assert_true(w.alloc.live - w.alloc.base <= 65536);
    for (size_t i = 0; i < COUNT; i++)
        wsp_conn_free(conns[i]);
    world_end(&w, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length_every_header_form_only_allowed_taken),
        cmocka_unit_test(trickle_huge_frame_memory_follows_bytes),
        cmocka_unit_test(trickle_byte_by_byte_memory_follows_bytes),
        cmocka_unit_test(trickle_many_announcements_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
