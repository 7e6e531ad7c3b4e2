"""Finds what is wrong in a record, and repairs what a written rule allows, beside the raw value.

Nothing is corrected in place: a repaired observation names the repair, and its raw words stay. What
no rule repairs is flagged: an impossible value is shown and not used, a doubtful one is shown, used
and pointed out.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from statistics import median

from osler.clinical import Code, Observation, Patient, Quantity, Record, Sex
from osler.errors import WrongUnit
from osler.standards.guideline import Guidelines
from osler.standards.guideline.cleaning import Cleaning
from osler.standards.terminology import Measurable, convert, measurable_of, ucum_code

RAW = re.compile(r"\s*([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*(\S.*)?")
# A birth date and a time of measurement may lie in zones a day apart.
A_DAY = timedelta(days=1)
# Of normal values, the median deviation times this is the standard deviation.
SCALE = 1.4826
WITHOUT_HOUR = "no time of day"


@dataclass(frozen=True)
class Cleaned:
    """A record after cleaning, and what was found, counted, in sentences."""

    record: Record
    said: tuple[str, ...]


def clean(record: Record, guidelines: Guidelines, *, patient: Patient | None = None) -> Cleaned:
    """Clean a record. Doing it twice changes nothing more.

    Parameters
    ----------
    record
        Of one patient, in Osler's units; observations in any order.
    guidelines
        ``cleaning`` and ``plausible_ranges`` are used.
    patient
        Who it is about, where that is known better than by the record.

    Returns
    -------
    The record with its observations in the same order: repaired ones with the repair, impossible
    ones with the reason, repeated ones once.
    """
    whose = patient or record.patient
    rules = guidelines.cleaning
    found: Counter[str] = Counter()
    values = _once(record.observations, found)
    steps: tuple[Callable[[Observation], Observation], ...] = (
        lambda one: _in_its_unit(one, guidelines, found),
        lambda one: _at_its_age(one, rules, patient=whose, found=found),
        lambda one: _in_a_lifetime(one, whose.birth_date, found),
    )
    for step in steps:
        values = [step(one) for one in values]
    values = _doubted(values, rules, found)
    said = [f"{count} {what}" for what, count in found.items()]
    said += _impossible_of(whose, values)
    return Cleaned(replace(record, observations=tuple(values)), tuple(said))


def _once(values: Sequence[Observation], found: Counter[str]) -> list[Observation]:
    """Drop values that say the same of the same time again."""
    kept: dict[object, Observation] = {}
    for index, one in enumerate(values):
        same = (one.code.system, one.code.code, one.effective, one.value, one.implausible)
        mark: object = same if one.effective is not None and one.value is not None else index
        if mark in kept:
            found["repeated values of the record count once"] += 1
        else:
            kept[mark] = one
    return list(kept.values())


def _in_its_unit(one: Observation, guidelines: Guidelines, found: Counter[str]) -> Observation:
    """Read a number in the unit that it must be in, where a rule says so."""
    measurable, stated = measurable_of(one.code), RAW.fullmatch(one.raw)
    if measurable is None or stated is None or not stated[2] or _is_reread(one):
        return one
    number, unit = float(stated[1].replace(",", ".")), ucum_code(stated[2].strip())
    rules = guidelines.cleaning
    rule = next((r for r in rules.units if r.fits(measurable.name, unit, number)), None)
    if rule is None:
        return one
    known = measurable.known_code(one.code)
    mass = known.molar_mass if known is not None else None
    try:
        value = convert(number, rule.read_as, measurable.unit, molar_mass=mass)
    except WrongUnit:
        return one
    bounds = guidelines.plausible_ranges.get(measurable.name)
    if bounds is not None and not bounds.low <= value <= bounds.high:
        return one
    found[f"values were read in another unit than stated ({rules.source})"] += 1
    note = (
        f"unit repaired: {number:g} {unit} cannot be, read as {number:g} {rule.read_as} "
        f"({rules.source}); check at the source"
    )
    repairs = (*(r for r in one.repairs if not r.startswith("converted from")), note)
    is_late = "lies after" in (one.implausible or "")
    reason = one.implausible if is_late else None
    quantity = Quantity(value, measurable.unit)
    return replace(one, value=quantity, repairs=repairs, implausible=reason)


def _is_reread(one: Observation) -> bool:
    """Tell whether the unit of a value was repaired before."""
    return any(repair.startswith("unit repaired") for repair in one.repairs)


def _at_its_age(
    one: Observation, rules: Cleaning, *, patient: Patient, found: Counter[str]
) -> Observation:
    """Flag what nobody has at this age."""
    measurable = measurable_of(one.code)
    if measurable is None or not isinstance(one.value, Quantity) or one.implausible:
        return one
    age = patient.age_on(one.effective.date()) if one.effective is not None else None
    if age is None:
        return one
    for bounds in rules.ages:
        if bounds.hold(measurable.name, age) and not bounds.low <= one.value.value <= bounds.high:
            found["values cannot be at the patient's age"] += 1
            return replace(one, implausible=_beyond(measurable, one.value, age=age, rules=rules))
    return one


def _beyond(measurable: Measurable, value: Quantity, *, age: float, rules: Cleaning) -> str:
    """Say that a value cannot be at an age."""
    return (
        f"{measurable.display} {value.value:g} {value.unit} cannot be at the age of {age:.0f} "
        f"years ({rules.source}); it is shown but not used, check value, unit and patient"
    )


def _in_a_lifetime(one: Observation, born: date | None, found: Counter[str]) -> Observation:
    """Flag what is dated before the patient was born."""
    if born is None or one.effective is None or one.effective.date() >= born - A_DAY:
        return one
    if one.implausible and "before the birth" in one.implausible:
        return one
    found["values are dated before the patient's birth"] += 1
    sentence = (
        f"the effective time {one.effective:%Y-%m-%d} lies before the birth of the patient; it is "
        "shown but not used, check date and patient"
    )
    earlier = one.implausible
    return replace(one, implausible=f"{earlier} Also, {sentence}" if earlier else sentence)


def _doubted(
    values: Sequence[Observation], rules: Cleaning, found: Counter[str]
) -> list[Observation]:
    """Point out what contradicts another value, or lies far from all others of the patient."""
    groups: dict[tuple[str, str], list[int]] = {}
    for index, one in enumerate(values):
        if isinstance(one.value, Quantity) and not one.implausible:
            groups.setdefault((one.code.system, one.code.code), []).append(index)
    notes: dict[int, list[str]] = {}
    for indices in groups.values():
        for index, note in (
            *_contradicting(values, indices, rules),
            *_outlying(values, indices, rules),
        ):
            notes.setdefault(index, []).append(note)
    doubted = []
    for index, one in enumerate(values):
        new = [note for note in notes.get(index, ()) if note not in one.repairs]
        for note in new:
            found[f"values are {note.partition(':')[0]}"] += 1
        doubted.append(replace(one, repairs=(*one.repairs, *new)) if new else one)
    return doubted


def _contradicting(
    values: Sequence[Observation], indices: Sequence[int], rules: Cleaning
) -> Iterable[tuple[int, str]]:
    """Yield values of one moment that differ too far to be one measurement."""
    moments: dict[object, list[int]] = {}
    for index in indices:
        one = values[index]
        if one.effective is not None and not any(WITHOUT_HOUR in note for note in one.repairs):
            moments.setdefault(one.effective, []).append(index)
    told: set[int] = set()
    for same in moments.values():
        for first, second in combinations(same[:20], 2):
            number, other = _number(values[first]), _number(values[second])
            most = rules.contradictory.share * max(abs(number), abs(other))
            if abs(number - other) <= most:
                continue
            for index, against in ((first, other), (second, number)):
                if index not in told:
                    told.add(index)
                    yield index, f"contradictory: another value of the same time is {against:g}"


def _outlying(
    values: Sequence[Observation], indices: Sequence[int], rules: Cleaning
) -> Iterable[tuple[int, str]]:
    """Yield values far from the patient's others."""
    if len(indices) <= rules.outlying.at_least:
        return
    numbers = [_number(values[index]) for index in indices]
    middle = median(numbers)
    spread = SCALE * median(abs(number - middle) for number in numbers)
    if spread <= 0:
        return
    for index, number in zip(indices, numbers, strict=True):
        if abs(number - middle) > rules.outlying.deviations * spread:
            yield index, f"outlying: the patient's other values lie around {middle:g}"


def _number(one: Observation) -> float:
    """Return the number of a value that is one."""
    return one.value.value if isinstance(one.value, Quantity) else 0.0


def _impossible_of(patient: Patient, values: Sequence[Observation]) -> list[str]:
    """Say what contradicts the patient's own description."""
    if patient.sex is not Sex.MALE:
        return []
    for one in values:
        measurable = measurable_of(one.code)
        is_yes = isinstance(one.value, Code) and one.value.code in ("77386006", "yes")
        if measurable is not None and measurable.name == "pregnancy" and is_yes:
            return ["the record says male and pregnant: check whose record it is"]
    return []
