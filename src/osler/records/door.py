"""The choke point: every read and write of what is kept goes through here, with its audit entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine

from osler.errors import NotAllowed
from osler.records.access import UNAUDITED, Action, Actor, Purpose, require
from osler.records.audit import Entry
from osler.records.committer import Committer
from osler.records.engine import explained

T = TypeVar("T")


@dataclass(frozen=True)
class Subject:
    """Which row an act was on: ``kind/id``, and whose it is."""

    name: str | None = None
    patient_id: str | None = None
    detail: tuple[tuple[str, object], ...] = ()


NOBODY = Subject()


@dataclass(frozen=True)
class Door:
    """What one actor may do for one purpose. Cheap to make; safe in many threads."""

    actor: Actor
    purpose: Purpose
    committer: Committer
    reader: Engine

    def write(self, action: Action, work: Callable[[Connection], tuple[T, Sequence[Subject]]]) -> T:
        """Do a work in a transaction with an audit entry for each of its subjects.

        Returns once both are on disk.

        Raises
        ------
        NotAllowed
            No role of the actor allows it; the attempt is in the trail.
        TryLater
            The database did not take it; nothing was written.
        """
        self.require(action)

        def audited(connection: Connection) -> tuple[T, list[Entry]]:
            result, subjects = work(connection)
            return result, self._entries(action, subjects)

        return self.committer.submit(audited)

    def read(self, action: Action, query: Callable[[Connection], tuple[T, Sequence[Subject]]]) -> T:
        """Answer a query; the audit entry is on disk before the answer leaves."""
        self.require(action)
        with explained(), self.reader.connect() as connection:
            result, subjects = query(connection)
        self.told(action, subjects)
        return result

    def read_several(
        self,
        actions: Sequence[Action],
        query: Callable[[Connection], tuple[T, Sequence[tuple[Action, Subject]]]],
    ) -> T:
        """Answer a query that reads several things at once; the entries are on disk before."""
        for action in actions:
            self.require(action)
        with explained(), self.reader.connect() as connection:
            result, told = query(connection)
        entries = [entry for action, subject in told for entry in self._entries(action, [subject])]
        if entries:
            self.committer.submit(lambda _connection: (None, entries))
        return result

    def told(self, action: Action, subjects: Sequence[Subject]) -> None:
        """Write the audit entries of something that was done, and wait until they are on disk."""
        entries = self._entries(action, subjects)
        if entries:
            self.committer.submit(lambda _connection: (None, entries))

    def _entries(self, action: Action, subjects: Sequence[Subject]) -> list[Entry]:
        """Return the audit entries of an act."""
        if action in UNAUDITED:
            return []
        return [self._entry(action, one, "done") for one in subjects]

    def _entry(self, action: Action, subject: Subject, outcome: str) -> Entry:
        """Return one audit entry."""
        return Entry(
            self.actor.name,
            self.purpose,
            action,
            outcome,
            subject=subject.name,
            patient_id=subject.patient_id,
            detail=dict(subject.detail),
        )

    def require(self, action: Action) -> None:
        """Check the role; a refusal is in the trail too.

        Raises
        ------
        NotAllowed
            No role of the actor allows the act.
        """
        try:
            require(self.actor, action)
        except NotAllowed:
            entry = self._entry(action, NOBODY, "not allowed")
            self.committer.submit(lambda _connection: (None, [entry]))
            raise
