#!/bin/sh
# sizes.sh [FILE...]: the limits of the house style over clang-formatted C.
#
# A function's body is what stands between { and } in column 0. Nesting is read from indentation: a
# control statement indented by n levels opens block n, braces or not, and as case labels stand at
# their switch's own level a switch counts once. Parameters are those of the definition.
set -eu
if [ $# -eq 0 ]; then
    dirs=
    for d in include lib examples tests fuzz; do [ ! -d "$d" ] || dirs="$dirs $d"; done
    # shellcheck disable=SC2046,SC2086
    set -- $(find $dirs -name '*.[ch]' | sort)
fi
[ $# -gt 0 ] || { echo "check-sizes: no source found" >&2; exit 1; }

awk '
BEGIN { max_lines = 60; max_nesting = 3; max_file = 600; max_parameters = 5 }

function over(what, n, max) { printf "check-sizes: %s:%s: %d %s (limit %d)\n", file, name, n, what, max; failed = 1 }

# Without comments and the contents of strings, so that neither braces nor commas in them count.
function code(line,    out, i, c, two) {
    out = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") { in_comment = 0; i++ }
        } else if (two == "/*") { in_comment = 1; i++ }
        else if (two == "//") break
        else if (c == "\"" || c == "\047") {
            for (i++; i <= length(line) && substr(line, i, 1) != c; i++)
                if (substr(line, i, 1) == "\\") i++
            out = out "0"
        } else out = out c
    }
    return out
}

# Name and parameters from the last top-level (...) of the text before the body.
function read_signature(text,    i, c, depth, start, commas) {
    parameters = 0
    name = "?"
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "(" && depth++ == 0) { start = i; commas = 0 }
        if (c == "," && depth == 1) commas++
        if (c == ")" && --depth == 0) {
            args = substr(text, start + 1, i - start - 1)
            parameters = args ~ /^[ \t]*(void)?[ \t]*$/ ? 0 : commas + 1
            name = substr(text, 1, start - 1)
            sub(/[ \t]+$/, "", name)
            sub(/.*[^A-Za-z0-9_]/, "", name)
        }
    }
}

function end_file() {
    name = "(file)"
    # The public header is the manual too.
    if (lines > max_file && file != "include/wsproto.h") over("lines", lines, max_file)
}

FNR == 1 {
    if (file != "") end_file()
    file = FILENAME
    in_body = in_comment = 0
    signature = ""
}
{ lines = FNR; text = code($0) }

text ~ /^\{/ && !in_body {
    in_body = 1
    length_ = nesting = 0
    read_signature(signature)
    functions++
    if (parameters > max_parameters) over("parameters", parameters, max_parameters)
    next
}
in_body && text ~ /^\}/ {
    in_body = 0
    if (length_ > max_lines) over("lines", length_, max_lines)
    if (nesting > max_nesting) over("nested blocks", nesting, max_nesting)
    signature = ""
    next
}
in_body {
    length_++
    if (match(text, /^ *(\} )?(if|for|while|do|switch|else)[^A-Za-z0-9_]/) || match(text, /^ *(do|else)$/)) {
        match(text, /^ */)
        if (RLENGTH / 4 > nesting) nesting = int(RLENGTH / 4)
    }
    next
}
text ~ /^#/ || text ~ /[;}\\][ \t]*$/ || text ~ /^[ \t]*$/ { signature = ""; next }
{ signature = signature " " text }

END {
    end_file()
    if (!functions) { print "check-sizes: no function found"; failed = 1 }
    if (!failed) printf "check-sizes: %d functions within their limits\n", functions
    exit failed
}
' "$@"
