/*
 * The conversation runner: one row of a table, run in every way that must make no difference.
 *
 * A row says what the peer sends (support/script.h), the events the connection tells
 * (support/log.h) and what it sends back. run_row gives it whole, byte by byte, cut at every
 * offset, before a guard page and behind one, in place and read-only, whole messages and streaming,
 * through wsp_recv_space, and with output taken byte by byte: log and output must be the same each
 * time. Then it fails each allocation, each draw of entropy and the transport's write at each byte:
 * the connection must refuse or close cleanly, once, and leak nothing.
 *
 * Elements of a script that act, each where it stands:
 *
 *   &text'hi' &bin<00> &ping'x'      send; a refusal is logged: text=STATE
 *   &part'a' &last'b' &bpart &blast  wsp_send_part
 *   &close1000'bye' &close           wsp_close
 *   &accept &respond404'text' &refuse
 *   &block                           output is not taken from here on
 *   &flush                           output is taken, now and from here on
 *   &tick5000                        this many milliseconds pass; what is due is served
 *   &noshut                          wsp_shut is not called from here on
 *   &state                           logs the readyState: state=2
 */
#ifndef TESTS_SUPPORT_RUN_H
#define TESTS_SUPPORT_RUN_H

#include "wsproto.h"

#define RUN_BOTH 2

#define RUN_HANDSHAKE 1u /* not adopted: the handshake is part of the script */
#define RUN_ONE_PIECE 2u /* the expected events depend on how the input is cut: not cut */
#define RUN_WHOLE 4u     /* the expected events depend on streaming: whole messages alone */
#define RUN_DEFLATE 8u   /* adopted with permessage-deflate, with the configured windows */
#define RUN_TAKEOVER 16u /* the same, and both contexts are taken over */

struct run_setup {
    unsigned flags;
    struct wsp_config config; /* alloc, entropy and streaming are the runner's */
    const struct wsp_target *target;
};

struct run_row {
    const char *name;
    int role;                      /* enum wsp_role, or RUN_BOTH: the row is run for each */
    const struct run_setup *setup; /* NULL: adopted, all defaults */
    const char *in;
    const char *events;
    /* What is sent, as a script of unmasked frames; "~a|b": texts that stand in it, !c: one that
     * does not; NULL: anything. */
    const char *out;
};

void run_row(const struct run_row *row);
void run_rows(const struct run_row *rows, size_t count);

/* A table of rows as a cmocka test. */
#define RUN_TABLE(test, table)                               \
    static void test(void **state)                           \
    {                                                        \
        (void)state;                                         \
        run_rows(table, sizeof(table) / sizeof((table)[0])); \
    }

#endif
