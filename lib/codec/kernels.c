/* SPDX-License-Identifier: MIT */
#include "codec/kernels.h"

#include "codec/mask.h"
#include "codec/payload.h"
#include "codec/utf8.h"

void wsp_kernels_choose(struct wsp_kernels *out, unsigned cpu)
{
    (void)cpu;
    out->mask = wsp_mask_apply;
    out->utf8 = wsp_utf8_feed;
    out->unmask_text = wsp_payload_unmask_text;
}
