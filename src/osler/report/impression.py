"""The impression: at most three sentences, made by rules from the findings alone.

What was not assessed is never said to be absent: only the model's own negative findings are,
and of these only those that the record does not make probable again.
"""

from collections.abc import Iterable

from osler.clinical import Draft, Measurement, NotAssessed
from osler.report.ranking import Judged, display_of, judged, looked_by
from osler.report.words import (
    counted,
    inside_sentence,
    listed,
    number,
    percent,
    percents,
    sentence,
    unit,
    with_interval,
)

NAMED = 4
OF_RECORD = "record "
WEAK_WORDS = frozenset({"less likely", "unlikely"})
NAMED_ABSENT = 8
MADE_FOR_OTHERS = "other images"
OTHER_KINDS = frozenset({"modality", "body part", "no pixels", MADE_FOR_OTHERS})
NAMED_STILL_PROBABLE = 3


def impression(draft: Draft) -> tuple[str, ...]:
    """Return one to three sentences: what is likely, what was not seen, what was not judged."""
    findings = judged(draft)
    if not findings:
        first = measured(draft) or _nothing_found(draft)
        return tuple(text for text in (first, _from_record(draft)) if text)
    meant = tuple(one for one in findings if not one.waits)
    missed = not_said(draft, findings)
    said = (likely(meant) if meant else "", not_seen(draft, meant), missed)
    if not any(one.finding.positive for one in meant):
        # Nothing found and something not looked at: a hurried reader must not take it as normal.
        said = (missed, *said[:2])
    return tuple(text for text in said if text)


def measured(draft: Draft) -> str:
    """Say what was outlined or counted where no model judges a finding on these images."""
    if not draft.outlines or not draft.measurements:
        return ""
    sizes = [
        f"{inside_sentence(one.display)} {_size(one)}".strip() for one in draft.measurements[:NAMED]
    ]
    rest = len(draft.measurements) - len(sizes)
    more = f", and {counted(rest, 'other')} (see Measurements)" if rest > 0 else ""
    return f"Measured, no finding is judged on these images: {listed(sizes)}{more}."


def _size(one: Measurement) -> str:
    """Print what was measured with its unit."""
    return f"{number(one.quantity.value)} {unit(one.quantity.unit)}".strip()


def _nothing_found(draft: Draft) -> str:
    """Say why no film was assessed; a record alone with an estimate needs no such sentence."""
    if draft.study_uid is None and draft.estimates:
        return ""
    return f"No finding could be assessed: {why_nothing(draft)}"


def _from_record(draft: Draft) -> str:
    """Say what models of the record estimate where no film was assessed.

    What stands alone is named without its number, which could read as a diagnosis: it holds among
    patients like those of the training set.
    """
    ordered = sorted(draft.estimates, key=lambda one: -one.probability.value)
    meant = [
        f"{inside_sentence(one.display)} {with_interval(one.probability)}"
        for one in ordered
        if one.pretest
    ]
    alone = [inside_sentence(one.display) for one in ordered if not one.pretest]
    parts = [f"Estimated from the record alone: {'; '.join(meant)}."] if meant else []
    if alone:
        parts.append(
            f"Scored from the record, no statement on this patient by itself: {'; '.join(alone)} "
            "(see Estimates from the record)."
        )
    return " ".join(parts)


def of_images(draft: Draft) -> tuple[NotAssessed, ...]:
    """Return what was not assessed by models made for these images.

    Each model of the record has its line; models made for other images were not meant to look.
    """
    return tuple(
        one
        for one in draft.not_assessed
        if not one.gate.startswith(OF_RECORD) and one.gate != MADE_FOR_OTHERS
    )


def not_said(draft: Draft, findings: tuple[Judged, ...]) -> str:
    """Say what was scored alone and what could not be judged."""
    left = [text for text in (_waiting(findings), _not_judged(draft)) if text]
    return " ".join(sentence(text) for text in left)


def _waiting(findings: tuple[Judged, ...]) -> str:
    """Name what was scored but not weighed, without a number that could read as a diagnosis."""
    waiting = [one for one in findings if one.waits]
    if not waiting:
        return ""
    return f"Scored, but no statement without a pre-test probability: {names(waiting)}"


def why_nothing(draft: Draft) -> str:
    """Say why nothing at all could be assessed."""
    missing = of_images(draft)
    reasons = tuple(dict.fromkeys(missed.reason.rstrip(". ") for missed in missing))
    if not reasons:
        return "no model looked at this study."
    return f"{'; '.join(reasons[:2])}{_further(len(reasons) - 2, 'reason')}."


def _further(count: int, noun: str) -> str:
    """Say that there is more than what is named."""
    return f"; and {counted(count, f'further {noun}')} listed below" if count > 0 else ""


def likely(findings: tuple[Judged, ...]) -> str:
    """Say what the models found, the most probable first, each with its certainty word."""
    positive = [j for j in findings if j.finding.positive]
    if not positive:
        found = counted(len(findings), "finding")
        verb = "is" if len(findings) == 1 else "are"
        return f"None of the {found} that could be assessed {verb} above the operating point."
    strong = [j for j in positive if j.finding.certainty not in WEAK_WORDS]
    weak = [j for j in positive if j.finding.certainty in WEAK_WORDS]
    parts = [statement(j, first=not i) for i, j in enumerate(strong[:NAMED])]
    if len(strong) > NAMED:
        parts.append(f"and {counted(len(strong) - NAMED, 'further positive finding')} listed below")
    if weak:
        named = [f"{inside_sentence(j.finding.display)} ({_value(j)})" for j in weak]
        start = "above the operating point" if strong else "Above the operating point"
        parts.append(f"{start}, yet less likely or unlikely: {listed(named, NAMED)}")
    return sentence("; ".join(parts))


def statement(one: Judged, *, first: bool) -> str:
    """Say one positive finding: name, certainty, place, probability."""
    name = one.finding.display if first else inside_sentence(one.finding.display)
    certainty = f" {one.finding.certainty}" if one.finding.certainty else ""
    place = f", {listed(one.places, 2)}" if one.places else ""
    what = "post-test " if one.weighing else ("probability " if first else "")
    bounds = f"{'95 % interval ' if first else ''}{percents(one.believed)}"
    return f"{name}{certainty}{place} ({what}{percent(one.believed.value)}, {bounds})"


def not_seen(draft: Draft, findings: tuple[Judged, ...]) -> str:
    """Say which assessed findings are negative, and which of them the record keeps probable."""
    above = {j.finding.display for j in findings if j.finding.positive}
    partly = {display_of(draft, missed) for missed in draft.not_assessed if missed.name}
    negative = [
        j
        for j in findings
        if not j.finding.positive
        and j.finding.display not in above | partly
        and not _missed_a_film(draft, j)
    ]
    kept = [j for j in negative if j.believed.value >= j.finding.operating_point.threshold]
    absent = [j for j in negative if j not in kept]
    seen = "not seen" if all(j.finding.films for j in absent) else "not found"
    parts = []
    if absent:
        parts.append(f"Assessed and {seen}: {names(absent)}")
    if kept:
        probable = [f"{inside_sentence(j.finding.display)} ({_value(j)})" for j in kept]
        parts.append(
            "below the operating point but still probable after weighing: "
            f"{listed(probable, NAMED_STILL_PROBABLE)}"
        )
    return sentence("; ".join(parts)) if parts else ""


def _missed_a_film(draft: Draft, one: Judged) -> bool:
    """Tell whether the finding's model could not look at some film of the study.

    An object of another kind in the same study (a CT, a report) is no film that was missed.
    """
    return any(
        missed.name is None
        and missed.gate not in OTHER_KINDS
        and missed.model in (one.finding.model.name, "all models")
        for missed in draft.not_assessed
    )


def _value(one: Judged) -> str:
    """Print the probability to believe."""
    return f"{percent(one.believed.value)}, {percents(one.believed)}"


def names(findings: Iterable[Judged]) -> str:
    """Name findings inside a sentence, each once."""
    names = dict.fromkeys(inside_sentence(j.finding.display) for j in findings)
    return listed(tuple(names), NAMED_ABSENT)


def _not_judged(draft: Draft) -> str:
    """Say what could not be judged, naming findings and, for whole models, the model."""
    missing = of_images(draft)
    if not missing:
        return ""
    names = dict.fromkeys(_missed(draft, missed) for missed in missing)
    return f"Could not be judged: {listed(tuple(names), NAMED)} (reasons below)"


def _missed(draft: Draft, missed: NotAssessed) -> str:
    """Name one thing that was not judged; what another film or model judged is so 'in part'."""
    if missed.name is None:
        origins = {film.instance_uid: film.origin for film in draft.films}
        film = origins.get(missed.instance_uid, missed.origin) if missed.instance_uid else None
        where = f" on {film}" if film and len(origins) > 1 else ""
        return f"everything that {looked_by(missed.model)} for{where}"
    display = display_of(draft, missed)
    assessed = {finding.display for finding in draft.findings}
    return inside_sentence(display) + (" (in part)" if display in assessed else "")
