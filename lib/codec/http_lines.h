/*
 * http_lines - the fields of a head, found by vectors. SPDX-License-Identifier: MIT
 *
 * Included behind one of codec/vec_*.h. Each byte is classified once, 64 at a time; what is left to
 * do for a line is to look for its first bits in two words.
 */
#ifndef WSP_CODEC_HTTP_LINES_H
#define WSP_CODEC_HTTP_LINES_H

#include "codec/http_field.h"

#define LINES_BLOCK 64u /* bytes: one for each bit of a word */

/* What the two tables have in common, for the lower and the upper half of a byte. */
#define LINES_TOKEN 0x3Fu /* any of these: tchar (RFC 9110 5.6.2), a bit for each upper half */
#define LINES_STOP 0xC0u  /* any of these: a control character (RFC 5234 B.1) */
static const uint8_t lines_low[16] = {0x7A, 0x7F, 0x7E, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F,
                                      0x7E, 0x7E, 0x7D, 0x55, 0x74, 0x55, 0x7D, 0xDC};
static const uint8_t lines_high[16] = {0x40, 0x40, 0x01, 0x02, 0x04, 0x08, 0x10, 0xA0};

/* The line from at on, which the blocks up to now have not ended. */
struct lines {
    const uint8_t *base; /* of the block */
    const uint8_t *end;  /* bytes from here on cannot begin what ends a head */
    uint64_t others;     /* a bit for each byte of the block that is not of a token */
    uint64_t stops;      /* one for each that is a control character */
    uint64_t starts;     /* one for each stop behind none, that is not dealt with */
    uint64_t names;      /* others from at on, as far as they are known */
    const uint8_t *at;
    struct wsp_header *field; /* its */
    size_t hosts;
};

/* The block from from on, or the last one when less than a block is left. */
VEC_INLINE void lines_block(struct lines *l, const uint8_t *from)
{
    uint64_t tokens = 0;
    uint64_t stops = 0;
    uint64_t before = l->stops >> (LINES_BLOCK - 1);
    l->base = (size_t)(l->end - from) >= LINES_BLOCK ? from : l->end - LINES_BLOCK;
    for (size_t i = 0; i < LINES_BLOCK; i += VEC_BYTES) {
        vec v = vec_load(l->base + i);
        vec classes = vec_and(vec_lookup_low(vec_table(lines_low), v),
                              vec_lookup_high(vec_table(lines_high), v));
        tokens |= vec_having(classes, LINES_TOKEN) << i;
        stops |= vec_having(classes, LINES_STOP) << i;
    }
    l->others = ~tokens;
    l->stops = stops;
    /* What the last block has in common with the one before is not looked at again. */
    unsigned known = (unsigned)(from - l->base);
    l->starts = (stops & ~(stops << 1 | before)) >> known << known;
}

/* The others from at on, which is in the block or behind it: then the next block has them. */
VEC_INLINE uint64_t lines_names(const struct lines *l)
{
    return l->others >> (size_t)(l->at - l->base) % LINES_BLOCK;
}

/* The same for a new block, which has more of them when it begins behind at. */
VEC_INLINE uint64_t lines_more_names(const struct lines *l)
{
    size_t back = (size_t)(l->base - l->at);
    if (l->at >= l->base)
        return lines_names(l);
    return back < LINES_BLOCK ? l->names | l->others << back : l->names;
}

/* The line ends at end. False: it is not as usual. */
VEC_INLINE bool lines_take(struct lines *l, const uint8_t *end)
{
    /* Where a name is too long for it to be seen, so is the line: there is a byte at 63. */
    size_t len = (unsigned)__builtin_ctzll(l->names | UINT64_C(1) << (LINES_BLOCK - 1));
    if (len == 0 || l->at[len] != ':' || memcmp(end, "\r\n", 2) != 0)
        return false;
    l->field->name = (struct wsp_slice){l->at, len};
    l->field->value = wsp_field_value(l->at + len + 1, end);
    if (wsp_field_is_host(l->field->name))
        l->hosts++;
    l->field++;
    l->at = end + 2;
    return true;
}

/* The lines that end in the block: where the head ends, at when it does not, or NULL. */
VEC_INLINE const uint8_t *lines_ended(struct lines *l, const struct wsp_header *most)
{
    while (l->starts != 0) {
        const uint8_t *end = l->base + (unsigned)__builtin_ctzll(l->starts);
        l->starts &= l->starts - 1;
        if (l->field == most || !lines_take(l, end))
            return NULL;
        if (memcmp(end, "\r\n\r\n", 4) == 0)
            return end + 4;
        l->names = lines_names(l);
    }
    return l->at;
}

VEC_INLINE int lines_fields(struct wsp_head *h, struct wsp_slice text, size_t from, size_t *hosts)
{
    if (text.len < WSP_FIELDS_LEAST || h->max_headers == 0) /* headers may be NULL then */
        return 0;
    const uint8_t *next = text.data + from;
    struct lines l = {.at = next, .end = text.data + text.len - 3, .field = h->headers};
    while (next < l.end) {
        lines_block(&l, next);
        l.names = lines_more_names(&l);
        const uint8_t *end = lines_ended(&l, h->headers + h->max_headers);
        if (end == NULL)
            return 0;
        if (end != l.at) {
            *hosts = l.hosts;
            h->header_count = (size_t)(l.field - h->headers);
            return (int)(end - text.data);
        }
        next = l.base + LINES_BLOCK;
    }
    return 0;
}

#endif
