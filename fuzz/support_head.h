/* What the request and response targets have in common. SPDX-License-Identifier: MIT */
#ifndef FUZZ_SUPPORT_HEAD_H
#define FUZZ_SUPPORT_HEAD_H

#include "support.h"

typedef int fuzz_head_parse(struct wsp_head *h, const uint8_t *buf, size_t len, unsigned cpu);

/*
 * Input: the most headers allowed (0 stands for 100), eight lengths of pieces, the head.
 * A head parsed whole, in these pieces, byte by byte and without what follows it gives the same, on
 * a processor without any vectors, with some and with all that this one has.
 */
void fuzz_head(fuzz_head_parse *parse, bool request, const uint8_t *data, size_t len);

#endif
