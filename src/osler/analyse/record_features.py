"""From a patient's record to the features of a model, with what is missing and why."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from osler.analyse.record_card import Feature
from osler.clinical import Code, Observation, Quantity, Record, Sex
from osler.errors import WrongUnit
from osler.standards.terminology import convert, measurable_of

K = TypeVar("K")
OLDEST = timedelta(days=365)
NAN = float("nan")


@dataclass(frozen=True)
class Known:
    """One feature of one patient: its number, NaN where it is missing, and in words.

    ``stated`` is False for what the record does not say by itself: age, sex, and a problem that
    is only absent from the problem list.
    """

    feature: Feature
    number: float
    words: str
    effective: datetime | None = None
    stated: bool = False

    @property
    def missing(self) -> bool:
        """Tell whether the record does not have it."""
        return math.isnan(self.number)


class Chart:
    """A record, looked up by code: the latest plausible value of each."""

    def __init__(self, record: Record, at: datetime, age_years: float | None) -> None:
        self.record, self.at, self.age_years = record, at, age_years
        self._by_code: dict[tuple[str, str], Observation] = {}
        self._by_name: dict[str, Observation] = {}
        for one in record.observations:
            if one.value is None or one.implausible or not self._is_current(one):
                continue
            _keep_latest(self._by_code, (one.code.system, one.code.code), one)
            measurable = measurable_of(one.code)
            if measurable is not None:
                _keep_latest(self._by_name, measurable.name, one)

    def _is_current(self, one: Observation) -> bool:
        """Tell whether a value is of the year before the assessment; one without time counts."""
        return one.effective is None or self.at - OLDEST <= one.effective <= self.at

    def known(self, feature: Feature) -> Known:
        """Return what the record says of a feature."""
        match feature.source:
            case "age":
                return self._age(feature)
            case "sex":
                return self._sex(feature)
            case "condition":
                return self._observed(feature) or self._condition(feature)
            case _:
                return self._observed(feature) or Known(feature, NAN, "not in the record")

    def _age(self, feature: Feature) -> Known:
        if self.age_years is None:
            return Known(feature, NAN, "not known")
        return Known(feature, float(self.age_years), f"{math.floor(self.age_years)} years")

    def _sex(self, feature: Feature) -> Known:
        sex = self.record.patient.sex
        for answer in feature.answers:
            if sex in (Sex.FEMALE, Sex.MALE) and answer.words == sex.value:
                return Known(feature, answer.value, answer.words)
        return Known(feature, NAN, "not known")

    def _condition(self, feature: Feature) -> Known:
        for one in self.record.conditions:
            if one.active and any(code.is_meant_by(one.code) for code in feature.codes):
                words = f"yes ({one.code.display or one.code.code})"
                return Known(feature, 1.0, words, one.onset, stated=True)
        if not self.record.conditions:
            return Known(feature, NAN, "no problem list")
        return Known(feature, 0.0, "not on the problem list")

    def _observed(self, feature: Feature) -> Known | None:
        """Return the latest value of any of a feature's codes; None where there is none."""
        there = [self._by_code.get((code.system, code.code)) for code in feature.codes]
        there.append(self._by_name.get(feature.measurable or ""))
        found = [one for one in there if one is not None]
        if not found:
            return None
        latest = max(found, key=_time)
        return _answered(feature, latest) if feature.answers else _measured(feature, latest)


def _keep_latest(kept: dict[K, Observation], key: K, one: Observation) -> None:
    earlier = kept.get(key)
    if earlier is None or _time(one) >= _time(earlier):
        kept[key] = one


def _time(one: Observation) -> float:
    """Return the time to sort by; a value without one is the oldest."""
    return one.effective.timestamp() if one.effective is not None else float("-inf")


def _measured(feature: Feature, one: Observation) -> Known:
    """Read a number in the feature's unit, if it is plausible."""
    if not isinstance(one.value, Quantity):
        return Known(feature, NAN, "not a number", one.effective)
    try:
        value = convert(
            one.value.value, one.value.unit, feature.unit, molar_mass=feature.molar_mass
        )
    except WrongUnit:
        return Known(feature, NAN, f"in {one.value.unit}, not {feature.unit}", one.effective)
    unit = "" if feature.unit == "1" or feature.unit.startswith("{") else f" {feature.unit}"
    if not feature.low <= value <= feature.high:
        return Known(feature, NAN, f"{value:.4g}{unit} is not plausible", one.effective)
    return Known(feature, value, f"{value:.4g}{unit}", one.effective, stated=True)


def _answered(feature: Feature, one: Observation) -> Known:
    """Read one of a list of answers: by code, by words, or by its number."""
    value = one.value
    for answer in feature.answers:
        meant = (answer.words, *answer.also)
        if isinstance(value, Code):
            by_code = any(code.is_meant_by(value) for code in answer.codes)
            is_it = by_code or value.display.strip().lower() in meant
        elif isinstance(value, Quantity):
            is_it = value.value == answer.value
        else:
            is_it = str(value).strip().lower() in meant
        if is_it:
            return Known(feature, answer.value, answer.words, one.effective, stated=True)
    return Known(feature, NAN, "an answer that is not understood", one.effective)


def by_name(known: tuple[Known, ...]) -> Mapping[str, Known]:
    """Return what is known, by the feature's name."""
    return {one.feature.name: one for one in known}
