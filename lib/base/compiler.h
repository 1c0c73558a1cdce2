/* compiler - what is said to a compiler and not to a reader. SPDX-License-Identifier: MIT */
#ifndef WSP_BASE_COMPILER_H
#define WSP_BASE_COMPILER_H

/* A function that stays one: what it needs of registers is not saved by those who call it last. */
#ifdef __GNUC__
#    define WSP_NOINLINE __attribute__((noinline))
/* One that is made anew for each of its constant arguments. */
#    define WSP_INLINE inline __attribute__((always_inline))
#else
#    define WSP_NOINLINE
#    define WSP_INLINE inline
#endif

#endif
