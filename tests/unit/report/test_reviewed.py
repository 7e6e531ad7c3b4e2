"""What people made of a draft, in every form: their word apart from the models', nothing lost."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from make import draft as make
from make.review import a_review, a_statement
from osler.clinical import Act, Addendum, Draft, Finding, Interval, Report, Statement
from osler.errors import Misuse
from osler.report import banner, forms, render_html, render_json, render_pdf, reviewed
from osler.report.compose import compose
from osler.report.conclusion import conclusion

SCHEMA_FILE = Path(__file__).parents[3] / "docs" / "reference" / "report.schema.json"
SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
REPORT = "018f2b7e-1c3a-7def-8123-0123456789ab"
CONTOUR = ((500.0, 600.0), (500.0, 700.0), (560.0, 650.0))
SIGNED = "Signed by ada at 2026-11-25 09:30 UTC"


def pneumonia() -> Finding:
    """Return the positive finding of the draft."""
    return make.a_draft().findings[0]


def effusion() -> Finding:
    """Return the negative finding of the draft."""
    return make.a_draft().findings[1]


def a_reviewed_draft() -> Draft:
    """Return a draft of which each finding was treated in another way."""
    heart = make.a_finding("Cardiomegaly", probability=Interval(0.41, 0.30, 0.52))
    mass = make.a_negative_finding("Lung mass")
    draft = make.a_draft()
    draft = replace(draft, findings=(*draft.findings, heart, mass))
    reviews = (
        a_review(Act.ACCEPT, pneumonia(), review_id="r1"),
        a_review(Act.REJECT, heart, review_id="r2", by="bob", why="the film was taken in bed"),
        a_review(
            Act.ADD, review_id="r3", statement=a_statement(instance_uid=make.FILM, contour=CONTOUR)
        ),
        a_review(
            Act.EDIT,
            effusion(),
            review_id="r4",
            statement=Statement("Pleural effusion", certainty="possible", place="right angle"),
        ),
    )
    return reviewed(draft, reviews)


def a_report(**changes: Any) -> Report:  # noqa: ANN401
    """Return a signed report."""
    return replace(Report(REPORT, a_reviewed_draft(), "ada", make.NOW), **changes)


def an_addendum(text: str = "The CRP was 180 mg/L.") -> Addendum:
    """Return an addendum of Bob's."""
    return Addendum("a1", REPORT, text, "bob", make.NOW)


def paper(said: Draft | Report, folder: Path) -> str:
    """Return the text that a reader of the PDF could select, with plain spaces."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    (folder / "report.pdf").write_bytes(render_pdf(said))
    command = [program, "-layout", str(folder / "report.pdf"), "-"]
    found = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()
    return re.sub(r"\s+", " ", found)


def test_only_the_acts_in_force_are_applied() -> None:
    """A rejection that was taken back must not be printed."""
    first = a_review(Act.REJECT, review_id="r1")
    second = a_review(Act.ACCEPT, review_id="r2", supersedes="r1")
    assert reviewed(make.a_draft(), (first, second)).reviews == (second,)


@pytest.mark.parametrize(
    "review",
    [
        a_review(draft_id="draft-0002"),
        a_review(Act.ACCEPT, make.a_finding("Fracture")),
        a_review(Act.ACCEPT, make.a_finding(model=make.a_model(version="1.1.0"))),
    ],
)
def test_an_act_on_another_draft_or_model_is_refused(review: Any) -> None:  # noqa: ANN401
    """A review of yesterday's film, or of an older model's answer, is no review of this one."""
    with pytest.raises(Misuse, match="apply it to its own draft"):
        reviewed(make.a_draft(), (review,))


def test_what_people_say_is_there_comes_first_and_what_was_rejected_stays_on_page_one() -> None:
    """Who opens the report must see at once what the reader stands behind, and what not."""
    rows = compose(a_reviewed_draft()).one.findings
    assert [(row.display, row.mark, row.review, row.reviewer) for row in rows] == [
        ("Rib fracture", "Person", "added", "ada"),
        ("Pneumonia", "AI", "accepted", "ada"),
        ("Pleural effusion", "Person", "edited", "ada"),
        ("Cardiomegaly", "AI", "rejected", "bob"),
        ("Lung mass", "AI · not reviewed", "", ""),
    ]
    assert [row.is_rejected for row in rows] == [False, False, False, True, False]
    assert [row.positive for row in rows] == [True, True, True, False, False]
    assert rows[2].notes == ("AI had: Pleural effusion, unlikely.",)
    assert rows[3].notes == ("Rejected: the film was taken in bed.",)


def test_twenty_negative_findings_do_not_push_a_rejected_one_off_page_one() -> None:
    """A rejected finding never vanishes, however many others there are."""
    draft = make.a_crowded_draft()
    last = draft.findings[-1]
    review = a_review(Act.REJECT, last, draft_id=draft.draft_id, why="an artefact")
    names = [row.display for row in compose(reviewed(draft, (review,))).one.findings]
    assert last.display in names


def test_the_impression_keeps_apart_what_people_say_what_ai_says_and_what_is_open() -> None:
    """'On review' is a doctor's word; what AI alone says must not borrow it."""
    people, models, left = conclusion(a_reviewed_draft())
    assert people.replace("\N{NO-BREAK SPACE}", " ") == (
        "On review: Rib fracture, certain, left seventh rib; pneumonia likely, right lower zone "
        "(post-test 45 %, 35\N{EN DASH}55 %); pleural effusion, possible, right angle; "
        "rejected: cardiomegaly."
    )
    assert models == "By AI alone, not reviewed: assessed and not seen: lung mass."
    assert left == "Could not be judged: lung nodule (reasons below)."


def test_a_rejected_finding_is_neither_likely_nor_absent_in_the_impression() -> None:
    """To leave a statement out is not to state the opposite."""
    said = " ".join(conclusion(reviewed(make.a_draft(), (a_review(Act.REJECT),))))
    assert "rejected: pneumonia" in said
    assert "neumonia likely" not in said
    assert "not seen: pneumonia" not in said
    absent = a_review(Act.EDIT, statement=Statement("Pneumonia", present=False))
    said = " ".join(conclusion(reviewed(make.a_draft(), (absent,))))
    assert "not present: pneumonia" in said


def test_an_accepted_score_that_means_nothing_by_itself_is_said_without_its_number() -> None:
    """A person has seen it; the number still waits for a pre-test probability."""
    finding = make.a_finding("Tuberculosis", needs_pretest=True)
    draft = make.a_draft(findings=(finding,))
    said = conclusion(reviewed(draft, (a_review(Act.ACCEPT, finding),)))[0]
    assert said == "On review: Tuberculosis, right lower zone."


def test_an_outline_of_a_model_is_dashed_and_one_of_a_person_solid() -> None:
    """Whose line it is must be seen on the film itself."""
    (figure,) = compose(a_reviewed_draft()).one.films
    outlines = re.findall(r"<path[^>]*stroke=\"white\"[^>]*>", figure.outlined)
    assert [("stroke-dasharray" in one) for one in outlines] == [True, False]
    assert "what people outlined as Rib fracture" in figure.outlined_alt
    assert "Solid: outlined by a person." in compose(a_reviewed_draft()).one.films_caption


def test_a_rejected_finding_is_not_drawn() -> None:
    """A coloured spot that the reader has rejected would be believed again."""
    (figure,) = compose(reviewed(make.a_draft(), (a_review(Act.REJECT),))).one.films
    assert figure.outlined == ""


def test_advice_from_before_a_disagreement_says_so() -> None:
    """'Repeat the film' rests on a pneumonia that nobody believes any more."""
    line = "The advice was made from what the models found, before the review."
    assert line in compose(reviewed(make.a_draft(), (a_review(Act.REJECT),))).one.notes
    assert line not in compose(reviewed(make.a_draft(), (a_review(Act.ACCEPT),))).one.notes


def test_a_preview_is_a_draft_and_the_signed_report_is_none(tmp_path: Path) -> None:
    """The one state that a page must never get wrong."""
    preview, report = a_reviewed_draft(), a_report()
    assert banner(preview) == "DRAFT – NOT SIGNED"  # noqa: RUF001
    assert banner(report) == SIGNED
    assert SIGNED not in paper(preview, tmp_path)
    text = paper(report, tmp_path)
    assert text.count(SIGNED) >= len(re.findall(r"Page \d+ of", text))
    assert "NOT SIGNED" not in text
    assert "NOT SIGNED" not in render_html(report)
    assert "not signed" not in render_html(report)
    assert render_json(report)["state"] == SIGNED


def test_every_form_says_who_did_what_and_why(tmp_path: Path) -> None:
    """The reason is what the next reader needs."""
    report = a_report()
    page, document = render_html(report), json.dumps(render_json(report))
    for text in (paper(report, tmp_path), page, document):
        assert "the film was taken in bed" in text
        assert "Rib fracture" in text
        assert "left seventh rib" in text
    for text in (paper(report, tmp_path), page):
        assert "rejected by bob" in text
        assert "accepted by ada" in text
        assert "AI · not reviewed" in text


def test_addenda_stand_at_the_end_and_page_one_says_so(tmp_path: Path) -> None:
    """Who reads the first page only must know that there is more."""
    report = a_report(addenda=(an_addendum(),), replaces="report-0")
    assert banner(report) == f"{SIGNED} · 1 addendum"
    for text in (paper(report, tmp_path), render_html(report)):
        assert text.index("This report has 1 addendum, the last by bob") < text.index("Addenda")
        assert text.index("Data repairs and warnings") < text.index("The CRP was 180 mg/L.")
        assert "This report replaces report report-0" in text
    assert render_json(report)["addenda"] == [
        {"text": "The CRP was 180 mg/L.", "by": "bob", "at": "2026-11-25T09:30:00+00:00"}
    ]
    both = a_report(addenda=(an_addendum(), an_addendum("And more.")))
    assert banner(both) == f"{SIGNED} · 2 addenda"


@pytest.mark.parametrize(
    "said", [a_reviewed_draft(), a_report(), a_report(addenda=(an_addendum(),))]
)
def test_a_reviewed_document_holds_to_the_published_schema(said: Draft | Report) -> None:
    """A program that reads reports must be able to rely on their form."""
    document = json.loads(json.dumps(render_json(said), allow_nan=False))
    jsonschema_rs.validator_for(SCHEMA).validate(document)
    marks = {one["name"]: (one["mark"], one.get("review")) for one in document["findings"]}
    assert marks["cardiomegaly"][0] == "AI · rejected by bob"
    assert marks["cardiomegaly"][1]["present"] is None
    assert marks["lung_mass"] == ("AI · not reviewed", None)
    assert [one["statement"]["display"] for one in document["added"]] == ["Rib fracture"]
    assert ("signature" in document) is isinstance(said, Report)


def test_the_same_report_gives_the_same_bytes_in_every_form() -> None:
    """Who compares two copies must find no difference."""
    one, other = forms(a_report()), forms(a_report())
    assert one == other
    assert set(one) == {"pdf", "html", "json", "fhir"}
    assert len(one["pdf"]) < 1_500_000
    assert b"pdfaid:part" in one["pdf"]


def test_markup_in_what_a_person_typed_stays_text() -> None:
    """A remark pasted from a browser must not run in one."""
    hostile = '<script>alert(1)</script> #read("/etc/passwd")'
    review = a_review(
        Act.ADD, why=hostile, by="<b>x", statement=Statement(hostile, place=hostile, remark=hostile)
    )
    draft = reviewed(make.a_draft(), (review,))
    report = Report(REPORT, draft, "<b>x", make.NOW, addenda=(an_addendum(hostile),))
    page = render_html(report)
    assert "<script" not in page
    assert "<b>" not in page
    assert render_pdf(report).startswith(b"%PDF")
