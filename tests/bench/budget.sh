#!/bin/sh
# Counts the instructions of the conversations in tests/bench/budget/ with callgrind.
#
#   budget.sh check PROGRAM     compares them with budget.json: 2 % more or less fails
#   budget.sh record PROGRAM    writes them there, beside what it holds for other machines
#
# A fall fails too: a budget that is too generous guards nothing, and a rise after it would pass.
#
# A program has the same counts each time, in any order of conversations, in any environment and on any
# CPU that callgrind shows alike. So budget.json holds a set of counts for each compiler, for the CPU
# that callgrind shows (it has no AVX-512 and no SHA instructions, whatever the machine has) and for the
# C library, whose memcpy is a part of them. Symbols are bound before the first count, and memcpy is told
# to copy with vectors only: callgrind counts `rep movsb` as an instruction a byte.
set -eu
budget=tests/bench/budget.json
tolerance=2 # percent
action=$1 program=$2

valgrind=$(command -v valgrind) || { echo "bench-check: valgrind is not installed" >&2; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
never=1000000000
env -i LD_BIND_NOW=1 \
    GLIBC_TUNABLES="glibc.cpu.x86_rep_movsb_threshold=$never:glibc.cpu.x86_rep_stosb_threshold=$never" \
    "$valgrind" -q --vgdb=no --tool=callgrind --collect-atstart=no \
    --callgrind-out-file="$dir/counts" "$program" >"$dir/said"

# The first line of output is the set's name. One dump of callgrind's is one conversation; out comes
# "name count-is-divided-by instructions" in the program's order.
set_name=$(head -n 1 "$dir/said")
awk 'FNR == 1 { name = "" }
    /^desc: Trigger: Client Request: / { name = $NF }
    /^totals: / { instructions[name] = $2 }
    FILENAME == last && FNR > 1 { print $1, $2, instructions[$1] }' last="$dir/said" \
    "$dir"/counts* "$dir/said" >"$dir/measured"
awk 'NF != 3 || $3 + 0 == 0 { bad = 1; print "bench-check: no count of " $1 } END { exit bad || NR == 0 }' \
    "$dir/measured" >&2

# What budget.json has for this set, as "name instructions". It is read as it is written below: a
# line each.
recorded() {
    [ ! -f "$budget" ] || awk -v name="$set_name" '
        index($0, "  \"" name "\": {") == 1 { inside = 1; next }
        /^  }/ { inside = 0 }
        inside { gsub(/[",:]/, " "); print $1, $2 }' "$budget"
}

check() {
    recorded >"$dir/recorded"
    if [ ! -s "$dir/recorded" ]; then
        echo "bench-check: $budget has no counts for \"$set_name\"; make bench-budget records them" >&2
        return 1
    fi
    awk -v tolerance="$tolerance" '
        function verdict(is, was) {
            if (was == 0) return "not in the budget"
            if (is * 100 > was * (100 + tolerance)) return "OVER"
            if (is * 100 < was * (100 - tolerance)) return "UNDER"
            return ""
        }
        NR == FNR { was[$1] = $2; next }
        FNR == 1 { printf "%-44s %12s %12s %8s\n", "conversation", "instructions", "budget", "change" }
        {
            v = verdict($3, was[$1] + 0)
            bad += v != ""
            change = was[$1] ? sprintf("%+.2f %%", ($3 / was[$1] - 1) * 100) : "-"
            printf "%-44s %12.1f %12.1f %8s  %s\n", $1, $3 / $2, was[$1] / $2, change, v
            delete was[$1]
        }
        END {
            for (name in was) {
                bad++
                printf "%-44s %12s %12s %8s  not a conversation any more\n", name, "-", "-", "-"
            }
            exit bad > 0
        }' "$dir/recorded" "$dir/measured" && return 0
    echo "bench-check: \"$set_name\" is not within $tolerance % of $budget." >&2
    echo "bench-check: where the change is meant, make bench-budget records it" >&2
    return 1
}

# The other sets stay as they are; sets and conversations are sorted, so that a change shows as one.
record() {
    {
        [ ! -f "$budget" ] || awk -v name="$set_name" '
            /^  "/ { set = $0; sub(/^  "/, "", set); sub(/": \{$/, "", set); next }
            /^    "/ && set != name { gsub(/[",:]/, " "); print set "\t" $1 "\t" $2 }' "$budget"
        awk -v name="$set_name" '{ print name "\t" $1 "\t" $3 }' "$dir/measured"
    } | LC_ALL=C sort -t "$(printf '\t')" -k 1,1 -k 2,2 | awk -F '\t' '
        BEGIN { print "{" }
        $1 != set {
            printf "%s  \"%s\": {\n", (set != "" ? "\n  },\n" : ""), $1
            set = $1
            comma = ""
        }
        { printf "%s    \"%s\": %d", comma, $2, $3; comma = ",\n" }
        END { print "\n  }\n}" }' >"$dir/budget"
    cp "$dir/budget" "$budget"
    echo "bench-budget: recorded $(wc -l <"$dir/measured") counts for \"$set_name\" in $budget"
}

case $action in
check) check ;;
record) record ;;
*) echo "usage: budget.sh check|record PROGRAM" >&2; exit 2 ;;
esac
