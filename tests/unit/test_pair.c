/* Both roles against each other: whatever the link does to the bytes, the messages are the same. */
#include "support/pair.h"
#include "support/testing.h"

#define SEEDS 200

static uint64_t seeds(void)
{
    return test_subset() ? 10 : SEEDS;
}

static size_t random_len(uint64_t *seed)
{
    static const size_t bounds[] = {1, 10, 130, 1000, 70000};
    return test_random_below(seed, bounds[test_random_below(seed, ARRAY_LEN(bounds))]);
}

/* A message as a sender and a receiver log it. */
static void sent_word(struct log *sent, enum wsp_opcode opcode, const uint8_t *data, size_t len)
{
    log_word(sent, opcode == WSP_TEXT ? "TEXT" : "BIN");
    log_payload(&sent->line, data, len);
}

static void send_one(struct pair *p, int side, struct log *sent)
{
    static uint8_t data[70000];
    size_t len = random_len(&p->seed);
    bool text = test_random_below(&p->seed, 2) == 0;
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(text ? 'a' + test_random_below(&p->seed, 26) : test_random(&p->seed));
    int result = text ? wsp_send_text(p->conn[side], (const char *)data, len)
                      : wsp_send_binary(p->conn[side], data, len);
    assert_int_equal(result, WSP_OK);
    sent_word(sent, text ? WSP_TEXT : WSP_BINARY, data, len);
}

static void send_parts(struct pair *p, int side, struct log *sent)
{
    struct blob whole = {0};
    unsigned parts = 1 + (unsigned)test_random_below(&p->seed, 4);
    for (unsigned i = 1; i <= parts; i++) {
        uint8_t data[300];
        size_t len = test_random_below(&p->seed, sizeof data);
        for (size_t k = 0; k < len; k++)
            data[k] = (uint8_t)test_random(&p->seed);
        blob_add(&whole, data, len);
        assert_int_equal(wsp_send_part(p->conn[side], WSP_BINARY, data, len, i == parts), WSP_OK);
    }
    sent_word(sent, WSP_BINARY, whole.data, whole.len);
    blob_free(&whole);
}

/* Sends at random moments while the link moves bytes at random. */
static void exchange(struct pair *p, struct log sent[2])
{
    for (unsigned i = 0; i < 30; i++) {
        int side = (int)test_random_below(&p->seed, 2);
        if (wsp_ready_state(p->conn[side]) != WSP_OPEN)
            continue;
        if (test_random_below(&p->seed, 4) == 0)
            send_parts(p, side, &sent[side]);
        else
            send_one(p, side, &sent[side]);
        for (size_t turns = test_random_below(&p->seed, 20); turns > 0; turns--)
            (void)pair_turn(p);
    }
}

/* The log of one side without OPEN and CLOSE is what the other has sent. */
static void assert_received(struct log *received, struct log *sent)
{
    const char *line = log_line(received);
    assert_true(strncmp(line, "OPEN", 4) == 0);
    line += line[4] == ' ' ? 5 : 4;
    const char *close = strstr(line, "CLOSE(");
    size_t len = close == NULL ? strlen(line) : (size_t)(close - line);
    while (len > 0 && line[len - 1] == ' ')
        len--;
    assert_int_equal(len, strlen(log_line(sent)));
    assert_memory_equal(line, log_line(sent), len);
}

static void run_seed(uint64_t seed, bool streaming, size_t send_fragment)
{
    struct wsp_config cfg = {.streaming = streaming, .limits = {.send_fragment = send_fragment}};
    struct pair p = {.seed = seed, .split = true};
    struct log sent[2];
    memset(sent, 0, sizeof sent);
    pair_begin(&p, &(struct pair_setup){.server = &cfg, .client = &cfg});
    for (unsigned i = 0; i < 5; i++)
        (void)pair_turn(&p);
    exchange(&p, sent);
    pair_settle(&p);
    assert_int_equal(wsp_ready_state(p.conn[0]), WSP_OPEN);
    assert_int_equal(wsp_ready_state(p.conn[1]), WSP_OPEN);
    assert_int_equal(wsp_buffered_amount(p.conn[0]), 0);
    assert_int_equal(wsp_queued_bytes(p.conn[1]), 0);
    assert_int_equal(wsp_close(p.conn[seed % 2], 1000, "done", 4), WSP_OK);
    pair_settle(&p);
    assert_received(&p.log[0], &sent[1]);
    assert_received(&p.log[1], &sent[0]);
    for (int side = 0; side < 2; side++) {
        assert_true(p.log[side].closed);
        assert_true(p.log[side].close_clean);
        assert_int_equal(p.log[side].close_code, 1000);
        log_free(&sent[side]);
    }
    pair_end(&p);
}

static void pair_split_link_same_messages(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++)
        run_seed(seed, false, 0);
}

static void pair_split_link_streaming_same_messages(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++)
        run_seed(seed * 31, true, 0);
}

static void pair_small_send_fragments_same_messages(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds() / 2; seed++)
        run_seed(seed * 77, seed % 2 == 0, 1 + (size_t)(seed % 40));
}

static void pair_link_dropped_anywhere_one_close_each(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct pair p = {.seed = seed * 1001, .split = true};
        struct log sent[2];
        memset(sent, 0, sizeof sent);
        pair_begin(&p, &(struct pair_setup){.adopted = seed % 2 == 0});
        for (size_t turns = (size_t)(seed % 50); turns > 0; turns--)
            (void)pair_turn(&p);
        exchange(&p, sent);
        if (seed % 5 == 0)
            (void)wsp_close(p.conn[0], 1001, NULL, 0);
        pair_drop(&p);
        pair_settle(&p);
        for (int side = 0; side < 2; side++) {
            assert_true(p.log[side].closed);
            assert_false(p.log[side].close_clean);
            assert_int_equal(p.log[side].close_code, 1006);
            assert_true(p.log[side].close_error == WSP_ERR_IO ||
                        p.log[side].close_error == WSP_ERR_HANDSHAKE);
            log_free(&sent[side]);
        }
        pair_end(&p);
    }
}

static void pair_stalled_link_nothing_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds() / 4 + 1; seed++) {
        struct pair p = {.seed = seed * 5, .split = true};
        struct log sent[2];
        memset(sent, 0, sizeof sent);
        pair_begin(&p, &(struct pair_setup){.adopted = true});
        (void)pair_turn(&p);
        for (unsigned i = 0; i < 6; i++) {
            p.stalled[i % 2] = !p.stalled[i % 2];
            p.full[i % 2] = !p.full[i % 2];
            exchange(&p, sent);
        }
        memset(p.stalled, 0, sizeof p.stalled);
        memset(p.full, 0, sizeof p.full);
        pair_settle(&p);
        assert_received(&p.log[0], &sent[1]);
        assert_received(&p.log[1], &sent[0]);
        log_free(&sent[0]);
        log_free(&sent[1]);
        pair_end(&p);
    }
}

static void pair_both_close_at_once_clean(void **state)
{
    (void)state;
    struct pair p = {.seed = 3};
    pair_begin(&p, &(struct pair_setup){.adopted = true});
    (void)pair_turn(&p);
    assert_int_equal(wsp_close(p.conn[0], 3000, "server", 6), WSP_OK);
    assert_int_equal(wsp_close(p.conn[1], 3001, "client", 6), WSP_OK);
    pair_settle(&p);
    assert_string_equal(log_line(&p.log[0]), "OPEN CLOSE(3001 clean own 'client')");
    assert_string_equal(log_line(&p.log[1]), "OPEN CLOSE(3000 clean own 'server')");
    pair_end(&p);
}

static void pair_idle_hours_keep_alive_holds(void **state)
{
    (void)state;
    struct pair p = {.seed = 9, .split = true};
    pair_begin(&p, &(struct pair_setup){.adopted = false});
    pair_settle(&p);
    for (unsigned i = 0; i < 3600; i++)
        pair_tick(&p, 1000);
    assert_int_equal(wsp_ready_state(p.conn[0]), WSP_OPEN);
    assert_int_equal(wsp_ready_state(p.conn[1]), WSP_OPEN);
    assert_true(p.log[0].pongs + p.log[1].pongs >= 3600 / 60);
    pair_end(&p);
}

static void pair_silent_link_both_time_out(void **state)
{
    (void)state;
    struct pair p = {.seed = 9};
    pair_begin(&p, &(struct pair_setup){.adopted = false});
    pair_settle(&p);
    p.stalled[0] = p.stalled[1] = true;
    for (unsigned i = 0; i < 60 && !(p.log[0].closed && p.log[1].closed); i++)
        pair_tick(&p, 1000);
    assert_int_equal(p.log[0].close_error, WSP_ERR_TIMEOUT);
    assert_int_equal(p.log[1].close_error, WSP_ERR_TIMEOUT);
    assert_true(p.now >= 51000 && p.now <= 53000);
    pair_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pair_split_link_same_messages),
        cmocka_unit_test(pair_split_link_streaming_same_messages),
        cmocka_unit_test(pair_small_send_fragments_same_messages),
        cmocka_unit_test(pair_link_dropped_anywhere_one_close_each),
        cmocka_unit_test(pair_stalled_link_nothing_lost),
        cmocka_unit_test(pair_both_close_at_once_clean),
        cmocka_unit_test(pair_idle_hours_keep_alive_holds),
        cmocka_unit_test(pair_silent_link_both_time_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
