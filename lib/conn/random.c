/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* getentropy */
#include "conn/random.h"

#include "base/assert.h"

#include <string.h>

#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__)
#    define HAVE_GETENTROPY 1
#elif defined(__APPLE__)
#    include <sys/random.h>
#    define HAVE_GETENTROPY 1
#else
#    define HAVE_GETENTROPY 0
#endif
#if HAVE_GETENTROPY
#    include <unistd.h>
#endif

#define RENEW 64u /* fills of the pool */

static bool draw_libc(void *out, size_t len)
{
#if HAVE_GETENTROPY
    return getentropy(out, len) == 0;
#else
    (void)out;
    (void)len;
    return false;
#endif
}

static long process_now(void)
{
#if HAVE_GETENTROPY
    return getpid();
#else
    return 0;
#endif
}

/* The end of the pool, from the source itself. */
static bool draw(struct wsp_random *r)
{
    uint8_t *to = r->pool + (sizeof r->pool - r->draw);
    bool ok = r->entropy != NULL ? r->entropy(r->ctx, to, r->draw) == 0 : draw_libc(to, r->draw);
    r->left = ok ? r->draw : 0;
    return ok;
}

/* The whole pool, from the key; then the key, from the pool. */
static bool expand(struct wsp_random *r)
{
    long process = process_now();
    if (r->fills == 0 || process != r->process) {
        if (!draw_libc(r->key, sizeof r->key))
            return false;
        r->fills = RENEW;
        r->process = process;
    }
    r->fills--;
    wsp_chacha20(r->pool, r->key);
    memcpy(r->key, r->pool, sizeof r->key);
    memset(r->pool, 0, sizeof r->key);
    r->left = sizeof r->pool - sizeof r->key;
    return true;
}

void wsp_random_init(struct wsp_random *r, int (*entropy)(void *ctx, void *out, size_t len),
                     void *ctx, size_t draw_len)
{
    WSP_ASSERT(draw_len >= WSP_POOL_MIN && draw_len <= WSP_POOL_MAX);
    memset(r, 0, sizeof *r);
    r->entropy = entropy;
    r->ctx = ctx;
    r->draw = draw_len;
}

bool wsp_random_bytes(struct wsp_random *r, uint8_t *out, size_t n)
{
    WSP_ASSERT(n <= WSP_POOL_MIN);
    if (r->left < n && !(WSP_SMALL_CODE || r->entropy != NULL ? draw(r) : expand(r)))
        return false;
    uint8_t *from = r->pool + (sizeof r->pool - r->left);
    memcpy(out, from, n);
    memset(from, 0, n);
    r->left -= n;
    return true;
}
