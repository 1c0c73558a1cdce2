/*
 * url - what is accepted, written out and parsed again, is the same; IPv6 addresses are those of
 * libc. SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

typedef size_t write_part(const struct wsp_url *u, char *out, size_t size);

/* Adds the part; every smaller buffer gets its beginning, a NUL and the same length. */
static void add_part(struct fuzz_blob *to, const struct wsp_url *u, write_part *write)
{
    size_t len = write(u, NULL, 0);
    char *full = (char *)fuzz_copy(NULL, 0);
    for (size_t size = 1; size <= len + 1; size += size < 24 || size + 2 > len ? 1 : len / 8 + 1) {
        free(full);
        full = (char *)malloc(size);
        FUZZ_ASSERT(full != NULL && write(u, full, size) == len);
        FUZZ_ASSERT(full[size - 1] == '\0' && strlen(full) == size - 1);
    }
    free(full);
    full = (char *)malloc(len + 1);
    FUZZ_ASSERT(full != NULL && write(u, full, len + 1) == len && strlen(full) == len);
    fuzz_blob_add(to, full, len);
    free(full);
}

static void check_fields(const struct wsp_url *u, const char *text, size_t len)
{
    FUZZ_ASSERT(fuzz_inside(u->host, text, len) && u->host.len > 0 && u->port != 0);
    FUZZ_ASSERT(fuzz_inside(u->path, text, len) && fuzz_inside(u->query, text, len));
    FUZZ_ASSERT(u->path.len == 0 || u->path.data[0] == '/');
    FUZZ_ASSERT(u->query.len == 0 || u->query.data[0] == '?');
    FUZZ_ASSERT(u->ipv6 == (memchr(u->host.data, ':', u->host.len) != NULL));
    FUZZ_ASSERT(memchr(text, '#', len) == NULL);
}

/* The whole input as an IPv6 address, which libc can judge too. */
static void check_ipv6(const uint8_t *data, size_t len)
{
    struct in6_addr address;
    struct wsp_url u;
    char host[64], text[80] = "ws://[";
    if (len >= sizeof host || memchr(data, 0, len) != NULL || memchr(data, ']', len) != NULL)
        return;
    memcpy(host, data, len);
    host[len] = '\0';
    memcpy(text + 6, data, len);
    memcpy(text + 6 + len, "]", 2);
    bool valid = inet_pton(AF_INET6, host, &address) == 1;
    FUZZ_ASSERT((wsp_url_parse(&u, text, len + 7) == WSP_OK) == valid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct wsp_url u, again;
    struct fuzz_blob text = {NULL, 0, 0};
    char *exact = (char *)fuzz_copy(data, len);
    if (len > 0)
        check_ipv6(data, len);
    int r = wsp_url_parse(&u, exact, len);
    FUZZ_ASSERT(r == WSP_OK || r == WSP_ERR_SYNTAX);
    if (r == WSP_OK) {
        check_fields(&u, exact, len);
        fuzz_blob_add(&text, u.secure ? "wss://" : "ws://", u.secure ? 6 : 5);
        add_part(&text, &u, wsp_url_host);
        add_part(&text, &u, wsp_url_resource);
        FUZZ_ASSERT(wsp_url_parse(&again, (const char *)text.data, text.len) == WSP_OK);
        FUZZ_ASSERT(again.secure == u.secure && again.ipv6 == u.ipv6 && again.port == u.port);
        FUZZ_ASSERT(fuzz_same(again.host, u.host) && fuzz_same(again.query, u.query));
        FUZZ_ASSERT(fuzz_same(again.path, u.path) || (u.path.len == 0 && again.path.len == 1));
    }
    fuzz_blob_free(&text);
    free(exact);
    return 0;
}
