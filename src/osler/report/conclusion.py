"""The impression of a draft that people have reviewed: their word first, the models' apart from it.

A draft that nobody has reviewed has the impression that is made from its findings alone.
"""

from collections.abc import Sequence

from osler.clinical import Act, Draft, Review
from osler.report.impression import (
    impression,
    likely,
    measured,
    not_said,
    not_seen,
    statement,
    why_nothing,
)
from osler.report.ranking import Entry, Judged, entries, judged
from osler.report.words import inside_sentence, listed, sentence


def conclusion(draft: Draft) -> tuple[str, ...]:
    """Return one to three texts: what people found, what models alone found, what is open."""
    if not draft.reviews:
        return impression(draft)
    findings = judged(draft)
    missed = not_said(draft, findings)
    if not findings:
        missed = measured(draft) or (
            f"No finding could be assessed by a model: {why_nothing(draft)}"
        )
    alone = tuple(one for one in findings if one.review is None and not one.waits)
    said = (_on_review(draft), _by_models(draft, alone), missed)
    is_any = any(one.present for one in draft.reviews) or any(one.present for one in alone)
    if not is_any:
        # Nothing found and something not looked at: a hurried reader must not take it as normal.
        said = (missed, *said[:2])
    return tuple(text for text in said if text)


def _on_review(draft: Draft) -> str:
    """Say what people made of the findings: what is there, what is not, what they left out."""
    reviewed = [(one, r) for one in entries(draft) if (r := _review(one)) is not None]
    there = [one for one, review in reviewed if review.present]
    parts = [_there(one, first=not order) for order, one in enumerate(there)]
    for words, is_so in (("not present", False), ("rejected", None)):
        names = [inside_sentence(r.display) for _, r in reviewed if r.present is is_so]
        if names:
            parts.append(f"{words}: {listed(tuple(dict.fromkeys(names)))}")
    return sentence(f"On review: {'; '.join(parts)}")


def _review(entry: Entry) -> Review | None:
    """Return the act in force on a finding."""
    return entry if isinstance(entry, Review) else entry.review


def _there(entry: Entry, *, first: bool) -> str:
    """Say one finding that a person says is there: with the model's number where it is its own."""
    review = _review(entry)
    is_accepted = isinstance(entry, Judged) and review is not None and review.act is not Act.EDIT
    if isinstance(entry, Judged) and is_accepted:
        finding = entry.finding
        if not finding.needs_pretest or entry.weighing is not None:
            return statement(entry, first=first)
        return _listed(finding.display, entry.places[:2], first=first)
    said = review.statement if review is not None else None
    if said is None:
        return ""
    return _listed(said.display, (said.certainty, said.place), first=first)


def _listed(name: str, more: Sequence[str], *, first: bool) -> str:
    """Join a name with what is known of it."""
    return ", ".join(part for part in (name if first else inside_sentence(name), *more) if part)


def _by_models(draft: Draft, alone: tuple[Judged, ...]) -> str:
    """Say what nobody has reviewed, as the models have it."""
    known = {one.display for one in draft.reviews}
    known |= {one.claim.display for one in draft.reviews if one.claim is not None}
    there = tuple(one for one in alone if one.present)
    others = tuple(one for one in alone if one.finding.display not in known)
    said = (likely(there).rstrip(".") if there else "", inside_sentence(not_seen(draft, others)))
    words = "; ".join(text for text in said if text)
    return sentence(f"By AI alone, not reviewed: {words}") if words else ""
