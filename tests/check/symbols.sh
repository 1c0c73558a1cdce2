#!/bin/sh
# symbols.sh ARCHIVE: every defined global is wsp_*, every undefined one is known, nothing is writable.
set -eu
archive=$1
list=tests/check/libc_symbols.txt
[ -s "$archive" ] || { echo "check-symbols: no $archive" >&2; exit 1; }

# nm -P -A prints "archive[member]: name type ..."; uppercase types are global, U, w and v undefined.
nm -g -P -A "$archive" | awk -v list="$list" '
BEGIN {
    while ((getline line < list) > 0) if (line !~ /^#/) known[line] = 1
}
$3 == "U" || $3 == "w" || $3 == "v" { wanted[$2] = $1; next }
{
    defined[$2] = 1
    if ($2 !~ /^wsp_/) { print "check-symbols: " $1 " defines " $2 ", which does not start with wsp_"; failed = 1 }
}
END {
    for (name in wanted)
        if (!(name in defined || name in known)) {
            print "check-symbols: " wanted[name] " needs " name ", which is not in libc_symbols.txt"
            failed = 1
        }
    for (name in defined) n++
    if (!n) { print "check-symbols: no global symbol found"; failed = 1 }
    exit failed
}'

# objdump -h prints a section on two lines: index, name, size ...; then its flags. A section that is
# loaded and not READONLY is global state (.init_array: code that runs unasked); .data.rel.ro is
# constant once relocated.
objdump -h "$archive" | awk '
/file format/ { member = $1 }
$1 ~ /^[0-9]+$/ && NF >= 7 { name = $2; size = $3; next }
/ALLOC/ && !/READONLY/ && size !~ /^0+$/ && name !~ /^\.data\.rel\.ro/ {
    print "check-symbols: " member " has a writable section " name " of 0x" size " bytes"
    failed = 1
}
END { exit failed }'
echo "check-symbols: $(nm -g --defined-only "$archive" | grep -c ' [A-Z] ') globals, no writable section"
