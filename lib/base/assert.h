/* assert - for what the library itself guarantees, never for input. SPDX-License-Identifier: MIT */
#ifndef WSP_BASE_ASSERT_H
#define WSP_BASE_ASSERT_H

/* WSP_CHECKED turns the checks on: tests and fuzzers do. Without it the library has no abort to
 * offer its host. */
#ifdef WSP_CHECKED
#    include <stdlib.h>
#    define WSP_ASSERT(x) ((x) ? (void)0 : abort())
#else
#    define WSP_ASSERT(x) ((void)0)
#endif

#endif
