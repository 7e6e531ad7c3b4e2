"""Page two in words: the weighing, what each film gave, measurements, scores, the record."""

from math import isfinite

from osler.clinical import Draft, Finding, Measurement, Quantity, Score, Weighing
from osler.report.estimates import KEY, estimate_blocks
from osler.report.finding_rows import finding_row
from osler.report.nomogram import nomogram, nomogram_in_words
from osler.report.page_one import ADVICE_ON_PAGE_ONE, all_advice, on_page_one
from osler.report.ranking import Judged, entries, judged
from osler.report.record_summary import record_facts, record_table
from osler.report.review_table import review_table
from osler.report.sheet import Chart, Column, PageTwo, ScoreBlock, Steps, Table, WeighingRow
from osler.report.strips import reach_of, weighing_axis, weighing_in_words, weighing_line
from osler.report.trends import trend_drawing, trend_in_words, trend_title
from osler.report.words import (
    NOT_STATED,
    day,
    listed,
    moment,
    number,
    percent,
    ratios,
    sentence,
    unit,
    with_interval,
)

# What the record does not say counts nothing: the notes of a score name it, its table does not.
NOMOGRAMS = 2
SILENT = ("not listed", "not stated")


def page_two(draft: Draft) -> PageTwo:
    """Compose page two."""
    findings = judged(draft)
    listed_ones = entries(draft)
    first = on_page_one(listed_ones)
    reach = reach_of(tuple(j.weighing for j in findings if j.weighing))
    return PageTwo(
        more_findings=tuple(finding_row(one) for one in listed_ones[len(first) :]),
        weighing=tuple(row for j in findings for row in _weighing_row(j, reach)),
        weighing_axis=weighing_axis(reach),
        weighing_key=(
            "Ring: pre-test. Dot and band: post-test with its 95 % interval. "
            "Scale in per cent, even in log-odds. At its limit: the most that the calibration set "
            "can support."
        ),
        weighing_none="No finding was weighed with a pre-test probability.",
        steps=tuple(steps for j in first if isinstance(j, Judged) for steps in _steps(j)),
        by_film=_by_film(tuple(j.finding for j in findings), len(draft.films)),
        evidence=tuple(line for j in findings for line in _evidence(j)),
        measurements=_measurements(draft),
        scores=tuple(_score(score) for score in draft.assessment.scores),
        record=record_table(draft),
        record_facts=record_facts(draft),
        record_none="No record was given with this study.",
        reviews=review_table(draft) if draft.reviews else None,
        nomograms=tuple(
            Chart(w.display, nomogram(w), nomogram_in_words(w))
            for w in _drawn(tuple(j.weighing for j in findings if j.weighing))
        ),
        trends=tuple(
            Chart(trend_title(one), trend_drawing(one), trend_in_words(one))
            for one in draft.assessment.trends
        ),
        trends_key=_trends_key(draft),
        more_advice=all_advice(draft)[ADVICE_ON_PAGE_ONE:],
        estimates=estimate_blocks(draft),
        estimates_key=KEY,
    )


def _drawn(weighings: tuple[Weighing, ...]) -> tuple[Weighing, ...]:
    """Return the weighings that get a nomogram: those that a stated probability went into."""
    return tuple(one for one in weighings if _is_given(one))[:NOMOGRAMS]


def _is_given(weighing: Weighing) -> bool:
    """Tell whether somebody, or a model of the record, stated the probability before."""
    return "calibration set" not in weighing.pretest_source


def _trends_key(draft: Draft) -> str:
    """Say what the band is, and whose ranges they are."""
    sources = tuple(dict.fromkeys(one.source for one in draft.assessment.trends))
    if not sources:
        return ""
    return (
        "Band: reference range of adults; a larger dot lies outside it. Your laboratory's own "
        f"range counts. Ranges: {'; '.join(sources)}."
    )


def _weighing_row(one: Judged, reach: float) -> tuple[WeighingRow, ...]:
    """Put one finding on the log-odds line, where it was weighed."""
    weighing = one.weighing
    if weighing is None:
        return ()
    limited = ", at its limit" if weighing.limited else ""
    row = WeighingRow(
        display=f"{weighing.display}{one.overruled}",
        line=weighing_line(weighing, reach),
        line_alt=weighing_in_words(weighing),
        pretest=percent(weighing.pretest),
        ratio=f"× {ratios(weighing.likelihood_ratio)}{limited}",  # noqa: RUF001
        posttest=with_interval(weighing.posttest),
    )
    return (row,)


def _steps(one: Judged) -> tuple[Steps, ...]:
    """Say one weighing in words, with the source of its pre-test probability said once."""
    weighing = one.weighing
    if weighing is None:
        return ()
    steps = tuple(sentence(step) for step in weighing.steps)
    if not any(weighing.pretest_source in step for step in weighing.steps):
        steps = (sentence(f"The pre-test probability is from: {weighing.pretest_source}"), *steps)
    # What would move a finding that nobody gave a pre-test probability for is the same for all.
    change = weighing.would_change if _is_given(weighing) else ""
    said = (weighing.conflict, change)
    steps = (*steps, *(sentence(text) for text in said if text))
    return (Steps(f"{weighing.display}{one.overruled}", steps),)


def _by_film(findings: tuple[Finding, ...], films: int) -> Table:
    """List what each film gave, for positive findings and where films disagree."""
    columns = (
        Column("Finding", share=1.0),
        Column("Film", share=1.0),
        Column("Probability", numeric=True),
        Column("Combined by", share=1.0),
    )
    if films < 2:
        return Table(columns, ())
    rows = tuple(
        (
            "" if order else finding.display,
            film.origin,
            with_interval(film.probability),
            "" if order else finding.combined_by,
        )
        for finding in findings
        if finding.positive or _films_disagree(finding)
        for order, film in enumerate(finding.films)
    )
    return Table(columns, rows)


def _films_disagree(finding: Finding) -> bool:
    """Tell whether films of one study lie on both sides of the operating point."""
    cut = finding.operating_point.threshold
    return len({film.probability.value >= cut for film in finding.films}) > 1


def _evidence(one: Judged) -> tuple[str, ...]:
    """Say where the evidence of a positive finding lies and what similar cases carried."""
    finding = one.finding
    explanation = finding.explanation
    if not finding.positive or explanation is None:
        return ()
    said = []
    if explanation.share_inside_lungs is not None:
        share = percent(explanation.share_inside_lungs)
        said.append(f"{share} of the evidence lies inside the lungs")
    if explanation.similar is not None:
        similar = explanation.similar
        said.append(
            f"of the {similar.considered} most similar training cases, "
            f"{similar.with_label} carried this label"
        )
    return (f"{finding.display}{one.overruled}: {'; '.join(said)}.",) if said else ()


def _measurements(draft: Draft) -> Table:
    """List the measurements with interval, meaning and source."""
    columns = (
        Column("Measurement", share=1.0),
        Column("Value", numeric=True),
        Column("95 % interval", numeric=True),
        Column("Before", share=0.8),
        Column("Meaning and source", share=1.8),
    )
    rows = tuple(
        (
            m.display,
            _size(m.quantity),
            f"{number(m.low)} to {number(m.high)}" if isfinite(m.high) else "not measured",
            _before(m, draft),
            " ".join(sentence(part) for part in (m.comment, m.source) if part),
        )
        for m in draft.measurements
    )
    return Table(columns, rows)


def _size(quantity: Quantity) -> str:
    """Print a measured value with its unit."""
    return f"{number(quantity.value)} {unit(quantity.unit)}".strip()


def _before(measured: Measurement, draft: Draft) -> str:
    """Say what was measured before and how it differs; 'no prior' where there is none."""
    found = next((one for one in draft.changes if one.code == measured.code), None)
    if found is None or found.before is None or found.before_at is None:
        return "no prior"
    share = "" if found.percent is None else f", {found.percent:+.0f} %"
    sure = "" if found.beyond_error else "; within the error"
    difference = number(found.difference or 0.0)
    signed = difference if difference.startswith("-") else f"+{difference}"
    return f"{_size(found.before)} on {day(found.before_at.date())} ({signed}{share}{sure})"


def _score(score: Score) -> ScoreBlock:
    """Put one score into words: result, what is missing or too old, inputs, source."""
    result = "not computed"
    if score.value is not None:
        result = f"{score.value:g} {unit(score.unit)}".strip()
    if score.not_applicable:
        result = "does not apply to this patient"
    notes = [sentence(score.reason)] if score.reason else []
    if score.missing:
        notes.append(f"Missing: {listed(score.missing)}.")
    if score.stale:
        notes.append(f"Too old to use: {listed(score.stale)}.")
    columns = (
        Column("Item", millimetres=60.0),
        Column("Value", millimetres=30.0),
        Column("Points", numeric=True),
        Column("Measured"),
    )
    rows = tuple(
        (
            i.name,
            i.value,
            "" if i.points is None else f"{i.points:g}",
            moment(i.effective) if i.effective else "",
        )
        for i in score.inputs
        if i.points or i.effective or i.value not in SILENT
    )
    checked = "" if score.verified else " (entry not yet checked by a clinician)"
    return ScoreBlock(
        title=score.display,
        result=f"{result}, {score.band}" if score.band else result,
        notes=tuple(notes),
        inputs=Table(columns, rows),
        source=f"{score.source or NOT_STATED}{checked}",
    )
