/*
 * A log of events as one line, and the checker of their order.
 *
 *   OPEN TEXT'hi' BIN<00ff> PING'x' PONG'' DRAIN REQ(ok) REQ(400) CLOSE(1000 clean peer 'bye')
 *   CLOSE(1006 own PROTOCOL [6455 5.1])       the section out of the event's detail
 *
 * Pieces of a streamed message are joined: it is logged with its last piece. More than 40 bytes are
 * told as a*300 when all are the same letter, otherwise as their number and a checksum.
 */
#ifndef TESTS_SUPPORT_LOG_H
#define TESTS_SUPPORT_LOG_H

#include "support/script.h"
#include "wsproto.h"

struct log {
    struct blob line;
    struct blob message; /* what came of the current message */
    enum wsp_opcode opcode;
    bool in_message, opened, closed;
    size_t data_events;
    unsigned messages, pings, pongs, drains;
    uint16_t close_code;
    int close_error;
    bool close_clean;
};

/* Adds an event, and fails the test when it must not come here: something after CLOSE, a second
 * OPEN, data before OPEN, pieces whose first and last do not fit. */
void log_event(struct log *l, const struct wsp_event *ev);

/* Adds a word. */
void log_word(struct log *l, const char *word);

/* The line, NUL-terminated. */
const char *log_line(struct log *l);
void log_free(struct log *l);

/* Is this the expected line? Each [section] that expected leaves out may be there. */
bool log_matches(const char *expected, const char *line);

/* The name of an error without WSP_ERR_. */
const char *log_error(int error);

/* Payload in the log's notation. */
void log_payload(struct blob *out, const uint8_t *data, size_t len);

#endif
