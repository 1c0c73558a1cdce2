#!/bin/sh
# Shows that the gates can fail: in a copy of the tree, each gate first passes, then one violation is
# planted at a time and the gate has to fail and to name it. CC and CLANG_FORMAT as in the Makefile.
set -eu
cc=${CC:-cc}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
for item in include lib examples tests fuzz Makefile README.md .clang-format; do
    [ ! -e "$item" ] || cp -R "$item" "$copy/"
done
cd "$copy"
failed=0
count=0

# Only what the copy contains counts, whatever configuration the caller builds in.
archive() {
    rm -f planted.a planted.o
    "$cc" -std=c11 -O1 -Iinclude -Ilib -c -o planted.o "$1"
    ar rcs planted.a planted.o
}

run() { # run GATE: its output in ./output
    case $1 in
    deps) sh tests/check/deps.sh ;;
    symbols) sh tests/check/symbols.sh planted.a ;;
    sizes) sh tests/check/sizes.sh ;;
    headers) BUILD=$copy/out sh tests/check/headers.sh planted.a ;;
    format) CI=1 sh tests/check/format.sh ;;
    tests) JOBS=1 TIMEOUT=2 sh tests/check/run_tests.sh ./planted_test ;;
    budget) MAKEFLAGS='' make -s -j2 bench-check CC="$cc" BUILD=out ;;
    esac >output 2>&1
}
passes() { # passes GATE
    count=$((count + 1))
    run "$1" || { echo "check-gates: $1 fails without a planted violation:"; cat output; failed=1; }
}
catches() { # catches GATE WHAT PATTERN
    count=$((count + 1))
    if run "$1"; then
        echo "check-gates: $1 does not see: $2"
        failed=1
    elif ! grep -q "$3" output; then
        echo "check-gates: $1 fails, but does not name: $2"
        cat output
        failed=1
    fi
}

# --- deps
passes deps
mkdir -p lib/base lib/codec
echo '#include "conn/conn.h"' >lib/base/buf_planted.h
catches deps "base that includes conn" 'buf_planted.h:1: base/buf may not use conn/conn'
echo '#  include <stdio.h>' >lib/base/buf_planted.h
catches deps "stdio.h in the library" 'buf_planted.h:1: system header <stdio.h>'
echo '#include "planted.h"' >lib/base/buf_planted.h
catches deps "an unknown header" 'buf_planted.h:1: "planted.h" names no module'
echo '#include "base/buf.h"' >lib/pump_planted.h
rm lib/base/buf_planted.h
catches deps "pump.c that looks inside" 'pump_planted.h:1: pump may not use base/buf'
rm lib/pump_planted.h
: >lib/codec/planted.c
catches deps "a module that is not in the table" 'lib/codec/planted.c: not in the module table'
rm lib/codec/planted.c
cp tests/check/modules.txt saved
echo 'base/planted: pumped' >>tests/check/modules.txt
catches deps "a table entry that uses what is not above it" 'base/planted uses pumped'
mv saved tests/check/modules.txt

# --- symbols
plant() { # plant CODE: an archive of one object
    echo "$1" >planted.c
    archive planted.c
}
plant 'extern const char *const wsp_names[]; const char *const wsp_names[] = {"a", "b"}; int wsp_x(void); int wsp_x(void) { return 1; }'
passes symbols
plant 'int planted(void); int planted(void) { return 1; }'
catches symbols "a global without wsp_" 'defines planted'
plant 'int puts(const char *); int wsp_x(void); int wsp_x(void) { return puts("a"); }'
catches symbols "a call that is not listed" 'needs puts'
plant 'int wsp_x(void); int wsp_x(void) { static int calls; return ++calls; }'
catches symbols ".bss" 'writable section .bss'
plant 'int wsp_x(void); int wsp_x(void) { static int calls = 7; return ++calls; }'
catches symbols ".data" 'writable section .data'
plant 'int wsp_x(void); int wsp_x(void) { static _Thread_local int calls; return ++calls; }'
catches symbols "thread-local state" 'writable section .tbss'
plant 'static void go(void) __attribute__((constructor)); static void go(void) { *(volatile char *)1 = 0; } int wsp_x(void); int wsp_x(void) { return 0; }'
catches symbols "a constructor" 'writable section .init_array'

# --- sizes
passes sizes
lines() { awk -v n="$1" -v s="$2" 'BEGIN { for (i = 0; i < n; i++) print s }'; }
{ printf 'void planted(void)\n{\n'; lines 61 '    x();'; echo '}'; } >lib/codec/planted.c
catches sizes "a function of 61 lines" 'planted.c:planted: 61 lines'
{ printf 'void planted(void)\n{\n'; lines 60 '    x();'; echo '}'; } >lib/codec/planted.c
passes sizes
cat >lib/codec/planted.c <<'C'
static void planted(int a, const char *b)
{
    switch (a) {
    case 1:
        for (;;) {
            if (a) {
                x("{");
            }
        }
    }
}
C
passes sizes
cat >lib/codec/planted.c <<'C'
static void planted(int a)
{
    if (a) {
        for (;;)
            while (a)
                if (b)
                    x();
    }
}
C
catches sizes "nesting of 4 with and without braces" 'planted.c:planted: 4 nested blocks'
cat >lib/codec/planted.c <<'C'
static int planted(int a, int (*f)(int, int), int c, int d, int e,
                   int g)
{
    return 0;
}
C
catches sizes "6 parameters" 'planted.c:planted: 6 parameters'
lines 601 'int x;' >lib/codec/planted.c
catches sizes "a file of 601 lines" 'planted.c:(file): 601 lines'
rm lib/codec/planted.c

# --- headers: on small files of our own, the library is not at hand here
mv include include.saved
mkdir include
[ ! -f README.md ] || mv README.md README.saved
[ ! -d examples ] || mv examples examples.saved
mkdir examples
good_header() {
    cat >include/wsproto.h <<'C'
#ifndef WSPROTO_H
#define WSPROTO_H
#include <stddef.h>
#include <stdint.h>
typedef struct wsp_conn wsp_conn;
typedef struct wsp_group wsp_group;
typedef struct wsp_endpoint wsp_endpoint;
struct wsp_event;
typedef void wsp_listen(wsp_conn *c, const struct wsp_event *ev, void *user);
/* wsp_x - nothing.
 *
 * Example:
 *     if (wsp_x(conn) > 0)
 *         puts("some");
 *
 *     puts("done");
 */
#ifdef __cplusplus
extern "C"
#endif
int wsp_x(wsp_conn *c);
#endif
C
    # shellcheck disable=SC2016
    printf '```c\n#include <wsproto.h>\nint main(void) { return wsp_x(NULL); }\n```\n' >README.md
}
plant 'int wsp_x(void *c); int wsp_x(void *c) { return c != 0; }'
good_header
passes headers
echo 'struct wsp_y { int class, new; };' >>include/wsproto.h
catches headers "a header that is not C++" 'not clean C++11'
good_header
printf '#ifndef __cplusplus\nstruct wsp_y { struct { int a; }; };\n#endif\n' >>include/wsproto.h
catches headers "a header that is not C99" 'not clean c99'
good_header
sed 's/puts("done")/wsp_gone(conn)/' include/wsproto.h >other && mv other include/wsproto.h
catches headers "an example in the header that does not compile" 'header_.*does not compile'
good_header
sed 's/wsp_x/wsp_gone/' README.md >other && mv other README.md
catches headers "a program in README that does not build" 'readme_.*does not build'
good_header
: >README.md
catches headers "README without an example" 'no example found in the readme'
good_header
echo 'int main(void) { return 0; }' >examples/minimal_client.c
catches headers "a README that shows another minimal_client.c" 'README.md does not show'
rm -rf include examples README.md
[ ! -d examples.saved ] || mv examples.saved examples
mv include.saved include
[ ! -f README.saved ] || mv README.saved README.md

# --- format
passes format
printf 'int  x( void );\n' >lib/codec/planted.h
catches format "a file that is not formatted" 'planted.h:1:'
printf '/* %0100d */\n' 0 >lib/codec/planted.h
catches format "a comment over 100 columns" 'planted.h:1: 106 columns'
rm lib/codec/planted.h

# --- the runner of the tests
fake() { printf '#!/bin/sh\n%s\n' "$1" >planted_test && chmod +x planted_test; }
fake 'echo "[  PASSED  ] 3 test(s)."'
passes tests
fake 'echo "[  PASSED  ] 3 test(s)."; exit 1'
catches tests "a binary that fails" 'FAILED (exit 1'
fake 'echo "[  PASSED  ] 0 test(s)."'
catches tests "a binary that ran nothing" 'FAILED (exit 0'
fake 'sleep 60'
catches tests "a binary that hangs" 'FAILED (exit 124'

# --- the budget of instructions: counts of this very tree first, whatever those are that it came with
if command -v valgrind >/dev/null || [ -n "${CI:-}" ]; then
    budget=tests/bench/budget.json
    plant_budget() { # plant_budget SED-SCRIPT: from what was recorded
        sed "$1" recorded >$budget
    }
    MAKEFLAGS='' make -s -j2 bench-budget CC="$cc" BUILD=out >output 2>&1 || { cat output; failed=1; }
    cp $budget recorded
    passes budget
    plant_budget 's/"client-closes": [0-9]*/&0/'
    catches budget "a budget that is too generous" '^client-closes .* UNDER'
    plant_budget '/"client-closes"/d'
    catches budget "a conversation without a budget" '^client-closes .* not in the budget'
    plant_budget 's/^ *"client-closes".*/    "client-opens": 5,\n&/'
    catches budget "a budget without a conversation" '^client-opens .* not a conversation'
    plant_budget 's/^  "/&another /'
    catches budget "a machine without a budget" 'make bench-budget records them'
    cp recorded $budget
    feed=$(grep -l '^enum wsp_event_type wsp_feed(' lib/conn/*.c)
    sed '/^enum wsp_event_type wsp_feed(/,/^{/ s/^{/{ for (volatile int i = 0; i < 2; i++) {}/' \
        "$feed" >planted.c && mv planted.c "$feed"
    catches budget "a useless loop where bytes are received" '^server-receives-binary-8 .* OVER'
else
    echo "check-gates: budget SKIPPED, valgrind is not installed"
fi

[ $failed -eq 0 ] || exit 1
echo "check-gates: $count checks, every gate passes and fails as it should"
