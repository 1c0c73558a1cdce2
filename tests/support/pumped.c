#include "support/pumped.h"

#include "support/testing.h"

static const uint8_t KEY[4] = {1, 2, 3, 4};

static void on_any(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct pumped *f = user;
    assert_ptr_equal(c, f->conn);
    log_event(&f->log, ev);
}

static void on_error(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)c;
    struct pumped *f = user;
    assert_int_equal(ev->type, WSP_EVENT_CLOSE);
    log_word(&f->log, "ERROR");
}

void pumped_begin_with(struct pumped *f, enum wsp_role role, const struct wsp_limits *limits)
{
    struct wsp_config cfg;
    memset(f, 0, sizeof *f);
    memset(&cfg, 0, sizeof cfg);
    world_init(&f->world, &cfg);
    if (limits != NULL)
        cfg.limits = *limits;
    assert_int_equal(wsp_endpoint_new(&f->endpoint, &cfg), WSP_OK);
    wsp_endpoint_clock(f->endpoint, 0);
    f->conn = world_adopt(f->endpoint, role);
    f->log.opened = true;
    transport_init(&f->t);
    f->listener = (struct wsp_listener){.open = on_any,
                                        .message = on_any,
                                        .error = on_error,
                                        .close = on_any,
                                        .ping = on_any,
                                        .pong = on_any,
                                        .drain = on_any,
                                        .user = f};
}

void pumped_begin(struct pumped *f)
{
    pumped_begin_with(f, WSP_SERVER, NULL);
}

void pumped_end(struct pumped *f)
{
    wsp_conn_free(f->conn);
    world_end(&f->world, f->endpoint);
    transport_free(&f->t);
    log_free(&f->log);
}

int pumped_turn(struct pumped *f)
{
    unsigned before = f->t.reads;
    int bits = wsp_pump(f->conn, &f->t.io, &f->listener);
    assert_true(f->t.reads <= before + 1);
    return bits;
}

void pumped_give(struct pumped *f, uint8_t head, const void *payload, size_t len)
{
    frame_add(&f->t.in, head, payload, len, KEY);
}

void pumped_give_text(struct pumped *f, const char *text)
{
    pumped_give(f, 0x81, text, strlen(text));
}

void pumped_check(struct pumped *f, const char *expected)
{
    if (!log_matches(expected, log_line(&f->log)))
        fail_msg("expected %s, got %s", expected, log_line(&f->log));
}
