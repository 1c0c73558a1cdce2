/* extension - the grammar of Sec-WebSocket-Extensions. SPDX-License-Identifier: MIT */
#include "codec/extension.h"

#include "codec/chars.h"

#include <limits.h>

static void skip(struct wsp_slice *s)
{
    (void)wsp_cut(s, wsp_run(*s, WSP_CLASS_OWS));
}

/* The bytes of a quoted string up to its closing quote. RFC 6455 9.1: without its escapes it must
 * be a token, so it holds tchar, each perhaps behind a backslash. */
static size_t quoted_len(struct wsp_slice s)
{
    size_t n = 0;
    while (n < s.len)
        if (wsp_char_is(s.data[n], WSP_CLASS_TOKEN))
            n++;
        else if (s.data[n] == '\\' && s.len - n >= 2 && wsp_char_is(s.data[n + 1], WSP_CLASS_TOKEN))
            n += 2;
        else
            break;
    return n;
}

/* RFC 6455 9.1: token | quoted-string */
static bool cut_value(struct wsp_slice *s, struct wsp_slice *value)
{
    if (!wsp_cut_byte(s, '"')) {
        *value = wsp_cut(s, wsp_token_run(*s));
        return value->len > 0;
    }
    *value = wsp_cut(s, quoted_len(*s));
    return value->len > 0 && wsp_cut_byte(s, '"');
}

/* RFC 6455 9.1: ";" extension-param, white space round it included */
int wsp_extension_param_next(struct wsp_slice *rest, struct wsp_extension_param *p)
{
    struct wsp_slice s = *rest;
    struct wsp_extension_param found = {{NULL, 0}, {NULL, 0}, false};
    skip(&s);
    if (s.len == 0) {
        *rest = s;
        return 0;
    }
    if (!wsp_cut_byte(&s, ';'))
        return WSP_ERR_SYNTAX;
    skip(&s);
    found.name = wsp_cut(&s, wsp_token_run(s));
    skip(&s);
    found.has_value = wsp_cut_byte(&s, '=');
    if (found.has_value)
        skip(&s);
    if (found.name.len == 0 || (found.has_value && !cut_value(&s, &found.value)))
        return WSP_ERR_SYNTAX;
    skip(&s);
    *rest = s;
    *p = found;
    return 1;
}

/* RFC 2616 2.1: null elements of a list are allowed */
static void skip_empty(struct wsp_slice *s)
{
    skip(s);
    while (wsp_cut_byte(s, ','))
        skip(s);
}

int wsp_extension_next(struct wsp_slice *rest, struct wsp_extension *x)
{
    struct wsp_slice s = *rest;
    struct wsp_extension_param ignored;
    skip_empty(&s);
    if (s.len == 0) {
        *rest = s;
        return 0;
    }
    struct wsp_slice name = wsp_cut(&s, wsp_token_run(s));
    if (name.len == 0)
        return WSP_ERR_SYNTAX;
    struct wsp_slice params = s;
    skip(&s);
    while (s.len > 0 && s.data[0] != ',')
        if (wsp_extension_param_next(&s, &ignored) < 0)
            return WSP_ERR_SYNTAX;
    params.len -= s.len;
    *rest = s;
    x->name = name;
    x->params = params;
    return 1;
}

int wsp_extension_value_copy(char *out, size_t size, struct wsp_slice value)
{
    size_t n = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\\' && value.len - i >= 2)
            i++;
        if (n >= size || n >= INT_MAX)
            return WSP_ERR_TOO_BIG;
        out[n] = (char)value.data[i];
        n++;
    }
    if (n >= size)
        return WSP_ERR_TOO_BIG;
    out[n] = '\0';
    return (int)n;
}
