"""The measurements and answers that Osler knows by code and by name.

References
----------
``_tables/origin.md`` says where each table comes from.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from osler.clinical import LOINC, OSLER, SNOMED, Code


@dataclass(frozen=True)
class KnownCode:
    """One code of a measurement.

    ``molar_mass`` is in g/mol, where mass and substance amount are both in use. ``means`` is
    the answer that the bare code stands for when no value is stated.
    """

    code: Code
    molar_mass: float | None = None
    means: str | None = None


@dataclass(frozen=True)
class Measurable:
    """Something that is measured or answered, its one unit, and the codes and names it goes by.

    ``unit`` is UCUM. ``answers`` names the list of answers, for what is not a number.
    """

    name: str
    display: str
    unit: str
    codes: tuple[KnownCode, ...]
    names: tuple[str, ...] = ()
    unit_may_be_omitted: bool = False
    answers: str | None = None

    def known_code(self, code: Code) -> KnownCode | None:
        """Return the entry of a code, None where the code is not one of this measurement."""
        for known in self.codes:
            if (known.code.system, known.code.code) == (code.system, code.code):
                return known
        return None


@dataclass(frozen=True)
class Answer:
    """One answer of a list: its short key, and the code that stands for it."""

    key: str
    code: Code
    words: tuple[str, ...]
    also: tuple[Code, ...] = ()

    def is_meant_by(self, stated: Code | str) -> bool:
        """Tell whether a stated code or word is this answer."""
        if isinstance(stated, str):
            return stated.strip().lower() in self.words
        pairs = {(code.system, code.code) for code in (self.code, *self.also)}
        return (stated.system, stated.code) in pairs


def measurable_of(code: Code) -> Measurable | None:
    """Return the measurement that a code stands for, None where Osler does not know the code."""
    return _by_code().get((code.system, code.code))


def measurable_named(name: str) -> Measurable | None:
    """Return the measurement of a convenience name such as ``heart_rate``, None if unknown."""
    return _by_name().get(name.strip().lower().replace(" ", "_").replace("-", "_"))


def answer_of(kind: str, stated: Code | str) -> Answer | None:
    """Return the answer that a stated code or word means in one list, None if none does."""
    for answer in _answers()[kind]:
        if answer.is_meant_by(stated):
            return answer
    return None


def answer_words(kind: str) -> tuple[str, ...]:
    """Return the keys of one list of answers, for an error sentence."""
    return tuple(answer.key for answer in _answers()[kind])


def measurables() -> tuple[Measurable, ...]:
    """Return every known measurement, in the order of the table."""
    return tuple(_measurables().values())


@cache
def _measurables() -> Mapping[str, Measurable]:
    return {name: _measurable(name, entry) for name, entry in _table("observations.toml").items()}


def _measurable(name: str, entry: Mapping[str, Any]) -> Measurable:
    codes = tuple(
        KnownCode(
            Code(known.get("system", LOINC), known["code"], known["display"]),
            known.get("molar_mass"),
            known.get("means"),
        )
        for known in entry["codes"]
    )
    return Measurable(
        name,
        entry["display"],
        entry["unit"],
        codes=codes,
        names=(name, *entry.get("names", ())),
        unit_may_be_omitted=entry.get("unit_may_be_omitted", False),
        answers=entry.get("answers"),
    )


@cache
def _by_code() -> Mapping[tuple[str, str], Measurable]:
    return {
        (known.code.system, known.code.code): measurable
        for measurable in measurables()
        for known in measurable.codes
    }


@cache
def _by_name() -> Mapping[str, Measurable]:
    return {name: measurable for measurable in measurables() for name in measurable.names}


@cache
def _answers() -> Mapping[str, tuple[Answer, ...]]:
    table = _table("answers.toml")
    return {kind: tuple(_answer(*item) for item in table[kind].items()) for kind in table}


def _answer(key: str, entry: Mapping[str, Any]) -> Answer:
    """Build an answer; its own code is SNOMED CT where there is one, else Osler's."""
    display = entry["display"]
    snomed, loinc = entry.get("snomed"), entry.get("loinc")
    code = Code(SNOMED, snomed, display) if snomed else Code(OSLER, key, display)
    also = (Code(LOINC, loinc, display),) if loinc else ()
    return Answer(key, code, tuple(entry["words"]), also)


def _table(name: str) -> dict[str, Any]:
    path = files("osler.standards.terminology") / "_tables" / name
    return tomllib.loads(path.read_text(encoding="utf-8"))
