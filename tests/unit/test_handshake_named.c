/* handshake_named: the fields of a head that the handshake asks for. */
#include "support/testing.h"

#include "conn/handshake_named.h"
#include "support/guard.h"

#define FIELDS 8

static const char *const names[WSP_NAMES] = {
    "Host",
    "Origin",
    "Upgrade",
    "Connection",
    "Content-Length",
    "Transfer-Encoding",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
};

struct fields {
    struct wsp_header at[FIELDS];
    struct wsp_head head;
};

static void add(struct fields *f, const void *name, size_t len)
{
    struct wsp_header *h = &f->at[f->head.header_count++];
    f->head.headers = f->at;
    h->name = (struct wsp_slice){name, len};
    h->value = (struct wsp_slice){NULL, 0};
}

static void find(struct wsp_named *n, const struct fields *f)
{
    memset(n, 0xA5, sizeof *n);
    wsp_named_find(n, &f->head);
}

static void expect_only(const struct wsp_named *n, enum wsp_name name, const struct wsp_header *at)
{
    for (int i = 0; i < WSP_NAMES; i++) {
        bool repeated;
        const struct wsp_header *found = wsp_named_single(n, (enum wsp_name)i, &repeated);
        assert_ptr_equal(found, i == (int)name ? at : NULL);
        assert_false(repeated);
    }
}

static uint8_t other_case(uint8_t byte)
{
    uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'z' ? byte ^ 0x20 : byte;
}

static void named_every_name_in_any_case_found(void **state)
{
    (void)state;
    struct guard *g = guard_new(32);
    for (int i = 0; i < WSP_NAMES; i++) {
        size_t len = strlen(names[i]);
        uint8_t *name = guard_at_end(g, names[i], len);
        for (size_t changed = 0; changed <= len; changed++) {
            struct fields f = {.head = {0}};
            struct wsp_named n;
            add(&f, "X", 1);
            add(&f, name, len);
            find(&n, &f);
            expect_only(&n, (enum wsp_name)i, &f.at[1]);
            if (changed < len)
                name[changed] = other_case(name[changed]);
        }
    }
    guard_free(g);
}

static bool token(uint8_t byte)
{
    uint8_t lower = byte | 0x20;
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') ||
           (byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

/* The name with every other byte in one place that a token may have there. */
static void change_byte(enum wsp_name which, uint8_t *name, size_t len, size_t at)
{
    uint8_t old = name[at];
    for (unsigned byte = 0; byte < 256; byte++) {
        struct fields f = {.head = {0}};
        struct wsp_named n;
        bool same = byte == old || byte == other_case(old);
        if (!token((uint8_t)byte))
            continue;
        name[at] = (uint8_t)byte;
        add(&f, name, len);
        find(&n, &f);
        expect_only(&n, same ? which : WSP_NAMES, &f.at[0]);
    }
    name[at] = old;
}

static void named_one_byte_another_or_length_not_found(void **state)
{
    (void)state;
    for (int i = 0; i < WSP_NAMES; i++) {
        uint8_t name[32];
        size_t len = strlen(names[i]);
        struct wsp_named n;
        memcpy(name, names[i], len + 1);
        for (size_t at = 0; at < len; at++)
            change_byte((enum wsp_name)i, name, len, at);
        struct fields f = {.head = {0}};
        name[len] = 's';
        add(&f, name, len + 1);
        add(&f, name, len - 1);
        add(&f, name, 0);
        find(&n, &f);
        expect_only(&n, WSP_NAMES, NULL);
    }
}

static void named_repeated_told_and_walked_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < WSP_NAMES; i++) {
        enum wsp_name name = (enum wsp_name)i;
        size_t len = strlen(names[i]);
        struct fields f = {.head = {0}};
        struct wsp_named n;
        bool repeated;
        add(&f, names[i], len);
        add(&f, "Cookie", 6);
        add(&f, names[i], len);
        add(&f, names[i], len);
        add(&f, "Cookie", 6);
        find(&n, &f);
        assert_ptr_equal(wsp_named_first(&n, name), &f.at[0]);
        assert_null(wsp_named_single(&n, name, &repeated));
        assert_true(repeated);
        assert_int_equal(n.repeated, 1u << i);
        assert_ptr_equal(wsp_named_next(&n, name, &f.head, &f.at[0]), &f.at[2]);
        assert_ptr_equal(wsp_named_next(&n, name, &f.head, &f.at[2]), &f.at[3]);
        assert_null(wsp_named_next(&n, name, &f.head, &f.at[3]));
    }
}

static void named_of_no_field_none(void **state)
{
    (void)state;
    struct fields f = {.head = {0}};
    struct wsp_named n;
    find(&n, &f);
    expect_only(&n, WSP_NAMES, NULL);
    add(&f, "Host", 4);
    find(&n, &f);
    assert_null(wsp_named_next(&n, WSP_NAME_HOST, &f.head, &f.at[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_every_name_in_any_case_found),
        cmocka_unit_test(named_one_byte_another_or_length_not_found),
        cmocka_unit_test(named_repeated_told_and_walked_in_order),
        cmocka_unit_test(named_of_no_field_none),
    };
    return cmocka_run_group_tests_name("handshake_named", tests, NULL, NULL);
}
