"""Where record and film disagree, and what would move the answer most."""

import math

from osler.assess.facts import Facts
from osler.assess.pretests import Known, Pretest, after, known_of, ratios_of
from osler.assess.words import percent, ratio
from osler.clinical import Finding
from osler.standards.guideline import Guidelines, Ratio


def conflict_of(
    finding: Finding, pretest: Pretest, *, facts: Facts | None, guidelines: Guidelines
) -> str:
    """Say where the record and the film point opposite ways, '' where they do not."""
    film, limit = finding.likelihood_ratio.value, guidelines.likelihood_ratios.conflict.at_least
    if film <= 0:
        return ""
    needed = math.log(limit)
    is_for, is_against = math.log(film) >= needed, math.log(film) <= -needed
    said = ""
    if pretest.pull >= needed and is_against:
        said = (
            f"the record speaks for it (odds x {ratio(math.exp(pretest.pull))}), the film against "
            f"it (x {ratio(film)})"
        )
    elif pretest.pull <= -needed and is_for:
        said = (
            f"the film speaks for it (odds x {ratio(film)}), the record against it "
            f"(x {ratio(math.exp(pretest.pull))})"
        )
    elif is_against:
        said = _listed_but_not_seen(finding, facts, guidelines)
    return f"{finding.display}: {said}. Look again at both." if said else ""


def _listed_but_not_seen(finding: Finding, facts: Facts | None, guidelines: Guidelines) -> str:
    """Say that the record lists what the film speaks against."""
    name = finding.name.lower()
    known = facts.condition(name) if facts and name in guidelines.concepts else None
    if known is None:
        return ""
    return (
        f"the record lists it as active ({known.display or known.code}), the film speaks against "
        f"it (odds x {ratio(finding.likelihood_ratio.value)})"
    )


def would_change(finding: Finding, pretest: Pretest, *, facts: Facts | None) -> str:
    """Say which input that is missing or unsure would move the answer most."""
    film = finding.likelihood_ratio.value
    if not pretest.is_given:
        low, high = (percent(after(value, film)) for value in (0.01, 0.1))
        return (
            "What would move it most: the pre-test probability of this place or patient, which "
            f"nobody gave. With 1 % before the film it is {low} % after, with 10 % {high} %."
        )
    lacking = _lacking(finding, facts) if pretest.pull == 0 else None
    if lacking is not None:
        moved = percent(after(after(pretest.value, lacking.used.value), film))
        return (
            f"What would move it most: {lacking.ratio.display} (not known); it would make it "
            f"{moved} %."
        )
    if pretest.interval is not None:
        low, high = (
            percent(after(bound, film)) for bound in (pretest.interval.low, pretest.interval.high)
        )
        return (
            f"What would move it most: the probability before the film, whose bounds alone give "
            f"{low} to {high} %."
        )
    doubled = percent(after(pretest.value, 2 * film))
    return (
        "What would move it most: the pre-test probability; with twice the odds before the film "
        f"it is {doubled} %."
    )


def _lacking(finding: Finding, facts: Facts | None) -> Known | None:
    """Return the strongest published ratio whose value is not known of the patient."""
    if facts is None:
        return None
    unknown = [
        Known(one, used, "not known")
        for one in ratios_of(finding, facts)
        if known_of(one, facts) is None and (used := _strongest(one.present, one.absent))
    ]
    return max(unknown, key=lambda one: one.strength, default=None)


def _strongest(*ratios: Ratio | None) -> Ratio | None:
    """Return the ratio that moves the odds furthest."""
    known = [one for one in ratios if one is not None]
    return max(known, key=lambda one: abs(math.log(one.value)), default=None)
