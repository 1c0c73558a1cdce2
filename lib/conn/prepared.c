/* SPDX-License-Identifier: MIT */
#include "conn/prepared.h"

#include "conn/permessage.h"

#include <string.h>

struct wsp_slice wsp_prepared_payload(const wsp_prepared *p, bool packed)
{
    struct wsp_slice s = wsp_prepared_frame(p, packed);
    size_t header = packed ? p->packed_header_len : p->header_len;
    return (struct wsp_slice){s.data + header, s.len - header};
}

/* Compressed once, without history, for the window that a server of this endpoint sends with.
 * Empty: it is too small, does not become smaller, or there is no memory for it now. */
static struct wsp_slice pack(wsp_endpoint *e, struct wsp_slice data)
{
    const struct wsp_deflate_config *config = &e->rules.deflate;
    struct wsp_slice packed = {NULL, 0};
    struct wsp_context x = {config->server_max_window_bits, false};
    if (!config->enabled || data.len < config->min_size ||
        !wsp_permessage_compress(NULL, e, x, data, &packed))
        return (struct wsp_slice){NULL, 0};
    packed.len -= WSP_DEFLATE_TAIL; /* RFC 7692 7.2.1 (3) */
    return packed.len < data.len ? packed : (struct wsp_slice){NULL, 0};
}

static size_t put(uint8_t *at, enum wsp_opcode opcode, uint8_t rsv, struct wsp_slice payload)
{
    uint8_t header[WSP_FRAME_HEADER_MAX];
    struct wsp_frame f = {.opcode = opcode, .fin = true, .rsv = rsv, .payload_len = payload.len};
    size_t n = wsp_frame_write(header, &f);
    memcpy(at, header, n);
    if (payload.len > 0)
        memcpy(at + n, payload.data, payload.len);
    return n;
}

/* The window that reading it takes: no match reaches further back than the message is long. */
static uint8_t window_for(size_t len, uint8_t most)
{
    uint8_t bits = WSP_DEFLATE_WINDOW_MIN;
    while (bits < most && (size_t)1 << bits < len)
        bits++;
    return bits;
}

static size_t prepared_bytes(size_t payload_len, size_t packed_len)
{
    size_t fixed = sizeof(struct wsp_prepared) + 2 * WSP_FRAME_HEADER_MAX;
    return fixed + payload_len + packed_len;
}

int wsp_prepare(wsp_prepared **out, wsp_endpoint *e, enum wsp_opcode opcode, const void *data,
                size_t len)
{
    if (out == NULL)
        return WSP_ERR_ARG;
    *out = NULL;
    if (e == NULL || (data == NULL && len > 0) || (opcode != WSP_TEXT && opcode != WSP_BINARY))
        return WSP_ERR_ARG;
    if (len > SIZE_MAX / 4)
        return WSP_ERR_NOMEM;
    /* 5.6: text is UTF-8 */
    uint32_t utf8 = 0;
    if (opcode == WSP_TEXT && !e->trust_utf8 &&
        (!e->kernels.utf8(&utf8, data, len) || !wsp_utf8_done(utf8)))
        return WSP_ERR_UTF8;
    struct wsp_slice plain = {data, len};
    struct wsp_slice packed = pack(e, plain);
    wsp_prepared *p = wsp_mem_new(&e->mem, prepared_bytes(len, packed.len));
    if (p == NULL) {
        wsp_permessage_copied(e);
        return WSP_ERR_NOMEM;
    }
    p->mem = e->mem;
    atomic_init(&p->refs, 1);
    p->payload_len = len;
    p->packed_len = packed.len;
    p->window_bits = window_for(len, e->rules.deflate.server_max_window_bits);
    p->opcode = opcode;
    p->header_len = (uint8_t)put(p->bytes, opcode, 0, plain);
    p->packed_header_len = 0;
    if (packed.len > 0)
        p->packed_header_len =
            (uint8_t)put(p->bytes + p->header_len + len, opcode, WSP_RSV1, packed);
    wsp_permessage_copied(e);
    *out = p;
    return WSP_OK;
}

void wsp_prepared_ref(wsp_prepared *p)
{
    wsp_prepared_hold(p);
}

void wsp_prepared_free(wsp_prepared *p)
{
    struct wsp_mem mem = p->mem;
    wsp_mem_free(&mem, p, prepared_bytes(p->payload_len, p->packed_len));
}

void wsp_prepared_unref(wsp_prepared *p)
{
    if (p != NULL && wsp_prepared_let_go(p))
        wsp_prepared_free(p);
}
