/* request - wsp_request_parse; see support_head.h. SPDX-License-Identifier: MIT */
#include "support_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzz_head(wsp_request_parse, true, data, len);
    return 0;
}
