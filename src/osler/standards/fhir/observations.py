"""FHIR Observation to statements: one a value, components apart.

References
----------
http://hl7.org/fhir/R4/observation.html
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from osler.clinical import Code
from osler.errors import NotReadable
from osler.standards.fhir.concepts import concept_code, read_concept, status_code
from osler.standards.fhir.shape import Json, inner, number, table, tables, text
from osler.standards.terminology import Stated
from osler.standards.terminology.times import Moment, read_moment

NOT_MEANT = frozenset({"entered-in-error", "cancelled"})
RAW_LENGTH = 200


@dataclass(frozen=True)
class _Value:
    """A value as stated: number, text or code, with the unit and the words of it."""

    value: float | str | Code | None
    raw: str
    unit: str | None = None
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True)
class _When:
    """The time of an observation, None where none is stated, and what was assumed."""

    at: datetime | None
    repairs: tuple[str, ...] = ()


def is_meant(resource: Json) -> bool:
    """Tell whether an Observation stands: neither entered in error nor cancelled."""
    return text(resource, "status") not in NOT_MEANT


def read_observation(resource: Json) -> tuple[Stated, ...]:
    """Return what an Observation states: its own value, then each component's.

    Raises
    ------
    NotReadable
        The resource is malformed: no code, or an element of the wrong kind.
    """
    when = _effective(resource)
    components = tables(resource, "component")
    own = _read_value(resource)
    holders = [(resource, own)] if own is not None or not components else []
    holders += [(component, _read_value(component)) for component in components]
    return tuple(_stated(holder, value, when) for holder, value in holders)


def _stated(holder: Json, value: _Value | None, when: _When) -> Stated:
    code = read_concept(holder, "code")
    if code is None:
        raise NotReadable("it has no code, so what was observed is unknown; code it at the source")
    if value is None:
        return Stated(code, None, None, when.at, _absence(holder), when.repairs)
    repairs = (*when.repairs, *value.repairs)
    return Stated(code, value.value, value.unit, when.at, value.raw, repairs)


def _absence(holder: Json) -> str:
    """Return the words for a value that is not there."""
    reason = status_code(holder, "dataAbsentReason")
    return f"no value: {reason}" if reason else "no value"


def _effective(resource: Json) -> _When:
    """Return the time of observation in UTC and what was assumed to know it."""
    for key in ("effectiveDateTime", "effectiveInstant"):
        found = text(resource, key)
        if found is not None:
            return _when(read_moment(found))
    period = inner(resource, "effectivePeriod")
    if period is not None:
        for key in ("end", "start"):
            found = text(period, key)
            if found is not None:
                return _when(read_moment(found), f"effective time is the {key} of a period")
    issued = text(resource, "issued")
    if issued is not None:
        return _when(read_moment(issued), "no effective time stated, taken from issued")
    return _When(None)


def _when(moment: Moment, *notes: str) -> _When:
    return _When(moment.at, (*moment.repairs, *notes))


def _read_value(holder: Json) -> _Value | None:
    """Return the value[x] of an Observation or component, None where there is none."""
    quantity = inner(holder, "valueQuantity")
    if quantity is not None:
        return _quantity(quantity)
    concept = inner(holder, "valueCodeableConcept")
    if concept is not None:
        code = concept_code(concept)
        return None if code is None else _Value(code, code.display or code.code)
    for key, value in _other_values(holder):
        return _plain(key, value)
    return None


def _other_values(holder: Json) -> Iterator[tuple[str, object]]:
    """Yield the remaining value[x] elements."""
    for key, value in holder.items():
        if key.startswith("value") and value is not None:
            yield key, value


def _plain(key: str, value: object) -> _Value:
    """Return a value that is not a Quantity or a concept, as text or number."""
    if isinstance(value, bool):
        words = "true" if value else "false"
        return _Value(words, words)
    if key == "valueInteger":
        count = number({key: value}, key)
        return _Value(count, f"{count:g}")
    if isinstance(value, str):
        return _Value(value, value[:RAW_LENGTH])
    words = json.dumps(table(value, key), ensure_ascii=False, sort_keys=True)
    return _Value(words, words[:RAW_LENGTH])


def _quantity(quantity: Json) -> _Value | None:
    """Return a Quantity; one with a comparator is no number to calculate with, so it is text."""
    value = number(quantity, "value")
    unit = text(quantity, "code") or text(quantity, "unit")
    if value is None:
        return None
    raw = f"{value:g} {unit}" if unit else f"{value:g}"
    comparator = text(quantity, "comparator")
    if comparator:
        note = f"stated with {comparator!r}: kept as text, not used as a number"
        return _Value(f"{comparator}{raw}", f"{comparator}{raw}", None, (note,))
    return _Value(value, raw, unit)
