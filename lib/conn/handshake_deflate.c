/* SPDX-License-Identifier: MIT */
#include "conn/handshake_deflate.h"

#include "codec/chars.h"
#include "codec/extension.h"

#ifndef WSP_NO_DEFLATE

#    define BITS_MIN 8u
#    define BITS_MAX 15u

bool wsp_deflate_named(struct wsp_slice token)
{
    const size_t len = sizeof WSP_DEFLATE_NAME - 1;
    return token.len == len && wsp_letters_are(token.data, WSP_DEFLATE_NAME, len);
}

/* The four parameters, as they stand in an offer or an answer. */
struct terms {
    bool server_no_takeover, client_no_takeover;
    bool has_server_bits, has_client_bits;
    unsigned server_bits, client_bits; /* client_bits 0: without a value */
};

/* 7.1.2: a decimal number from 8 to 15 without leading zeros; 0: it is none */
static unsigned window_bits(struct wsp_slice value)
{
    char text[4];
    int n = wsp_extension_value_copy(text, sizeof text, value);
    unsigned bits = 0;
    if (n < 1 || n > 2 || text[0] == '0')
        return 0;
    for (int i = 0; i < n; i++) {
        if (!wsp_char_is((uint8_t)text[i], WSP_CLASS_DIGIT))
            return 0;
        bits = bits * 10 + (unsigned)(text[i] - '0');
    }
    return bits >= BITS_MIN && bits <= BITS_MAX ? bits : 0;
}

/* Sets a parameter that is there; false when it was there already. */
static bool once(bool *seen)
{
    bool first = !*seen;
    *seen = true;
    return first;
}

/* 7.1: known, with a value where one belongs and none where none does, and not twice */
static bool read_param(struct terms *t, const struct wsp_extension_param *p)
{
    if (wsp_slice_equal(p->name, "server_no_context_takeover"))
        return !p->has_value && once(&t->server_no_takeover);
    if (wsp_slice_equal(p->name, "client_no_context_takeover"))
        return !p->has_value && once(&t->client_no_takeover);
    unsigned bits = p->has_value ? window_bits(p->value) : 0;
    if (wsp_slice_equal(p->name, "server_max_window_bits")) {
        t->server_bits = bits;
        return bits != 0 && once(&t->has_server_bits);
    }
    if (!wsp_slice_equal(p->name, "client_max_window_bits"))
        return false;
    t->client_bits = bits;
    return (bits != 0 || !p->has_value) && once(&t->has_client_bits);
}

static bool read_terms(struct terms *t, struct wsp_slice params)
{
    struct wsp_extension_param p;
    int rc = wsp_extension_param_next(&params, &p);
    *t = (struct terms){false, false, false, false, 0, 0};
    for (; rc > 0; rc = wsp_extension_param_next(&params, &p)) {
        if (!read_param(t, &p))
            return false;
    }
    return rc == 0;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

bool wsp_deflate_choose(struct wsp_deflate_answer *out, struct wsp_slice params,
                        const struct wsp_deflate_config *config)
{
    struct terms t;
    if (!config->enabled || !read_terms(&t, params))
        return false;
    unsigned client = config->client_max_window_bits;
    /* 7.1.2.2: a client that did not offer the parameter cannot be told a smaller window; what is
     * without takeover it does not have to remember either */
    bool too_wide = !t.has_client_bits && client < BITS_MAX;
    struct wsp_deflate_params *p = &out->params;
    p->enabled = true;
    p->server_no_context_takeover = t.server_no_takeover || !config->server_takeover;
    p->client_no_context_takeover = t.client_no_takeover || !config->client_takeover || too_wide;
    unsigned server = config->server_max_window_bits;
    p->server_max_window_bits =
        (uint8_t)(t.has_server_bits ? least(server, t.server_bits) : server);
    if (!t.has_client_bits)
        client = BITS_MAX;
    else if (t.client_bits != 0)
        client = least(client, t.client_bits);
    p->client_max_window_bits = (uint8_t)client;
    /* 7.1.2.1: an offered limit is confirmed; unasked one may be told */
    out->say_server_bits = t.has_server_bits || server < BITS_MAX;
    out->say_client_bits = t.has_client_bits && (t.client_bits != 0 || client < BITS_MAX);
    return true;
}

static void write_flag(struct wsp_text *t, bool there, const char *name)
{
    if (!there)
        return;
    wsp_text_add(t, "; ");
    wsp_text_add(t, name);
}

static void write_bits(struct wsp_text *t, bool there, const char *name, unsigned bits)
{
    write_flag(t, there, name);
    if (!there)
        return;
    wsp_text_add(t, "=");
    wsp_text_number(t, bits);
}

void wsp_deflate_write_answer(struct wsp_text *t, const struct wsp_deflate_answer *a)
{
    const struct wsp_deflate_params *p = &a->params;
    if (!p->enabled)
        return;
    wsp_text_add(t, WSP_DEFLATE_NAME);
    write_flag(t, p->server_no_context_takeover, "server_no_context_takeover");
    write_flag(t, p->client_no_context_takeover, "client_no_context_takeover");
    write_bits(t, a->say_server_bits, "server_max_window_bits", p->server_max_window_bits);
    write_bits(t, a->say_client_bits, "client_max_window_bits", p->client_max_window_bits);
}

void wsp_deflate_write_offer(struct wsp_text *t, const struct wsp_deflate_config *config)
{
    if (!config->enabled)
        return;
    unsigned server = config->server_max_window_bits;
    unsigned client = config->client_max_window_bits;
    wsp_text_add(t, WSP_DEFLATE_NAME);
    write_flag(t, !config->server_takeover, "server_no_context_takeover");
    write_flag(t, !config->client_takeover, "client_no_context_takeover");
    write_bits(t, server < BITS_MAX, "server_max_window_bits", server);
    /* 7.1.2.2: without a value it says that the server may ask for a smaller window */
    if (client < BITS_MAX)
        write_bits(t, true, "client_max_window_bits", client);
    else
        write_flag(t, true, "client_max_window_bits");
}

bool wsp_deflate_check(struct wsp_deflate_params *out, struct wsp_slice params,
                       const struct wsp_deflate_config *config)
{
    struct terms t;
    unsigned server = config->server_max_window_bits;
    unsigned client = config->client_max_window_bits;
    if (!config->enabled || !read_terms(&t, params))
        return false;
    /* 7.1.1.1: what the offer demanded is confirmed */
    if (!config->server_takeover && !t.server_no_takeover)
        return false;
    /* 7.1.2.1: so is a limit to the server's window, by the same or a smaller value */
    if (server < BITS_MAX && (!t.has_server_bits || t.server_bits > server))
        return false;
    /* 7.1.2.2: the answer always has a value, and none above the offer's */
    if (t.has_client_bits && (t.client_bits == 0 || t.client_bits > client))
        return false;
    out->enabled = true;
    out->server_no_context_takeover = t.server_no_takeover;
    out->client_no_context_takeover = t.client_no_takeover || !config->client_takeover;
    out->server_max_window_bits = (uint8_t)(t.has_server_bits ? t.server_bits : BITS_MAX);
    out->client_max_window_bits = (uint8_t)(t.has_client_bits ? t.client_bits : client);
    return true;
}

#endif
