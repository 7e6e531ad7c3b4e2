"""Reading the audit trail, and finding what was removed, altered or put in another order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, tuple_

from osler.errors import Damaged
from osler.records.access import Action
from osler.records.audit import SEAL, START, mac_of
from osler.records.door import Door, Subject
from osler.records.tables import audit, audit_heads
from osler.records.witness import Witness

PAGE = 100
TOGETHER = 1000


@dataclass(frozen=True)
class AuditEntry:
    """One entry as a person reads it."""

    chain: str
    seq: int
    at: datetime
    user: str
    purpose: str
    action: str
    outcome: str
    subject: str | None
    patient_id: str | None
    detail: Mapping[str, object]


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are wanted; None leaves it open. ``until`` itself is not part of it."""

    patient_id: str | None = None
    user: str | None = None
    action: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield what an entry has to be."""
        for name in ("patient_id", "user", "action", "outcome"):
            value = getattr(self, name)
            if value is not None:
                yield audit.c[name] == value
        if self.since is not None:
            yield audit.c.at >= self.since
        if self.until is not None:
            yield audit.c.at < self.until


@dataclass(frozen=True)
class Verified:
    """What a check of the whole trail came to: a sentence for each thing that is wrong."""

    chains: int
    entries: int
    faults: tuple[str, ...]


@dataclass
class _Claims:
    """What seals and witnesses say of each chain: the mac of an entry by its number."""

    macs: dict[str, dict[int, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, chain: str, seq: int, mac: str) -> None:
        """Note what was said of one entry."""
        if seq:
            self.macs.setdefault(chain, {})[seq] = mac


@dataclass(frozen=True)
class Trail:
    """What may be done with the audit trail, by one actor for one purpose."""

    door: Door
    key: bytes = field(repr=False)
    witness: Witness

    def list(
        self,
        *,
        patient_id: str | None = None,
        user: str | None = None,
        since: datetime | None = None,
        limit: int = PAGE,
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries first."""
        return self.find(AuditFilter(patient_id, user, since=since), limit=limit)

    def find(
        self,
        wanted: AuditFilter,
        *,
        limit: int = PAGE,
        before: tuple[datetime, str, int] | None = None,
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries first; ``before`` is time, chain and number of the last one."""

        def query(connection: Connection) -> tuple[tuple[AuditEntry, ...], Sequence[Subject]]:
            table = audit.c
            columns = [table[name] for name in AuditEntry.__dataclass_fields__]
            place = (table.at, table.chain, table.seq)
            chosen = select(*columns).where(*wanted.conditions())
            if before is not None:
                at = bindparam(None, before[0], type_=table.at.type)
                chosen = chosen.where(tuple_(*place) < tuple_(at, *before[1:]))
            chosen = chosen.order_by(*(one.desc() for one in place)).limit(limit)
            found = tuple(AuditEntry(**row) for row in connection.execute(chosen).mappings())
            return found, [Subject("audit", wanted.patient_id)]

        return self.door.read(Action.READ_AUDIT, query)

    def verify(self) -> Verified:
        """Check every entry of every chain, in bounded memory."""

        def query(connection: Connection) -> tuple[Verified, Sequence[Subject]]:
            return self._verified(connection), [Subject("audit")]

        return self.door.read(Action.READ_AUDIT, query)

    def _verified(self, connection: Connection) -> Verified:
        """Walk all chains against themselves, the seals of others, and the witnesses outside."""
        claims = self._claims(connection)
        heads = {
            row.chain: (row.seq, row.mac)
            for row in connection.execute(
                select(audit_heads.c.chain, audit_heads.c.seq, audit_heads.c.mac)
            )
        }
        faults = list(claims.faults)
        ends: dict[str, tuple[int, str]] = {}
        entries = 0
        for row in _rows(connection):
            entries += 1
            seq, mac = ends.get(row["chain"], (0, START))
            said = claims.macs.get(str(row["chain"]), {})
            fault = self._fault(row, (seq, mac), said)
            if fault is not None:
                faults.append(fault)
            ends[row["chain"]] = (row["seq"], row["mac"])
        for chain in sorted({*heads, *claims.macs, *ends}):
            fault = _end_fault(
                chain, ends.get(chain), head=heads.get(chain), said=claims.macs.get(chain, {})
            )
            if fault is not None:
                faults.append(fault)
        return Verified(len(ends), entries, tuple(faults))

    def _fault(
        self, row: Mapping[str, object], before: tuple[int, str], said: Mapping[int, str]
    ) -> str | None:
        """Return what is wrong with one entry behind another."""
        seq, mac = before
        here = f"chain {row['chain']}, entry {row['seq']}"
        number = row["seq"]
        if number != seq + 1:
            return f"{here}: expected entry {seq + 1}; entries between were removed"
        if mac_of(self.key, mac, row) != row["mac"]:
            return f"{here}: was altered, or put in another place"
        if said.get(seq + 1, row["mac"]) != row["mac"]:
            return f"{here}: differs from what another chain or the witness outside sealed"
        return None

    def _claims(self, connection: Connection) -> _Claims:
        """Collect what seals and witnesses say."""
        claims = _Claims()
        for detail in connection.scalars(select(audit.c.detail).where(audit.c.action == SEAL)):
            for chain, (seq, mac) in detail.get("heads", {}).items():
                claims.add(chain, seq, mac)
        for chain in connection.scalars(select(audit_heads.c.chain)):
            try:
                seen = self.witness.read(chain)
            except Damaged:
                claims.faults.append(f"chain {chain}: the note of its end outside was altered")
                continue
            if seen is not None:
                claims.add(chain, *seen)
        return claims


def _rows(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield all entries, chain by chain in order, a part at a time."""
    result = connection.execution_options(yield_per=TOGETHER).execute(
        select(audit).order_by(audit.c.chain, audit.c.seq)
    )
    for row in result.mappings():
        yield dict(row)


def _end_fault(
    chain: str,
    end: tuple[int, str] | None,
    *,
    head: tuple[int, str] | None,
    said: Mapping[int, str],
) -> str | None:
    """Return what is wrong with the end of a chain."""
    last = max(said, default=0)
    kept = end[0] if end is not None else 0
    if end is None:
        return f"chain {chain}: all of its entries were removed"
    if last > kept:
        return f"chain {chain}: ends at entry {kept}, but entry {last} was sealed: its end is gone"
    if head != end:
        return f"chain {chain}: ends at entry {kept}, which is not its noted end"
    return None
