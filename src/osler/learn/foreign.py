"""`osler evaluate`: one package on one data set, as the JSON contract states it. No torch."""

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from osler.analyse.card import Card, Estimate, EvaluationCard, OutputEvaluation
from osler.analyse.package import Package
from osler.errors import InputRefused, NotSupported
from osler.learn.by_patient import patient_figures
from osler.learn.comparing import OutputComparison, compare
from osler.learn.datasets.table import DataSet, read_dataset
from osler.learn.evaluation import (
    ESTIMATES,
    Judged,
    choose_rows,
    evaluation_card,
    judge,
    read_reader_labels,
)
from osler.learn.failures import curves, gallery, names_of
from osler.learn.labelmap import mapped_dataset, read_label_map
from osler.learn.outlining import evaluate_outlines
from osler.learn.reporting import SUBGROUPS
from osler.learn.sanity import sanity_figures
from osler.learn.scoring import Progress
from osler.learn.structures import structure_figures
from osler.learn.together import answers_of, together

SEED = 20261124


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know of a package on a data set.

    Attributes
    ----------
    split
        Rows to score; test by default, all rows where the data set has no splits.
    labels
        Other readers' labels by file name.
    mapping
        What the data set's words mean for the package: see `osler.learn.labelmap`.
    against
        Another package, to be compared on the same rows.
    report
        Folder for an HTML report with charts and the whole as JSON, None for none.
    sanity
        Whether the maps are checked as well, which scores some pictures a hundred times each.
    """

    split: str | None = None
    labels: Path | None = None
    mapping: Path | None = None
    against: Package | None = None
    report: Path | None = None
    sanity: bool = False


def evaluate_package(
    package: Package,
    anatomy: Package,
    folder: Path,
    *,
    asked: Asked | None = None,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """Score a data set with a package.

    Parameters
    ----------
    package, anatomy
        The package, and ``chest-anatomy`` for its gates.
    folder
        The data set: ``labels.csv`` and what it names, or what ``asked.mapping`` says.
    on_progress
        Told how many films are done.

    Returns
    -------
    ``{"model", "dataset", "split", "labels", "n", "refused", "outputs", "outputs_accepted"}``;
    see docs/reference/evaluate.md.
    """
    asked = asked or Asked()
    if asked.report is not None and importlib.util.find_spec("seaborn") is None:
        raise NotSupported(
            "--report needs seaborn, which is not installed; pip install 'osler[charts]'"
        )
    rows, chosen = choose_rows(_dataset(package, folder, asked), asked.split)
    if package.card.task == "anatomy":
        card, _ = evaluate_outlines(package, rows, split=chosen, seed=SEED)
        return _document(package, card)
    words = {} if asked.mapping is None else read_label_map(asked.mapping, package.card).structures
    if _outlines_alone(package, rows, words):
        return _of_structures(package, rows, chosen, words=words, on_progress=on_progress)
    readers, source = (None, "the data set's own labels")
    if asked.labels is not None:
        readers, source = read_reader_labels(asked.labels, package.card)
    judged = judge(package, anatomy, rows, readers=readers, on_progress=on_progress)
    card = evaluation_card(
        judged,
        name=f"{rows.name} {chosen}",
        dataset=rows.name,
        split=chosen,
        label_source=source if asked.mapping is None else f"{source}, read by {asked.mapping.name}",
        seed=SEED,
        subgroups=SUBGROUPS,
    )
    card = card.model_copy(update={"figures": _figures(package, judged, rows, words=words)})
    found = _document(package, card)
    gates = [gate.gate for gate in judged.scores.closed if gate is not None]
    found["refused_by"] = {name: gates.count(name) for name in sorted(set(gates))}
    note = learnt_from(package.card, rows, chosen)
    if note:
        found["note"] = note
    answers = answers_of(package.card, judged)
    if answers is not None:
        found["confusion"] = {"names": list(answers.names), "rows": answers.confusion()}
    if asked.against is not None:
        theirs = judge(asked.against, anatomy, rows, readers=readers, on_progress=on_progress)
        found["against"] = _against(asked.against, compare(judged, theirs, seed=SEED))
    if asked.sanity:
        checks = sanity_figures(package, rows, seed=SEED, on_progress=on_progress)
        found["evidence"] = {name: one.model_dump() for name, one in checks.items()}
    if asked.report is not None:
        _write_report(judged, card, package, found=found, folder=asked.report)
    return found


def learnt_from(card: Card, rows: DataSet, split: str) -> str:
    """Return a warning where a package learnt from rows of this data set and split, else ''.

    What the card gives positives of went into the training; the rest is of gates.
    """
    for one in card.training.datasets:
        learnt = one.positives and one.name == rows.name
        if learnt and (split in ("all", *one.splits) or "all" in one.splits):
            return (
                f"{card.name} learnt from {one.name} ({', '.join(one.splits)}): figures on rows "
                "that it learnt from promise too much; those of its card are of held-out rows"
            )
    return ""


def _outlines_alone(package: Package, rows: DataSet, words: Mapping[str, str]) -> bool:
    """Tell whether there is nothing to measure but what is outlined or counted."""
    columns = rows.rows[0].columns
    stated = [o for o in package.card.outputs if o.name in columns]
    stated += [o for o in package.card.outputs if o.positive_labels and "label" in columns]
    return not package.card.outputs or (bool(words) and not stated)


def _figures(
    package: Package, judged: Judged, rows: DataSet, *, words: Mapping[str, str]
) -> dict[str, Estimate]:
    """Return what is measured beside the outputs: classes, grades, patients and outlines."""
    figures = together(package.card, judged)
    if package.card.combine == "three highest":
        figures |= patient_figures(judged, seed=SEED)
    if package.card.structures:
        figures |= structure_figures(package, rows, words=words, seed=SEED)
    return figures


def _of_structures(
    package: Package,
    rows: DataSet,
    split: str,
    *,
    words: Mapping[str, str],
    on_progress: Progress | None,
) -> dict[str, Any]:
    """Measure a package that outlines or counts and gives no probability of its own."""
    figures = structure_figures(package, rows, words=words, seed=SEED, on_progress=on_progress)
    if not figures:
        names = [one.name for one in package.card.structures]
        raise InputRefused(
            f"{rows.name} draws none of {names}: expected columns of mask files, boxes.csv or "
            "label maps; say in a map (--map), [structures], what each is called there"
        )
    card = EvaluationCard(
        name=f"{rows.name} {split}",
        dataset=rows.name,
        split=split,
        labels="the data set's own outlines",
        films=len(rows.rows),
        patients=len(rows.patients()),
        refused=0,
        note="gates not applied",
        outputs={},
        figures=figures,
    )
    return _document(package, card)


def _dataset(package: Package, folder: Path, asked: Asked) -> DataSet:
    """Read the data set, in its own words or in those of a map."""
    if asked.mapping is None:
        return read_dataset(folder)
    return mapped_dataset(folder, read_label_map(asked.mapping, package.card))


def _against(other: Package, found: Mapping[str, OutputComparison]) -> dict[str, Any]:
    """Return a comparison as the JSON contract states it."""
    return {
        "model": f"{other.card.name}/{other.card.version}",
        "outputs": {name: one.model_dump() for name, one in found.items()},
    }


def _write_report(
    judged: Judged, card: EvaluationCard, package: Package, *, found: dict[str, Any], folder: Path
) -> None:
    """Write evaluation.html and evaluation.json."""
    from osler.learn.charts import write_report  # noqa: PLC0415 - needs the extra 'charts'

    found["report"] = str(write_report(judged, card, package.card, found=found, folder=folder))
    whole = {**found, "curves": curves(judged), "gallery": names_of(gallery(judged))}
    text = json.dumps(whole, indent=1, allow_nan=False)
    (folder / "evaluation.json").write_text(text + "\n", encoding="utf-8")


def _document(package: Package, card: EvaluationCard) -> dict[str, Any]:
    """Return the evaluation as the JSON contract states it."""
    document: dict[str, Any] = {
        "model": f"{package.card.name}/{package.card.version}",
        "dataset": card.dataset,
        "split": card.split,
        "labels": card.labels,
        "n": card.films,
        "patients": card.patients,
        "refused": card.refused,
        "outputs": {name: _output(package, name, one) for name, one in card.outputs.items()},
        "outputs_accepted": {
            name: _output(package, name, one) for name, one in card.outputs_accepted.items()
        },
        "subgroups": {
            group: {name: _output(package, name, one) for name, one in outputs.items()}
            for group, outputs in card.subgroups.items()
        },
    }
    if card.figures:
        document["figures"] = {k: v.model_dump() for k, v in card.figures.items()}
        if package.card.task == "anatomy":
            document["outputs"] = {
                name.removeprefix("dice_"): {"dice": figure.model_dump()}
                for name, figure in card.figures.items()
                if name.startswith("dice_")
            } | {
                "cardiothoracic_ratio": {
                    "absolute_error": card.figures["cardiothoracic_ratio_error"].model_dump()
                }
            }
    return document


def _output(package: Package, name: str, found: OutputEvaluation) -> dict[str, Any]:
    """Return one output's figures; what is not defined is null."""
    raw = found.model_dump()
    output = package.card.output(name)
    return {
        **{key: raw[key] for key in ESTIMATES},
        "films": found.films,
        "positives": found.positives,
        "threshold": output.operating_point("balanced").threshold,
        "confusion": found.confusion,
        "calibration_error_if_perfect": raw["calibration_error_if_perfect"],
        "calibration_slope": found.calibration_slope,
        "calibration_intercept": found.calibration_intercept,
        "shipped": output.shipped,
    }


def as_table(found: Mapping[str, Any]) -> str:
    """Return the figures as lines of text."""
    lines = [
        (
            f"{found['model']} on {found['dataset']} ({found['split']}): {found['n']} films of "
            f"{found['patients']} patients, {found['refused']} refused by the gates; "
            f"labels: {found['labels']}"
        ),
        *([f"note: {found['note']}"] if "note" in found else []),
    ]
    for title, key in (("all films", "outputs"), ("without the refused", "outputs_accepted")):
        if not found[key]:
            continue
        lines += [
            "",
            title,
            (
                f"  {'output':22}{'films':>6}{'pos.':>6}  "
                f"{'AUROC':22}{'sensitivity':22}{'specificity':22}{'ECE (if perfect)':18}"
            ),
        ]
        lines += [_line(name, one) for name, one in found[key].items()]
    lines += [f"  {name}: {_range(one)}" for name, one in found.get("figures", {}).items()]
    lines += [f"  {name}: {_range(one)}" for name, one in found.get("evidence", {}).items()]
    return "\n".join([*lines, *_compared(found)])


def _compared(found: Mapping[str, Any]) -> list[str]:
    """Return a comparison with another package as lines."""
    if "against" not in found:
        return []
    lines = ["", f"against {found['against']['model']}, on the same films (difference: first less)"]
    for name, one in found["against"]["outputs"].items():
        for figure in ("auroc", "auprc", "brier"):
            pair = one[figure]
            if pair is not None:
                lines.append(
                    f"  {name:22}{figure:6} {pair['first']:.3f} and {pair['second']:.3f}, "
                    f"difference {_range(pair['difference'])}, p {pair['p']:.3g} by patient"
                )
        if one["delong_p"] is not None:
            lines.append(f"  {'':22}DeLong, films as independent: p {one['delong_p']:.3g}")
    return lines


def _line(name: str, one: Mapping[str, Any]) -> str:
    """Return one output as a line."""
    if "films" not in one:
        return f"  {name:22}" + ", ".join(f"{key} {_range(value)}" for key, value in one.items())
    perfect = one["calibration_error_if_perfect"]
    error = one["calibration_error"]
    calibration = "" if error is None else f"{error['value']:.3f} ({perfect[0]:.3f})"
    mark = "" if one["shipped"] else "  not assessed (too weak)"
    return (
        f"  {name:22}{one['films']:>6}{one['positives']:>6}  {_range(one['auroc']):22}"
        f"{_range(one['sensitivity']):22}{_range(one['specificity']):22}{calibration:18}{mark}"
    )


def _range(estimate: Mapping[str, float] | None) -> str:
    """Return a value with its interval, or a dash."""
    if estimate is None or not np.isfinite(estimate["value"]):
        return "-"
    return f"{estimate['value']:.3f} ({estimate['low']:.3f}-{estimate['high']:.3f})"
