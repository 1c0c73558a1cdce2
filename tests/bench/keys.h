/* Masking keys for peers that leave them to their user: from the system's CSPRNG, 64 at a time. */
#ifndef TESTS_BENCH_KEYS_H
#define TESTS_BENCH_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct keys {
    uint8_t pool[256];
    size_t left; /* bytes of it, at its end */
};

/* False when the system has none. */
bool keys_next(struct keys *k, uint8_t key[4]);

#ifdef __cplusplus
}
#endif

#endif
