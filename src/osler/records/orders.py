"""The order of a list, and the places in it where pages end."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, tuple_

from osler.errors import NotFound


@dataclass(frozen=True)
class Order:
    """By which columns a list is ordered, the largest first. No two rows have the same values."""

    columns: tuple[ColumnElement[Any], ...]
    kinds: tuple[type[Any], ...]

    def place(self, row: Row[Any]) -> str:
        """Return the place of a row, whose first values are those of the columns."""
        values = row[: len(self.columns)]
        return json.dumps([one.isoformat() if isinstance(one, date) else one for one in values])

    def behind(self, place: str) -> ColumnElement[bool]:
        """Say which rows come behind a place; raises as `values_of`."""
        typed = zip(values_of(place, self.kinds), self.columns, strict=True)
        bound = (bindparam(None, value, type_=column.type) for value, column in typed)
        return tuple_(*self.columns) < tuple_(*bound)


def values_of(place: str, kinds: tuple[type[Any], ...]) -> list[Any]:
    """Return the values that make up a place.

    Raises
    ------
    NotFound
        It is none of a list in this order.
    """
    try:
        return [_value(kind, one) for kind, one in zip(kinds, json.loads(place), strict=True)]
    except (ValueError, TypeError) as error:
        raise NotFound(
            "the place to go on from is of another list; expected `next` of the page before, with "
            "the same order; begin without one"
        ) from error


def _value(kind: type[Any], told: object) -> object:
    """Return a value of a place."""
    if kind in (datetime, date):
        return kind.fromisoformat(told)
    if type(told) is not kind:
        raise TypeError(f"found {type(told).__name__}")
    return told
