"""A patient as the example of a score or rule describes one."""

from collections.abc import Mapping

from make.record import NOW, TAKEN
from osler.assess.facts import Facts
from osler.clinical import LOINC, OSLER, Code, Observation, Patient, Quantity, Record, Sex
from osler.standards.guideline import Given, ScoreDefinition, shipped
from osler.standards.terminology import answer_of, measurable_named


def facts_of(given: Mapping[str, Given], units: Mapping[str, float] | None = None) -> Facts:
    """Return a patient for whom exactly these things are stated, an hour ago.

    ``units``: how many of Osler's units one of the example's units is, by name.
    """
    rest = {name: value for name, value in given.items() if name not in ("age", "sex")}
    age = given.get("age", 50.0)
    assert isinstance(age, float)
    patient = Patient(sex=Sex(str(given.get("sex", "unknown"))), stated_age_years=age)
    seen = tuple(_observed(n, v, (units or {}).get(n, 1.0)) for n, v in rest.items())
    return Facts(Record(patient, seen), NOW, age, shipped())


def units_of(definition: ScoreDefinition) -> dict[str, float]:
    """Return the factor of each measurement of a score, from its unit to Osler's."""
    parts = {part.measured: part.divide_by for item in definition.items for part in item.parts}
    inputs = definition.formula.inputs if definition.formula else ()
    return parts | {one.measured: one.divide_by for one in inputs}


def _observed(name: str, value: Given, factor: float) -> Observation:
    """Return one observation."""
    known = measurable_named(name)
    if known is None:
        code = Code(OSLER, name, name)
        if isinstance(value, bool):
            return Observation(code, "yes" if value else "no", TAKEN, raw=str(value))
        stated = value if isinstance(value, str) else Quantity(value * factor, "1")
        return Observation(code, stated, TAKEN, raw=str(value))
    code = known.codes[0].code
    if isinstance(value, str):
        assert known.answers is not None, name
        answer = answer_of(known.answers, value)
        assert answer is not None, value
        return Observation(code, answer.code, TAKEN, raw=value)
    assert code.system == LOINC, name
    assert not isinstance(value, bool), name
    return Observation(code, Quantity(value * factor, known.unit), TAKEN, raw=str(value))
