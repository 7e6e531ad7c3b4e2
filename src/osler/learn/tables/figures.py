"""What the card says of out-of-fold patients: figures, subgroups, peers, decision curve."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from osler.analyse.card import Estimate
from osler.analyse.record_card import (
    Benefit,
    Feature,
    Peer,
    RecordEvaluation,
    RecordFigures,
    WithoutFeature,
)
from osler.errors import InputRefused
from osler.evaluate.bootstrap import Weights, interval, patient_weights
from osler.evaluate.discrimination import auroc
from osler.evaluate.figures import figures
from osler.learn.tables.table import Bools, Floats, Table

if TYPE_CHECKING:
    from osler.learn.tables.nested import Nested

REPEATS = 500
FEWEST_IN_A_GROUP = 20
THRESHOLDS = tuple(round(0.05 * n, 2) for n in range(1, 20))
AGE_GROUPS = ((0.0, 45.0), (45.0, 60.0), (60.0, 130.0))
ESTIMATES = (
    "auroc",
    "auprc",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "brier",
    "calibration_error",
)


def evaluate(
    table: Table,
    nested: "Nested",
    probability: Floats,
    *,
    features: Sequence[Feature],
    threshold: float,
    variants: Mapping[str, Estimate],
    seed: int,
) -> RecordEvaluation:
    """Measure everything on rows that were scored by models which had not seen their person.

    Parameters
    ----------
    probability
        (rows,), calibrated out of fold.
    threshold
        The cut-off of sensitivity and specificity.
    """
    rng = np.random.default_rng(seed)
    weights = patient_weights(table.groups, rng=rng, repeats=REPEATS)
    return RecordEvaluation(
        method=(
            "Ten-fold nested cross-validation, people with all their rows on one side; settings "
            "chosen within each fold; calibration fitted on the other folds; 95 % intervals by "
            f"{REPEATS} resamples of people"
        ),
        whole=measured(probability, table.labels, weights, threshold=threshold).model_copy(
            update={"auroc": area(nested.additive, table.labels, weights)}
        ),
        subgroups={
            kind: {
                name: measured(
                    probability[rows], table.labels[rows], weights[:, rows], threshold=threshold
                )
                for name, rows in groups.items()
            }
            for kind, groups in subgroups(table, features).items()
        },
        peers=(
            peer(
                "logistic regression",
                nested.logistic,
                nested.additive,
                labels=table.labels,
                weights=weights,
            ),
            peer(
                "LightGBM, tuned",
                nested.trees,
                nested.additive,
                labels=table.labels,
                weights=weights,
            ),
        ),
        decision_curve=decision_curve(probability, table.labels),
        without=tuple(
            WithoutFeature(missing=group, auroc=area(logits, table.labels, weights))
            for group, logits in nested.without.items()
        ),
        variants=dict(variants),
    )


def measured(
    probability: Floats, labels: Bools, weights: Weights, *, threshold: float
) -> RecordFigures:
    """Return the figures of one set of patients."""
    found = figures(probability, labels, weights, threshold=threshold, rng=np.random.default_rng(0))
    return RecordFigures(
        patients=found.films,
        positives=found.positives,
        calibration_slope=found.calibration_slope,
        calibration_intercept=found.calibration_intercept,
        **{name: Estimate.of(getattr(found, name)) for name in ESTIMATES},
    )


def subgroups(table: Table, features: Sequence[Feature]) -> dict[str, dict[str, Bools]]:
    """Return the rows of each sex and age group that has enough patients, where they are known."""
    found: dict[str, dict[str, Bools]] = {}
    for number, feature in enumerate(features):
        x = table.values[:, number]
        if feature.source == "sex":
            found["sex"] = {one.words: x == one.value for one in feature.answers}
        elif feature.source == "age":
            found["age"] = {
                f"{low:.0f} to {high:.0f} years": (x >= low) & (x < high)
                for low, high in AGE_GROUPS
            }
    return {
        kind: {name: rows for name, rows in groups.items() if rows.sum() >= FEWEST_IN_A_GROUP}
        for kind, groups in found.items()
    }


def area(logits: Floats, labels: Bools, weights: Weights) -> Estimate:
    """Return the AUROC with its interval."""
    found = Estimate.of(interval(lambda w: auroc(logits, labels, w), weights))
    if found is None:
        raise InputRefused("no AUROC: expected patients with and without the condition")
    return found


def peer(name: str, logits: Floats, ours: Floats, *, labels: Bools, weights: Weights) -> Peer:
    """Return a peer's AUROC, and ours minus it on the same people in each resample."""
    gap = Estimate.of(
        interval(lambda w: auroc(ours, labels, w) - auroc(logits, labels, w), weights)
    )
    if gap is None:
        raise InputRefused("no difference in AUROC: expected patients of both classes")
    return Peer(name=name, auroc=area(logits, labels, weights), difference=gap)


def decision_curve(probability: Floats, labels: Bools) -> tuple[Benefit, ...]:
    """Return net benefit by threshold.

    References
    ----------
    Vickers and Elkin, Med Decis Making 2006;26:565-574.
    """
    count, ill = len(labels), float(labels.mean())
    found = []
    for threshold in THRESHOLDS:
        called = probability >= threshold
        odds = threshold / (1 - threshold)
        true, false = (called & labels).sum() / count, (called & ~labels).sum() / count
        found.append(
            Benefit(
                threshold=threshold,
                model=float(true - odds * false),
                all=float(ill - odds * (1 - ill)),
            )
        )
    return tuple(found)


def in_words(estimate: Estimate | None) -> str:
    """Return a figure with its interval, for tables."""
    if estimate is None:
        return "-"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
