"""Draws results.json: `python -m bench.plot DIR` writes bench.png and bench.svg. Runs where matplotlib is."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found] # only the peers' environment has it

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter  # type: ignore[import-not-found]

OURS, PEER, OTHER_WORK = "#d9480f", "#5c7cfa", "#adb5bd"
AGAIN = ", again"
SAME_WORK = "upserts and tags"
WIDTH_INCHES, DPI = 9.0, 150


def main(folder: Path) -> None:
    results = json.loads((folder / "results.json").read_bytes())
    drawn = [(name, results["parts"][name]) for name in DRAWINGS if name in results["parts"]]
    if not drawn:
        sys.exit("none of the parts that have a picture was run")
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "none"})
    heights = [DRAWINGS[name][1](part) for name, part in drawn]
    figure = plt.figure(figsize=(WIDTH_INCHES, sum(heights)), layout="constrained")
    for place, (name, part) in zip(
        figure.subfigures(len(drawn), 1, height_ratios=heights, squeeze=False), drawn, strict=True
    ):
        DRAWINGS[name][0](place[0], part)
    figure.supxlabel(results["conditions"].partition("; `")[0], fontsize=7, color="#666666")
    figure.savefig(folder / "bench.png", dpi=DPI, facecolor="white")
    figure.savefig(folder / "bench.svg", facecolor="white", metadata={"Date": None})


def draw_throughput(place: Any, part: dict[str, Any]) -> None:
    """Draw a bar a subject, ours with both its runs; the denominator, far to the right of all, is told in words."""
    again = {row["who"].removesuffix(AGAIN): row["figures"] for row in part["rows"] if row["who"].endswith(AGAIN)}
    rows = [row for row in part["rows"] if row["does"] != "only reads" and not row["who"].endswith(AGAIN)]
    rows = [{**row, "figures": _mean(row["figures"], again.get(row["who"], {}))} for row in rows]
    bare = [row for row in part["rows"] if row["does"] == "only reads" and row["figures"]]
    axes = place.subplots()
    for height, row in enumerate(reversed(rows)):
        rate = row["figures"].get("rate", 0)
        axes.barh(height, rate, color=_color(row), height=0.7)
        axes.annotate(_label(row), (rate, height), (5, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(rows)), [_name(row) for row in reversed(rows)])
    axes.set_title(part["title"], loc="left", fontsize=9, fontweight="bold")
    axes.set_xlim(0, max((row["figures"].get("rate", 0) for row in rows), default=1) * 1.45)
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    told = f"; bare reading with confluent-kafka and orjson: {bare[0]['figures']['rate']:,.0f}" if bare else ""
    axes.set_xlabel(f"events/s{told}")


def draw_growth(place: Any, part: dict[str, Any]) -> None:
    """Draw events/s and memory over the number of events, and over that of partitions."""
    figures = [row["figures"] for row in part["rows"] if not row["why"]]
    most = max(row["partitions"] for row in figures)
    by_events = [row for row in figures if row["partitions"] == 8]
    # The middle size is measured on every number of partitions.
    sizes = sorted({row["events"] for row in by_events})
    by_partitions = sorted(
        (row for row in figures if row["events"] == sizes[len(sizes) // 2]), key=lambda row: float(row["partitions"])
    )
    left, right = place.subplots(1, 2)
    _lines(left, by_events, "events", "events, on 8 partitions")
    _lines(right, by_partitions, "partitions", "partitions" if most > 1 else "partition")
    place.suptitle(part["title"], x=0.01, ha="left", fontsize=9, fontweight="bold")


def _lines(axes: Any, rows: list[dict[str, float]], across: str, heading: str) -> None:
    x = [row[across] for row in rows]
    axes.plot(x, [row["rate"] for row in rows], "o-", color=OURS)
    axes.set_xscale("log")
    axes.set_xticks(x, [f"{value:,.0f}" for value in x])
    axes.minorticks_off()
    axes.set_ylim(0, max(row["rate"] for row in rows) * 1.2)
    axes.yaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.set_xlabel(heading)
    axes.set_ylabel("events/s", color=OURS)
    memory = axes.twinx()
    memory.plot(x, [row["peak_mb"] for row in rows], "s--", color=PEER)
    memory.set_ylim(0, max(row["peak_mb"] for row in rows) * 1.6)
    memory.set_ylabel("peak MB", color=PEER)
    memory.spines["right"].set_visible(True)


def _mean(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {name: (figure + other.get(name, figure)) / 2 for name, figure in one.items()}


def _color(row: dict[str, Any]) -> str:
    if row["who"] == "infobip-streams":
        return OURS
    return PEER if row["does"] == SAME_WORK else OTHER_WORK


def _name(row: dict[str, Any]) -> str:
    aside = "" if row["does"] == SAME_WORK else f"\n{row['does']}"
    return f"{row['who']}{aside}"


def _label(row: dict[str, Any]) -> str:
    if row["why"]:
        return "no result"
    return f"{row['figures']['rate']:,.0f}   ({row['figures']['cpu_us']:.1f} µs of CPU an event)"


def _thousands(value: float, _: int) -> str:
    return f"{value / 1000:,.0f}k" if value else "0"


#: How each part is drawn, and how many inches it takes.
DRAWINGS: dict[str, Any] = {
    "t1": (draw_throughput, lambda part: 0.9 + 0.32 * len(part["rows"])),
    "growth": (draw_growth, lambda _: 2.6),
}

if __name__ == "__main__":
    main(Path(sys.argv[1]))
