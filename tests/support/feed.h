/* Short ways to give a connection frames and to take what it sends. */
#ifndef TESTS_SUPPORT_FEED_H
#define TESTS_SUPPORT_FEED_H

#include "support/log.h"
#include "wsproto.h"

/* Feeds bytes, logging every event; log may be NULL. The bytes are copied first. */
void feed_bytes(wsp_conn *c, struct log *log, const void *data, size_t len);

/* Feeds one frame of a peer of this role: head holds FIN, RSV and opcode. */
void feed_frame(wsp_conn *c, struct log *log, uint8_t head, const void *data, size_t len);

/* Feeds frames in the notation of support/script.h. */
void feed_script(wsp_conn *c, struct log *log, const char *text);

/* Feeds what waits without input, then the transport's end. */
void feed_end(wsp_conn *c, struct log *log, enum wsp_end end);

/* Takes all output, at most max bytes of it; out may be NULL. Returns how many bytes it took. */
size_t take_output(wsp_conn *c, struct blob *out, size_t max);

/* The role of an adopted connection. */
enum wsp_role conn_role(const wsp_conn *c);

/* Wire bytes as frames in the log's notation, masked or not: "t'He' C'llo' X1000". */
const char *frames_line(struct blob *line, const struct blob *wire);

/* All output is taken and compared with this line of frames. */
void assert_output(wsp_conn *c, const char *expected);

#endif
