"""HL7 v2 files in, message by message, in the order in which they were sent."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from osler.clinical import Refusal
from osler.collect.candidates import Candidate
from osler.collect.folder import found_at
from osler.collect.limits import Limits
from osler.collect.portions import Asked, Came, Portion, TurnedAway
from osler.errors import InputRefused
from osler.standards.hl7v2 import Framed, frames, read_message


def messages_of(paths: Sequence[Path], asked: Asked, limits: Limits) -> Iterator[Came]:
    """Yield what each message says of each of its patients, and each that is turned away.

    Every message counts once, by its MSH segment; a file without one counts once too.
    """
    seen: set[Path] = set()
    for path in paths:
        for found in found_at(path, limits, seen):
            if isinstance(found, Refusal):
                yield TurnedAway(found)
            else:
                yield from _file(found, asked)


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
