"""From raw logits to calibrated probabilities, likelihood ratios and their intervals."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.analyse.card import CalibrationCard, OutputCard
from osler.analyse.heads import Arrays
from osler.analyse.package import Package
from osler.clinical import InstanceUid, Interval, Prediction
from osler.evaluate.calibration import expit, logit

Floats = npt.NDArray[np.float32]


def predictions(
    package: Package, square: Floats, instance_uid: InstanceUid
) -> tuple[list[Prediction], Floats]:
    """Score one film: one prediction an output, those that are *not assessed* included.

    Parameters
    ----------
    package
        A classification package.
    square
        (size, size), 0 to 1, of the size that the card states.
    instance_uid
        The instance that the film was decoded from.

    Returns
    -------
    The predictions in the card's order, and the embedding (E,).
    """
    answer = package.graph.run(square[None, None].astype(np.float32))
    scored = [
        predict(
            package,
            output,
            column=column,
            logit_value=float(answer["logits"][0, column]),
            evidence=answer["evidence"][0, column],
            instance_uid=instance_uid,
        )
        for column, output in enumerate(package.card.outputs)
    ]
    return scored, np.asarray(answer["embedding"][0], dtype=np.float32)


def predict(
    package: Package,
    output: OutputCard,
    *,
    column: int,
    logit_value: float,
    evidence: Floats,
    instance_uid: InstanceUid,
) -> Prediction:
    """Calibrate one logit of one picture."""
    found = calibrated(logit_value, output.calibration, package.fingerprint, column=column)
    return Prediction(
        model=package.identity,
        name=output.name,
        instance_uid=instance_uid,
        logit=logit_value,
        probability=found.probability,
        likelihood_ratio=found.likelihood_ratio,
        limited=found.limited,
        prevalence=output.calibration.prevalence,
        evidence=np.asarray(evidence, dtype=np.float32),
    )


@dataclass(frozen=True)
class Scored:
    """A calibrated probability and its likelihood ratio; ``limited`` where a bound was met."""

    probability: Interval
    likelihood_ratio: Interval
    limited: bool


def calibrated(
    logit_value: float,
    plan: CalibrationCard,
    fingerprint: Arrays,
    *,
    column: int,
    prefix: str = "platt",
) -> Scored:
    """Calibrate one logit. The interval is that of maps fitted to resampled patients.

    ``prefix`` names the resampled maps in the fingerprint: of pictures, or of whole series.
    """
    slopes, intercepts, prevalences = (
        np.asarray(fingerprint[f"{prefix}_{part}"], dtype=float)[:, column]
        for part in ("slopes", "intercepts", "prevalences")
    )
    log_odds = plan.slope * logit_value + plan.intercept
    resampled = slopes * logit_value + intercepts
    probability = _spread(expit(np.array([log_odds, *np.percentile(resampled, [2.5, 97.5])])))
    log_ratio = log_odds - float(logit(np.array(plan.prevalence)))
    ratios = np.exp([log_ratio, *np.percentile(resampled - logit(prevalences), [2.5, 97.5])])
    limits = (plan.likelihood_ratio_low, plan.likelihood_ratio_high)
    return Scored(
        probability=probability,
        likelihood_ratio=_spread(np.clip(ratios, *limits)),
        limited=not limits[0] <= float(ratios[0]) <= limits[1],
    )


def _spread(values: npt.NDArray[np.float64]) -> Interval:
    """Return (value, low, high) as an interval that holds its value."""
    value, low, high = (float(v) for v in values)
    return Interval(value, min(low, value), max(high, value))
