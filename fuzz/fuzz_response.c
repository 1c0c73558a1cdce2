/* response - wsp_response_parse_by; see support_head.h. SPDX-License-Identifier: MIT */
#include "support_head.h"

#include "codec/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzz_head(wsp_response_parse_by, false, data, len);
    return 0;
}
