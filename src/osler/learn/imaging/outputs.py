"""Cards of the outputs of a picture package: calibrated by picture, and by series. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import EvaluationCard, OutputCard, SeriesCard
from osler.analyse.series import LEAST_SERIES, series_logit
from osler.errors import InputRefused
from osler.learn.calibrating import Calibrated, OutOfFold, calibrate
from osler.learn.carding import (
    FLOOR,
    Arrays,
    output_card,
    platt_arrays,
    read_scores,
    score_quantiles,
)
from osler.learn.datasets.table import DataSet
from osler.learn.imaging.trained import Trained

TOO_FEW = "too few patients with it to calibrate what a whole series says: fewer than ten"


@dataclass(frozen=True)
class Outputs:
    """The cards of all outputs, and the arrays that their calibration needs."""

    cards: tuple[OutputCard, ...]
    arrays: Arrays


def calibrated_outputs(trained: Trained) -> Outputs:
    """Calibrate every output on the scores of networks that had not seen the patient.

    These are the out-of-fold scores of train and val or, where the recipe runs folds over all
    rows, those: more patients to calibrate on.
    """
    recipe = trained.recipe
    pooled = trained.pooled() if recipe.combine is not None else None
    file = pooled or trained.folder() / "oof.npz"
    scores = read_scores(file)
    found = [calibrate(scores, k, seed=recipe.seed + k) for k in range(len(recipe.outputs))]
    cards = [output_card(plan, one) for plan, one in zip(recipe.outputs, found, strict=True)]
    arrays = platt_arrays(found) | {"score_quantiles": score_quantiles(scores)}
    if recipe.combine is not None:
        series = series_scores(file, trained.dataset())
        by_patient = [_of_series(series, k, seed=recipe.seed + k) for k in range(len(cards))]
        cards = [_with_series(card, one) for card, one in zip(cards, by_patient, strict=True)]
        arrays |= platt_arrays(
            [one or found[k] for k, one in enumerate(by_patient)], prefix="series"
        )
    return Outputs(tuple(cards), arrays)


def series_scores(file: Path, dataset: DataSet) -> OutOfFold:
    """Return what whole series say, one row a patient, by the rule of `series_logit`.

    A patient has a label where any slice has it. Slices lie in the order of their column
    ``slice``.
    """
    by_name = {row.path.name: row for row in dataset.rows}
    with np.load(file, allow_pickle=False) as kept:
        logits, labels = kept["logits"], kept["labels"]
        names, patients = [str(n) for n in kept["files"]], [str(p) for p in kept["patients"]]
    at = np.array([float(by_name[name].columns.get("slice") or 0) for name in names])
    rows: list[npt.NDArray[np.float64]] = []
    has: list[npt.NDArray[np.float64]] = []
    kept_patients: list[str] = []
    for patient in dict.fromkeys(patients):
        mine = np.flatnonzero(np.array(patients) == patient)
        if len(mine) < LEAST_SERIES:
            continue
        mine = mine[np.argsort(at[mine], kind="stable")]
        rows.append(np.array([series_logit(column) for column in logits[mine].T]))
        has.append(np.nanmax(labels[mine], axis=0))
        kept_patients.append(patient)
    return OutOfFold(
        np.stack(rows).astype(np.float32), np.stack(has).astype(np.float32), kept_patients
    )


def with_patient_floor(card: OutputCard, found: Sequence[EvaluationCard]) -> OutputCard:
    """Mark an output *not assessed* whose statement about a patient is under the floor."""
    if card.series is None:
        return card
    figures = [
        figure
        for evaluation in found
        for title, figure in evaluation.figures.items()
        if title.startswith(f"AUROC by patient, {card.name} (")
    ]
    if figures and figures[0].low >= FLOOR:
        return card
    return card.model_copy(
        update={
            "shipped": False,
            "not_assessed_reason": "what a whole series says of it is too weak: the lower 95 % "
            f"bound of its AUROC by patient is below {FLOOR:.2f} (see its card)",
        }
    )


def _of_series(series: OutOfFold, column: int, *, seed: int) -> Calibrated | None:
    """Calibrate one output on patients; None where there are too few."""
    try:
        return calibrate(series, column, seed=seed)
    except InputRefused:
        return None


def _with_series(card: OutputCard, one: Calibrated | None) -> OutputCard:
    """Add what a whole series says; an output that cannot say it is not assessed."""
    if one is None:
        return card.model_copy(update={"shipped": False, "not_assessed_reason": TOO_FEW})
    series = SeriesCard(
        calibration=one.calibration, conformal=one.conformal, operating_points=one.points
    )
    return card.model_copy(update={"series": series})
