/* text - a bounded writer of text that also measures. SPDX-License-Identifier: MIT */
#ifndef WSP_BASE_TEXT_H
#define WSP_BASE_TEXT_H

#include <wsproto.h>

/*
 * Begin with {NULL, 0, 0} to measure, with {memory, its size, 0} to write. len counts what was
 * added, whether it fitted or not, and stops at SIZE_MAX. A piece is written whole or not at all,
 * and nothing after one that did not fit: the text is complete when len <= room. No NUL is added.
 */
struct wsp_text {
    char *at;    /* room bytes, or NULL when room is 0 */
    size_t room; /* bytes */
    size_t len;  /* bytes */
};

void wsp_text_bytes(struct wsp_text *t, const void *data,
                    size_t len); /* data may be NULL when len is 0 */
void wsp_text_add(struct wsp_text *t, const char *z);
void wsp_text_slice(struct wsp_text *t, struct wsp_slice s);
void wsp_text_number(struct wsp_text *t, uint64_t number); /* decimal */

/* wsp_slice_of - the slice of a NUL-terminated text, without its NUL; empty for NULL */
struct wsp_slice wsp_slice_of(const char *z);

#endif
