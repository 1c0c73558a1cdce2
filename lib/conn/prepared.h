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
    size_t header_len; /* of the unmasked frame */
    size_t payload_len;
    enum wsp_opcode opcode;
    uint8_t frame[]; /* header and payload, unmasked */
};

#endif
