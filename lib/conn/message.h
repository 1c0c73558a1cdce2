/*
 * message - frames become messages: fragmentation, UTF-8, limits (RFC 6455 5.4, 5.6, 8.1).
 * SPDX-License-Identifier: MIT
 *
 * Fields in each state:
 *   no message in progress   opcode 0, buf without memory, total, fragments, empties and utf8 0
 *   inside a message         opcode is its type; total counts the payload that arrived of it (and
 *                            is what limits.message bounds); fragments its frames, empties the
 *                            empty ones since the last with payload; utf8 the state of the check
 *   whole messages           buf collects what cannot be delivered from the input: nothing of a
 *                            message that lies in one frame and one input
 *   streaming                buf is scratch for read-only input and empty between events; told is
 *                            whether a piece was delivered
 */
#ifndef WSP_CONN_MESSAGE_H
#define WSP_CONN_MESSAGE_H

#include "conn/endpoint.h"

struct wsp_message {
    uint8_t opcode;  /* enum wsp_opcode, 0 for none */
    bool compressed; /* RSV1 of its first frame (RFC 7692 6): total counts wire bytes then */
    bool told;
    bool streaming; /* how messages are delivered; not changed inside one */
    uint32_t utf8;
    uint32_t fragments, empties;
    uint64_t total;
    struct wsp_buf buf;
};

/* What is asked of a piece of payload: all of it is in[0..len). */
struct wsp_piece {
    uint8_t *in;
    size_t len;
    const uint8_t *key; /* NULL: not masked */
    uint64_t offset;    /* payload bytes of the frame before it */
    uint64_t left;      /* payload bytes of the frame from it on, itself included */
    bool fin;           /* the frame ends the message */
    bool read_only;     /* in must not be written */
};

/* A data frame begins: its limits. WSP_OK, or an error with *rule set. */
int wsp_message_frame(struct wsp_message *m, const struct wsp_frame *f,
                      const struct wsp_limits *limits, const char **rule);

/*
 * Takes one piece. WSP_OK, or WSP_ERR_UTF8 or WSP_ERR_NOMEM with *rule set. *out is what can be
 * delivered: in a whole message the message once it is complete, in streaming the piece.
 */
int wsp_message_piece(struct wsp_message *m, wsp_endpoint *e, const struct wsp_piece *p,
                      struct wsp_slice *out, const char **rule);

/* A piece was delivered: what of it lies in buf is lent to the event's reader. */
void wsp_message_lend(struct wsp_message *m, wsp_endpoint *e);

/* The same, and the message is complete. */
void wsp_message_end(struct wsp_message *m, wsp_endpoint *e);

/* Forgets a message in progress. */
void wsp_message_drop(struct wsp_message *m, wsp_endpoint *e);

/* Room behind the collected bytes for reading left bytes of payload into; 0: none. */
size_t wsp_message_space(struct wsp_message *m, wsp_endpoint *e, uint64_t left, uint8_t **at);

#endif
