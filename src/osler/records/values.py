"""The values of a patient's record, one by one, with the document that each was read from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, case, select, tuple_

from osler.clinical import Observation
from osler.clinical.serial import from_json
from osler.errors import NotFound
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.identity import described, one_person
from osler.records.ids import DocumentId, ObservationId, PatientId
from osler.records.tables import documents, observations

PAGE = 100
# Where no time is stated: behind all that have one.
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ObservationRow:
    """One value of the record: as it is used, as it was written, and what was repaired."""

    observation_id: ObservationId
    patient_id: PatientId
    document_id: DocumentId
    source: str
    received_at: datetime
    value: Observation
    is_current: bool


@dataclass(frozen=True)
class FoundObservations:
    """One page of values, and where the next one begins; None on the last."""

    rows: tuple[ObservationRow, ...]
    next: str | None


@dataclass(frozen=True)
class Values:
    """What may be seen of the record's values, by one actor for one purpose."""

    door: Door

    def observations(
        self,
        patient_id: PatientId,
        *,
        code: str | None = None,
        limit: int = PAGE,
        after: str | None = None,
    ) -> FoundObservations:
        """Return the values of one person, the newest first; those without a time come last.

        Parameters
        ----------
        code
            A code of any code system ('8867-4').
        after
            ``next`` of the page before.

        Raises
        ------
        NotFound
            There is no such patient, or ``after`` is none that a page gave.
        """

        def query(connection: Connection) -> tuple[FoundObservations, Sequence[Subject]]:
            described(connection, patient_id)
            table = observations.c
            at = case((table.effective.is_(None), _NEVER), else_=table.effective)
            wanted = (
                select(observations, documents.c.source, documents.c.received_at, at.label("place"))
                .join(documents, documents.c.document_id == table.document_id)
                .where(table.patient_id.in_(one_person(connection, patient_id)), table.is_current)
                .order_by(at.desc(), table.observation_id.desc())
            )
            if code is not None:
                wanted = wanted.where(table.code == code)
            if after is not None:
                wanted = wanted.where(tuple_(at, table.observation_id) < tuple_(*_place(after)))
            rows = connection.execute(wanted.limit(limit + 1)).all()
            following = _told(rows[limit - 1]) if len(rows) > limit else None
            found = FoundObservations(tuple(_row(row) for row in rows[:limit]), following)
            return found, [Subject(f"record/{patient_id}", patient_id)]

        return self.door.read(Action.READ_RECORD, query)


def _told(row: Row[Any]) -> str:
    """Return the place of a row."""
    return json.dumps([row.place.isoformat(), row.observation_id])


def _place(told: str) -> tuple[datetime, str]:
    """Return the values of a place."""
    try:
        at, observation_id = json.loads(told)
        return datetime.fromisoformat(at).astimezone(UTC), str(observation_id)
    except (ValueError, TypeError) as error:
        raise NotFound(
            "the place to go on from is of another list; expected `next` of the page before; "
            "begin without one"
        ) from error


def _row(row: Row[Any]) -> ObservationRow:
    """Return a row as a value."""
    return ObservationRow(
        observation_id=ObservationId(row.observation_id),
        patient_id=PatientId(row.patient_id),
        document_id=DocumentId(row.document_id),
        source=row.source,
        received_at=row.received_at,
        value=from_json(Observation, row.value, {}),
        is_current=row.is_current,
    )
