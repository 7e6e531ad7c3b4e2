"""From what a document states to an observation in Osler's unit, with every change named."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from osler.clinical import Code, Observation, Quantity
from osler.errors import WrongUnit
from osler.standards.terminology.tables import Measurable, answer_of, answer_words, measurable_of
from osler.standards.terminology.units import ONE, convert, ucum_code

NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


class Bounds(Protocol):
    """The range outside which a value is taken for an error of entry, in Osler's unit."""

    @property
    def low(self) -> float:
        """The lowest value that is believed."""

    @property
    def high(self) -> float:
        """The highest value that is believed."""

    @property
    def source(self) -> str:
        """Where the bounds come from."""


@dataclass(frozen=True)
class Stated:
    """One observation as a document states it, before anything is converted.

    ``raw`` is the statement as a person would read it; ``repairs`` are changes already made.
    """

    code: Code
    value: float | str | Code | None
    unit: str | None
    effective: datetime | None
    raw: str
    repairs: tuple[str, ...] = ()


def to_observation(
    stated: Stated, bounds: Mapping[str, Bounds], *, now: datetime | None = None
) -> Observation:
    """Turn a statement into an observation: Osler's unit, plausible or said not to be.

    Parameters
    ----------
    stated
        What the document says.
    bounds
        Plausible ranges by the name of the measurement.
    now
        Where given, an effective time after it is flagged.

    Returns
    -------
    The observation. A value that cannot be converted is None, and ``implausible`` says why;
    nothing is dropped.
    """
    measurable = measurable_of(stated.code)
    if measurable is None:
        observation = _unknown(stated)
    elif measurable.answers is not None:
        observation = _answered(stated, measurable, measurable.answers)
    else:
        observation = _measured(stated, measurable, bounds.get(measurable.name))
    return _dated(observation, now)


def _unknown(stated: Stated) -> Observation:
    """Keep an observation whose code Osler does not know, in its own unit."""
    value = stated.value
    if isinstance(value, float) and math.isfinite(value):
        return _observation(stated, Quantity(value, ucum_code(stated.unit or ONE)))
    if value is None or isinstance(value, Code):
        return _observation(stated, value)
    return _observation(stated, str(value))


def _answered(stated: Stated, measurable: Measurable, kind: str) -> Observation:
    """Read one of a list of answers."""
    known = measurable.known_code(stated.code)
    value = stated.value
    if value is None and known is not None:
        value = known.means
    if value is None:
        return _observation(stated, None)
    words = value if isinstance(value, Code) else _word(value)
    answer = answer_of(kind, words)
    if answer is None and isinstance(words, Code):
        answer = answer_of(kind, words.display)
    if answer is not None:
        return _observation(stated, answer.code)
    expected = ", ".join(answer_words(kind))
    return _observation(
        stated,
        words,
        implausible=f"{measurable.display}: the answer {stated.raw!r} is not understood, expected "
        f"one of {expected}; correct it at the source",
    )


def _word(value: float | str) -> str:
    """Return a stated value as the word that the lists of answers know."""
    return f"{value:g}" if isinstance(value, float) else value


def _measured(stated: Stated, measurable: Measurable, bounds: Bounds | None) -> Observation:
    """Read a number, convert it, and compare it with what a patient can have."""
    if stated.value is None:
        return _observation(stated, None)
    stated = _numeric(stated)
    if not isinstance(stated.value, float) or not math.isfinite(stated.value):
        kept = stated.value if isinstance(stated.value, Code) else stated.raw
        return _observation(stated, kept)
    try:
        value, stated = _converted(stated, measurable, stated.value)
    except WrongUnit as fault:
        return _observation(stated, None, implausible=f"{measurable.display}: {fault}")
    return _observation(
        stated,
        Quantity(value, measurable.unit),
        implausible=_outside(value, measurable, bounds),
    )


def _numeric(stated: Stated) -> Stated:
    """Read a number that is written as text, saying so."""
    value = stated.value
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        note = f"number read from the text {value.strip()!r}"
        number = float(value.strip().replace(",", "."))
        return replace(stated, value=number, repairs=(*stated.repairs, note))
    return stated


def _converted(stated: Stated, measurable: Measurable, value: float) -> tuple[float, Stated]:
    """Return the value in Osler's unit, and the statement with the repairs named."""
    if not stated.unit:
        if not measurable.unit_may_be_omitted:
            raise WrongUnit(f"no unit is stated; state one that converts to {measurable.unit!r}")
        note = f"no unit stated, taken as {measurable.unit}"
        return value, replace(stated, repairs=(*stated.repairs, note))
    unit = ucum_code(stated.unit)
    known = measurable.known_code(stated.code)
    converted = convert(
        value, unit, measurable.unit, molar_mass=known.molar_mass if known else None
    )
    if unit == measurable.unit == stated.unit.strip():
        return converted, stated
    note = f"converted from {stated.unit.strip()} to {measurable.unit}"
    return converted, replace(stated, repairs=(*stated.repairs, note))


def _outside(value: float, measurable: Measurable, bounds: Bounds | None) -> str | None:
    """Return the sentence on a value that no patient has, None where the value is believed."""
    if bounds is None or bounds.low <= value <= bounds.high:
        return None
    return (
        f"{measurable.display} {value:g} {measurable.unit} is outside {bounds.low:g} to "
        f"{bounds.high:g} {measurable.unit} ({bounds.source}); it is shown but not used, check "
        "the value and its unit at the source"
    )


def _dated(observation: Observation, now: datetime | None) -> Observation:
    """Flag an observation that lies in the future."""
    effective = observation.effective
    if now is None or effective is None or effective <= now:
        return observation
    sentence = (
        f"the effective time {effective.isoformat()} lies after {now.isoformat()}; it is shown "
        "but not used, check the time at the source"
    )
    earlier = observation.implausible
    return replace(observation, implausible=f"{earlier} Also, {sentence}" if earlier else sentence)


def _observation(
    stated: Stated, value: Quantity | Code | str | None, *, implausible: str | None = None
) -> Observation:
    return Observation(
        stated.code,
        value,
        stated.effective,
        raw=stated.raw,
        repairs=stated.repairs,
        implausible=implausible,
    )
