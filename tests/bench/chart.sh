#!/bin/sh
# chart.sh JSON SVG: a dot for each row, ours / the best peer's, drawn by gnuplot.
set -eu
if ! command -v gnuplot >/dev/null; then
    echo "bench: no gnuplot, so no chart" >&2
    exit 0
fi
python3 tests/bench/chart.py "$1" | gnuplot >"$2.new"
mv "$2.new" "$2"
