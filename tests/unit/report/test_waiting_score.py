"""A tuberculosis score of 99 % on a film with a mass is not a finding of tuberculosis."""

from dataclasses import replace

from make.draft import a_draft, a_finding
from osler.clinical import Assessment, Draft
from osler.report.finding_rows import finding_row
from osler.report.impression import impression
from osler.report.ranking import judged


def waiting() -> Draft:
    """Return a draft with one positive finding that nobody gave a pre-test probability for."""
    finding = replace(a_finding(), positive=True, needs_pretest=True, certainty="not weighed")
    return replace(a_draft(), findings=(finding,), assessment=Assessment())


def test_a_score_that_waits_is_marked_as_a_score_and_not_as_positive() -> None:
    """Bold print on top of the table reads as a diagnosis."""
    (one,) = judged(waiting())
    row = finding_row(one)
    assert row.display.endswith("(score alone)")
    assert not row.positive
    assert row.posttest_interval == "not weighed"


def test_the_impression_makes_no_statement_of_it() -> None:
    """The impression is all that many read."""
    said = " ".join(impression(waiting()))
    assert "no statement without a pre-test probability" in said
    assert "%" not in said.split("no statement")[0]
