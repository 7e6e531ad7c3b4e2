"""What a place for sealed objects must be able to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MARKER = "osler-objects"
SHARDS = tuple(f"{number:02x}" for number in range(256))


@dataclass(frozen=True)
class Entry:
    """One object as a listing has it: its path, its size in bytes as sealed, when it was put."""

    path: str
    size: int
    modified: datetime


class Place(Protocol):
    """Keeps bytes under paths of the form ``ab/abcd…``, whole or not at all."""

    @property
    def name(self) -> str:
        """Return what the place is called in a message."""

    def write(self, path: str, parts: Sequence[bytes], *, durable: bool) -> None:
        """Keep the parts, one after another, in place of what was there."""

    def create(self, path: str, content: bytes) -> bool:
        """Keep bytes durably unless something is there; return whether they were kept."""

    def may_hold(self, path: str) -> bool:
        """Say whether it is worth looking at an object before it is written again."""

    def settle(self, path: str) -> None:
        """Make an object that is there durable, and as young as one that is put now."""

    def read(self, path: str) -> memoryview | None:
        """Return an object's bytes, or None where there is none."""

    def delete(self, path: str) -> None:
        """Remove an object; one that is absent is fine."""

    def list(self) -> Iterator[Entry]:
        """Yield all objects in the order of their paths, in bounded memory."""

    def is_empty(self) -> bool:
        """Say whether nothing at all lies here."""

    def prepare(self) -> None:
        """Make what must be there before the first object."""

    def clear_leftovers(self, *, older_than: datetime) -> int:
        """Remove what writers that were killed left behind; return how many files."""

    def free_bytes(self) -> int | None:
        """Return the free space, or None where nobody can know."""
