"""What is kept and in which state, and what came in that was not right: counts, and the newest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select, text

from osler.clinical import Assessment, Observation
from osler.clinical.serial import from_json
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.ids import PatientId
from osler.records.job_rows import Job, job_of
from osler.records.tables import (
    assessments,
    documents,
    drafts,
    jobs,
    observations,
    patients,
    refusals,
    studies,
)

NEWEST = 20
RESULTS = 200
MOST_COUNTED = 10_000
UNANALYSED = ("receiving", "complete", "queued", "failed", "cancelled")


@dataclass(frozen=True)
class RefusalRow:
    """What was turned away, and the sentence that says why."""

    refusal_id: str
    origin: str
    sentence: str
    kind: str
    source: str
    received_at: datetime


@dataclass(frozen=True)
class Implausible:
    """A value of the record that cannot be right, and why it is not used."""

    patient_id: PatientId
    document_id: str
    value: Observation


@dataclass(frozen=True)
class Quality:
    """What is kept, counted by state, and what was not right.

    Attributes
    ----------
    refused
        By kind, those since ``since``; ``refusals`` are the newest, with their sentences.
    stale, missing
        How many of the newest results (``results_looked_at`` of them) had a score that lacked an
        item because it was too old, or was not there, by the item's name.
    implausible_count
        At most ``MOST_COUNTED``: there may be more.
    """

    since: datetime
    patients: int
    studies: Mapping[str, int]
    documents: Mapping[str, int]
    refused: Mapping[str, int]
    refusals: tuple[RefusalRow, ...]
    quarantined: tuple[Job, ...]
    results_looked_at: int
    stale: Mapping[str, int]
    missing: Mapping[str, int]
    implausible_count: int
    implausible: tuple[Implausible, ...]


@dataclass(frozen=True)
class Upkeep:
    """What may be seen of the quality of the data, by one actor for one purpose."""

    door: Door

    def quality(self, *, since: datetime) -> Quality:
        """Return counts and the newest of what was not right; bounded, however much is kept."""

        def query(connection: Connection) -> tuple[Quality, Sequence[Subject]]:
            looked_at, stale, missing = _scores(connection)
            count, implausible = _implausible(connection)
            found = Quality(
                since=since,
                patients=_count(connection, patients)
                - _count(connection, patients, patients.c.forgotten_at.is_not(None)),
                studies=_studies(connection),
                documents=_by(connection, documents.c.state),
                refused=_by(connection, refusals.c.kind, refusals.c.received_at >= since),
                refusals=_refusals(connection),
                quarantined=_quarantined(connection),
                results_looked_at=looked_at,
                stale=stale,
                missing=missing,
                implausible_count=count,
                implausible=implausible,
            )
            return found, [Subject("quality")]

        return self.door.read(Action.READ_QUALITY, query)


def _count(connection: Connection, table: Table, *where: Any) -> int:  # noqa: ANN401
    """Return how many rows there are."""
    return connection.scalar(select(func.count()).select_from(table).where(*where)) or 0


def _studies(connection: Connection) -> dict[str, int]:
    """Return how many studies there are by state. Nearly all are analysed: they are the rest."""
    others = _by(connection, studies.c.state, studies.c.state.in_(UNANALYSED))
    analysed = _count(connection, studies) - sum(others.values())
    return {**others, **({"analysed": analysed} if analysed else {})}


def _by(connection: Connection, column: Any, *where: Any) -> dict[str, int]:  # noqa: ANN401
    """Return how many rows there are, by a column."""
    rows = connection.execute(select(column, func.count()).where(*where).group_by(column))
    return {str(value): int(count) for value, count in rows}


def _refusals(connection: Connection) -> tuple[RefusalRow, ...]:
    """Return the newest refusals."""
    columns = [refusals.c[name] for name in RefusalRow.__dataclass_fields__]
    rows = connection.execute(
        select(*columns).order_by(refusals.c.received_at.desc()).limit(NEWEST)
    )
    return tuple(RefusalRow(*row) for row in rows)


def _quarantined(connection: Connection) -> tuple[Job, ...]:
    """Return the newest jobs that nobody tries again."""
    rows = connection.execute(
        select(jobs)
        .where(text("state = 'quarantined'"))
        .order_by(jobs.c.created_at.desc(), jobs.c.job_id.desc())
        .limit(NEWEST)
    )
    return tuple(job_of(row) for row in rows)


def _scores(connection: Connection) -> tuple[int, Counter[str], Counter[str]]:
    """Return over the newest results how often an item of a score was too old, or not there."""
    values = connection.scalars(
        select(assessments.c.value)
        .join(drafts, drafts.c.draft_id == assessments.c.draft_id)
        .where(drafts.c.superseded_at.is_(None))
        .order_by(assessments.c.assessment_id.desc())
        .limit(RESULTS)
    ).all()
    stale: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for value in values:
        scores = from_json(Assessment, value, {}).scores
        stale.update(name for score in scores for name in score.stale)
        missing.update(name for score in scores for name in score.missing)
    return len(values), stale, missing


def _implausible(connection: Connection) -> tuple[int, tuple[Implausible, ...]]:
    """Count the values that cannot be right, and return the newest."""
    table = observations.c
    is_sqlite = connection.dialect.name == "sqlite"
    said = "json_extract(value, '$.implausible')" if is_sqlite else "(value ->> 'implausible')"
    wrong = text(f"{said} IS NOT NULL")
    some = select(table.observation_id).where(wrong).limit(MOST_COUNTED).subquery()
    count = connection.scalar(select(func.count()).select_from(some)) or 0
    rows = connection.execute(
        select(observations).where(wrong).order_by(table.observation_id.desc()).limit(NEWEST)
    )
    return count, tuple(_implausible_row(row) for row in rows)


def _implausible_row(row: Row[Any]) -> Implausible:
    """Return a row as a value that cannot be right."""
    whose = PatientId(row.patient_id)
    return Implausible(whose, row.document_id, from_json(Observation, row.value, {}))
