"""The report as one HTML file: no script, nothing fetched, printable, for screen readers too."""

from importlib import resources
from xml.etree.ElementTree import Element, tostring

from osler.clinical import Draft, Report
from osler.report.compose import compose
from osler.report.films import FilmFigure
from osler.report.markup import charts, drawing, facts, findings, paragraphs, put, section, table
from osler.report.sheet import (
    Added,
    Advice,
    Head,
    ModelBlock,
    PageOne,
    PageThree,
    PageTwo,
    ScoreBlock,
    Sheet,
)

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render_html(said: Draft | Report) -> str:
    """Return a draft or a report as a page that stands alone."""
    return set_html(compose(said))


def set_html(sheet: Sheet) -> str:
    """Lay a composed sheet out as a page."""
    page = Element("html", lang="en")
    _head(page, sheet.head, is_reviewed=sheet.head.is_signed or sheet.two.reviews is not None)
    body = put(page, "body")
    _title(body, sheet.head)
    _page_one(put(body, "main"), sheet.one)
    _page_two(_part(body, sheet.head), sheet.two)
    last = _part(body, sheet.head)
    _page_three(last, sheet.three)
    _addenda(last, sheet.addenda)
    _foot(body, sheet)
    return f"<!DOCTYPE html>\n{tostring(page, encoding='unicode', method='html')}\n"


def _head(page: Element, said: Head, *, is_reviewed: bool) -> None:
    """Write what a browser reads first; the title names no patient."""
    head = put(page, "head")
    put(head, "meta", charset="utf-8")
    put(head, "meta", http_equiv="Content-Security-Policy", content=POLICY)
    put(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    put(head, "meta", name="referrer", content="no-referrer")
    put(head, "title", f"{said.title} ({said.banner})")
    styles = resources.files("osler.report")
    more = (styles / "reviewed.css").read_text("utf-8") if is_reviewed else ""
    put(head, "style", (styles / "report.css").read_text("utf-8") + more)


def _title(body: Element, said: Head) -> None:
    """Write institution, state, patient and study."""
    head = put(body, "header")
    line = put(head, "p", class_="line")
    put(line, "span", said.institution)
    put(line, "strong", said.banner, class_="banner")
    put(head, "h1", said.title)
    put(head, "p", said.patient, class_="patient", dir="auto")
    facts(head, (*said.patient_facts, *said.study_facts))
    paragraphs(head, said.notices, "notice")


def _part(body: Element, said: Head) -> Element:
    """Begin a new page, with patient and state again."""
    part = put(body, "div", class_="part", role="group")
    line = put(part, "p", class_="line running")
    put(line, "span", said.running, dir="auto")
    put(line, "strong", said.banner, class_="banner")
    return part


def _foot(body: Element, sheet: Sheet) -> None:
    """Write the lines that every output carries."""
    foot = put(body, "footer")
    paragraphs(foot, (sheet.head.research_only, sheet.three.closing))
    put(foot, "p", sheet.head.banner, class_="banner")


def _page_one(main: Element, one: PageOne) -> None:
    """Lay out page one."""
    here = section(main, "Impression")
    paragraphs(here, one.categories, "impression category")
    put(here, "p", " ".join(one.impression), class_="impression")
    if one.findings:
        here = section(main, "Findings")
        findings(here, one.findings, "Findings with probability, certainty and who made them")
        paragraphs(here, (one.more_findings, one.findings_key), "quiet")
    if one.films:
        _films(section(main, one.films_title), one)
    advice = section(main, "Advice")
    _advised(advice, one.advice)
    paragraphs(advice, (one.more_advice,), "quiet")
    paragraphs(advice, one.notes if one.advice else (one.advice_none, *one.notes))
    missed = section(main, "Not assessed")
    if one.not_assessed.rows:
        table(missed, one.not_assessed, "What was not assessed, with the reason")
    else:
        put(missed, "p", one.not_assessed_none)
    paragraphs(missed, (one.data_notice,), "quiet")


def _advised(here: Element, items: tuple[Advice, ...]) -> None:
    """Lay out suggestions, each with its source."""
    for item in items:
        put(here, "p", f"{item.text} {item.why}".strip())
        put(here, "p", f"Source: {item.source}. {item.review}", class_="quiet")


def _films(here: Element, one: PageOne) -> None:
    """Lay out the films, plain and outlined side by side."""
    row = put(here, "div", class_="films")
    for film in one.films:
        _film(row, film)
    caption = put(here, "p", f"{one.films_caption} ", class_="quiet")
    if one.films_key:
        drawing(caption, one.films_key, "Key of the colour: weak to strong evidence.", width="38mm")


def _film(row: Element, film: FilmFigure) -> None:
    """Lay out one film with its caption."""
    figure = put(row, "figure")
    pair = put(figure, "div", class_="pair")
    drawing(pair, film.plain, film.plain_alt, width=f"{film.width_mm}mm")
    if film.outlined:
        drawing(pair, film.outlined, film.outlined_alt, width=f"{film.width_mm}mm")
    put(figure, "figcaption", film.caption)


def _page_two(part: Element, two: PageTwo) -> None:
    """Lay out page two."""
    if two.more_advice:
        _advised(section(part, "Further advice"), two.more_advice)
    if two.more_findings:
        findings(section(part, "Further findings"), two.more_findings, "Further findings")
    if two.reviews is not None:
        table(section(part, "Review"), two.reviews, "What people made of the findings")
    _weighing(section(part, "Weighing"), two)
    _estimates(part, two)
    if two.by_film.rows:
        table(section(part, "What each film gave"), two.by_film, "Probability on each film")
    if two.evidence:
        paragraphs(section(part, "Evidence and similar cases"), two.evidence)
    if two.measurements.rows:
        table(section(part, "Measurements"), two.measurements, "Measurements with interval")
    if two.scores:
        here = section(part, "Scores")
        for score in two.scores:
            _score(here, score)
    if two.trends:
        _trends(section(part, "Trends"), two)
    _record(section(part, "Record"), two)


def _trends(here: Element, two: PageTwo) -> None:
    """Lay out the trends of measurements."""
    charts(here, two.trends, width="80mm")
    put(here, "p", two.trends_key, class_="quiet")


def _record(record: Element, two: PageTwo) -> None:
    """Lay out the latest values of the record."""
    if not two.record_facts:
        put(record, "p", two.record_none)
        return
    if two.record.rows:
        table(record, two.record, "Latest values of the record, with repairs and faults")
    facts(record, two.record_facts)


def _weighing(here: Element, two: PageTwo) -> None:
    """Lay out the chart of pre-test and post-test probabilities and its steps in words."""
    if not two.weighing:
        put(here, "p", two.weighing_none)
        return
    rows = put(put(here, "div", class_="wide"), "table", class_="weighing")
    put(rows, "caption", "Pre-test probability, likelihood ratio and post-test probability")
    titles = put(put(rows, "thead"), "tr")
    put(titles, "th", "Finding", scope="col")
    axis = put(titles, "th", scope="col")
    drawing(axis, two.weighing_axis, "Probability in per cent, even in log-odds", width="72mm")
    put(titles, "th", "Pre-test", scope="col", class_="number")
    put(titles, "th", "Likelihood ratio", scope="col")
    put(titles, "th", "Post-test", scope="col", class_="number")
    body = put(rows, "tbody")
    for one in two.weighing:
        row = put(body, "tr")
        put(row, "th", one.display, scope="row")
        drawing(put(row, "td"), one.line, one.line_alt, width="72mm")
        put(row, "td", one.pretest, class_="number")
        put(row, "td", one.ratio)
        put(row, "td", one.posttest, class_="number")
    put(here, "p", two.weighing_key, class_="quiet")
    if two.steps:
        put(here, "h3", "In words")
    for steps in two.steps:
        line = put(here, "p")
        put(line, "strong", f"{steps.display}. ").tail = " ".join(steps.steps)
    charts(here, two.nomograms, width="82mm")


def _estimates(part: Element, two: PageTwo) -> None:
    """Lay out what models of the record say, each with its chart, where there is any."""
    if not two.estimates:
        return
    here = section(part, "Estimates from the record")
    for one in two.estimates:
        put(put(here, "p"), "strong", f"{one.title}: ").tail = f"{one.result}."
        drawing(put(here, "div", class_="wide"), one.chart, one.chart_alt, width="170mm")
        put(here, "p", " ".join(one.notes), class_="quiet")
    put(here, "p", two.estimates_key, class_="quiet")


def _score(here: Element, score: ScoreBlock) -> None:
    """Lay out one score."""
    put(put(here, "p"), "strong", f"{score.title}: ").tail = f"{score.result}."
    if score.inputs.rows:
        table(here, score.inputs, f"Inputs of {score.title}")
    paragraphs(here, (" ".join(score.notes), f"Source: {score.source}."), "quiet")


def _page_three(part: Element, three: PageThree) -> None:
    """Lay out page three."""
    models = section(part, "Models")
    for model in three.models:
        _model(models, model)
    if not three.models:
        put(models, "p", three.models_none)
    if three.operating_points.rows:
        here = section(part, "Operating points")
        table(here, three.operating_points, "Cut-offs with sensitivity and specificity")
    looked = (f"Looked for: {three.looked_for}.", f"Not looked for: {three.not_looked_for}.")
    paragraphs(section(part, "What was looked for"), looked)
    paragraphs(section(part, "Data repairs and warnings"), three.warnings or ("None.",))


def _addenda(part: Element, addenda: tuple[Added, ...]) -> None:
    """Lay out what was added after the signature."""
    if not addenda:
        return
    here = section(part, "Addenda")
    for one in addenda:
        put(here, "h3", one.who)
        put(here, "p", one.text, class_="addendum")


def _model(here: Element, model: ModelBlock) -> None:
    """Lay out one package."""
    put(here, "h3", model.title)
    put(here, "p", model.identity, class_="quiet")
    listed = put(here, "dl", class_="model")
    said = ((fact.label, (fact.value,)) for fact in model.facts)
    for label, values in (*said, ("Performance", model.performance), ("Limits", model.limits)):
        if values:
            put(listed, "dt", label)
        for value in values:
            put(listed, "dd", value)
