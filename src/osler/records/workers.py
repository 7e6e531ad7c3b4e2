"""Workers, and whether they live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.rows import insert_new
from osler.records.tables import workers


@dataclass(frozen=True)
class Worker:
    """A worker that has not said goodbye. ``beat`` grows as long as it lives."""

    worker_id: str
    host: str
    pid: int
    beat: int
    started_at: datetime
    beat_at: datetime


@dataclass(frozen=True)
class Workers:
    """What may be done with workers, by one actor for one purpose."""

    door: Door

    def beat(self, worker_id: str, *, host: str, pid: int, now: datetime) -> None:
        """Say that a worker lives."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            beaten = connection.execute(
                update(workers)
                .where(workers.c.worker_id == worker_id)
                .values(beat=workers.c.beat + 1, beat_at=now)
            )
            if beaten.rowcount == 0:
                row = {
                    "worker_id": worker_id,
                    "host": host,
                    "pid": pid,
                    "beat": 1,
                    "started_at": now,
                    "beat_at": now,
                }
                insert_new(connection, workers, row, unique=("worker_id",))
            return None, ()

        self.door.write(Action.WORK, work)

    def list(self) -> tuple[Worker, ...]:
        """Return all workers that have not said goodbye."""

        def query(connection: Connection) -> tuple[tuple[Worker, ...], Sequence[Subject]]:
            rows = connection.execute(select(workers).order_by(workers.c.started_at)).mappings()
            return tuple(Worker(**row) for row in rows), ()

        return self.door.read(Action.READ_JOBS, query)

    def gone(self, worker_id: str) -> None:
        """Take a worker off the list."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            connection.execute(delete(workers).where(workers.c.worker_id == worker_id))
            return None, ()

        self.door.write(Action.WORK, work)
