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

# What a program of this kind gets of the archive when the linker drops what it does not reach; the C
# library is not counted.
linked() { # linked WHAT NAME MAKER
    cat >"$dir/$2.c" <<END
#include <wsproto.h>
int main(void)
{
    uint8_t room[64] = {0};
    wsp_endpoint *e;
    wsp_conn *c;
    struct wsp_agreed a = {.role = WSP_SERVER};
    struct wsp_input in = {room, sizeof room, false, WSP_END_OPEN};
    struct wsp_event ev;
    struct wsp_slice v[1];
    if (wsp_endpoint_new(&e, NULL) != WSP_OK || $3 != WSP_OK)
        return a.role == WSP_SERVER;
    while (wsp_feed(c, &in, &ev) != WSP_EVENT_NONE)
        if (ev.type == WSP_EVENT_DATA)
            wsp_send_binary(c, ev.data.data, ev.data.len);
    while (wsp_pending(c, v, 1) > 0)
        wsp_sent(c, v[0].len);
    wsp_close(c, 1000, NULL, 0);
    wsp_conn_free(c);
    wsp_endpoint_free(e);
    return 0;
}
END
    arm-none-eabi-gcc -Os -mcpu=cortex-m4 -mthumb -Iinclude -nostdlib -Wl,--gc-sections \
        -Wl,--unresolved-symbols=ignore-all -Wl,-e,main -o "$dir/$2.elf" "$dir/$2.c" \
        "$dir/m4_sections/libwsproto.a"
    add "$1" arm-none-eabi-size "$dir/$2.elf"
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
    # shellcheck disable=SC2086
    ${MAKE:-make} -s BUILD="$dir/m4_sections" CPPFLAGS= LDFLAGS= SAN= COVERAGE= $m4 NO_DEFLATE=1 \
        "CFLAGS=-Os -mcpu=cortex-m4 -mthumb -ffunction-sections -fdata-sections" archive >/dev/null
    linked "of that in a program that makes servers" m4_server "wsp_server_new(&c, e)"
    linked "of that in a program that adopts connections" m4_adopt "wsp_adopt_new(&c, e, &a)"
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
