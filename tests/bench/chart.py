"""Writes the gnuplot script of the chart: chart.py BENCH.json

Nothing, where no peer was measured. A line a series, a dot a row, by its size; filled where the row's bar is reached.
SPDX-License-Identifier: MIT
"""
import itertools
import sys

import results

LINE, HEAD, FOOT, WIDTH = 19, 76, 92, 1000  # pixels
REACHED, MISSED, PLAIN = "#1a7f37", "#cf222e", "#57606a"
FONT = "DejaVu Sans,Verdana,Arial,sans-serif"


def dot(size):
    """The radius: small messages, small dots."""
    for most, radius in ((0, 0.66), (125, 0.50), (1024, 0.64), (16384, 0.78), (65536, 0.92)):
        if size <= most:
            return radius
    return 1.06


def kind(row):
    if row.bar is None:
        return "plain"
    return "reached" if row.ratio <= row.bar else "missed"


def lay_out(rows):
    """(height, title or series, rows) from the top: a line for each group's name and each series."""
    lines = []
    for group, of_group in itertools.groupby(rows, key=lambda r: r.group):
        lines.append((group, None))
        series = {}
        for r in of_group:
            series.setdefault(r.series, []).append(r)
        lines += series.items()
    return [(len(lines) - i, name, points) for i, (name, points) in enumerate(lines)]


def data_block(name, rows):
    print("$%s << EOD" % name)
    print("\n".join(rows) if rows else "nan nan nan")
    print("EOD")


def main():
    found = results.load(sys.argv[1])
    rows = results.rows(found)
    if not rows:
        return
    lines = lay_out(rows)
    dots = {"reached": [], "missed": [], "plain": []}
    bars, tics = [], []
    for y, name, points in lines:
        text = name.replace('"', "")
        tics.append('"%s" %d' % (text if points else "{/:Bold %s}" % text, y))
        for r in points or []:
            dots[kind(r)].append("%.4f %d %.2f" % (r.ratio, y, dot(r.size)))
        bars += sorted({"%.4f %d" % (r.bar, y) for r in points or [] if r.bar is not None})
    for name, values in dots.items():
        data_block(name, values)
    data_block("bars", bars)

    ratios = [r.ratio for r in rows]
    low, high = min(ratios + [0.08]) / 1.25, max(ratios + [2.5]) * 1.25
    top = len(lines) + 1
    print('set terminal svg size %d,%d font "%s,12" background "white"'
          % (WIDTH, HEAD + FOOT + LINE * top, FONT))
    print('set title "Our time / the best peer\'s, row by row: left of 1 is faster\\n'
          '{/*0.83 %s; %s; bytes instead of time for sizes and memory}" font ",15"'
          % (results.machine(found).replace('"', ""), found.get("date", "")))
    print("set logscale x\nset xrange [%g:%g]\nset yrange [0.4:%g]" % (low, high, top - 0.4))
    print("set xtics (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20) nomirror out")
    print("set grid x front lc rgb '#d0d7de' lw 0.7 dt 1\nset border 1 lc rgb '#57606a'")
    print("set ytics (%s) scale 0 textcolor rgb '#1f2328'" % ", ".join(tics))
    print("set key below center horizontal maxrows 2 reverse Left samplen 1 width 2 spacing 1.3 "
          "textcolor rgb '#1f2328'")
    print("set object 1 rectangle from 1, graph 0 to %g, graph 1 behind fc rgb '#fff1f0' "
          "fs solid noborder" % high)
    for y, name, points in lines:
        if points:
            print("set arrow from %g,%d to %g,%d nohead back lc rgb '#eaeef2' lw 0.7"
                  % (low, y, high, y))
    print("set arrow from 1, graph 0 to 1, graph 1 nohead front lc rgb '#1f2328' lw 1.2")
    print("plot $reached using 1:2:3 with points pt 7 ps variable lc rgb '%s' title 'bar reached', "
          "$missed using 1:2:3 with points pt 6 lw 1.6 ps variable lc rgb '%s' title 'bar missed', "
          "$plain using 1:2:3 with points pt 7 ps variable lc rgb '%s' title 'no bar', "
          "$bars using 1:2:(0):(0.36) with vectors nohead lw 2 lc rgb '#0969da' notitle, "
          "$bars using 1:2:(0):(-0.36) with vectors nohead lw 2 lc rgb '#0969da' title 'bar', "
          "keyentry with points pt 7 ps 0.50 lc rgb '%s' title 'up to 125 B', "
          "keyentry with points pt 7 ps 0.78 lc rgb '%s' title '16 KiB', "
          "keyentry with points pt 7 ps 1.06 lc rgb '%s' title '1 MiB'"
          % (REACHED, MISSED, PLAIN, PLAIN, PLAIN, PLAIN))


main()
