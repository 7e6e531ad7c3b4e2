"""Answers that were given under a key: asked again, they are given again, and nothing is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from osler.errors import Conflict
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.rows import insert_new
from osler.records.tables import answers


@dataclass(frozen=True)
class Answer:
    """A status and a body as they were given."""

    status: int
    body: Any


@dataclass(frozen=True)
class Answers:
    """What may be done with the answers of one actor."""

    door: Door

    def begin(self, key: str, request_sha256: str, *, now: datetime) -> Answer | None:
        """Reserve a key; return the answer that was given under it before, if any.

        Raises
        ------
        Conflict
            The key was used for another request, or that request is still at work.
        """
        user = self.door.actor.name
        row = {"user": user, "key": key, "request_sha256": request_sha256, "given_at": now}

        def work(connection: Connection) -> tuple[Answer | None, Sequence[Subject]]:
            if insert_new(connection, answers, row, unique=("user", "key")):
                return None, ()
            known = connection.execute(
                select(answers).where(answers.c.user == user, answers.c.key == key)
            ).one()
            if known.request_sha256 != request_sha256:
                raise Conflict(
                    "this idempotency key was used for another request; expected a new key for a "
                    "new request; nothing was done"
                )
            if known.status is None:
                raise Conflict(
                    "a request with this idempotency key is still at work; wait and ask again"
                )
            return Answer(known.status, known.body), ()

        return self.door.write(Action.CHANGE_OWN, work)

    def give(self, key: str, status: int, body: Mapping[str, Any] | Sequence[Any] | None) -> None:
        """Note the answer to a key."""
        user = self.door.actor.name

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            connection.execute(
                update(answers)
                .where(answers.c.user == user, answers.c.key == key)
                .values(status=status, body=body)
            )
            return None, ()

        self.door.write(Action.CHANGE_OWN, work)

    def take_back(self, key: str) -> None:
        """Let a key be used again: its request failed, and may be tried anew."""
        user = self.door.actor.name

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            connection.execute(
                delete(answers).where(
                    answers.c.user == user, answers.c.key == key, answers.c.status.is_(None)
                )
            )
            return None, ()

        self.door.write(Action.CHANGE_OWN, work)
