"""A report's files in one folder: all of them, or none."""

import json
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib import import_module, util
from pathlib import Path
from typing import Any, cast

from osler.clinical import Draft, Report
from osler.report.compose import compose
from osler.report.document import render_json
from osler.report.html import set_html
from osler.report.pdf import set_pdf

NAMES = {
    "pdf": "report.pdf",
    "html": "report.html",
    "json": "report.json",
    "fhir": "report.fhir.json",
}
_FHIR = "osler.standards.fhir"


@dataclass(frozen=True)
class ReportFiles:
    """Where the forms of one report lie. ``fhir`` is None where no FHIR writer is installed."""

    folder: Path
    pdf: Path
    html: Path
    json: Path
    fhir: Path | None

    def by_kind(self) -> dict[str, str]:
        """Return the paths by kind, as ``summary`` takes them."""
        paths = {"pdf": self.pdf, "html": self.html, "json": self.json, "fhir": self.fhir}
        return {kind: str(path) for kind, path in paths.items() if path is not None}


def write(draft: Draft, folder: Path) -> ReportFiles:
    """Write every form of a draft into a folder, which appears complete or not at all.

    An earlier folder of the same name is replaced only once the new one is complete; on any
    failure it stays as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new = work / "new"
        new.mkdir()
        for kind, content in forms(draft).items():
            (new / NAMES[kind]).write_bytes(content)
        for mask in draft.masks:
            (new / mask.name).write_bytes(mask.content)
        if folder.exists():
            _exchange(folder, new, aside=work / "old")
        else:
            new.rename(folder)
    finally:
        shutil.rmtree(work)
    return _files(folder)


def _exchange(folder: Path, new: Path, aside: Path) -> None:
    """Put a new folder in the place of an old one, and the old one back if that fails."""
    folder.rename(aside)
    try:
        new.rename(folder)
    except OSError:
        aside.rename(folder)
        raise


def _files(folder: Path) -> ReportFiles:
    """Say where the files of a written folder lie."""
    fhir = folder / NAMES["fhir"]
    return ReportFiles(
        folder=folder,
        pdf=folder / NAMES["pdf"],
        html=folder / NAMES["html"],
        json=folder / NAMES["json"],
        fhir=fhir if fhir.exists() else None,
    )


def forms(said: Draft | Report, kinds: Collection[str] = NAMES) -> dict[str, bytes]:
    """Render a draft or a report by kind; the two for people are laid out from one sheet.

    Parameters
    ----------
    kinds
        Which of 'pdf', 'html', 'json' and 'fhir'; the last only where its writer is installed.
    """
    to_bundle = _fhir_writer()
    there = [kind for kind in NAMES if kind != "fhir" or to_bundle]
    contents: dict[str, bytes] = {}
    if {"pdf", "html"} & set(kinds):
        sheet = compose(said)
        if "pdf" in kinds:
            contents["pdf"] = set_pdf(sheet, said)
        if "html" in kinds:
            contents["html"] = set_html(sheet).encode()
    if "json" in kinds:
        contents["json"] = _json(render_json(said, {kind: NAMES[kind] for kind in there}))
    if to_bundle and "fhir" in kinds:
        contents["fhir"] = _json(to_bundle(said))
    return contents


def _fhir_writer() -> Callable[[Draft | Report], Mapping[str, Any]] | None:
    """Return the writer of FHIR bundles, loaded only when a report is written."""
    if util.find_spec(_FHIR) is None:
        return None
    writer = getattr(import_module(_FHIR), "to_bundle", None)
    return cast("Callable[[Draft | Report], Mapping[str, Any]] | None", writer)


def _json(document: Mapping[str, Any]) -> bytes:
    """Write strict JSON for people and programs."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode(errors="backslashreplace") + b"\n"
