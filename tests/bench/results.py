"""The rows of bench.json, whatever benchmark they are from: ours / the best peer's, lower is better.

SPDX-License-Identifier: MIT
"""
import collections
import json

# ratio: ours / peer's. bar: what it must not be above, or None. size: bytes a message, 0 for none.
Row = collections.namedtuple("Row", "group series label size ratio bar peer")

GROUPS = ("receive", "send", "handshake", "kernels", "flate", "loop", "memory")


def bytes_text(n):
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if n >= unit and n % unit == 0:
            return "%d %s" % (n // unit, name)
    return "%d B" % n


def rows_of_contests(part):
    for r in part["rows"]:
        if "ratio" in r:
            yield Row(r["group"], r["name"], bytes_text(r["size"]), r["size"], r["ratio"],
                      r.get("bar"), r["best"])
    ours = [x["bytes"] for x in part.get("idle", []) if x["peer"] == "libwsproto"]
    for x in part.get("idle", []):
        if x["peer"] != "libwsproto":
            bar = 1 / x["bar"] if "bar" in x else None
            yield Row("memory", "idle connection", x["peer"], 0, ours[0] / x["bytes"], bar,
                      x["peer"])


# Of deflate at these levels: our time, our size / zlib's.
DEFLATE_BARS = {1: (0.5, 1.04), 6: (0.5, 1.015)}


def rows_of_flate(part):
    """Inflate beside the fastest peer, deflate beside zlib."""
    cells = collections.defaultdict(dict)
    for r in part["results"]:
        cells[r["data"], r["takeover"], r["level"]][r["codec"]] = r
    for (data, takeover, level), codecs in cells.items():
        mode = "takeover" if takeover else "no takeover"
        label = "%s, level %d" % (mode, level)
        ours = codecs.pop("ours")
        if not codecs:
            continue
        best = min(codecs, key=lambda name: codecs[name]["decompress"]["median_s"])
        yield Row("flate", "inflate, " + data, label, 0,
                  1 / codecs[best]["decompress"]["ours_to_it"], 1.0, best)
        if level in DEFLATE_BARS and "zlib" in codecs:
            zlib = codecs["zlib"]["compress"]
            time_bar, size_bar = DEFLATE_BARS[level]
            yield Row("flate", "deflate, " + data, label, 0, 1 / zlib["ours_to_it"], time_bar,
                      "zlib")
            yield Row("flate", "deflated size, " + data, label, 0,
                      ours["compress"]["wire_bytes"] / zlib["wire_bytes"], size_bar, "zlib")


def better_deflates(part):
    """Peers' levels that are both faster and smaller than ours, as texts; None: none was measured."""
    modes = collections.defaultdict(list)
    for r in part["results"]:
        modes[r["data"], r["takeover"]].append((r["codec"], r["level"], r["compress"]))
    found, compared = [], False
    for (data, takeover), cells in modes.items():
        peers = [c for c in cells if c[0] != "ours"]
        compared = compared or bool(peers)
        for _, level, ours in (c for c in cells if c[0] == "ours"):
            found += ["%s, %s, level %d: %s at its level %d"
                      % (data, "takeover" if takeover else "no takeover", level, name, at)
                      for name, at, peer in peers if peer["median_s"] < ours["median_s"]
                      and peer["wire_bytes"] < ours["wire_bytes"]]
    return found if compared else None


def rows_of_loop(part):
    for r in part["results"]:
        ratio = r["ours_to_best_peer"]["median"]
        if ratio <= 0:
            continue
        best = max((s for s in r["servers"] if s["server"] != "libwsproto"),
                   key=lambda s: s["messages_per_cpu_second"]["median"])
        label = "%d connection%s, window %d" % (r["connections"], "s"[:r["connections"] > 1],
                                                r["window"])
        series = "echo, " + bytes_text(r["bytes"]) + (", deflate" if r["deflate"] else "")
        yield Row("loop", series, label, r["bytes"], 1 / ratio, 1.0, best["server"])
    resident = part.get("resident", {})
    for name, n in resident.items():
        if name != "libwsproto" and n > 0 and resident["libwsproto"] > 0:
            yield Row("memory", "server's process a connection", name, 0,
                      resident["libwsproto"] / n, 1 / 8 if name == "libwebsockets" else None, name)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def rows(results):
    """All of them, by group, in the order of their benchmarks."""
    found = []
    for part, read in (("rows", rows_of_contests), ("flate", rows_of_flate),
                       ("loop", rows_of_loop)):
        if part in results:
            found += read(results[part])
    return sorted(found, key=lambda r: GROUPS.index(r.group))


def machine(results):
    """The machine of the first part that has one, as one line."""
    for part in ("rows", "loop", "flate", "growth"):
        if part in results:
            m = results[part]["machine"]
            return "%s, %d CPUs; %s %s" % (m["cpu"], m["cpus"], m["compiler"], m["flags"])
    return "an unknown machine"
