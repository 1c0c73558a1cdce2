#!/bin/sh
# smoke.sh: that the benchmarks give right answers and that their numbers reach README. It measures
# nothing worth knowing. Fails when a program does, or when what is made of recorded numbers changed.
set -eu
out=$BUILD/bench-smoke
rm -rf "$out"
mkdir -p "$out"

"$BUILD/bench/bench" --alone 1 --rounds 1 --size 125 --json "$out/rows.json" >"$out/rows.md"
"$BUILD/bench/bench_growth" --small 1 --rounds 1 --json "$out/growth.json" >"$out/growth.md"
if ! command -v python3 >/dev/null; then
    echo "bench-smoke: no python3, so what is made of the numbers is not looked at"
    exit 0
fi

# What was just written can be read; a row that was compared with nobody has no ratio.
printf '{"date": "today", "rows": %s, "growth": %s}\n' "$(cat "$out/rows.json")" \
    "$(cat "$out/growth.json")" >"$out/now.json"
python3 -B tests/bench/readme.py "$out/now.json" >"$out/now.md"
grep -q 'rules hold' "$out/now.md"

# Of recorded numbers it is known what to say.
python3 -B tests/bench/readme.py tests/bench/smoke.json | diff -u tests/bench/smoke.md -
cp README.md "$out/README.md"
python3 -B tests/bench/readme.py tests/bench/smoke.json "$out/README.md"
python3 -B tests/bench/readme.py tests/bench/smoke.json "$out/README.md"
sed 1,2d tests/bench/smoke.md >"$out/expected"
sed -n '/^<!-- bench: `/,/^<!-- bench: end/p' "$out/README.md" | sed '1,2d;$d' | sed '$d' |
    diff -u "$out/expected" -
python3 -B tests/bench/chart.py tests/bench/smoke.json >"$out/chart.gnuplot"
if command -v gnuplot >/dev/null; then
    gnuplot "$out/chart.gnuplot" | grep -q '</svg>'
fi
echo "bench-smoke: all passed"
