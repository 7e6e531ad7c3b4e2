"""Where the probability before the film comes from, in words, and what it has in it already."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from osler.assess.facts import Facts
from osler.assess.picking import State
from osler.assess.words import percent, ratio
from osler.clinical import Estimate, Finding, Interval
from osler.errors import Misuse
from osler.standards.guideline import FindingRatio, Ratio

CALIBRATION_SHARE = "share in the calibration set, not the prevalence here: give --pretest"
SET_FOR_SITE = "set for this site"

Pretests = Mapping[str, tuple[float, str]]


@dataclass(frozen=True)
class Pretest:
    """A probability above 0 and below 1, its source, and the steps that led to it.

    ``interval`` is None where it is taken as exact. ``pull`` is the natural logarithm of what the
    record multiplies the odds by, 0 where the record is not in it. ``is_given``: somebody or some
    model stated it for this patient or place.
    """

    value: float
    source: str
    steps: tuple[str, ...] = ()
    interval: Interval | None = None
    pull: float = 0.0
    is_given: bool = True


@dataclass(frozen=True)
class Known:
    """One published ratio that applies to the patient."""

    ratio: FindingRatio
    used: Ratio
    words: str

    @property
    def strength(self) -> float:
        """How far it moves the log-odds."""
        return abs(math.log(self.used.value))


def pretest_of(
    finding: Finding,
    *,
    pretests: Pretests,
    estimates: Sequence[Estimate] = (),
    facts: Facts | None = None,
) -> Pretest | None:
    """Return the probability before the film, None where there is none to start from.

    In this order: what somebody typed in; a record model of the same condition whose card allows
    it; the site's prevalence with the strongest published ratio that is known of the patient; the
    share in the model's calibration set, where that means anything.
    """
    if finding.name in pretests:
        value, source = pretests[finding.name]
        if source != SET_FOR_SITE:
            return Pretest(value, source)
    estimate = fitting(finding, estimates)
    if estimate is not None:
        return _of_estimate(estimate)
    if finding.name in pretests:
        return _at_site(finding, pretests[finding.name], facts)
    if not finding.needs_pretest and 0 < finding.prevalence < 1:
        return Pretest(finding.prevalence, CALIBRATION_SHARE, is_given=False)
    return None


def fitting(finding: Finding, estimates: Sequence[Estimate]) -> Estimate | None:
    """Return the record model's estimate of the same condition that may stand before a film."""
    for one in estimates:
        code = one.condition
        is_same = code is not None and (code.system, code.code) == (
            finding.code.system,
            finding.code.code,
        )
        if one.pretest and is_same and 0 < one.probability.value < 1:
            return one
    return None


def ratios_of(finding: Finding, facts: Facts) -> tuple[FindingRatio, ...]:
    """Return the verified ratios that a source gives for this finding and this age."""
    age = facts.age_years
    return tuple(
        one
        for one in facts.guidelines.likelihood_ratios.ratios
        if finding.name.lower() in one.findings
        and one.source.is_verified()
        and age is not None
        and age >= one.minimum_age_years
    )


def known_of(one: FindingRatio, facts: Facts) -> Known | None:
    """Return a ratio where the patient's value is known and the source has one for it."""
    age = timedelta(hours=one.maximum_age_hours)
    fact = facts.measured(one.measured, age) if one.measured else facts.stated(one.stated, age)
    if fact.state is not State.FRESH:
        return None
    if one.measured:
        if fact.number is None:
            return None
        used = one.present if one.holds(fact.number) else one.absent
    else:
        used = one.present if fact.answer == "yes" else one.absent
    return Known(one, used, fact.words) if used is not None else None


def _of_estimate(estimate: Estimate) -> Pretest:
    """Take a record model's probability."""
    return Pretest(
        estimate.probability.value,
        f"record model {estimate.model.name} {estimate.model.version}",
        interval=_inside(estimate.probability),
        pull=estimate.logit - estimate.intercept,
    )


def _at_site(finding: Finding, site: tuple[float, str], facts: Facts | None) -> Pretest:
    """Take the site's prevalence, and multiply its odds by the strongest known ratio."""
    value, source = site
    if not 0 < value < 1:
        raise Misuse(
            f"{finding.name}: the pre-test probability is {value:g}, expected a number above 0 and "
            "below 1 (12 % is 0.12); give another one"
        )
    found = [] if facts is None else [known_of(one, facts) for one in ratios_of(finding, facts)]
    known = [one for one in found if one is not None]
    if not known:
        return Pretest(value, source)
    best = max(known, key=lambda one: one.strength)
    moved = Interval(
        after(value, best.used.value), after(value, best.used.low), after(value, best.used.high)
    )
    others = ""
    if len(known) > 1:
        others = "; the other findings are not multiplied in, as they are not independent of it"
    steps = (
        f"prevalence here: {percent(value)} % ({source})",
        (
            f"{best.ratio.display} ({best.words}) multiplies the odds by "
            f"{ratio(best.used.value)} ({ratio(best.used.low)} to {ratio(best.used.high)}; "
            f"{best.ratio.source.citation}){others}"
        ),
    )
    return Pretest(
        moved.value,
        f"prevalence here and {best.ratio.display}",
        steps=steps,
        interval=moved,
        pull=math.log(best.used.value),
    )


def after(pretest: float, likelihood_ratio: float) -> float:
    """Return the probability after a finding with this likelihood ratio."""
    odds = pretest / (1 - pretest) * likelihood_ratio
    return odds / (1 + odds)


def _inside(interval: Interval) -> Interval:
    """Keep bounds off 0 and 1, where odds end."""
    low, high = max(interval.low, 1e-6), min(interval.high, 1 - 1e-6)
    return Interval(interval.value, min(low, interval.value), max(high, interval.value))
