"""How high a film may be on page one, so that all a referring doctor needs fits on that page."""

from osler.clinical import Draft
from osler.report.ranking import Judged
from osler.report.sheet import Table

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
LOWEST, HIGHEST, LOWEST_OF_SEVERAL = 46.0, 80.0, 34.0


def film_height(
    draft: Draft, findings: tuple[Judged, ...], *, impression: str, not_assessed: Table
) -> float:
    """Estimate in millimetres what the words of page one leave for a film."""
    rows = sum(_ROW + _PLACE * _extra_lines(one) for one in findings)
    missed = sum(
        _ROW + _SMALL_LINE * (_lines(row, _SMALL_LETTERS_A_LINE) - 1) for row in not_assessed.rows
    )
    advice = sum(
        _LINE * _lines((one.text + one.why,), _LETTERS_A_LINE) + _SMALL_LINE + 2
        for one in draft.assessment.recommendations
    )
    notes = sum(_LINE * _lines((note,), _LETTERS_A_LINE) for note in draft.assessment.notes)
    words = _LINE * _lines((impression,), _LETTERS_A_LINE)
    left = _PAGE - _HEAD - _HEADINGS - words - rows - missed - advice - notes
    return min(max(left, LOWEST), HIGHEST)


def _extra_lines(one: Judged) -> int:
    """Count the lines below a finding's name."""
    explanation = one.finding.explanation
    place = _lines((", ".join(one.places),), _PLACE_LETTERS_A_LINE) if one.places else 0
    return place + (len(explanation.cautions) * 2 if explanation else 0)


def _lines(cells: tuple[str, ...], letters: int) -> int:
    """Count the lines of the longest cell."""
    return max(1, *(-(-len(cell) // letters) for cell in cells))
