/*
 * split_equiv - the same bytes, however they arrive, tell the same. SPDX-License-Identifier: MIT
 *
 * Input: as for conn_server and conn_client; the plan's last bit of the eighth byte is the role.
 */
#include "support_drive.h"

#include <string.h>

#define BYTEWISE_MAX 1024 /* bytes */

/* Only what the bytes alone decide: no failures, no time, an application that answers at once. */
static void tame(struct fuzz_plan *p)
{
    p->fail_alloc = 0;
    p->fail_entropy = 0;
    p->step_ms = 0;
    p->take = SIZE_MAX;
    p->answer = (enum fuzz_answer)(p->answer % (FUZZ_RESPOND + 1));
    p->echo = false;
    p->ping = false;
    p->close_on_data = false;
}

static void run(struct fuzz_blob *log, const struct fuzz_plan *plan, struct wsp_slice peer)
{
    struct fuzz_drive d;
    fuzz_drive(&d, plan, peer);
    *log = d.log.text;
    d.log.text = (struct fuzz_blob){NULL, 0, 0};
    fuzz_drive_end(&d);
}

static void check(const struct fuzz_blob *expected, const struct fuzz_plan *plan,
                  struct wsp_slice peer)
{
    struct fuzz_blob log;
    run(&log, plan, peer);
    FUZZ_ASSERT(log.len == expected->len);
    FUZZ_ASSERT(log.len == 0 || memcmp(log.data, expected->data, log.len) == 0);
    fuzz_blob_free(&log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct fuzz_plan plan;
    struct fuzz_blob whole;
    fuzz_plan_read(&plan, &in, len > 7 && data[7] & 1 ? WSP_CLIENT : WSP_SERVER);
    struct wsp_slice peer = {in.at, in.len};
    tame(&plan);
    struct fuzz_plan variant = plan;
    memset(variant.cuts.at, 0, sizeof variant.cuts.at);
    run(&whole, &variant, peer);
    check(&whole, &plan, peer);
    plan.streaming = !plan.streaming;
    check(&whole, &plan, peer);
    plan.read_only = !plan.read_only;
    plan.space = !plan.space;
    if (peer.len <= BYTEWISE_MAX)
        memset(plan.cuts.at, 1, sizeof plan.cuts.at);
    check(&whole, &plan, peer);
    fuzz_blob_free(&whole);
    return 0;
}
