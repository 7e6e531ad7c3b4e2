"""Suggestions by written rules, each with why, and with what holds it back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from osler.assess.facts import Facts
from osler.assess.picking import State
from osler.clinical import Finding, Recommendation, Score, Weighing
from osler.standards.fhir.paths import is_true
from osler.standards.fhir.record_bundle import record_bundle
from osler.standards.guideline import Rule, RulePack, UrgencyRule

_NAMED = re.compile(r"\{(\w+)\}")
STATED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Asked:
    """A patient as the rules see one: facts, scores, and what is positive on the images."""

    facts: Facts
    scores: Mapping[str, Score]
    positive: frozenset[str]

    @cached_property
    def bundle(self) -> Mapping[str, Any]:
        """The record as FHIR."""
        return record_bundle(self.facts.record)

    @cached_property
    def _fixed(self) -> dict[str, Any]:
        """Return the variables that do not depend on the rule."""
        facts, concepts = self.facts, self.facts.guidelines.concepts
        return {
            "age": facts.age_years if facts.age_years is not None else [],
            "sex": facts.sex or [],
            "pregnant": facts.pregnant if facts.pregnant is not None else [],
            "stated": facts.all_stated(STATED_FOR),
            "conditions": [name for name in concepts if facts.condition(name) is not None],
            "medicines": [name for name in concepts if facts.medicine(name) is not None],
            "allergies": [name for name in concepts if facts.allergy(name) is not None],
            "scores": {n: s.value for n, s in self.scores.items() if s.value is not None},
            "positive": sorted(self.positive),
        }

    def variables(self, rule: Rule | UrgencyRule) -> dict[str, Any]:
        """Return what a rule may ask for; a measurement that is too old is not there."""
        measured = self.facts.all_measured(timedelta(days=rule.maximum_age_days))
        return {**self._fixed, "measured": measured}

    def words(self, rule: Rule) -> Mapping[str, str]:
        """Return what stands for a name in the sentence that says why."""
        found = {name: f"{s.value:g}" for name, s in self.scores.items() if s.value is not None}
        age = timedelta(days=rule.maximum_age_days)
        for name in _NAMED.findall(rule.because):
            fact = self.facts.measured(name, age)
            if fact.state is State.FRESH:
                found.setdefault(name, fact.words)
        return found


def positive_names(findings: Sequence[Finding], weighings: Sequence[Weighing]) -> frozenset[str]:
    """Return the findings that are positive, in small letters.

    One that means nothing without a pre-test probability counts only where it was weighed.
    """
    weighed = {(one.model, one.name) for one in weighings}
    return frozenset(
        one.name.lower()
        for one in findings
        if one.positive and (not one.needs_pretest or (one.model.name, one.name) in weighed)
    )


def advise(asked: Asked) -> tuple[tuple[Recommendation, ...], tuple[str, ...]]:
    """Return what the verified rules suggest, and notes on rules that are past their time."""
    given, notes = [], []
    for pack in sorted(asked.facts.guidelines.rules.values(), key=lambda one: not one.acute):
        if pack.expires <= asked.facts.at.date():
            notes.append(f"Rules on {pack.display} gave no advice: they expired on {pack.expires}.")
            continue
        for rule in (one for one in pack.rules if one.is_verified()):
            try:
                found = suggestion(pack, rule, asked)
            except ValueError as fault:
                notes.append(_not_asked(f"{pack.name}/{rule.name}", fault))
                continue
            given += [found] if found is not None else []
    return tuple(given), tuple(notes)


def _not_asked(name: str, fault: ValueError) -> str:
    """Say that a rule failed on this patient: its silence is no answer."""
    return (
        f"The rule {name} could not be asked of this record, so its silence means nothing: {fault}"
    )


def suggestion(pack: RulePack, rule: Rule, asked: Asked) -> Recommendation | None:
    """Return what a rule suggests for a patient, None where it does not fire.

    Raises
    ------
    ValueError
        The rule's FHIRPath cannot be evaluated: `osler guidelines check` finds that.
    """
    variables = asked.variables(rule)
    if not is_true(rule.condition, asked.bundle, variables):
        return None
    held = tuple(
        one.text for one in rule.contraindications if is_true(one.when, asked.bundle, variables)
    )
    words = asked.words(rule)
    source = rule.source
    return Recommendation(
        text=rule.recommendation,
        why=_NAMED.sub(lambda m: words.get(m.group(1), "not known"), rule.because),
        source=f"{source.citation}, {source.version}, {source.page}",
        reviewer=source.reviewer,
        name=f"{pack.name}/{rule.name}",
        kind=rule.kind,
        strength=source.strength,
        evidence=source.evidence,
        read_in=source.verified_in,
        read_on=source.verified_on,
        expires=pack.expires,
        held_back=held,
    )
