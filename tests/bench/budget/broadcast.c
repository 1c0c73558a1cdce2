/* One message to a group of 1,000, framed once. SPDX-License-Identifier: MIT */
#include <string.h>

#include "bench/budget/conversation.h"

enum { MEMBERS = 1000 };

struct crowd {
    wsp_endpoint *e;
    wsp_group *g;
    wsp_conn *member[MEMBERS];
};

static void send_one(struct crowd *x, const uint8_t *data, size_t len)
{
    wsp_prepared *p = NULL;
    kit_need(wsp_prepare(&p, x->e, WSP_BINARY, data, len) == WSP_OK, "it was not prepared");
    kit_need(wsp_group_send(x->g, p, NULL, NULL) == MEMBERS, "a member was left out");
    wsp_prepared_unref(p);
}

static void check_one(wsp_conn *c, const uint8_t *data, size_t len)
{
    struct kit_wire w;
    kit_wire(&w, len + WSP_FRAME_HEADER_MAX);
    (void)kit_drain(c, &w);
    kit_need(w.len > len && memcmp(w.bytes + w.len - len, data, len) == 0, "a member got another");
}

static void broadcast(const struct conversation *self)
{
    struct crowd x;
    struct kit_messages m;
    kit_messages(&m, KIT_BINARY, self->len, 1);
    x.e = kit_endpoint(NULL);
    kit_need(wsp_group_new(&x.g, x.e) == WSP_OK, "no group could be made");
    for (size_t i = 0; i < MEMBERS; i++) {
        x.member[i] = kit_adopt(x.e, WSP_SERVER, NULL);
        kit_need(wsp_group_add(x.g, x.member[i]) == WSP_OK, "a member was refused");
    }
    send_one(&x, m.bytes, self->len);
    for (size_t i = 0; i < MEMBERS; i++)
        check_one(x.member[i], m.bytes, self->len);
    meter_on();
    for (unsigned n = 0; n < self->count / MEMBERS; n++) {
        send_one(&x, m.bytes, self->len);
        for (size_t i = 0; i < MEMBERS; i++)
            (void)kit_drain(x.member[i], NULL);
    }
    meter_off();
    for (size_t i = 0; i < MEMBERS; i++)
        wsp_conn_free(x.member[i]);
    wsp_group_free(x.g);
    wsp_endpoint_free(x.e);
}

const struct conversation broadcast_conversations[] = {
    {.name = "broadcast-64-to-1000", .run = broadcast, .count = 4 * MEMBERS, .len = 64},
    {.name = "broadcast-4k-to-1000", .run = broadcast, .count = 4 * MEMBERS, .len = 4096},
    {.name = NULL},
};
