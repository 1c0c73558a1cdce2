/* base64 - RFC 4648 4. SPDX-License-Identifier: MIT */
#include "codec/base64.h"

#include "base/bytes.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_bits(char out[4], uint32_t bits)
{
    out[0] = alphabet[bits >> 18 & 63];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = alphabet[bits >> 6 & 63];
    out[3] = alphabet[bits & 63];
}

void wsp_base64_encode(char *out, const uint8_t *data, size_t len)
{
    size_t i = 0;
    /* Three bytes out of a word of four, as long as there is a fourth. */
    for (; len - i >= 4; i += 3, out += 4)
        encode_bits(out, wsp_load_be32(data + i) >> 8);
    if (i == len)
        return;
    size_t left = len - i;
    uint32_t bits = (uint32_t)data[i] << 16;
    if (left > 1)
        bits |= (uint32_t)data[i + 1] << 8;
    if (left > 2)
        bits |= data[i + 2];
    encode_bits(out, bits);
    if (left < 3)
        out[3] = '=';
    if (left < 2)
        out[2] = '=';
}
