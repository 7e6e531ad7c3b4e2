"""How soon a study should be read, by the written rules of the site."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from osler.assess.advising import Asked
from osler.assess.picking import State
from osler.clinical import Score, Urgency, Weighing
from osler.standards.fhir.paths import is_true
from osler.standards.guideline import UrgencyRule

ROUTINE = "routine"
LEVELS = ("immediate", "urgent")
_NAMED = re.compile(r"\{(\w+)\}")


def urgency_of(asked: Asked, weighings: Sequence[Weighing], warning: Score | None) -> Urgency:
    """Return the highest level of which a rule holds, with the reasons of that level.

    Parameters
    ----------
    asked
        The patient as the rules see one.
    weighings
        Give ``%posttest``; of several of one name the highest counts.
    warning
        NEWS2, where there is a record.
    """
    rules = asked.facts.guidelines.urgency
    posttest: dict[str, float] = {}
    for one in weighings:
        name = one.name.lower()
        posttest[name] = max(one.posttest.value, posttest.get(name, 0.0))
    scores = {} if warning is None or warning.value is None else {"news2": warning.value}
    for level in LEVELS:
        reasons = tuple(
            _because(rule, asked, scores)
            for rule in rules.rules
            if rule.level == level and _holds(rule, asked, scores=scores, posttest=posttest)
        )
        if reasons:
            return Urgency(level, reasons, rules.source.citation)
    return Urgency(ROUTINE, (), rules.source.citation)


def _holds(
    rule: UrgencyRule, asked: Asked, *, scores: dict[str, Any], posttest: dict[str, float]
) -> bool:
    """Tell whether a rule holds. What is not known makes none hold; one that fails does."""
    given = asked.variables(rule)
    given["scores"] = {**given["scores"], **scores}
    try:
        return is_true(rule.condition, asked.bundle, {**given, "posttest": posttest})
    except ValueError:
        # A rule that fails on a patient must not hide them: whoever reads decides.
        return True


def _because(rule: UrgencyRule, asked: Asked, scores: dict[str, Any]) -> str:
    """Say why a rule holds, with the values that it names."""
    age = timedelta(days=rule.maximum_age_days)

    def said(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in scores:
            return f"{scores[name]:g}"
        score = asked.scores.get(name)
        if score is not None and score.value is not None:
            return f"{score.value:g}"
        fact = asked.facts.measured(name, age)
        return fact.words if fact.state is State.FRESH else "not known"

    return _NAMED.sub(said, rule.because)
