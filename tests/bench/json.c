/* SPDX-License-Identifier: MIT */
#include "bench/json.h"

void json_text(FILE *f, const char *key, const char *value)
{
    (void)fprintf(f, "\"%s\": \"", key);
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if (c == '"' || c == '\\')
            (void)fprintf(f, "\\%c", c);
        else if (c >= ' ' && c < 0x7F)
            (void)fputc(c, f);
        else
            (void)fprintf(f, "\\u%04x", c);
    }
    (void)fputc('"', f);
}

void json_machine(FILE *f, const struct machine *m)
{
    (void)fprintf(f, "  \"machine\": {");
    json_text(f, "cpu", m->cpu);
    (void)fprintf(f, ", ");
    json_text(f, "caches", m->caches);
    (void)fprintf(f, ", ");
    json_text(f, "system", m->system);
    (void)fprintf(f, ", \"cpus\": %ld, ", m->cpus);
    json_text(f, "compiler", m->compiler);
    (void)fprintf(f, ", ");
    json_text(f, "flags", m->flags);
    (void)fprintf(f, "},\n");
}
