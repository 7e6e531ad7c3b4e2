"""How well are lungs and heart outlined, and how far off is the heart's width? Needs no torch."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Estimate, EvaluationCard
from osler.analyse.package import Package
from osler.evaluate.bootstrap import interval, patient_weights
from osler.evaluate.decisions import dice
from osler.explain.heart_size import cardiothoracic_ratio
from osler.learn.datasets.table import DataSet
from osler.learn.masks import part_masks
from osler.learn.scoring import look_at_file

STRUCTURES = ("right_lung", "left_lung", "heart")
RATIO_COLUMNS = ("ctr_published", "ctr_from_masks")


def evaluate_outlines(
    anatomy: Package, dataset: DataSet, *, split: str, seed: int
) -> tuple[EvaluationCard, npt.NDArray[np.float64]]:
    """Compare outlines with drawn masks, and the ratio with the published one.

    Returns
    -------
    The evaluation, and (films, 3) Dice of right lung, left lung and heart.
    """
    masks = part_masks(dataset)[:, :3] > 0
    overlaps = np.zeros((len(dataset.rows), 3))
    errors = np.full(len(dataset.rows), np.nan)
    for i, row in enumerate(dataset.rows):
        parts = look_at_file(row.path, anatomy.graph).parts
        overlaps[i] = [dice(parts[k] >= 0.5, masks[i, k]) for k in range(3)]
        ratio, true = cardiothoracic_ratio(parts), _true_ratio(row.columns)
        if ratio is not None and true is not None:
            errors[i] = abs(ratio - true)
    weights = patient_weights(
        [row.patient_id for row in dataset.rows], rng=np.random.default_rng(seed)
    )
    columns = {
        **{f"dice_{name}": overlaps[:, k] for k, name in enumerate(STRUCTURES)},
        "dice_lungs": overlaps[:, :2].mean(axis=1),
        "cardiothoracic_ratio_error": errors,
    }
    figures = {name: _mean(values, weights) for name, values in columns.items()}
    known = errors[~np.isnan(errors)]
    if len(known):
        p95 = interval(lambda w: _quantile(errors, w, 0.95), weights)
        figures["cardiothoracic_ratio_error_p95"] = Estimate.of(p95)
    card = EvaluationCard(
        name=f"{dataset.name} {split}",
        dataset=dataset.name,
        split=split,
        labels="masks drawn by people, cardiothoracic ratio as published",
        films=len(dataset.rows),
        patients=len(dataset.patients()),
        refused=0,
        outputs={},
        figures={name: value for name, value in figures.items() if value is not None},
    )
    return card, overlaps


def _true_ratio(columns: Mapping[str, str]) -> float | None:
    """Return the published ratio, else the one measured on the drawn masks."""
    for name in RATIO_COLUMNS:
        if columns.get(name):
            return float(columns[name])
    return None


def _mean(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> Estimate | None:
    """Return the mean over known films with its interval."""
    known = ~np.isnan(values)

    def statistic(w: npt.NDArray[np.float64] | None) -> float:
        counts = known.astype(float) if w is None else w * known
        total = counts.sum()
        return float((np.nan_to_num(values) * counts).sum() / total) if total else float("nan")

    return Estimate.of(interval(statistic, weights))


def _quantile(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | None, share: float
) -> float:
    """Return a weighted quantile over known films."""
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known])]
    counts = np.ones(len(order)) if weights is None else weights[order]
    if counts.sum() == 0:
        return float("nan")
    reached = np.cumsum(counts) / counts.sum()
    return float(values[order[min(int(np.searchsorted(reached, share)), len(order) - 1)]])
