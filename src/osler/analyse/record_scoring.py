"""Score a record by every model whose gates it passes; name what stood in the way of the others."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from osler.analyse.record_card import RecordCard
from osler.analyse.record_features import Chart, Known, by_name
from osler.analyse.record_package import RecordPackage
from osler.clinical import Contribution, Estimate, Interval, NotAssessed, Record, Sex
from osler.evaluate.calibration import expit

FARTHEST = 8.0
NAMED = 6
FAR = (
    "the values are unlike those of the patients that the model learnt from (distance {far:.1f}, "
    "expected at most {limit:.1f})"
)


@dataclass(frozen=True)
class Scored:
    """What the models of the record say, and which did not speak and why."""

    estimates: tuple[Estimate, ...]
    not_assessed: tuple[NotAssessed, ...]


def score_record(
    record: Record,
    packages: Sequence[RecordPackage],
    *,
    at: datetime,
    age_years: float | None,
) -> Scored:
    """Score one patient by all models.

    Parameters
    ----------
    at
        The time that the answer holds for: values of the year before it are used.
    age_years
        The age then, None where it is not known.

    Returns
    -------
    Each model is named once: by its estimate, or by the gate that kept it silent.
    """
    chart = Chart(record, at, age_years)
    estimates, silent = [], []
    for package in packages:
        known = tuple(chart.known(feature) for feature in package.card.features)
        closed = _closed(package, chart, known)
        if closed is None:
            estimates.append(_estimate(package, known))
        else:
            gate, reason = closed
            silent.append(
                NotAssessed(package.card.name, gate, reason, name=package.card.output.name)
            )
    return Scored(tuple(estimates), tuple(silent))


def _closed(
    package: RecordPackage, chart: Chart, known: tuple[Known, ...]
) -> tuple[str, str] | None:
    """Return the gate that is closed and the reason; None where the model may speak."""
    card = package.card
    reason = _population(card, chart)
    if reason:
        return "record population", reason
    stated = sum(one.stated for one in known)
    if stated < card.gates.fewest_features:
        return "record features", _lacking(card, known, stated)
    far = _distance(package, known)
    if far > card.gates.distance_limit:
        return "record distance", FAR.format(far=far, limit=card.gates.distance_limit)
    return None


def _lacking(card: RecordCard, known: tuple[Known, ...], stated: int) -> str:
    """Say how many features the record states, and name those that are missing."""
    lacking = [one.feature.display for one in known if not one.stated and one.missing]
    more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
    return (
        f"the record states {stated} of {len(known)} features in the year before, expected at "
        f"least {card.gates.fewest_features}; missing: {', '.join(lacking[:NAMED])}{more}"
    )


def _population(card: RecordCard, chart: Chart) -> str:
    """Say why the patient is not of the model's population; '' where they are."""
    use, sex, age = card.use, chart.record.patient.sex, chart.age_years
    if len(use.sexes) == 1 and sex.value not in use.sexes:
        found = "the sex is not known" if sex is Sex.UNKNOWN else f"the patient is {sex.value}"
        return f"{found}, expected {use.sexes[0]}: {use.population}"
    if age is None:
        return "the age is not known; state a birth date"
    if not use.min_age_years <= age <= use.max_age_years:
        return (
            f"the patient is {math.floor(age)} years old, expected {use.min_age_years:.0f} to "
            f"{use.max_age_years:.0f}: {use.population}"
        )
    return _problems(card, chart)


def _problems(card: RecordCard, chart: Chart) -> str:
    """Say which problem is lacking or in the way; '' where none is."""
    use = card.use
    listed = [one.code for one in chart.record.conditions if one.active]
    if use.only_with and not any(w.is_meant_by(c) for w in use.only_with for c in listed):
        return f"{use.only_with[0].display} is not on the problem list, expected: {use.population}"
    for other in use.never_with:
        if any(other.is_meant_by(code) for code in listed):
            return f"{other.display} is already on the problem list"
    return ""


def _distance(package: RecordPackage, known: tuple[Known, ...]) -> float:
    """Return how far the known values lie from the training set's middle, in its spreads."""
    row = np.array([one.number for one in known])
    there = ~np.isnan(row)
    middle, scale = (
        np.asarray(package.fingerprint[name], dtype=float) for name in ("median", "scale")
    )
    z = np.clip((row - middle)[there] / scale[there], -FARTHEST, FARTHEST)
    return float(np.sqrt((z**2).mean())) if there.any() else float("inf")


def _estimate(package: RecordPackage, known: tuple[Known, ...]) -> Estimate:
    """Run the graph on one patient and put every share into words."""
    card = package.card
    row = np.array([[one.number for one in known]], dtype=np.float32)
    logits, evidence = package.graph.run(row)
    logit, output = float(logits[0]), card.output
    named = by_name(known)
    missing = tuple(one.feature.display for one in known if one.missing)
    return Estimate(
        model=package.identity,
        name=output.name,
        display=output.display,
        condition=output.code_value(),
        probability=probability_of(package, logit),
        logit=logit,
        intercept=card.intercept,
        contributions=tuple(
            _contribution(tuple(named[name] for name in term), float(share))
            for term, share in zip(card.terms_of_model, evidence[0], strict=True)
        ),
        missing=missing,
        pretest=output.pretest,
        cautions=_cautions(card, known),
    )


def probability_of(package: RecordPackage, logit: float) -> Interval:
    """Return the calibrated probability with its 95 % interval."""
    calibration = package.card.output.calibration
    value = float(expit(np.array(calibration.slope * logit + calibration.intercept)))
    resampled = expit(
        np.asarray(package.fingerprint["platt_slopes"], dtype=float) * logit
        + np.asarray(package.fingerprint["platt_intercepts"], dtype=float)
    )
    low, high = (float(one) for one in np.percentile(resampled, [2.5, 97.5]))
    return Interval(value, min(low, value), max(high, value))


def _contribution(known: tuple[Known, ...], share: float) -> Contribution:
    """Say what one feature, or two together, add to the log-odds."""
    times = [one.effective for one in known if one.effective is not None]
    return Contribution(
        name=" x ".join(one.feature.name for one in known),
        display=" with ".join(one.feature.display for one in known),
        value="; ".join(one.words for one in known),
        share=share,
        missing=any(one.missing for one in known),
        effective=max(times, default=None),
    )


def _cautions(card: RecordCard, known: tuple[Known, ...]) -> tuple[str, ...]:
    """Return what must be read beside the number."""
    missing = sum(one.missing for one in known)
    alone = () if card.output.pretest else (f"stands alone: {card.output.pretest_reason}",)
    lacking = (f"{missing} of {len(known)} features are missing",) if missing else ()
    return (*lacking, *alone, *card.limits[:1])


def score_rows(
    package: RecordPackage, rows: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Score many rows without gates: probabilities (N,) and every share (N, T)."""
    logits, evidence = package.graph.run(np.asarray(rows, dtype=np.float32))
    calibration = package.card.output.calibration
    return expit(calibration.slope * logits + calibration.intercept), evidence
