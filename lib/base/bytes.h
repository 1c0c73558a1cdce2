/* bytes - big-endian and native loads and stores over unaligned memory.
 * SPDX-License-Identifier: MIT */
#ifndef WSP_BASE_BYTES_H
#define WSP_BASE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t wsp_load_be16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t wsp_load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t wsp_load_be64(const uint8_t *p)
{
    return (uint64_t)wsp_load_be32(p) << 32 | wsp_load_be32(p + 4);
}

static inline void wsp_store_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void wsp_store_be32(uint8_t *p, uint32_t v)
{
    wsp_store_be16(p, (uint16_t)(v >> 16));
    wsp_store_be16(p + 2, (uint16_t)v);
}

static inline void wsp_store_be64(uint8_t *p, uint64_t v)
{
    wsp_store_be32(p, (uint32_t)(v >> 32));
    wsp_store_be32(p + 4, (uint32_t)v);
}

/* Native byte order: for work on whole words whose order does not matter. */
static inline uint64_t wsp_load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void wsp_store64(uint8_t *p, uint64_t v)
{
    memcpy(p, &v, sizeof v);
}

static inline uint32_t wsp_load32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void wsp_store32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof v);
}

#endif
