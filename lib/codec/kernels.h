/* kernels - what touches every byte of a payload, chosen for a processor.
 * SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_KERNELS_H
#define WSP_CODEC_KERNELS_H

#include <wsproto.h>

/* Each does the same on every processor; a state or word of one may go on in another. */
struct wsp_kernels {
    /* as wsp_mask_apply; dst may be src */
    void (*mask)(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word);
    /* as wsp_utf8_feed */
    bool (*utf8)(uint32_t *state, const uint8_t *data, size_t len);
    /* as wsp_payload_unmask_text */
    bool (*unmask_text)(uint8_t *dst, const uint8_t *src, size_t len, uint64_t word,
                        uint32_t *utf8_state);
    /* as wsp_utf8_valid, of fewer than WSP_UTF8_SHORT bytes */
    bool (*utf8_short)(const uint8_t *data, size_t len);
};

/* wsp_kernels_choose - the fastest for a processor that has these bits of enum wsp_cpu */
void wsp_kernels_choose(struct wsp_kernels *out, unsigned cpu);

#endif
