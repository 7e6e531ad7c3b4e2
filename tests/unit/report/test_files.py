"""A report's folder is complete or not there."""

import json
from pathlib import Path

import pytest

from make import draft as make
from osler.clinical import Draft
from osler.errors import OurFault
from osler.report import files, write


def test_every_form_is_written_and_named_in_the_document(tmp_path: Path) -> None:
    """Who gets the JSON must find the PDF."""
    written = write(make.a_draft(), tmp_path / "study" / "report")
    document = json.loads(written.json.read_text(encoding="utf-8"))
    assert written.pdf.read_bytes().startswith(b"%PDF")
    assert written.html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    for kind, name in document["files"].items():
        assert (written.folder / name).exists(), kind
    assert set(document["files"]) == set(written.by_kind())


def test_an_earlier_report_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """Pages of two drafts in one folder would be read as one."""
    folder = tmp_path / "report"
    write(make.a_draft(), folder)
    (folder / "left-over.txt").write_text("old")
    written = write(make.a_draft(draft_id="draft-0002"), folder)
    assert "draft-0002" in written.html.read_text(encoding="utf-8")
    assert not (folder / "left-over.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_failure_leaves_the_earlier_report_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a report is worse than the old one."""
    folder = tmp_path / "report"
    before = write(make.a_draft(), folder).pdf.read_bytes()

    def broken(sheet: object, draft: Draft) -> bytes:
        raise OurFault(f"draft {draft.draft_id}: the PDF could not be set")

    monkeypatch.setattr(files, "set_pdf", broken)
    with pytest.raises(OurFault, match="could not be set"):
        write(make.a_draft(draft_id="draft-0002"), folder)
    assert (folder / "report.pdf").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
