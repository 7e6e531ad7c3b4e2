"""Studies and their instances: stored durably, read back whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select, tuple_, update

from osler.clinical import Instance, Refusal, Study, StudyUid
from osler.errors import NotFound, OslerError
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.holders import Holder, Holders, require_kept
from osler.records.identity import Received
from osler.records.ids import PatientId, StudyId, new_id
from osler.records.instances import Arrival, StoredInstance, instance_rows, opened, put_rows
from osler.records.objects import Objects
from osler.records.study_rows import StudyRow, study_rows
from osler.records.tables import refusals, studies
from osler.standards.pictures import group_studies

Priority = Literal["urgent", "routine"]
PAGE = 100


@dataclass(frozen=True)
class Studies:
    """What may be done with studies, by one actor for one purpose."""

    door: Door
    holders: Holders
    objects: Objects
    quiet: timedelta
    changed_instance: Literal["refuse", "version"]

    def store(
        self,
        instance: Instance,
        *,
        source: str,
        now: datetime,
        quiet: timedelta | None = None,
        priority: Priority = "routine",
    ) -> StoredInstance:
        """Keep an instance. When this returns, bytes and row are on disk.

        Parameters
        ----------
        source
            Who sent it: a name of the site's own ('folder', 'ct-1').
        quiet
            How long nothing more must come until the study counts as complete; the site's own
            time where None.

        Raises
        ------
        IdentityConflict
            It names another patient than its study or its number does.
        InputRefused
            Another content is kept under its UID, and the site's policy is to refuse that.
        TryLater
            Disk or database did not take it; nothing is half there.
        """
        received = Received(source, now)
        quiet_until = now + (self.quiet if quiet is None else quiet)

        def find() -> Holder:
            return self.holders.of_document(
                self.door, instance.patient, received, study_uid=instance.study_uid
            )

        def keep(holder: Holder) -> StoredInstance:
            arrival = Arrival(
                instance=instance,
                kept=self.objects.put(instance.content, holder=holder.patient_id, key=holder.key),
                received=received,
                quiet_until=quiet_until,
                priority=priority,
                keeps_versions=self.changed_instance == "version",
            )
            return self._put(arrival, holder)

        return self.holders.under(find, keep)

    def _put(self, arrival: Arrival, holder: Holder) -> StoredInstance:
        """Write the rows of an instance whose bytes are on disk."""
        arrival.header  # noqa: B018 - made here, so that the one writing thread need not

        def work(connection: Connection) -> tuple[StoredInstance, Sequence[Subject]]:
            require_kept(connection, holder)
            stored = put_rows(connection, arrival, holder.patient_id)
            return stored, [_instance_subject(stored)]

        return self.door.write(Action.STORE, work)

    def refuse(
        self,
        refusal: Refusal,
        *,
        source: str,
        now: datetime,
        content: bytes | None = None,
    ) -> None:
        """Keep a refusal with its sentence, and the bytes where their sender keeps none."""
        kept = None
        if content is not None:
            keeper = self.holders.quarantine()
            kept = self.objects.put(content, holder=keeper.patient_id, key=keeper.key)

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            refusal_id = new_id()
            connection.execute(
                refusals.insert().values(
                    refusal_id=refusal_id,
                    origin=refusal.origin,
                    sentence=refusal.sentence,
                    kind=refusal.kind,
                    source=source,
                    address=kept.address if kept is not None else None,
                    sha256=kept.sha256 if kept is not None else None,
                    received_at=now,
                )
            )
            return None, [Subject(f"refusal/{refusal_id}")]

        self.door.write(Action.REFUSE, work)

    def complete(self, study_id: StudyId, *, now: datetime) -> None:
        """Take the sender's word that nothing more comes; a late instance opens it again."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            connection.execute(
                update(studies)
                .where(studies.c.study_id == study_id, studies.c.state == "receiving")
                .values(state="complete", quiet_until=now)
            )
            return None, [Subject(f"study/{study_id}", _patient_of(connection, study_id))]

        self.door.write(Action.COMPLETE, work)

    def load(self, study_id: StudyId) -> Study:
        """Return a study with the bytes of its current instances.

        Raises
        ------
        NotFound
            There is no such study, or an object of it is missing.
        OurFault
            An object was altered.
        """

        def query(
            connection: Connection,
        ) -> tuple[tuple[Holder, list[tuple[str, Mapping[str, Any]]]], Sequence[Subject]]:
            patient_id = _patient_of(connection, study_id)
            holder = self.holders.of_patient(connection, patient_id)
            rows = instance_rows(connection, study_id)
            return (holder, rows), [Subject(f"study/{study_id}", patient_id)]

        holder, rows = self.door.read(Action.READ_STUDY, query)
        found = [
            opened(header, self.objects.get(address, holder=holder.patient_id, key=holder.key))
            for address, header in rows
        ]
        return one_study(study_id, found)

    def find(self, study_uid: StudyUid) -> StudyId | None:
        """Return the id of the study that has a UID."""

        def query(connection: Connection) -> tuple[StudyId | None, Sequence[Subject]]:
            row = connection.execute(
                select(studies.c.study_id, studies.c.patient_id).where(
                    studies.c.study_uid == str(study_uid)
                )
            ).one_or_none()
            if row is None:
                return None, [Subject("studies")]
            return StudyId(row.study_id), [Subject(f"study/{row.study_id}", row.patient_id)]

        return self.door.read(Action.LIST_STUDIES, query)

    def get(self, study_id: StudyId) -> StudyRow:
        """Return one study as lists show it."""

        def query(connection: Connection) -> tuple[StudyRow, Sequence[Subject]]:
            found = study_rows(connection, select(studies).where(studies.c.study_id == study_id))
            if not found:
                raise _absent(study_id)
            return found[0], [Subject(f"study/{study_id}", found[0].patient_id)]

        return self.door.read(Action.LIST_STUDIES, query)

    def list(
        self, *, state: str | None = None, limit: int = PAGE, before: StudyId | None = None
    ) -> tuple[StudyRow, ...]:
        """Return the newest studies first; ``before`` is the last of the page before."""

        def query(connection: Connection) -> tuple[tuple[StudyRow, ...], Sequence[Subject]]:
            table = studies.c
            wanted = select(studies).order_by(table.first_received_at.desc(), table.study_id.desc())
            if state is not None:
                wanted = wanted.where(table.state == state)
            if before is not None:
                mark = select(table.first_received_at, table.study_id).where(
                    table.study_id == before
                )
                wanted = wanted.where(
                    tuple_(table.first_received_at, table.study_id) < mark.scalar_subquery()
                )
            return tuple(study_rows(connection, wanted.limit(limit))), [Subject("studies")]

        return self.door.read(Action.LIST_STUDIES, query)


def _instance_subject(stored: StoredInstance) -> Subject:
    """Return an instance as the audit trail names it."""
    return Subject(
        f"instance/{stored.instance_id}",
        stored.patient_id,
        (("outcome", str(stored.outcome)), ("study", stored.study_id)),
    )


def _patient_of(connection: Connection, study_id: StudyId) -> PatientId:
    """Return whose study it is."""
    found = connection.scalar(select(studies.c.patient_id).where(studies.c.study_id == study_id))
    if found is None:
        raise _absent(study_id)
    return PatientId(found)


def _absent(study_id: str) -> OslerError:
    """Return the error for a study that is not there."""
    return NotFound(
        f"study {study_id} is not kept, or was deleted with its patient; expected the id of a "
        "study that is (osler records studies)"
    )


def one_study(study_id: StudyId, found: Sequence[Instance]) -> Study:
    """Return instances as the one study that they are of."""
    grouped = group_studies(found)
    if len(grouped.studies) != 1:
        told = "; ".join(one.sentence for one in grouped.refusals) or "no instance is left"
        raise NotFound(
            f"study {study_id}: its {len(found)} instances do not make one study ({told}); "
            "send it again from its source"
        )
    return grouped.studies[0]
