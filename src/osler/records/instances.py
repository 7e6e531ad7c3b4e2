"""The rows of an instance: its study, its series, itself."""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, insert, select, update

from osler.clinical import Instance
from osler.clinical.serial import from_json, to_json
from osler.errors import IdentityConflict, InputRefused, NotFound
from osler.records.events import About, EventKind, emit
from osler.records.identity import Received, root
from osler.records.ids import InstanceId, PatientId, StudyId, new_id
from osler.records.objects import Kept
from osler.records.rows import insert_new
from osler.records.study_texts import index_study
from osler.records.tables import instances, series, studies


class Outcome(StrEnum):
    """What became of an instance that came in."""

    STORED = "stored"
    REPEATED = "repeated"
    NEW_VERSION = "new version"


class OtherContent(InputRefused):
    """Another content is kept under the same SOP Instance UID."""

    kind = "conflict"


# Built once: the building costs more than the running, and these run for each instance.
_STUDY = (
    select(studies.c.study_id, studies.c.patient_id, studies.c.priority)
    .where(studies.c.study_uid == bindparam("uid"))
    .with_for_update()
)
_SERIES = select(series.c.series_id).where(
    series.c.study_id == bindparam("of_study"), series.c.series_uid == bindparam("uid")
)
_NEWEST = (
    select(instances.c.instance_id, instances.c.sha256, instances.c.version)
    .where(
        instances.c.study_id == bindparam("of_study"),
        instances.c.instance_uid == bindparam("uid"),
    )
    .order_by(instances.c.version.desc())
)
_REOPEN = (
    update(studies)
    .where(studies.c.study_id == bindparam("of_study"))
    .values(
        revision=studies.c.revision + 1,
        state="receiving",
        quiet_until=bindparam("quiet"),
        last_received_at=bindparam("received"),
        priority=case((bindparam("is_urgent"), "urgent"), else_=studies.c.priority),
    )
)
_INSERT = insert(instances)


@dataclass(frozen=True)
class StoredInstance:
    """An instance that is kept, and where."""

    instance_id: InstanceId
    study_id: StudyId
    patient_id: PatientId
    outcome: Outcome


@dataclass(frozen=True)
class Arrival:
    """An instance whose bytes are in the object store, on its way into the tables."""

    instance: Instance
    kept: Kept
    received: Received
    quiet_until: datetime
    priority: str
    keeps_versions: bool

    @functools.cached_property
    def header(self) -> object:
        """All of the instance but its bytes, as JSON."""
        header, _ = to_json(dataclasses.replace(self.instance, content=b""))
        return header


def put_rows(connection: Connection, arrival: Arrival, patient_id: PatientId) -> StoredInstance:
    """Insert what is new of an instance's study, series and itself, and open the study anew."""
    study_id, owner, priority = _study(connection, arrival, patient_id)
    before = _newest(connection, study_id, arrival.instance.uid)
    if before is not None and before.sha256 == arrival.kept.sha256:
        return StoredInstance(InstanceId(before.instance_id), study_id, owner, Outcome.REPEATED)
    if before is not None and not arrival.keeps_versions:
        raise OtherContent(
            f"{arrival.instance.origin}: another content is kept under the same SOP Instance UID; "
            "expected the same bytes, or a UID of its own; the first one stays; have the sender "
            "give it a new UID, or set OSLER_CHANGED_INSTANCE=version to keep both"
        )
    instance_id = _insert(connection, arrival, study_id, before=before)
    told = {
        "of_study": study_id,
        "quiet": arrival.quiet_until,
        "received": arrival.received.now,
        "is_urgent": arrival.priority == "urgent",
    }
    connection.execute(_REOPEN, told)
    if told["is_urgent"] and priority != arrival.priority:
        index_study(connection, study_id)
    outcome = Outcome.STORED if before is None else Outcome.NEW_VERSION
    return StoredInstance(instance_id, study_id, owner, outcome)


def instance_rows(connection: Connection, study_id: StudyId) -> list[tuple[str, Mapping[str, Any]]]:
    """Return address and header of each current instance of a study, in order of arrival."""
    query = (
        select(instances.c.address, instances.c.header)
        .where(instances.c.study_id == study_id, instances.c.is_current)
        .order_by(instances.c.instance_id)
    )
    return [(row.address, row.header) for row in connection.execute(query)]


def opened(header: Mapping[str, Any], content: bytes) -> Instance:
    """Return an instance from what was kept of it."""
    return dataclasses.replace(from_json(Instance, dict(header), {_NOTHING: b""}), content=content)


def _study(
    connection: Connection, arrival: Arrival, patient_id: PatientId
) -> tuple[StudyId, PatientId, str]:
    """Return the study's row, inserted if it is new, whose it is, and its priority until now."""
    known = _known_study(connection, arrival)
    if known is None:
        _insert_study(connection, arrival, patient_id)
        known = _known_study(connection, arrival)
    if known is None:
        raise NotFound("the study just added is not there; it was deleted meanwhile; send it again")
    owner = PatientId(known.patient_id)
    if owner != patient_id and root(connection, owner) != root(connection, patient_id):
        raise IdentityConflict(
            f"{arrival.instance.origin}: its study is kept under another patient; expected one "
            "patient for one study; check the patient's numbers at the sender, or merge the two"
        )
    return StudyId(known.study_id), owner, known.priority


def _known_study(connection: Connection, arrival: Arrival) -> Row[Any, Any, Any] | None:
    """Return the row of a study that is kept, held until the end of the transaction.

    Two doors that bring instances of one study at once take turns.
    """
    uid = {"uid": str(arrival.instance.study_uid)}
    return connection.execute(_STUDY, uid).one_or_none()


def _insert_study(connection: Connection, arrival: Arrival, patient_id: PatientId) -> None:
    """Insert a study, unless another process has just done so."""
    instance, now = arrival.instance, arrival.received.now
    row = {
        "study_id": new_id(),
        "study_uid": str(instance.study_uid),
        "patient_id": patient_id,
        "study_date": instance.study_date,
        "studied_at": instance.studied_at,
        "description": instance.study_description,
        "accession_number": instance.accession_number,
        "source": arrival.received.source,
        "priority": arrival.priority,
        "state": "receiving",
        "revision": 0,
        "quiet_until": arrival.quiet_until,
        "first_received_at": now,
        "last_received_at": now,
    }
    if insert_new(connection, studies, row, unique=("study_uid",)):
        emit(
            connection,
            EventKind.STUDY_RECEIVED,
            About(study_id=str(row["study_id"]), patient_id=patient_id),
            now=now,
        )


def _newest(connection: Connection, study_id: StudyId, uid: str) -> Row[Any, Any, Any] | None:
    """Return the newest version of an instance that is kept."""
    return connection.execute(_NEWEST, {"of_study": study_id, "uid": str(uid)}).first()


def _insert(
    connection: Connection,
    arrival: Arrival,
    study_id: StudyId,
    *,
    before: Row[Any, Any, Any] | None,
) -> InstanceId:
    """Insert an instance, as the next version where another content is kept."""
    instance = arrival.instance
    if before is not None:
        connection.execute(
            update(instances)
            .where(instances.c.instance_id == before.instance_id)
            .values(is_current=False)
        )
    instance_id = InstanceId(new_id())
    row = {
        "instance_id": instance_id,
        "series_id": _series(connection, arrival, study_id),
        "study_id": study_id,
        "instance_uid": str(instance.uid),
        "version": before.version + 1 if before is not None else 1,
        "supersedes": before.instance_id if before is not None else None,
        "is_current": True,
        "address": arrival.kept.address,
        "sha256": arrival.kept.sha256,
        "size": arrival.kept.size,
        "header": arrival.header,
        "source": arrival.received.source,
        "received_at": arrival.received.now,
    }
    connection.execute(_INSERT, row)
    return instance_id


def _series(connection: Connection, arrival: Arrival, study_id: StudyId) -> str:
    """Return the series' row, inserted if it is new."""
    instance = arrival.instance
    asked = {"of_study": study_id, "uid": str(instance.series_uid)}
    found = connection.scalar(_SERIES, asked)
    if found is None:
        row = {
            "series_id": new_id(),
            "study_id": study_id,
            "series_uid": str(instance.series_uid),
            "modality": instance.modality,
            "description": instance.series_description,
        }
        insert_new(connection, series, row, unique=("study_id", "series_uid"))
        index_study(connection, study_id)
        found = connection.scalar(_SERIES, asked)
    return str(found)


_NOTHING = next(iter(to_json(b"")[1]))
