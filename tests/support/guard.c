#define _DEFAULT_SOURCE
#include "support/guard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard {
    uint8_t *map; /* a page without access, size bytes, a page without access */
    size_t page;
    size_t size; /* whole pages */
};

struct guard *guard_new(size_t len)
{
    struct guard *g = malloc(sizeof *g);
    if (g == NULL)
        abort();
    g->page = (size_t)sysconf(_SC_PAGESIZE);
    g->size = (len / g->page + 1) * g->page;
    g->map = mmap(NULL, g->size + 2 * g->page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g->map == MAP_FAILED || mprotect(g->map + g->page, g->size, PROT_READ | PROT_WRITE) != 0)
        abort();
    return g;
}

void guard_free(struct guard *g)
{
    if (g == NULL)
        return;
    munmap(g->map, g->size + 2 * g->page);
    free(g);
}

static uint8_t *place(uint8_t *at, const void *data, size_t len)
{
    if (data != NULL && len > 0)
        memmove(at, data, len);
    return at;
}

uint8_t *guard_at_end(struct guard *g, const void *data, size_t len)
{
    if (len > g->size)
        abort();
    return place(g->map + g->page + g->size - len, data, len);
}

uint8_t *guard_at_start(struct guard *g, const void *data, size_t len)
{
    if (len > g->size)
        abort();
    return place(g->map + g->page, data, len);
}
