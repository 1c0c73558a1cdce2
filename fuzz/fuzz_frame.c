/*
 * frame - the header codec against its twin; the closing codec behind it.
 * SPDX-License-Identifier: MIT
 *
 * Input: the bytes of a header; what follows it is taken for the body of a Close.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static void check_same(const struct wsp_frame *f, const struct fuzz_header *h)
{
    FUZZ_ASSERT(f->fin == h->fin && f->masked == h->masked);
    FUZZ_ASSERT(f->rsv == h->rsv && (unsigned)f->opcode == h->opcode);
    FUZZ_ASSERT(f->payload_len == h->len && f->rule == NULL);
    FUZZ_ASSERT(memcmp(f->key, h->key, 4) == 0);
}

/* Every prefix says the same as the twin, and never another thing than a shorter one. */
static int check_prefixes(struct wsp_frame *f, const uint8_t *data, size_t len)
{
    int before = 0;
    for (size_t n = 0; n <= len && n <= 16; n++) {
        struct fuzz_header h;
        uint8_t *exact = fuzz_copy(data, n);
        int r = wsp_frame_parse(f, exact, n);
        int twin = fuzz_header_read(&h, exact, n);
        free(exact);
        FUZZ_ASSERT(r == (twin < 0 ? WSP_ERR_PROTOCOL : twin));
        FUZZ_ASSERT(before == 0 || r == before);
        FUZZ_ASSERT((r < 0) == (f->rule != NULL));
        if (r > 0)
            check_same(f, &h);
        before = r;
    }
    return before;
}

/* 5.2 allows one form only, so what was parsed is what is written. */
static void check_write(const struct wsp_frame *f, const uint8_t *data, size_t len)
{
    uint8_t out[WSP_FRAME_HEADER_MAX];
    struct wsp_frame again;
    size_t n = wsp_frame_write(out, f);
    FUZZ_ASSERT(n == len && memcmp(out, data, n) == 0);
    FUZZ_ASSERT(wsp_frame_parse(&again, out, n) == (int)n);
    FUZZ_ASSERT(again.payload_len == f->payload_len && again.opcode == f->opcode);
}

/* 5.1, 5.2, 5.4 in one expression */
static void check_rules(const struct wsp_frame *f)
{
    for (unsigned i = 0; i < 32; i++) {
        enum wsp_role receiver = i & 1 ? WSP_CLIENT : WSP_SERVER;
        bool in_message = (i & 2) != 0;
        uint8_t allowed = (uint8_t)(i >> 2);
        struct wsp_frame copy = *f;
        bool legal = f->masked == (receiver == WSP_SERVER) && (f->rsv & ~allowed) == 0 &&
                     (f->opcode >= 8 || in_message == (f->opcode == 0));
        int r = wsp_frame_check(&copy, receiver, allowed, in_message);
        FUZZ_ASSERT(r == (legal ? WSP_OK : WSP_ERR_PROTOCOL));
        FUZZ_ASSERT((copy.rule == NULL) == legal);
    }
}

static void check_closing(const uint8_t *data, size_t len)
{
    uint16_t code;
    struct wsp_slice reason;
    uint8_t *body = fuzz_copy(data, len);
    int r = wsp_close_parse(&code, &reason, body, len);
    bool text = len < 2 || fuzz_utf8_valid(data + 2, len - 2);
    if (r == WSP_OK && len > 0) {
        uint8_t out[WSP_CONTROL_MAX];
        FUZZ_ASSERT(text && wsp_close_code_valid(code) && fuzz_inside(reason, body, len));
        int n = wsp_close_write(out, code, (const char *)reason.data, reason.len);
        FUZZ_ASSERT(n == (int)len && memcmp(out, data, len) == 0);
    } else if (r == WSP_OK) {
        FUZZ_ASSERT(code == WSP_CLOSE_NO_STATUS && reason.len == 0);
    } else {
        FUZZ_ASSERT(r == WSP_ERR_PROTOCOL || (r == WSP_ERR_UTF8 && !text));
    }
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct wsp_frame f;
    int n = check_prefixes(&f, data, len);
    if (n <= 0)
        return 0;
    check_write(&f, data, (size_t)n);
    check_rules(&f);
    check_closing(data + n, len - (size_t)n);
    return 0;
}
