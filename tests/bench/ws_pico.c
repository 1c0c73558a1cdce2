/*
 * ws_pico - a handshake out of parts: picohttpparser's head, OpenSSL's SHA-1, base64 and checks of
 * its own, as a server that is written by hand has it. No connection object.
 * SPDX-License-Identifier: MIT
 */
#include "bench/ws_peer.h"

#ifdef HAVE_PICO

#    define OPENSSL_SUPPRESS_DEPRECATED
#    include <openssl/sha.h>
#    include <strings.h>

/* The library that has it brings no header of it. */
struct phr_header {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor_version,
                      struct phr_header *headers, size_t *num_headers, size_t last_len);

enum { HEADERS = 100, SLOT = 16384 };

static const char *version(void)
{
    return "of libh2o, with OpenSSL's SHA-1";
}

static bool is(const struct phr_header *h, const char *name)
{
    return h->name != NULL && h->name_len == strlen(name) &&
           strncasecmp(h->name, name, h->name_len) == 0;
}

/* Is word among the comma list's? */
static bool holds(const struct phr_header *h, const char *word)
{
    size_t len = strlen(word);
    const char *at = h->value, *end = at + h->value_len;
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;
        while (at < stop && *at == ' ')
            at++;
        if ((size_t)(stop - at) == len && strncasecmp(at, word, len) == 0)
            return true;
        at = stop + 1;
    }
    return false;
}

static void base64(char to[29], const uint8_t from[SHA_DIGEST_LENGTH])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t padded[21] = {0};
    memcpy(padded, from, SHA_DIGEST_LENGTH);
    for (size_t i = 0; i < sizeof padded; i += 3) {
        uint32_t v = (uint32_t)padded[i] << 16 | (uint32_t)padded[i + 1] << 8 | padded[i + 2];
        for (size_t k = 0; k < 4; k++)
            *to++ = digits[v >> (18 - 6 * k) & 63];
    }
    to[-1] = '=';
    *to = '\0';
}

static size_t answer(uint8_t *out, const struct phr_header *key)
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    static const char head[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
    uint8_t digest[SHA_DIGEST_LENGTH];
    char accept[29];
    SHA_CTX sha;
    SHA1_Init(&sha);
    SHA1_Update(&sha, key->value, key->value_len);
    SHA1_Update(&sha, magic, sizeof magic - 1);
    SHA1_Final(digest, &sha);
    base64(accept, digest);
    memcpy(out, head, sizeof head - 1);
    memcpy(out + sizeof head - 1, accept, 28);
    memcpy(out + sizeof head - 1 + 28, "\r\n\r\n", 4);
    return sizeof head - 1 + 32;
}

enum {
    SAW_HOST = 1,
    SAW_UPGRADE = 2,
    SAW_CONNECTION = 4,
    SAW_VERSION = 8,
    SAW_KEY = 16,
    SAW_ALL = 31
};

static unsigned look_at(const struct phr_header *h, const struct phr_header **key)
{
    switch (h->name_len) {
    case 4:
        return is(h, "Host") ? SAW_HOST : 0;
    case 7:
        return is(h, "Upgrade") && holds(h, "websocket") ? SAW_UPGRADE : 0;
    case 10:
        return is(h, "Connection") && holds(h, "Upgrade") ? SAW_CONNECTION : 0;
    case 17:
        if (!is(h, "Sec-WebSocket-Key") || h->value_len != 24)
            return 0;
        *key = h;
        return SAW_KEY;
    case 21:
        return is(h, "Sec-WebSocket-Version") && holds(h, "13") ? SAW_VERSION : 0;
    default:
        return 0;
    }
}

static bool greet(struct inflow *request, struct outflow *out)
{
    static char room[SLOT];
    struct phr_header headers[HEADERS];
    const char *method, *path;
    size_t method_len, path_len, count = HEADERS, len = 0;
    int minor, used = -2;
    while (used == -2) {
        size_t n = inflow_read(request, room + len, sizeof room - len);
        if (n == 0)
            return false;
        count = HEADERS;
        used = phr_parse_request(room, len + n, &method, &method_len, &path, &path_len, &minor,
                                 headers, &count, len);
        len += n;
    }
    if (used < 0 || minor < 1 || method_len != 3 || memcmp(method, "GET", 3) != 0)
        return false;
    const struct phr_header *key = NULL;
    unsigned saw = 0;
    for (size_t i = 0; i < count; i++)
        saw |= look_at(&headers[i], &key);
    if (saw != SAW_ALL)
        return false;
    outflow_made(out, answer(outflow_room(out), key));
    return outflow_take(out) > 0;
}

const struct ws_peer ws_pico = {
    .name = "picohttpparser",
    .version = version,
    .greet = greet,
};

#else

const struct ws_peer ws_pico = {.name = "picohttpparser"};

#endif
