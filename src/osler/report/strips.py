"""One-line drawings for tables: a probability on its scale, a weighing on a log-odds line."""

import math

from osler.clinical import Finding, Weighing
from osler.report.drawing import ACCENT, FAINT, INK, Drawing
from osler.report.words import percent, ratio, with_interval

BAR = (34.0, 3.0)
LINE = (72.0, 5.5)
_MARGIN = 3.0
_TICKS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.997, 0.999)


def probability_bar(finding: Finding) -> str:
    """Draw a probability with its interval from 0 to 100 %, and the operating point as a tick."""
    width, height = BAR
    middle, span = height / 2, width - 2
    p = finding.probability

    def at(share: float) -> float:
        return 1 + span * min(max(share, 0.0), 1.0)

    drawing = Drawing(width, height)
    drawing.line((1, middle), (1 + span, middle), stroke=FAINT, stroke_width="0.3")
    drawing.line(
        (at(p.low), middle), (at(p.high), middle), stroke=ACCENT, stroke_width="1", opacity="0.45"
    )
    cut = at(finding.operating_point.threshold)
    drawing.line((cut, 0.1), (cut, height - 0.1), stroke=INK, stroke_width="0.3")
    filled = ACCENT if finding.positive else "white"
    drawing.circle((at(p.value), middle), 0.85, fill=filled, stroke=ACCENT, stroke_width="0.4")
    return drawing.svg()


def bar_in_words(finding: Finding) -> str:
    """Say what the bar shows."""
    side = "above" if finding.positive else "below"
    threshold = percent(finding.operating_point.threshold)
    return f"{with_interval(finding.probability)}, {side} the operating point of {threshold}"


def weighing_line(weighing: Weighing, reach: float) -> str:
    """Draw pre-test (ring), the step of the likelihood ratio, and post-test (dot, interval)."""
    middle = LINE[1] / 2
    drawing = Drawing(*LINE)
    for tick in _ticks(reach):
        x = _place(tick, reach)
        look = {"stroke": FAINT, "stroke_width": "0.15"}
        drawing.line((x, 0), (x, LINE[1]), **look)
    post = weighing.posttest
    before, after = _place(weighing.pretest, reach), _place(post.value, reach)
    low, high = _place(post.low, reach), _place(post.high, reach)
    drawing.line((low, middle), (high, middle), stroke=ACCENT, stroke_width="1.1", opacity="0.35")
    drawing.line((before, middle), (after, middle), stroke=INK, stroke_width="0.3")
    drawing.circle((before, middle), 0.9, fill="white", stroke=INK, stroke_width="0.35")
    drawing.circle((after, middle), 1.05, fill=ACCENT)
    return drawing.svg()


def weighing_axis(reach: float) -> str:
    """Draw the scale of the log-odds line."""
    drawing = Drawing(LINE[0], 3.4)
    for tick in _ticks(reach):
        label = f"{tick * 100:g}"
        drawing.text((_place(tick, reach), 2.6), label, 2.1, text_anchor="middle")
    return drawing.svg()


def weighing_in_words(weighing: Weighing) -> str:
    """Say what one line of the chart shows."""
    return (
        f"{weighing.display}: pre-test {percent(weighing.pretest)}, likelihood ratio "
        f"{ratio(weighing.likelihood_ratio.value)}, post-test {with_interval(weighing.posttest)}"
    )


def reach_of(weighings: tuple[Weighing, ...]) -> float:
    """Return the log-odds of the first mark, from 90 % up, that holds all values of a chart."""
    values = [v for w in weighings for v in (w.pretest, w.posttest.low, w.posttest.high)]
    needed = max((abs(_log_odds(value)) for value in values), default=0.0)
    marks = [_log_odds(tick) for tick in _TICKS if tick >= 0.9]
    return next((mark for mark in marks if mark >= needed), marks[-1])


def _ticks(reach: float) -> tuple[float, ...]:
    """Return the marks within the scale."""
    return tuple(tick for tick in _TICKS if abs(_log_odds(tick)) <= reach + 1e-9)


def _place(share: float, reach: float) -> float:
    """Return where a probability lies on the line."""
    inside = min(max(_log_odds(share) / reach, -1.0), 1.0)
    return _MARGIN + (LINE[0] - 2 * _MARGIN) * (inside + 1) / 2


def _log_odds(share: float) -> float:
    """Return the log-odds of a probability, kept off the ends."""
    kept = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))
