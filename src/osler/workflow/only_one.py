"""One worker process for each SQLite data folder: SQLite takes one writer, and it is us."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from osler.errors import NotAllowed, TryLater


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold a lock file while the block runs. The system frees it when the process ends.

    Raises
    ------
    NotAllowed
        Another process holds it.
    TryLater
        The file cannot be made.
    """
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise TryLater(
            f"{lock.name}: the worker's lock could not be made ({error.strerror}); expected a "
            "data folder that may be written; make room or open it, and start again"
        ) from error
    try:
        _take(descriptor, lock)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, lock: Path) -> None:
    """Take the lock or say who has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 20).decode(errors="replace") or "unknown"
        raise NotAllowed(
            f"{lock.name}: process {holder} is this data folder's worker; with SQLite there is "
            "one: give it more threads (OSLER_WORKER_THREADS), or set OSLER_DATABASE to "
            "PostgreSQL for several"
        ) from error
