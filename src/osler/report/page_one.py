"""Page one in words: header, impression, findings, films, advice, what was not assessed."""

from osler.clinical import Draft, NotAssessed, Recommendation, Report, Sex
from osler.report.categories import category_lines
from osler.report.conclusion import conclusion
from osler.report.films import drawn_by_people, evidence_key, film_figures, is_film
from osler.report.finding_rows import finding_row
from osler.report.fitting import HIGHEST_OF_SEVERAL, LOWEST, film_height
from osler.report.impression import MADE_FOR_OTHERS
from osler.report.ranking import (
    SHOWN_ON_FILMS,
    Entry,
    data_warnings,
    display_of,
    entries,
    judged,
    must_be_seen,
    shown_on_films,
)
from osler.report.reviewing import banner, draft_of, notices
from osler.report.sheet import Advice, Column, Fact, Head, PageOne, Table
from osler.report.words import (
    NOT_STATED,
    age,
    counted,
    day,
    inside_sentence,
    listed,
    moment,
    sentence,
)

FINDINGS_ON_PAGE_ONE = 8
FILMS_ACROSS = 3
ADVICE_ON_PAGE_ONE = 4
FINDINGS_KEY = (
    "Scale 0 to 100 %. Tick: operating point; filled dot and bold: above it. Band: 95 % interval. "
    "Post-test: weighed with the pre-test probability."
)
ADVICE_BEFORE_REVIEW = "the advice was made from what the models found, before the review"
FINDINGS_KEY_REVIEWED = (
    "Scale 0 to 100 %. Tick: operating point; filled dot: above it; band: 95 % interval. Bold: "
    "present. Dashed: AI; solid: a person."
)
NOT_REVIEWED = "Not clinically reviewed."
_TEXT_WIDTH = 170.0
_GAP = 4.0
_CAPTION = 6.0
# The reasons of each would fill a page; report.json and the terminal have them.
RECORD_GATES = ("record features", "record population")
NOT_FOR_THIS_RECORD = (
    "Models of the record: too few features are stated, or the patient is none they are for; "
    "report.json says which."
)


def head(said: Draft | Report) -> Head:
    """Say who and what the report is about; what is unknown is 'not stated'."""
    draft = draft_of(said)
    patient = draft.patient
    name = patient.name or f"Name {NOT_STATED}"
    numbers = ", ".join(
        f"{i.value} ({i.issuer})" if i.issuer else i.value for i in patient.identifiers
    )
    sex = NOT_STATED if patient.sex is Sex.UNKNOWN else patient.sex.value
    research = tuple(dict.fromkeys(f.model.name for f in draft.models if f.research_only))
    what = draft.study_description or ("study" if draft.study_uid else "record without images")
    return Head(
        banner=banner(said),
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
            _paper(said),
        ),
        running=" · ".join((name, numbers or f"number {NOT_STATED}", draft.draft_id)),
        research_only=f"Research only: {listed(research)}." if research else "",
        is_signed=isinstance(said, Report),
        notices=_at_the_top(said),
    )


def _at_the_top(said: Draft | Report) -> tuple[str, ...]:
    """Say how soon the study should be read, if not routinely, and what a reader must know."""
    found = draft_of(said).assessment.urgency
    if found is None or not found.reasons:
        return notices(said)
    return (f"{found.level.capitalize()}: {'; '.join(found.reasons)}.", *notices(said))


def _paper(said: Draft | Report) -> Fact:
    """Name the draft, or the report that it became."""
    if isinstance(said, Report):
        return Fact("Report", said.report_id)
    return Fact("Draft", f"{said.draft_id}, {moment(said.made_at)}")


def _study(draft: Draft) -> str:
    """Say what kind of study it is where it has no description."""
    return NOT_STATED if draft.study_uid else "record only, no images"


def page_one(said: Draft | Report) -> PageOne:
    """Compose page one."""
    draft = draft_of(said)
    findings = entries(draft)
    first = on_page_one(findings)
    rest = len(findings) - len(first)
    words, missed, notes = conclusion(draft), _not_assessed(draft), _notes(draft)
    advice = all_advice(draft)
    height = film_height(
        draft,
        first,
        impression=" ".join(words),
        not_assessed=missed,
        advice=advice[:ADVICE_ON_PAGE_ONE],
        lines=(*notes, *_at_the_top(said), *category_lines(draft)),
    )
    return PageOne(
        categories=category_lines(draft),
        impression=words,
        findings=tuple(finding_row(one) for one in first),
        findings_key=FINDINGS_KEY_REVIEWED if draft.reviews else FINDINGS_KEY,
        more_findings=(
            f"{counted(rest, 'further finding')} below the operating point: see Further findings."
            if rest
            else ""
        ),
        films=film_figures(draft, _room(len(draft.films), height)),
        films_title="Films" if all(is_film(one) for one in draft.films) else "Images",
        films_caption=_films_caption(draft),
        films_key=evidence_key() if shown_on_films(draft) else "",
        advice=advice[:ADVICE_ON_PAGE_ONE],
        more_advice=_more_advice(len(advice)),
        advice_none="None. No guideline rule applies to what was found.",
        notes=tuple(sentence(note) for note in notes),
        not_assessed=missed,
        not_assessed_none="Every finding that the models look for was assessed.",
        data_notice=_data_notice(draft),
    )


def on_page_one(findings: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return every finding that must be seen, and others while there is room."""
    first = sum(must_be_seen(one) for one in findings)
    return findings[: max(first, FINDINGS_ON_PAGE_ONE)]


def _notes(draft: Draft) -> tuple[str, ...]:
    """Return the notes on the advice; made before the review, it does not know what came of it."""
    is_older = draft.assessment.recommendations and not all(one.agrees for one in draft.reviews)
    return (*((ADVICE_BEFORE_REVIEW,) if is_older else ()), *draft.assessment.notes)


def _room(films: int, height: float) -> tuple[float, float]:
    """Return the room (width, height) in millimetres of one picture of a pair."""
    across = min(max(films, 1), FILMS_ACROSS)
    width = (_TEXT_WIDTH - (2 * across - 1) * _GAP) / (2 * across)
    if films <= 1:
        return (width, height)
    rows = -(-films // across)
    return (width, min(max(height / rows - _CAPTION, LOWEST), HIGHEST_OF_SEVERAL))


def _films_caption(draft: Draft) -> str:
    """Say what the colours and outlines are, and what is not drawn."""
    shown, by_people = shown_on_films(draft), drawn_by_people(draft)
    solid = " Solid: outlined by a person." if by_people else ""
    if draft.outlines and not shown:
        by_ai = "outlined or counted by AI" + ("" if draft.reviews else ", not reviewed")
        return f"Dashed: {by_ai}.{solid} Sizes and counts: see Measurements."
    if not shown:
        return (
            solid.strip() or "Nothing is outlined: no positive finding points to a place on a film."
        )
    positive = sum(j.present for j in judged(draft))
    rest = positive - len(shown)
    by_ai = "outlined by AI" if draft.reviews else "outlined by AI, not reviewed"
    caption = f"Dashed: {by_ai}.{solid} Colour: strength of the model's evidence."
    if rest > 0:
        verb = "is" if rest == 1 else "are"
        caption += (
            f" At most {SHOWN_ON_FILMS} positive findings are drawn; "
            f"{counted(rest, 'other')} {verb} in the table only."
        )
    return caption


def all_advice(draft: Draft) -> tuple[Advice, ...]:
    """Return every suggestion, those that something holds back last."""
    given = sorted(draft.assessment.recommendations, key=lambda one: bool(one.held_back))
    return tuple(map(_advice, given))


def _more_advice(count: int) -> str:
    """Say that there are suggestions on the next page."""
    rest = count - ADVICE_ON_PAGE_ONE
    return f"{counted(rest, 'further suggestion')}: see Further advice." if rest > 0 else ""


def _advice(one: Recommendation) -> Advice:
    """Put one recommendation into words."""
    text, why = sentence(one.text), sentence(one.why) if one.why else ""
    if one.held_back:
        text = f"{one.text} Held back: {listed(one.held_back)}"
    graded = f" ({one.strength})" if one.strength else ""
    checked = f"Reviewed by {one.reviewer}." if one.reviewer else NOT_REVIEWED
    read = f"Read {day(one.read_on)} in {one.read_in}. " if one.read_in else ""
    return Advice(
        text=sentence(text),
        why=f"Why: {inside_sentence(why)}" if why else "",
        source=f"{one.source}{graded}",
        review=f"{read}{checked}",
    )


def _not_assessed(draft: Draft) -> Table:
    """List what was not assessed, grouped by reason."""
    groups: dict[str, dict[str, None]] = {}
    for missed in draft.not_assessed:
        groups.setdefault(_why(missed), {})[_missed(draft, missed)] = None
    rows = tuple(("; ".join(names), reason) for reason, names in groups.items())
    return Table((Column("Finding", share=1.0), Column("Reason", share=1.2)), rows)


def _why(missed: NotAssessed) -> str:
    """Return the reason in a sentence; for models of the record one for all of them."""
    if missed.gate in RECORD_GATES:
        return NOT_FOR_THIS_RECORD
    return sentence(missed.reason or "no reason was given")


def _missed(draft: Draft, missed: NotAssessed) -> str:
    """Name what was not assessed, and the film where there are several."""
    if missed.gate == MADE_FOR_OTHERS:
        return "Findings of other kinds of image"
    origins = {film.instance_uid: film.origin for film in draft.films}
    film = origins.get(missed.instance_uid, missed.origin) if missed.instance_uid else None
    where = f" on {film}" if film and len(origins) > 1 else ""
    return f"{display_of(draft, missed)}{where}"


def _data_notice(draft: Draft) -> str:
    """Point to the warnings on the data."""
    count = len(data_warnings(draft))
    verb = "is" if count == 1 else "are"
    return f"{counted(count, 'warning')} about the data {verb} on the last page." if count else ""
