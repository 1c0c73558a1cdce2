#!/bin/sh
# Compares every #include of lib/ with the module table. Usage: deps.sh (from the top folder)
set -eu
table=tests/check/modules.txt

files=$(find lib -name '*.[ch]' -o -name '*.inc' | sort)
[ -n "$files" ] || { echo "check-deps: no sources under lib/" >&2; exit 1; }

# shellcheck disable=SC2086  # one argument a file
awk '
function bad(text) { print "check-deps: " text; failed = 1 }

# The module a path belongs to: the longest table entry that is its stem or stem_something.
function module_of(path,    stem) {
    stem = path
    sub(/^lib\//, "", stem)
    sub(/\.[a-z]+$/, "", stem)
    while (!(stem in module) && match(stem, /_[^_\/]*$/)) stem = substr(stem, 1, RSTART - 1)
    return stem in module ? stem : ""
}
function folder_of(name) { return name ~ /\// ? substr(name, 1, index(name, "/") - 1) : name }

FNR == 1 { file_nr++ }

# --- the table
file_nr == 1 && /^#|^[ \t]*$/ { next }
file_nr == 1 {
    name = $1
    sub(/:$/, "", name)
    if (name !~ /^</) {
        module[name] = 1
        folder[folder_of(name)] = 1
    }
    for (i = 2; i <= NF; i++) {
        allowed[name, $i] = 1
        if (name !~ /^</ && (folder_of(name) == $i || $i == name || !($i in module || $i in folder)))
            bad("modules.txt: " name " uses " $i ", which does not stand above it")
    }
    next
}

# --- the sources
FNR == 1 { self = module_of(FILENAME) }
self != "" && /^[ \t]*#[ \t]*include/ {
    where = FILENAME ":" FNR ": "
    target = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", target)
    if (match(target, /^"[^"]*"/) || match(target, /^<[^>]*>/)) target = substr(target, 1, RLENGTH)
    bare = substr(target, 2, length(target) - 2)
    if (bare == "wsproto.h") next
    if (target ~ /^</) {
        if (!((target, "any") in allowed || (target, self) in allowed || (target, folder_of(self)) in allowed))
            bad(where "system header " target " is not allowed in " self)
        next
    }
    used = module_of("lib/" bare)
    if (used == "") bad(where "\"" bare "\" names no module (write it as \"folder/name.h\")")
    else if (used != self && !((self, used) in allowed || (self, folder_of(used)) in allowed))
        bad(where self " may not use " used)
}
END {
    for (i = 2; i < ARGC; i++)
        if (module_of(ARGV[i]) == "") bad(ARGV[i] ": not in the module table")
    exit failed
}
' "$table" $files
echo "check-deps: $(echo "$files" | wc -l) files follow the module table"
