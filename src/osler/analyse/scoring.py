"""From raw logits to calibrated probabilities, likelihood ratios and their intervals."""

import numpy as np
import numpy.typing as npt

from osler.analyse.card import OutputCard
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
    """Calibrate one logit. The interval is that of maps fitted to resampled patients."""
    slopes = np.asarray(package.fingerprint["platt_slopes"], dtype=float)[:, column]
    intercepts = np.asarray(package.fingerprint["platt_intercepts"], dtype=float)[:, column]
    prevalences = np.asarray(package.fingerprint["platt_prevalences"], dtype=float)[:, column]
    plan = output.calibration
    log_odds = plan.slope * logit_value + plan.intercept
    resampled = slopes * logit_value + intercepts
    probability = _spread(expit(np.array([log_odds, *np.percentile(resampled, [2.5, 97.5])])))
    log_ratio = log_odds - float(logit(np.array(plan.prevalence)))
    ratios = np.exp([log_ratio, *np.percentile(resampled - logit(prevalences), [2.5, 97.5])])
    limits = (plan.likelihood_ratio_low, plan.likelihood_ratio_high)
    return Prediction(
        model=package.identity,
        name=output.name,
        instance_uid=instance_uid,
        logit=logit_value,
        probability=probability,
        likelihood_ratio=_spread(np.clip(ratios, *limits)),
        limited=not limits[0] <= float(ratios[0]) <= limits[1],
        prevalence=plan.prevalence,
        evidence=np.asarray(evidence, dtype=np.float32),
    )


def _spread(values: npt.NDArray[np.float64]) -> Interval:
    """Return (value, low, high) as an interval that holds its value."""
    value, low, high = (float(v) for v in values)
    return Interval(value, min(low, value), max(high, value))
