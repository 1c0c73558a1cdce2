/* A broadcast with compression: one prepared message to members that agreed on different things. */
#include "support/feed.h"
#include "support/testing.h"
#include "support/world.h"

#define MEMBERS 4u

struct fixture {
    struct world server_world, client_world;
    wsp_endpoint *server, *client;
    wsp_group *group;
    wsp_conn *member[MEMBERS], *peer[MEMBERS];
    char text[5000];
};

/* Window bits of the server, and whether its context lives on; 0: no compression. */
static const struct {
    uint8_t bits;
    bool takeover;
} terms[MEMBERS] = {{15, false}, {9, false}, {15, true}, {0, false}};

static wsp_endpoint *endpoint_with_deflate(struct world *w)
{
    struct wsp_config cfg = {.deflate = {.enabled = true}};
    wsp_endpoint *e;
    world_init(w, &cfg);
    assert_int_equal(wsp_endpoint_new(&e, &cfg), WSP_OK);
    return e;
}

static wsp_conn *adopt(wsp_endpoint *e, enum wsp_role role, size_t i)
{
    struct wsp_agreed a = {.role = role};
    struct wsp_event ev;
    wsp_conn *c;
    if (terms[i].bits != 0)
        a.deflate = (struct wsp_deflate_params){true, !terms[i].takeover, true, terms[i].bits, 15};
    assert_int_equal(wsp_adopt_new(&c, e, &a), WSP_OK);
    assert_int_equal(wsp_feed(c, NULL, &ev), WSP_EVENT_OPEN);
    return c;
}

static void begin(struct fixture *f)
{
    f->server = endpoint_with_deflate(&f->server_world);
    f->client = endpoint_with_deflate(&f->client_world);
    assert_int_equal(wsp_group_new(&f->group, f->server), WSP_OK);
    for (size_t i = 0; i < MEMBERS; i++) {
        f->member[i] = adopt(f->server, WSP_SERVER, i);
        f->peer[i] = adopt(f->client, WSP_CLIENT, i);
        assert_int_equal(wsp_group_add(f->group, f->member[i]), WSP_OK);
    }
    for (size_t i = 0; i < sizeof f->text; i++)
        f->text[i] = "{\"price\":12345,\"name\":\"abcdef\"} "[(i * i / 7 + i) % 32];
}

static void end(struct fixture *f)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        wsp_conn_free(f->member[i]);
        wsp_conn_free(f->peer[i]);
    }
    wsp_group_free(f->group);
    world_end(&f->server_world, f->server);
    world_end(&f->client_world, f->client);
}

/* What member i sends reaches its peer as this text; returns the first byte on the wire. */
static unsigned pass(struct fixture *f, size_t i, const char *text, size_t len)
{
    struct blob wire = {0};
    struct wsp_event ev;
    assert_int_equal(wsp_buffered_amount(f->member[i]), len);
    take_output(f->member[i], &wire, SIZE_MAX);
    assert_int_equal(wsp_buffered_amount(f->member[i]), 0);
    unsigned first = wire.data[0];
    struct wsp_input in = {wire.data, wire.len, false, WSP_END_OPEN};
    assert_int_equal(wsp_feed(f->peer[i], &in, &ev), WSP_EVENT_DATA);
    assert_int_equal(ev.data.len, len);
    assert_memory_equal(ev.data.data, text, len);
    assert_int_equal(wsp_feed(f->peer[i], &in, &ev), WSP_EVENT_NONE);
    blob_free(&wire);
    return first;
}

static void broadcast(struct fixture *f, const char *text, size_t len)
{
    struct wsp_group_counts counts;
    wsp_prepared *p;
    assert_int_equal(wsp_prepare(&p, f->server, WSP_TEXT, text, len), WSP_OK);
    assert_int_equal(wsp_group_send(f->group, p, NULL, &counts), MEMBERS);
    wsp_prepared_unref(p);
}

static void deflate_group_each_member_reads_its_variant(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    broadcast(&f, f.text, 300); /* fits 9 bits of window */
    assert_int_equal(pass(&f, 0, f.text, 300), 0xC1);
    assert_int_equal(pass(&f, 1, f.text, 300), 0xC1);
    assert_int_equal(pass(&f, 2, f.text, 300), 0xC1);
    assert_int_equal(pass(&f, 3, f.text, 300), 0x81);
    broadcast(&f, f.text, sizeof f.text); /* does not */
    assert_int_equal(pass(&f, 0, f.text, sizeof f.text), 0xC1);
    assert_int_equal(pass(&f, 1, f.text, sizeof f.text), 0x81);
    assert_int_equal(pass(&f, 2, f.text, sizeof f.text), 0xC1);
    assert_int_equal(pass(&f, 3, f.text, sizeof f.text), 0x81);
    end(&f);
}

/* RFC 7692 7.1.1: own messages between broadcasts refer to nothing that the peer has not. */
static void deflate_group_own_messages_between_stay_readable(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (size_t round = 0; round < 20; round++) {
        size_t len = 100 + round * 200;
        broadcast(&f, f.text, len);
        for (size_t i = 0; i < MEMBERS; i++)
            (void)pass(&f, i, f.text, len);
        for (size_t i = 0; i < MEMBERS; i++) {
            assert_int_equal(wsp_send_text(f.member[i], f.text + round, len / 2), WSP_OK);
            (void)pass(&f, i, f.text + round, len / 2);
        }
    }
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deflate_group_each_member_reads_its_variant),
        cmocka_unit_test(deflate_group_own_messages_between_stay_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
