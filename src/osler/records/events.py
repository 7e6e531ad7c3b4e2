"""What happened, in the order in which it was committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, func, insert, select, text

from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.tables import events

_ORDER = 0x05_1E_13  # any number that no other program takes on this database


class EventKind(StrEnum):
    """What may happen."""

    STUDY_RECEIVED = "study.received"
    JOB_WAITING = "job.waiting"
    JOB_RUNNING = "job.running"
    JOB_DONE = "job.done"
    JOB_QUARANTINED = "job.quarantined"
    JOB_CANCELLED = "job.cancelled"
    RESULT_CURRENT = "result.current"
    REVIEW_MADE = "review.made"
    REPORT_SIGNED = "report.signed"
    REPORT_AMENDED = "report.amended"
    MODEL_STATE = "model.state"
    ALERT_RAISED = "alert.raised"


@dataclass(frozen=True)
class About:
    """What an event is about, by ids."""

    study_id: str | None = None
    patient_id: str | None = None
    job_id: str | None = None
    draft_id: str | None = None


@dataclass(frozen=True)
class Event:
    """One thing that happened: ids only."""

    event_id: int
    at: datetime
    kind: EventKind
    study_id: str | None
    patient_id: str | None
    job_id: str | None
    draft_id: str | None
    detail: Mapping[str, object]


@dataclass(frozen=True)
class Events:
    """What may be done with events, by one actor for one purpose."""

    door: Door

    def listen(self) -> int:
        """Check that the actor may listen; return the number of the newest event."""

        def query(connection: Connection) -> tuple[int, Sequence[Subject]]:
            return _newest(connection), [Subject("events")]

        return self.door.read(Action.READ_EVENTS, query)

    def after(self, event_id: int, *, limit: int = 500) -> tuple[Event, ...]:
        """Return what happened after an event, the oldest first."""

        def query(connection: Connection) -> tuple[tuple[Event, ...], Sequence[Subject]]:
            rows = connection.execute(
                select(events)
                .where(events.c.event_id > event_id)
                .order_by(events.c.event_id)
                .limit(limit)
            ).mappings()
            return tuple(Event(**{**row, "kind": EventKind(row["kind"])}) for row in rows), ()

        return self.door.read(Action.WORK, query)

    def newest(self) -> int:
        """Return the number of the newest event; 0 where there is none."""
        return self.door.read(Action.WORK, lambda connection: (_newest(connection), ()))

    def oldest(self) -> int:
        """Return the number of the oldest event that is still kept; 0 where there is none."""

        def query(connection: Connection) -> tuple[int, Sequence[Subject]]:
            return int(connection.scalar(select(func.min(events.c.event_id))) or 0), ()

        return self.door.read(Action.WORK, query)

    def forget(self, before: datetime) -> None:
        """Delete what happened before a time; whoever was away longer is told to look anew."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            connection.execute(delete(events).where(events.c.at < before))
            return None, ()

        self.door.write(Action.WORK, work)


_INSERT = insert(events)


def emit(
    connection: Connection,
    kind: EventKind,
    about: About,
    *,
    now: datetime,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Note what happened, in the transaction in which it happens.

    The numbers follow the order of commits, so that nobody who asks for what came after a number
    misses one that was committed later with a smaller number: on PostgreSQL, transactions with
    events therefore end one after the other.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ORDER})
    row = {
        "at": now,
        "kind": str(kind),
        "study_id": about.study_id,
        "patient_id": about.patient_id,
        "job_id": about.job_id,
        "draft_id": about.draft_id,
        "detail": dict(detail or {}),
    }
    connection.execute(_INSERT, row)


def _newest(connection: Connection) -> int:
    """Return the number of the newest event."""
    return int(connection.scalar(select(func.max(events.c.event_id))) or 0)
