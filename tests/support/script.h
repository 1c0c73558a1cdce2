/*
 * Conversations as text: what a peer sends, in a notation that can be read.
 *
 * A script is a row of elements with white space between them:
 *
 *   T'hi'        a text frame with FIN; B binary, C continuation, P ping, O pong, X Close; a small
 * letter: without FIN
 *   K3'hi'       a frame with FIN of this opcode (one hex digit)
 *   X1000'bye'   a Close with this code
 *   !T'hi'       masked where it must not be, or not masked where it must be
 *   r4T'hi'      with these RSV bits
 *   =81857f      these bytes as they are
 *   `GET / ...`  this text, each line feed as CR LF; %A is the accept key, %K the client's key
 *   $EOF $RESET  the transport ends here; $FIN: told together with the bytes before it
 *   &text'hi'    at this place the runner does something: see run.h
 *
 * A payload is a row of 'text', <hex> and #100 (as many letters a).
 */
#ifndef TESTS_SUPPORT_SCRIPT_H
#define TESTS_SUPPORT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that grow. Zero it; blob_free at the end. */
struct blob {
    uint8_t *data;
    size_t len, cap;
};

void blob_add(struct blob *b, const void *data, size_t len);
void blob_text(struct blob *b, const char *text);
void blob_format(struct blob *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *blob_string(struct blob *b); /* NUL-terminated */
void blob_free(struct blob *b);

/* Something that happens when the bytes before `at` were fed. */
struct script_stop {
    size_t at;
    const char *text; /* from & or $ on, in the script's text */
};

#define SCRIPT_STOPS 48
#define SCRIPT_MARKS 96

struct script {
    struct blob bytes;
    struct script_stop stops[SCRIPT_STOPS];
    size_t stop_count;
    size_t marks[SCRIPT_MARKS]; /* where headers and payloads begin */
    size_t mark_count;
    bool masked; /* the sender is a client */
    const char *accept, *key;
};

/* Fails the test when the text is no script. Set masked, accept and key before, all else zero. */
void script_build(struct script *s, const char *text);
void script_free(struct script *s);

/* Reads a payload at *text and moves it behind. */
void script_payload(struct blob *out, const char **text);

/* Adds one frame; head holds FIN, RSV and the opcode; key NULL: not masked. */
void frame_add(struct blob *out, uint8_t head, const void *payload, size_t len, const uint8_t *key);

/* Reads one frame of wire bytes: its payload, unmasked, is added to payload. Returns the frame's
 * length, 0 when it is not whole. This reader shares nothing with the library. */
struct seen_frame {
    uint8_t head; /* FIN, RSV, opcode */
    bool masked;
    uint8_t key[4];
};
size_t frame_read(struct seen_frame *f, struct blob *payload, const uint8_t *wire, size_t len);

#endif
