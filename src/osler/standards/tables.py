"""A table of text: a CSV, plain or packed, to its columns."""

import csv
import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from osler.errors import NotReadable

DELIMITERS = ",;\t|"
GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Table:
    """Columns by name, each with one text a row; '' where a cell is empty."""

    name: str
    columns: Mapping[str, tuple[str, ...]]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values()), ()))


def read_table(content: bytes, *, name: str) -> Table:
    """Read a CSV whose first line names its columns.

    Raises
    ------
    NotReadable
        It is no CSV, has no rows, or a row has more cells than there are columns.
    """
    try:
        plain = gzip.decompress(content) if content.startswith(GZIP) else content
        text = plain.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as fault:
        raise NotReadable(f"{name}: cannot be read ({fault}); export it as CSV in UTF-8") from fault
    header = text.split("\n", maxsplit=1)[0]
    mark = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        lines = [cells for cells in reader if any(cells)]
    except csv.Error as fault:
        raise NotReadable(
            f"{name}, line {reader.line_num}: not CSV ({fault}); export it"
        ) from fault
    if len(lines) < 2:
        raise NotReadable(f"{name}: {len(lines)} lines, expected a header and at least one row")
    names = _unique([cell.strip() for cell in lines[0]])
    for number, cells in enumerate(lines[1:], start=2):
        if len(cells) > len(names):
            raise NotReadable(
                f"{name}, row {number}: {len(cells)} cells, expected {len(names)}; correct the row"
            )
    width = len(names)
    padded = (
        [*(cell.strip() for cell in cells), *[""] * (width - len(cells))] for cells in lines[1:]
    )
    return Table(name, dict(zip(names, zip(*padded, strict=True), strict=True)))


def _unique(names: list[str]) -> list[str]:
    """Return column names, those that repeat or are empty with their number."""
    seen: set[str] = set()
    unique = []
    for number, name in enumerate(names, start=1):
        unique.append(name if name and name not in seen else f"{name or 'column'} ({number})")
        seen.add(name)
    return unique
