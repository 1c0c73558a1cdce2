/* text - numbers in, explanations out: what the example programs share beside sockets.
 * SPDX-License-Identifier: MIT */
#ifndef TEXT_H
#define TEXT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wsproto.h>

/* A decimal number from min to max. False: the text is none. */
static inline bool text_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    unsigned long long value;
    char *end;

    errno = 0;
    value = strtoull(text, &end, 10);
    *out = value;
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && value >= min &&
           value <= max;
}

/* Text from the other side goes to a terminal, which control characters could drive. */
static inline void text_print_safe(FILE *to, struct wsp_slice text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;

        putc(control ? '?' : c, to);
    }
}

/* One line on why a connection closed: a failed handshake's status and the beginning of its body,
 * the broken rule, or the Close that came, with its reason. */
static inline void text_explain_close(FILE *to, const struct wsp_event *ev)
{
    struct wsp_slice body = ev->body;

    if (ev->head != NULL && ev->head->status != 101) {
        fprintf(to, "the server answered %u ", ev->head->status);
        text_print_safe(to, ev->head->reason);
        body.len = body.len < 300 ? body.len : 300;
        while (body.len > 0 && body.data[body.len - 1] <= ' ')
            body.len--;
        fputs(body.len > 0 ? ": " : "", to);
        text_print_safe(to, body);
    } else if (ev->error != WSP_OK) {
        fprintf(to, "%s (code %u)", ev->detail != NULL ? ev->detail : wsp_strerror(ev->error),
                (unsigned)ev->code);
    } else {
        fprintf(to, "closed with code %u", (unsigned)ev->code);
    }
    fputs(ev->data.len > 0 ? ": " : "", to);
    text_print_safe(to, ev->data);
    putc('\n', to);
}

#endif
