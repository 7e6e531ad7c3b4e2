"""Is a package any good on a data set? Figures by output, with and without refused films.

Needs no torch: `osler evaluate` runs in the serving installation.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Card, Estimate, EvaluationCard, OutputCard, OutputEvaluation
from osler.analyse.package import Package
from osler.errors import InputRefused, NotFound
from osler.evaluate.bootstrap import REPEATS, patient_weights
from osler.evaluate.calibration import PlattMap
from osler.evaluate.figures import Figures, figures
from osler.learn.datasets.table import DataSet, Row, read_labels
from osler.learn.scoring import Progress, Scores, score_rows

Labels = npt.NDArray[np.float32]
FEWEST_IN_A_SUBGROUP = 20
SUBGROUP_REPEATS = 300
ESTIMATES = (
    "auroc",
    "auprc",
    "accuracy",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "brier",
    "calibration_error",
)


@dataclass(frozen=True)
class Judged:
    """Rows, what the package gave for them, and what somebody says is true (NaN unknown)."""

    rows: tuple[Row, ...]
    scores: Scores
    labels: Labels
    outputs: tuple[OutputCard, ...]
    columns: tuple[int, ...]


def choose_rows(dataset: DataSet, split: str | None) -> tuple[DataSet, str]:
    """Return the rows to score and the name of their split.

    Without a split column all rows count; else those of ``split`` (default test), and never
    those marked ``exclude``.
    """
    if not dataset.has_splits():
        return dataset, "all"
    wanted = split or "test"
    if wanted == "all":
        kept = tuple(row for row in dataset.rows if row.split != "exclude")
        return DataSet(dataset.name, dataset.folder, kept), "all"
    rows = dataset.where(splits=(wanted,))
    if not rows.rows or wanted == "exclude":
        known = sorted({row.split or "" for row in dataset.rows} - {"exclude"})
        raise NotFound(
            f"data set {dataset.name} has no rows in split {wanted!r}; it has {', '.join(known)}"
        )
    return rows, wanted


def outputs_in(card: Card, rows: Sequence[Row]) -> tuple[list[int], Labels]:
    """Return the card's outputs that the data set has labels for, and these labels."""
    columns, labels = [], []
    for number, output in enumerate(card.outputs):
        positive = output.positive_labels
        if output.name in rows[0].columns or (positive and "label" in rows[0].columns):
            columns.append(number)
            labels.append(read_labels(rows, [(output.name, positive)])[:, 0])
    if not columns:
        raise InputRefused(
            f"labels.csv has none of the columns that {card.name} needs: found "
            f"{sorted(rows[0].columns)}, expected 'label' or {[o.name for o in card.outputs]}"
        )
    return columns, np.stack(labels, axis=1)


def read_reader_labels(file: Path, card: Card) -> tuple[dict[str, Mapping[str, str]], str]:
    """Read other readers' labels: a table with ``file`` and a 0/1 column an output.

    Where the table holds several sources (column ``source``), the one is taken that speaks in 0
    and 1 alone and says most about this package's outputs.

    Returns
    -------
    The line of each file name, and the name of the source.
    """
    if not file.is_file():
        raise NotFound(f"no label file at {file}")
    with file.open(newline="", encoding="utf-8-sig") as stream:
        lines = list(csv.DictReader(stream))
    if not lines or "file" not in lines[0]:
        raise InputRefused(f"{file.name}: found no column 'file'; expected file and 0/1 columns")
    by_source: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        by_source.setdefault(line.get("source") or file.stem, []).append(line)
    names = [output.name for output in card.outputs]
    best = max(by_source, key=lambda source: _told(by_source[source], names))
    if _told(by_source[best], names) == 0:
        raise InputRefused(f"{file.name}: found no 0/1 labels for any of {names}")
    return by_file(by_source[best], file), best


def by_file(lines: Sequence[Mapping[str, str]], file: Path) -> dict[str, Mapping[str, str]]:
    """Return lines by the film's name as they give it, and by its last part where that is unique.

    Raises
    ------
    InputRefused
        A film stands in two lines.
    """
    named = {line["file"]: line for line in lines}
    if len(named) != len(lines):
        raise InputRefused(f"{file.name}: some film stands in two lines of one source; keep one")
    last = [Path(name).name for name in named]
    short = {
        Path(name).name: line for name, line in named.items() if last.count(Path(name).name) == 1
    }
    return {**short, **named}


def reader_line(readers: Mapping[str, Mapping[str, str]], row: Row) -> Mapping[str, str] | None:
    """Return the readers' line of a film, None where they have none."""
    return readers.get(row.columns["file"], readers.get(row.path.name))


def _told(lines: Iterable[Mapping[str, str]], names: Sequence[str]) -> int:
    """Count 0/1 labels; a source that says anything else counts nothing."""
    values = [line.get(name) or "" for line in lines for name in names]
    stated = [value for value in values if value.strip()]
    return len(stated) if all(value in ("0", "1") for value in stated) else 0


def judge(
    package: Package,
    anatomy: Package,
    dataset: DataSet,
    *,
    readers: Mapping[str, Mapping[str, str]] | None = None,
    on_progress: Progress | None = None,
) -> Judged:
    """Score a data set and put labels beside the scores."""
    rows = dataset.rows
    if readers is not None:
        rows = tuple(
            Row(row.path, row.patient_id, row.split, {**row.columns, **line})
            for row in rows
            if (line := reader_line(readers, row)) is not None
        )
        if not rows:
            raise InputRefused("the label file names none of the films in this split")
    columns, labels = outputs_in(package.card, rows)
    scores = score_rows(package, anatomy, rows, on_progress=on_progress)
    outputs = tuple(package.card.outputs[column] for column in columns)
    return Judged(rows, scores, labels, outputs, tuple(columns))


def output_figures(
    judged: Judged, keep: npt.NDArray[np.bool_], *, seed: int, repeats: int = REPEATS
) -> dict[str, Figures]:
    """Measure each output over the kept rows whose label is known."""
    found = {}
    for number, (output, column) in enumerate(zip(judged.outputs, judged.columns, strict=True)):
        known = keep & ~np.isnan(judged.labels[:, number])
        known &= np.isfinite(judged.scores.logits[:, column])
        if not known.any():
            continue
        plan = output.calibration
        probability = PlattMap(plan.slope, plan.intercept)(judged.scores.logits[known, column])
        patients = [row.patient_id for row, kept in zip(judged.rows, known, strict=True) if kept]
        rng = np.random.default_rng(seed)
        found[output.name] = figures(
            probability,
            judged.labels[known, number] > 0.5,
            patient_weights(patients, rng=rng, repeats=repeats),
            threshold=output.operating_point("balanced").threshold,
            rng=rng,
        )
    return found


def evaluation_card(
    judged: Judged,
    *,
    name: str,
    dataset: str,
    split: str,
    label_source: str,
    seed: int,
    subgroups: Mapping[str, Callable[[Row], str | None]] | None = None,
) -> EvaluationCard:
    """Return all figures of one evaluation as the card holds them."""
    everything = np.ones(len(judged.rows), dtype=bool)
    accepted = judged.scores.accepted()
    groups: dict[str, dict[str, OutputEvaluation]] = {}
    for title, of in (subgroups or {}).items():
        values = [of(row) for row in judged.rows]
        for value in sorted({v for v in values if v}):
            keep = np.array([v == value for v in values])
            if keep.sum() >= FEWEST_IN_A_SUBGROUP:
                part = output_figures(judged, keep, seed=seed, repeats=SUBGROUP_REPEATS)
                groups[f"{title}: {value}"] = {k: on_card(v) for k, v in part.items()}
    return EvaluationCard(
        name=name,
        dataset=dataset,
        split=split,
        labels=label_source,
        films=len(judged.rows),
        patients=len({row.patient_id for row in judged.rows}),
        refused=int((~accepted).sum()),
        outputs={k: on_card(v) for k, v in output_figures(judged, everything, seed=seed).items()},
        outputs_accepted={
            k: on_card(v) for k, v in output_figures(judged, accepted, seed=seed).items()
        },
        subgroups=groups,
    )


def on_card(found: Figures) -> OutputEvaluation:
    """Return figures in the card's form."""
    return OutputEvaluation(
        films=found.films,
        positives=found.positives,
        **{name: Estimate.of(getattr(found, name)) for name in ESTIMATES},
        calibration_error_if_perfect=found.calibration_error_if_perfect,
        calibration_slope=found.calibration_slope,
        calibration_intercept=found.calibration_intercept,
        confusion={
            "tp": int(found.counts.tp),
            "fp": int(found.counts.fp),
            "fn": int(found.counts.fn),
            "tn": int(found.counts.tn),
        },
    )
