#!/bin/sh
# run_tests.sh BINARY...: runs cmocka binaries, JOBS at a time, and prints the closing lines of each.
# A binary that reports no passed test counts as failed: a test that did not run proves nothing.
# TIMEOUT: seconds a binary; WRAPPER: a command before each binary (valgrind ...).
set -u

if [ "${1:-}" = --one ]; then
    bin=$2
    log=$bin.log
    limit=
    command -v timeout >/dev/null 2>&1 && limit="timeout ${TIMEOUT:-300}"
    # shellcheck disable=SC2086  # these are commands with arguments
    ${limit} ${WRAPPER:-} "$bin" >"$log" 2>&1
    rc=$?
    if [ $rc -eq 0 ] && grep -q '\[  PASSED  \] [1-9]' "$log"; then
        out=$(grep -E '^\[(==========|  PASSED  |  SKIPPED )\] ' "$log" | grep -v 'Running')
        printf '%s\n%s\n' "--- ${bin##*/}" "$out"
        exit 0
    fi
    # One write, so that binaries running side by side do not mix their reports.
    out=$(grep -vE '^\[ (RUN     |      OK) \]' "$log" | tail -n 60)
    printf '%s\n%s\n' "--- ${bin##*/}: FAILED (exit $rc, 124 = time limit, log $log)" "$out"
    exit 1
fi

if [ $# -eq 0 ]; then
    echo "tests: there is no test to run" >&2
    exit 1
fi
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
if printf '%s\n' "$@" | xargs -n 1 -P "$jobs" sh "$0" --one; then
    for bin in "$@"; do cat "$bin.log"; done |
        awk -v bins=$# '/^\[  PASSED  \] / { n += $4 } END { printf "tests: %d passed in %d binaries\n", n, bins }'
else
    echo "tests: FAILED" >&2
    exit 1
fi
