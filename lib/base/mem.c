/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void *wsp_mem_libc(void *ctx, void *ptr, size_t old_len, size_t new_len)
{
    (void)ctx;
    (void)old_len;
    if (new_len == 0) {
        free(ptr);
        return NULL;
    }
    return ptr == NULL ? malloc(new_len) : realloc(ptr, new_len);
}

void *wsp_mem_new(const struct wsp_mem *m, size_t len)
{
    return m->alloc(m->ctx, NULL, 0, len);
}

void *wsp_mem_zero(const struct wsp_mem *m, size_t len)
{
    void *p = wsp_mem_new(m, len);
    if (p != NULL)
        memset(p, 0, len);
    return p;
}

void *wsp_mem_grow(const struct wsp_mem *m, void *ptr, size_t old_len, size_t new_len)
{
    return m->alloc(m->ctx, ptr, old_len, new_len);
}

void wsp_mem_free(const struct wsp_mem *m, void *ptr, size_t len)
{
    if (ptr != NULL)
        (void)m->alloc(m->ctx, ptr, len, 0);
}
