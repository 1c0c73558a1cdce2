/* mem - the caller's allocator as new, grow and free. SPDX-License-Identifier: MIT */
#ifndef WSP_BASE_MEM_H
#define WSP_BASE_MEM_H

#include <stddef.h>

/* alloc is wsp_config.alloc: one function for new, resize and free, with the old length told. */
struct wsp_mem {
    void *(*alloc)(void *ctx, void *ptr, size_t old_len, size_t new_len);
    void *ctx;
};

/* The default allocator: libc's. */
void *wsp_mem_libc(void *ctx, void *ptr, size_t old_len, size_t new_len);

/* len > 0. NULL when there is no memory; the bytes are not cleared. */
void *wsp_mem_new(const struct wsp_mem *m, size_t len);

/* The same, all zero. */
void *wsp_mem_zero(const struct wsp_mem *m, size_t len);

/* Moves ptr (NULL when old_len is 0) to a block of new_len > 0 bytes. NULL: ptr is as it was. */
void *wsp_mem_grow(const struct wsp_mem *m, void *ptr, size_t old_len, size_t new_len);

/* ptr may be NULL. */
void wsp_mem_free(const struct wsp_mem *m, void *ptr, size_t len);

#endif
