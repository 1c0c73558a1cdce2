#!/bin/sh
# Installs what `make bench` and `make bench-flate` compare with: what the system's package manager
# has of it, and two npm packages that carry C++ sources, under $BUILD/deps. The benchmarks say of
# what is missing that it is not installed.
set -eu

build=${BUILD:-build}

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

# The sources of an npm package; nothing of it is run.
npm_sources() { # npm_sources NAME PACKAGE@VERSION
    [ ! -d "$build/deps/$1" ] || return 0
    if ! has npm; then
        echo "deps-bench: no npm, so no $1"
        return
    fi
    mkdir -p "$build/deps/$1.new"
    archive=$(npm pack --silent --pack-destination "$build/deps" "$2") || {
        echo "deps-bench: npm does not get $2"
        return
    }
    tar -xzf "$build/deps/$archive" -C "$build/deps/$1.new" --strip-components 1
    rm -f "$build/deps/$archive"
    mv "$build/deps/$1.new" "$build/deps/$1"
}

if has apt-get; then
    # Another package run may hold the lock: wait for it rather than fail.
    as_root apt-get -o DPkg::Lock::Timeout=300 update -qq || true
    ng=$(apt_first libz-ng-dev zlib-ng-dev libzng-dev)
    # shellcheck disable=SC2086  # none, or one
    as_root apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
        g++ zlib1g-dev libdeflate-dev libwslay-dev libboost-dev libssl-dev libh2o-evloop-dev \
        gnuplot-nox python3 $ng
    [ -n "$ng" ] || echo "deps-bench: apt has no zlib-ng"
elif has dnf; then
    as_root dnf install -y gcc-c++ zlib-devel libdeflate-devel zlib-ng-devel wslay-devel \
        boost-devel openssl-devel gnuplot-minimal
elif has pacman; then
    as_root pacman -S --needed --noconfirm gcc zlib libdeflate zlib-ng wslay boost openssl gnuplot
elif has apk; then
    as_root apk add g++ zlib-dev libdeflate-dev zlib-ng-dev wslay-dev boost-dev openssl-dev gnuplot
elif has zypper; then
    as_root zypper --non-interactive install gcc-c++ zlib-devel libdeflate-devel zlib-ng-devel \
        libwslay-devel libboost_headers-devel libopenssl-devel gnuplot
elif has brew; then brew install zlib libdeflate zlib-ng wslay boost openssl gnuplot pkg-config
else
    echo "deps-bench: no known package manager; see tests/bench/install_deps.sh for what to install" >&2
    exit 1
fi
npm_sources uws @discordjs/uws@11.149.1
npm_sources utf-8-validate utf-8-validate@6.0.6
