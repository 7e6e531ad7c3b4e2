"""National Early Warning Score 2. What cannot be computed has no value; it is never zero.

References
----------
Royal College of Physicians, National Early Warning Score (NEWS) 2, London 2017. All numbers are
in ``guidelines/news2.toml``; how old a value may be is in ``guidelines/freshness.toml``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from osler.assess.picking import State
from osler.assess.population import Scale, is_pregnant, pregnancy_note, saturation_scale
from osler.assess.scoring import (
    Item,
    Question,
    breathing,
    consciousness_item,
    measured_item,
    saturation_item,
)
from osler.assess.words import listed
from osler.clinical import Record, Score
from osler.errors import Misuse
from osler.standards.guideline import Guidelines, News2


@dataclass(frozen=True)
class _Outcome:
    """What is left to say once the items are known, or that there are none."""

    reason: str
    items: tuple[Item, ...] = ()
    value: int | None = None
    not_applicable: bool = False
    also_missing: tuple[str, ...] = ()
    band: str = ""


def news2(
    record: Record, *, at: datetime, age_years: float | None, guidelines: Guidelines
) -> Score:
    """Score a patient at a time, from values that are fresh then.

    Parameters
    ----------
    record
        The patient's record.
    at
        The time of the question, with its zone. Later values are not used.
    age_years
        The age at that time, None where it is not known.
    guidelines
        The score's definition and how old a value may be.

    Returns
    -------
    The score. ``value`` is None where an item is missing or stale, where the age is unknown, and
    where the score does not hold (``not_applicable``: under 16 years, in pregnancy). ``inputs``
    lists the points of the items that are there, also then.

    Raises
    ------
    Misuse
        ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise Misuse(f"the time {at.isoformat()} has no zone; give one, for example +00:00")
    definition = guidelines.news2
    outcome = _population(record, at=at, age_years=age_years, guidelines=guidelines)
    if outcome is None:
        outcome = _scored(record, at=at, age_years=age_years or 0.0, guidelines=guidelines)
    return _score(outcome, definition)


def _population(
    record: Record, *, at: datetime, age_years: float | None, guidelines: Guidelines
) -> _Outcome | None:
    """Return why the score is not computed for this patient, None where it is."""
    minimum = guidelines.news2.minimum_age_years
    if age_years is None:
        reason = (
            f"cannot be computed: the age is not known, and the score holds from {minimum:g} years"
        )
        return _Outcome(reason, also_missing=("age",))
    if age_years < minimum:
        reason = (
            f"does not apply: the patient is {age_years:.1f} years old, and the score holds from "
            f"{minimum:g} years"
        )
        return _Outcome(reason, not_applicable=True)
    if is_pregnant(record, at=at, guidelines=guidelines):
        reason = "does not apply: the record states a pregnancy"
        return _Outcome(reason, not_applicable=True)
    return None


def _scored(record: Record, *, at: datetime, age_years: float, guidelines: Guidelines) -> _Outcome:
    """Score every row of the chart, and add up where all are there."""
    definition = guidelines.news2
    hours = guidelines.freshness.news2.maximum_age_hours
    question = Question(record, at, timedelta(hours=hours))
    scale = saturation_scale(record, at=at, guidelines=guidelines)
    items = _items(question, definition, scale)
    note = pregnancy_note(
        record,
        age_years=age_years,
        pregnant=is_pregnant(record, at=at, guidelines=guidelines),
        guidelines=guidelines,
    )
    complete = all(item.used is not None for item in items)
    total = sum(int(item.used.points or 0) for item in items if item.used is not None)
    parts = (_completeness(items), f"{scale.why}.", note)
    reason = " ".join(part for part in parts if part)
    value = total if complete else None
    return _Outcome(reason, items, value, band=_band(items, value, definition))


def _items(question: Question, definition: News2, scale: Scale) -> tuple[Item, ...]:
    """Return the seven rows in the chart's order."""
    air = breathing(question, definition)
    rows = {
        row.name: measured_item(question, row)
        for row in definition.parameters
        if row.name != "spo2"
    }
    saturation = saturation_item(question, definition, scale=scale.number, air=air)
    return (
        rows["respiratory_rate"],
        saturation,
        air.item,
        rows["systolic"],
        rows["heart_rate"],
        consciousness_item(question, definition),
        rows["temperature"],
    )


def _completeness(items: tuple[Item, ...]) -> str:
    """Say that all items are there, or which are not and why."""
    absent = [f"{item.name} ({item.state}: {item.why})" for item in items if item.used is None]
    if not absent:
        return "All items are there."
    scored = len(items) - len(absent)
    return f"Cannot be computed, {scored} of {len(items)} items scored: {'; '.join(absent)}."


def _band(items: tuple[Item, ...], value: int | None, definition: News2) -> str:
    """Say what the sum means; a single red score is named whatever the sum."""
    risk = definition.risk
    red = tuple(
        item.name
        for item in items
        if item.used is not None and (item.used.points or 0) >= risk.red_points
    )
    flag = f"single red score ({risk.red_points} points): {listed(red)}" if red else ""
    if value is None:
        return f"not computed; {flag}" if red else ""
    meaning = next(band for band in risk.bands if band.holds(value))
    if red and meaning is risk.bands[0]:
        return f"{risk.red}; {flag}"
    return f"{meaning.text}; {flag}" if red else meaning.text


def _score(outcome: _Outcome, definition: News2) -> Score:
    items = outcome.items
    return Score(
        name=definition.name,
        display=definition.display,
        value=outcome.value,
        inputs=tuple(item.used for item in items if item.used is not None),
        missing=(
            *outcome.also_missing,
            *(item.name for item in items if item.state is State.MISSING),
        ),
        stale=tuple(item.name for item in items if item.state is State.STALE),
        not_applicable=outcome.not_applicable,
        reason=outcome.reason,
        band=outcome.band,
        source=definition.source.citation,
        verified=definition.is_verified(),
    )
