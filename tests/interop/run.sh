#!/bin/bash
# Exchanges messages with real peers: Chromium, Node's ws, Python's websockets, nginx, a terminal.
# `make interop` builds and runs it. BUILD: the build folder [build]; SUITES: some of those below.
#
# Every check is a line "ok NAME" or "FAIL NAME: WHY". The suites end what they start, by its pid;
# timeout ends a suite that hangs together with its process group.
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=$(realpath "${BUILD:-build}")
SUITES=${SUITES:-programs.py raw.py python.py deflate.py node.js deflate.js proxy.js browser.js}
limit=120 # seconds a suite; the whole takes about 100 on two cores
export BUILD OUT=$BUILD/interop DEBIAN_FRONTEND=noninteractive
export NODE_PATH=$OUT/node_modules PYTHONDONTWRITEBYTECODE=1

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -E "$@"; fi; }

install_missing() {
  local packages=()
  command -v chromium >/dev/null || packages+=(chromium)
  command -v nginx >/dev/null || packages+=(nginx-light)
  command -v openssl >/dev/null || packages+=(openssl)
  command -v node >/dev/null || packages+=(nodejs)
  command -v npm >/dev/null || packages+=(npm)
  # The system's Python: one from elsewhere does not see Debian's modules.
  /usr/bin/python3 -c 'import websockets' 2>/dev/null || packages+=(python3-websockets)
  if [ ${#packages[@]} -gt 0 ]; then
    as_root apt-get -o DPkg::Lock::Timeout=300 update -qq || true
    as_root apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends \
      "${packages[@]}" >/dev/null
  fi
  if ! cmp -s tests/interop/package-lock.json "$OUT/installed-lock.json"; then
    cp tests/interop/package.json tests/interop/package-lock.json "$OUT/"
    npm ci --prefix "$OUT" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
    cp tests/interop/package-lock.json "$OUT/installed-lock.json"
  fi
}

run_suite() { # run_suite SCRIPT: its lines go to the terminal and to a log
  local log=$OUT/$1.log run=node rc=0
  case $1 in *.py) run=/usr/bin/python3 ;; esac
  timeout -k 5 "$limit" "$run" "tests/interop/$1" </dev/null 2>&1 | tee "$log" || rc=$?
  # A suite that dies, hangs or checks nothing has failed, whatever it said before.
  if [ "$rc" -gt 1 ] || { [ "$rc" -ne 0 ] && ! grep -q '^FAIL ' "$log"; }; then
    echo "FAIL $1: exit $rc (124 = over $limit s)" | tee -a "$log"
  elif ! grep -q '^ok ' "$log"; then
    echo "FAIL $1: checked nothing" | tee -a "$log"
  fi
}

[ -x "$OUT/probe" ] || { echo "run \`make interop\`: $OUT/probe is not built" >&2; exit 1; }
rm -f "$OUT"/*.log "$OUT"/*.png
install_missing
logs=()
for suite in $SUITES; do
  start=$SECONDS
  run_suite "$suite"
  echo "--- $suite: $((SECONDS - start)) s"
  logs+=("$OUT/$suite.log")
done
passed=$(cat "${logs[@]}" | grep -c '^ok ' || true)
failed=$(cat "${logs[@]}" | grep -c '^FAIL ' || true)
echo "$passed passed, $failed failed"
[ "$passed" -gt 0 ] && [ "$failed" -eq 0 ]
