/* http_field - what is the same however the lines of a head are found. SPDX-License-Identifier: MIT
 */
#ifndef WSP_CODEC_HTTP_FIELD_H
#define WSP_CODEC_HTTP_FIELD_H

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/cpu.h"

#include <wsproto.h>

static inline bool wsp_field_ows(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static WSP_NOINLINE struct wsp_slice wsp_field_trimmed(const uint8_t *from, const uint8_t *end)
{
    while (wsp_field_ows(*from))
        from++;
    while (end > from && wsp_field_ows(end[-1]))
        end--;
    return (struct wsp_slice){from, (size_t)(end - from)};
}

/* RFC 9112 5: OWS field-value OWS, from from to end, where a CR stops every walk. Nearly always the
 * first OWS is one space, and the last is none. */
static inline struct wsp_slice wsp_field_value(const uint8_t *from, const uint8_t *end)
{
    if (*from == ' ')
        from++;
    if (*from <= ' ' || end[-1] <= ' ')
        return wsp_field_trimmed(from, end);
    return (struct wsp_slice){from, (size_t)(end - from)};
}

static inline bool wsp_field_is_host(struct wsp_slice name)
{
    /* A token has no byte that only looks like a letter then. */
    static const uint8_t host[4] = {'h', 'o', 's', 't'};
    return name.len == 4 && (wsp_load32(name.data) | UINT32_C(0x20202020)) == wsp_load32(host);
}

/*
 * wsp_fields_avx512, wsp_fields_avx2 - the fields from at on, and the empty line
 *
 * They do what most heads need and no more: 0 when a line is in any way unusual, when the end is
 * not there, when text is shorter than WSP_FIELDS_LEAST, or when there is no room for a field. Then
 * the fields of h are of no use, and the parser that names rules is to look. Otherwise the head's
 * length; *hosts: how many are Host.
 */
#if WSP_SIMD_X86
#    define WSP_FIELDS_LEAST 67u /* bytes: a block, and the rest of what ends a head */
int wsp_fields_avx512(struct wsp_head *h, struct wsp_slice text, size_t at, size_t *hosts);
int wsp_fields_avx2(struct wsp_head *h, struct wsp_slice text, size_t at, size_t *hosts);
#endif

#endif
