"""Which objects the tables name, and under whose key: what the scrubber and a backup go by."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    column,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from osler.errors import NotAllowed
from osler.records import tables as t
from osler.records.holders import QUARANTINE
from osler.records.keys import KEY_BYTES, MasterKey
from osler.records.places import SHARDS
from osler.records.witness import HOLDER as WITNESS

_MOST_KEYS = 4096
Condition = Callable[[ColumnElement[str]], ColumnElement[bool]]


@dataclass(frozen=True, order=True)
class Named:
    """An object that a row names; ``wrapped`` is the wrapped key of its patient, if any is left."""

    address: str
    holder: str
    wrapped: bytes | None = field(repr=False, compare=False)


def in_shard(shard: str) -> Condition:
    """Return the condition that an address begins with two given digits."""
    return lambda address: (address >= shard) & (address < f"{shard}g")


def named_objects(connection: Connection, condition: Condition) -> list[Named]:
    """Return the objects that rows name, each once, in the order of addresses."""
    of_study = t.instances.join(t.studies, t.instances.c.study_id == t.studies.c.study_id)
    of_report = t.report_files.join(
        t.reports, t.report_files.c.report_id == t.reports.c.report_id
    ).join(t.drafts, t.reports.c.draft_id == t.drafts.c.draft_id)
    patients_own = (
        (t.instances.c.address, t.studies.c.patient_id, of_study),
        (t.documents.c.address, t.documents.c.patient_id, t.documents),
        (t.drafts.c.address, t.drafts.c.patient_id, t.drafts),
        (t.report_files.c.address, t.drafts.c.patient_id, of_report),
    )
    wanted = [
        select(address, holder, t.patients.c.wrapped_key)
        .select_from(source.join(t.patients, holder == t.patients.c.patient_id))
        .where(condition(address))
        for address, holder, source in patients_own
    ]
    nobodys = select(t.refusals.c.address, literal(str(QUARANTINE)), null()).where(
        t.refusals.c.address.is_not(None), condition(t.refusals.c.address)
    )
    rows: Iterable[Any] = connection.execute(
        union_all(*wanted, nobodys, _parts(connection, condition))
    )
    return sorted({Named(address, holder, wrapped) for address, holder, wrapped in rows})


def _parts(connection: Connection, condition: Condition) -> Select[Any]:
    """Return the query for the parts of uploads that are not stored yet."""
    of_sqlite = connection.dialect.name == "sqlite"
    each = func.json_each if of_sqlite else func.jsonb_array_elements_text
    part = each(t.uploads.c.parts).table_valued(column("value", String)).alias("part")
    address = part.c.value
    return (
        select(address, literal(str(QUARANTINE)), null())
        .select_from(t.uploads.join(part, true()))
        .where(condition(address))
    )


def all_named(connection: Connection) -> Iterator[Named]:
    """Yield all objects that rows name in the order of addresses, a 256th in memory at a time."""
    for shard in SHARDS:
        yield from named_objects(connection, in_shard(shard))


class Keyring:
    """Unwraps the keys of holders, and remembers those used last. For one thread."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master
        self._own = {QUARANTINE: master.derive("quarantine"), WITNESS: master.derive("witness")}
        self._met: OrderedDict[str, bytes] = OrderedDict()

    def key_of(self, holder: str, wrapped: bytes | None) -> bytes | None:
        """Return the key of a holder's objects; None where the patient was forgotten."""
        if holder in self._own:
            return self._own[holder]
        if wrapped is None:
            return None
        if holder not in self._met:
            self._met[holder] = self._unwrapped(holder, wrapped)
            if len(self._met) > _MOST_KEYS:
                self._met.popitem(last=False)
        return self._met[holder]

    def _unwrapped(self, holder: str, wrapped: bytes) -> bytes:
        """Return a key; where it was altered, one that opens nothing, so that it is noticed."""
        try:
            return self._master.unwrap(wrapped, holder)
        except NotAllowed:
            return bytes(KEY_BYTES)
