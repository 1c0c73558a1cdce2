/*
 * conn - one connection: joins handshake, messages, output and time. SPDX-License-Identifier: MIT
 *
 * Where input goes (phase) and what the fields mean there:
 *   HEAD     opening->in collects the peer's handshake head
 *   WAIT     server: the head is complete, the application has not answered; input stays unused
 *   BODY     client: the answer was not 101, its body is collected
 *   HEADER   between frames: header[0..header_len) holds a frame header's first bytes
 *   PAYLOAD  inside a data frame: key, key_at, frame_left; masked, fin
 *   CONTROL  inside a control frame: the same, and control_op; out.control->body collects it
 *   SWALLOW  failed, a Close was received, or an HTTP answer was given: input is dropped
 *   OVER     CLOSE was told, or the connection was freed while held
 *
 * The end: every cause sets one of these, and wsp_conn_finished alone decides when CLOSE is raised.
 *   ending   the last bytes (Close frame, HTTP response) are queued; nothing is queued after them
 *   flushed  the last of them was passed to wsp_sent, at mark_ms
 *   gone     nothing more can be sent or received: raise CLOSE now
 *   ended    the transport told its end of input (EOF)
 */
#ifndef WSP_CONN_CONN_H
#define WSP_CONN_CONN_H

#include "conn/endpoint.h"
#include "conn/members.h"
#include "conn/message.h"
#include "conn/opening.h"
#include "conn/outq.h"
#include "conn/permessage.h"
#include "conn/ready.h"
#include "conn/timers.h"

enum wsp_phase {
    WSP_PHASE_HEADER = 0, /* see unusual */
    WSP_PHASE_HEAD,
    WSP_PHASE_WAIT,
    WSP_PHASE_BODY,
    WSP_PHASE_PAYLOAD,
    WSP_PHASE_CONTROL,
    WSP_PHASE_SWALLOW,
    WSP_PHASE_OVER
};

/* What only some connections have. */
struct wsp_own {
    struct wsp_limits limits;
    struct wsp_statistics statistics;
};

/* The first two cache lines hold all that a message in one frame needs. */
struct wsp_conn {
    wsp_endpoint *e;
    struct wsp_limits *limits; /* the endpoint's, or those of a struct wsp_own */

    /* All of it 0 between frames, when a feed has nothing to do but to read the next. */
    union {
        struct {
            /* with any of these a feed has more to do than to read frames */
            union {
                struct {
                    bool opens : 1;      /* opening is there */
                    bool tell_open : 1;  /* OPEN waits to be told */
                    bool counting : 1;   /* limits are a struct wsp_own's, with statistics */
                    bool ping_waits : 1; /* our keep-alive ping, and nothing was received since */
                    bool full : 1;       /* a send was refused as FULL: DRAIN is due at half */
                    bool ending : 1, gone : 1, ended : 1, close_received : 1;
                    bool answered : 1; /* the application gave an HTTP response */
                    bool freed : 1;    /* held over wsp_conn_free */
                };
                uint16_t more;
            };
            uint8_t phase; /* enum wsp_phase */
            uint8_t header_len;
        };
        uint32_t unusual;
    };
    uint32_t received_ms; /* last input; see below */

    /* receiving */
    uint64_t frame_left; /* payload bytes still to come */
    uint8_t role;        /* enum wsp_role */
    uint8_t state;       /* enum wsp_state */
    union {
        uint8_t header[WSP_FRAME_HEADER_MAX]; /* HEADER */
        struct {                              /* PAYLOAD, CONTROL */
            uint8_t key[4];
            uint8_t key_at; /* payload bytes of the frame already taken, modulo 4 */
            uint8_t control_op;
        };
    };
    int8_t error; /* the first, enum wsp_error */

    bool fin : 1, masked : 1;
    bool deflate : 1; /* permessage-deflate was agreed on */
    bool send_takeover : 1, receive_takeover : 1;
    bool send_plain : 1;  /* wsp_set_compress(c, false) */
    bool send_packed : 1; /* the wsp_send_part message is compressed */
    bool send_text : 1;   /* that message's type */

    bool send_open : 1;    /* inside a wsp_send_part message */
    bool tell_request : 1; /* REQUEST waits to be told */
    bool ping_timed : 1;   /* ping_ms and ping_hash belong to an unanswered ping */
    bool ping_leaves : 1;  /* which was not wholly sent yet */
    bool flushed : 1;
    bool shut : 1;    /* wsp_shut was called */
    bool by_peer : 1; /* the peer's Close, failure or end came first */
    bool clean : 1;   /* as told in CLOSE */

    /* with deflate: base-2 logarithms of the windows of what we send and receive */
    uint8_t send_bits : 4, receive_bits : 4;
    uint16_t received_code; /* when close_received */
    uint16_t held;          /* wsp_hold */
    uint32_t send_utf8;     /* of the wsp_send_part message */
    uint32_t rtt_ms;        /* of the last ping; see below */

    struct wsp_timer timer;
    struct wsp_message message;

    /* sending */
    struct wsp_outq out;

    /* time: the endpoint's milliseconds, 32 bits of them */
    uint32_t sent_ms;   /* while output waits: its last progress, or when it began to */
    uint32_t mark_ms;   /* CONNECTING: made; flushed: since then */
    uint32_t ping_ms;   /* when the timed ping was sent */
    uint32_t ping_hash; /* of its payload */

    struct wsp_member *members;
    struct wsp_codecs *codecs;   /* NULL: none of its own is needed */
    struct wsp_opening *opening; /* NULL from OPEN on */
    const char *detail;          /* static */
    const char *protocol;        /* up to a separator or NUL; a copy, or in the endpoint's texts */
    void *user;
};

/* conn.c */

/* Fails the connection: once, then without effect. rule: static text. (7.1.7) */
void wsp_conn_fail(wsp_conn *c, enum wsp_error error, const char *rule);

/* The state moves by this cause. */
void wsp_conn_cause(wsp_conn *c, enum wsp_cause cause);

/* Has everything happened that CLOSE waits for? */
bool wsp_conn_finished(const wsp_conn *c);

/* Raises CLOSE: the one place. */
void wsp_conn_over(wsp_conn *c, struct wsp_event *ev);

/* The transport ended: told again, it has no further effect. */
void wsp_conn_end(wsp_conn *c, enum wsp_end end);

/* Keeps a copy of the agreed subprotocol; false: no memory. */
bool wsp_conn_keep_protocol(wsp_conn *c, struct wsp_slice protocol);
void wsp_conn_forget_protocol(wsp_conn *c);

/* OPEN from now on. */
void wsp_conn_open(wsp_conn *c);

/* Gives the handshake block back; lend: an event shows it. */
void wsp_conn_opening_free(wsp_conn *c, bool lend);

/* A connection in HEAD or HEADER. */
int wsp_conn_new(wsp_conn **out, wsp_endpoint *e, enum wsp_role role);

/* conn_recv.c */

/* wsp_feed without its short cuts; *ev is zero, what was lent came back. */
enum wsp_event_type wsp_conn_feed(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev);

/* The frame whose header, of header_len bytes, is complete begins; every rule of 5 that a header
 * decides. The connection has failed, or its phase is PAYLOAD or CONTROL. */
void wsp_conn_begin_frame(wsp_conn *c, struct wsp_frame *f, size_t header_len);

/* data is the message, or a piece of it, that came: a DATA event. */
void wsp_conn_tell(wsp_conn *c, struct wsp_event *ev, struct wsp_slice data, bool last);

/* conn_feed.c */

/*
 * Inside a fragmented message, between frames: takes the frames from in on that are whole, have
 * payload and do not end the message. Text is checked when all of them are copied; the connection
 * may have failed then.
 */
void wsp_conn_fragments(wsp_conn *c, struct wsp_input *in);

/* conn_open.c */

/* Takes one byte of a head, when that is all there is and all that happens; false: nothing was
 * done. */
bool wsp_conn_head_byte(wsp_conn *c, struct wsp_input *in);

/* conn_send.c */

/* Queues the pong for a ping (5.5.2), or a ping of our own. WSP_OK, ENTROPY or NOMEM. */
int wsp_conn_control(wsp_conn *c, enum wsp_opcode opcode, struct wsp_slice payload);

/* Queues our Close frame. The same errors. */
int wsp_conn_send_close(wsp_conn *c, unsigned code, struct wsp_slice reason);

/* conn_deflate.c */

#ifdef WSP_NO_DEFLATE
#    include "conn/conn_deflate_none.h"
#else

/* What was agreed on is in force from now on. */
void wsp_conn_agree(wsp_conn *c, const struct wsp_deflate_params *p);

/* Are messages of this length compressed? */
bool wsp_conn_packs(const wsp_conn *c, size_t len);

/*
 * Compresses a message (first and fin), or a piece of one, into *out, which lives until the next
 * call on the endpoint. False: no memory, or it would not become smaller: it goes out as it is.
 */
bool wsp_conn_pack(wsp_conn *c, struct wsp_slice data, struct wsp_slice *out);
bool wsp_conn_pack_part(wsp_conn *c, struct wsp_slice data, bool last, struct wsp_slice *out);

/* A compressed message is complete, *data its payload: it is inflated, and *data what came out. */
int wsp_conn_inflate(wsp_conn *c, struct wsp_slice *data, const char **rule);

/* A piece of a compressed message that is delivered as it arrives. WSP_OK: *data is what can be
 * told, *done whether that is all of it. */
int wsp_conn_inflate_some(wsp_conn *c, struct wsp_input *in, struct wsp_slice *data, bool *done,
                          const char **rule);

#endif

/* conn_time.c */
void wsp_conn_arm(wsp_conn *c);
void wsp_conn_time(wsp_conn *c);

/* Where the connection belongs in its groups has changed, maybe. */
void wsp_conn_sort_members(wsp_conn *c);
static inline void wsp_conn_sort(wsp_conn *c)
{
    if (c->members != NULL)
        wsp_conn_sort_members(c);
}

/* permessage-deflate was agreed on. */
static inline bool wsp_conn_deflates(const wsp_conn *c)
{
#ifdef WSP_NO_DEFLATE
    (void)c;
    return false;
#else
    return c->deflate;
#endif
}

static inline struct wsp_statistics *wsp_conn_statistics(const wsp_conn *c)
{
    struct wsp_own *own = (void *)c->limits; /* limits are its first member */
    return c->counting ? &own->statistics : NULL;
}

/* DRAIN is due. */
static inline bool wsp_conn_drained(const wsp_conn *c)
{
    return c->full && c->state == WSP_OPEN && c->out.queued <= c->limits->buffered / 2;
}

/* What a ping is known by when its pong comes. */
static inline uint32_t wsp_conn_hash(struct wsp_slice payload)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < payload.len; i++)
        h = (h ^ payload.data[i]) * 16777619u;
    return h;
}

static inline uint32_t wsp_conn_now(const wsp_conn *c)
{
    return (uint32_t)c->e->now_ms;
}

/* When the stall timer fires for output that begins to wait now. */
static inline uint64_t wsp_conn_stall_due(const wsp_conn *c)
{
    const wsp_endpoint *e = c->e;
    return e->stall_ms != WSP_NEVER ? e->now_ms + e->stall_ms : WSP_TIMER_OFF;
}

/* Output was queued: stall timer, groups. waited: whether output waited before. */
static inline void wsp_conn_queued(wsp_conn *c, bool waited)
{
    wsp_conn_sort(c);
    if (waited)
        return;
    c->sent_ms = wsp_conn_now(c);
    if (wsp_conn_stall_due(c) < c->timer.due)
        wsp_timers_set(&c->e->timers, &c->timer, wsp_conn_stall_due(c));
}

/* wsp_conn_queued would set sent_ms at most. */
static inline bool wsp_conn_queues_plainly(const wsp_conn *c)
{
    return c->members == NULL && wsp_conn_stall_due(c) >= c->timer.due;
}

#endif
