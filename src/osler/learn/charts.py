"""An evaluation as one HTML page with charts (needs the extra 'charts': Seaborn)."""

import base64
import io
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from osler.analyse.card import Card, EvaluationCard
from osler.evaluate.discrimination import precision_recall_curve, roc_curve
from osler.learn.evaluation import Judged
from osler.learn.failures import scored
from osler.learn.gallery import gallery_page

Floats = npt.NDArray[np.float64]
BLUE = "#1f4e79"


def write_report(
    judged: Judged,
    evaluation: EvaluationCard,
    card: Card,
    *,
    found: Mapping[str, Any],
    folder: Path,
) -> Path:
    """Write evaluation.html: tables, curves, calibration, subgroups, and the worst failures.

    Parameters
    ----------
    found
        What `osler evaluate` prints: the confusion of classes and a comparison are read off it.

    Returns
    -------
    The file. It is self-contained and needs no network.
    """
    mpl.use("Agg")
    sns.set_theme(style="whitegrid", context="paper")
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        f"<h1>{escape(card.name)} {escape(card.version)} on {escape(evaluation.dataset)}</h1>",
        (
            f"<p>{escape(card.title)}. Split {escape(evaluation.split)}, {evaluation.films} films "
            f"of {evaluation.patients} patients, labels: {escape(evaluation.labels)}. The gates "
            f"refused {evaluation.refused} films. Intervals are 95 %, bootstrap by patient.</p>"
        ),
        f"<p><strong>{escape(found['note'])}</strong></p>" if "note" in found else "",
        _table(evaluation),
        _confusion(found),
        _comparison(found),
    ]
    scores = scored(judged)
    if scores:
        parts.append(_image(_roc(scores, evaluation), "ROC curve of each output"))
        words = "Precision and recall of each output"
        parts.append(_image(_precision_recall(scores, evaluation), words))
        parts.append(_image(_calibration(scores), "Calibration of each output"))
        parts.append(_image(_distributions(scores, card), "Scores by label"))
    if evaluation.subgroups:
        parts.append(_image(_subgroups(evaluation), "AUROC by subgroup with intervals"))
    parts.append(gallery_page(judged))
    file = folder / "evaluation.html"
    file.write_text(_page(f"{card.name} on {evaluation.dataset}", parts), encoding="utf-8")
    return file


def _grid(count: int, *, height: float = 2.6) -> tuple[Figure, list[Axes]]:
    """Return a figure with a panel an output, at most five in a row."""
    columns = min(5, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(2.6 * columns, height * rows), layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for panel in panels[count:]:
        panel.set_axis_off()
    return figure, list(panels[:count])


def _roc(
    scores: dict[str, tuple[Floats, npt.NDArray[np.bool_]]], evaluation: EvaluationCard
) -> Figure:
    """Draw the ROC curve of each output with its area."""
    figure, panels = _grid(len(scores))
    for panel, (name, (probability, labels)) in zip(panels, scores.items(), strict=True):
        fpr, tpr, _ = roc_curve(probability, labels)
        panel.plot(fpr, tpr, color=BLUE, linewidth=1.4)
        panel.plot([0, 1], [0, 1], color="0.7", linewidth=0.8, linestyle=":")
        area = evaluation.outputs[name].auroc
        if area is not None:
            panel.text(
                0.98,
                0.05,
                f"{area.value:.3f}\n{area.low:.3f} to {area.high:.3f}",
                ha="right",
                fontsize=8,
            )
        panel.set(title=name.replace("_", " "), xlabel="1 - specificity", ylabel="sensitivity")
    return figure


def _precision_recall(
    scores: dict[str, tuple[Floats, npt.NDArray[np.bool_]]], evaluation: EvaluationCard
) -> Figure:
    """Draw precision against recall of each output, with the share that is positive."""
    figure, panels = _grid(len(scores))
    for panel, (name, (probability, labels)) in zip(panels, scores.items(), strict=True):
        recall, precision, _ = precision_recall_curve(probability, labels)
        panel.step(recall, precision, where="post", color=BLUE, linewidth=1.4)
        panel.axhline(labels.mean(), color="0.7", linewidth=0.8, linestyle=":")
        area = evaluation.outputs[name].auprc
        if area is not None:
            words = f"{area.value:.3f}\n{area.low:.3f} to {area.high:.3f}"
            panel.text(0.02, 0.05, words, fontsize=8)
        panel.set(title=name.replace("_", " "), xlabel="sensitivity", ylabel="PPV", ylim=(0, 1.03))
    return figure


def _confusion(found: Mapping[str, Any]) -> str:
    """Return what was said of what is true, where outputs belong together."""
    if "confusion" not in found:
        return ""
    names = [escape(name.replace("_", " ")) for name in found["confusion"]["names"]]
    head = "".join(f"<th>said {name}</th>" for name in names)
    rows = "".join(
        f"<tr><td>is {name}</td>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
        for name, row in zip(names, found["confusion"]["rows"], strict=True)
    )
    figures = "".join(
        f"<p>{escape(name)}: {one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})</p>"
        for name, one in found.get("figures", {}).items()
    )
    table = f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<h2>What was said of what is true</h2>{table}{figures}"


def _comparison(found: Mapping[str, Any]) -> str:
    """Return the comparison with another package, as lines of a table."""
    if "against" not in found:
        return ""
    rows = []
    for name, one in found["against"]["outputs"].items():
        for figure in ("auroc", "auprc", "brier"):
            pair = one[figure]
            if pair is None:
                continue
            gap = pair["difference"]
            cells = (
                name.replace("_", " "),
                figure,
                f"{pair['first']:.3f}",
                f"{pair['second']:.3f}",
                f"{gap['value']:.3f} ({gap['low']:.3f} to {gap['high']:.3f})",
                f"{pair['p']:.3g}",
                f"{one['delong_p']:.3g}" if figure == "auroc" and one["delong_p"] else "",
            )
            rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    heads = ("output", "figure", "this", "other", "difference", "p by patient", "p of DeLong")
    head = "".join(f"<th>{one}</th>" for one in heads)
    title = f"<h2>Against {escape(found['against']['model'])}, on the same films</h2>"
    return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _calibration(scores: dict[str, tuple[Floats, npt.NDArray[np.bool_]]]) -> Figure:
    """Draw observed share against mean probability in ten groups of equal size."""
    figure, panels = _grid(len(scores))
    for panel, (name, (probability, labels)) in zip(panels, scores.items(), strict=True):
        groups = np.array_split(np.argsort(probability, kind="stable"), 10)
        groups = [rows for rows in groups if len(rows)]
        mean = [probability[rows].mean() for rows in groups]
        share = [labels[rows].mean() for rows in groups]
        panel.plot([0, 1], [0, 1], color="0.7", linewidth=0.8, linestyle=":")
        panel.plot(mean, share, color=BLUE, marker="o", markersize=3, linewidth=1.0)
        panel.set(
            title=name.replace("_", " "),
            xlabel="probability",
            ylabel="observed share",
            xlim=(-0.02, 1.02),
            ylim=(-0.02, 1.02),
        )
    return figure


def _distributions(scores: dict[str, tuple[Floats, npt.NDArray[np.bool_]]], card: Card) -> Figure:
    """Draw the probabilities of positive and negative films with the balanced cut-off."""
    figure, panels = _grid(len(scores))
    for panel, (name, (probability, labels)) in zip(panels, scores.items(), strict=True):
        sns.stripplot(
            x=probability,
            y=np.where(labels, "positive", "negative"),
            order=["positive", "negative"],
            hue=np.where(labels, "positive", "negative"),
            palette={"positive": "#b5482a", "negative": BLUE},
            legend=False,
            size=1.8,
            alpha=0.5,
            ax=panel,
            jitter=0.3,
        )
        cut = card.output(name).operating_point("balanced").threshold
        panel.axvline(cut, color="0.3", linewidth=0.8)
        panel.set(title=name.replace("_", " "), xlabel="probability", ylabel="")
    return figure


def _subgroups(evaluation: EvaluationCard) -> Figure:
    """Draw AUROC of each output in each subgroup, with intervals, beside the whole."""
    names = [name for name, one in evaluation.outputs.items() if one.auroc is not None]
    figure, panels = _grid(len(names), height=0.5 + 0.24 * (len(evaluation.subgroups) + 1))
    for panel, name in zip(panels, names, strict=True):
        rows = [("all", evaluation.outputs[name])]
        rows += [(g, o[name]) for g, o in evaluation.subgroups.items() if name in o]
        for at, (_, one) in enumerate(reversed(rows)):
            if one.auroc is not None:
                panel.plot([one.auroc.low, one.auroc.high], [at, at], color=BLUE, linewidth=1.2)
                panel.plot(one.auroc.value, at, color=BLUE, marker="o", markersize=3)
        panel.set_yticks(range(len(rows)), [title for title, _ in reversed(rows)], fontsize=6)
        panel.set(title=name.replace("_", " "), xlim=(0.3, 1.02))
    return figure


def _table(evaluation: EvaluationCard) -> str:
    """Return all figures as an HTML table."""
    heads = (
        "output",
        "films",
        "positive",
        "AUROC",
        "AUPRC",
        "accuracy",
        "sensitivity",
        "specificity",
        "Brier",
        "calibration error",
        "if perfect",
        "TP / FP / FN / TN",
    )
    rows = []
    for name, one in evaluation.outputs.items():
        estimates = (
            one.auroc,
            one.auprc,
            one.accuracy,
            one.sensitivity,
            one.specificity,
            one.brier,
            one.calibration_error,
        )
        cells = [name.replace("_", " "), str(one.films), str(one.positives)]
        cells += [
            "" if e is None else f"{e.value:.3f} ({e.low:.3f} to {e.high:.3f})" for e in estimates
        ]
        perfect = one.calibration_error_if_perfect
        cells.append("" if perfect is None else f"{perfect[0]:.3f} (95 % below {perfect[1]:.3f})")
        cells.append(" / ".join(str(one.confusion[k]) for k in ("tp", "fp", "fn", "tn")))
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _image(figure: Figure, words: str) -> str:
    """Return a figure as an inline picture with its description."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    data = base64.b64encode(stream.getvalue()).decode()
    return f'<h2>{escape(words)}</h2><img alt="{escape(words)}" src="data:image/png;base64,{data}">'


def _page(title: str, parts: list[str]) -> str:
    """Return the whole page."""
    style = (
        "body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:88rem;color:#222}"
        "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
        "td,th{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #ddd}"
        "td:first-child,th:first-child{text-align:left}img{max-width:100%}"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style}</style></head><body>{''.join(parts)}"
        "<p>Research software, not a cleared medical device.</p></body></html>"
    )
