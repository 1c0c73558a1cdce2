/*
 * extension - the walk of the names and the walks of the parameters agree, and what they found,
 * written out anew, is found again. SPDX-License-Identifier: MIT
 */
#include "codec/extension.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

static void add_text(struct fuzz_blob *b, const char *text)
{
    fuzz_blob_add(b, text, strlen(text));
}

/* Every value can be copied when there is room for it and one byte less is too little. */
static void check_copy(struct wsp_slice value)
{
    char *room = (char *)malloc(value.len + 1);
    FUZZ_ASSERT(room != NULL);
    int n = wsp_extension_value_copy(room, value.len + 1, value);
    FUZZ_ASSERT(n >= 0 && (size_t)n <= value.len && strlen(room) == (size_t)n);
    FUZZ_ASSERT(wsp_extension_value_copy(room, (size_t)n, value) == WSP_ERR_TOO_BIG);
    free(room);
}

/* The names walk has stepped over these parameters, so none of them is wrong. */
static void walk_params(struct wsp_slice params, struct fuzz_blob *out)
{
    struct wsp_slice rest = params;
    struct wsp_extension_param p;
    for (;;) {
        size_t left = rest.len;
        int r = wsp_extension_param_next(&rest, &p);
        FUZZ_ASSERT(r == 0 || r == 1);
        if (r == 0)
            break;
        FUZZ_ASSERT(rest.len < left && p.name.len > 0);
        FUZZ_ASSERT(fuzz_inside(p.name, params.data, params.len));
        FUZZ_ASSERT(fuzz_inside(p.value, params.data, params.len));
        FUZZ_ASSERT(p.has_value == (p.value.len > 0));
        add_text(out, "; ");
        fuzz_blob_add(out, p.name.data, p.name.len);
        if (!p.has_value)
            continue;
        check_copy(p.value);
        add_text(out, "=\"");
        fuzz_blob_add(out, p.value.data, p.value.len);
        add_text(out, "\"");
    }
    FUZZ_ASSERT(rest.len == 0);
}

/* Returns the result of the walk, and the list in one form in out. */
static int walk(struct wsp_slice value, struct fuzz_blob *out)
{
    struct wsp_slice rest = value;
    struct wsp_extension x;
    int r;
    for (;;) {
        struct wsp_slice before = rest;
        r = wsp_extension_next(&rest, &x);
        if (r < 0)
            FUZZ_ASSERT(r == WSP_ERR_SYNTAX && rest.data == before.data && rest.len == before.len);
        if (r <= 0)
            return r;
        FUZZ_ASSERT(r == 1 && rest.len < before.len && x.name.len > 0);
        FUZZ_ASSERT(fuzz_inside(x.name, value.data, value.len));
        FUZZ_ASSERT(fuzz_inside(x.params, value.data, value.len));
        if (out->len > 0)
            add_text(out, ", ");
        fuzz_blob_add(out, x.name.data, x.name.len);
        walk_params(x.params, out);
    }
}

/* Alone, the parameters' walk takes any bytes. */
static void walk_loose(struct wsp_slice rest)
{
    struct wsp_extension_param p;
    size_t left = rest.len + 1;
    while (wsp_extension_param_next(&rest, &p) == 1) {
        FUZZ_ASSERT(rest.len < left);
        left = rest.len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_blob first = {NULL, 0, 0};
    struct fuzz_blob second = {NULL, 0, 0};
    uint8_t *exact = fuzz_copy(data, len);
    struct wsp_slice value = {exact, len};
    walk_loose(value);
    if (walk(value, &first) == 0) {
        struct wsp_slice again = {first.data, first.len};
        FUZZ_ASSERT(walk(again, &second) == 0);
        FUZZ_ASSERT(fuzz_same(again, (struct wsp_slice){second.data, second.len}));
    }
    fuzz_blob_free(&first);
    fuzz_blob_free(&second);
    free(exact);
    return 0;
}
