"""A patient as the example of a score describes one."""

from collections.abc import Mapping

from osler.assess.examples import facts_of as described
from osler.assess.facts import Facts
from osler.standards.guideline import Given, ScoreDefinition, shipped


def facts_of(given: Mapping[str, Given], factors: Mapping[str, float] | None = None) -> Facts:
    """Return a patient for whom exactly these things are stated, by the shipped guidelines."""
    return described(given, shipped(), factors=factors)


def units_of(definition: ScoreDefinition) -> dict[str, float]:
    """Return the factor of each measurement of a score, from its unit to Osler's."""
    parts = {part.measured: part.divide_by for item in definition.items for part in item.parts}
    inputs = definition.formula.inputs if definition.formula else ()
    return parts | {one.measured: one.divide_by for one in inputs}
