"""How measurements went over time, for a chart: those with several values, the odd ones first."""

from osler.assess.facts import Facts
from osler.clinical import Trend, TrendPoint
from osler.standards.terminology import measurable_named

AT_MOST = 8
ADULT_YEARS = 18.0
LATEST = 40


def trends_of(facts: Facts) -> tuple[Trend, ...]:
    """Return the trends that are worth drawing, those whose last value is out of range first.

    Only measurements with a reference range, two values or more, and an adult patient.
    """
    if facts.age_years is None or facts.age_years < ADULT_YEARS:
        return ()
    found = []
    for name, stated in facts.guidelines.reference_ranges.items():
        known, series = measurable_named(name), facts.series(name)[-LATEST:]
        if known is None or len(series) < 2:
            continue
        points = tuple(TrendPoint(at, value) for at, value in series)
        trend = Trend(
            name,
            known.display,
            known.unit,
            points,
            stated.low,
            stated.high,
            stated.source.citation,
        )
        found.append(trend)
    found.sort(key=lambda one: (not one.is_outside(), -len(one.points)))
    return tuple(found[:AT_MOST])
