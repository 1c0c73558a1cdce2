/* What the JSON of every benchmark needs. */
#ifndef TESTS_BENCH_JSON_H
#define TESTS_BENCH_JSON_H

#include "bench/machine.h"

#include <stdio.h>

/* "key": "value", escaped. */
void json_text(FILE *f, const char *key, const char *value);

/* "machine": {...}, with a comma and a line's end behind it. */
void json_machine(FILE *f, const struct machine *m);

#endif
