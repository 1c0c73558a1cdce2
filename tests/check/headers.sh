#!/bin/sh
# headers.sh ARCHIVE: the public header alone is clean C99, C11 and C++11, and every example that the
# header and README.md show compiles. CC, CXX, BUILD and LDFLAGS come from the Makefile.
#
# In the header an example is what follows a comment line " * Example:", indented by " *     ", up to
# the first line that is neither blank nor so indented; in README.md it is a fenced block of c. One
# with a main is a program and is linked; one with functions of its own stands at file scope; any
# other is the body of a function.
set -eu
archive=$1
cc=${CC:-cc}
cxx=${CXX:-c++}
out=${BUILD:-build}/check-headers
strict="-Wall -Wextra -Wpedantic -Werror -Iinclude"
failed=0
rm -rf "$out"
mkdir -p "$out"

fail() {
    echo "check-headers: $1" >&2
    failed=1
}

echo '#include <wsproto.h>' >"$out/alone.c"
for std in c99 c11; do
    # shellcheck disable=SC2086
    "$cc" -std=$std $strict -fsyntax-only "$out/alone.c" || fail "wsproto.h is not clean $std"
done
if command -v "$cxx" >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    "$cxx" -std=c++11 $strict -fsyntax-only -x c++ "$out/alone.c" || fail "wsproto.h is not clean C++11"
else
    echo "check-headers: C++ SKIPPED, $cxx is not installed"
    [ -z "${CI:-}" ] || fail "no C++ compiler"
fi

# Each example becomes $out/<name>_<line>.txt.
awk -v out="$out/header" '
function finish() { if (file != "") close(file); file = "" }
/^ \* Example:$/ { finish(); file = out "_" FNR ".txt"; next }
file != "" && /^ \*     / { print substr($0, 8) > file; next }
file != "" && /^ \*[ \t]*$/ { print "" > file; next }
{ finish() }' include/wsproto.h
if [ -f README.md ]; then
    awk -v out="$out/readme" '
    /^```c$/ { file = out "_" FNR ".txt"; next }
    /^```/ { if (file != "") close(file); file = ""; next }
    file != "" { print > file }' README.md
fi
for source in header readme; do
    ls "$out/${source}"_*.txt >/dev/null 2>&1 || fail "no example found in the $source"
done

# README shows the smallest program as it is, not as it once was.
if [ -f examples/minimal_client.c ]; then
    shown=no
    for text in "$out"/readme_*.txt; do
        ! cmp -s "$text" examples/minimal_client.c || shown=yes
    done
    [ $shown = yes ] || fail "README.md does not show examples/minimal_client.c word for word"
fi

# Unused things are the nature of an excerpt; the rest of the warnings holds for what people copy.
excerpt="-Wno-unused-variable -Wno-unused-function -Wno-unused-but-set-variable -Wno-unused-parameter"
count=0
for text in "$out"/*_*.txt; do
    [ -f "$text" ] || continue
    count=$((count + 1))
    unit=${text%.txt}.c
    if grep -q 'int main(' "$text"; then
        cp "$text" "$unit"
        plumbing=
        ! grep -q '"net.h"' "$text" || plumbing=examples/net.c
        # shellcheck disable=SC2086
        "$cc" -std=c11 $strict -Iexamples ${LDFLAGS:-} -o "${text%.txt}.bin" "$unit" $plumbing "$archive" ||
            fail "${text##*/}: the program does not build"
        continue
    fi
    {
        echo '#include "example_prelude.h"'
        grep '^#include' "$text" || true
        # A brace in column 0 belongs to a function's definition.
        if grep -q '^{' "$text"; then
            echo "#line 1 \"${text##*/}\""
            grep -v '^#include' "$text"
        else
            printf 'int example(void);\nint example(void)\n{\n#line 1 "%s"\n' "${text##*/}"
            grep -v '^#include' "$text"
            printf 'return 0;\n}\n'
        fi
    } >"$unit"
    # shellcheck disable=SC2086
    "$cc" -std=c11 -D_DEFAULT_SOURCE $strict $excerpt -Itests/check -fsyntax-only "$unit" ||
        fail "${text##*/}: the example does not compile"
done
[ $failed -eq 0 ] || exit 1
echo "check-headers: C99, C11, C++11; $count examples compiled"
