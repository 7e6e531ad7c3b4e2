"""Uploads that may be broken off and continued: each part is on disk before it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, not_, select, update

from osler.errors import Conflict, Misuse, NotFound, TooLarge
from osler.records.access import Action, Role
from osler.records.door import Door, Subject
from osler.records.holders import Holders
from osler.records.ids import new_id
from osler.records.objects import Objects
from osler.records.tables import uploads

MOST_PARTS = 10_000
_IS_WHOLE = and_(uploads.c.state == "open", uploads.c.received == uploads.c.size)


@dataclass(frozen=True)
class Upload:
    """An upload. ``received`` counts the bytes that are on disk; ``outcome`` what became of it."""

    upload_id: str
    user: str
    name: str
    size: int
    received: int
    parts: tuple[str, ...]
    priority: str
    source: str
    state: str
    outcome: Mapping[str, Any] | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Uploads:
    """What may be done with uploads; each is its user's own, and Osler's, which ends them."""

    door: Door
    holders: Holders
    objects: Objects

    def begin(self, name: str, size: int, *, source: str, priority: str, now: datetime) -> Upload:
        """Begin an upload of so many bytes.

        Raises
        ------
        Misuse
            It is of no bytes.
        """
        if size <= 0:
            raise Misuse(f"the upload is said to have {size} bytes; expected at least one")
        row = {
            "upload_id": new_id(),
            "user": self.door.actor.name,
            "name": name,
            "size": size,
            "received": 0,
            "parts": [],
            "priority": priority,
            "source": source,
            "state": "open",
            "created_at": now,
            "changed_at": now,
        }

        def work(connection: Connection) -> tuple[Upload, Sequence[Subject]]:
            connection.execute(insert(uploads), row)
            return self._own(connection, str(row["upload_id"])), [_subject(str(row["upload_id"]))]

        return self.door.write(Action.STORE, work)

    def get(self, upload_id: str) -> Upload:
        """Return an upload of the actor's own.

        Raises
        ------
        NotFound
            There is none of this id, or it is somebody else's.
        """
        return self.door.read(
            Action.STORE,
            lambda connection: (self._own(connection, upload_id), [_subject(upload_id)]),
        )

    def append(self, upload_id: str, content: bytes, *, offset: int, now: datetime) -> Upload:
        """Add bytes at an offset; they are on disk when this returns.

        Raises
        ------
        Conflict
            The offset is not where the upload stands: another part came meanwhile.
        TooLarge
            It would become longer than was said when it began.
        """
        known = self.get(upload_id)
        _require_place(known, offset, len(content))
        keeper = self.holders.quarantine()
        kept = self.objects.put(content, holder=keeper.patient_id, key=keeper.key)

        def work(connection: Connection) -> tuple[Upload, Sequence[Subject]]:
            today = self._own(connection, upload_id, held=True)
            _require_place(today, offset, len(content))
            connection.execute(
                update(uploads)
                .where(uploads.c.upload_id == upload_id)
                .values(
                    received=offset + len(content),
                    parts=[*today.parts, kept.address],
                    changed_at=now,
                )
            )
            return self._own(connection, upload_id), [_subject(upload_id)]

        return self.door.write(Action.STORE, work)

    def content(self, known: Upload) -> bytes:
        """Return all bytes of an upload."""
        keeper = self.holders.quarantine()
        read = (
            self.objects.get(one, holder=keeper.patient_id, key=keeper.key) for one in known.parts
        )
        return b"".join(read)

    def finish(
        self, upload_id: str, *, state: str, outcome: Mapping[str, Any], now: datetime
    ) -> Upload:
        """Write what became of an upload that is whole, and let go of its parts.

        The first who ends it has said what became of it; the second is told that.
        """

        def work(connection: Connection) -> tuple[Upload, Sequence[Subject]]:
            known = self._own(connection, upload_id, held=True)
            if known.state != "open":
                return known, [_subject(upload_id)]
            connection.execute(
                update(uploads)
                .where(uploads.c.upload_id == upload_id)
                .values(state=state, outcome=dict(outcome), parts=[], changed_at=now)
            )
            return self._own(connection, upload_id), [_subject(upload_id, state=state)]

        before = self.get(upload_id)
        after = self.door.write(Action.STORE, work)
        self._drop(before.parts)
        return after

    def whole(self, before: datetime) -> tuple[Upload, ...]:
        """Return uploads whose last byte came before a time, and of which nothing was stored yet.

        Their server died in between, or disk or queue were full.
        """

        def query(connection: Connection) -> tuple[tuple[Upload, ...], Sequence[Subject]]:
            rows = connection.execute(
                select(uploads).where(_IS_WHOLE, uploads.c.changed_at < before)
            ).all()
            return tuple(map(_upload, rows)), [_subject(row.upload_id) for row in rows]

        return self.door.read(Action.STORE, query)

    def forget(self, before: datetime) -> int:
        """Delete uploads that nobody has touched since a time; return how many.

        One that is whole stays until what it holds is stored.
        """

        def work(connection: Connection) -> tuple[list[str], Sequence[Subject]]:
            old = connection.execute(
                select(uploads.c.upload_id, uploads.c.parts).where(
                    uploads.c.changed_at < before, not_(_IS_WHOLE)
                )
            ).all()
            ids = [row.upload_id for row in old]
            connection.execute(delete(uploads).where(uploads.c.upload_id.in_(ids)))
            return [one for row in old for one in row.parts], [_subject(one) for one in ids]

        dropped = self.door.write(Action.STORE, work)
        self._drop(dropped)
        return len(dropped)

    def _drop(self, parts: Sequence[str]) -> None:
        """Delete parts that no upload names any more."""
        for address in parts:
            self.objects.delete(address)

    def _own(self, connection: Connection, upload_id: str, *, held: bool = False) -> Upload:
        """Return an upload of the actor's own; Osler itself may see to each."""
        query = select(uploads).where(uploads.c.upload_id == upload_id)
        if Role.SERVICE not in self.door.actor.roles:
            query = query.where(uploads.c.user == self.door.actor.name)
        row = connection.execute(query.with_for_update() if held else query).one_or_none()
        if row is None:
            raise NotFound(
                f"upload {upload_id} is not there, or is somebody else's; expected the id of one "
                "that you began"
            )
        return _upload(row)


def _require_place(known: Upload, offset: int, length: int) -> None:
    """Refuse bytes that do not follow on what is there."""
    if known.state != "open":
        raise Conflict(f"upload {known.upload_id} is {known.state}; expected one that is open")
    if offset != known.received:
        raise Conflict(
            f"upload {known.upload_id} stands at byte {known.received}; found a part for byte "
            f"{offset}; ask where it stands and go on from there"
        )
    if offset + length > known.size or len(known.parts) >= MOST_PARTS:
        raise TooLarge(
            f"upload {known.upload_id} was said to have {known.size} bytes in at most "
            f"{MOST_PARTS} parts; found {offset + length}; begin a new one with its true size"
        )


def _upload(row: Row[Any]) -> Upload:
    """Return a row as an upload."""
    values = {name: getattr(row, name) for name in Upload.__dataclass_fields__}
    return Upload(**{**values, "parts": tuple(row.parts)})


def _subject(upload_id: str, **detail: object) -> Subject:
    """Return an upload as the audit trail names it."""
    return Subject(f"upload/{upload_id}", None, tuple(detail.items()))
