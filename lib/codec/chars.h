/* chars - character classes of HTTP and URIs, and cutting slices by them.
 * SPDX-License-Identifier: MIT
 *
 * Every parser of text in codec/ walks by these few functions, so that the bounds of an index are
 * decided here alone. No function adds to the data pointer of an empty slice: it may be NULL. */
#ifndef WSP_CODEC_CHARS_H
#define WSP_CODEC_CHARS_H

#include "base/bytes.h"
#include "base/compiler.h"

#include <wsproto.h>

enum wsp_class {
    WSP_CLASS_TOKEN = 1,    /* tchar: RFC 9110 5.6.2, the same set as token of RFC 2616 2.2 */
    WSP_CLASS_FIELD = 2,    /* field-content: RFC 9110 5.5: HTAB, SP, VCHAR, obs-text */
    WSP_CLASS_TARGET = 4,   /* VCHAR but '#': what a request target may hold (RFC 9112 3.2) */
    WSP_CLASS_OWS = 8,      /* SP, HTAB: RFC 9110 5.6.3 */
    WSP_CLASS_DIGIT = 16,   /* RFC 5234 B.1 */
    WSP_CLASS_HEX = 32,     /* either case */
    WSP_CLASS_REGNAME = 64, /* unreserved, sub-delims: RFC 3986 2.2, 2.3 */
    WSP_CLASS_PATH = 128,   /* pchar but pct-encoded, and '/': RFC 3986 3.3 */
    WSP_CLASS_QUERY = 256   /* the same and '?': RFC 3986 3.4 */
};

/* Or-ed enum wsp_class of each byte. */
extern const uint16_t wsp_char_classes[256];

static inline bool wsp_char_is(uint8_t byte, unsigned classes)
{
    return (wsp_char_classes[byte] & classes) != 0;
}

/* wsp_char_lower - ASCII letters only, whatever the locale */
static inline uint8_t wsp_char_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/*
 * wsp_letters_are - are len >= 4 bytes at at the first of text, in lower case, without ASCII case
 *
 * text is of letters and '-'. With a '-' in it, at must be a token: a CR would be taken for a '-'.
 * A word at a time.
 */
static inline bool wsp_letters_are(const uint8_t *at, const char *text, size_t len)
{
    const uint8_t *lower = (const uint8_t *)text;
    size_t i = 0;
    if (WSP_SMALL_CODE) {
        while (i < len && (at[i] | 0x20) == lower[i])
            i++;
        return i == len;
    }
    for (; len - i >= 8; i += 8)
        if ((wsp_load64(at + i) | UINT64_C(0x2020202020202020)) != wsp_load64(lower + i))
            return false;
    if (len - i >= 4 && (wsp_load32(at + i) | 0x20202020u) != wsp_load32(lower + i))
        return false;
    return (wsp_load32(at + len - 4) | 0x20202020u) == wsp_load32(lower + len - 4);
}

/* wsp_run - how many bytes at the start of s are of one of the classes */
static inline size_t wsp_run(struct wsp_slice s, unsigned classes)
{
    size_t n = 0;
    while (n < s.len && wsp_char_is(s.data[n], classes))
        n++;
    return n;
}

/* wsp_token_run - how many bytes of a token (RFC 9110 5.6.2) s begins with */
size_t wsp_token_run(struct wsp_slice s);

/* wsp_all - is s not empty and every byte of it of one of the classes */
bool wsp_all(struct wsp_slice s, unsigned classes);

/* wsp_cut - take n bytes (at most all) off the front of *s, and return them */
static inline struct wsp_slice wsp_cut(struct wsp_slice *s, size_t n)
{
    struct wsp_slice front = *s;
    if (n < s->len)
        front.len = n;
    if (front.len > 0) {
        s->data += front.len;
        s->len -= front.len;
    }
    return front;
}

/* wsp_cut_byte - take the first byte off *s if it is this one */
static inline bool wsp_cut_byte(struct wsp_slice *s, uint8_t byte)
{
    if (s->len == 0 || s->data[0] != byte)
        return false;
    s->data++;
    s->len--;
    return true;
}

/* wsp_index - where the byte first occurs in s; s.len when it does not */
size_t wsp_index(struct wsp_slice s, uint8_t byte);

/* wsp_trim - s without OWS at both ends (RFC 9110 5.6.3) */
struct wsp_slice wsp_trim(struct wsp_slice s);

#endif
