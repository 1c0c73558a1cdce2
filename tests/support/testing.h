/* What each test file starts with: cmocka needs these headers before its own. */
#ifndef TESTS_SUPPORT_TESTING_H
#define TESTS_SUPPORT_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wsproto.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Valgrind runs a subset: the long loops are shortened. */
static inline bool test_subset(void)
{
    return getenv("WSP_TEST_SUBSET") != NULL;
}

#endif
