/* base64 - RFC 4648 4. SPDX-License-Identifier: MIT */
#include "codec/base64.h"

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
    for (; len - i >= 3; i += 3, out += 4)
        encode_bits(out, (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2]);
    if (i == len)
        return;
    bool two = len - i == 2;
    encode_bits(out, (uint32_t)data[i] << 16 | (two ? (uint32_t)data[i + 1] << 8 : 0));
    if (!two)
        out[2] = '=';
    out[3] = '=';
}

bool wsp_base64_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}
