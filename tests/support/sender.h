/*
 * A connection that sends with permessage-deflate, and the peer that reads it with zlib. What goes
 * into the connection and what comes out at the peer are kept as words: " T'text' B'300:12345678'".
 */
#ifndef TESTS_SUPPORT_SENDER_H
#define TESTS_SUPPORT_SENDER_H

#include "support/packer.h"

/* Frames become messages; it fails the test when RSV1 stands anywhere but on a first data frame. */
struct reader {
    struct unpacker u;
    struct blob wire;            /* not read yet */
    struct blob payload, plain;  /* of the message in progress; of the last one */
    struct blob words;           /* one a message */
    bool inside, packed, masked; /* masked: frames have to be */
    uint8_t opcode;
    unsigned messages, packed_messages, pings;
};

/* Reads the whole frames of wire. */
void reader_read(struct reader *r);

/* What one call queued: bufferedAmount falls by plain when the last byte has gone. */
struct sender_call {
    uint64_t wire_end;
    size_t plain;
};

enum { SENDER_CALLS = 400 };

struct sender {
    wsp_conn *c;
    struct reader peer;
    struct blob words; /* one a message that was taken */
    struct blob part;  /* of the message in progress */
    struct sender_call calls[SENDER_CALLS];
    size_t call_count;
    uint64_t queued, taken; /* wire bytes */
    bool part_open, part_text;
};

void sender_begin(struct sender *s, wsp_endpoint *e, enum wsp_role role,
                  struct wsp_deflate_params agreed);
void sender_end(struct sender *s);

/* The sends, with their results. After each one that was taken bufferedAmount is checked, which
 * takes messages of at most 64 KiB and no pings. */
int sender_message(struct sender *s, enum wsp_opcode opcode, const struct blob *m);
int sender_prepared(struct sender *s, enum wsp_opcode opcode, const struct blob *m);
int sender_part(struct sender *s, enum wsp_opcode opcode, const struct blob *m, bool last);

/* At most max bytes of output go to the peer. */
void sender_take(struct sender *s, size_t max);

/* All output goes there, and it has read what was sent. */
void sender_check(struct sender *s);

void message_word(struct blob *words, enum wsp_opcode opcode, const void *data, size_t len);

#endif
