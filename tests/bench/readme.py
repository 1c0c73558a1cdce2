"""What README says of bench.json: readme.py BENCH.json prints it, readme.py BENCH.json README.md
puts it between that file's marks. SPDX-License-Identifier: MIT
"""
import statistics
import sys

import results

BEGIN = "<!-- bench: `make bench-readme` writes what follows, up to the next mark -->"
END = "<!-- bench: end -->"

TITLES = {"receive": "receiving", "send": "sending", "handshake": "the opening handshake",
          "kernels": "masking and UTF-8", "flate": "compression (time and size)",
          "loop": "echo over loopback", "memory": "memory a connection"}


def reached(row):
    return row.ratio <= row.bar


def summary(rows):
    yield "| | rows | ours / best peer: median | range | bars reached |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for group in results.GROUPS:
        of_group = [r for r in rows if r.group == group]
        if not of_group:
            continue
        ratios = [r.ratio for r in of_group]
        barred = [r for r in of_group if r.bar is not None]
        yield "| %s | %d | %.2f | %.2f to %.2f | %d of %d |" % (
            TITLES[group], len(of_group), statistics.median(ratios), min(ratios), max(ratios),
            sum(map(reached, barred)), len(barred))


def by_series(rows):
    """A line a series: its rows, their ratios, peers and bars."""
    series = {}
    for r in rows:
        series.setdefault((r.group, r.series), []).append(r)
    for (group, name), of_series in series.items():
        yield "- %s, %s: %s" % (group, name, "; ".join(
            "%s %.3f of %s (bar %.4g)" % (r.label, r.ratio, r.peer, r.bar) for r in of_series))


def idle(found):
    names = [(x["peer"], x["bytes"]) for x in found.get("rows", {}).get("idle", [])]
    if names:
        yield ""
        yield "An open connection that is idle takes of the heap: %s." % ", ".join(
            "%s %d B%s" % (n, b, " (its protocol's state alone)" * (n == "uWebSockets"))
            for n, b in names)


def size(found):
    sizes = found.get("size", {}).get("size", [])
    if sizes:
        yield ""
        yield "Code and constants: %s." % ", ".join(
            "%s %.0f KB" % (s["what"], s["text"] / 1000) for s in sizes)


def deflates(found):
    better = results.better_deflates(found["flate"]) if "flate" in found else None
    if better is not None:
        yield ""
        yield "Peers that compress both faster and smaller: %s." % ("; ".join(better) or "none")


def growth(found):
    rules = [(c["name"], r) for c in found.get("growth", {}).get("curves", []) for r in c["rules"]]
    if rules:
        broken = ["%s, %s" % (name, r["column"]) for name, r in rules if not r["holds"]]
        yield ""
        yield ("From 1 to 100,000 connections, messages of 1 B to 256 MiB, 1 to 1,000,000 fragments "
               "and broadcasts to 10,000 members, cost grows linearly or less: %s." %
               ("all %d rules hold" % len(rules) if not broken else
                "BROKEN are " + "; ".join(broken)))


def text(found):
    rows = results.rows(found)
    lines = ["Measured on %s, on %s." % (results.machine(found), found["date"]), ""]
    lines += summary(rows)
    for more in (deflates, idle, size, growth):
        lines += more(found)
    missed = [r for r in rows if r.bar is not None and not reached(r)]
    behind = [r for r in rows if r.bar is not None and reached(r) and r.ratio > 1]
    if missed:
        lines += ["", "Bars that are missed:", ""] + list(by_series(missed))
    if behind:
        lines += ["", "Reached, though the peer is ahead, as the bar allows it:", ""]
        lines += by_series(behind)
    return "\n".join(lines) + "\n"


def rewrite(path, new):
    with open(path, encoding="utf-8") as f:
        old = f.read()
    head, begin, rest = old.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        sys.exit("bench: %s has no place between its marks" % path)
    with open(path, "w", encoding="utf-8") as f:
        f.write("%s%s\n\n%s\n%s%s" % (head, begin, new, end, tail))


def main():
    found = results.load(sys.argv[1])
    if len(sys.argv) > 2:
        rewrite(sys.argv[2], text(found))
    else:
        print("# Summary\n\n" + text(found), end="")


main()
