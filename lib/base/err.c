/* err - error names from the header's one list. SPDX-License-Identifier: MIT */
#include <wsproto.h>

const char *wsp_strerror(int error)
{
    switch (error) {
#define ERROR_TEXT(name, value, text) \
    case value:                       \
        return text;
        WSP_ERROR_LIST(ERROR_TEXT)
#undef ERROR_TEXT
    default:
        return "unknown error";
    }
}
