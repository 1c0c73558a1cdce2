/*
 * Memory between two pages that cannot be touched: reading or writing past the end of what
 * guard_at_end gave, or before the start of what guard_at_start gave, is a crash. A length of 0 at
 * the end gives a pointer that cannot be read at all. Both share the memory: the newest counts.
 */
#ifndef TESTS_SUPPORT_GUARD_H
#define TESTS_SUPPORT_GUARD_H

#include <stddef.h>
#include <stdint.h>

struct guard;

/* guard_new - room for len bytes; aborts when there is no memory */
struct guard *guard_new(size_t len);
void guard_free(struct guard *g);

/* guard_at_end, guard_at_start - len bytes against the page: a copy of data; NULL copies nothing */
uint8_t *guard_at_end(struct guard *g, const void *data, size_t len);
uint8_t *guard_at_start(struct guard *g, const void *data, size_t len);

#endif
