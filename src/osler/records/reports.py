"""Signed reports: signed once, never changed, added to by addenda."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, tuple_

from osler.clinical import Addendum, Draft, Report
from osler.errors import Conflict, InputRefused, Misuse, NotFound
from osler.records.access import Action
from osler.records.accounts import SignedIn
from osler.records.door import Door, Subject
from osler.records.events import About, EventKind, emit
from osler.records.holders import Holder, Holders, require_kept
from osler.records.ids import DraftId, PatientId, ReportId, StudyId, new_id
from osler.records.objects import Kept, Objects
from osler.records.open_drafts import draft_row, open_draft, require_same
from osler.records.report_rows import (
    ReportRow,
    last_report,
    put_addendum,
    put_files,
    report_row,
    report_rows,
    wanted_reports,
)
from osler.records.signing import require_proof
from osler.records.tables import drafts, report_files, reports

PAGE = 100


@dataclass(frozen=True)
class ReportFile:
    """One form of a report as it was kept."""

    report_id: ReportId
    edition: int
    kind: str
    sha256: str
    content: bytes


@dataclass(frozen=True)
class Reports:
    """What may be done with signed reports, by one actor for one purpose."""

    door: Door
    holders: Holders
    objects: Objects

    def begin(self, draft: Draft, *, signed_in: SignedIn, now: datetime) -> Report:
        """Return the report that a draft becomes when it is signed now; nothing is written yet.

        Raises
        ------
        NotSignedIn
            The password was not given lately.
        Conflict
            The draft was signed or superseded, or its review went on since ``draft`` was read.
        """

        def query(connection: Connection) -> tuple[str | None, Sequence[Subject]]:
            require_proof(connection, signed_in, self.door.actor, now=now)
            row = open_draft(connection, draft.draft_id)
            require_same(connection, draft.draft_id, [one.review_id for one in draft.reviews])
            return last_report(connection, row), ()

        replaces = self.door.read(Action.SIGN, query)
        return Report(new_id(), draft, self.door.actor.name, now, replaces)

    def sign(self, report: Report, forms: Mapping[str, bytes], *, signed_in: SignedIn) -> ReportRow:
        """Sign: keep the report and its forms, and close its draft. Durable when this returns.

        Parameters
        ----------
        report
            From `begin`, at most a few minutes ago.
        forms
            The report as it was printed, by kind: 'pdf', 'html', 'json', 'fhir'.

        Raises
        ------
        NotSignedIn
            The password was not given lately.
        Conflict
            Somebody has signed the draft, reviewed it or superseded it meanwhile; says who.
        """
        self._require_own(report.signed_by)
        draft = report.draft

        def write(connection: Connection, files: Mapping[str, Kept]) -> ReportRow:
            require_proof(connection, signed_in, self.door.actor, now=report.signed_at)
            row = open_draft(connection, draft.draft_id)
            require_same(connection, draft.draft_id, [one.review_id for one in draft.reviews])
            if last_report(connection, row) != report.replaces:
                raise Conflict(
                    f"draft {draft.draft_id}: another report of its study was signed meanwhile; "
                    "nothing was signed; read that one"
                )
            connection.execute(
                insert(reports).values(
                    report_id=report.report_id,
                    draft_id=draft.draft_id,
                    signed_by=report.signed_by,
                    signed_at=report.signed_at,
                    supersedes=report.replaces,
                )
            )
            put_files(connection, report.report_id, 1, files=files)
            about = About(row.study_id, row.patient_id, row.job_id, draft.draft_id)
            told = {"report": report.report_id, "replaces": report.replaces}
            emit(connection, EventKind.REPORT_SIGNED, about, now=report.signed_at, detail=told)
            return report_row(connection, report.report_id)

        return self._kept(DraftId(draft.draft_id), forms, write)

    def begin_addendum(
        self, report_id: ReportId, text: str, *, signed_in: SignedIn, now: datetime
    ) -> Addendum:
        """Return an addendum that may be signed now; nothing is written yet.

        Raises
        ------
        NotFound
            There is no such report.
        NotSignedIn
            The password was not given lately.
        InputRefused
            It says nothing.
        """

        def query(connection: Connection) -> tuple[None, Sequence[Subject]]:
            require_proof(connection, signed_in, self.door.actor, now=now)
            report_row(connection, report_id)
            return None, ()

        self.door.read(Action.SIGN, query)
        try:
            return Addendum(new_id(), report_id, text.strip(), self.door.actor.name, now)
        except ValueError as error:
            raise InputRefused(f"report {report_id}: {error}; nothing was written") from error

    def append(
        self, report: Report, forms: Mapping[str, bytes], *, signed_in: SignedIn
    ) -> ReportRow:
        """Add the last addendum of a report; what was signed before stays as it is.

        Parameters
        ----------
        report
            With all of its addenda, the new one last.
        forms
            As it was printed with the new one.

        Raises
        ------
        NotSignedIn
            The password was not given lately.
        Conflict
            Somebody else added one meanwhile.
        """
        if not report.addenda:
            raise Misuse(f"report {report.report_id}: found no addendum to add; expected one")
        addendum, edition = report.addenda[-1], 1 + len(report.addenda)
        self._require_own(addendum.by)

        def write(connection: Connection, files: Mapping[str, Kept]) -> ReportRow:
            require_proof(connection, signed_in, self.door.actor, now=addendum.at)
            draft = draft_row(connection, report.draft.draft_id, held=True)
            known = report_row(connection, report.report_id)
            if known.addenda != report.addenda[:-1]:
                last = known.addenda[-1].by if known.addenda else "nobody"
                raise Conflict(
                    f"report {report.report_id} has {len(known.addenda)} addenda, the last by "
                    f"{last}; expected {edition - 2}; nothing was written; read it again"
                )
            put_addendum(connection, addendum, edition)
            put_files(connection, report.report_id, edition, files=files)
            about = About(draft.study_id, draft.patient_id, draft.job_id, draft.draft_id)
            told = {"report": report.report_id, "addendum": addendum.addendum_id}
            emit(connection, EventKind.REPORT_AMENDED, about, now=addendum.at, detail=told)
            return report_row(connection, report.report_id)

        return self._kept(DraftId(report.draft.draft_id), forms, write)

    def get(self, report_id: ReportId) -> ReportRow:
        """Return one report.

        Raises
        ------
        NotFound
            There is none of this id.
        """

        def query(connection: Connection) -> tuple[ReportRow, Sequence[Subject]]:
            found = report_row(connection, report_id)
            return found, [_subject(found)]

        return self.door.read(Action.READ_RESULT, query)

    def of_draft(self, draft_id: DraftId) -> ReportRow | None:
        """Return the report that a draft became; None where nobody has signed it."""

        def query(connection: Connection) -> tuple[ReportRow | None, Sequence[Subject]]:
            whose = draft_row(connection, draft_id).patient_id
            found = report_rows(connection, wanted_reports().where(reports.c.draft_id == draft_id))
            return (found[0] if found else None), [Subject(f"draft/{draft_id}", whose)]

        return self.door.read(Action.READ_RESULT, query)

    def list(
        self,
        *,
        study_id: StudyId | None = None,
        patient_id: PatientId | None = None,
        limit: int = PAGE,
        before: ReportId | None = None,
    ) -> tuple[ReportRow, ...]:
        """Return the reports signed last first; ``before`` is the last of the page before."""

        def query(connection: Connection) -> tuple[tuple[ReportRow, ...], Sequence[Subject]]:
            order = tuple_(reports.c.signed_at, reports.c.report_id)
            wanted = wanted_reports().order_by(
                reports.c.signed_at.desc(), reports.c.report_id.desc()
            )
            if study_id is not None:
                wanted = wanted.where(drafts.c.study_id == study_id)
            if patient_id is not None:
                wanted = wanted.where(drafts.c.patient_id == patient_id)
            if before is not None:
                last = reports.alias("last")
                mark = select(last.c.signed_at, last.c.report_id).where(last.c.report_id == before)
                wanted = wanted.where(order < mark.scalar_subquery())
            found = report_rows(connection, wanted.limit(limit))
            return found, [_subject(one) for one in found] or [Subject("reports")]

        return self.door.read(Action.READ_RESULT, query)

    def file(self, report_id: ReportId, kind: str, *, edition: int | None = None) -> ReportFile:
        """Return one form of a report as it was kept; of the newest edition where none is named.

        Raises
        ------
        NotFound
            There is no such report, or it was not kept in this form.
        """

        def query(
            connection: Connection,
        ) -> tuple[tuple[Holder, str, ReportFile], Sequence[Subject]]:
            known = report_row(connection, report_id)
            wanted = known.edition if edition is None else edition
            row = connection.execute(
                select(report_files).where(
                    report_files.c.report_id == report_id,
                    report_files.c.edition == wanted,
                    report_files.c.kind == kind,
                )
            ).one_or_none()
            if row is None:
                raise NotFound(
                    f"report {report_id} has no {kind!r} of edition {wanted}; expected pdf, html, "
                    f"json or fhir of edition 1 to {known.edition}"
                )
            holder = self.holders.of_patient(connection, known.patient_id)
            found = ReportFile(report_id, wanted, kind, row.sha256, b"")
            told = Subject(f"report/{report_id}", known.patient_id, (("kind", kind),))
            return (holder, row.address, found), [told]

        holder, address, found = self.door.read(Action.READ_RESULT, query)
        content = self.objects.get(address, holder=holder.patient_id, key=holder.key)
        return ReportFile(report_id, found.edition, kind, found.sha256, content)

    def _kept(
        self,
        draft_id: DraftId,
        forms: Mapping[str, bytes],
        write: Callable[[Connection, Mapping[str, Kept]], ReportRow],
    ) -> ReportRow:
        """Keep forms under the patient's key, then write their rows."""

        def find() -> Holder:
            return self.door.read(
                Action.SIGN,
                lambda connection: (
                    self.holders.of_patient(connection, draft_row(connection, draft_id).patient_id),
                    (),
                ),
            )

        def keep(holder: Holder) -> ReportRow:
            files = {
                kind: self.objects.put(content, holder=holder.patient_id, key=holder.key)
                for kind, content in forms.items()
            }

            def work(connection: Connection) -> tuple[ReportRow, Sequence[Subject]]:
                require_kept(connection, holder)
                found = write(connection, files)
                return found, [_subject(found, edition=found.edition)]

            return self.door.write(Action.SIGN, work)

        return self.holders.under(find, keep)

    def _require_own(self, name: str) -> None:
        """Refuse to sign in another's name."""
        if name != self.door.actor.name:
            raise Misuse(
                f"a signature of {name!r} at the desk of {self.door.actor.name!r}: expected their "
                "own; nothing was signed"
            )


def _subject(row: ReportRow, **detail: object) -> Subject:
    """Return a report as the audit trail names it."""
    told = tuple(sorted({"draft": row.draft_id, **detail}.items()))
    return Subject(f"report/{row.report_id}", row.patient_id, told)
