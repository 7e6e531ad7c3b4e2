"""Page one in words: header, impression, findings, films, advice, what was not assessed."""

from osler.clinical import Draft, NotAssessed, Recommendation, Sex
from osler.report.films import evidence_key, film_figures
from osler.report.fitting import LOWEST, LOWEST_OF_SEVERAL, film_height
from osler.report.impression import impression
from osler.report.ranking import (
    SHOWN_ON_FILMS,
    Judged,
    data_warnings,
    display_of,
    judged,
    shown_on_films,
)
from osler.report.sheet import Advice, Column, Fact, FindingRow, Head, PageOne, Table
from osler.report.strips import bar_in_words, probability_bar
from osler.report.words import (
    AI_MARK,
    BANNER,
    NOT_STATED,
    age,
    counted,
    day,
    listed,
    moment,
    percent,
    percents,
    sentence,
)

FINDINGS_ON_PAGE_ONE = 8
FILMS_ACROSS = 3
FINDINGS_KEY = (
    "Scale 0 to 100 %. Tick: operating point; filled dot and bold: above it. Band: 95 % interval. "
    "Post-test: weighed with the pre-test probability."
)
_TEXT_WIDTH = 170.0
_GAP = 4.0
_CAPTION = 6.0


def head(draft: Draft) -> Head:
    """Say who and what the report is about; what is unknown is 'not stated'."""
    patient = draft.patient
    name = patient.name or f"Name {NOT_STATED}"
    numbers = ", ".join(
        f"{i.value} ({i.issuer})" if i.issuer else i.value for i in patient.identifiers
    )
    sex = NOT_STATED if patient.sex is Sex.UNKNOWN else patient.sex.value
    research = tuple(dict.fromkeys(f.model.name for f in draft.models if f.research_only))
    what = draft.study_description or ("study" if draft.study_uid else "record without images")
    return Head(
        banner=BANNER,
        title=f"Diagnostic report: {what}",
        institution=draft.institution or f"Institution {NOT_STATED}",
        patient=name,
        patient_facts=(
            Fact("Patient number", numbers or NOT_STATED),
            Fact("Sex", sex),
            Fact("Age", age(draft.age_years)),
            Fact("Born", day(patient.birth_date)),
        ),
        study_facts=(
            Fact("Study", draft.study_description or _study(draft)),
            Fact("Study date", draft.study_date or NOT_STATED),
            Fact("Accession number", draft.accession_number or NOT_STATED),
            Fact("Draft", f"{draft.draft_id}, {moment(draft.made_at)}"),
        ),
        running=" · ".join((name, numbers or f"number {NOT_STATED}", draft.draft_id)),
        research_only=f"Research only: {listed(research)}." if research else "",
    )


def _study(draft: Draft) -> str:
    """Say what kind of study it is where it has no description."""
    return NOT_STATED if draft.study_uid else "record only, no images"


def page_one(draft: Draft) -> PageOne:
    """Compose page one."""
    findings = judged(draft)
    first = on_page_one(findings)
    rest = len(findings) - len(first)
    said, missed = impression(draft), _not_assessed(draft)
    height = film_height(draft, first, impression=" ".join(said), not_assessed=missed)
    return PageOne(
        impression=said,
        findings=tuple(finding_row(j) for j in first),
        findings_key=FINDINGS_KEY,
        more_findings=(
            f"{counted(rest, 'further finding')} below the operating point: see Further findings."
            if rest
            else ""
        ),
        films=film_figures(draft, _room(len(draft.films), height)),
        films_caption=_films_caption(draft),
        films_key=evidence_key() if shown_on_films(draft) else "",
        advice=tuple(_advice(r) for r in draft.assessment.recommendations),
        advice_none="None. No guideline rule applies to what was found.",
        notes=tuple(sentence(note) for note in draft.assessment.notes),
        not_assessed=missed,
        not_assessed_none="Every finding that the models look for was assessed.",
        data_notice=_data_notice(draft),
    )


def on_page_one(findings: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """Return every positive finding, and negative ones while there is room."""
    positive = sum(j.finding.positive for j in findings)
    return findings[: max(positive, FINDINGS_ON_PAGE_ONE)]


def finding_row(one: Judged) -> FindingRow:
    """Put one finding into words."""
    finding = one.finding
    posttest = one.weighing.posttest if one.weighing else None
    cautions = finding.explanation.cautions if finding.explanation else ()
    return FindingRow(
        display=f"{finding.display} (score alone)" if one.waits else finding.display,
        place=listed(one.places),
        cautions=tuple(sentence(caution) for caution in cautions),
        probability=percent(finding.probability.value),
        interval=percents(finding.probability),
        bar=probability_bar(finding),
        bar_alt=bar_in_words(finding),
        posttest=percent(posttest.value) if posttest else "",
        posttest_interval=percents(posttest) if posttest else "not weighed",
        certainty=finding.certainty,
        positive=finding.positive and not one.waits,
        mark=AI_MARK,
    )


def _room(films: int, height: float) -> tuple[float, float]:
    """Return the room (width, height) in millimetres of one picture of a pair."""
    across = min(max(films, 1), FILMS_ACROSS)
    width = (_TEXT_WIDTH - (2 * across - 1) * _GAP) / (2 * across)
    if films <= 1:
        return (width, height)
    rows = -(-films // across)
    return (width, min(max(height / rows - _CAPTION, LOWEST_OF_SEVERAL), LOWEST))


def _films_caption(draft: Draft) -> str:
    """Say what the colours and outlines are, and what is not drawn."""
    shown = shown_on_films(draft)
    if not shown:
        return "Nothing is outlined: no positive finding points to a place on a film."
    positive = sum(j.finding.positive for j in judged(draft))
    rest = positive - len(shown)
    caption = "Dashed: outlined by AI, not reviewed. Colour: strength of the model's evidence."
    if rest > 0:
        verb = "is" if rest == 1 else "are"
        caption += (
            f" At most {SHOWN_ON_FILMS} positive findings are drawn; "
            f"{counted(rest, 'other')} {verb} in the table only."
        )
    return caption


def _advice(one: Recommendation) -> Advice:
    """Put one recommendation into words."""
    return Advice(
        text=sentence(one.text),
        why=sentence(one.why) if one.why else "",
        source=one.source,
        review=f"Rule checked by {one.reviewer}." if one.reviewer else "Rule not yet checked.",
    )


def _not_assessed(draft: Draft) -> Table:
    """List what was not assessed, grouped by reason."""
    groups: dict[str, dict[str, None]] = {}
    for missed in draft.not_assessed:
        groups.setdefault(sentence(missed.reason or "no reason was given"), {})[
            _missed(draft, missed)
        ] = None
    rows = tuple(("; ".join(names), reason) for reason, names in groups.items())
    return Table((Column("Finding"), Column("Reason")), rows)


def _missed(draft: Draft, missed: NotAssessed) -> str:
    """Name what was not assessed, and the film where there are several."""
    origins = {film.instance_uid: film.origin for film in draft.films}
    film = origins.get(missed.instance_uid, missed.origin) if missed.instance_uid else None
    where = f" on {film}" if film and len(origins) > 1 else ""
    return f"{display_of(draft, missed)}{where}"


def _data_notice(draft: Draft) -> str:
    """Point to the warnings on the data."""
    count = len(data_warnings(draft))
    verb = "is" if count == 1 else "are"
    return f"{counted(count, 'warning')} about the data {verb} on the last page." if count else ""
