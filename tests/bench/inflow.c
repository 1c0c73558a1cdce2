/* SPDX-License-Identifier: MIT */
#include "bench/inflow.h"

#include "bench/traffic.h"

void sink_compare(struct sink *s, const uint8_t *data, size_t len, bool text)
{
    const struct traffic *t = s->expected;
    if (s->messages >= t->count || len != t->kind.size ||
        text != (t->kind.content != CONTENT_BINARY) ||
        memcmp(data, traffic_message(t, s->messages), len) != 0)
        s->wrong = true;
}
