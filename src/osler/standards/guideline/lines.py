"""Find the line of a TOML file on which a key stands, for an error that can be acted on."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"\s*\{?\s*([A-Za-z0-9_-]+)\s*=")

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class _Mark:
    """A table or key, and the line that opens it."""

    place: Place
    line: int


def line_of(text: str, place: Sequence[str | int]) -> int:
    """Return the line (from 1) of the deepest part of a place that the text opens by name.

    Parameters
    ----------
    text
        The TOML file.
    place
        Keys and indices from the root to the entry at fault.
    """
    best = _Mark((), 1)
    for mark in _marks(text):
        depth = len(mark.place)
        if depth > len(best.place) and mark.place == tuple(place[:depth]):
            best = mark
    return best.line


def _marks(text: str) -> Iterator[_Mark]:
    """Yield tables and keys in order; a repeated ``[[table]]`` counts its index up."""
    table: Place = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = HEADER.match(line), KEY.match(line)
        if header:
            names = tuple(header.group(2).split("."))
            if header.group(1) == "[[":
                counts[names] = counts.get(names, -1) + 1
                # Tables inside a new entry are counted from its beginning.
                inner = [one for one in counts if one[: len(names)] == names and one != names]
                for one in inner:
                    del counts[one]
            table = _indexed(names, counts)
            yield _Mark(table, number)
        elif key and not line.lstrip().startswith("{"):
            yield _Mark((*table, key.group(1)), number)


def _indexed(names: tuple[str, ...], counts: dict[tuple[str, ...], int]) -> Place:
    """Return a table's place with the index of each repeated table on the way to it."""
    place: Place = ()
    for depth, name in enumerate(names, start=1):
        place = (*place, name)
        if names[:depth] in counts:
            place = (*place, counts[names[:depth]])
    return place
