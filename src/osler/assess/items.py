"""One item of a score at a time: which of its parts is there, and how many points it gives."""

from dataclasses import dataclass
from datetime import timedelta

from osler.assess.facts import Fact, Facts
from osler.assess.picking import State
from osler.assess.words import measured
from osler.clinical import ScoreInput
from osler.standards.guideline import Part, ScoreItem


@dataclass(frozen=True)
class Row:
    """One item: what was used, or what stood in the way."""

    name: str
    state: State
    used: ScoreInput | None = None
    why: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class _Scored:
    """One part: its points, None where it is not known."""

    part: Part
    fact: Fact
    points: float | None


def row_of(item: ScoreItem, facts: Facts, maximum_age: timedelta) -> Row:
    """Score one item. It is known where enough of its parts are."""
    parts = [part for part in item.parts if part.sex is None or part.sex == facts.sex]
    if not parts:
        return Row(item.display, State.MISSING, why="the sex is not known")
    scored = [_scored(part, facts, maximum_age) for part in parts]
    known = [one for one in scored if one.points is not None]
    best = max(known, key=lambda one: (one.points or 0.0, not one.fact.assumed), default=None)
    most = max(part.most for part in parts)
    is_enough = best is not None and (
        len(known) == len(scored) or item.needs == "any" or (best.points or 0.0) >= most
    )
    if best is None or not is_enough:
        lacking = next(one for one in scored if one.points is None)
        return Row(item.display, lacking.fact.state, why=_why(lacking, len(scored)))
    points = best.points or 0.0
    used = ScoreInput(
        item.display,
        best.fact.words,
        int(points) if points.is_integer() else points,
        best.fact.effective,
    )
    return Row(item.display, State.FRESH, used, assumed=best.fact.assumed)


def _scored(part: Part, facts: Facts, maximum_age: timedelta) -> _Scored:
    """Give one part its points, or say why it has none."""
    fact = fact_of(part, facts, maximum_age)
    if fact.state is not State.FRESH:
        return _Scored(part, fact, None)
    if not part.measured:
        return _Scored(part, fact, part.points if fact.answer == "yes" else 0.0)
    points, why = _banded(part, fact) if part.bands else _answered(part, fact)
    return _Scored(part, fact if points is not None else Fact(State.MISSING, why=why), points)


def _banded(part: Part, fact: Fact) -> tuple[float | None, str]:
    """Return the points of a number, or why there are none."""
    if fact.number is None:
        return None, f"the value is {fact.words!r}, expected a number"
    value = float(f"{fact.number / part.divide_by:.6g}")
    points = next((band.points for band in part.bands if band.holds(value)), None)
    return points, f"{measured(value, part.unit)} lies outside what the score knows"


def _answered(part: Part, fact: Fact) -> tuple[float | None, str]:
    """Return the points of an answer, or why there are none."""
    key = fact.answer or f"{fact.number:g}"
    answers = {name.lower(): points for name, points in part.answers.items()}
    expected = ", ".join(part.answers)
    return answers.get(key.lower()), f"the answer is {key!r}, expected one of {expected}"


def fact_of(part: Part, facts: Facts, maximum_age: timedelta) -> Fact:
    """Look up what a part asks for."""
    if part.measured:
        return facts.measured(part.measured, maximum_age)
    if part.stated:
        return _or_silence(facts.stated(part.stated, maximum_age), silence_is_no=part.silence_is_no)
    kind = "condition" if part.condition else "medicine"
    return facts.listed(kind, part.name, silence_is_no=part.silence_is_no)


def _or_silence(fact: Fact, *, silence_is_no: bool) -> Fact:
    """Take silence as a no where the score allows it."""
    if fact.state is State.MISSING and silence_is_no:
        return Fact(State.FRESH, answer="no", words="not stated", assumed=True)
    return fact


def _why(lacking: _Scored, parts: int) -> str:
    """Say what is not known, by name where the item has several parts."""
    name = lacking.part.name.replace("_", " ")
    return f"{name}: {lacking.fact.why}" if parts > 1 else lacking.fact.why
