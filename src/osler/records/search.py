"""Lists of studies: narrowed, ordered, and found by words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, select

from osler.records.access import Action
from osler.records.door import Door, Subject
from osler.records.identity import one_person
from osler.records.ids import PatientId, StudyId
from osler.records.orders import Order, values_of
from osler.records.study_rows import StudyRow, study_rows
from osler.records.study_texts import MODALITY, PRIORITY
from osler.records.tables import patient_identifiers, studies, study_texts
from osler.records.word_index import Term, newest_first, with_words
from osler.records.words import folded, mark

PRIORITIES = ("urgent", "routine")
Sort = Literal["newest", "urgent"]
MOST_WORDS = 20
FEW = 2000
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
            told = Subject("studies", wanted.patient_id, (("by", list(wanted.told())),))
            if wanted.words is not None and not folded(wanted.words):
                return FoundStudies((), None), [told]  # no letter and no digit: nothing has it
            is_both = sort == "urgent" and _by_words(wanted)
            page = _urgent_by_words if is_both else _page
            ids, following = page(connection, wanted, _Asked(sort, limit, after))
            found = study_rows(connection, select(studies).where(studies.c.study_id.in_(ids)))
            place = {one.study_id: one for one in found}
            return FoundStudies(tuple(place[StudyId(one)] for one in ids), following), [told]

        return self.door.read(Action.LIST_STUDIES, query)


@dataclass(frozen=True)
class _Asked:
    """Which page of a list is asked for."""

    sort: Sort
    limit: int
    after: str | None


def _page(
    connection: Connection, wanted: StudyFilter, asked: _Asked
) -> tuple[list[str], str | None]:
    """Return the ids of the studies of one page, and the place behind it; None on the last."""
    order = _order(connection, wanted, asked.sort)
    chosen = _chosen(connection, wanted, order)
    if asked.after is not None:
        chosen = chosen.where(order.behind(asked.after))
    rows = connection.execute(chosen.limit(asked.limit + 1)).all()
    following = order.place(rows[asked.limit - 1]) if len(rows) > asked.limit else None
    return [row.id_of_study for row in rows[: asked.limit]], following


def _urgent_by_words(
    connection: Connection, wanted: StudyFilter, asked: _Asked
) -> tuple[list[str], str | None]:
    """Return a page of what has the words, urgent ones first: one priority after the other.

    So each of them is read in the order of the index, and nothing has to be sorted.
    """
    place = values_of(asked.after, (str, int)) if asked.after is not None else None
    begin = PRIORITIES.index(place[0]) if place is not None and place[0] in PRIORITIES else 0
    rows: list[tuple[int, str, str]] = []
    for priority in PRIORITIES[begin:]:
        if len(rows) > asked.limit or wanted.priority not in (None, priority):
            continue
        narrowed = replace(wanted, priority=priority)
        order = _order(connection, narrowed, "newest")
        chosen = _chosen(connection, narrowed, order)
        if place is not None and priority == place[0]:
            chosen = chosen.where(order.behind(json.dumps(place[1:])))
        found = connection.execute(chosen.limit(asked.limit + 1 - len(rows)))
        rows += [(row[0], row.id_of_study, priority) for row in found]
    shown = rows[: asked.limit]
    is_last = len(rows) <= asked.limit
    following = None if is_last else json.dumps([shown[-1][2], shown[-1][0]])
    return [study_id for _, study_id, _ in shown], following


def _order(connection: Connection, wanted: StudyFilter, sort: Sort) -> Order:
    """Return the order of a list."""
    arrival = (studies.c.first_received_at, studies.c.study_id)
    if sort == "urgent":  # as words, 'urgent' is larger than 'routine'
        return Order((studies.c.priority, *arrival), (str, datetime, str))
    if _by_words(wanted):
        is_first = _words_first(connection, wanted)
        by = newest_first(connection) if is_first else study_texts.c.text_id
        return Order((by,), (int,))
    if wanted.study_from is not None or wanted.study_to is not None:
        return Order((studies.c.study_date, studies.c.study_id), (date, str))
    return Order(arrival, (datetime, str))


def _words_first(connection: Connection, wanted: StudyFilter) -> bool:
    """Tell whether it is best to go through what has the words, and look the rest up.

    Not where something else leaves few: one patient, or a state or days that few studies have.
    """
    own = (wanted.patient_id, wanted.identifier, wanted.accession_number, wanted.study_uid)
    if any(one is not None for one in own):
        return False
    table = studies.c
    narrow = []
    if wanted.state is not None:
        narrow.append(table.state == wanted.state)
    if wanted.study_from is not None and wanted.study_to is not None:
        narrow.append(table.study_date.between(wanted.study_from, wanted.study_to))
    for one in narrow:
        some = select(table.study_id).where(one).limit(FEW + 1).subquery()
        if (connection.scalar(select(func.count()).select_from(some)) or 0) <= FEW:
            return False
    return True


def _by_words(wanted: StudyFilter) -> bool:
    """Tell whether the index over words is asked."""
    return wanted.words is not None or wanted.modality is not None


def _chosen(connection: Connection, wanted: StudyFilter, order: Order) -> Select[Any]:
    """Return the query for the studies that are wanted, in their order."""
    table = studies.c
    chosen = select(*order.columns, table.study_id.label("id_of_study"))
    if _by_words(wanted):
        is_first = _words_first(connection, wanted)
        chosen = with_words(connection, chosen, _terms(wanted), is_first=is_first)
    chosen = chosen.order_by(*(one.desc() for one in order.columns))
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


def _terms(wanted: StudyFilter) -> list[Term]:
    """Return the words that must be there, and of each whether its beginning is enough."""
    words = folded(wanted.words) if wanted.words is not None else []
    terms = [(one, len(one) >= _SHORTEST_BEGINNING) for one in words[:MOST_WORDS]]
    marks = ((MODALITY, wanted.modality), (PRIORITY, wanted.priority))
    return terms + [(mark(kind, value), False) for kind, value in marks if value is not None]
