"""Any score that is defined under ``guidelines/scores``: points, or a formula.

What cannot be computed has no value, and says what is missing or too old; it is never zero.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from osler.assess.facts import Facts
from osler.assess.formulas import computed
from osler.assess.items import Row, row_of
from osler.assess.picking import State
from osler.assess.words import listed
from osler.clinical import Score, ScoreInput
from osler.standards.guideline import Guidelines, ScoreDefinition

HALF = 0.5


def due_scores(
    facts: Facts,
    every: Mapping[str, Score],
    *,
    positive: frozenset[str] = frozenset(),
    asked: Iterable[str] = (),
) -> tuple[Score, ...]:
    """Return the scores that say something here, and those that were asked for.

    Parameters
    ----------
    facts
        The patient at a time.
    every
        All scores of the patient, from `every_score`.
    positive
        Names of positive findings, in small letters: some scores belong to a finding.
    asked
        Names of scores that are given whatever they say.
    """
    asked = frozenset(asked)
    return tuple(
        score
        for name, score in every.items()
        if name in asked
        or _is_due(facts.guidelines.scores[name], facts, score=score, positive=positive)
    )


def every_score(facts: Facts) -> Mapping[str, Score]:
    """Compute every score that is defined, by its name."""
    scores = facts.guidelines.scores
    return {name: score_of(one, facts) for name, one in scores.items()}


def score_of(definition: ScoreDefinition, facts: Facts) -> Score:
    """Compute one score. ``value`` is None where it cannot be computed; ``reason`` says why."""
    outside = _outside(definition, facts)
    if outside is not None:
        return _result(definition, reason=outside[0], not_applicable=outside[1])
    maximum_age = timedelta(hours=definition.maximum_age_hours)
    if definition.formula is not None:
        value, rows, why = computed(definition.formula, facts, maximum_age)
    else:
        rows = tuple(row_of(item, facts, maximum_age) for item in definition.items)
        value, why = _sum(rows), ""
    reason = " ".join(part for part in (why or _completeness(rows), _assumed(rows)) if part)
    band = _band(definition, value, facts.sex or "")
    return _result(definition, rows=rows, value=value, reason=reason, band=band)


def unknown_names(asked: Iterable[str], guidelines: Guidelines) -> tuple[str, ...]:
    """Return the names among those asked for that no score has."""
    return tuple(sorted(set(asked) - set(guidelines.scores) - {guidelines.news2.name}))


def _outside(definition: ScoreDefinition, facts: Facts) -> tuple[str, bool] | None:
    """Return why the score does not hold for this patient and whether that is sure."""
    people, age = definition.population, facts.age_years
    low, high = people.minimum_age_years, people.maximum_age_years
    if age is None and (low is not None or high is not None):
        return "Cannot be computed: the age is not known.", False
    note = f" ({people.note})" if people.note else ""
    if age is not None and low is not None and age < low:
        limit = f"it holds from {low:g}{note}"
        return f"Does not apply: the patient is {age:.0f} years old; {limit}.", True
    if age is not None and high is not None and age >= high + 1:
        limit = f"it holds to {high:g}{note}"
        return f"Does not apply: the patient is {age:.0f} years old; {limit}.", True
    if people.not_in_pregnancy and facts.pregnant:
        return "Does not apply: the record states a pregnancy.", True
    return None


def _sum(rows: tuple[Row, ...]) -> int | float | None:
    """Add up the points where every item is there."""
    points = [row.used.points for row in rows if row.used is not None]
    if len(points) < len(rows):
        return None
    return tidy(sum(one or 0 for one in points))


def tidy(value: float) -> int | float:
    """Return a whole number as one."""
    return int(value) if float(value).is_integer() else value


def _completeness(rows: tuple[Row, ...]) -> str:
    """Say that all items are there, or which are not and why."""
    absent = [f"{row.name} ({row.state}: {row.why})" for row in rows if row.used is None]
    if not absent:
        return ""
    known = len(rows) - len(absent)
    return f"Cannot be computed, {known} of {len(rows)} items known: {'; '.join(absent)}."


def _assumed(rows: tuple[Row, ...]) -> str:
    """Name the items that count as absent because the record does not list them."""
    names = tuple(row.name for row in rows if row.assumed)
    if not names:
        return ""
    return f"Not listed in the record, counted as absent: {listed(names)}."


def _band(definition: ScoreDefinition, value: float | None, sex: str) -> str:
    """Return what the result means."""
    if value is None:
        return ""
    return next((band.text for band in definition.bands if band.holds(value, sex)), "")


def _is_due(
    definition: ScoreDefinition, facts: Facts, *, score: Score, positive: frozenset[str]
) -> bool:
    """Tell whether a score says something here: computed, or of a condition that is there."""
    shown = definition.shown
    if shown.always:
        return score.value is not None
    by_condition = any(facts.condition(name) is not None for name in shown.with_conditions)
    if score.not_applicable or not (by_condition or positive & set(shown.with_findings)):
        return False
    items = len(score.inputs) + len(score.missing) + len(score.stale)
    return score.value is not None or len(score.inputs) >= HALF * items > 0


def _result(
    definition: ScoreDefinition,
    *,
    rows: tuple[Row, ...] = (),
    value: float | None = None,
    reason: str = "",
    band: str = "",
    not_applicable: bool = False,
) -> Score:
    used: tuple[ScoreInput, ...] = tuple(row.used for row in rows if row.used is not None)
    return Score(
        name=definition.name,
        display=definition.display,
        value=value,
        inputs=used,
        missing=tuple(row.name for row in rows if row.state is State.MISSING),
        stale=tuple(row.name for row in rows if row.state is State.STALE),
        not_applicable=not_applicable,
        reason=reason,
        band=band,
        source=definition.source.citation,
        verified=definition.is_verified(),
        unit=definition.unit,
    )
