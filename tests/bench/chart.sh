#!/bin/sh
# chart.sh JSON SVG: a dot for each row, ours / the best peer's, drawn by gnuplot.
set -eu
if ! command -v gnuplot >/dev/null; then
    echo "bench: no gnuplot, so no chart" >&2
    exit 0
fi
python3 -B tests/bench/chart.py "$1" >"$2.gnuplot"
if [ -s "$2.gnuplot" ]; then
    gnuplot "$2.gnuplot" >"$2.new"
    mv "$2.new" "$2"
else
    echo "bench: no peer was measured, so no chart"
fi
rm -f "$2.gnuplot"
