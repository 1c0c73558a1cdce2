/* compiler - what is said to a compiler and not to a reader. SPDX-License-Identifier: MIT */
#ifndef WSP_BASE_COMPILER_H
#define WSP_BASE_COMPILER_H

/* What is there in a fast and in a short form that does the same: 1 takes the short one. It is what
 * -Os asks for. */
#ifndef WSP_SMALL_CODE
#    ifdef __OPTIMIZE_SIZE__
#        define WSP_SMALL_CODE 1
#    else
#        define WSP_SMALL_CODE 0
#    endif
#endif

/* A function that stays one: what it needs of registers is not saved by those who call it last. */
#ifdef __GNUC__
#    define WSP_NOINLINE __attribute__((noinline))
#else
#    define WSP_NOINLINE
#endif

/* One that is made anew for each of its constant arguments. */
#if defined(__GNUC__) && !WSP_SMALL_CODE
#    define WSP_INLINE inline __attribute__((always_inline))
#else
#    define WSP_INLINE inline
#endif

#endif
