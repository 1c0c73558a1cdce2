#!/bin/sh
# Installs what `make bench-loop` compares with: libwebsockets, with its plug-in for libev, by the
# system's package manager, and Node's ws by npm under $BUILD/deps. The benchmark says of what is
# missing that it is not installed.
set -eu

has() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

if has apt-get; then
    # Another package run may hold the lock: wait for it rather than fail.
    as_root apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
        libwebsockets-dev libwebsockets-evlib-ev
elif has dnf; then as_root dnf install -y libwebsockets-devel
elif has pacman; then as_root pacman -S --needed --noconfirm libwebsockets
elif has apk; then as_root apk add libwebsockets-dev libwebsockets-evlib_ev
elif has brew; then brew install libwebsockets
else echo "deps-bench: no known package manager; please install libwebsockets" >&2
fi

if ! has node || ! has npm; then
    echo "deps-bench: ws needs node and npm" >&2
    exit 0
fi
mkdir -p "$BUILD/deps"
cp tests/bench/loop_deps/package.json tests/bench/loop_deps/package-lock.json "$BUILD/deps/"
npm ci --prefix "$BUILD/deps" --ignore-scripts --no-audit --no-fund --loglevel=error
