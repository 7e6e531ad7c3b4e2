"""One row of the NEWS2 chart at a time: which value, how many points."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from osler.assess.picking import Picked, State, pick
from osler.assess.words import measured
from osler.clinical import Code, Observation, Quantity, Record, ScoreInput
from osler.standards.guideline import Band, News2, Parameter
from osler.standards.terminology import answer_of

OXYGEN_NAME = "air or oxygen"
CONSCIOUSNESS_NAME = "consciousness"


@dataclass(frozen=True)
class Item:
    """One row: what was used and its points, or what stood in the way."""

    name: str
    state: State
    used: ScoreInput | None = None
    why: str = ""


@dataclass(frozen=True)
class Question:
    """The record, the time it is asked about, and how old its values may be."""

    record: Record
    at: datetime
    maximum_age: timedelta

    def pick(self, name: str) -> Picked:
        """Return the usable values of one measurement."""
        return pick(self.record, name, at=self.at, maximum_age=self.maximum_age)


@dataclass(frozen=True)
class Breathing:
    """Whether the patient breathes oxygen, as far as the record says; None is not known."""

    item: Item
    on_oxygen: bool | None


def band_points(value: float, bands: Iterable[Band], *, resolution: float) -> int:
    """Return the points of a value, rounded to the chart's resolution.

    An exact half lies between two bands; the one with more points is taken.

    Raises
    ------
    ValueError
        No band holds the value: the guideline file has a gap.
    """
    bands = tuple(bands)
    step = Decimal(str(resolution))
    exact = Decimal(f"{value:.10g}")
    points = []
    for rounding in (ROUND_HALF_UP, ROUND_HALF_DOWN):
        at_resolution = float((exact / step).quantize(Decimal(1), rounding=rounding) * step)
        points += [band.points for band in bands if band.holds(at_resolution)]
    if not points:
        raise ValueError(f"no band of the score holds {value}; the guideline file has a gap")
    return max(points)


def measured_item(question: Question, parameter: Parameter) -> Item:
    """Score one measured row."""
    return banded_item(question, parameter, parameter.bands)


def banded_item(question: Question, parameter: Parameter, bands: Iterable[Band]) -> Item:
    """Score one measured row on the given bands (the saturation has two sets of them)."""
    picked = question.pick(parameter.name)
    if picked.state is not State.FRESH:
        return Item(parameter.display, picked.state, why=picked.why)
    scored = []
    bands = tuple(bands)
    for observation in picked.observations:
        if isinstance(observation.value, Quantity):
            value = observation.value.value
            points = band_points(value, bands, resolution=parameter.resolution)
            words = measured(value, observation.value.unit)
            scored.append(ScoreInput(parameter.display, words, points, observation.effective))
    return _worst(parameter.display, scored)


def consciousness_item(question: Question, news2: News2) -> Item:
    """Score alert, new confusion, voice, pain or unresponsive."""
    picked = question.pick("consciousness")
    if picked.state is not State.FRESH:
        return Item(CONSCIOUSNESS_NAME, picked.state, why=picked.why)
    scored = []
    for observation in picked.observations:
        key = _answer(observation, "consciousness")
        if key is not None and isinstance(observation.value, Code):
            words, points = observation.value.display, news2.consciousness.points(key)
            scored.append(ScoreInput(CONSCIOUSNESS_NAME, words, points, observation.effective))
    return _worst(CONSCIOUSNESS_NAME, scored)


def breathing(question: Question, news2: News2) -> Breathing:
    """Score air or oxygen from the latest statement on it; not stated is missing, never air."""
    picks = {
        name: question.pick(name)
        for name in ("supplemental_oxygen", "oxygen_concentration", "oxygen_flow")
    }
    fresh = [
        (observation, on)
        for picked in picks.values()
        if picked.state is State.FRESH
        for observation in picked.observations
        if (on := _on_oxygen(observation, news2)) is not None
    ]
    if not fresh:
        return Breathing(_not_stated(picks.values()), None)
    latest = max(one.effective for one, _ in fresh if one.effective is not None)
    newest = [(one, on) for one, on in fresh if one.effective == latest]
    on_oxygen = any(on for _, on in newest)
    points = news2.oxygen.oxygen if on_oxygen else news2.oxygen.air
    words = "supplemental oxygen" if on_oxygen else "room air"
    used = ScoreInput(OXYGEN_NAME, words, points, latest)
    return Breathing(Item(OXYGEN_NAME, State.FRESH, used), on_oxygen)


def saturation_item(question: Question, news2: News2, *, scale: int, air: Breathing) -> Item:
    """Score the saturation on its scale; scale 2 needs to know air or oxygen."""
    parameter = next(row for row in news2.parameters if row.name == "spo2")
    if scale == 1:
        return measured_item(question, parameter)
    on_air = banded_item(question, parameter, news2.spo2_scale_2.on_air)
    on_oxygen = banded_item(question, parameter, news2.spo2_scale_2.on_oxygen)
    if air.on_oxygen is None and on_air != on_oxygen:
        why = "on scale 2 it cannot be scored while air or oxygen is not stated"
        return Item(parameter.display, State.MISSING, why=why)
    return on_oxygen if air.on_oxygen else on_air


def _not_stated(picks: Iterable[Picked]) -> Item:
    """Return the row for air or oxygen where nothing fresh says which."""
    picks = tuple(picks)
    for picked in picks:
        if picked.state is State.STALE:
            return Item(OXYGEN_NAME, State.STALE, why=picked.why)
    why = next((p.why for p in picks if p.why != "not in the record"), "not in the record")
    return Item(OXYGEN_NAME, State.MISSING, why=why)


def _on_oxygen(observation: Observation, news2: News2) -> bool | None:
    """Tell whether an observation states oxygen, air, or neither."""
    value = observation.value
    if isinstance(value, Code):
        return {"yes": True, "no": False}.get(_answer(observation, "oxygen") or "")
    if not isinstance(value, Quantity):
        return None
    limit = news2.oxygen.room_air_percent if value.unit == "%" else 0.0
    return value.value > limit


def _answer(observation: Observation, kind: str) -> str | None:
    value = observation.value
    answer = answer_of(kind, value) if isinstance(value, Code) else None
    return answer.key if answer is not None else None


def _worst(name: str, scored: list[ScoreInput]) -> Item:
    """Return the row with the most points of values taken at one time."""
    if not scored:
        return Item(name, State.MISSING, why="the value stated is not one that can be scored")
    return Item(name, State.FRESH, max(scored, key=lambda one: one.points or 0))
