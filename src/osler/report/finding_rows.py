"""Findings as rows of a table: what a model said, and what a person made of it."""

from dataclasses import replace

from osler.clinical import Act, Review, Statement
from osler.report.ranking import Entry, Judged
from osler.report.reviewing import done
from osler.report.sheet import FindingRow
from osler.report.strips import bar_in_words, probability_bar
from osler.report.words import AI_MARK, listed, percent, percents, sentence

AI, PERSON = "AI", "Person"


def finding_row(entry: Entry) -> FindingRow:
    """Put one finding into words."""
    if isinstance(entry, Review):
        return _person_s(entry)
    row = _model_s(entry)
    if entry.review is None:
        return row
    if entry.review.act is Act.EDIT and entry.review.statement is not None:
        row = _edited(entry, row, entry.review.statement)
    return replace(
        row,
        notes=(*row.notes, *_reasons(entry.review)),
        positive=entry.present,
        mark=PERSON if entry.review.act is Act.EDIT else AI,
        is_persons=entry.review.act is Act.EDIT,
        is_rejected=entry.rejected,
        review=done(entry.review),
        reviewer=entry.review.by,
    )


def _model_s(one: Judged) -> FindingRow:
    """Put into words what a model said."""
    finding = one.finding
    posttest = one.weighing.posttest if one.weighing else None
    cautions = finding.explanation.cautions if finding.explanation else ()
    return FindingRow(
        display=f"{finding.display} (score alone)" if one.waits else finding.display,
        place=listed(one.places),
        cautions=tuple(sentence(caution) for caution in cautions),
        probability=percent(finding.probability.value),
        interval=percents(finding.probability),
        bar=probability_bar(finding),
        bar_alt=bar_in_words(finding),
        posttest=percent(posttest.value) if posttest else "",
        posttest_interval=percents(posttest) if posttest else "not weighed",
        certainty=finding.certainty,
        positive=finding.positive and not one.waits,
        mark=AI_MARK,
    )


def _edited(one: Judged, row: FindingRow, statement: Statement) -> FindingRow:
    """Put a person's words first; the model's stand below them."""
    had = ", ".join(part for part in (row.display, row.certainty, row.place) if part)
    return replace(
        row,
        display=_named(statement),
        place=statement.place,
        notes=(f"AI had: {sentence(had)}", *_remark(statement)),
        certainty=statement.certainty,
        cautions=row.cautions if one.present else (),
    )


def _person_s(review: Review) -> FindingRow:
    """Put a finding that a person added into words: there is no number."""
    statement = review.statement or Statement(review.display)
    is_rejected = review.act is Act.REJECT
    return FindingRow(
        display=_named(statement),
        place=statement.place,
        cautions=(),
        probability="",
        interval="",
        bar="",
        bar_alt="",
        posttest="",
        posttest_interval="",
        certainty=statement.certainty,
        positive=bool(review.present),
        mark=PERSON,
        notes=(*_remark(statement), *_reasons(review)),
        is_persons=True,
        is_rejected=is_rejected,
        review=done(review),
        reviewer=review.by,
    )


def _named(statement: Statement) -> str:
    """Name what a person states; one that says 'not there' must read so."""
    return statement.display if statement.present else f"{statement.display}: not present"


def _remark(statement: Statement) -> tuple[str, ...]:
    """Return a person's remark as a line."""
    return (sentence(statement.remark),) if statement.remark.strip() else ()


def _reasons(review: Review) -> tuple[str, ...]:
    """Return the reason that was given, as a line."""
    return (sentence(f"{done(review).capitalize()}: {review.why}"),) if review.why.strip() else ()
