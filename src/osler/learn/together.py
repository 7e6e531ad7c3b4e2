"""Figures of outputs that belong together: classes of which one holds, or the steps of a grade."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Card, Estimate
from osler.evaluate.agreement import accuracy, confusion_matrix, quadratic_kappa
from osler.evaluate.bootstrap import interval, patient_weights
from osler.evaluate.calibration import PlattMap
from osler.evaluate.discrimination import auroc
from osler.evaluate.grades import steps_passed
from osler.learn.evaluation import Judged

REPEATS = 500
BALANCED = "balanced"
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """One answer a row: ``names`` of the classes or grades, what was said and what is true (n,)."""

    names: tuple[str, ...]
    said: Whole
    true: Whole
    patients: tuple[str, ...]

    def confusion(self) -> list[list[int]]:
        """Return how often each was said of each; rows are the truth."""
        table = confusion_matrix(self.said, self.true, classes=len(self.names))
        return [[int(cell) for cell in row] for row in table]


def probabilities(judged: Judged, keep: npt.NDArray[np.intp]) -> Floats:
    """Return calibrated probabilities of kept rows: (rows, outputs judged)."""
    columns = zip(judged.outputs, judged.columns, strict=True)
    return np.stack(
        [
            PlattMap(one.calibration.slope, one.calibration.intercept)(
                judged.scores.logits[keep, column]
            )
            for one, column in columns
        ],
        axis=1,
    )


def answers_of(card: Card, judged: Judged) -> Answers | None:
    """Return what is said of each row whose labels are all stated; None where outputs stand alone.

    The class is that of the largest probability, where a row has exactly one label; the grade is
    the number of steps that are more likely than not.
    """
    if card.answers == "findings" or len(judged.outputs) < len(card.outputs):
        return None
    known = _known(judged, one_label=card.answers == "one of")
    if not len(known):
        return None
    probability, labels = probabilities(judged, known), judged.labels[known]
    patients = tuple(judged.rows[n].patient_id for n in known)
    if card.answers == "one of":
        names = tuple(one.name for one in judged.outputs)
        return Answers(names, probability.argmax(axis=1), labels.argmax(axis=1), patients)
    names = tuple(str(grade) for grade in range(probability.shape[1] + 1))
    return Answers(names, steps_passed(probability), labels.sum(axis=1).astype(np.int64), patients)


def _by_cut_offs(judged: Judged) -> Whole:
    """Return the grade of each row whose labels are stated, by the steps called positive."""
    probability = probabilities(judged, _known(judged, one_label=False))
    cuts = [one.operating_point(BALANCED).threshold for one in judged.outputs]
    return steps_passed(probability, np.array(cuts))


def _known(judged: Judged, *, one_label: bool) -> npt.NDArray[np.intp]:
    """Return the rows that were scored and whose labels are all stated."""
    good = np.isfinite(judged.scores.logits).all(axis=1) & ~np.isnan(judged.labels).any(axis=1)
    if one_label:
        good &= np.nan_to_num(judged.labels).sum(axis=1) == 1
    return np.flatnonzero(good)


def together(card: Card, judged: Judged) -> dict[str, Estimate]:
    """Return accuracy and mean AUROC of classes, or kappa and accuracy of grades."""
    found = answers_of(card, judged)
    if found is None:
        return {}
    said, true = found.said, found.true
    agree = _estimate(lambda w: accuracy(said, true, w), found.patients)
    if card.answers == "grade":
        cut = _by_cut_offs(judged)
        return _named(
            {
                "quadratic kappa of the grade": _estimate(
                    lambda w: quadratic_kappa(said, true, w), found.patients
                ),
                "quadratic kappa, each step at its balanced cut-off": _estimate(
                    lambda w: quadratic_kappa(cut, true, w), found.patients
                ),
                "accuracy of the grade": agree,
            }
        )
    known = _known(judged, one_label=True)
    probability, labels = probabilities(judged, known), judged.labels[known]
    macro = _estimate(lambda w: _macro(probability, labels, w), found.patients)
    return _named({"accuracy (largest probability)": agree, "AUROC, mean of classes": macro})


def _macro(probability: Floats, labels: npt.NDArray[np.float32], w: Floats | None) -> float:
    """Return the mean over classes of each one's AUROC against the rest."""
    columns = range(probability.shape[1])
    return float(np.mean([auroc(probability[:, k], labels[:, k] > 0.5, w) for k in columns]))


def _estimate(
    statistic: Callable[[Floats | None], float], patients: tuple[str, ...]
) -> Estimate | None:
    """Return a figure with its interval by patient."""
    weights = patient_weights(patients, rng=np.random.default_rng(7), repeats=REPEATS)
    return Estimate.of(interval(statistic, weights))


def _named(found: dict[str, Estimate | None]) -> dict[str, Estimate]:
    """Leave out what is not defined."""
    return {name: one for name, one in found.items() if one is not None}
