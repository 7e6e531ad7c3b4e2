"""The result of a study as it stands now: the current draft, with what people made of it."""

from dataclasses import dataclass
from typing import Any

from osler.errors import NotFound
from osler.records import Desk, DraftRow, StudyId
from osler.report import render_json, report_schema
from osler.workflow.packages import CalibrationCard, Packages
from osler.workflow.reviewing import reviewed_draft

__all__ = ["Calibrated", "Standing", "report_schema", "standing"]


@dataclass(frozen=True)
class Calibrated:
    """How one output of one model was calibrated; ``calibration`` None where that is not known."""

    model: str
    version: str
    sha256: str
    name: str
    calibration: CalibrationCard | None


@dataclass(frozen=True)
class Standing:
    """The current draft of a study, in the words of ``report.json``."""

    row: DraftRow
    document: dict[str, Any]
    calibrations: tuple[Calibrated, ...]


def standing(desk: Desk, packages: Packages, study_id: StudyId) -> Standing:
    """Return the result of a study as it stands.

    Raises
    ------
    NotFound
        There is no such study, or no result of it yet.
    """
    row = desk.results.current(study_id)
    if row is None:
        state = desk.studies.get(study_id).state
        raise NotFound(
            f"study {study_id} is {state} and has no result yet; expected one that was analysed; "
            "wait for the event result.current"
        )
    draft = reviewed_draft(desk, row.draft_id)
    calibrations = tuple(
        Calibrated(
            one.model.name,
            one.model.version,
            one.model.sha256,
            one.name,
            packages.calibration(one.model.name, one.model.version, one.name),
        )
        for one in draft.findings
    )
    return Standing(row, render_json(draft), calibrations)
