#!/bin/sh
# No line of a .c or .h is over 100 columns, comments included, which clang-format leaves alone; and
# clang-format agrees with every file. A missing clang-format is an error only in CI.
set -eu
dirs=
for d in include lib examples tests fuzz; do [ ! -d "$d" ] || dirs="$dirs $d"; done
# shellcheck disable=SC2086
files=$(find $dirs -name '*.[ch]' | sort)
[ -n "$files" ] || { echo "check-format: no source found" >&2; exit 1; }
# shellcheck disable=SC2086
awk 'length > 100 { print FILENAME ":" FNR ": " length " columns"; bad = 1 } END { exit bad }' $files >&2
tool=${CLANG_FORMAT:-clang-format}
if ! command -v "$tool" >/dev/null 2>&1; then
    echo "check-format: SKIPPED, $tool is not installed"
    [ -z "${CI:-}" ]
    exit
fi
# shellcheck disable=SC2086
"$tool" --dry-run -Werror $files
echo "check-format: $(echo "$files" | wc -l) files"
