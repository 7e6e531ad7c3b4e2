"""Findings and record weighed together for one patient."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from osler.assess.advising import Asked, advise, positive_names
from osler.assess.changing import conflict_of, would_change
from osler.assess.early_warning import news2
from osler.assess.facts import Facts
from osler.assess.pretests import Pretests, pretest_of
from osler.assess.scores import due_scores, every_score
from osler.assess.trends import trends_of
from osler.assess.urgency import urgency_of
from osler.assess.weighing import weigh
from osler.assess.words import listed
from osler.clinical import (
    Assessment,
    Estimate,
    Finding,
    Patient,
    Recommendation,
    Record,
    Score,
    Weighing,
)
from osler.standards.guideline import Guidelines

INDEPENDENCE = (
    "The probability after the film holds only if what the probability before it was taken from is "
    "independent of the film, given whether the condition is present."
)
AGE_TOLERANCE_YEARS = 1.0


@dataclass(frozen=True)
class Besides:
    """What goes into an assessment besides findings and record.

    An estimate of a finding's condition that its card allows is the probability before the film,
    unless somebody typed one in. ``scores`` are names of scores that were asked for.
    """

    estimates: tuple[Estimate, ...] = ()
    scores: tuple[str, ...] = ()


def assess(
    findings: Sequence[Finding],
    record: Record | None,
    *,
    pretests: Pretests,
    at: datetime,
    age_years: float | None,
    guidelines: Guidelines,
    besides: Besides | None = None,
) -> Assessment:
    """Weigh each finding, score the record, and say what was assumed.

    Parameters
    ----------
    findings
        What the models state.
    record
        The patient's record, None where there is none: then no score is given.
    pretests
        Probability before the film and its source in words, by the finding's name.
    at
        The time of the assessment, with its zone.
    age_years
        The age at that time, None where it is not known.
    guidelines
        Definitions with their sources.
    besides
        Estimates of record models, and scores to give whatever they say; NEWS2 is always given.

    Returns
    -------
    The assessment. Without a record, no score is given and no rule is asked.

    Raises
    ------
    Misuse
        A pre-test probability is not above 0 and below 1, or ``at`` has no zone.
    """
    besides = besides or Besides()
    facts = Facts(record, at, age_years, guidelines) if record is not None else None
    weighings = _weighings(
        findings, facts, pretests=pretests, estimates=besides.estimates, guidelines=guidelines
    )
    positive = positive_names(findings, weighings)
    scores: tuple[Score, ...] = ()
    every: Mapping[str, Score] = {}
    advice: tuple[Recommendation, ...] = ()
    expired: tuple[str, ...] = ()
    if facts is not None and record is not None:
        warning = news2(record, at=at, age_years=age_years, guidelines=guidelines)
        every = every_score(facts)
        scores = (warning, *due_scores(facts, every, positive=positive, asked=besides.scores))
        advice, expired = advise(Asked(facts, every, positive))
    seen = facts or Facts(Record(Patient()), at, age_years, guidelines)
    notes = (
        *(one.conflict for one in weighings if one.conflict),
        *_weighing_notes(findings, weighings, pretests),
        *_record_notes(record, at=at, age_years=age_years),
        *expired,
    )
    soon = urgency_of(Asked(seen, every, positive), weighings, scores[0] if scores else None)
    return Assessment(weighings, scores, advice, notes, soon, trends_of(facts) if facts else ())


def _weighings(
    findings: Sequence[Finding],
    facts: Facts | None,
    *,
    pretests: Pretests,
    estimates: Sequence[Estimate],
    guidelines: Guidelines,
) -> tuple[Weighing, ...]:
    """Weigh each finding that there is a probability to start from."""
    weighings = []
    for finding in findings:
        before = pretest_of(finding, pretests=pretests, estimates=estimates, facts=facts)
        if before is None:
            continue
        weighing = weigh(
            finding,
            pretest=before.value,
            pretest_source=before.source,
            pretest_interval=before.interval,
            earlier=before.steps,
        )
        conflict = conflict_of(finding, before, facts=facts, guidelines=guidelines)
        change = would_change(finding, before, facts=facts)
        weighings.append(replace(weighing, conflict=conflict, would_change=change))
    return tuple(weighings)


def _weighing_notes(
    findings: Sequence[Finding], weighings: Sequence[Weighing], pretests: Pretests
) -> tuple[str, ...]:
    """Say what the weighings assume, and which could not be made or agree with nothing."""
    notes = [INDEPENDENCE] if weighings else []
    weighed = {(weighing.model, weighing.name) for weighing in weighings}
    notes += [
        _not_weighed(finding)
        for finding in findings
        if (finding.model.name, finding.name) not in weighed
    ]
    unused = tuple(sorted(set(pretests) - {finding.name for finding in findings}))
    if unused:
        notes.append(
            f"A pre-test probability was given for {listed(unused)}, but nothing was judged under "
            "that name."
        )
    return (*notes, *_repeated(findings))


def _not_weighed(finding: Finding) -> str:
    """Say why a finding was not weighed."""
    if finding.needs_pretest:
        return (
            f"{finding.display}: not weighed, and no diagnosis. The number says how far the film "
            "looks like those of patients in a set that was put together by design; give the "
            f"pre-test probability of this patient or place (--pretest {finding.name}=P)."
        )
    return (
        f"{finding.display}: not weighed, as its calibration set held only one kind of patient and "
        "no pre-test probability was given; give --pretest"
    )


def _repeated(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Name conditions that several models judged, and whether they disagree."""
    notes = []
    counts = Counter(finding.name for finding in findings)
    for name, count in counts.items():
        if count < 2:
            continue
        verdicts = {finding.positive for finding in findings if finding.name == name}
        agree = "they disagree" if len(verdicts) > 1 else "they agree"
        notes.append(
            f"{count} models judged {name}; {agree}, and each is weighed on its own: their "
            "multipliers are not independent and must not be combined."
        )
    return tuple(notes)


def _record_notes(
    record: Record | None, *, at: datetime, age_years: float | None
) -> tuple[str, ...]:
    """Say which of the record's values were not used, and where it contradicts the age."""
    if record is None:
        return ()
    notes = []
    later = sum(1 for one in record.observations if one.effective and one.effective > at)
    if later:
        notes.append(f"{later} values are dated after the time of this assessment and not used.")
    implausible = sum(1 for one in record.observations if one.implausible)
    if implausible:
        notes.append(f"{implausible} values of the record are implausible and not used.")
    recorded = record.patient.age_on(at.date())
    if recorded is None or age_years is None:
        return tuple(notes)
    if abs(recorded - age_years) > AGE_TOLERANCE_YEARS:
        notes.append(
            f"The record gives an age of {recorded:.0f} years, the study {age_years:.0f}; the "
            "study's was used. Check that both are of one patient."
        )
    return tuple(notes)
