"""One thread a process writes: what waits together is committed together, with its audit entries.

A durable commit costs the same for one write as for fifty. So writers hand their work over and
wait; whoever waits while a commit runs goes into the next one. Each work has a savepoint of its
own: one that fails takes nobody else along.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from osler.errors import OslerError, OurFault, TryLater
from osler.records.audit import Chain, Entry
from osler.records.engine import explanation

T = TypeVar("T")
Work = Callable[[Connection], tuple[T, Sequence[Entry]]]
MOST_TOGETHER = 64


@dataclass(frozen=True)
class _Waiting:
    """One work, and where its result is waited for."""

    work: Work[Any]
    future: Future[Any]


@dataclass(frozen=True)
class _Ended:
    """How one work ended, before the commit that all wait for."""

    result: Any = None
    entries: Sequence[Entry] = ()
    error: Exception | None = None


class Committer:
    """The writing thread of one process."""

    def __init__(self, engine: Engine, chain: Chain, *, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._chain = chain
        self._clock = clock
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._is_unsure = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="osler-committer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T]) -> T:
        """Do a work in a transaction and return its result once it is on disk.

        Raises
        ------
        OslerError
            What the work raised; TryLater where the database did not take it.
        """
        if self._closed.is_set():
            raise TryLater("the records are closed; nothing was written; open them again")
        waiting = _Waiting(work, Future())
        self._queue.put(waiting)
        return cast(T, waiting.future.result())

    def close(self) -> None:
        """Write what waits, then stop."""
        if not self._closed.is_set():
            self._closed.set()
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        """Take what waits, commit it together, and again."""
        while (first := self._queue.get()) is not None:
            together, ended = self._together(first)
            try:
                self._commit(together)
            except Exception as error:  # noqa: BLE001 - nobody who waits may wait for ever
                _tell_all(together, _sentence(error))
            if ended:
                break
        self._refuse_the_rest()

    def _together(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """Return the first and all that wait behind it, and whether the end was among them."""
        together = [first]
        while len(together) < MOST_TOGETHER:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return together, True
            together.append(following)
        return together, False

    def _commit(self, together: list[_Waiting]) -> None:
        """Do all works in one transaction, and tell each how it ended."""
        try:
            with self._engine.connect() as connection:
                if self._is_unsure:
                    self._chain.recall(connection)
                    self._is_unsure = False
                ended = [self._do(connection, one, alone=len(together) == 1) for one in together]
                entries = [entry for one in ended if one is not None for entry in one.entries]
                self._chain.append(connection, entries, at=self._clock())
                connection.commit()
        except BaseException:
            self._chain.undone()
            self._is_unsure = True
            raise
        self._chain.committed()
        for waiting, end in zip(together, ended, strict=True):
            if end is None:
                self._queue.put(waiting)
            elif end.error is not None:
                waiting.future.set_exception(end.error)
            else:
                waiting.future.set_result(end.result)

    def _do(self, connection: Connection, waiting: _Waiting, *, alone: bool) -> _Ended | None:
        """Do one work; None where it had to give way to one of another process: once more."""
        try:
            with _apart(connection, alone=alone):
                result, entries = waiting.work(connection)
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            if alone:
                connection.rollback()
            return None if _is_deadlock(error) else _Ended(error=_sentence(error))
        return _Ended(result, entries)

    def _refuse_the_rest(self) -> None:
        """Tell those who came behind the end."""
        while True:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                return
            if waiting is not None:
                _tell_all([waiting], TryLater("the records are closed; nothing was written"))


def _apart(connection: Connection, *, alone: bool) -> AbstractContextManager[object]:
    """Return a savepoint for one work of several; one alone has the transaction to itself."""
    return nullcontext() if alone else connection.begin_nested()


def _tell_all(together: Sequence[_Waiting], error: BaseException) -> None:
    """Give everybody who still waits the same error."""
    for waiting in together:
        if not waiting.future.done():
            waiting.future.set_exception(error)


def _is_deadlock(error: Exception) -> bool:
    """Tell whether PostgreSQL made this work give way to one of another process."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") in (
        "40P01",
        "40001",
    )


def _sentence(error: Exception) -> Exception:
    """Return an error of ours for one of the database; others stay as they are."""
    if isinstance(error, DBAPIError):
        told: OslerError = explanation(error)
        told.__cause__ = error
        return told
    if isinstance(error, OslerError):
        return error
    fault = OurFault(f"a write failed in a way nobody foresaw ({type(error).__name__})")
    fault.__cause__ = error
    return fault
