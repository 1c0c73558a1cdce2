/*
 * libwsproto - the WebSocket protocol (RFC 6455, RFC 7692) over any transport
 * SPDX-License-Identifier: MIT
 *
 * Bytes go in, events come out; bytes come out, the caller sends them. The library opens no socket,
 * starts no thread, reads no clock and keeps no global state. Three layers, each usable alone:
 *
 *   1 codec       pure functions over the caller's memory: frames, masking, UTF-8, HTTP heads,
 *                 URLs, close codes
 *   2 connection  wsp_feed pulls one event a call out of bytes; wsp_pending and wsp_sent give the
 *                 bytes to send
 *   3 pump        read and write callbacks, and listeners as on the browser's WebSocket object
 *
 * Threads: an endpoint with its connections and groups belongs to one thread at a time. A program
 * has one endpoint a thread. Only a prepared message may be shared by threads. The codec functions
 * keep nothing and may be called anywhere.
 *
 * Errors: a call returns 0 (WSP_OK) or a negative enum wsp_error. A refused call has changed
 * nothing. A connection that failed is told once, by its CLOSE event, never by a return value:
 *
 *   error                 returned by a call        told in CLOSE    Close frame sent
 *   WSP_ERR_ARG           yes                       -                -
 *   WSP_ERR_STATE         yes                       -                -
 *   WSP_ERR_BUSY          yes                       -                -
 *   WSP_ERR_FULL          sends                     -                -
 *   WSP_ERR_UNSUPPORTED   wsp_endpoint_new          -                -
 *   WSP_ERR_SYNTAX        codec, URLs, negotiation  -                -
 *   WSP_ERR_TOO_BIG       yes                       yes              1009
 *   WSP_ERR_NOMEM         yes                       yes              1011, if it can be had
 *   WSP_ERR_ENTROPY       where random is needed    yes              none
 *   WSP_ERR_UTF8          sends, wsp_close, codec   yes              1007
 *   WSP_ERR_PROTOCOL      codec                     yes              1002
 *   WSP_ERR_DEFLATE       -                         yes              1007
 *   WSP_ERR_HANDSHAKE     negotiation               yes              none: not open yet
 *   WSP_ERR_TIMEOUT       -                         yes              none
 *   WSP_ERR_IO            -                         yes              none
 *   WSP_ERR_EOF           -                         yes              none
 */
#ifndef WSPROTO_H
#define WSPROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WSP_NO_LIMIT SIZE_MAX        /* for the fields of struct wsp_limits */
#define WSP_NEVER UINT32_MAX         /* for the _ms fields: this timer is off */
#define WSP_DEADLINE_NONE UINT64_MAX /* from wsp_endpoint_deadline: no timer runs */

#define WSP_ERROR_LIST(X)                                               \
    X(WSP_OK, 0, "success")                                             \
    X(WSP_ERR_ARG, -1, "invalid argument")                              \
    X(WSP_ERR_STATE, -2, "not allowed in this state of the connection") \
    X(WSP_ERR_BUSY, -3, "already in use: the call was re-entered")      \
    X(WSP_ERR_FULL, -4, "too much output is waiting")                   \
    X(WSP_ERR_UNSUPPORTED, -5, "not part of this build")                \
    X(WSP_ERR_SYNTAX, -6, "malformed text")                             \
    X(WSP_ERR_TOO_BIG, -7, "over a limit")                              \
    X(WSP_ERR_NOMEM, -8, "out of memory")                               \
    X(WSP_ERR_ENTROPY, -9, "no random bytes")                           \
    X(WSP_ERR_UTF8, -10, "text is not valid UTF-8")                     \
    X(WSP_ERR_PROTOCOL, -11, "the WebSocket protocol was violated")     \
    X(WSP_ERR_DEFLATE, -12, "compressed data is invalid")               \
    X(WSP_ERR_HANDSHAKE, -13, "the opening handshake failed")           \
    X(WSP_ERR_TIMEOUT, -14, "timed out")                                \
    X(WSP_ERR_IO, -15, "the transport failed")                          \
    X(WSP_ERR_EOF, -16, "the transport ended without a Close")

enum wsp_error {
#define WSP_ERROR_ENUM(name, value, text) name = value,
    WSP_ERROR_LIST(WSP_ERROR_ENUM)
#undef WSP_ERROR_ENUM
        WSP_ERR_LAST = -17 /* no error: one below the last */
};

/* wsp_strerror - an error as a short English text. Any int is allowed; never NULL; the text is
 * static. */
const char *wsp_strerror(int error);

enum wsp_role { WSP_SERVER = 0, WSP_CLIENT = 1 };

/* The readyState of the browser's WebSocket object. It only moves forward (RFC 6455 4.1, 7.1.3,
 * 7.1.4). */
enum wsp_state { WSP_CONNECTING = 0, WSP_OPEN = 1, WSP_CLOSING = 2, WSP_CLOSED = 3 };

struct wsp_slice {
    const uint8_t *data;
    size_t len; /* bytes; data may be NULL when it is 0 */
};

/* ---- 1. codec: frames (RFC 6455 5) ---- */

/* RFC 6455 5.2, 11.8 */
enum wsp_opcode {
    WSP_CONTINUATION = 0x0,
    WSP_TEXT = 0x1,
    WSP_BINARY = 0x2,
    WSP_CLOSE = 0x8,
    WSP_PING = 0x9,
    WSP_PONG = 0xA
};

#define WSP_FRAME_HEADER_MAX 14u /* bytes: 2 + 8 + 4 */
#define WSP_CONTROL_MAX 125u     /* bytes of payload of a control frame (5.5) */
#define WSP_RSV1 4u
#define WSP_RSV2 2u
#define WSP_RSV3 1u

struct wsp_frame {
    uint64_t payload_len; /* bytes, below 2^63 */
    enum wsp_opcode opcode;
    bool fin;
    bool masked;
    uint8_t rsv;    /* WSP_RSV1 | WSP_RSV2 | WSP_RSV3 */
    uint8_t key[4]; /* the masking key when masked */
    /* the broken rule after a negative return of parse or check, else NULL; static */
    const char *rule;
};

/*
 * wsp_frame_parse - a frame header out of bytes, by the rules that need no role (RFC 6455 5.2, 5.5)
 *
 * buf holds len bytes from the header's first. Returns the header's length (2 to 14), 0 when more
 * bytes are needed, or WSP_ERR_PROTOCOL: reserved opcode, a length that is not in its shortest
 * form, the top bit of a 64-bit length, a control frame that is fragmented or longer than 125
 * bytes; f->rule names it. Reads no byte past buf + len. The rules that the first two bytes decide
 * are checked as soon as these are there.
 */
int wsp_frame_parse(struct wsp_frame *f, const uint8_t *buf, size_t len);

/*
 * wsp_frame_check - the rules of one header that depend on its receiver (RFC 6455 5.1, 5.2, 5.4)
 *
 * receiver: the role that got the frame. rsv_allowed: the RSV bits an extension has given a meaning
 * in this place. in_message: a fragmented message has begun and not ended. Returns WSP_OK or
 * WSP_ERR_PROTOCOL with f->rule set.
 */
int wsp_frame_check(struct wsp_frame *f, enum wsp_role receiver, uint8_t rsv_allowed,
                    bool in_message);

/* What is inline here is a function of the library, too. */
#ifdef __GNUC_GNU_INLINE__ /* -std=gnu89 */
#    define WSP_INLINE_API extern inline
#else
#    define WSP_INLINE_API inline
#endif
#ifdef __cplusplus
#    define WSP_BYTE(x) static_cast<uint8_t>(x)
#else
#    define WSP_BYTE(x) ((uint8_t)(x))
#endif

/*
 * wsp_frame_write - the header in its shortest form (RFC 6455 5.2)
 *
 * Writes f's opcode, fin, rsv, payload_len and, when masked, key. Returns its length, 2 to 14
 * bytes. payload_len must be below 2^63, that of a control frame at most 125. f->rule is not read.
 */
WSP_INLINE_API size_t wsp_frame_write(uint8_t out[WSP_FRAME_HEADER_MAX], const struct wsp_frame *f)
{
    const unsigned mask = f->masked ? 0x80u : 0;
    const uint64_t len = f->payload_len;
    size_t size = 2;
    out[0] = WSP_BYTE((f->fin ? 0x80u : 0) | (f->rsv & 7u) << 4 | (f->opcode & 0xFu));
    /* 5.2: the shortest form, most significant byte first */
    if (len < 126) {
        out[1] = WSP_BYTE(mask | len);
    } else if (len <= 0xFFFF) {
        out[1] = WSP_BYTE(mask | 126u);
        out[2] = WSP_BYTE(len >> 8);
        out[3] = WSP_BYTE(len);
        size = 4;
    } else {
        out[1] = WSP_BYTE(mask | 127u);
        out[2] = WSP_BYTE(len >> 56);
        out[3] = WSP_BYTE(len >> 48);
        out[4] = WSP_BYTE(len >> 40);
        out[5] = WSP_BYTE(len >> 32);
        out[6] = WSP_BYTE(len >> 24);
        out[7] = WSP_BYTE(len >> 16);
        out[8] = WSP_BYTE(len >> 8);
        out[9] = WSP_BYTE(len);
        size = 10;
    }
    if (!f->masked)
        return size;
    memcpy(out + size, f->key, sizeof f->key);
    return size + sizeof f->key;
}
#undef WSP_BYTE
#undef WSP_INLINE_API

/*
 * wsp_mask - XOR with a masking key (RFC 6455 5.3); masks and unmasks
 *
 * offset: how many payload bytes of the frame came before src. dst may be src; otherwise the two
 * must not overlap.
 */
void wsp_mask(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4], uint64_t offset);

/*
 * wsp_utf8_feed - check UTF-8 as it arrives (RFC 6455 8.1, RFC 3629)
 *
 * *state is 0 at the start of a text and belongs to this function until its end. Returns false at
 * the first byte that no valid continuation can follow from; the state is then unusable. A text is
 * complete when wsp_utf8_done(*state).
 */
bool wsp_utf8_feed(uint32_t *state, const uint8_t *data, size_t len);
bool wsp_utf8_done(uint32_t state);

/* ---- 1. codec: close (RFC 6455 5.5.1, 7.4) ---- */

enum wsp_close_code {
    WSP_CLOSE_NORMAL = 1000,
    WSP_CLOSE_GOING_AWAY = 1001,
    WSP_CLOSE_PROTOCOL_ERROR = 1002,
    WSP_CLOSE_UNSUPPORTED_DATA = 1003,
    WSP_CLOSE_NO_STATUS = 1005, /* told, never sent: the Close had no code */
    WSP_CLOSE_ABNORMAL = 1006,  /* told, never sent: no Close was received */
    WSP_CLOSE_INVALID_DATA = 1007,
    WSP_CLOSE_POLICY_VIOLATION = 1008,
    WSP_CLOSE_TOO_BIG = 1009,
    WSP_CLOSE_MANDATORY_EXTENSION = 1010,
    WSP_CLOSE_INTERNAL_ERROR = 1011,
    WSP_CLOSE_SERVICE_RESTART = 1012,
    WSP_CLOSE_TRY_AGAIN_LATER = 1013,
    WSP_CLOSE_BAD_GATEWAY = 1014
};

#define WSP_REASON_MAX 123u /* bytes of a Close reason */

/* wsp_close_code_valid - may this code stand in a Close frame (7.4.1, 7.4.2, IANA): 1000-1003,
 * 1007-1014, 3000-4999 */
bool wsp_close_code_valid(unsigned code);

/*
 * wsp_close_parse - the body of a Close frame (RFC 6455 5.5.1)
 *
 * Sets *code (WSP_CLOSE_NO_STATUS for an empty body) and *reason (into body). Returns WSP_OK,
 * WSP_ERR_PROTOCOL (one byte, more than 125 bytes, or a code that must not be sent) or WSP_ERR_UTF8
 * (the reason).
 */
int wsp_close_parse(uint16_t *code, struct wsp_slice *reason, const uint8_t *body, size_t len);

/*
 * wsp_close_write - the body of a Close frame
 *
 * code 0 gives an empty body and needs len 0. Returns the number of bytes written, or WSP_ERR_ARG
 * (a code that must not be sent), WSP_ERR_TOO_BIG (reason over 123 bytes), WSP_ERR_UTF8.
 */
int wsp_close_write(uint8_t out[WSP_CONTROL_MAX], unsigned code, const char *reason, size_t len);

/* ---- 1. codec: handshake (RFC 6455 3, 4, 9.1) ---- */

struct wsp_header {
    struct wsp_slice name;  /* as received */
    struct wsp_slice value; /* white space at both ends removed */
};

/*
 * The head of a request or a response. Before the first parse: zero it, then set headers,
 * max_headers. Slices point into the parsed buffer.
 */
struct wsp_head {
    struct wsp_header *headers; /* the caller's array */
    size_t max_headers;
    /* in/out: bytes already searched for the end; keep it between calls with the same head */
    size_t scanned;
    size_t header_count;     /* out */
    struct wsp_slice method; /* request */
    struct wsp_slice target; /* request: origin-form or absolute-form, as received */
    struct wsp_slice reason; /* response */
    unsigned version;        /* 10 for HTTP/1.0, 11 for HTTP/1.1 */
    /* response: 100 to 999; request: what to answer to a parse that failed (400, 431, 505) */
    unsigned status;
    const char *rule; /* the broken rule after a negative return, else NULL; static */
};

/*
 * wsp_request_parse, wsp_response_parse - an HTTP/1.x head (RFC 9112, as strict as RFC 6455 4
 * needs)
 *
 * buf holds len bytes from the head's first. Returns the length of the head, its empty line
 * included, 0 when more bytes are needed, or WSP_ERR_SYNTAX or WSP_ERR_TOO_BIG (more than
 * max_headers) with h->rule set. The end is looked for once: call again with the same h and the
 * same bytes plus more, buf may have moved. Lines end in CR LF only; no folding, no NUL, no white
 * space before a colon, no duplicate Host.
 */
int wsp_request_parse(struct wsp_head *h, const uint8_t *buf, size_t len);
int wsp_response_parse(struct wsp_head *h, const uint8_t *buf, size_t len);

/*
 * wsp_head_find - the next header of this name, without case
 *
 * *from is 0 at first and is moved behind the header found. NULL from looks from the start. Returns
 * NULL when there is none. wsp_head_token says whether a comma list, over all headers of the name,
 * holds a token, without case.
 */
const struct wsp_header *wsp_head_find(const struct wsp_head *h, const char *name, size_t *from);
bool wsp_head_token(const struct wsp_head *h, const char *name, const char *token);

/* wsp_slice_equal - is the slice this text, letter by letter without ASCII case */
bool wsp_slice_equal(struct wsp_slice s, const char *text);

/* wsp_accept_key - Sec-WebSocket-Accept for a Sec-WebSocket-Key (4.2.2): 28 characters and a NUL */
void wsp_accept_key(char out[29], const char key[24]);

/* wsp_key_valid - 22 base64 characters and "==" (4.2.1); pad bits that are not zero are accepted */
bool wsp_key_valid(struct wsp_slice key);

struct wsp_url {
    bool secure; /* wss */
    bool ipv6;   /* host is the text between [ and ] */
    uint16_t port;
    struct wsp_slice host;
    struct wsp_slice path;  /* "" or begins with "/" */
    struct wsp_slice query; /* "" or begins with "?" */
};

/*
 * wsp_url_parse - a ws: or wss: URI (RFC 6455 3)
 *
 * Slices point into text. The port is 80 or 443 when the text has none. Returns WSP_OK or
 * WSP_ERR_SYNTAX: another scheme, no host, user information, a fragment, a port outside 1 to 65535,
 * or a character that a URI cannot hold.
 */
int wsp_url_parse(struct wsp_url *u, const char *text, size_t len);

/*
 * wsp_url_host, wsp_url_resource - the Host header's value and the resource name of a parsed URL
 *
 * Host has the port when it is not the scheme's default, and brackets round an IPv6 address; the
 * resource name is the path ("/" when empty) and the query. Both write at most size bytes, a NUL
 * included, and return the length without it: a result >= size was cut.
 */
size_t wsp_url_host(const struct wsp_url *u, char *out, size_t size);
size_t wsp_url_resource(const struct wsp_url *u, char *out, size_t size);

struct wsp_extension {
    struct wsp_slice name;
    struct wsp_slice params; /* for wsp_extension_param_next */
};

struct wsp_extension_param {
    struct wsp_slice name;
    struct wsp_slice value; /* without quotes; a backslash of a quoted string is still there */
    bool has_value;
};

/*
 * wsp_extension_next, wsp_extension_param_next - walk a Sec-WebSocket-Extensions value (RFC 6455
 * 9.1)
 *
 * *rest is the header's value and is moved forward. Return 1 with the next element, 0 at the end,
 * or WSP_ERR_SYNTAX when the value breaks the grammar. wsp_extension_next checks the parameters it
 * steps over, so a walk of the names alone validates the whole value.
 */
int wsp_extension_next(struct wsp_slice *rest, struct wsp_extension *x);
int wsp_extension_param_next(struct wsp_slice *rest, struct wsp_extension_param *p);

/* ---- 2. endpoint ---- */

typedef struct wsp_endpoint wsp_endpoint;
typedef struct wsp_conn wsp_conn;
typedef struct wsp_prepared wsp_prepared;
typedef struct wsp_group wsp_group;

/*
 * Limits of a connection
 *
 * 0 means the default in brackets; WSP_NO_LIMIT takes a limit away where that is not excluded.
 * Nothing is ever allocated by an announced length: memory grows with the bytes that arrived.
 */
struct wsp_limits {
    /* Bytes of a received message, after inflating; over it: 1009. A peer can make the library hold
     * about three times as much while the message arrives. [16 MiB] */
    size_t message;
    /* Bytes of a received compressed message on the wire; over it: 1009. [message, and what a
     * message that cannot be compressed grows by: 1/1024 and 64] */
    size_t wire;
    /* Frames of a received message; over it: 1009. It costs time, not memory. [WSP_NO_LIMIT] */
    size_t fragments;
    /* Empty frames in a row inside a received message; over it: 1009. [128] */
    size_t empty_fragments;
    /* Bytes of the peer's handshake head, held until OPEN; over it: 414 or 431. [16 KiB] */
    size_t handshake;
    /* Header fields of that head, at most 65535; over it: 431. 32 bytes each until OPEN. [100] */
    size_t headers;
    /* Bytes kept of the body of a failed answer to a client, held until the end. [4 KiB] */
    size_t body;
    /* Bytes of output that may wait; from there on sends return WSP_ERR_FULL. One message more than
     * that can be held. [16 MiB] */
    size_t buffered;
    /* Bytes of the largest buffer that an endpoint keeps for the next message. [1 MiB] */
    size_t keep;
    /* Bytes of the endpoint's shared read buffer, at least 256, not WSP_NO_LIMIT. [64 KiB] */
    size_t read_buffer;
    /* Bytes drawn at a time of config.entropy, 16 to 256, 4 for each frame that a client sends:
     * fewer calls of it. Without config.entropy, of use only in a build for size. [256] */
    size_t random_pool;
    /* Largest payload of a frame sent, in bytes; longer messages are fragmented. [WSP_NO_LIMIT] */
    size_t send_fragment;
};

/*
 * permessage-deflate (RFC 7692): what to offer and to accept
 *
 * Zero it, then set enabled. A context that is not taken over costs an idle connection nothing: the
 * endpoint's one compressor and decompressor serve all. One that is taken over compresses better,
 * most of all small messages that are alike, and costs the connection its memory from first use on:
 * at 15 bits and level 6 about 140 KB for sending and 32 KB for receiving, at 9 bits 6 KB and 0.5.
 * History and secrets do not go together (CRIME): where a message holds a secret beside text that
 * an attacker chooses, send it under wsp_set_compress(c, false).
 */
struct wsp_deflate_config {
    bool enabled;         /* [nothing is offered, every offer is declined] */
    bool server_takeover; /* the server's context lives on from message to message [it does not] */
    bool client_takeover; /* the client's context does */
    /* Base-2 logarithm of the window of what a server, a client sends, 8 to 15. [15] */
    uint8_t server_max_window_bits;
    uint8_t client_max_window_bits;
    uint8_t level; /* 1 (fast) to 9 (small) [6] */
    /* Bytes of the smallest message that is compressed; WSP_NO_LIMIT: none is. A wsp_send_part
     * message of several pieces always is, as its length is not known. [64] */
    size_t min_size;
    /* Bytes that a connection's compressor, and its window for receiving, may take each: lowers the
     * window bits above until they do. It does not bind what was agreed elsewhere (wsp_adopt_new),
     * nor the window for receiving as it streams from a client that cannot be told. [no bound] */
    size_t memory;
};

/* What was agreed of permessage-deflate (RFC 7692 7.1). All zero: not in use. */
struct wsp_deflate_params {
    bool enabled;
    bool server_no_context_takeover;
    bool client_no_context_takeover;
    uint8_t server_max_window_bits; /* 8 to 15 when enabled */
    uint8_t client_max_window_bits;
};

/*
 * The settings of an endpoint
 *
 * Zero it; 0 or NULL means the default in brackets. They are copied: nothing is kept of the
 * caller's memory but the function pointers and ctx. The _ms fields are milliseconds, at most
 * 2^31 - 1, or WSP_NEVER.
 */
struct wsp_config {
    /* Random bytes for keys and masks: fill out with len bytes and return 0, anything else fails.
     * It must be a CSPRNG (RFC 6455 10.3), and its bytes are used as they are. [getentropy: 32
     * bytes of it key a ChaCha20 stream of at most 14 KiB, in a build for size all comes from it;
     * where libc has none, clients get WSP_ERR_ENTROPY] */
    int (*entropy)(void *ctx, void *out, size_t len);
    /* One function for new (ptr NULL, old_len 0), resize and free (new_len 0): as realloc, with the
     * old size told. Returns NULL when it cannot; ptr is then untouched. Memory is aligned as
     * malloc's. [malloc, realloc, free] */
    void *(*alloc)(void *ctx, void *ptr, size_t old_len, size_t new_len);
    void *ctx; /* handed to both */
    struct wsp_limits limits;
    uint32_t handshake_ms; /* from the making of a connection to OPEN [10000] */
    uint32_t close_ms;     /* from our Close, wholly sent, to the transport's end [5000] */
    uint32_t stall_ms;     /* output waits and none of it was sent [60000] */
    uint32_t ping_ms;      /* nothing was received: send a ping [30000] */
    /* Nothing was received since that ping: give up. A program that stops reading for longer than
     * ping_ms + pong_ms sets ping_ms to WSP_NEVER. [20000] */
    uint32_t pong_ms;
    /* DATA as it arrives. [whole messages] */
    bool streaming;
    /* Server: raise REQUEST and wait for wsp_accept or wsp_respond. [valid upgrades are accepted,
     * other requests refused] */
    bool manual_accept;
    /* Neither received nor sent text is checked: for trusted peers only. [all text is checked] */
    bool trust_utf8;
    /* Keep counters, one more block of about 160 bytes a connection. [off] */
    bool statistics;
    /* Server: comma list of allowed origins "scheme://host[:port]", without patterns, or "*" for
     * any. [an Origin header must name the same host and port as Host; its scheme is not compared;
     * "null" is refused. Requests without Origin pass] */
    const char *origins;
    /* Subprotocols, a comma list of at most 32 in order of preference. Server: what it speaks;
     * client: what it offers when its struct wsp_target names none. [none] */
    const char *protocols;
    struct wsp_deflate_config deflate;
};

/*
 * wsp_endpoint_new - what the connections of one thread share: settings, buffers, random pool,
 * timers
 *
 * cfg may be NULL for all defaults. Random bytes are drawn at first need. After fork() the child
 * makes its own endpoint, so that no two processes draw the same keys. Errors: WSP_ERR_ARG (out is
 * NULL; a value out of its range; origins or protocols is malformed), WSP_ERR_UNSUPPORTED
 * (deflate.enabled in a build with WSP_NO_DEFLATE), WSP_ERR_NOMEM.
 */
int wsp_endpoint_new(wsp_endpoint **out, const struct wsp_config *cfg);

/* wsp_endpoint_free - its connections and groups keep it alive until they are freed; NULL is
 * allowed */
void wsp_endpoint_free(wsp_endpoint *e);

/*
 * wsp_endpoint_clock - tell the time, once a turn of the event loop
 *
 * now_ms: milliseconds of any monotonic clock. Going back is ignored. The first call sets the
 * clock: no time has passed for what was made before it. Without it no timer ever fires.
 */
void wsp_endpoint_clock(wsp_endpoint *e, uint64_t now_ms);

/* wsp_endpoint_deadline - call wsp_endpoint_clock and _due by then, in the clock's milliseconds, or
 * WSP_DEADLINE_NONE. It may be early, never late. */
uint64_t wsp_endpoint_deadline(const wsp_endpoint *e);

/*
 * wsp_endpoint_due - the next connection whose timer has fired, NULL when there is none
 *
 * Feed it without input until WSP_EVENT_NONE (or pump it), then look at its wants. Each is told
 * once.
 */
wsp_conn *wsp_endpoint_due(wsp_endpoint *e);

/*
 * wsp_read_buffer_borrow - the endpoint's shared read buffer (limits.read_buffer bytes)
 *
 * For reading a transport and feeding what came. Allocated at first need and kept. Give it back
 * when what was read has been fed: wsp_read_buffer_return. Errors: WSP_ERR_BUSY (borrowed already),
 * WSP_ERR_NOMEM.
 */
int wsp_read_buffer_borrow(wsp_endpoint *e, uint8_t **at, size_t *len);
void wsp_read_buffer_return(wsp_endpoint *e);

/*
 * wsp_backoff_ms - how long a client waits before it connects again (RFC 6455 7.2.3)
 *
 * attempt: 0 for the first try after a connection was lost. The delay is random, its bound doubling
 * from 1 s to 60 s. Errors: WSP_ERR_ENTROPY.
 */
int wsp_backoff_ms(wsp_endpoint *e, unsigned attempt, uint32_t *delay_ms);

/* ---- 2. connection: three ways to begin ---- */

/*
 * A header field that the application adds. The name must be a token, the value must hold no CR, LF
 * or NUL; names that the handshake itself writes (Host, Upgrade, Connection, Content-Length,
 * Transfer-Encoding, Sec-WebSocket-*) are refused.
 */
struct wsp_field {
    const char *name;
    const char *value;
};

/* Where a client connects and what it asks for. Read during the call only. */
struct wsp_target {
    const char *url;       /* "ws://host/path"; or NULL, then host is needed */
    const char *host;      /* Host header, "host[:port]" [from url] */
    const char *resource;  /* path and query [from url, or "/"] */
    const char *origin;    /* Origin header [none] */
    const char *protocols; /* comma list in order of preference [the endpoint's]; "" offers none */
    const struct wsp_field *headers;
    size_t header_count;
};

/* What a handshake agreed on. */
struct wsp_agreed {
    enum wsp_role role;        /* ours */
    struct wsp_slice protocol; /* subprotocol, empty when none */
    struct wsp_deflate_params deflate;
};

/* wsp_server_new - a connection that waits for a client's handshake (4.2). Errors: WSP_ERR_ARG,
 * WSP_ERR_NOMEM. */
int wsp_server_new(wsp_conn **out, wsp_endpoint *e);

/*
 * wsp_client_new - a connection that opens with its request, which is pending at once (4.1)
 *
 * TLS and the one-connecting-at-a-time rule of 4.1 (2) are the caller's. Errors: WSP_ERR_ARG (a
 * malformed field: a bad subprotocol, CR, LF or NUL in a value), WSP_ERR_SYNTAX (the URL),
 * WSP_ERR_ENTROPY, WSP_ERR_NOMEM.
 */
int wsp_client_new(wsp_conn **out, wsp_endpoint *e, const struct wsp_target *t);

/*
 * wsp_adopt_new - a connection whose handshake was done elsewhere: OPEN at once, its OPEN event
 * comes with the first feed
 *
 * For HTTP/2 and HTTP/3 streams (RFC 8441, 9220) and web servers that have upgraded already.
 * Masking stays as the role says. Errors: WSP_ERR_ARG (the role; a protocol that is no token;
 * window bits outside 8 to 15), WSP_ERR_UNSUPPORTED (deflate, on an endpoint without it),
 * WSP_ERR_NOMEM.
 */
int wsp_adopt_new(wsp_conn **out, wsp_endpoint *e, const struct wsp_agreed *a);

/* The values of the Sec-WebSocket-Version, -Protocol and -Extensions headers; empty = absent;
 * repeated ones joined by ",". */
struct wsp_sec_headers {
    struct wsp_slice version;
    struct wsp_slice protocol;
    struct wsp_slice extensions;
};

/*
 * wsp_offer_write, wsp_offer_answer, wsp_answer_check - negotiate where another program does the
 * HTTP (RFC 8441, 9220)
 *
 * wsp_offer_write: client; the value of Sec-WebSocket-Extensions to offer ("" = leave the header
 * out), NUL-terminated. wsp_offer_answer: server; checks a request's headers, chooses, fills out
 * for wsp_adopt_new (out->protocol is the value of Sec-WebSocket-Protocol to answer with, pointing
 * into the endpoint) and writes Sec-WebSocket-Extensions into extensions. wsp_answer_check: client;
 * checks the answer against the protocols that were offered (NULL = the endpoint's) and fills out.
 * Errors: WSP_ERR_SYNTAX (grammar), WSP_ERR_HANDSHAKE (another version; an answer that was not
 * offered), WSP_ERR_TOO_BIG (size is too small).
 */
int wsp_offer_write(const wsp_endpoint *e, char *extensions, size_t size);
int wsp_offer_answer(const wsp_endpoint *e, struct wsp_agreed *out,
                     const struct wsp_sec_headers *request, char *extensions, size_t size);
int wsp_answer_check(const wsp_endpoint *e, struct wsp_agreed *out, const char *protocols,
                     const struct wsp_sec_headers *answer);

/* wsp_conn_free - any time; raises no event, sends nothing; NULL is allowed. A held connection
 * becomes CLOSED and inert. */
void wsp_conn_free(wsp_conn *c);

/* wsp_hold, wsp_release - keep the memory of a connection over wsp_conn_free; counted, to 65535 */
void wsp_hold(wsp_conn *c);
void wsp_release(wsp_conn *c);

void wsp_set_user(wsp_conn *c, void *user);
void *wsp_user(const wsp_conn *c);

/* wsp_conn_endpoint - NULL once the connection was freed, which one that is held can be asked */
wsp_endpoint *wsp_conn_endpoint(const wsp_conn *c);

/*
 * wsp_set_limits, wsp_set_streaming - settings of this connection alone, between messages
 *
 * Of the limits, read_buffer, random_pool, keep and headers stay the endpoint's. NULL goes back to
 * the endpoint's. Errors: WSP_ERR_STATE (inside a message, or over), WSP_ERR_ARG (a value out of
 * its range), WSP_ERR_NOMEM.
 */
int wsp_set_limits(wsp_conn *c, const struct wsp_limits *limits);
int wsp_set_streaming(wsp_conn *c, bool streaming);

/* ---- 2. connection: events ---- */

enum wsp_event_type {
    WSP_EVENT_NONE = 0, /* all input was used, nothing to tell */
    /* server with manual_accept: answer with wsp_accept or wsp_respond, now or later */
    WSP_EVENT_REQUEST,
    WSP_EVENT_OPEN, /* the connection is open */
    WSP_EVENT_DATA, /* a message, or a piece of one when streaming */
    WSP_EVENT_PING, /* already answered */
    WSP_EVENT_PONG,
    /* a send was refused with WSP_ERR_FULL; output has fallen to half the limit: once for each
     * time */
    WSP_EVENT_DRAIN,
    WSP_EVENT_CLOSE /* the last event, exactly once; the transport can be closed */
};

/* Only the fields named for the type are set, the others are zero. */
struct wsp_event {
    enum wsp_event_type type;
    enum wsp_opcode opcode; /* DATA: WSP_TEXT or WSP_BINARY */
    /* DATA: begins and ends its message; a text piece may end inside a character */
    bool first, last;
    bool upgrade_ok; /* REQUEST: wsp_accept is allowed; else status is why not */
    bool clean;      /* CLOSE: a Close was received and ours was wholly sent (7.1.4) */
    bool by_peer;    /* CLOSE: the peer's Close, failure or end came first */
    uint16_t status; /* REQUEST: what the library would answer */
    /* CLOSE: of the Close received; 1005 when it had none, 1006 when none came (7.1.5) */
    uint16_t code;
    int error; /* CLOSE: why it failed, WSP_OK when it did not */
    /* CLOSE, REQUEST: the rule, "RFC 6455 5.1: frame from client is not masked"; static; or NULL */
    const char *detail;
    struct wsp_slice data; /* DATA, PING, PONG: payload; CLOSE: the reason received */
    /* REQUEST; OPEN unless adopted: the peer's head; CLOSE after an answer that was refused */
    const struct wsp_head *head;
    /* CLOSE after an answer that was refused: the first limits.body bytes of its body */
    struct wsp_slice body;
};

enum wsp_end {
    WSP_END_OPEN = 0, /* more may come */
    WSP_END_EOF,      /* the peer has ended its direction: TCP FIN, END_STREAM */
    WSP_END_RESET     /* the transport failed or was reset */
};

struct wsp_input {
    uint8_t *data;  /* moved past what was used */
    size_t len;     /* lowered by what was used */
    bool read_only; /* do not unmask in place: payload is copied */
    enum wsp_end end;
};

/*
 * wsp_feed - one event out of bytes
 *
 * Call it until WSP_EVENT_NONE. in may be NULL for none: timers, OPEN, DRAIN and CLOSE come without
 * input too. Input is unmasked in place unless read_only. NONE leaves input unused only while a
 * REQUEST waits for its answer: keep these bytes and feed them after it (or hand them to
 * wsp_keep_input). Bytes after a failure or behind a Close are swallowed.
 *
 * The event's slices live until the next wsp_feed on the same endpoint, the freeing of this
 * connection, or the caller touching the input. Sending, closing and freeing other connections
 * leave them valid. Never fails; ev is always filled.
 */
enum wsp_event_type wsp_feed(wsp_conn *c, struct wsp_input *in, struct wsp_event *ev);

/*
 * wsp_recv_space - where the rest of a big message may be read straight to
 *
 * Returns 0 when it makes no sense (use a buffer of your own), otherwise how many bytes may be read
 * to *at. Feed what came, with data == *at, before anything else: wsp_feed knows the place and
 * copies nothing.
 */
size_t wsp_recv_space(wsp_conn *c, uint8_t **at);

/*
 * wsp_keep_input - hand over input that a waiting REQUEST leaves unused; it is fed first when the
 * request was answered
 *
 * in is used up. Errors: WSP_ERR_STATE (no request waits), WSP_ERR_TOO_BIG (over
 * limits.read_buffer), WSP_ERR_NOMEM.
 */
int wsp_keep_input(wsp_conn *c, struct wsp_input *in);

enum wsp_want {
    WSP_WANT_FEED = 1,  /* an event waits: wsp_feed, even without input */
    WSP_WANT_READ = 2,  /* wants bytes from the peer */
    WSP_WANT_WRITE = 4, /* wsp_pending has bytes */
    /* all was sent: end our direction (shutdown, close_notify), then wsp_shut */
    WSP_WANT_SHUT = 8,
    WSP_WANT_ANSWER = 16, /* a REQUEST waits for wsp_accept or wsp_respond */
    WSP_WANT_END = 32     /* CLOSE was told: close the transport, free the connection */
};

/* wsp_wants - what the connection waits for: enum wsp_want, or-ed */
unsigned wsp_wants(const wsp_conn *c);

/*
 * wsp_shut - our direction of the transport was ended: WSP_WANT_SHUT is served
 *
 * Where one direction cannot be ended by itself, call it too, and feed WSP_END_EOF instead of
 * waiting up to close_ms for a peer that waits for us (RFC 6455 7.1.1).
 */
void wsp_shut(wsp_conn *c);

/*
 * wsp_pending - the bytes to send, as a gather list
 *
 * Fills up to max slices and returns how many. What was shown neither moves nor changes until
 * wsp_sent covers it or the connection is freed, whatever is sent or received in the meantime; a
 * later call shows it again, first.
 */
size_t wsp_pending(wsp_conn *c, struct wsp_slice out[], size_t max);

/* wsp_sent - len bytes of what wsp_pending showed were passed on. More than was shown is an error
 * of the caller: it counts as all that was shown. */
void wsp_sent(wsp_conn *c, size_t len);

/* ---- 2. connection: answering a request (server) ---- */

/* wsp_request - the request that waits for its answer; valid until it is answered. NULL when
 * none waits. */
const struct wsp_head *wsp_request(const wsp_conn *c);

struct wsp_answer {
    /* one that the client offered; "" for none [chosen from the endpoint's list] */
    const char *protocol;
    const struct wsp_field *headers;
    size_t header_count;
};

/*
 * wsp_accept - answer the waiting request with 101 (4.2.2); the connection is OPEN, its OPEN event
 * comes next
 *
 * a may be NULL. Errors: WSP_ERR_STATE (no request waits, or it is no valid upgrade), WSP_ERR_ARG
 * (a field that is malformed, a protocol that was not offered), WSP_ERR_NOMEM.
 */
int wsp_accept(wsp_conn *c, const struct wsp_answer *a);

struct wsp_response {
    unsigned status; /* 200 to 599 */
    const struct wsp_field *headers;
    size_t header_count;
    const void *body; /* copied; left out for HEAD, 204 and 304 */
    size_t len;
};

/*
 * wsp_respond - answer the waiting request with an HTTP response; the connection ends after it
 *
 * Connection: close and Content-Length are added, and Content-Type: text/plain when none of the
 * headers is one. r NULL gives the library's own refusal: the REQUEST's status, or 403 for a valid
 * upgrade. CLOSE comes when all is sent, with code 1006, and error WSP_OK when r was given. Errors:
 * WSP_ERR_STATE (no request waits), WSP_ERR_ARG, WSP_ERR_TOO_BIG (over limits.buffered),
 * WSP_ERR_NOMEM.
 */
int wsp_respond(wsp_conn *c, const struct wsp_response *r);

/* ---- 2. connection: sending ---- */

/*
 * wsp_send_text, wsp_send_binary - queue a message (RFC 6455 6.1)
 *
 * The data is copied (and masked by a client): it is free again at once, and unchanged. An empty
 * message is allowed. Errors: WSP_ERR_STATE (not OPEN, or a wsp_send_part message is unfinished),
 * WSP_ERR_FULL (limits.buffered bytes wait already: a DRAIN event will tell when to go on),
 * WSP_ERR_TOO_BIG (the message alone is over limits.buffered), WSP_ERR_UTF8, WSP_ERR_ENTROPY,
 * WSP_ERR_NOMEM. Nothing of a refused message was queued.
 */
int wsp_send_text(wsp_conn *c, const char *text, size_t len);
int wsp_send_binary(wsp_conn *c, const void *data, size_t len);

/*
 * wsp_send_part - queue a piece of a message whose length is not known yet (RFC 6455 5.4)
 *
 * opcode is WSP_TEXT or WSP_BINARY, the same for each piece; last ends the message. Until then
 * other messages are refused with WSP_ERR_STATE; pings and pongs go between the pieces. A piece of
 * text may end inside a character, the last may not. Errors as for wsp_send_text; WSP_ERR_ARG
 * (another opcode).
 */
int wsp_send_part(wsp_conn *c, enum wsp_opcode opcode, const void *data, size_t len, bool last);

/*
 * wsp_send_ping - at most 125 bytes (5.5.2); goes out at the next frame boundary, before waiting
 * messages
 *
 * Never refused for limits.buffered, though its bytes count. Errors: WSP_ERR_STATE, WSP_ERR_ARG
 * (over 125), WSP_ERR_FULL (a ping waits already; no DRAIN follows), WSP_ERR_ENTROPY,
 * WSP_ERR_NOMEM.
 */
int wsp_send_ping(wsp_conn *c, const void *data, size_t len);

/*
 * wsp_close - start the closing handshake (7.1.2); all that was sent before goes out first
 *
 * code: one that wsp_close_code_valid allows, or 0 for a Close without code. reason: UTF-8, at most
 * 123 bytes. While CONNECTING the connection fails instead, without a Close frame, and CLOSE tells
 * 1006. Errors: WSP_ERR_STATE (CLOSING or CLOSED), WSP_ERR_ARG (code, or reason without code),
 * WSP_ERR_TOO_BIG, WSP_ERR_UTF8, WSP_ERR_ENTROPY, WSP_ERR_NOMEM.
 */
int wsp_close(wsp_conn *c, unsigned code, const char *reason, size_t len);

/*
 * wsp_set_compress - are the messages sent from now on compressed, where that was agreed [they are]
 *
 * A wsp_send_part message goes on as it began. Prepared messages are sent uncompressed while off.
 */
void wsp_set_compress(wsp_conn *c, bool compress);

/*
 * wsp_prepare - frame a message once, to be sent to many
 *
 * Where the endpoint compresses, a compressed variant is made too, for the window that its servers
 * send with (deflate.server_max_window_bits): it goes to connections that agreed to as much. Never
 * changes afterwards and may be shared by threads when the endpoint's allocator is thread-safe.
 * Begins with one reference, which wsp_prepared_unref gives back; queues hold their own. Errors:
 * WSP_ERR_ARG, WSP_ERR_UTF8, WSP_ERR_NOMEM.
 */
int wsp_prepare(wsp_prepared **out, wsp_endpoint *e, enum wsp_opcode opcode, const void *data,
                size_t len);
void wsp_prepared_ref(wsp_prepared *p);
void wsp_prepared_unref(wsp_prepared *p);

/* wsp_send_prepared - servers queue a reference (a copy, when it is small and others wait), clients
 * copy and mask. Errors as for wsp_send_text but WSP_ERR_UTF8. */
int wsp_send_prepared(wsp_conn *c, wsp_prepared *p);

/* ---- 2. connection: what it knows ---- */

enum wsp_state wsp_ready_state(const wsp_conn *c);

/* wsp_buffered_amount - the browser's bufferedAmount: bytes of message data (framing not counted)
 * accepted and not yet passed on; credited when a frame's last byte is sent (where compression was
 * agreed on: a message's, or a piece's), by pieces of 64 KiB for larger ones */
size_t wsp_buffered_amount(const wsp_conn *c);

/* wsp_queued_bytes - bytes of output that wait, framing and prepared messages included: what
 * limits.buffered bounds */
size_t wsp_queued_bytes(const wsp_conn *c);

/* wsp_protocol - the subprotocol agreed on, empty when none; valid as long as the connection */
struct wsp_slice wsp_protocol(const wsp_conn *c);

void wsp_conn_agreed(const wsp_conn *c, struct wsp_agreed *out);

/* wsp_ping_rtt_ms - milliseconds from the last answered ping to its pong; WSP_NEVER when none
 * was answered */
uint32_t wsp_ping_rtt_ms(const wsp_conn *c);

struct wsp_close_info {
    uint16_t received_code; /* 1005: a Close without code; 1006: none was received */
    uint16_t sent_code;     /* 1005: a Close without code; 0: none was sent */
    bool by_peer, clean;
    int error;
    const char *detail;                            /* static, or NULL */
    struct wsp_slice received_reason, sent_reason; /* valid as long as the connection */
};

/* wsp_close_info - all that is known of the closing so far */
void wsp_close_info(const wsp_conn *c, struct wsp_close_info *out);

struct wsp_flow {
    uint64_t messages, frames; /* data messages; frames of every kind */
    uint64_t payload;          /* bytes of data messages as the application sees them */
    uint64_t wire;             /* bytes of frames, headers included; handshake not counted */
};

struct wsp_statistics {
    struct wsp_flow received, sent; /* sent: counted when queued */
};

/* wsp_get_statistics - false, and all zero, when the endpoint's statistics are off */
bool wsp_get_statistics(const wsp_conn *c, struct wsp_statistics *out);

/* ---- 2. groups ---- */

/*
 * wsp_group - the connections that a broadcast goes to
 *
 * Belongs to one endpoint. A connection may be in several and is removed by itself at CLOSE and
 * when freed. Errors: WSP_ERR_ARG (another endpoint's), WSP_ERR_STATE (CLOSED), WSP_ERR_NOMEM.
 * Adding a member again, or removing one that is not in, is fine.
 */
int wsp_group_new(wsp_group **out, wsp_endpoint *e);
void wsp_group_free(wsp_group *g);
int wsp_group_add(wsp_group *g, wsp_conn *c);
void wsp_group_remove(wsp_group *g, wsp_conn *c);
size_t wsp_group_size(const wsp_group *g);

struct wsp_group_counts {
    size_t queued;    /* will get it */
    size_t full;      /* WSP_ERR_FULL: a slow reader; DRAIN tells when it has caught up */
    size_t not_open;  /* CONNECTING or CLOSING */
    size_t streaming; /* inside a wsp_send_part message */
    size_t failed;    /* over this one's limit, or no memory or random bytes for it */
};

/* wsp_group_send - a prepared message to every member but except (or NULL); never waits, never
 * drops silently. counts may be NULL. Returns how many were queued. */
size_t wsp_group_send(wsp_group *g, wsp_prepared *p, const wsp_conn *except,
                      struct wsp_group_counts *counts);

enum wsp_group_which { WSP_GROUP_ALL, WSP_GROUP_WAITING, WSP_GROUP_FULL };

/*
 * wsp_group_next - walk the members: all, those with output waiting, or those whose last send was
 * refused as FULL
 *
 * *cursor is WSP_NO_LIMIT at first. Returns NULL at the end. It costs what it returns. Members may
 * be written, freed, added or removed while walking: none is shown twice, and none that stays in
 * the walked kind is missed.
 *
 * Example:
 *     size_t cursor = WSP_NO_LIMIT;
 *     wsp_conn *member;
 *     while ((member = wsp_group_next(group, &cursor, WSP_GROUP_WAITING)) != NULL)
 *         (void)wsp_queued_bytes(member);
 */
wsp_conn *wsp_group_next(wsp_group *g, size_t *cursor, enum wsp_group_which which);

/* ---- 3. pump ---- */

#define WSP_IO_AGAIN (-10001)      /* nothing now: wait until the transport is ready */
#define WSP_IO_WANT_READ (-10002)  /* TLS: wait until it is readable, also when writing */
#define WSP_IO_WANT_WRITE (-10003) /* TLS: wait until it is writable, also when reading */

/*
 * A transport. read and write return the bytes moved (at least 1), 0 when the stream has ended, one
 * of WSP_IO_*, or any other negative value: it has failed. They may block. One of write and writev
 * is needed; with write alone, small pieces are joined up to 16 KiB first. shutdown ends our
 * direction; NULL: it cannot be ended by itself, and a server that has sent its last byte does not
 * wait for the client's end.
 */
struct wsp_io {
    ptrdiff_t (*read)(void *ctx, void *buf, size_t len);
    ptrdiff_t (*write)(void *ctx, const void *buf, size_t len);
    ptrdiff_t (*writev)(void *ctx, const struct wsp_slice *v, size_t n);
    void (*shutdown)(void *ctx);
    void *ctx;
};

typedef void wsp_listen(wsp_conn *c, const struct wsp_event *ev, void *user);

/*
 * A set of listeners; each may be NULL. Nodes are the caller's and must live while wsp_pump may
 * call them. The nodes of a list are called in order; a node may take itself out of the list. When
 * a connection has failed, error comes before close; close comes once and last. Inside a listener
 * every call but wsp_pump on the same endpoint is allowed: send, close, free. A request is shown to
 * one node after the other until it is answered (with manual_accept: without it the library
 * answers); when no node has request, valid upgrades are accepted and other requests refused.
 */
struct wsp_listener {
    wsp_listen *open, *message, *error, *close, *ping, *pong, *request, *drain;
    void *user;
    struct wsp_listener *next;
};

enum wsp_pump_want {
    WSP_PUMP_READ = 1,  /* pump again when the transport is readable */
    WSP_PUMP_WRITE = 2, /* pump again when it is writable: output waits */
    /* the last read gave bytes: there may be more; pump again when the others had their turn */
    WSP_PUMP_TURN = 4,
    WSP_PUMP_ANSWER = 8 /* pump again when the waiting request was answered */
};

/*
 * wsp_pump - one turn: write all, read at most once, tell every event of what was read, write all
 *
 * Call it when the transport is ready, after sending, and for each wsp_endpoint_due. Returns enum
 * wsp_pump_want or-ed, 0 when the connection is over (close was told, or a listener freed it: then
 * do not touch it), or WSP_ERR_BUSY (called inside a listener), WSP_ERR_ARG, WSP_ERR_NOMEM (no read
 * buffer; nothing happened).
 *
 * Example:
 *     struct wsp_io io = { read_fd, write_fd, NULL, NULL, &fd };
 *     struct wsp_listener listener;
 *     memset(&listener, 0, sizeof listener);
 *     listener.message = on_message;
 *     while (wsp_pump(conn, &io, &listener) > 0)
 *         ;
 */
int wsp_pump(wsp_conn *c, const struct wsp_io *io, struct wsp_listener *l);

#ifdef __cplusplus
}
#endif

#endif
