/* SPDX-License-Identifier: MIT */
#include "conn/prepared.h"

#include "codec/utf8.h"
#include "conn/endpoint.h"

#include <string.h>

int wsp_prepare(wsp_prepared **out, wsp_endpoint *e, enum wsp_opcode opcode, const void *data,
                size_t len)
{
    if (out == NULL || e == NULL || (data == NULL && len > 0) ||
        (opcode != WSP_TEXT && opcode != WSP_BINARY))
        return WSP_ERR_ARG;
    *out = NULL;
    if (len > SIZE_MAX - sizeof(struct wsp_prepared) - WSP_FRAME_HEADER_MAX)
        return WSP_ERR_NOMEM;
    /* 5.6: text is UTF-8 */
    if (opcode == WSP_TEXT && !e->trust_utf8 && !wsp_utf8_valid(data, len))
        return WSP_ERR_UTF8;
    struct wsp_frame f = {.opcode = opcode, .fin = true, .payload_len = len};
    uint8_t header[WSP_FRAME_HEADER_MAX];
    size_t header_len = wsp_frame_write(header, &f);
    wsp_prepared *p = wsp_mem_new(&e->mem, sizeof *p + header_len + len);
    if (p == NULL)
        return WSP_ERR_NOMEM;
    p->mem = e->mem;
    atomic_init(&p->refs, 1);
    p->header_len = header_len;
    p->payload_len = len;
    p->opcode = opcode;
    memcpy(p->frame, header, header_len);
    if (len > 0)
        memcpy(p->frame + header_len, data, len);
    *out = p;
    return WSP_OK;
}

void wsp_prepared_ref(wsp_prepared *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
}

void wsp_prepared_unref(wsp_prepared *p)
{
    if (p == NULL || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
        return;
    struct wsp_mem mem = p->mem;
    wsp_mem_free(&mem, p, sizeof *p + p->header_len + p->payload_len);
}
