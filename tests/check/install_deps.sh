#!/bin/sh
# Installs what the tests need with the system's package manager: cmocka and zlib, unless their
# headers compile already.
set -eu

compiles() { "${CC:-cc}" "$@" -fsyntax-only -x c - 2>/dev/null; }
have_cmocka() {
    # shellcheck disable=SC2046  # several flags
    printf '#include <setjmp.h>\n#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <cmocka.h>\n' |
        compiles $(pkg-config --cflags cmocka 2>/dev/null)
}
have_zlib() { printf '#include <zlib.h>\n' | compiles; }
has() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

if have_cmocka && have_zlib; then
    echo "deps: cmocka and zlib are installed"
    exit 0
fi
if has apt-get; then
    # Another package run may hold the lock: wait for it rather than fail.
    as_root apt-get -o DPkg::Lock::Timeout=300 update -qq || true
    as_root apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends libcmocka-dev zlib1g-dev
elif has dnf; then as_root dnf install -y libcmocka-devel zlib-devel
elif has pacman; then as_root pacman -S --needed --noconfirm cmocka zlib
elif has apk; then as_root apk add cmocka-dev zlib-dev
elif has zypper; then as_root zypper --non-interactive install libcmocka-devel zlib-devel
elif has brew; then brew install cmocka zlib pkg-config
else
    echo "deps: no known package manager; please install cmocka (https://cmocka.org) and zlib" >&2
    exit 1
fi
have_cmocka || { echo "deps: cmocka.h still does not compile with ${CC:-cc}" >&2; exit 1; }
have_zlib || { echo "deps: zlib.h still does not compile with ${CC:-cc}" >&2; exit 1; }
