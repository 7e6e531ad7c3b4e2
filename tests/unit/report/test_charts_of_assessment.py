"""Trends and nomogram: what is drawn is what was measured, and lies where it must."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from make.draft import NOW, a_draft
from osler.clinical import Assessment, Interval, Trend, TrendPoint, Weighing
from osler.report import render_html
from osler.report.nomogram import nomogram
from osler.report.trends import trend_drawing, trend_in_words

ODD = "#b3401f"


def a_trend(*values: float) -> Trend:
    """Return a potassium over days."""
    points = tuple(
        TrendPoint(NOW - timedelta(days=len(values) - n), value) for n, value in enumerate(values)
    )
    return Trend("potassium", "potassium", "mmol/L", points, 3.5, 5.0, "a handbook")


def a_weighing(pretest: float, ratio: Interval) -> Weighing:
    """Return a weighing that somebody gave a pre-test probability for."""

    def after(value: float) -> float:
        odds = pretest / (1 - pretest) * value
        return odds / (1 + odds)

    post = Interval(after(ratio.value), after(ratio.low), after(ratio.high))
    return Weighing(
        "m", "pneumonia", "Pneumonia", pretest, "typed in", ratio, False, posttest=post, steps=()
    )


def test_only_values_outside_the_range_are_marked() -> None:
    """The eye goes where the colour is."""
    assert trend_drawing(a_trend(4.0, 4.5, 4.9)).count(ODD) == 0
    assert trend_drawing(a_trend(4.0, 5.6, 6.1)).count(ODD) == 2
    assert "reference range 3.5 to 5" in trend_in_words(a_trend(4.0, 6.1))


@pytest.mark.parametrize("pretest", [0.01, 0.1, 0.5, 0.9])
def test_the_line_of_the_nomogram_meets_the_ratio_at_its_mark(pretest: float) -> None:
    """Fagan's chart is right only if the three lie on one straight line: here x 10 at its tick."""
    svg = nomogram(a_weighing(pretest, Interval(10.0, 5.0, 20.0)))
    circles = [float(y) for y in re.findall(r'<circle[^>]*cy="([\d.]+)"', svg)]
    # The text of a mark stands 0.7 below its tick, on the middle axis at x = 41 + 1.8.
    (mark,) = [float(y) for y in re.findall(r'<text[^>]*x="42.8" y="([\d.]+)">10<', svg)]
    assert sum(circles) / 2 == pytest.approx(mark - 0.7, abs=0.02)


def test_trends_and_nomogram_stand_in_the_page_with_words() -> None:
    """Who cannot see the drawing reads it."""
    weighed = a_weighing(0.1, Interval(10.0, 5.0, 20.0))
    draft = a_draft(findings=())
    made = Assessment(weighings=(weighed,), trends=(a_trend(4.0, 6.1),))
    page = render_html(replace(draft, assessment=made))
    assert "potassium, mmol/L" in page
    assert "reference range 3.5 to 5" in page
