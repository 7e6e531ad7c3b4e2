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
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = HEADER.match(line), KEY.match(line)
        if header:
            name = header.group(2)
            table = tuple(name.split("."))
            if header.group(1) == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (*table, counts[name])
            yield _Mark(table, number)
        elif key and not line.lstrip().startswith("{"):
            yield _Mark((*table, key.group(1)), number)
