#!/bin/sh
# clang-format agrees with every .c and .h. A missing clang-format is an error only in CI.
set -eu
tool=${CLANG_FORMAT:-clang-format}
if ! command -v "$tool" >/dev/null 2>&1; then
    echo "check-format: SKIPPED, $tool is not installed"
    [ -z "${CI:-}" ]
    exit
fi
dirs=
for d in include lib examples tests fuzz; do [ ! -d "$d" ] || dirs="$dirs $d"; done
# shellcheck disable=SC2086
files=$(find $dirs -name '*.[ch]' | sort)
[ -n "$files" ] || { echo "check-format: no source found" >&2; exit 1; }
# shellcheck disable=SC2086
"$tool" --dry-run -Werror $files
echo "check-format: $(echo "$files" | wc -l) files"
