/* ws_memcpy - no peer: what copying the same bytes takes. SPDX-License-Identifier: MIT */
#include "bench/ws_peer.h"

#include <stdlib.h>

static const char *version(void)
{
    return "of the C library";
}

static void *open_(enum wsp_role role)
{
    (void)role;
    return malloc(1 << 20);
}

static bool receive(void *c, struct inflow *in, struct sink *to)
{
    uint8_t *data;
    for (size_t n; (n = inflow_next(in, &data)) > 0;)
        memcpy(c, data, n);
    to->messages += in->messages;
    return true;
}

static bool send_(void *c, struct outflow *out, const uint8_t *message, size_t len)
{
    (void)c;
    outflow_put(out, message, len);
    return outflow_take(out) == len;
}

static size_t frame(uint8_t *out, const uint8_t *message, size_t len)
{
    memcpy(out, message, len);
    return len;
}

static bool broadcast(void *const *c, size_t n, struct outflow *out,
                      const struct wsp_slice *message)
{
    (void)c;
    for (size_t i = 0; i < n; i++) {
        outflow_put(out, message->data, message->len);
        (void)outflow_take(out);
    }
    return true;
}

/* Where a kernel has no second place, or the same one: the copy's. */
static uint8_t elsewhere[1 << 20];

static void mask(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4])
{
    (void)key;
    memcpy(dst == src ? elsewhere : dst, src, len);
}

static bool utf8(const uint8_t *text, size_t len)
{
    memcpy(elsewhere, text, len);
    return true;
}

static bool unmask_utf8(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4])
{
    (void)key;
    memcpy(dst, src, len);
    return true;
}

const struct ws_peer ws_memcpy = {
    .name = "memcpy",
    .version = version,
    .open = open_,
    .close = free,
    .receive = receive,
    .send = send_,
    .frame = frame,
    .broadcast = broadcast,
    .mask = mask,
    .utf8 = utf8,
    .unmask_utf8 = unmask_utf8,
};
