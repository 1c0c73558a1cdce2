/* inflate_run - the way in: a stored message at once, all else by steps.
 * SPDX-License-Identifier: MIT */
#include "flate/inflate.h"

#include "base/assert.h"
#include "base/compiler.h"

#include <string.h>

/*
 * All of the input, when it is a stored block and the head of the empty one that the tail ends, as
 * senders make of what does not compress. How much is copied is told from the input's length: the
 * copy need not wait for the block's own, which then only has to agree.
 */
static bool run_stored_message(const struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    const uint8_t *in = io->in;
    const size_t around = 6;
    if (!io->tail || io->in_len < around || !wsp_inflate_between_blocks(z))
        return false;
    size_t n = io->in_len - around;
    uint32_t lengths = in[1] | (uint32_t)in[2] << 8 | (uint32_t)in[3] << 16 | (uint32_t)in[4] << 24;
    size_t differ = lengths ^ ((n & 0xFFFF) | (~n & 0xFFFF) << 16);
    differ |= ((in[0] | in[n + 5]) & 7u) | n >> 16;
    if (differ != 0 || n > io->out_cap - io->out_at)
        return false;
    memcpy(io->out + io->out_at, in + 5, n);
    io->in += io->in_len;
    io->in_len = 0;
    io->out_at += n;
    io->tail = false;
    return true;
}

enum wsp_inflate_status wsp_inflate_run(struct wsp_inflate *z, struct wsp_inflate_call *io)
{
    WSP_ASSERT(io->out_at <= io->out_cap);
    if (!WSP_SMALL_CODE && run_stored_message(z, io))
        return WSP_INFLATE_INPUT;
    return wsp_inflate_steps(z, io);
}
