"""What is kept, opened for one command by the settings, for the user they name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from osler.records import Desk, Records
    from osler.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many to list.")]


@dataclass(frozen=True)
class Kept:
    """Records, the settings they were opened by, and the desk of the user."""

    records: "Records"
    settings: "Settings"
    desk: "Desk"


@contextmanager
def kept(purpose: str, *, create: bool = False) -> Iterator[Kept]:
    """Open what is kept; ``purpose`` is the name of one in `osler.records.Purpose`."""
    from osler.records import Purpose
    from osler.settings import read_settings
    from osler.workflow.opening import desk_of, open_kept

    settings = read_settings()
    with open_kept(settings, create=create) as records:
        yield Kept(records, settings, desk_of(records, settings, Purpose[purpose]))


def row(value: "DataclassInstance") -> dict[str, Any]:
    """Return one row as JSON holds it: times in ISO 8601, UTC."""
    return {name: _plain(one) for name, one in asdict(value).items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - anything that a row holds
    """Return a value as JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    return value


def table(rows: list[dict[str, Any]], *columns: str) -> None:
    """Print some columns of rows; an id or a time is never broken over two lines."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for name in columns:
        shown.add_column(name.replace("_", " "), no_wrap=name != "reason", overflow="fold")
    for one in rows:
        shown.add_row(*(in_words(one[name]) for name in columns))
    Console(width=160, highlight=False, markup=False).print(shown)


def in_words(value: Any) -> str:  # noqa: ANN401 - anything that a row holds
    """Return a value as a person reads it."""
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
