"""HL7 v2 files in, message by message, in the order in which they were sent."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from osler.clinical import Refusal
from osler.collect.candidates import Candidate, read_file
from osler.collect.folder import files_of
from osler.collect.limits import Limits
from osler.collect.portions import Asked, Came, Portion, TurnedAway
from osler.errors import InputRefused, NotFound
from osler.standards.hl7v2 import Framed, frames, read_message


def messages_of(paths: Sequence[Path], asked: Asked, limits: Limits) -> Iterator[Came]:
    """Yield what each message says of each of its patients, and each that is turned away.

    Every message counts once, by its MSH segment; a file without one counts once too.
    """
    seen: set[Path] = set()
    for path in paths:
        for found in _files(path, limits, seen):
            if isinstance(found, Refusal):
                yield TurnedAway(found)
            else:
                yield from _file(found, asked)


def _files(path: Path, limits: Limits, seen: set[Path]) -> Iterator[Candidate | Refusal]:
    """Yield the files at a path that the user named."""
    origin = path.name or path.resolve().name
    if path.is_dir():
        yield from files_of(path, origin=origin, most_bytes=limits.file_bytes, seen=seen)
    elif not path.exists():
        yield Refusal.of(origin, NotFound(f"{origin}: there is no such file; check the path"))
    else:
        yield Candidate(origin, lambda: read_file(path, origin=origin), path)


def _file(found: Candidate, asked: Asked) -> Iterator[Came]:
    """Yield the messages of one file."""
    try:
        content = found.load()
    except InputRefused as error:
        yield TurnedAway.of(found.origin, error)
        return
    several = list(frames(content))
    for framed in several:
        place = found.origin if len(several) == 1 else f"{found.origin}, line {framed.line}"
        yield from _message(framed, place, asked)


def _message(framed: Framed, place: str, asked: Asked) -> Iterator[Came]:
    """Yield one message as the documents of its patients; it counts with the first."""
    try:
        said = read_message(
            framed, origin=place, bounds=asked.bounds, now=asked.now, source=asked.source
        )
    except InputRefused as error:
        yield TurnedAway.of(place, error, content=framed.content)
        return
    for number, one in enumerate(said.spoken):
        yield Portion(
            place,
            framed.content,
            "hl7v2",
            one.record,
            1 if number == 0 else 0,
            one.names,
            one.absorbs,
        )
