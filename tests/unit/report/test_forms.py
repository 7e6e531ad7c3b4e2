"""Every form of the report, for every kind of draft."""

import itertools
import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from make import draft as make
from osler.report import render_html, render_json, render_pdf, summary
from unit.report.drafts import DRAFTS, INJECTION

BANNER = "DRAFT – NOT SIGNED"  # noqa: RUF001
SCHEMA_FILE = Path(__file__).parents[3] / "docs" / "reference" / "report.schema.json"
SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
ABSENT = re.compile(r"(not seen|not found|absent|no sign of|excluded)[^.]*", re.IGNORECASE)
every_draft = pytest.mark.parametrize("name", DRAFTS)


class _Reader(HTMLParser):
    """Collects the text, tags and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.images_without_words = 0

    def handle_starttag(  # type: ignore[explicit-override]  # 3.11 has no override
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        """Note a tag and where it points."""
        found = dict(attrs)
        self.tags.append(tag)
        self.addresses += [value for key in ("src", "href") if (value := found.get(key))]
        self.images_without_words += tag == "img" and not found.get("alt")

    def handle_data(self, data: str) -> None:  # type: ignore[explicit-override]
        """Note text that is shown."""
        if self.tags[-1:] != ["style"]:
            self.words.append(data)


def _page(name: str) -> _Reader:
    """Read the page of a draft."""
    reader = _Reader()
    reader.feed(render_html(DRAFTS[name]))
    return reader


def _text(words: str) -> str:
    """Make spaces plain, to compare text however it was set."""
    return re.sub(r"\s+", " ", words)


def _pdf_text(pdf: bytes, folder: Path) -> str:
    """Return the text that a reader of the PDF could select."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    (folder / "report.pdf").write_bytes(pdf)
    command = [program, "-layout", str(folder / "report.pdf"), "-"]
    return _text(
        subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()
    )


@every_draft
def test_the_draft_banner_is_in_every_form(name: str, tmp_path: Path) -> None:
    """A page that lost its state could be taken for a signed report."""
    draft = DRAFTS[name]
    assert BANNER in " ".join(_page(name).words)
    assert render_json(draft)["state"] == summary(draft)["state"] == BANNER
    text = _pdf_text(render_pdf(draft), tmp_path)
    assert text.count(BANNER) >= len(re.findall(r"Page \d+ of", text))


@every_draft
def test_the_research_line_is_in_every_form(name: str, tmp_path: Path) -> None:
    """Nobody may take Osler for a cleared device."""
    line = "Osler is research software, not a cleared medical device"
    assert line in " ".join(_page(name).words)
    assert line in render_json(DRAFTS[name])["notice"]
    assert line in _pdf_text(render_pdf(DRAFTS[name]), tmp_path)


@every_draft
def test_no_form_calls_absent_what_was_not_assessed(name: str, tmp_path: Path) -> None:
    """'Could not look' is never 'nothing seen'."""
    draft = DRAFTS[name]
    page = _text(" ".join(_page(name).words))
    document = json.dumps(render_json(draft), ensure_ascii=False)
    paper = _pdf_text(render_pdf(draft), tmp_path)
    missed = [m.name.replace("_", " ") for m in draft.not_assessed if m.name]
    if not draft.findings:
        assert not any(ABSENT.search(text) for text in (page, document, paper))
    for text in (page, document, paper):
        said = " ".join(found[0].lower() for found in ABSENT.finditer(text))
        assert not any(display in said for display in missed)


def test_a_report_is_set_without_a_file_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is killed while it prints must leave no name in a temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    assert render_pdf(make.a_draft()).startswith(b"%PDF")


def test_what_was_not_assessed_is_named_with_its_reason_in_every_form(tmp_path: Path) -> None:
    """A reader must see what nobody has looked for."""
    draft = make.a_draft()
    reason = "lower bound of AUROC on the card (0.61) is under its floor"
    assert reason in " ".join(_page("one film").words)
    assert reason in render_json(draft)["not_assessed"][0]["reason"]
    paper = _pdf_text(render_pdf(draft), tmp_path)
    assert "Lung nodule" in paper
    assert reason in paper


def test_markup_in_a_name_stays_text_on_the_page() -> None:
    """A name typed at a modality must not run in a doctor's browser."""
    reader = _page("markup in every text")
    assert "script" not in reader.tags
    assert " ".join(reader.words).count(INJECTION) >= 5


def test_markup_in_a_name_stays_text_on_paper(tmp_path: Path) -> None:
    """A name must not be able to change what a report says."""
    text = _pdf_text(render_pdf(DRAFTS["markup in every text"]), tmp_path)
    assert "#strong[x] *b* $x$" in text
    assert "root:" not in text


@every_draft
def test_a_page_fetches_nothing_and_runs_nothing(name: str) -> None:
    """A report must open in a cellar without a network, and tell nobody that it was opened."""
    reader = _page(name)
    assert all(address.startswith("data:image/") for address in reader.addresses)
    assert not {"script", "iframe", "link", "object", "form"} & set(reader.tags)
    assert "default-src 'none'" in render_html(DRAFTS[name])


@every_draft
def test_every_picture_has_words_and_headings_are_in_order(name: str) -> None:
    """Some doctors listen to the page."""
    reader = _page(name)
    levels = [int(tag[1]) for tag in reader.tags if tag in ("h1", "h2", "h3")]
    assert reader.images_without_words == 0
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@every_draft
def test_a_pdf_is_small_and_made_in_time(name: str) -> None:
    """A report that a mail server refuses reaches nobody."""
    start = time.perf_counter()
    pdf = render_pdf(DRAFTS[name])
    print(f"{name}: {len(pdf) / 1000:.0f} kB, {time.perf_counter() - start:.2f} s")  # noqa: T201
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) < 1_500_000


@every_draft
def test_the_same_draft_gives_the_same_bytes(name: str) -> None:
    """Who compares two reports of one draft must find no difference."""
    draft = DRAFTS[name]
    assert render_pdf(draft) == render_pdf(draft)
    assert render_html(draft) == render_html(draft)
    assert render_json(draft) == render_json(draft)


def test_a_pdf_is_archival_tagged_and_does_not_name_the_patient_outside_its_pages() -> None:
    """Titles and keywords travel into file lists where no name belongs."""
    pdf = render_pdf(make.a_draft())
    assert b"pdfaid:part" in pdf
    assert b"pdfuaid:part" in pdf
    assert b"/MarkInfo" in pdf
    assert b"Erika" not in pdf


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a Greek name", "Παπαδοπούλου, Αθηνά"),
        ("a Chinese name", "王小明"),
        ("a long name", "Wolfeschlegelsteinhausen Wolfeschlegelsteinhausen"),
    ],
)
def test_a_name_in_any_script_can_be_read_or_selected(
    name: str, words: str, tmp_path: Path
) -> None:
    """A patient whose name prints as nothing cannot be told from another."""
    assert words in _pdf_text(render_pdf(DRAFTS[name]), tmp_path)
    assert words in " ".join(_page(name).words)


def test_a_long_word_does_not_leave_the_paper(tmp_path: Path) -> None:
    """The end of a name is what tells two sisters apart."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(render_pdf(DRAFTS["a name without a space"]))
    command = [program, "-bbox", str(pdf), "-"]
    found = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()
    right = [float(x) for x in re.findall(r'xMax="([0-9.]+)"', found)]
    assert max(right) < 595.3 - 50


@every_draft
def test_the_document_holds_to_its_published_schema(name: str) -> None:
    """A program that reads reports must be able to rely on their form."""
    document = json.loads(json.dumps(render_json(DRAFTS[name]), allow_nan=False))
    jsonschema_rs.validator_for(SCHEMA).validate(document)
    parts = {**SCHEMA["$defs"]["summary"], "$defs": SCHEMA["$defs"]}
    short = json.loads(json.dumps(summary(DRAFTS[name])))
    jsonschema_rs.validator_for(parts).validate(short)


def test_the_schema_refuses_what_it_does_not_know() -> None:
    """A new field must be published before it is relied on."""
    document = json.loads(json.dumps(render_json(make.a_draft())))
    document["findings"][0]["colour"] = "red"
    with pytest.raises(jsonschema_rs.ValidationError, match="colour"):
        jsonschema_rs.validator_for(SCHEMA).validate(document)


def test_every_object_of_the_schema_is_closed() -> None:
    """An open object would let anything through."""

    def objects(part: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        found = [thing for item in inside for thing in objects(item)]
        return [part, *found] if isinstance(part, dict) and "properties" in part else found

    closed = [thing.get("additionalProperties") for thing in objects(SCHEMA) if "type" in thing]
    assert set(closed) == {False}


def test_an_open_likelihood_ratio_is_null_in_json() -> None:
    """A program must not meet 'Infinity' where it expects a number."""
    finding = make.a_finding()
    open_ratio = replace(finding.likelihood_ratio, high=float("inf"))
    draft = make.a_draft(findings=(replace(finding, likelihood_ratio=open_ratio),))
    assert render_json(draft)["findings"][0]["likelihood_ratio"]["high"] is None
    assert render_pdf(draft)
