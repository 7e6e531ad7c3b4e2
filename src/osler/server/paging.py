"""Lists page by page: a cursor that says where the next page begins."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from osler.errors import NotFound

T = TypeVar("T")
MOST = 500
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many to return at most.")]
Cursor = Annotated[
    str | None,
    Query(max_length=400, description="`next` of the page before; without it the first page."),
]


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


def place_of(cursor: str | None) -> str | None:
    """Return the id that a cursor names.

    Raises
    ------
    NotFound
        It is not one that a page gave.
    """
    if cursor is None:
        return None
    try:
        place = base64.urlsafe_b64decode(cursor.encode("ascii") + b"==").decode("ascii")
    except (ValueError, binascii.Error):
        place = ""
    if not place.startswith("after:") or not place[6:].isprintable():
        raise NotFound(
            "the cursor is none that Osler gave; expected `next` of the page before; begin "
            "without one"
        )
    return place[6:]


def cursor_of(place: str) -> str:
    """Return the cursor that names an id."""
    return base64.urlsafe_b64encode(f"after:{place}".encode()).decode().rstrip("=")


def page_of(
    found: Sequence[T], limit: int, place: Callable[[T], str]
) -> tuple[list[T], str | None]:
    """Return a page of what was found when one more than ``limit`` was asked for."""
    shown = list(found[:limit])
    return shown, cursor_of(place(shown[-1])) if len(found) > limit else None


def page_after(
    found: Sequence[T], limit: int, cursor: str | None, *, place: Callable[[T], str]
) -> tuple[list[T], str | None]:
    """Return a page of a short list that is at hand as a whole.

    Raises
    ------
    InputRefused
        The cursor is not one that a page gave.
    """
    last = place_of(cursor)
    places = [place(one) for one in found]
    begin = places.index(last) + 1 if last in places else 0
    return page_of(found[begin : begin + limit + 1], limit, place)
