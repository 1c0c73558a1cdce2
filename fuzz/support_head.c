/* SPDX-License-Identifier: MIT */
#include "support_head.h"

#include "base/cpu.h"

#include <stdlib.h>
#include <string.h>

#define HEADERS 255
#define DRIP_MAX 512 /* bytes: each step copies all that came before */

/* A parse with the buffer it points into. */
struct parsed {
    struct wsp_head head;
    struct wsp_header headers[HEADERS];
    uint8_t *buf;
    size_t len;
    int r;
};

static void begin(struct parsed *p, size_t max_headers)
{
    memset(p, 0, sizeof *p);
    p->head.headers = p->headers;
    p->head.max_headers = max_headers;
}

/* The buffer moves with each call, and ends where the input does. */
static void step(struct parsed *p, fuzz_head_parse *parse, struct wsp_slice in, unsigned cpu)
{
    size_t len = in.len;
    free(p->buf);
    p->buf = fuzz_copy(in.data, len);
    p->len = len;
    p->r = parse(&p->head, p->buf, len, cpu);
    FUZZ_ASSERT(p->r <= (int)len && p->head.scanned <= len);
    FUZZ_ASSERT((p->r < 0) == (p->head.rule != NULL));
}

static bool same_slice(const struct parsed *a, struct wsp_slice x, const struct parsed *b,
                       struct wsp_slice y)
{
    if (x.len == 0 || y.len == 0)
        return x.len == y.len;
    return x.len == y.len && x.data - a->buf == y.data - b->buf;
}

static void check_same(const struct parsed *a, const struct parsed *b)
{
    const struct wsp_head *x = &a->head;
    const struct wsp_head *y = &b->head;
    FUZZ_ASSERT(a->r == b->r && x->header_count == y->header_count);
    FUZZ_ASSERT(x->version == y->version && x->status == y->status && x->rule == y->rule);
    FUZZ_ASSERT(same_slice(a, x->method, b, y->method) && same_slice(a, x->target, b, y->target));
    FUZZ_ASSERT(same_slice(a, x->reason, b, y->reason));
    for (size_t i = 0; i < x->header_count; i++) {
        FUZZ_ASSERT(same_slice(a, x->headers[i].name, b, y->headers[i].name));
        FUZZ_ASSERT(same_slice(a, x->headers[i].value, b, y->headers[i].value));
    }
}

static bool has(struct wsp_slice s, const char *bytes, size_t count)
{
    for (size_t i = 0; i < s.len; i++) {
        if (memchr(bytes, s.data[i], count) != NULL)
            return true;
    }
    return false;
}

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static void check_header(const struct parsed *p, const struct wsp_header *h)
{
    char name[64];
    FUZZ_ASSERT(fuzz_inside(h->name, p->buf, (size_t)p->r));
    FUZZ_ASSERT(fuzz_inside(h->value, p->buf, (size_t)p->r));
    FUZZ_ASSERT(h->name.len > 0 && !has(h->name, " \t\r\n:\0,", 7));
    FUZZ_ASSERT(!has(h->value, "\r\n\0", 3));
    FUZZ_ASSERT(h->value.len == 0 || !blank(h->value.data[0]));
    FUZZ_ASSERT(h->value.len == 0 || !blank(h->value.data[h->value.len - 1]));
    if (h->name.len >= sizeof name)
        return;
    memcpy(name, h->name.data, h->name.len);
    name[h->name.len] = '\0';
    const struct wsp_header *first = wsp_head_find(&p->head, name, NULL);
    FUZZ_ASSERT(first != NULL && first <= h && wsp_slice_equal(first->name, name));
}

static void check_success(const struct parsed *p, bool request)
{
    const struct wsp_head *h = &p->head;
    FUZZ_ASSERT(p->r >= 4 && memcmp(p->buf + p->r - 4, "\r\n\r\n", 4) == 0);
    FUZZ_ASSERT(h->version == 10 || h->version == 11);
    FUZZ_ASSERT(h->header_count <= h->max_headers);
    FUZZ_ASSERT(fuzz_inside(h->method, p->buf, (size_t)p->r));
    FUZZ_ASSERT(fuzz_inside(h->target, p->buf, (size_t)p->r));
    FUZZ_ASSERT(fuzz_inside(h->reason, p->buf, (size_t)p->r));
    FUZZ_ASSERT(!has(h->target, " \r\n\0", 4) && !has(h->reason, "\r\n\0", 3));
    if (request)
        FUZZ_ASSERT(h->method.len > 0 && h->target.len > 0);
    else
        FUZZ_ASSERT(h->status >= 100 && h->status <= 999);
    for (size_t i = 0; i < h->header_count; i++)
        check_header(p, &h->headers[i]);
}

/* Drips until there is an answer. cuts NULL: byte by byte. */
static void drip(struct parsed *p, fuzz_head_parse *parse, struct wsp_slice in,
                 struct fuzz_cuts *cuts)
{
    size_t n = 0;
    while (p->r == 0 && n < in.len) {
        size_t scanned = p->head.scanned;
        n += cuts != NULL ? fuzz_cut(cuts, in.len - n) : 1;
        step(p, parse, (struct wsp_slice){in.data, n}, wsp_cpu_features());
        FUZZ_ASSERT(p->head.scanned >= scanned);
    }
}

void fuzz_head(fuzz_head_parse *parse, bool request, const uint8_t *data, size_t len)
{
    static struct parsed whole, cut, exact, some;
    struct fuzz_in in = {data, len};
    unsigned features = wsp_cpu_features();
    size_t max_headers = fuzz_byte(&in);
    struct fuzz_cuts cuts = fuzz_cuts_read(&in);
    if (max_headers == 0)
        max_headers = 100;
    begin(&whole, max_headers);
    begin(&cut, max_headers);
    begin(&exact, max_headers);
    begin(&some, max_headers);
    struct wsp_slice all = {in.at, in.len};
    step(&whole, parse, all, 0);
    step(&some, parse, all, features & ~(unsigned)WSP_CPU_AVX512);
    check_same(&whole, &some);
    bool bytewise = in.len <= DRIP_MAX && cuts.at[0] % 2 == 0;
    drip(&cut, parse, all, bytewise ? NULL : &cuts);
    check_same(&whole, &cut);
    if (whole.r > 0) {
        check_success(&whole, request);
        all.len = (size_t)whole.r;
        step(&exact, parse, all, features);
        check_same(&whole, &exact);
    }
    free(whole.buf);
    free(cut.buf);
    free(exact.buf);
    free(some.buf);
}
