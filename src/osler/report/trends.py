"""Trends as small drawings: values over time on the band of the reference range."""

from datetime import datetime
from itertools import pairwise

from osler.clinical import Trend
from osler.report.drawing import ACCENT, FAINT, INK, Drawing
from osler.report.words import day, number, unit

SIZE = (80.0, 24.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 9.0, 3.0, 2.0, 4.5
_BAND = "#e3ebf3"
_ODD = "#b3401f"


def trend_drawing(trend: Trend) -> str:
    """Draw one trend; dots outside the range are filled in another colour and ringed."""
    width, height = SIZE
    drawing = Drawing(width, height)
    low, high = _bounds(trend)
    first, last = trend.points[0].at, trend.points[-1].at

    def at(when: datetime, value: float) -> tuple[float, float]:
        whole = (last - first).total_seconds() or 1.0
        share = (when - first).total_seconds() / whole
        x = _LEFT + 2 + (width - _LEFT - _RIGHT - 4) * share
        y = _TOP + (height - _TOP - _BOTTOM) * (high - value) / (high - low)
        return x, y

    top = at(first, trend.high if trend.high is not None else high)[1]
    base = at(first, trend.low if trend.low is not None else low)[1]
    drawing.area((_LEFT, top), (width - _LEFT - _RIGHT, max(base - top, 0.2)), fill=_BAND)
    for edge in (trend.low, trend.high):
        if edge is not None:
            y = at(first, edge)[1]
            drawing.text((_LEFT - 1, y + 0.8), number(edge), 2.3, text_anchor="end", fill="#555")
    drawing.line((_LEFT, height - _BOTTOM), (width - _RIGHT, height - _BOTTOM), stroke=FAINT)
    places = [at(one.at, one.value) for one in trend.points]
    for start, end in pairwise(places):
        drawing.line(start, end, stroke=ACCENT, stroke_width="0.35")
    for point, place in zip(trend.points, places, strict=True):
        odd = _is_odd(trend, point.value)
        drawing.circle(place, 1.0 if odd else 0.75, fill=_ODD if odd else ACCENT)
    x, y = places[-1]
    said = f"{number(trend.points[-1].value)}"
    drawing.text((min(x, width - _RIGHT - 1), max(y - 1.4, 2.4)), said, 2.6, text_anchor="end")
    ends = ((_LEFT + 2, first, "start"), (width - _RIGHT - 2, last, "end"))
    for place_x, when, anchor in ends:
        drawing.text((place_x, height - 1.2), day(when.date()), 2.3, text_anchor=anchor, fill=INK)
    return drawing.svg()


def trend_title(trend: Trend) -> str:
    """Name a trend with its unit."""
    printed = unit(trend.unit)
    return f"{trend.display}, {printed}" if printed else trend.display


def trend_in_words(trend: Trend) -> str:
    """Say what the drawing shows."""
    points = ", ".join(f"{day(one.at.date())} {number(one.value)}" for one in trend.points[-6:])
    return f"{trend_title(trend)}: {points}; reference range {_range(trend)}"


def _range(trend: Trend) -> str:
    """Say the reference range."""
    if trend.low is None:
        return f"up to {number(trend.high or 0.0)}"
    if trend.high is None:
        return f"from {number(trend.low)}"
    return f"{number(trend.low)} to {number(trend.high)}"


def _is_odd(trend: Trend, value: float) -> bool:
    """Tell whether a value lies outside the range."""
    below = trend.low is not None and value < trend.low
    return below or (trend.high is not None and value > trend.high)


def _bounds(trend: Trend) -> tuple[float, float]:
    """Return the scale: all values and the range, with a little room."""
    values = [one.value for one in trend.points]
    values += [edge for edge in (trend.low, trend.high) if edge is not None]
    low, high = min(values), max(values)
    room = (high - low) * 0.1 or 1.0
    return low - room, high + room
