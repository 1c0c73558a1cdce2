/*
 * What the load generator sends to a server and what has to come back, byte for byte.
 *
 * A script is learnt from the server itself: a connection of the library sends each message once,
 * checks the echo as the protocol tells it, and notes the bytes that went both ways. So the load
 * generator frames, masks, inflates and parses nothing while it measures, and still checks all that
 * it gets. Without context takeover a server answers a frame with the same bytes each time.
 */
#ifndef TESTS_BENCH_LOOP_SCRIPT_H
#define TESTS_BENCH_LOOP_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Different messages of a script, and so the most that a connection has outstanding. */
enum { LOOP_MESSAGES = 16 };

/* Message i of the cycle is bytes[at[i]] to bytes[at[i + 1]]. They are there twice, one behind the
 * other: as many as there are lie in one piece from anywhere on. */
struct loop_stream {
    uint8_t *bytes;
    size_t at[2 * LOOP_MESSAGES + 1];
};

struct loop_script {
    size_t message; /* bytes of each, a text */
    struct loop_stream out, in;
    uint8_t *request; /* of the opening handshake */
    size_t request_len;
};

/* False: told on stderr, with the server's name. */
bool loop_script_learn(struct loop_script *s, const char *name, unsigned port, size_t message,
                       bool deflate);
void loop_script_free(struct loop_script *s);

/* A connected socket, or -1. */
int loop_connect(unsigned port);

#endif
