/*
 * Allocators for wsp_config.alloc.
 *
 * test_alloc checks what the library tells (old_len on every call), counts, moves every block that
 * is resized, fills new memory with 0xA5 and freed memory with 0xDB, and fails when it is told to.
 * test_arena serves a static arena.
 */
#ifndef TESTS_SUPPORT_ALLOC_H
#define TESTS_SUPPORT_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test_alloc {
    size_t live;   /* bytes */
    size_t peak;   /* the most live has been */
    size_t blocks; /* live blocks */
    size_t calls;  /* of new and resize: what fail_at counts */
    size_t largest;
    size_t fail_at; /* the call that fails, 1 for the first; 0 for none */
    bool sticky;    /* all later ones fail too */
    bool refused;   /* a call was failed */
    /* Live memory may be at most base + 64 KiB + 3 x *received; NULL: not checked. */
    const uint64_t *received;
    size_t base;
};

void *test_alloc_call(struct test_alloc *a, void *ptr, size_t old_len, size_t new_len);

/* Bytes of memory that no malloc stands behind. First fit; blocks are 16-byte aligned. */
struct test_arena {
    uint8_t *memory; /* 16-byte aligned */
    size_t size;
    size_t live, peak;
    bool ready;
};

void *test_arena_call(struct test_arena *a, void *ptr, size_t old_len, size_t new_len);

#endif
