/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "base/assert.h"

#include <string.h>

#define BUF_FIRST 64u /* bytes: the smallest block worth asking for */

bool wsp_buf_room(struct wsp_buf *b, const struct wsp_mem *m, size_t extra, size_t limit)
{
    WSP_ASSERT(b->len <= b->cap && b->len <= limit && extra <= limit - b->len);
    if (extra <= b->cap - b->len)
        return true;
    size_t need = b->len + extra;
    size_t cap = b->cap <= limit / 2 ? b->cap * 2 : limit;
    if (cap < BUF_FIRST)
        cap = BUF_FIRST;
    if (cap > limit)
        cap = limit;
    if (cap < need)
        cap = need;
    uint8_t *data = wsp_mem_grow(m, b->data, b->cap, cap);
    if (data == NULL)
        return false;
    b->data = data;
    b->cap = cap;
    return true;
}

bool wsp_buf_add(struct wsp_buf *b, const struct wsp_mem *m, const uint8_t *data, size_t len,
                 size_t limit)
{
    if (b->len > limit || len > limit - b->len || !wsp_buf_room(b, m, len, limit))
        return false;
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    return true;
}

void wsp_buf_shrink(struct wsp_buf *b, const struct wsp_mem *m)
{
    if (b->len == 0 || b->len == b->cap)
        return;
    uint8_t *data = wsp_mem_grow(m, b->data, b->cap, b->len);
    if (data == NULL)
        return;
    b->data = data;
    b->cap = b->len;
}

void wsp_buf_trim(struct wsp_buf *b, const struct wsp_mem *m, size_t max)
{
    b->len = 0;
    if (b->cap > max)
        wsp_buf_free(b, m);
}

void wsp_buf_free(struct wsp_buf *b, const struct wsp_mem *m)
{
    wsp_mem_free(m, b->data, b->cap);
    b->data = NULL;
    b->len = 0;
    b->cap = 0;
}
