"""Lists of studies: narrowed, ordered, and found by words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    column,
    false,
    select,
    text,
    tuple_,
)

from osler.errors import NotFound
from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.identity import one_person
from osler.records.ids import PatientId
from osler.records.study_rows import StudyRow, study_rows
from osler.records.study_texts import MODALITY
from osler.records.tables import patient_identifiers, studies, study_texts
from osler.records.words import folded, mark

Sort = Literal["newest", "urgent"]
MOST_WORDS = 20
_SHORTEST_BEGINNING = 2


@dataclass(frozen=True)
class StudyFilter:
    """Which studies are wanted; None leaves it open.

    Attributes
    ----------
    words
        Beginnings of words of description, patient's name and numbers, accession number and
        findings; all of them must be there.
    identifier, issuer
        A number of the patient, of any issuer where that is None.
    study_from, study_to
        Both days are part of it.
    """

    state: str | None = None
    priority: str | None = None
    source: str | None = None
    modality: str | None = None
    study_from: date | None = None
    study_to: date | None = None
    accession_number: str | None = None
    study_uid: str | None = None
    patient_id: PatientId | None = None
    identifier: str | None = None
    issuer: str | None = None
    words: str | None = None

    def told(self) -> tuple[str, ...]:
        """Return the names of what narrows the list; never a value."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) is not None)


@dataclass(frozen=True)
class FoundStudies:
    """One page of studies, and where the next one begins; None on the last."""

    rows: tuple[StudyRow, ...]
    next: str | None


@dataclass(frozen=True)
class Search:
    """What may be found, by one actor for one purpose."""

    door: Door

    def studies(
        self,
        wanted: StudyFilter,
        *,
        sort: Sort = "newest",
        limit: int = 50,
        after: str | None = None,
    ) -> FoundStudies:
        """Return the studies that a filter lets through, page by page.

        Parameters
        ----------
        sort
            'newest' by arrival or, where days are given, by the study's day; 'urgent': urgent
            ones first, each the newest first, as a worklist shows them.
        after
            ``next`` of the page before.

        Raises
        ------
        NotFound
            ``after`` is none that a page of this order gave.
        """

        def query(connection: Connection) -> tuple[FoundStudies, Sequence[Subject]]:
            order = _order(wanted, sort)
            chosen = _chosen(connection, wanted, order)
            chosen = chosen.order_by(*(one.desc() for one in order.columns))
            if after is not None:
                chosen = chosen.where(order.behind(after))
            rows = connection.execute(chosen.limit(limit + 1)).all()
            ids = [row.id_of_study for row in rows[:limit]]
            found = study_rows(connection, select(studies).where(studies.c.study_id.in_(ids)))
            place = {one.study_id: one for one in found}
            following = order.place(rows[limit - 1]) if len(rows) > limit else None
            told = Subject("studies", wanted.patient_id, (("by", list(wanted.told())),))
            return FoundStudies(tuple(place[one] for one in ids), following), [told]

        return self.door.read(Action.LIST_STUDIES, query)


@dataclass(frozen=True)
class _Order:
    """By which columns a list is ordered, the largest first. No two rows have the same values."""

    columns: tuple[ColumnElement[Any], ...]
    kinds: tuple[type[Any], ...]

    def place(self, row: Row[Any]) -> str:
        """Return the place of a row, whose first values are those of the columns."""
        values = row[: len(self.columns)]
        return json.dumps([one.isoformat() if isinstance(one, date) else one for one in values])

    def behind(self, place: str) -> ColumnElement[bool]:
        """Say which rows come behind a place."""
        try:
            told = json.loads(place)
            values = [_value(kind, one) for kind, one in zip(self.kinds, told, strict=True)]
        except (ValueError, TypeError) as error:
            raise NotFound(
                "the place to go on from is of another list; expected `next` of the page before, "
                "with the same order; begin without one"
            ) from error
        typed = zip(values, self.columns, strict=True)
        bound = (bindparam(None, value, type_=column.type) for value, column in typed)
        return tuple_(*self.columns) < tuple_(*bound)


def _value(kind: type[Any], told: object) -> object:
    """Return a value of a place."""
    if kind in (datetime, date):
        return kind.fromisoformat(told)
    if type(told) is not kind:
        raise TypeError(f"found {type(told).__name__}")
    return told


def _order(wanted: StudyFilter, sort: Sort) -> _Order:
    """Return the order of a list."""
    arrival = (studies.c.first_received_at, studies.c.study_id)
    if sort == "urgent":  # as words, 'urgent' is larger than 'routine'
        return _Order((studies.c.priority, *arrival), (str, datetime, str))
    if _by_words(wanted):
        return _Order((study_texts.c.text_id,), (int,))
    if wanted.study_from is not None or wanted.study_to is not None:
        return _Order((studies.c.study_date, studies.c.study_id), (date, str))
    return _Order(arrival, (datetime, str))


def _by_words(wanted: StudyFilter) -> bool:
    """Tell whether the index over words is asked."""
    return wanted.words is not None or wanted.modality is not None


def _chosen(connection: Connection, wanted: StudyFilter, order: _Order) -> Select[Any]:
    """Return the query for the studies that are wanted."""
    table = studies.c
    chosen = select(*order.columns, table.study_id.label("id_of_study"))
    if _by_words(wanted):
        chosen = chosen.join(study_texts, study_texts.c.study_id == table.study_id)
        chosen = chosen.where(_has_words(connection, _terms(wanted)))
    for name in ("state", "priority", "source", "accession_number", "study_uid"):
        value = getattr(wanted, name)
        if value is not None:
            chosen = chosen.where(table[name] == value)
    if wanted.study_from is not None:
        chosen = chosen.where(table.study_date >= wanted.study_from)
    if wanted.study_to is not None:
        chosen = chosen.where(table.study_date <= wanted.study_to)
    people = _people(connection, wanted)
    return chosen if people is None else chosen.where(table.patient_id.in_(people))


def _people(connection: Connection, wanted: StudyFilter) -> Sequence[str] | None:
    """Return the ids of the patients whose studies are wanted; None where anybody's are."""
    if wanted.identifier is None and wanted.patient_id is None:
        return None
    found: set[PatientId] | None = None
    if wanted.identifier is not None:
        numbers = patient_identifiers.c
        query = select(numbers.patient_id).where(numbers.value == wanted.identifier.strip())
        if wanted.issuer is not None:
            query = query.where(numbers.issuer == wanted.issuer)
        ids = connection.scalars(query.distinct()).all()
        found = {one for each in ids for one in one_person(connection, PatientId(each))}
    if wanted.patient_id is not None:
        same = set(one_person(connection, wanted.patient_id))
        found = same if found is None else found & same
    return sorted(found or ())


def _terms(wanted: StudyFilter) -> list[tuple[str, bool]]:
    """Return the words that must be there, and of each whether its beginning is enough."""
    words = folded(wanted.words) if wanted.words is not None else []
    terms = [(one, len(one) >= _SHORTEST_BEGINNING) for one in words[:MOST_WORDS]]
    return terms + ([(mark(MODALITY, wanted.modality), False)] if wanted.modality else [])


def _has_words(connection: Connection, terms: Sequence[tuple[str, bool]]) -> ColumnElement[bool]:
    """Say which rows of `study_texts` have all words. Folded words hold no quote.

    Of what has no letter and no digit nothing is found.
    """
    if not terms:
        return false()
    if connection.dialect.name == "sqlite":
        asked = " AND ".join(f'"{word}"{"*" if begins else ""}' for word, begins in terms)
        found = text("SELECT rowid FROM study_words WHERE study_words MATCH :asked")
        return study_texts.c.text_id.in_(found.bindparams(asked=asked).columns(column("rowid")))
    asked = " & ".join(f"'{word}'{':*' if begins else ''}" for word, begins in terms)
    matches = text(
        "array_to_tsvector(string_to_array(study_texts.words, ' ')) @@ CAST(:asked AS tsquery)"
    )
    return cast("ColumnElement[bool]", matches.bindparams(asked=asked))
