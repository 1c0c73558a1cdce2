#!/bin/sh
# Installs what `make bench-flate` compares with: zlib, libdeflate, and zlib-ng where the system's
# package manager has it. The benchmark says of what is missing that it is not installed.
set -eu

has() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# The first of these packages that apt knows.
apt_first() {
    for name in "$@"; do
        if apt-cache show "$name" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
}

if has apt-get; then
    # Another package run may hold the lock: wait for it rather than fail.
    as_root apt-get -o DPkg::Lock::Timeout=300 update -qq || true
    ng=$(apt_first libz-ng-dev zlib-ng-dev libzng-dev)
    # shellcheck disable=SC2086  # none, or one
    as_root apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
        zlib1g-dev libdeflate-dev $ng
    [ -n "$ng" ] || echo "deps-bench: apt has no zlib-ng"
elif has dnf; then as_root dnf install -y zlib-devel libdeflate-devel zlib-ng-devel
elif has pacman; then as_root pacman -S --needed --noconfirm zlib libdeflate zlib-ng
elif has apk; then as_root apk add zlib-dev libdeflate-dev zlib-ng-dev
elif has zypper; then as_root zypper --non-interactive install zlib-devel libdeflate-devel zlib-ng-devel
elif has brew; then brew install zlib libdeflate zlib-ng pkg-config
else
    echo "deps-bench: no known package manager; please install zlib, libdeflate and zlib-ng" >&2
    exit 1
fi
