/* ready - the readyState machine as one pure function. SPDX-License-Identifier: MIT */
#ifndef WSP_CONN_READY_H
#define WSP_CONN_READY_H

#include <wsproto.h>

/* What can change the state. */
enum wsp_cause {
    WSP_CAUSE_OPENED,  /* the opening handshake is done (4.1, 4.2.2) */
    WSP_CAUSE_CLOSING, /* a Close was queued or received (7.1.3), or we failed it (7.1.7) */
    WSP_CAUSE_OVER     /* the transport ended, or nothing is left to wait for (7.1.4) */
};

/* The next state. It only moves forward; a cause without meaning in a state leaves it. */
enum wsp_state wsp_ready_next(enum wsp_state state, enum wsp_cause cause);

#endif
