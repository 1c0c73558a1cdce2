/* extension - the grammar of Sec-WebSocket-Extensions (RFC 6455 9.1). SPDX-License-Identifier: MIT
 *
 * Beyond what wsproto.h says: empty elements of the list are skipped (RFC 2616 2.1, #rule); a value
 * without any element, "" or ",", gives 0 at once, so a caller that needs 1#extension counts. White
 * space is allowed round ',', ';' and '=' (implied *LWS). A walk that returned an error has moved
 * nothing: called again, it returns the same. */
#ifndef WSP_CODEC_EXTENSION_H
#define WSP_CODEC_EXTENSION_H

#include <wsproto.h>

/*
 * wsp_extension_value_copy - a parameter's value without the backslashes of a quoted string, and a
 * NUL
 *
 * Returns its length without the NUL, or WSP_ERR_TOO_BIG when size bytes do not hold it (out is
 * then unspecified).
 */
int wsp_extension_value_copy(char *out, size_t size, struct wsp_slice value);

#endif
