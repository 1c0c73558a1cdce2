/* The opening handshake of both roles as conversations: RFC 6455 4 through the runner. */
#include "support/run.h"
#include "support/testing.h"

/* The head of a 101 that was refused is told too. */
#define WRONG_101 "CLOSE(1006 peer HANDSHAKE HTTP 101)"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A256 A64 A64 A64 A64

static const struct run_setup handshake = {.flags = RUN_HANDSHAKE};
static const struct run_setup manual = {.flags = RUN_HANDSHAKE, .config = {.manual_accept = true}};
static const struct run_setup any_origin = {.flags = RUN_HANDSHAKE, .config = {.origins = "*"}};
static const struct run_setup listed_origins = {
    .flags = RUN_HANDSHAKE, .config = {.origins = "https://example.org, http://localhost:3000"}};
static const struct run_setup speaks_chat = {.flags = RUN_HANDSHAKE,
                                             .config = {.protocols = "chat, superchat"}};
static const struct run_setup small_head = {.flags = RUN_HANDSHAKE,
                                            .config = {.limits = {.handshake = 256}}};
static const struct run_setup few_fields = {.flags = RUN_HANDSHAKE,
                                            .config = {.limits = {.headers = 6}}};
static const struct run_setup small_body = {.flags = RUN_HANDSHAKE,
                                            .config = {.limits = {.body = 4}}};
static const struct wsp_target chat_target = {.url = "ws://example.com/chat",
                                              .protocols = "chat, superchat"};
static const struct run_setup asks_chat = {.flags = RUN_HANDSHAKE, .target = &chat_target};

static const struct run_row server[] = {
#include "vectors/server_handshake.inc"
};

static const struct run_row client[] = {
#include "vectors/client_handshake.inc"
};

RUN_TABLE(server_handshake_every_row_same_events, server)
RUN_TABLE(client_handshake_every_row_same_events, client)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_handshake_every_row_same_events),
        cmocka_unit_test(client_handshake_every_row_same_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
