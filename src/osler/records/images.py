"""Series and instances as lists show them, and one instance with its bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from osler.clinical import Instance
from osler.errors import NotFound
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.holders import Holder, Holders
from osler.records.ids import InstanceId, PatientId, SeriesId, StudyId
from osler.records.instances import opened
from osler.records.objects import Objects
from osler.records.tables import instances, series, studies

PAGE = 100


@dataclass(frozen=True)
class SeriesRow:
    """A series: ``instances`` counts the current ones."""

    series_id: SeriesId
    study_id: StudyId
    series_uid: str
    modality: str | None
    description: str | None
    instances: int


@dataclass(frozen=True)
class InstanceRow:
    """An instance without its bytes. ``header`` is all that was read of it.

    ``size`` is in bytes. ``version`` grows where another content came under the same UID.
    """

    instance_id: InstanceId
    series_id: SeriesId
    study_id: StudyId
    patient_id: PatientId
    instance_uid: str
    version: int
    is_current: bool
    supersedes: InstanceId | None
    sha256: str
    size: int
    source: str
    received_at: datetime
    header: Mapping[str, Any]


@dataclass(frozen=True)
class Images:
    """What may be seen of series and instances, by one actor for one purpose."""

    door: Door
    holders: Holders
    objects: Objects

    def series(
        self, study_id: StudyId, *, limit: int = PAGE, after: SeriesId | None = None
    ) -> tuple[SeriesRow, ...]:
        """Return the series of a study in the order in which they came.

        Raises
        ------
        NotFound
            There is no such study.
        """

        def query(connection: Connection) -> tuple[tuple[SeriesRow, ...], Sequence[Subject]]:
            patient_id = _patient_of(connection, study_id)
            wanted = _series().where(series.c.study_id == study_id).order_by(series.c.series_id)
            if after is not None:
                wanted = wanted.where(series.c.series_id > after)
            rows = connection.execute(wanted.limit(limit))
            found = tuple(_series_row(row) for row in rows)
            return found, [Subject(f"study/{study_id}", patient_id)]

        return self.door.read(Action.LIST_STUDIES, query)

    def one_series(self, series_id: SeriesId) -> SeriesRow:
        """Return one series.

        Raises
        ------
        NotFound
            There is none of this id.
        """

        def query(connection: Connection) -> tuple[SeriesRow, Sequence[Subject]]:
            row = connection.execute(_series().where(series.c.series_id == series_id)).first()
            if row is None:
                raise NotFound(
                    f"series {series_id} is not kept, or was deleted with its patient; expected "
                    "the id of one that is"
                )
            whose = _patient_of(connection, StudyId(row.study_id))
            return _series_row(row), [Subject(f"series/{series_id}", whose)]

        return self.door.read(Action.LIST_STUDIES, query)

    def list(
        self,
        study_id: StudyId,
        *,
        series_id: SeriesId | None = None,
        limit: int = PAGE,
        after: InstanceId | None = None,
    ) -> tuple[InstanceRow, ...]:
        """Return the current instances of a study, or of one of its series, as they came in.

        Raises
        ------
        NotFound
            There is no such study.
        """

        def query(connection: Connection) -> tuple[tuple[InstanceRow, ...], Sequence[Subject]]:
            patient_id = _patient_of(connection, study_id)
            table = instances.c
            wanted = _instances().where(table.study_id == study_id, table.is_current)
            if series_id is not None:
                wanted = wanted.where(table.series_id == series_id)
            if after is not None:
                wanted = wanted.where(table.instance_id > after)
            rows = connection.execute(wanted.order_by(table.instance_id).limit(limit))
            found = tuple(_instance_row(row) for row in rows)
            return found, [Subject(f"study/{study_id}", patient_id)]

        return self.door.read(Action.READ_STUDY, query)

    def get(self, instance_id: InstanceId) -> InstanceRow:
        """Return one instance without its bytes, also one that was superseded.

        Raises
        ------
        NotFound
            There is none of this id.
        """

        def query(connection: Connection) -> tuple[InstanceRow, Sequence[Subject]]:
            found = _instance_row(_kept(connection, instance_id))
            return found, [Subject(f"instance/{instance_id}", found.patient_id)]

        return self.door.read(Action.READ_STUDY, query)

    def load(self, instance_id: InstanceId) -> tuple[InstanceRow, Instance]:
        """Return one instance with its bytes.

        Raises
        ------
        NotFound
            There is none of this id, or its object is missing.
        OurFault
            Its object was altered.
        """

        def query(
            connection: Connection,
        ) -> tuple[tuple[InstanceRow, str, Holder], Sequence[Subject]]:
            row = _kept(connection, instance_id)
            found = _instance_row(row)
            holder = self.holders.of_patient(connection, found.patient_id)
            told = [Subject(f"instance/{instance_id}", found.patient_id)]
            return (found, row.address, holder), told

        found, address, holder = self.door.read(Action.READ_STUDY, query)
        content = self.objects.get(address, holder=holder.patient_id, key=holder.key)
        return found, opened(found.header, content)


def _series() -> Select[Any]:
    """Return the query for series with their counts."""
    count = (
        select(func.count())
        .where(instances.c.series_id == series.c.series_id, instances.c.is_current)
        .scalar_subquery()
    )
    return select(series, count.label("films"))


def _series_row(row: Row[Any]) -> SeriesRow:
    """Return a row as a series."""
    return SeriesRow(
        series_id=SeriesId(row.series_id),
        study_id=StudyId(row.study_id),
        series_uid=row.series_uid,
        modality=row.modality,
        description=row.description,
        instances=row.films,
    )


def _instances() -> Select[Any]:
    """Return the query for instances with their patient."""
    return select(instances, studies.c.patient_id).join(
        studies, studies.c.study_id == instances.c.study_id
    )


def _instance_row(row: Row[Any]) -> InstanceRow:
    """Return a row as an instance."""
    return InstanceRow(**{name: getattr(row, name) for name in InstanceRow.__dataclass_fields__})


def _kept(connection: Connection, instance_id: InstanceId) -> Row[Any]:
    """Return the row of an instance."""
    row = connection.execute(
        _instances().where(instances.c.instance_id == instance_id)
    ).one_or_none()
    if row is None:
        raise NotFound(
            f"instance {instance_id} is not kept, or was deleted with its patient; expected the "
            "id of one that is"
        )
    return row


def _patient_of(connection: Connection, study_id: StudyId) -> PatientId:
    """Return whose study it is."""
    found = connection.scalar(select(studies.c.patient_id).where(studies.c.study_id == study_id))
    if found is None:
        raise NotFound(
            f"study {study_id} is not kept, or was deleted with its patient; expected the id of a "
            "study that is (osler records studies)"
        )
    return PatientId(found)
