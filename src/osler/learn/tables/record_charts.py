"""Calibration and decision curve of a model of the record, as one HTML page."""

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from osler.analyse.record_card import Benefit, RecordCard, RecordFigures
from osler.learn.tables.figures import ESTIMATES, in_words
from osler.learn.tables.table import Bools, Floats

BLUE = "#1f4e79"
GROUPS = 10


def write_record_report(
    card: RecordCard,
    probability: Floats,
    labels: Bools,
    *,
    figures: RecordFigures,
    curve: Sequence[Benefit],
    folder: Path,
) -> Path:
    """Write evaluation.html; return its place."""
    rows = "".join(
        f"<tr><td>{escape(name.replace('_', ' '))}</td>"
        f"<td>{escape(in_words(getattr(figures, name)))}</td></tr>"
        for name in ESTIMATES
    )
    title = f"{card.title}: {figures.patients} rows, {figures.positives} positive"
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:60rem}"
        "td{padding:.2rem .8rem;border-bottom:1px solid #ddd}img{max-width:100%}</style></head>"
        f"<body><h1>{escape(title)}</h1><table>{rows}</table>"
        f"{_picture(calibration_chart(probability, labels), 'Calibration')}"
        f"{_picture(decision_chart(curve), 'Decision curve')}"
        "<p>Research software, not a cleared medical device.</p></body></html>"
    )
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "evaluation.html"
    place.write_text(page, encoding="utf-8")
    return place


def calibration_chart(probability: Floats, labels: Bools) -> Figure:
    """Draw the observed share against the mean probability in ten groups of equal size."""
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    panel = figure.subplots()
    groups = np.array_split(np.argsort(probability, kind="stable"), GROUPS)
    groups = [rows for rows in groups if len(rows)]
    mean = [float(probability[rows].mean()) for rows in groups]
    share = [float(labels[rows].mean()) for rows in groups]
    reach = [
        1.96 * np.sqrt(max(s * (1 - s), 1e-4) / len(r)) for s, r in zip(share, groups, strict=True)
    ]
    panel.plot([0, 1], [0, 1], color="0.7", linewidth=0.8, linestyle=":")
    panel.errorbar(mean, share, yerr=reach, color=BLUE, marker="o", markersize=4, linewidth=1.0)
    panel.set(xlabel="probability", ylabel="observed share", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return figure


def decision_chart(curve: Sequence[Benefit]) -> Figure:
    """Draw net benefit by threshold: the model, everybody, nobody."""
    figure = Figure(figsize=(5.6, 4.2), layout="constrained")
    panel = figure.subplots()
    at = [one.threshold for one in curve]
    panel.plot(at, [one.model for one in curve], color=BLUE, label="the model")
    panel.plot(at, [one.all for one in curve], color="0.55", linestyle="--", label="treat all")
    panel.axhline(0, color="0.2", linewidth=0.8, label="treat none")
    best = max(0.05, *(one.model for one in curve), *(one.all for one in curve))
    panel.set(xlabel="threshold", ylabel="net benefit", ylim=(-0.3 * best, 1.1 * best), xlim=(0, 1))
    panel.legend(frameon=False)
    return figure


def _picture(figure: Figure, words: str) -> str:
    """Return a figure as an inline picture with its description."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    data = base64.b64encode(stream.getvalue()).decode()
    return f'<h2>{escape(words)}</h2><img alt="{escape(words)}" src="data:image/png;base64,{data}">'
