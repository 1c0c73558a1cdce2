/*
 * utf8_tables - what two bytes in a row tell. SPDX-License-Identifier: MIT
 *
 * A bit stands for a mistake that a byte and the one after it make together (RFC 3629 4). A table
 * has the mistakes that half a byte may take part in; those that are in all three were made.
 */
#ifndef WSP_CODEC_UTF8_TABLES_H
#define WSP_CODEC_UTF8_TABLES_H

#include <stdint.h>

struct wsp_utf8_tables {
    uint8_t first_high[16]; /* by bits 4 to 7 of the first byte */
    uint8_t first_low[16];  /* by its bits 0 to 3 */
    uint8_t second_high[16];
    uint8_t
        finished[64]; /* a character goes on behind a vector if a byte is above its own of these */
};

/* Of two continuation bytes in a row: no mistake in a character of three or four bytes. */
#define WSP_UTF8_PAIR 0x80u

extern const struct wsp_utf8_tables wsp_utf8_tables;

#endif
