/* buf - bytes that grow with what is put into them. SPDX-License-Identifier: MIT */
#ifndef WSP_BASE_BUF_H
#define WSP_BASE_BUF_H

#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>

struct wsp_buf {
    uint8_t *data; /* cap bytes, or NULL when cap is 0 */
    size_t len;    /* bytes in use, at most cap */
    size_t cap;
};

/*
 * Makes room for extra more bytes. Growth doubles, so that n bytes cost O(n) in all, but never past
 * limit (which must be at least len + extra): what will not come is not allocated. False: no
 * memory, the buffer is as it was.
 */
bool wsp_buf_room(struct wsp_buf *b, const struct wsp_mem *m, size_t extra, size_t limit);

/* Appends len bytes; false: no memory, or len + b->len is over limit. */
bool wsp_buf_add(struct wsp_buf *b, const struct wsp_mem *m, const uint8_t *data, size_t len,
                 size_t limit);

/* Gives back the room that is not used, if the allocator can. */
void wsp_buf_shrink(struct wsp_buf *b, const struct wsp_mem *m);

/* Frees the memory when it is more than max; the bytes are not needed any more. */
void wsp_buf_trim(struct wsp_buf *b, const struct wsp_mem *m, size_t max);

void wsp_buf_free(struct wsp_buf *b, const struct wsp_mem *m);

#endif
