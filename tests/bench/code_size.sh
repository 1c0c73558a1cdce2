#!/bin/sh
# code_size.sh DIRECTORY JSON: bytes of code and constants, of data, of the archive as it is built for
# speed and for size, and of the peers' libraries as they are installed. Markdown goes to the output.
#
# Libraries do different things: wslay has no handshake and no compression, libwebsockets has much
# besides the protocol.
set -eu
dir=$1
json=$2
mkdir -p "$dir"
rows=$dir/rows
: >"$rows"

# The sums of all members, or of one shared object.
add() { # add WHAT SIZE-PROGRAM FILE
    "$2" "$3" 2>/dev/null | awk -v what="$1" 'NR > 1 { text += $1; data += $2; bss += $3 }
        END { printf "%s\t%d\t%d\t%d\n", what, text, data, bss }' >>"$rows"
}

archive() { # archive WHAT NAME SIZE-PROGRAM MAKE-VARIABLES...
    what=$1 name=$2 program=$3
    shift 3
    ${MAKE:-make} -s BUILD="$dir/$name" CPPFLAGS= LDFLAGS= SAN= COVERAGE= "$@" archive >/dev/null
    add "$what" "$program" "$dir/$name/libwsproto.a"
}

archive "libwsproto, -O3" speed size CFLAGS=-O3
archive "libwsproto, -Os" small size CFLAGS=-Os
archive "libwsproto, -Os, NO_SIMD, NO_DEFLATE" least size CFLAGS=-Os NO_SIMD=1 NO_DEFLATE=1
if command -v arm-none-eabi-gcc >/dev/null; then
    m4="CC=arm-none-eabi-gcc AR=arm-none-eabi-ar"
    # shellcheck disable=SC2086
    archive "libwsproto, Cortex-M4 -Os" m4 arm-none-eabi-size $m4 "CFLAGS=-Os -mcpu=cortex-m4 -mthumb"
    # shellcheck disable=SC2086
    archive "libwsproto, Cortex-M4 -Os, NO_DEFLATE" m4_least arm-none-eabi-size $m4 \
        "CFLAGS=-Os -mcpu=cortex-m4 -mthumb" NO_DEFLATE=1
fi

# The library that a program is linked with.
for peer in wslay websockets z deflate; do
    for file in "lib$peer.so" "lib$peer.a"; do
        path=$(${CC:-cc} -print-file-name="$file")
        [ -f "$path" ] || continue
        add "$file, as installed" size "$path"
        break
    done
done

echo "# Bytes of code"
echo
echo "| | code and constants | data | zeroed data |"
echo "| --- | ---: | ---: | ---: |"
awk -F '\t' '{ printf "| %s | %d | %d | %d |\n", $1, $2, $3, $4 }' "$rows"
{
    echo '{"size": ['
    awk -F '\t' 'NR > 1 { print "," } { printf "  {\"what\": \"%s\", \"text\": %d, \"data\": %d, \"bss\": %d}", $1, $2, $3, $4 } END { print "" }' "$rows"
    echo ']}'
} >"$json"
