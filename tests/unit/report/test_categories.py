"""A grade or class in a line, before all that it was made from."""

import pytest

from make import draft as make
from make.review import a_review
from osler.clinical import Act, Category, CategoryKind
from osler.report import render_html, render_json, reviewed, summary
from osler.report.categories import category_line
from osler.report.compose import compose

UNSETTLED = "of it two steps are not assessed"


@pytest.mark.parametrize(
    ("category", "line"),
    [
        (
            make.a_category(),
            "Emphysema on chest films: grade 2 of 0 to 3 (probability 75\u00a0%).",
        ),
        (
            make.an_undecided_category(
                candidates=make.an_undecided_category().candidates[:1], why=""
            ),
            "Lesion of the lung: most like benign lesion (probability 55\u00a0%).",
        ),
        (
            make.an_undecided_category(),
            (
                "Lesion of the lung: undecided between benign lesion (55\u00a0%) and malignant "
                "lesion (40\u00a0%); more than one class is not ruled out."
            ),
        ),
        (
            make.an_undecided_category(
                candidates=make.an_undecided_category().candidates[:1], why="no class fits"
            ),
            "Lesion of the lung: undecided, nearest to benign lesion (55\u00a0%); no class fits.",
        ),
        (
            make.a_category(candidates=(), why=UNSETTLED),
            f"Emphysema on chest films: grade not assessed; {UNSETTLED}.",
        ),
    ],
)
def test_the_line_says_what_it_is_or_why_it_is_open(category: Category, line: str) -> None:
    """A doctor reads one line where the package gives four numbers."""
    assert category_line(category, make.a_draft()) == line


def test_the_line_stands_first_on_the_page_and_in_the_document() -> None:
    """What is asked first is answered first."""
    draft = make.a_draft(categories=(make.a_category(),))
    line = category_line(make.a_category(), draft)
    assert compose(draft).one.categories == (line,)
    page = render_html(draft)
    assert page.index(line) < page.index("post-test")
    (part,) = summary(draft)["categories"]
    assert render_json(draft)["categories"] == [part]
    assert (part["state"], part["words"]) == ("settled", line)
    assert part["candidates"] == [{"name": "2", "display": "grade 2", "probability": 0.75}]


def test_a_grade_whose_finding_a_person_turned_over_no_longer_stands_first() -> None:
    """Who rejects the finding has not signed the grade that was made from it."""
    draft = make.a_draft(categories=(make.a_category(),))
    accepted = reviewed(draft, (a_review(Act.ACCEPT),))
    assert len(compose(accepted).one.categories) == 1
    rejected = reviewed(draft, (a_review(Act.REJECT),))
    assert compose(rejected).one.categories == ()
    (part,) = summary(rejected)["categories"]
    assert part["words"].endswith("(as the model had it before the review).")


def test_a_category_without_its_candidate_or_a_reason_does_not_exist() -> None:
    """An empty answer must say why it is empty."""
    with pytest.raises(ValueError, match="one candidate settles it, got 0"):
        make.a_category(candidates=())
    assert make.a_category().kind is CategoryKind.GRADE
