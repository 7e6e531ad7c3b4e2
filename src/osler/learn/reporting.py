"""What a card reports of a classification package: test figures, subgroups, evidence. No torch."""

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Estimate, EvaluationCard
from osler.analyse.package import Package
from osler.evaluate.bootstrap import interval, patient_weights
from osler.learn.datasets.table import DataSet, Row, read_dataset
from osler.learn.evaluation import (
    Judged,
    evaluation_card,
    judge,
    outputs_in,
    read_reader_labels,
    reader_line,
)
from osler.learn.recipe import Recipe
from osler.learn.scoring import Scores

log = logging.getLogger(__name__)
REPEATS = 500
READERS = "radiologist_labels.csv"


class Runs(Protocol):
    """What is needed of a training bench: the recipe, its data and its runs."""

    @property
    def recipe(self) -> Recipe:
        """Return the recipe."""
        ...

    @property
    def data(self) -> Path:
        """Return the folder that holds the data sets."""
        ...

    def folder(self) -> Path:
        """Return this recipe's folder of runs."""
        ...


def age_group(row: Row) -> str | None:
    """Return an age band of a row, None where no age is stated."""
    text = (row.columns.get("age") or "").strip()
    if not text:
        return None
    age = float(text)
    for limit, name in ((40, "under 40"), (60, "40 to 59"), (75, "60 to 74")):
        if age < limit:
            return name
    return "75 and over"


def column(name: str) -> Callable[[Row], str | None]:
    """Return a function that reads a column of a row."""
    return lambda row: (row.columns.get(name) or "").strip() or None


SUBGROUPS: Mapping[str, Callable[[Row], str | None]] = {
    "sex": column("sex"),
    "age": age_group,
    "view": column("view"),
}


def test_evaluations(
    runs: Runs, package: Package, anatomy: Package
) -> tuple[tuple[EvaluationCard, ...], dict[str, Estimate]]:
    """Evaluate a package on its test split, by every kind of label there is."""
    recipe = runs.recipe
    dataset = read_dataset(runs.data / recipe.fit.data)
    test = dataset.where(splits=("test",))
    judged = judge(package, anatomy, test)
    cards = [
        evaluation_card(
            judged,
            name="test",
            dataset=dataset.name,
            split="test",
            label_source="the data set's own labels",
            seed=recipe.seed,
            subgroups=SUBGROUPS,
        )
    ]
    if (dataset.folder / READERS).is_file():
        cards.append(_by_readers(runs, package, judged, file=dataset.folder / READERS))
    cards += _from_runs(runs, package)
    return tuple(cards), evidence_figures(judged, seed=recipe.seed)


def _by_readers(runs: Runs, package: Package, judged: Judged, *, file: Path) -> EvaluationCard:
    """Score the same films against the readers' labels."""
    readers, source = read_reader_labels(file, package.card)
    lines = [reader_line(readers, row) for row in judged.rows]
    keep = [i for i, line in enumerate(lines) if line is not None]
    rows = tuple(
        Row(row.path, row.patient_id, row.split, {**row.columns, **line})
        for row, line in zip(judged.rows, lines, strict=True)
        if line is not None
    )
    part = _rejudged(package, judged, keep=keep, rows=rows)
    return evaluation_card(
        part,
        name="test, readers",
        dataset=runs.recipe.fit.data,
        split="test",
        label_source=f"readers ({source})",
        seed=runs.recipe.seed,
        subgroups=SUBGROUPS,
    )


def _rejudged(
    package: Package, judged: Judged, *, keep: list[int], rows: tuple[Row, ...]
) -> Judged:
    """Put other labels beside scores that were already made."""
    columns, labels = outputs_in(package.card, rows)
    scores = judged.scores
    chosen = Scores(
        scores.logits[keep],
        scores.evidence[keep],
        tuple(scores.closed[i] for i in keep),
        scores.lungs[keep],
    )
    outputs = tuple(package.card.outputs[c] for c in columns)
    return Judged(rows, chosen, labels, outputs, tuple(columns))


def _from_runs(runs: Runs, package: Package) -> list[EvaluationCard]:
    """Return evaluations of scores that training kept: out of fold, cross-check, variants."""
    titles = {"oof.npz": "out of fold, train and val (calibrated on these)"}
    plan = runs.recipe.cross_check
    if plan is not None:
        titles["cross-check.npz"] = f"pooled {plan.folds}-fold over all films, fixed recipe"
    for variant in runs.recipe.variants:
        titles[f"variant-{variant.name}.npz"] = f"variant on test: {variant.why}"
    dataset = read_dataset(runs.data / runs.recipe.fit.data)
    return kept_evaluations(titles, runs.folder(), dataset, package=package, seed=runs.recipe.seed)


def kept_evaluations(
    titles: Mapping[str, str], folder: Path, dataset: DataSet, *, package: Package, seed: int
) -> list[EvaluationCard]:
    """Return evaluations of scores that training kept in files of a folder, by their titles."""
    by_name = {row.path.name: row for row in dataset.rows}
    cards = []
    for file, title in titles.items():
        if not (folder / file).is_file():
            log.warning("%s is not there: the card goes without %s", file, title)
            continue
        with np.load(folder / file, allow_pickle=False) as kept:
            rows = tuple(by_name[str(name)] for name in kept["files"])
            judged = _kept_scores(package, rows, logits=kept["logits"], labels=kept["labels"])
        cards.append(
            evaluation_card(
                judged,
                name=title,
                dataset=dataset.name,
                split=" and ".join(sorted({row.split or "all" for row in rows})),
                label_source="the data set's own labels",
                seed=seed,
            ).model_copy(update={"outputs_accepted": {}, "note": "gates not applied"})
        )
    return cards


def _kept_scores(
    package: Package,
    rows: tuple[Row, ...],
    *,
    logits: npt.NDArray[np.float32],
    labels: npt.NDArray[np.float32],
) -> Judged:
    """Return scores that training kept as if they had just been made, with no gate applied."""
    nothing = np.zeros((len(rows), 0), dtype=np.float16)
    scores = Scores(logits, nothing, (None,) * len(rows), nothing)
    return Judged(rows, scores, labels, package.card.outputs, tuple(range(logits.shape[1])))


def evidence_figures(judged: Judged, *, seed: int) -> dict[str, Estimate]:
    """Return how often the map's peak falls into a box, and the share of evidence in the lungs."""
    patients = [row.patient_id for row in judged.rows]
    rng = np.random.default_rng(seed)
    found: dict[str, Estimate] = {}
    for title, values in (
        ("share of the top finding's evidence inside the lungs", _inside(judged)),
        *_pointing(judged),
    ):
        known = ~np.isnan(values)
        if known.sum() < 5:
            continue
        weights = patient_weights(
            [p for p, k in zip(patients, known, strict=True) if k], rng=rng, repeats=REPEATS
        )
        kept = values[known]
        estimate = Estimate.of(
            interval(lambda w, kept=kept: float(np.average(kept, weights=w)), weights)  # type: ignore[misc]
        )
        if estimate is not None:
            found[f"{title} (n={int(known.sum())})"] = estimate
    return found


def _inside(judged: Judged) -> npt.NDArray[np.float64]:
    """Return the share of the top output's evidence that lies inside the lungs, a film each."""
    out = np.full(len(judged.rows), np.nan)
    for i, (logits, lungs) in enumerate(
        zip(judged.scores.logits, judged.scores.lungs, strict=True)
    ):
        if not np.isfinite(logits).all():
            continue
        evidence = judged.scores.evidence[i, int(np.argmax(logits))].astype(np.float64)
        speaking = np.maximum(evidence, 0.0)
        if speaking.sum() > 0 and lungs.any():
            out[i] = float((speaking * lungs).sum() / speaking.sum())
    return out


def _pointing(judged: Judged) -> list[tuple[str, npt.NDArray[np.float64]]]:
    """Return, for each boxed output, whether the map's peak lies in a box (the pointing game)."""
    results = []
    pooled = np.full(len(judged.rows), np.nan)
    for output, col in zip(judged.outputs, judged.columns, strict=True):
        hits = np.full(len(judged.rows), np.nan)
        for i, row in enumerate(judged.rows):
            boxes = [b for b in json.loads(row.columns.get("boxes") or "[]") if b[0] == output.name]
            if boxes:
                hits[i] = float(_peak_in(judged.scores.evidence[i, col], boxes))
        pooled = np.where(np.isnan(pooled), hits, np.fmax(pooled, np.nan_to_num(hits)))
        if (~np.isnan(hits)).sum() >= 5:
            results.append((f"peak of the map inside a box, {output.name}", hits))
    return [("peak of the map inside a box, all findings", pooled), *results]


def _peak_in(evidence: npt.NDArray[np.float16], boxes: list[list[float]]) -> bool:
    """Tell whether the peak of a map lies in one of the boxes (224-pixel units)."""
    row, column_ = np.unravel_index(int(np.argmax(evidence)), evidence.shape)
    y = (int(row) + 0.5) / evidence.shape[0] * 224
    x = (int(column_) + 0.5) / evidence.shape[1] * 224
    return any(bx <= x <= bx + w and by <= y <= by + h for _, bx, by, w, h in boxes)
