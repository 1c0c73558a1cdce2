/* SPDX-License-Identifier: MIT */
#ifndef _DEFAULT_SOURCE
#    define _DEFAULT_SOURCE
#endif
#include "bench/keys.h"

#include <string.h>
#include <unistd.h>
#ifdef __APPLE__
#    include <sys/random.h>
#endif

bool keys_next(struct keys *k, uint8_t key[4])
{
    if (k->left == 0) {
        if (getentropy(k->pool, sizeof k->pool) != 0)
            return false;
        k->left = sizeof k->pool;
    }
    k->left -= 4;
    memcpy(key, k->pool + k->left, 4);
    return true;
}
