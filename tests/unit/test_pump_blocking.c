/* The pump over a transport that blocks: both roles, each in its thread, over a socket pair. */
#define _DEFAULT_SOURCE
#include "support/testing.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static ptrdiff_t read_fd(void *ctx, void *buf, size_t len)
{
    return recv(*(int *)ctx, buf, len, 0);
}

static ptrdiff_t write_fd(void *ctx, const void *buf, size_t len)
{
    return send(*(int *)ctx, buf, len, MSG_NOSIGNAL);
}

static void shutdown_fd(void *ctx)
{
    (void)shutdown(*(int *)ctx, SHUT_WR);
}

static void echo(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)user;
    if (ev->opcode == WSP_TEXT)
        (void)wsp_send_text(c, (const char *)ev->data.data, ev->data.len);
    else
        (void)wsp_send_binary(c, ev->data.data, ev->data.len);
}

static void keep_clean(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)c;
    *(bool *)user = ev->clean;
}

/* A socket pair's other side: cmocka's checks are not for threads. */
static void *serve(void *arg)
{
    int fd = *(int *)arg;
    static bool clean;
    struct wsp_listener on_close = {.close = keep_clean, .user = &clean};
    struct wsp_listener listeners = {.message = echo, .next = &on_close};
    struct wsp_io io = {read_fd, write_fd, NULL, shutdown_fd, &fd};
    wsp_endpoint *e = NULL;
    wsp_conn *c = NULL;
    clean = false;
    if (wsp_endpoint_new(&e, NULL) == WSP_OK && wsp_server_new(&c, e) == WSP_OK) {
        while (wsp_pump(c, &io, &listeners) > 0)
            continue;
    }
    wsp_conn_free(c);
    wsp_endpoint_free(e);
    close(fd);
    return &clean;
}

/* Sends messages of growing length, each when the one before has come back. */
struct talker {
    unsigned next, wrong;
    bool clean;
};

static const size_t lens[] = {0, 1, 125, 126, 65535, 65536, 300000};

static void talk(wsp_conn *c, struct talker *t)
{
    static uint8_t data[300000];
    if (t->next < ARRAY_LEN(lens))
        assert_int_equal(wsp_send_binary(c, data, lens[t->next]), WSP_OK);
    else
        assert_int_equal(wsp_close(c, 4001, "enough", 6), WSP_OK);
}

static void talker_open(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)ev;
    talk(c, user);
}

static void talker_message(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    struct talker *t = user;
    t->wrong += ev->data.len != lens[t->next];
    t->next++;
    talk(c, t);
}

static void talker_close(wsp_conn *c, const struct wsp_event *ev, void *user)
{
    (void)c;
    struct talker *t = user;
    t->clean = ev->clean && ev->code == 4001;
}

static void pump_over_a_blocking_socketpair_echoes(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    struct timeval limit = {20, 0}; /* then recv fails, and with it the test */
    for (int i = 0; i < 2; i++)
        assert_int_equal(setsockopt(fd[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, serve, &fd[0]), 0);

    struct talker t = {0};
    struct wsp_listener l = {
        .open = talker_open, .message = talker_message, .close = talker_close, .user = &t};
    struct wsp_io io = {read_fd, write_fd, NULL, shutdown_fd, &fd[1]};
    wsp_endpoint *e = NULL;
    wsp_conn *c = NULL;
    assert_int_equal(wsp_endpoint_new(&e, NULL), WSP_OK);
    assert_int_equal(wsp_client_new(&c, e, &(struct wsp_target){.url = "ws://pair/"}), WSP_OK);
    while (wsp_pump(c, &io, &l) > 0)
        continue;
    wsp_conn_free(c);
    wsp_endpoint_free(e);
    close(fd[1]);
    void *clean = NULL;
    assert_int_equal(pthread_join(thread, &clean), 0);
    assert_true(*(bool *)clean);
    assert_true(t.clean);
    assert_int_equal(t.next, ARRAY_LEN(lens));
    assert_int_equal(t.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pump_over_a_blocking_socketpair_echoes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
