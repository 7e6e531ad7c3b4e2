"""The rows of signed reports: themselves, their addenda, and the files they were printed to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from osler.clinical import Addendum
from osler.errors import NotFound
from osler.records.ids import DraftId, PatientId, ReportId, StudyId, new_id
from osler.records.objects import Kept
from osler.records.open_drafts import newest_after
from osler.records.tables import addenda, drafts, report_files, reports


@dataclass(frozen=True)
class ReportRow:
    """A signed report as lists show it.

    Attributes
    ----------
    replaces, replaced_by
        The report of the same study that was signed before, and after.
    newer_draft
        The current result of the study where it is newer than what was signed; else None.
    """

    report_id: ReportId
    draft_id: DraftId
    study_id: StudyId | None
    patient_id: PatientId
    signed_by: str
    signed_at: datetime
    replaces: ReportId | None
    replaced_by: ReportId | None
    newer_draft: DraftId | None
    addenda: tuple[Addendum, ...]

    @property
    def edition(self) -> int:
        """The newest edition: 1 as signed, one more for each addendum."""
        return 1 + len(self.addenda)


def wanted_reports() -> Select[Any]:
    """Return the query for reports with what their drafts say."""
    told = drafts.c
    return select(reports, told.study_id, told.patient_id, told.superseded_at, told.stored_at).join(
        drafts, told.draft_id == reports.c.draft_id
    )


def report_rows(connection: Connection, wanted: Select[Any]) -> tuple[ReportRow, ...]:
    """Return the reports of a query."""
    rows = connection.execute(wanted).all()
    ids = [row.report_id for row in rows]
    later = select(reports.c.supersedes, reports.c.report_id).where(reports.c.supersedes.in_(ids))
    replaced = {row.supersedes: row.report_id for row in connection.execute(later)}
    said = _addenda(connection, ids)
    return tuple(
        ReportRow(
            report_id=ReportId(row.report_id),
            draft_id=DraftId(row.draft_id),
            study_id=row.study_id,
            patient_id=row.patient_id,
            signed_by=row.signed_by,
            signed_at=row.signed_at,
            replaces=row.supersedes,
            replaced_by=replaced.get(row.report_id),
            newer_draft=_newer(connection, row),
            addenda=tuple(said.get(row.report_id, ())),
        )
        for row in rows
    )


def report_row(connection: Connection, report_id: str) -> ReportRow:
    """Return one report.

    Raises
    ------
    NotFound
        There is none of this id.
    """
    found = report_rows(connection, wanted_reports().where(reports.c.report_id == report_id))
    if not found:
        raise NotFound(
            f"report {report_id} is not there, or was deleted with its patient; expected the id of "
            "one that was signed"
        )
    return found[0]


def last_report(connection: Connection, draft: Row[Any]) -> str | None:
    """Return the newest report of a draft's study, or of the patient's record alone."""
    alone = (drafts.c.patient_id == draft.patient_id) & drafts.c.study_id.is_(None)
    same = drafts.c.study_id == draft.study_id if draft.study_id is not None else alone
    return connection.scalar(
        select(reports.c.report_id)
        .join(drafts, drafts.c.draft_id == reports.c.draft_id)
        .where(same, reports.c.draft_id != draft.draft_id)
        .order_by(reports.c.signed_at.desc(), reports.c.report_id.desc())
        .limit(1)
    )


def put_files(
    connection: Connection, report_id: str, edition: int, *, files: Mapping[str, Kept]
) -> None:
    """Insert the files of one edition."""
    rows = [
        {
            "file_id": new_id(),
            "report_id": report_id,
            "edition": edition,
            "kind": kind,
            "address": kept.address,
            "sha256": kept.sha256,
            "size": kept.size,
        }
        for kind, kept in files.items()
    ]
    connection.execute(insert(report_files), rows)


def put_addendum(connection: Connection, addendum: Addendum, edition: int) -> None:
    """Insert an addendum."""
    connection.execute(
        insert(addenda).values(
            addendum_id=addendum.addendum_id,
            report_id=addendum.report_id,
            edition=edition,
            text=addendum.text,
            added_by=addendum.by,
            added_at=addendum.at,
        )
    )


def _newer(connection: Connection, row: Row[Any]) -> DraftId | None:
    """Return the result that came after the one that was signed."""
    found = newest_after(connection, row)
    return DraftId(found) if found is not None else None


def _addenda(connection: Connection, ids: Sequence[str]) -> dict[str, list[Addendum]]:
    """Return the addenda of reports in their order."""
    query = select(addenda).where(addenda.c.report_id.in_(ids)).order_by(addenda.c.edition)
    found: dict[str, list[Addendum]] = {}
    rows: Iterable[Row[Any]] = connection.execute(query)
    for row in rows:
        one = Addendum(row.addendum_id, row.report_id, row.text, row.added_by, row.added_at)
        found.setdefault(row.report_id, []).append(one)
    return found
