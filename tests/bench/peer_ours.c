/* peer_ours - lib/flate, called as lib/conn/permessage.c does. SPDX-License-Identifier: MIT */
#include "bench/peer.h"

#include "flate/deflate.h"
#include "flate/inflate.h"

#include <stdlib.h>

enum { WINDOW_BITS = 15 };

static const char *version(void)
{
    return "this tree";
}

struct packer {
    unsigned level;
    bool takeover;
    struct wsp_deflate *z;
};

static void pack_free(void *z)
{
    struct packer *p = z;
    free(p->z);
    free(p);
}

static void *pack_new(unsigned level, bool takeover)
{
    struct packer *p = malloc(sizeof *p);
    if (p == NULL)
        return NULL;
    p->level = level;
    p->takeover = takeover;
    p->z = malloc(wsp_deflate_size(WINDOW_BITS, level));
    if (p->z == NULL) {
        pack_free(p);
        return NULL;
    }
    wsp_deflate_init(p->z, WINDOW_BITS, level);
    return p;
}

static void pack_reset(void *z)
{
    struct packer *p = z;
    wsp_deflate_init(p->z, WINDOW_BITS, p->level);
}

static size_t pack(void *z, uint8_t out[PEER_OUT], const uint8_t *in, size_t len)
{
    struct packer *p = z;
    if (!p->takeover)
        wsp_deflate_reset(p->z);
    if (wsp_deflate_bound(len) > PEER_OUT)
        return 0;
    return wsp_deflate_run(p->z, out, in, len) - WSP_DEFLATE_TAIL;
}

struct unpacker {
    bool takeover;
    struct wsp_inflate z;
    struct wsp_history history;
    uint8_t ring[1 << WINDOW_BITS];
};

static void unpack_reset(void *z)
{
    struct unpacker *u = z;
    u->history = (struct wsp_history){.data = u->ring, .size = sizeof u->ring};
}

static void *unpack_new(bool takeover)
{
    struct unpacker *u = calloc(1, sizeof *u);
    if (u == NULL)
        return NULL;
    u->takeover = takeover;
    unpack_reset(u);
    return u;
}

/* 7.2.3.4: blocks may follow a final one. */
static bool run(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    enum wsp_inflate_status s;
    while ((s = wsp_inflate_run(z, io)) == WSP_INFLATE_FINAL)
        wsp_inflate_next(z);
    return s == WSP_INFLATE_INPUT;
}

static size_t unpack(void *z, uint8_t out[PEER_OUT], const struct packed *m)
{
    struct unpacker *u = z;
    struct wsp_inflate_call io = {.in = m->data,
                                  .in_len = m->len,
                                  .out = out,
                                  .out_cap = PEER_OUT,
                                  .history = u->takeover ? &u->history : NULL,
                                  .window = sizeof u->ring,
                                  .tail = true};
    wsp_inflate_init(&u->z);
    if (!run(&u->z, &io) || !wsp_inflate_between_blocks(&u->z))
        return SIZE_MAX;
    if (u->takeover)
        wsp_history_save(&u->history, out, io.out_at);
    return io.out_at;
}

const struct peer peer_ours = {
    .name = "ours",
    .version = version,
    .takeover = true,
    .pack_new = pack_new,
    .pack_reset = pack_reset,
    .pack = pack,
    .pack_free = pack_free,
    .unpack_new = unpack_new,
    .unpack_reset = unpack_reset,
    .unpack = unpack,
    .unpack_free = free,
};
