/* inflate_copy - matches, out of the output and out of the history. SPDX-License-Identifier: MIT */
#ifndef WSP_FLATE_INFLATE_COPY_H
#define WSP_FLATE_INFLATE_COPY_H

#include "flate/inflate.h"

/* Where a distance may lead: NULL, or the rule that it breaks. */
const char *wsp_inflate_reach(const struct wsp_inflate_call *io, size_t distance);

/* Writes len bytes of a match at io->out_at, and nothing behind them. They fit. */
void wsp_inflate_copy(struct wsp_inflate_call *io, size_t distance, size_t len);

#endif
