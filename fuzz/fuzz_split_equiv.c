/*
 * split_equiv - the same bytes, however they arrive, tell the same. SPDX-License-Identifier: MIT
 *
 * Input: as for conn_server and conn_client; the plan's last bit of the eighth byte is the role.
 *
 * A compressed message that is streamed tells at once what is wrong with it, a whole one at its
 * end: then what comes between may be told or not.
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

/* What a run told. */
struct tale {
    struct fuzz_blob text;
    size_t close_at;
    int error;
};

static void run(struct tale *t, const struct fuzz_plan *plan, struct wsp_slice peer)
{
    struct fuzz_drive d;
    fuzz_drive(&d, plan, peer);
    *t = (struct tale){d.log.text, d.log.close_at, d.log.close_error};
    d.log.text = (struct fuzz_blob){NULL, 0, 0};
    fuzz_drive_end(&d);
}

static void check(const struct tale *expected, const struct fuzz_plan *plan, struct wsp_slice peer)
{
    struct tale t;
    run(&t, plan, peer);
    FUZZ_ASSERT(t.text.len == expected->text.len);
    FUZZ_ASSERT(t.text.len == 0 || memcmp(t.text.data, expected->text.data, t.text.len) == 0);
    fuzz_blob_free(&t.text);
}

static bool about_inflated(int error)
{
    return error == WSP_ERR_DEFLATE || error == WSP_ERR_UTF8 || error == WSP_ERR_TOO_BIG;
}

static void check_streamed(const struct tale *whole, const struct tale *streamed, bool deflate)
{
    bool sooner = deflate && about_inflated(streamed->error);
    size_t len = sooner ? streamed->close_at : streamed->text.len;
    FUZZ_ASSERT(sooner ? len <= whole->text.len : len == whole->text.len);
    FUZZ_ASSERT(len == 0 || memcmp(streamed->text.data, whole->text.data, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct fuzz_plan plan;
    struct tale whole, streamed;
    fuzz_plan_read(&plan, &in, len > 7 && data[7] & 1 ? WSP_CLIENT : WSP_SERVER);
    struct wsp_slice peer = {in.at, in.len};
    tame(&plan);
    struct fuzz_plan variant = plan;
    memset(variant.cuts.at, 0, sizeof variant.cuts.at);
    variant.streaming = false;
    run(&whole, &variant, peer);
    variant.streaming = true;
    run(&streamed, &variant, peer);
    check_streamed(&whole, &streamed, plan.deflate.config.enabled);
    check(plan.streaming ? &streamed : &whole, &plan, peer);
    plan.streaming = !plan.streaming;
    check(plan.streaming ? &streamed : &whole, &plan, peer);
    plan.read_only = !plan.read_only;
    plan.space = !plan.space;
    if (peer.len <= BYTEWISE_MAX)
        memset(plan.cuts.at, 1, sizeof plan.cuts.at);
    check(plan.streaming ? &streamed : &whole, &plan, peer);
    fuzz_blob_free(&whole.text);
    fuzz_blob_free(&streamed.text);
    return 0;
}
