"""What models of the record say: as JSON, and as a chart of what each feature adds."""

from typing import Any

from osler.clinical import Contribution, Draft, Estimate
from osler.report.drawing import ACCENT, FAINT, INK, Drawing
from osler.report.sheet import EstimateBlock
from osler.report.words import listed, percent, sentence, with_interval

Object = dict[str, Any]
SHOWN = 12
AMONG = " among patients like those it learnt from"
AGAINST = "#b4532a"
_ROW, _SIZE, _LABELS, _BARS, _TEXT = 4.4, 2.5, 66.0, 60.0, 44.0
_WIDTH = _LABELS + _BARS + _TEXT
_LETTERS = (46, 30)
KEY = (
    "Bars to the right speak for it, to the left against it, in log-odds; faint bars are features "
    "that the record does not have."
)


def estimate_part(one: Estimate) -> Object:
    """Describe one estimate with the share of every feature."""
    return {
        "model": one.model.name,
        "model_version": one.model.version,
        "name": one.name,
        "display": one.display,
        "condition": (
            {
                "system": one.condition.system,
                "code": one.condition.code,
                "display": one.condition.display,
            }
            if one.condition is not None
            else None
        ),
        "probability": one.probability.value,
        "low": one.probability.low,
        "high": one.probability.high,
        "logit": one.logit,
        "intercept": one.intercept,
        "pretest": one.pretest,
        "contributions": [
            {
                "name": each.name,
                "display": each.display,
                "value": each.value,
                "share": each.share,
                "missing": each.missing,
                "effective": each.effective.isoformat() if each.effective else None,
            }
            for each in one.contributions
        ],
        "missing": list(one.missing),
        "cautions": list(one.cautions),
    }


def estimate_blocks(draft: Draft) -> tuple[EstimateBlock, ...]:
    """Compose each estimate for page two, the most probable first."""
    ordered = sorted(draft.estimates, key=lambda one: -one.probability.value)
    return tuple(_block(one) for one in ordered)


def _block(one: Estimate) -> EstimateBlock:
    """Compose one estimate."""
    notes = [sentence(caution) for caution in one.cautions]
    if one.missing:
        notes.insert(0, sentence(f"Missing in the record: {listed(one.missing)}"))
    shown = ranked(one)
    return EstimateBlock(
        title=one.display,
        result=(
            f"{with_interval(one.probability)}{'' if one.pretest else AMONG}, "
            f"{one.model.name} {one.model.version}"
        ),
        chart=contribution_chart(one),
        chart_alt="; ".join(_in_words(each) for each in shown),
        notes=tuple(notes),
    )


def ranked(one: Estimate) -> tuple[Contribution, ...]:
    """Return the contributions that are drawn, the largest first."""
    return tuple(sorted(one.contributions, key=lambda each: -abs(each.share))[:SHOWN])


def _in_words(one: Contribution) -> str:
    """Say one bar."""
    return f"{one.display} ({one.value}) {one.share:+.2f}"


def contribution_chart(one: Estimate) -> str:
    """Draw what each feature adds to or takes from the log-odds: feature, bar, value."""
    rows = ranked(one)
    rest = sum(each.share for each in one.contributions) - sum(each.share for each in rows)
    left_out = len(one.contributions) - len(rows)
    drawing = Drawing(_WIDTH, _ROW * (len(rows) + bool(left_out)) + 1)
    reach = max((abs(each.share) for each in rows), default=0.0)
    reach = max(reach, abs(rest), 0.1)
    middle = _LABELS + _BARS / 2
    bottom = _ROW * (len(rows) + bool(left_out)) + 0.5
    drawing.line((middle, 0.2), (middle, bottom), stroke=FAINT, stroke_width="0.3")
    for number, each in enumerate(rows):
        _row(drawing, number, each, reach=reach)
    if left_out:
        words = f"{left_out} other" if left_out == 1 else f"{left_out} others together"
        other = Contribution("others", words, "", rest)
        _row(drawing, len(rows), other, reach=reach)
    return drawing.svg()


def _row(drawing: Drawing, number: int, one: Contribution, *, reach: float) -> None:
    """Draw one feature."""
    middle, base = _LABELS + _BARS / 2, _ROW * number + _ROW * 0.68
    room = _BARS / 2 - 9
    length = room * abs(one.share) / reach
    start = middle if one.share >= 0 else middle - length
    colour = AGAINST if one.share >= 0 else ACCENT
    look = {"fill": colour, "opacity": "0.35" if one.missing else "1"}
    drawing.text((0, base), _short(one.display, _LETTERS[0]), _SIZE)
    drawing.area((start, _ROW * number + 0.9), (max(length, 0.15), _ROW - 1.8), **look)
    beyond = {"fill": INK, "text_anchor": "start" if one.share >= 0 else "end"}
    edge = middle + length + 0.8 if one.share >= 0 else middle - length - 0.8
    drawing.text((edge, base), f"{one.share:+.2f}", _SIZE * 0.9, **beyond)
    drawing.text((_LABELS + _BARS + 1, base), _short(one.value, _LETTERS[1]), _SIZE * 0.9)


def _short(words: str, most: int) -> str:
    """Shorten words that do not fit."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def estimate_lines(one: Object) -> list[str]:
    """Say one estimate, as the summary states it, in lines for the terminal."""
    value = f"{percent(one['probability'])} ({percent(one['low'])} to {percent(one['high'])})"
    use = "" if one["pretest"] else AMONG
    known = sorted(one["contributions"], key=lambda each: -abs(each["share"]))
    reasons = [f"{c['display']} {c['value']} {c['share']:+.2f}" for c in known if not c["missing"]]
    lines = [f"{one['display']}: {value}{use}, {one['model']}"]
    if reasons:
        lines.append(f"  because of: {'; '.join(reasons[:5])}")
    if one["missing"]:
        lines.append(f"  missing: {', '.join(one['missing'])}")
    return lines
