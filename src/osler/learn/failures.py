"""Where a package is most wrong, and its curves as numbers. No torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from osler.evaluate.calibration import PlattMap
from osler.evaluate.discrimination import precision_recall_curve, roc_curve
from osler.learn.datasets.table import Row
from osler.learn.evaluation import Judged

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
SHOWN = 6
MOST_POINTS = 200


@dataclass(frozen=True)
class Failure:
    """One picture that was judged wrongly: its probability, its map and whether a gate refused."""

    row: Row
    probability: float
    evidence: npt.NDArray[np.float16]
    refused: bool


@dataclass(frozen=True)
class Failures:
    """The worst of one output: negatives with the highest, positives with the lowest values."""

    false_positives: Sequence[Failure]
    false_negatives: Sequence[Failure]


def scored(judged: Judged) -> dict[str, tuple[Floats, Bools]]:
    """Return calibrated probabilities and labels of each output that has both classes."""
    found = {}
    for number, (output, _) in enumerate(zip(judged.outputs, judged.columns, strict=True)):
        known, probability = _probability(judged, number)
        labels = judged.labels[known, number] > 0.5
        if labels.any() and not labels.all():
            found[output.name] = (probability[known], labels)
    return found


def _probability(judged: Judged, number: int) -> tuple[Bools, Floats]:
    """Return which rows are known and scored, and the probability of all."""
    logits = judged.scores.logits[:, judged.columns[number]]
    plan = judged.outputs[number].calibration
    known = ~np.isnan(judged.labels[:, number]) & np.isfinite(logits)
    return known, PlattMap(plan.slope, plan.intercept)(np.nan_to_num(logits))


def gallery(judged: Judged, *, most: int = SHOWN) -> dict[str, Failures]:
    """Return the worst false positives and false negatives at each output's balanced cut-off."""
    refused = ~judged.scores.accepted()
    found = {}
    for number, output in enumerate(judged.outputs):
        known, probability = _probability(judged, number)
        cut = output.operating_point("balanced").threshold
        true = judged.labels[:, number] > 0.5
        wrong = (
            np.flatnonzero(known & ~true & (probability >= cut)),
            np.flatnonzero(known & true & (probability < cut)),
        )
        ordered = (
            wrong[0][np.argsort(-probability[wrong[0]], kind="stable")],
            wrong[1][np.argsort(probability[wrong[1]], kind="stable")],
        )
        kinds = [
            [
                Failure(
                    judged.rows[n],
                    float(probability[n]),
                    judged.scores.evidence[n, judged.columns[number]],
                    bool(refused[n]),
                )
                for n in rows[:most]
            ]
            for rows in ordered
        ]
        found[output.name] = Failures(*kinds)
    return found


def names_of(found: Mapping[str, Failures]) -> dict[str, Any]:
    """Return the files of a gallery, as JSON holds them."""
    return {
        name: {
            kind: [
                {
                    "file": one.row.columns["file"],
                    "probability": one.probability,
                    "refused": one.refused,
                }
                for one in failures
            ]
            for kind, failures in (
                ("false_positives", both.false_positives),
                ("false_negatives", both.false_negatives),
            )
        }
        for name, both in found.items()
    }


def curves(judged: Judged) -> dict[str, Any]:
    """Return ROC and precision-recall points of each output, at most 200 of each."""
    found = {}
    for name, (probability, labels) in scored(judged).items():
        fpr, tpr, _ = roc_curve(probability, labels)
        recall, precision, _ = precision_recall_curve(probability, labels)
        found[name] = {
            "roc": {"false_positive_rate": _thin(fpr), "true_positive_rate": _thin(tpr)},
            "precision_recall": {"recall": _thin(recall), "precision": _thin(precision)},
        }
    return found


def _thin(values: npt.NDArray[np.floating]) -> list[float]:
    """Keep at most 200 points, the ends among them."""
    kept = np.unique(np.linspace(0, len(values) - 1, MOST_POINTS).round().astype(int))
    return [round(float(value), 5) for value in values[kept]]
