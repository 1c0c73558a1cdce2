#include "support/entropy.h"

uint64_t test_random(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

size_t test_random_below(uint64_t *state, size_t bound)
{
    return bound == 0 ? 0 : (size_t)(test_random(state) % bound);
}

int test_entropy_call(struct test_entropy *e, void *out, size_t len)
{
    uint8_t *bytes = out;
    e->calls++;
    bool fails = e->fail_at != 0 && e->calls >= e->fail_at && (e->calls == e->fail_at || e->sticky);
    if (fails) {
        e->refused = true;
        return -1;
    }
    uint64_t start = e->counter;
    for (size_t i = 0; i < len; i++)
        bytes[i] = e->zero ? 0 : (uint8_t)(test_random(&e->counter) >> 32);
    if (e->repeat)
        e->counter = start;
    return 0;
}
