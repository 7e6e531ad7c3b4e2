"""The patients that a rule's examples describe, and what the rule does with each."""

from collections.abc import Mapping
from datetime import UTC, datetime

from osler.assess.advising import Asked, suggestion
from osler.assess.facts import Facts
from osler.assess.scores import every_score
from osler.clinical import OSLER, Code, Condition, Observation, Patient, Quantity, Record, Sex
from osler.standards.guideline import Given, Guidelines, Rule, RuleExample, RulePack
from osler.standards.terminology import answer_of, measurable_named

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
AGE_YEARS = 50.0


def example_outcome(
    pack: RulePack, rule: Rule, example: RuleExample, *, guidelines: Guidelines
) -> str:
    """Return what a rule does with an example's patient: 'fires', 'silent' or 'held back'."""
    facts = facts_of(example.given, guidelines, example=example)
    positive = frozenset(example.positive)
    found = suggestion(pack, rule, Asked(facts, every_score(facts), positive))
    if found is None:
        return "silent"
    return "held back" if found.held_back else "fires"


def facts_of(
    given: Mapping[str, Given],
    guidelines: Guidelines,
    *,
    example: RuleExample | None = None,
    factors: Mapping[str, float] | None = None,
) -> Facts:
    """Return a patient for whom exactly these things are stated, at the time of the question.

    Parameters
    ----------
    given
        Values by the names of measurements, 'age', 'sex', or names that are entered.
    guidelines
        Where the concepts of the example are defined.
    example
        Also has these conditions, medicines and allergies.
    factors
        How many of Osler's units one of the given units is, by name.
    """
    age = given.get("age", AGE_YEARS)
    rest = {name: value for name, value in given.items() if name not in ("age", "sex")}
    concepts = guidelines.concepts

    def coded(names: tuple[str, ...]) -> tuple[Code, ...]:
        return tuple(Code("", "", concepts[name].words[0]) for name in names)

    record = Record(
        Patient(sex=Sex(str(given.get("sex", "unknown"))), stated_age_years=float(age)),
        tuple(_observed(n, v, (factors or {}).get(n, 1.0)) for n, v in rest.items()),
        tuple(map(Condition, coded(example.conditions if example else ()))),
        coded(example.medicines if example else ()),
        coded(example.allergies if example else ()),
    )
    return Facts(record, AT, float(age), guidelines)


def _observed(name: str, value: Given, factor: float) -> Observation:
    """Return one observation."""
    known = measurable_named(name)
    if known is None or isinstance(value, bool):
        word = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else value
        kept = word if isinstance(word, str) else Quantity(float(value) * factor, "1")
        return Observation(Code(OSLER, name, name), kept, AT, raw=str(value))
    code = known.codes[0].code
    if isinstance(value, str):
        answer = answer_of(known.answers or "", value) if known.answers else None
        return Observation(code, answer.code if answer else value, AT, raw=value)
    return Observation(code, Quantity(value * factor, known.unit), AT, raw=str(value))
