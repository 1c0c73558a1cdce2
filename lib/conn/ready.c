/* SPDX-License-Identifier: MIT */
#include "conn/ready.h"

enum wsp_state wsp_ready_next(enum wsp_state state, enum wsp_cause cause)
{
    if (state == WSP_CLOSED || cause == WSP_CAUSE_OVER)
        return WSP_CLOSED;
    if (state == WSP_CONNECTING)
        return cause == WSP_CAUSE_OPENED ? WSP_OPEN : WSP_CONNECTING;
    return cause == WSP_CAUSE_CLOSING ? WSP_CLOSING : state;
}
