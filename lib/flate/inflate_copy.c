/* inflate_copy - matches, out of the output and out of the history. SPDX-License-Identifier: MIT */
#include "flate/inflate_copy.h"

#include "base/assert.h"

#include <string.h>

const char *wsp_inflate_reach(const struct wsp_inflate_call *io, size_t distance)
{
    /* RFC 7692 7.1.2: the other side promised a window */
    if (distance > io->window)
        return "RFC 1951 3.2.5: distance is beyond the window";
    size_t filled = io->history != NULL ? io->history->filled : 0;
    /* 3.2.5: nothing is before the beginning */
    if (distance > io->out_at && distance - io->out_at > filled)
        return "RFC 1951 3.2.5: distance is beyond the start";
    return NULL;
}

/* len bytes that end no later than the history does; back: how far before its end they begin */
static void copy_history(uint8_t *out, const struct wsp_history *h, size_t back, size_t len)
{
    size_t from = (h->at - back) & (h->size - 1);
    size_t first = h->size - from;
    if (first >= len) {
        memcpy(out, h->data + from, len);
        return;
    }
    memcpy(out, h->data + from, first);
    memcpy(out + first, h->data, len - first);
}

void wsp_inflate_copy(struct wsp_inflate_call *io, size_t distance, size_t len)
{
    WSP_ASSERT(len <= io->out_cap - io->out_at);
    if (distance > io->out_at) {
        size_t back = distance - io->out_at;
        size_t n = back < len ? back : len;
        copy_history(io->out + io->out_at, io->history, back, n);
        io->out_at += n;
        len -= n;
    }
    if (len == 0)
        return;
    /* 3.2.3: a match may overlap itself, then it repeats what it writes */
    uint8_t *to = io->out + io->out_at;
    const uint8_t *from = to - distance;
    io->out_at += len;
    for (size_t i = 0; i < len; i++)
        to[i] = from[i];
}

void wsp_history_save(struct wsp_history *h, const uint8_t *out, size_t len)
{
    if (h->size == 0 || len == 0)
        return;
    if (len >= h->size) {
        memcpy(h->data, out + len - h->size, h->size);
        h->at = 0;
        h->filled = h->size;
        return;
    }
    size_t first = h->size - h->at;
    if (first > len)
        first = len;
    memcpy(h->data + h->at, out, first);
    if (first < len)
        memcpy(h->data, out + first, len - first);
    h->at = (h->at + len) & (h->size - 1);
    h->filled = h->filled + len < h->size ? h->filled + len : h->size;
}
