"""How high a film may be on page one, so that all a referring doctor needs fits on that page."""

from osler.clinical import Draft, Review
from osler.report.ranking import Entry, Judged
from osler.report.sheet import Advice, Table

_PAGE = 242.0
_HEAD = 48.0
_HEADINGS = 42.0
_LINE = 5.0
_SMALL_LINE = 3.2
_ROW = 5.5
_PLACE = 2.9
_LETTERS_A_LINE = 98
_SMALL_LETTERS_A_LINE = 55
_PLACE_LETTERS_A_LINE = 24
_MARK_LETTERS_A_LINE = 17
_REVIEW = 6.0
LOWEST, HIGHEST, HIGHEST_OF_SEVERAL = 34.0, 80.0, 46.0


def film_height(
    draft: Draft,
    findings: tuple[Entry, ...],
    *,
    impression: str,
    not_assessed: Table,
    advice: tuple[Advice, ...],
    lines: tuple[str, ...],
) -> float:
    """Estimate in millimetres what the words of page one leave for a film.

    ``lines`` are the notes on the advice, the notices at the top, grades and classes.
    """
    rows = sum(_ROW + _PLACE * _extra_lines(one) for one in findings)
    missed = sum(
        _ROW + _SMALL_LINE * (_lines(row, _SMALL_LETTERS_A_LINE) - 1) for row in not_assessed.rows
    )
    words_of_advice = sum(
        _LINE * _lines((one.text + one.why,), _LETTERS_A_LINE)
        + _SMALL_LINE * _lines((one.source + one.review,), _SMALL_LETTERS_A_LINE)
        + 2
        for one in advice
    )
    notes = sum(_LINE * _lines((line,), _LETTERS_A_LINE) for line in lines)
    words = _LINE * _lines((impression,), _LETTERS_A_LINE)
    review = _REVIEW if draft.reviews else 0.0
    left = _PAGE - _HEAD - _HEADINGS - words - rows - missed - words_of_advice - notes - review
    return min(max(left, LOWEST), HIGHEST)


def _extra_lines(one: Entry) -> int:
    """Count the lines below a finding's name, or below its mark where those are more."""
    review = one if isinstance(one, Review) else one.review
    below = _said(review) if review is not None else 0
    if isinstance(one, Judged):
        explanation = one.finding.explanation
        below += _lines((", ".join(one.places),), _PLACE_LETTERS_A_LINE) if one.places else 0
        below += len(explanation.cautions) * 2 if explanation else 0
    beside = _lines((f"rejected by {review.by}",), _MARK_LETTERS_A_LINE) if review else 0
    return max(below, beside)


def _said(review: Review) -> int:
    """Count the lines of what a person gave as place, remark and reason."""
    said = review.statement
    stated = (said.place, said.remark) if said is not None else ()
    had = f"AI had: {review.claim.display}, certainty" if review.claim and said else ""
    texts = (*stated, had, f"Rejected: {review.why}" if review.why else "")
    return sum(_lines((text,), _PLACE_LETTERS_A_LINE) for text in texts if text)


def _lines(cells: tuple[str, ...], letters: int) -> int:
    """Count the lines of the longest cell."""
    return max(1, *(-(-len(cell) // letters) for cell in cells))
