"""Two packages on the same pictures of the same patients. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Estimate, Part
from osler.errors import InputRefused
from osler.evaluate.bootstrap import REPEATS, patient_weights
from osler.evaluate.calibration import PlattMap, brier
from osler.evaluate.comparing import delong, paired_difference
from osler.evaluate.discrimination import auprc, auroc
from osler.learn.evaluation import Judged

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class PairedCard(Part):
    """A figure of both, the difference with its interval by patient, and its p-value."""

    first: float
    second: float
    difference: Estimate
    p: float


class OutputComparison(Part):
    """One output of two packages on the same pictures.

    ``delong_p`` and ``delong_standard_error`` are of the difference of the AUROC and count
    pictures as independent; the bootstrap resamples patients.
    """

    films: int
    positives: int
    patients: int
    auroc: PairedCard | None
    auprc: PairedCard | None
    brier: PairedCard | None
    delong_p: float | None
    delong_standard_error: float | None


def compare(first: Judged, second: Judged, *, seed: int) -> dict[str, OutputComparison]:
    """Compare the outputs that two packages have in common, by name.

    Only pictures count that both could read and whose label is known; gates are not applied, so
    that both are measured on the same ones.

    Raises
    ------
    InputRefused
        The packages have no output in common, or were not given the same rows.
    """
    names = [output.name for output in first.outputs]
    others = [output.name for output in second.outputs]
    shared = [name for name in names if name in others]
    if not shared:
        raise InputRefused(
            f"nothing to compare: the outputs are {names} and {others}; a map (--map) can give "
            "labels, but outputs are compared by their names"
        )
    if [row.path for row in first.rows] != [row.path for row in second.rows]:
        raise InputRefused("the two packages were given other rows")
    return {
        name: _compared(first, second, (names.index(name), others.index(name)), seed=seed)
        for name in shared
    }


@dataclass(frozen=True)
class _Pair:
    """Probabilities of both, labels and patients of the rows that count."""

    first: Floats
    second: Floats
    labels: Bools
    patients: Sequence[str]


def _compared(first: Judged, second: Judged, at: tuple[int, int], *, seed: int) -> OutputComparison:
    """Compare one output."""
    pair = _pair(first, second, at)
    weights = patient_weights(pair.patients, rng=np.random.default_rng(seed), repeats=REPEATS)
    kinds = min(int(pair.labels.sum()), int((~pair.labels).sum()))
    found: dict[str, PairedCard | None] = {}
    for name, measure in (("auroc", auroc), ("auprc", auprc), ("brier", brier)):

        def statistic(scores: Floats, w: Floats | None, measure=measure) -> float:  # type: ignore[no-untyped-def]
            return float(measure(scores, pair.labels, w))

        paired = paired_difference(statistic, pair.first, pair.second, weights=weights)
        found[name] = None
        if paired is not None:
            found[name] = PairedCard(
                first=statistic(pair.first, None),
                second=statistic(pair.second, None),
                difference=Estimate(
                    value=paired.difference.value,
                    low=paired.difference.low,
                    high=paired.difference.high,
                ),
                p=paired.p,
            )
    exact = delong(pair.first, pair.second, pair.labels) if kinds >= 2 else None
    return OutputComparison(
        films=len(pair.labels),
        positives=int(pair.labels.sum()),
        patients=len(set(pair.patients)),
        **found,
        delong_p=exact.p if exact else None,
        delong_standard_error=exact.standard_error if exact else None,
    )


def _pair(first: Judged, second: Judged, at: tuple[int, int]) -> _Pair:
    """Return what both gave for the rows that both can be judged on."""
    known = ~np.isnan(first.labels[:, at[0]])
    scores = []
    for judged, number in ((first, at[0]), (second, at[1])):
        logits = judged.scores.logits[:, judged.columns[number]]
        known &= np.isfinite(logits)
        plan = judged.outputs[number].calibration
        scores.append(PlattMap(plan.slope, plan.intercept)(logits))
    patients = [row.patient_id for row, kept in zip(first.rows, known, strict=True) if kept]
    if not patients:
        raise InputRefused(f"no picture of output {first.outputs[at[0]].name!r} has a known label")
    labels = first.labels[known, at[0]] > 0.5
    return _Pair(scores[0][known], scores[1][known], labels, patients)
