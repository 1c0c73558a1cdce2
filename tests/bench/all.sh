#!/bin/sh
# all.sh [ROW]: all benchmarks, one after the other, into one JSON and one Markdown; or one part.
#
# ROW is the name of a part (flate, loop, growth, size) or a piece of the name of a row of
# `make bench-rows` ("send: client"), which is then all that is run. Without it the parts are put
# together in $BUILD/bench.json, $BUILD/bench.md and $BUILD/bench.svg. A part that fails does not
# stop the others; the run fails if any did.
set -eu
build=${BUILD:-build}
row=${1:-}
parts="rows flate loop growth size"
failed=

# A part's own ROW= and ROUNDS= are not those of the whole.
run() { # run PART
    case $1 in
        rows) set -- rows "ROW=$row" ;;
        flate) set -- flate ROW= ;;
        loop) set -- loop ROW= "ROUNDS=${ROUNDS:-11}" ;;
        *) set -- "$1" ROW= ROUNDS= ;;
    esac
    part=$1
    shift
    { ${MAKE:-make} -s "bench-$part" "$@" || echo "$part" >>"$build/bench-failed"; } |
        tee "$build/bench-$part.md"
}

mkdir -p "$build"
rm -f "$build/bench-failed"
case " $parts " in
    *" $row "*) parts=$row ;;
    *) [ -z "$row" ] || parts=rows ;;
esac
for part in $parts; do
    [ "$parts" = "$part" ] || rm -f "$build/bench-$part.json"
    run "$part"
done

if [ -s "$build/bench-failed" ]; then
    failed=$(tr '\n' ' ' <"$build/bench-failed")
fi
if [ -z "$row" ]; then
    {
        echo "{\"date\": \"$(date -u +%Y-%m-%d)\""
        for part in $parts; do
            [ ! -s "$build/bench-$part.json" ] || { echo ", \"$part\":"; cat "$build/bench-$part.json"; }
        done
        echo "}"
    } >"$build/bench.json"
    for part in $parts; do
        cat "$build/bench-$part.md"
        echo
    done >"$build/bench.md"
    if command -v python3 >/dev/null; then
        echo
        python3 -B tests/bench/readme.py "$build/bench.json" | tee -a "$build/bench.md"
        sh tests/bench/chart.sh "$build/bench.json" "$build/bench.svg" || failed="$failed chart"
    else
        echo "bench: no python3, so no summary and no chart"
    fi
    echo "bench: $build/bench.json, $build/bench.md, $build/bench.svg"
fi
[ -z "$failed" ] || { echo "bench: FAILED: $failed" >&2; exit 1; }
