"""What has changed since the newest prior that may be compared: both values, or "no prior"."""

from collections.abc import Sequence
from datetime import datetime

from osler.clinical import Change, MeasuredStudy, Measurement


def changes(now: MeasuredStudy, priors: Sequence[MeasuredStudy]) -> tuple[Change, ...]:
    """Compare each measurement of a study with the newest prior that may be compared.

    A prior may be compared where it is of the same body part, was taken earlier, and holds the
    same measurement in the same unit, made by the same version of the same package: another
    version may measure otherwise. A study without date or body part has no prior.
    """
    comparable = sorted(
        (one for one in priors if _may_be_compared(one, now)),
        key=lambda one: one.studied_at or datetime.min,  # noqa: DTZ901 - none is without a date
        reverse=True,
    )
    return tuple(_change(each, comparable) for each in now.measurements)


def _may_be_compared(prior: MeasuredStudy, now: MeasuredStudy) -> bool:
    """Tell whether a study is an earlier one of the same part of the body."""
    if prior.study_uid == now.study_uid or not (prior.body_part and now.body_part):
        return False
    if prior.studied_at is None or now.studied_at is None:
        return False
    same_part = prior.body_part.strip().upper() == now.body_part.strip().upper()
    return same_part and prior.studied_at < now.studied_at


def _change(now: Measurement, priors: Sequence[MeasuredStudy]) -> Change:
    """Compare one measurement with the first prior that holds it."""
    for prior in priors:
        for before in prior.measurements:
            if not _is_same_measure(before, now):
                continue
            difference = now.quantity.value - before.quantity.value
            zero = before.quantity.value == 0
            return Change(
                code=now.code,
                display=now.display,
                now=now.quantity,
                before=before.quantity,
                before_at=prior.studied_at,
                difference=difference,
                percent=None if zero else 100.0 * difference / abs(before.quantity.value),
                beyond_error=now.low > before.high or now.high < before.low,
            )
    return Change(code=now.code, display=now.display, now=now.quantity)


def _is_same_measure(one: Measurement, other: Measurement) -> bool:
    """Tell whether two measurements are of one thing, unit, package and version."""
    return (
        one.code == other.code
        and one.quantity.unit == other.quantity.unit
        and (one.model.name, one.model.version) == (other.model.name, other.model.version)
    )
