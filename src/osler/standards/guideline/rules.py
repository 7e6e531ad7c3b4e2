"""Advice as data: when a rule fires, what it suggests, what holds it back, where it was read."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field, field_validator

from osler.standards.fhir.paths import parsed
from osler.standards.guideline.scores import Given
from osler.standards.guideline.values import Entry, Source

Kind = Literal["test", "treatment", "referral", "monitoring", "follow-up"]
VARIABLES = frozenset(
    {
        "age",
        "sex",
        "pregnant",
        "measured",
        "stated",
        "conditions",
        "medicines",
        "allergies",
        "scores",
        "positive",
        "resource",
        "context",
        "ucum",
    }
)
_VARIABLE = re.compile(r"%(\w+)")
_CONCEPT = re.compile(r"'(\w+)' in %(?:conditions|medicines|allergies)")
_SCORE = re.compile(r"%scores\.(\w+)")


def require_path(expression: str, *, also: frozenset[str] = frozenset()) -> str:
    """Refuse what is no FHIRPath, or asks for a variable that no rule is given."""
    parsed(expression)
    unknown = sorted(set(_VARIABLE.findall(expression)) - VARIABLES - also)
    if unknown:
        raise ValueError(
            f"%{unknown[0]} is no variable; expected one of "
            f"{', '.join(sorted(f'%{name}' for name in VARIABLES))}"
        )
    return expression


class RuleSource(Source):
    """Where a recommendation was read: version, page or table, and how strong it is said to be."""

    version: str
    page: str
    strength: str
    evidence: str


class Contraindication(Entry):
    """What holds a recommendation back, and how that is said."""

    when: str
    text: str

    @field_validator("when")
    @classmethod
    def _is_path(cls, value: str) -> str:
        return require_path(value)


class RuleExample(Entry):
    """A patient for whom a rule must fire, must be silent, or must be held back."""

    outcome: Literal["fires", "silent", "held back"]
    given: Mapping[str, Given] = Field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    medicines: tuple[str, ...] = ()
    allergies: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()


class Rule(Entry):
    """One recommendation. ``condition`` is FHIRPath over the patient's bundle.

    ``because`` says why it fired; ``{name}`` stands for a score, a measurement or the age.
    ``maximum_age_days``: older measurements are not used.
    """

    name: str
    kind: Kind
    condition: str
    recommendation: str
    because: str
    maximum_age_days: float
    source: RuleSource
    contraindications: tuple[Contraindication, ...] = ()
    examples: tuple[RuleExample, ...] = Field(min_length=2)

    @field_validator("condition")
    @classmethod
    def _is_path(cls, value: str) -> str:
        return require_path(value)

    @field_validator("examples")
    @classmethod
    def _both_ways(cls, value: tuple[RuleExample, ...]) -> tuple[RuleExample, ...]:
        """Refuse a rule that is not shown to fire, or not shown to be silent."""
        outcomes = {one.outcome for one in value}
        if not {"fires", "silent"} <= outcomes:
            raise ValueError("needs an example for which it fires and one for which it is silent")
        return value

    def paths(self) -> tuple[str, ...]:
        """Return all FHIRPath of the rule."""
        return (self.condition, *(one.when for one in self.contraindications))

    def concepts(self) -> frozenset[str]:
        """Return the names of the concepts that it asks for."""
        named = {name for path in self.paths() for name in _CONCEPT.findall(path)}
        for one in self.examples:
            named |= {*one.conditions, *one.medicines, *one.allergies}
        return frozenset(named)

    def scores(self) -> frozenset[str]:
        """Return the names of the scores that it asks for."""
        return frozenset(name for path in self.paths() for name in _SCORE.findall(path))

    def is_verified(self) -> bool:
        """Tell whether the recommendation was read in a named text."""
        return self.source.is_verified()


class RulePack(Entry):
    """The rules of one matter. A pack past ``expires`` gives no advice.

    Advice of an ``acute`` pack stands before that of others.
    """

    name: str
    display: str
    version: str
    written_on: date
    review_on: date
    expires: date
    acute: bool = False
    rules: tuple[Rule, ...] = Field(min_length=1)
