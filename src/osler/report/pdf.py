"""The report as PDF: archival (PDF/A-2a) and accessible (PDF/UA-1), set by typst, offline."""

import dataclasses
import json
import re
from importlib import resources
from typing import Any

import typst

from osler.clinical import Draft, Report
from osler.errors import OurFault
from osler.report.compose import compose
from osler.report.glyphs import glyphs_for
from osler.report.reviewing import draft_of, written_at
from osler.report.sheet import Sheet

_LONG_WORD = re.compile(r"\S{26}(?=\S)")


def render_pdf(said: Draft | Report) -> bytes:
    """Return a draft or a report as a PDF for people: tagged, selectable, the same each time.

    Raises
    ------
    OurFault
        The template could not be set; nothing was written.
    """
    return set_pdf(compose(said), said)


def set_pdf(sheet: Sheet, said: Draft | Report) -> bytes:
    """Set a composed sheet. Words go in as data, never as markup."""
    draft = draft_of(said)
    data = _breakable(dataclasses.asdict(sheet))
    glyphs = glyphs_for(_printed(sheet))
    data["fonts"] = {"families": glyphs.families, "notice": glyphs.notice}
    data["software"] = draft.software
    # Handed over in memory: no name of a patient lies in a temporary folder.
    files = {
        "main.typ": (resources.files("osler.report") / "report.typ").read_bytes(),
        "sheet.json": json.dumps(data).encode(),
    }
    try:
        compiler = typst.Compiler(files, font_paths=glyphs.fonts)  # type: ignore[type-var]  # its stubs know no dict
        pdf = compiler.compile(
            format="pdf",
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(written_at(said).timestamp()),
        )
    except typst.TypstError as error:
        raise OurFault(f"draft {draft.draft_id}: the PDF could not be set: {error}") from error
    if not isinstance(pdf, bytes):
        raise OurFault(f"draft {draft.draft_id}: typst returned no PDF")
    return pdf


def _breakable(value: Any) -> Any:  # noqa: ANN401
    """Let words that are longer than a column break: a name must not leave the paper."""
    if isinstance(value, str) and not value.startswith("<svg"):
        return _LONG_WORD.sub("\\g<0>\N{ZERO WIDTH SPACE}", value)
    if isinstance(value, dict):
        return {key: _breakable(item) for key, item in value.items()}
    return tuple(map(_breakable, value)) if isinstance(value, tuple) else value


def _printed(value: object) -> str:
    """Return all text of a sheet but its drawings, to choose fonts by."""
    if isinstance(value, str):
        return "" if value.startswith("<svg") else value
    if isinstance(value, tuple):
        return "".join(_printed(item) for item in value)
    if dataclasses.is_dataclass(value):
        return "".join(_printed(getattr(value, f.name)) for f in dataclasses.fields(value))
    return ""
