/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <string.h>

#define DIGITS_MAX 20u /* of 2^64 - 1 */

void wsp_text_bytes(struct wsp_text *t, const void *data, size_t len)
{
    if (len > 0 && t->len <= t->room && len <= t->room - t->len)
        memcpy(t->at + t->len, data, len);
    t->len = len <= SIZE_MAX - t->len ? t->len + len : SIZE_MAX;
}

void wsp_text_add(struct wsp_text *t, const char *z)
{
    wsp_text_bytes(t, z, strlen(z));
}

void wsp_text_slice(struct wsp_text *t, struct wsp_slice s)
{
    wsp_text_bytes(t, s.data, s.len);
}

void wsp_text_number(struct wsp_text *t, uint64_t number)
{
    char digits[DIGITS_MAX];
    size_t at = DIGITS_MAX;
    do {
        at--;
        digits[at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && at > 0);
    wsp_text_bytes(t, digits + at, DIGITS_MAX - at);
}

struct wsp_slice wsp_slice_of(const char *z)
{
    struct wsp_slice s = {(const uint8_t *)z, z != NULL ? strlen(z) : 0};
    return s;
}
