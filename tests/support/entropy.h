/* Scripted entropy for wsp_config.entropy: no two calls give the same bytes unless told so. */
#ifndef TESTS_SUPPORT_ENTROPY_H
#define TESTS_SUPPORT_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test_entropy {
    uint64_t counter;
    size_t calls;
    size_t fail_at; /* the call that fails, 1 for the first; 0 for none */
    bool sticky;    /* all later ones fail too */
    bool repeat;    /* every call gives the same bytes */
    bool zero;      /* every byte is 0 */
    bool refused;   /* a call was failed */
};

int test_entropy_call(struct test_entropy *e, void *out, size_t len);

/* A small generator for the tests themselves (splitmix64). */
uint64_t test_random(uint64_t *state);
size_t test_random_below(uint64_t *state, size_t bound);

#endif
