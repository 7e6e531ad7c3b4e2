"""Estimates on the report: every share is drawn, and no number reads as a diagnosis."""

from dataclasses import replace
from typing import Any

from make.draft import a_draft, an_estimate
from osler.clinical import Estimate, NotAssessed
from osler.report import render_html, render_json, summary
from osler.report.conclusion import conclusion
from osler.report.estimates import SHOWN, contribution_chart, estimate_lines


def a_record_draft(*estimates: Estimate) -> Any:  # noqa: ANN401
    """Return a draft of a record alone."""
    return replace(
        a_draft(), study_uid=None, films=(), findings=(), not_assessed=(), estimates=estimates
    )


def test_what_stands_alone_is_named_in_the_impression_without_its_number() -> None:
    """67 % of a set in which 71 % are ill says that this patient is rather well."""
    (said,) = conclusion(a_record_draft(an_estimate()))
    assert "no statement on this patient by itself: liver disease" in said
    assert "67" not in said
    (meant,) = conclusion(a_record_draft(an_estimate(pretest=True)))
    assert "liver disease 67" in meant


def test_the_chart_shows_the_largest_shares_and_the_rest_together() -> None:
    """Shares that are left out of a picture without a word make it lie."""
    chart = contribution_chart(an_estimate())
    assert chart.count("Feature") == SHOWN
    assert "3 others together" in chart


def test_html_json_and_terminal_name_what_was_missing() -> None:
    """Each form says the same."""
    draft = a_record_draft(an_estimate())
    page = render_html(draft)
    assert "Missing in the record: Feature 14" in page
    assert "among patients like those it learnt from" in page
    (part,) = summary(draft)["estimates"]
    assert part["missing"] == ["Feature 14"]
    assert len(part["contributions"]) == 15
    lines = estimate_lines(part)
    assert "missing: Feature 14" in lines[-1]


def test_models_of_the_record_that_say_nothing_take_one_row_together() -> None:
    """A page of names of laboratory values hides what else was not judged."""
    missed = tuple(
        NotAssessed(
            f"record-{name}", "record features", f"0 of 9 are stated; missing: {name}", name
        )
        for name in ("liver_disease", "diabetes")
    )
    draft = a_draft(not_assessed=missed)
    page = " ".join(render_html(draft).split())
    assert page.count("too few features are stated") == 1
    assert "missing: liver_disease" not in page
    assert "missing: liver_disease" in str(render_json(draft)["not_assessed"])
