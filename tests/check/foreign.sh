#!/bin/sh
# foreign.sh [ARCH...]: the unit tests on machines unlike this one, emulated by qemu: arm64 has kernels of
# its own, armhf has 32-bit sizes, s390x stores the high byte first. All, unless some are named.
# Needs Debian or a relative. What is missing of the cross compiler and qemu is installed. cmocka and
# zlib of the architecture are only unpacked, to BUILD/foreign/ARCH/sysroot, by an apt-get with a state
# of its own: the system's dpkg never learns of a foreign architecture.
# BUILD, MAKE; TIMEOUT: seconds a binary; JOBS: binaries side by side.
set -u

build=${BUILD:-build}
log=
say() { echo "check-foreign: $*"; }
die() {
    [ -z "$log" ] || tail -n 20 "$log" >&2
    say "$*" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

describe() {
    case $1 in
    arm64) triplet=aarch64-linux-gnu qemu=qemu-aarch64-static ;;
    armhf) triplet=arm-linux-gnueabihf qemu=qemu-arm-static ;;
    s390x) triplet=s390x-linux-gnu qemu=qemu-s390x-static ;;
    *) die "unknown architecture $1: arm64, armhf or s390x" ;;
    esac
    out=$build/foreign/$1
    sysroot=$out/sysroot
    libs=$sysroot/usr/lib/$triplet
}

# The compiler without its C library compiles nothing: ask for a header and a program, not for the name.
have_tools() {
    has "$qemu" && has "$triplet-ar" && printf '#include <stdio.h>\nint main(void){return 0;}\n' |
        "$triplet-gcc" -x c - -o /dev/null 2>/dev/null
}
install_tools() {
    have_tools && return
    has apt-get || die "needs $triplet-gcc and $qemu, and there is no apt-get to install them with"
    # Another package run may hold the lock: wait for it rather than fail. --no-remove: gcc-multilib
    # conflicts with every cross compiler and would go.
    apt="apt-get -o DPkg::Lock::Timeout=300"
    log=$out/install.log
    # shellcheck disable=SC2086  # a command with arguments
    {
        as_root $apt update || true
        as_root $apt install -y --no-install-recommends --no-remove \
            "gcc-$triplet" "libc6-dev-$1-cross" qemu-user-static
    } >"$log" 2>&1
    have_tools || die "$triplet-gcc or $qemu could not be installed"
    log=
}

fetch_libraries() {
    [ -d "$sysroot" ] && return
    if ! has apt-get || ! has dpkg; then
        die "cmocka and zlib for $1 are fetched with apt-get and dpkg, which are not here"
    fi
    say "$1: fetching cmocka and zlib"
    rm -rf "$out/apt" "$sysroot.new"
    mkdir -p "$out/apt/lists/partial" "$out/apt/archives/partial" "$sysroot.new"
    : >"$out/apt/status"
    apt=$(cd "$out/apt" && pwd)
    log=$out/fetch.log
    (
        cd "$apt" || exit
        private() {
            apt-get -o Dir::State="$apt" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt" \
                -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User=root "$@"
        }
        # An index that did not come matters only when a package is missing for it.
        private update || true
        private download libcmocka0 libcmocka-dev zlib1g-dev
    ) >"$log" 2>&1 || die "$1: the libraries could not be fetched"
    for deb in "$apt"/*_"$1".deb; do
        dpkg -x "$deb" "$sysroot.new" >>"$log" 2>&1 || die "$1: ${deb##*/} could not be unpacked"
    done
    log=
    mv "$sysroot.new" "$sysroot" && rm -rf "$apt"
}

# Everything is built before anything is run; -k: a file that does not compile hides no other's result.
run() {
    tests=
    for source in tests/unit/test_*.c; do
        name=${source##*/}
        tests="$tests $out/tests/${name%.c}"
    done
    # shellcheck disable=SC2086  # names without spaces
    rm -f $tests
    # shellcheck disable=SC2086
    ${MAKE:-make} -k --no-print-directory BUILD="$out" CC="$triplet-gcc" AR="$triplet-ar" SAN= COVERAGE= WERROR=1 \
        TEST_CPPFLAGS="-Itests -isystem $sysroot/usr/include -isystem $sysroot/usr/include/$triplet" \
        TEST_LIBS="$libs/libcmocka.so.0 $libs/libz.a -pthread" archive $tests
    built=
    missing=0
    for bin in $tests; do
        if [ -x "$bin" ]; then
            built="$built $bin"
        else
            missing=$((missing + 1))
            say "$1: ${bin##*/} was not built"
        fi
    done
    # shellcheck disable=SC2086
    if [ -n "$built" ]; then
        WSP_TEST_SUBSET=1 WRAPPER="$qemu -L /usr/$triplet -E LD_LIBRARY_PATH=$libs" \
            sh tests/check/run_tests.sh $built 2>&1
    fi | tee "$out/report"

    # A binary that failed without counting failed tests (time limit, crash) and one that was not built
    # are one failure each.
    awk -v arch="$1" -v failed=$missing '
    function close_binary() { if (bad && !counted) failed++; bad = counted = 0 }
    /^--- / { close_binary(); bad = / FAILED / }
    /^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
    /^\[  FAILED  \] [0-9]+ test/ { failed += $4; counted = 1 }
    END {
        close_binary()
        printf "check-foreign: %s: %d passed, %d failed\n", arch, passed, failed
        exit failed > 0 || !passed
    }' "$out/report"
}

[ $# -gt 0 ] || set -- arm64 armhf s390x
for arch in "$@"; do describe "$arch"; done
bad=0
for arch in "$@"; do
    describe "$arch"
    mkdir -p "$out" || die "no $out"
    install_tools "$arch"
    fetch_libraries "$arch"
    run "$arch" || bad=1
done
exit $bad
