"""One thing to read: its name for the user, and how to get its bytes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from osler.clinical import Refusal
from osler.errors import NotReadable, NotSupported, OslerError, TooLarge

RECORD_SUFFIXES = (".json", ".ndjson", ".csv")

_SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx", "lost+found"}


@dataclass
class Allowance:
    """What is left of the bytes that one archive, with all inside it, may unpack to."""

    left: int


@dataclass(frozen=True)
class Archive:
    """What a member knows of the archive around it.

    ``folder`` is the member's own folder within; ``names`` are all members in lower case.
    """

    origin: str
    folder: PurePosixPath
    names: frozenset[str] = field(repr=False)
    allowance: Allowance

    def holds(self, name: str) -> bool:
        """Tell whether a file named relative to the member's folder is in the archive."""
        return (self.folder / name).as_posix().lower() in self.names


@dataclass(frozen=True)
class Candidate:
    """A file or member that is still to be read, loaded only when its turn comes.

    ``path`` is the file's place, None for a member of an archive. ``archive`` is the archive
    that a member lies in. ``depth`` counts the archives around it.
    """

    origin: str
    load: Callable[[], bytes] = field(repr=False)
    path: Path | None = None
    archive: Archive | None = field(default=None, repr=False)
    depth: int = 0


Found = Candidate | Refusal


def is_hidden(parts: tuple[str, ...]) -> bool:
    """Tell whether a path is what an operating system leaves behind, such as .DS_Store."""
    return any(part.startswith(".") or part.lower() in _SYSTEM_NAMES for part in parts)


def is_record_name(origin: str) -> bool:
    """Tell whether a name is that of a patient record, which comes in by another door."""
    return PurePosixPath(origin).suffix.lower() in RECORD_SUFFIXES


def file_candidate(path: Path, *, origin: str, most_bytes: int) -> Found:
    """Return one regular file as a candidate, or the refusal of what is none."""
    try:
        if not path.is_file():
            raise NotSupported(f"{origin}: not a regular file; give files, folders or zip archives")
        size = path.stat().st_size
        if size > most_bytes:
            raise TooLarge(
                f"{origin}: {size} bytes, the limit for one file is {most_bytes}; send it in parts"
            )
    except OSError as error:
        return Refusal.of(origin, _unreachable(origin, error))
    except OslerError as error:
        return Refusal.of(origin, error)
    return Candidate(origin=origin, load=lambda: read_file(path, origin=origin), path=path)


def read_file(path: Path, *, origin: str) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    NotReadable
        The operating system does not give them.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreachable(origin, error) from error


def _unreachable(origin: str, error: OSError) -> NotReadable:
    """Return the refusal of what the operating system does not give."""
    return NotReadable(
        f"{origin}: cannot be opened ({error.strerror or type(error).__name__}); check that it is "
        "there and that you may read it"
    )
