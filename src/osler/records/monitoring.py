"""What the watch on incoming films needs, and what readers made of what models said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, insert, select, update

from osler.clinical import FilmAnalysis
from osler.errors import NotFound
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.events import About, EventKind, emit
from osler.records.ids import DraftId, new_id
from osler.records.rows import insert_new
from osler.records.tables import (
    alerts,
    drafts,
    film_measures,
    patient_descriptions,
    reviews,
    watches,
)

PAGE = 500


@dataclass(frozen=True)
class FilmMeasures:
    """Numbers of one film, by name."""

    measure_id: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class WatchState:
    """One watch as it was kept: its streams as JSON, and the last film that it took in."""

    name: str
    state: Mapping[str, Any]
    last_measure: int
    changed_at: datetime


@dataclass(frozen=True)
class Alert:
    """A watch that reached its limit. ``suspects`` are the numbers that changed most."""

    alert_id: str
    watch: str
    raised_at: datetime
    films: int
    evidence: float
    suspects: tuple[str, ...]
    closed_at: datetime | None
    closed_by: str | None
    remark: str | None


@dataclass(frozen=True)
class NewAlert:
    """An alert to raise."""

    watch: str
    films: int
    evidence: float
    suspects: tuple[str, ...]


@dataclass(frozen=True)
class Agreement:
    """How often readers agreed with one output of one version of a model, in one subgroup.

    ``changed`` counts edits, ``rejected`` rejections; only the act in force on a finding counts.
    """

    model: str
    version: str
    name: str
    sex: str
    reviewed: int
    accepted: int
    changed: int
    rejected: int


@dataclass(frozen=True)
class Monitoring:
    """What may be done with monitoring, by one actor for one purpose."""

    door: Door

    def measures_after(self, measure_id: int, *, limit: int = PAGE) -> tuple[FilmMeasures, ...]:
        """Return the numbers of films after one, the oldest first."""

        def query(connection: Connection) -> tuple[tuple[FilmMeasures, ...], Sequence[Subject]]:
            rows = connection.execute(
                select(film_measures.c.measure_id, film_measures.c.value)
                .where(film_measures.c.measure_id > measure_id)
                .order_by(film_measures.c.measure_id)
                .limit(limit)
            )
            return tuple(FilmMeasures(row.measure_id, row.value) for row in rows), ()

        return self.door.read(Action.WORK, query)

    def watches(self) -> Mapping[str, WatchState]:
        """Return all watches as they were kept, by name."""

        def query(connection: Connection) -> tuple[Mapping[str, WatchState], Sequence[Subject]]:
            rows = connection.execute(select(watches)).mappings()
            return {row["name"]: WatchState(**row) for row in rows}, ()

        return self.door.read(Action.WORK, query)

    def keep_watch(
        self,
        name: str,
        state: Mapping[str, Any],
        *,
        before: int,
        last_measure: int,
        now: datetime,
        alert: NewAlert | None = None,
    ) -> bool:
        """Keep a watch, and raise its alert; False where another process was quicker.

        ``before`` is the last film that the watch had taken in when it was read.
        """

        def work(connection: Connection) -> tuple[bool, Sequence[Subject]]:
            row = {
                "name": name,
                "state": dict(state),
                "last_measure": last_measure,
                "changed_at": now,
            }
            is_ours = before == 0 and insert_new(connection, watches, row, unique=("name",))
            if not is_ours:
                changed = connection.execute(
                    update(watches)
                    .where(watches.c.name == name, watches.c.last_measure == before)
                    .values(**row)
                )
                is_ours = changed.rowcount == 1
            if is_ours and alert is not None:
                _raise(connection, alert, now)
            return is_ours, ()

        return self.door.write(Action.WORK, work)

    def alerts(self, *, only_open: bool = False, limit: int = 100) -> tuple[Alert, ...]:
        """Return alerts, the newest first."""

        def query(connection: Connection) -> tuple[tuple[Alert, ...], Sequence[Subject]]:
            wanted = select(alerts).order_by(alerts.c.raised_at.desc(), alerts.c.alert_id.desc())
            if only_open:
                wanted = wanted.where(alerts.c.closed_at.is_(None))
            rows = connection.execute(wanted.limit(limit)).mappings()
            found = tuple(Alert(**{**row, "suspects": tuple(row["suspects"])}) for row in rows)
            return found, [Subject("alerts")]

        return self.door.read(Action.READ_MONITORING, query)

    def close_alert(self, alert_id: str, *, remark: str, now: datetime) -> None:
        """Say that an alert was looked into, and what was found.

        Raises
        ------
        NotFound
            There is no open alert of this id.
        """
        closed_by = self.door.actor.name

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            changed = connection.execute(
                update(alerts)
                .where(alerts.c.alert_id == alert_id, alerts.c.closed_at.is_(None))
                .values(closed_at=now, closed_by=closed_by, remark=remark)
            )
            if changed.rowcount == 0:
                raise NotFound(
                    f"alert {alert_id} is not there or is closed; expected the id of an open one"
                )
            return None, [Subject(f"alert/{alert_id}", None, (("closed", True),))]

        self.door.write(Action.SET_MODEL, work)

    def agreement(self) -> tuple[Agreement, ...]:
        """Return how often readers agreed, by model, output and the patient's sex."""

        def query(connection: Connection) -> tuple[tuple[Agreement, ...], Sequence[Subject]]:
            return tuple(_agreement(connection)), [Subject("agreement")]

        return self.door.read(Action.READ_MONITORING, query)

    def reviewed(self, model: str, version: str, name: str) -> tuple[tuple[float, bool], ...]:
        """Return probability and the reader's word for each reviewed case of one output.

        A case counts as present where a finding above its cut-off was accepted, or one below it
        was not. Edits say something else and are left out.
        """

        def query(
            connection: Connection,
        ) -> tuple[tuple[tuple[float, bool], ...], Sequence[Subject]]:
            table = reviews.c
            rows = connection.execute(
                select(table.probability, table.is_positive, table.act).where(
                    _in_force(),
                    table.model == model,
                    table.model_version == version,
                    table.name == name,
                    table.act.in_(("accept", "reject")),
                )
            )
            found = tuple(
                (row.probability, row.is_positive == (row.act == "accept")) for row in rows
            )
            return found, [Subject(f"model/{model}/{version}")]

        return self.door.read(Action.READ_MONITORING, query)


def put_measures(
    connection: Connection, draft_id: DraftId, films: Sequence[FilmAnalysis], *, now: datetime
) -> None:
    """Insert the numbers of the films that a draft is of."""
    rows = [
        {"draft_id": draft_id, "stored_at": now, "value": _numbers(one)}
        for one in films
        if one.measures
    ]
    if rows:
        connection.execute(insert(film_measures), rows)


def _numbers(film: FilmAnalysis) -> dict[str, float]:
    """Return the numbers of a film by name, each model's raw scores among them."""
    scores = {f"score: {one.model.name}: {one.name}": one.logit for one in film.predictions}
    return {**dict(film.measures), **scores}


def _raise(connection: Connection, alert: NewAlert, now: datetime) -> None:
    """Insert an alert, and tell of it."""
    alert_id = new_id()
    connection.execute(
        insert(alerts).values(
            alert_id=alert_id,
            watch=alert.watch,
            raised_at=now,
            films=alert.films,
            evidence=alert.evidence,
            suspects=list(alert.suspects),
        )
    )
    told = {"alert": alert_id, "watch": alert.watch, "suspects": list(alert.suspects)}
    emit(connection, EventKind.ALERT_RAISED, About(), now=now, detail=told)


def _in_force() -> Any:  # noqa: ANN401 - a condition, as SQLAlchemy has it
    """Say which acts no later act supersedes."""
    later = reviews.alias("later")
    return ~select(later.c.review_id).where(later.c.supersedes == reviews.c.review_id).exists()


def _agreement(connection: Connection) -> list[Agreement]:
    """Count the acts in force by model, output and sex."""
    table, person = reviews.c, patient_descriptions.c

    def counted(act: str) -> Any:  # noqa: ANN401 - a column, as SQLAlchemy has it
        return func.sum(case((table.act == act, 1), else_=0))

    sex = func.coalesce(person.sex, "unknown").label("sex")
    keys = (table.model, table.model_version, table.name, sex)
    rows = connection.execute(
        select(*keys, func.count(), counted("accept"), counted("edit"), counted("reject"))
        .select_from(reviews)
        .join(drafts, drafts.c.draft_id == table.draft_id)
        .outerjoin(
            patient_descriptions,
            (person.patient_id == drafts.c.patient_id) & person.is_current,
        )
        .where(table.model.is_not(None), _in_force())
        .group_by(*keys)
        .order_by(*keys)
    )
    return [Agreement(*row) for row in rows]
