/* conn_client - a client and its peer's bytes; see support_drive.h. SPDX-License-Identifier: MIT */
#include "support_drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct fuzz_plan plan;
    struct fuzz_drive drive;
    fuzz_plan_read(&plan, &in, WSP_CLIENT);
    fuzz_drive(&drive, &plan, (struct wsp_slice){in.at, in.len});
    fuzz_drive_end(&drive);
    return 0;
}
