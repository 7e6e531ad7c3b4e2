"""Fagan's nomogram: a straight line from the probability before, through the ratio, to after.

References
----------
Fagan TJ, Nomogram for Bayes's theorem, N Engl J Med 1975;293:257.
"""

import math

from osler.clinical import Weighing
from osler.report.drawing import ACCENT, FAINT, INK, Drawing
from osler.report.words import percent, ratio, with_interval

SIZE = (82.0, 70.0)
_TOP, _BOTTOM = 6.0, 66.0
_BEFORE, _RATIO, _AFTER = 16.0, 41.0, 66.0
_PERCENTS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.9)
_RATIOS = (0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1000)
_REACH = math.log(0.999 / 0.001)


def nomogram(weighing: Weighing) -> str:
    """Draw one weighing: the line, and the band that its interval spans."""
    drawing = Drawing(*SIZE)
    for x, title in ((_BEFORE, "before, %"), (_RATIO, "ratio"), (_AFTER, "after, %")):
        drawing.line((x, _TOP), (x, _BOTTOM), stroke=INK, stroke_width="0.25")
        drawing.text((x, 3.2), title, 2.6, text_anchor="middle")
    for mark in _PERCENTS:
        label = f"{mark:g}"
        _tick(drawing, (_BEFORE, _before(mark / 100)), label, side=-1)
        _tick(drawing, (_AFTER, _after(mark / 100)), label, side=1)
    for mark in _RATIOS:
        _tick(drawing, (_RATIO, _middle(math.log(mark))), f"{mark:g}", side=1)
    post = weighing.posttest
    start = (_BEFORE, _before(weighing.pretest))
    low, high = _after(post.low), _after(post.high)
    drawing.line((_AFTER, low), (_AFTER, high), stroke=ACCENT, stroke_width="1.6", opacity="0.35")
    for bound in (low, high):
        drawing.line(start, (_AFTER, bound), stroke=FAINT, stroke_width="0.3")
    end = (_AFTER, _after(post.value))
    drawing.line(start, end, stroke=ACCENT, stroke_width="0.5")
    drawing.circle(start, 1.0, fill="white", stroke=INK, stroke_width="0.35")
    drawing.circle(end, 1.2, fill=ACCENT)
    return drawing.svg()


def nomogram_in_words(weighing: Weighing) -> str:
    """Say what the nomogram shows."""
    return (
        f"Nomogram of {weighing.display}: {percent(weighing.pretest)} before, ratio "
        f"{ratio(weighing.likelihood_ratio.value)}, {with_interval(weighing.posttest)} after"
    )


def _tick(drawing: Drawing, at: tuple[float, float], label: str, *, side: int) -> None:
    """Draw one mark with its number beside the axis."""
    x, y = at
    if not _TOP - 0.01 <= y <= _BOTTOM + 0.01:
        return
    drawing.line((x, y), (x + 1.2 * side, y), stroke=INK, stroke_width="0.2")
    anchor = "end" if side < 0 else "start"
    drawing.text((x + 1.8 * side, y + 0.7), label, 2.0, text_anchor=anchor)


def _before(share: float) -> float:
    """Return the height of a probability before: small ones at the top, as Fagan drew it."""
    return _height(-_log_odds(share))


def _after(share: float) -> float:
    """Return the height of a probability after: large ones at the top."""
    return _height(_log_odds(share))


def _middle(log_ratio: float) -> float:
    """Return the height of a ratio: half-way, so that the three lie on one straight line."""
    return _height(log_ratio / 2)


def _height(log_odds: float) -> float:
    """Return a height on the paper, kept on the axis."""
    inside = min(max(log_odds / _REACH, -1.0), 1.0)
    return (_TOP + _BOTTOM) / 2 - (_BOTTOM - _TOP) / 2 * inside


def _log_odds(share: float) -> float:
    """Return the log-odds of a probability, kept off the ends."""
    kept = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))
