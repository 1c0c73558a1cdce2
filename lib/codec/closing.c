/* closing - close codes and bodies. SPDX-License-Identifier: MIT */
#include "codec/closing.h"

#include "base/bytes.h"
#include "codec/utf8.h"

bool wsp_close_code_valid(unsigned code)
{
    /* 7.4.1; 1004, 1005 and 1006 are reserved */
    if (code >= 1000 && code <= 1003)
        return true;
    /* 7.4.1, and 1012 to 1014 by IANA's registry; 1015 is reserved */
    if (code >= 1007 && code <= 1014)
        return true;
    /* 7.4.2: registered with IANA, and private */
    return code >= 3000 && code <= 4999;
}

int wsp_close_parse(uint16_t *code, struct wsp_slice *reason, const uint8_t *body, size_t len)
{
    /* 7.1.5: no code stands for 1005 */
    if (len == 0) {
        *code = WSP_CLOSE_NO_STATUS;
        *reason = (struct wsp_slice){body, 0};
        return WSP_OK;
    }
    /* 5.5.1: a body begins with a code of two bytes; 5.5: control frames have at most 125 bytes */
    if (len < 2 || len > WSP_CONTROL_MAX)
        return WSP_ERR_PROTOCOL;
    uint16_t received = wsp_load_be16(body);
    if (!wsp_close_code_valid(received))
        return WSP_ERR_PROTOCOL;
    /* 5.5.1, 8.1: the reason is UTF-8, and whole */
    if (!wsp_utf8_valid(body + 2, len - 2))
        return WSP_ERR_UTF8;
    *code = received;
    *reason = (struct wsp_slice){body + 2, len - 2};
    return WSP_OK;
}

int wsp_close_write(uint8_t out[WSP_CONTROL_MAX], unsigned code, const char *reason, size_t len)
{
    if (code == 0)
        return len == 0 ? 0 : WSP_ERR_ARG;
    if (!wsp_close_code_valid(code))
        return WSP_ERR_ARG;
    if (len > WSP_REASON_MAX)
        return WSP_ERR_TOO_BIG;
    if (!wsp_utf8_valid((const uint8_t *)reason, len))
        return WSP_ERR_UTF8;
    wsp_store_be16(out, (uint16_t)code);
    for (size_t i = 0; i < len && i < WSP_REASON_MAX; i++)
        out[2 + i] = (uint8_t)reason[i];
    return (int)(2 + len);
}
