"""Charts of a table's quality, as SVG."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from osler.prepare.quality.checking import Report
from osler.prepare.quality.columns import Column

INK, GREY, FIRST, SECOND, ALARM = "#1d2733", "#8a96a3", "#2f6f9f", "#d9822b", "#b3261e"
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "osler",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.titlesize": 9,
}
NO_METADATA = {"Date": None, "Creator": None, "Type": None, "Format": None}
MOST_BARS = 30
MOST_HISTOGRAMS = 12
LONGEST_NAME = 26


def missing_chart(report: Report) -> str:
    """Return which share of each column is missing, the worst first; '' where nothing is."""
    shares = {one.name: one.missing_share for one in report.columns if one.missing_share > 0}
    return _bars(shares, label="share missing", limit=1.0)


def alone_chart(report: Report) -> str:
    """Return how well each column alone tells the outcome; '' without a target."""
    return _bars(
        report.alone, label="AUROC of the column alone, out of fold", begin=0.5, alarm=0.95
    )


def drift_chart(report: Report) -> str:
    """Return how far sources differ; '' where there is one source only."""
    return _bars(report.drift, label="largest distance between sources (KS)", limit=1.0, alarm=0.2)


def distributions(report: Report) -> str:
    """Return histograms of the columns that are suspicious, then of the others."""
    suspected = [one.column for one in report.suspicions if one.kind != "missing"]
    chosen = [
        one
        for one in report.columns
        if one.numbers is not None and one.distinct > 2 and one.name != report.target
    ]
    chosen.sort(key=lambda one: one.name not in suspected)
    chosen = chosen[:MOST_HISTOGRAMS]
    if not chosen:
        return ""
    rows = -(-len(chosen) // 4)
    with rc_context(STYLE):
        figure = Figure(figsize=(10, 1.9 * rows + 0.3), layout="constrained")
        grid = figure.subplots(rows, 4, squeeze=False)
        for place, one in zip(grid.flat, chosen, strict=False):
            _histogram(place, one, report, suspected=one.name in suspected)
        for place in list(grid.flat)[len(chosen) :]:
            place.set_axis_off()
        return _svg(figure)


def _histogram(place: Axes, one: Column, report: Report, *, suspected: bool) -> None:
    """Draw one column's values, by outcome where there is one."""
    edges = np.histogram_bin_edges(one.known, bins=30)
    parts = _parts(one, report)
    for values, colour, label in parts:
        place.hist(values, bins=edges.tolist(), color=colour, alpha=0.6, label=label)
    place.set_title(_short(one.name), color=ALARM if suspected else INK, loc="left")
    place.tick_params(labelsize=7)
    place.locator_params(axis="x", nbins=4)
    place.locator_params(axis="y", nbins=3)


def _parts(one: Column, report: Report) -> Sequence[tuple[npt.NDArray[np.float64], str, str]]:
    """Return the values to draw over each other."""
    if one.numbers is None or report.outcome is None:
        return [(one.known, FIRST, "all")]
    there = np.isfinite(one.numbers)
    return [
        (one.numbers[there & ~report.outcome], FIRST, "without"),
        (one.numbers[there & report.outcome], SECOND, "with the outcome"),
    ]


def _bars(
    values: Mapping[str, float],
    *,
    label: str,
    begin: float = 0.0,
    limit: float = 1.0,
    alarm: float | None = None,
) -> str:
    """Return horizontal bars, the longest on top."""
    ordered = sorted(values.items(), key=lambda pair: -pair[1])[:MOST_BARS]
    if not ordered:
        return ""
    with rc_context(STYLE):
        figure = Figure(figsize=(7.2, 0.24 * len(ordered) + 0.8), layout="constrained")
        place = figure.subplots()
        heights = [max(value - begin, 0.0) for _, value in ordered]
        colours = [ALARM if alarm is not None and value >= alarm else FIRST for _, value in ordered]
        place.barh(range(len(ordered)), heights, left=begin, color=colours, height=0.68)
        place.set_yticks(range(len(ordered)), [_short(name) for name, _ in ordered])
        place.set_ylim(len(ordered) - 0.5, -0.5)
        place.set_xlim(begin, limit)
        place.set_xlabel(label)
        place.spines["left"].set_visible(False)
        place.tick_params(axis="y", length=0)
        for index, (_, value) in enumerate(ordered):
            place.text(
                min(max(value, begin), limit) + 0.01 * (limit - begin), index, f"{value:.2f}",
                va="center", fontsize=7, color=INK, clip_on=False,
            )  # fmt: skip
        if alarm is not None:
            place.axvline(alarm, color=ALARM, linewidth=0.8, linestyle=":")
        return _svg(figure)


def _short(name: str) -> str:
    """Return a name that fits; a dollar sign is no formula."""
    plain = name.replace("$", r"\$")
    return plain if len(plain) <= LONGEST_NAME else f"{plain[: LONGEST_NAME - 1]}…"


def _svg(figure: Figure) -> str:
    """Return a figure as an element for a page."""
    held = io.StringIO()
    figure.savefig(held, format="svg", metadata=NO_METADATA)
    text = held.getvalue()
    return re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', "", text[text.index("<svg") :], count=1)
