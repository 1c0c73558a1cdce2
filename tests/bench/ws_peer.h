/*
 * A WebSocket library, or a part of one, that is measured: ours and those that the machine has.
 *
 * What one cannot do is NULL. All are linked into one program, called through these pointers, a
 * whole batch of messages a call where they receive and one message a call where they send.
 */
#ifndef TESTS_BENCH_WS_PEER_H
#define TESTS_BENCH_WS_PEER_H

#include "bench/inflow.h"
#include "bench/outflow.h"

#include <wsproto.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ws_peer {
    const char *name;
    const char *(*version)(void); /* NULL: not installed, and nothing else is set */

    /* An open connection of this role, without compression; NULL: it failed. */
    void *(*open)(enum wsp_role role);
    void (*close)(void *c);

    /* n open connections of servers that share what can be shared; NULL: it failed. */
    void *(*crowd)(size_t n);
    void (*disperse)(void *crowd);

    /* All of in, each whole message of it given to the sink; false: it failed. */
    bool (*receive)(void *c, struct inflow *in, struct sink *to);

    /* A binary message through the connection, all of it taken by out; false: it failed. */
    bool (*send)(void *c, struct outflow *out, const uint8_t *message, size_t len);

    /* A server's frame of the codec alone; returns its length. */
    size_t (*frame)(uint8_t *out, const uint8_t *message, size_t len);

    /* One message to n connections of servers, one after the other. */
    bool (*broadcast)(void *const *c, size_t n, struct outflow *out,
                      const struct wsp_slice *message);

    /* A server's connection from nothing to its 101, and gone again. */
    bool (*greet)(struct inflow *request, struct outflow *out);

    /* Kernels. dst may be src. without: must be called first where there is one; the bits of enum
     * wsp_cpu that the kernels are to do without. */
    void (*without)(unsigned cpu);
    void (*mask)(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4]);
    bool (*utf8)(const uint8_t *text, size_t len);
    bool (*unmask_utf8)(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4]);
};

/* Room of send and frame beside the message, and in all of greet. */
enum { WS_PEER_HEAD = 64, WS_PEER_ANSWER = 4096 };

/* The order of the table's columns. */
enum ws_peer_id {
    WS_OURS,
    WS_MEMCPY,
    WS_UWS,
    WS_BEAST,
    WS_WSLAY,
    WS_PICO,
    WS_SIMD_512,
    WS_SIMD_256,
    WS_SIMD_128,
    WS_PEERS
};

extern const struct ws_peer *const ws_peers[WS_PEERS];
extern const struct ws_peer ws_ours, ws_memcpy, ws_uws, ws_beast, ws_wslay, ws_pico;
extern const struct ws_peer ws_simd_512, ws_simd_256, ws_simd_128;

#ifdef __cplusplus
}
#endif

#endif
