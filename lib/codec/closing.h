/* closing - Close codes and bodies (RFC 6455 5.5.1, 7.4). SPDX-License-Identifier: MIT */
#ifndef WSP_CODEC_CLOSING_H
#define WSP_CODEC_CLOSING_H

#include <wsproto.h>

/* All that the module offers is public. An error leaves what out parameters point to as it was. */

#endif
