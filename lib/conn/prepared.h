/* prepared - a message framed once, to be queued by many. SPDX-License-Identifier: MIT */
#ifndef WSP_CONN_PREPARED_H
#define WSP_CONN_PREPARED_H

#include "base/mem.h"

#include <stdatomic.h>
#include <wsproto.h>

/* Only refs changes once it is made: threads may share it. */
struct wsp_prepared {
    struct wsp_mem mem; /* a copy: the endpoint may be gone first */
    atomic_size_t refs;
    size_t payload_len;
    size_t packed_len;                     /* of the compressed payload; 0: there is none */
    uint8_t header_len, packed_header_len; /* of the unmasked frames */
    uint8_t window_bits;                   /* that reading the compressed one takes */
    enum wsp_opcode opcode;
    uint8_t bytes[]; /* the frame, then the compressed frame, unmasked */
};

/* wsp_prepared_ref, and the usual half of wsp_prepared_unref; true: it was the last, and the memory
 * is to be freed. */
static inline void wsp_prepared_hold(wsp_prepared *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
}
static inline bool wsp_prepared_let_go(wsp_prepared *p)
{
    return atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1;
}
void wsp_prepared_free(wsp_prepared *p);

/* The frame, or the compressed one, with its header; its payload. */
static inline struct wsp_slice wsp_prepared_frame(const wsp_prepared *p, bool packed)
{
    size_t plain = p->header_len + p->payload_len;
    if (!packed)
        return (struct wsp_slice){p->bytes, plain};
    return (struct wsp_slice){p->bytes + plain, p->packed_header_len + p->packed_len};
}
struct wsp_slice wsp_prepared_payload(const wsp_prepared *p, bool packed);

#endif
