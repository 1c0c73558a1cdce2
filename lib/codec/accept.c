/* accept - Sec-WebSocket-Key and Sec-WebSocket-Accept. SPDX-License-Identifier: MIT */
#include "codec/accept.h"

#include <string.h>

#include "codec/base64.h"
#include "codec/sha1.h"

/* RFC 6455 1.3, 4.2.2 */
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define GUID_SIZE (sizeof GUID - 1)

_Static_assert(WSP_BASE64_SIZE(16) == WSP_KEY_SIZE, "4.1: the key is 16 bytes");
_Static_assert(WSP_BASE64_SIZE(WSP_SHA1_SIZE) == WSP_ACCEPT_SIZE, "4.2.2: the answer is a SHA-1");

void wsp_accept_key(char out[29], const char key[24])
{
    uint8_t text[WSP_KEY_SIZE + GUID_SIZE];
    uint8_t digest[WSP_SHA1_SIZE];
    memcpy(text, key, WSP_KEY_SIZE);
    memcpy(text + WSP_KEY_SIZE, GUID, GUID_SIZE);
    wsp_sha1(digest, text, sizeof text);
    wsp_base64_encode(out, digest, sizeof digest);
    out[WSP_ACCEPT_SIZE] = '\0';
}

bool wsp_key_valid(struct wsp_slice key)
{
    if (key.len != WSP_KEY_SIZE)
        return false;
    /* The last letter has four pad bits. They are not looked at: the RFC's own example in 4.1 has
     * some set (erratum 3150). */
    for (size_t i = 0; i < WSP_KEY_SIZE - 2; i++) {
        if (!wsp_base64_letter(key.data[i]))
            return false;
    }
    return key.data[WSP_KEY_SIZE - 2] == '=' && key.data[WSP_KEY_SIZE - 1] == '=';
}
