#include "support/alloc.h"

#include "support/testing.h"

#define MAGIC UINT64_C(0x57534d454d4f5259)

/* In front of each block of test_alloc. */
struct block_head {
    uint64_t magic;
    size_t len;
};

static void check_ceiling(const struct test_alloc *a)
{
    if (a->received == NULL)
        return;
    uint64_t ceiling = a->base + UINT64_C(65536) + 3 * *a->received;
    if (a->live > ceiling)
        fail_msg("%zu bytes live after %llu received, base %zu", a->live,
                 (unsigned long long)*a->received, a->base);
}

/* New memory is filled, so that what reads it gets nonsense; but not under valgrind and
 * MemorySanitizer, which see such a read themselves. */
#if defined(__has_feature)
#    if __has_feature(memory_sanitizer)
#        define SEES_UNSET_MEMORY 1
#    endif
#endif
#ifndef SEES_UNSET_MEMORY
#    define SEES_UNSET_MEMORY test_subset()
#endif

static void *block_new(struct test_alloc *a, size_t len)
{
    struct block_head *h = malloc(sizeof *h + len);
    assert_non_null(h);
    h->magic = MAGIC;
    h->len = len;
    if (!SEES_UNSET_MEMORY)
        memset(h + 1, 0xA5, len);
    a->live += len;
    a->blocks++;
    if (a->live > a->peak)
        a->peak = a->live;
    if (len > a->largest)
        a->largest = len;
    return h + 1;
}

static void block_free(struct test_alloc *a, void *ptr)
{
    struct block_head *h = (struct block_head *)ptr - 1;
    a->live -= h->len;
    a->blocks--;
    h->magic = 0;
    memset(h + 1, 0xDB, h->len);
    free(h);
}

static bool refuse(struct test_alloc *a)
{
    a->calls++;
    if (a->fail_at == 0 || a->calls < a->fail_at || (a->calls > a->fail_at && !a->sticky))
        return false;
    a->refused = true;
    return true;
}

void *test_alloc_call(struct test_alloc *a, void *ptr, size_t old_len, size_t new_len)
{
    if (ptr == NULL) {
        assert_int_equal(old_len, 0);
    } else {
        const struct block_head *h = (struct block_head *)ptr - 1;
        assert_true(h->magic == MAGIC);
        assert_int_equal(h->len, old_len);
    }
    if (new_len == 0) {
        if (ptr != NULL)
            block_free(a, ptr);
        return NULL;
    }
    if (refuse(a))
        return NULL;
    void *fresh = block_new(a, new_len);
    if (ptr != NULL) {
        memcpy(fresh, ptr, old_len < new_len ? old_len : new_len);
        block_free(a, ptr);
    }
    check_ceiling(a);
    return fresh;
}

/* --- arena: a list of chunks that lie side by side, in order of address ----------------------- */

struct chunk {
    size_t size; /* with this head */
    size_t used; /* bytes asked for, 0 when free */
};

static struct chunk *chunk_at(struct test_arena *a, size_t offset)
{
    return (struct chunk *)(void *)(a->memory + offset);
}

static size_t chunk_offset(const struct test_arena *a, const void *ptr)
{
    return (size_t)((const uint8_t *)ptr - a->memory) - sizeof(struct chunk);
}

/* Joins free neighbours behind the chunk. */
static void chunk_join(struct test_arena *a, size_t offset)
{
    struct chunk *c = chunk_at(a, offset);
    while (offset + c->size < a->size && chunk_at(a, offset + c->size)->used == 0)
        c->size += chunk_at(a, offset + c->size)->size;
}

static void *arena_new(struct test_arena *a, size_t len)
{
    if (len > a->size)
        return NULL;
    size_t need = sizeof(struct chunk) + (len + 15) / 16 * 16;
    for (size_t at = 0; at < a->size; at += chunk_at(a, at)->size) {
        struct chunk *c = chunk_at(a, at);
        if (c->used != 0)
            continue;
        chunk_join(a, at);
        if (c->size < need)
            continue;
        if (c->size > need) {
            *chunk_at(a, at + need) = (struct chunk){.size = c->size - need, .used = 0};
            c->size = need;
        }
        c->used = len;
        a->live += len;
        a->peak = a->live > a->peak ? a->live : a->peak;
        return c + 1;
    }
    return NULL;
}

void *test_arena_call(struct test_arena *a, void *ptr, size_t old_len, size_t new_len)
{
    if (!a->ready) {
        *chunk_at(a, 0) = (struct chunk){.size = a->size, .used = 0};
        a->ready = true;
    }
    if (ptr != NULL)
        assert_int_equal(chunk_at(a, chunk_offset(a, ptr))->used, old_len);
    void *fresh = new_len == 0 ? NULL : arena_new(a, new_len);
    if (new_len != 0 && fresh == NULL)
        return NULL;
    if (ptr == NULL)
        return fresh;
    if (fresh != NULL)
        memcpy(fresh, ptr, old_len < new_len ? old_len : new_len);
    a->live -= old_len;
    chunk_at(a, chunk_offset(a, ptr))->used = 0;
    return fresh;
}
