"""The audit trail: one hash chain a process, sealed into each other.

An entry's mac is HMAC-SHA256 over the mac before it and the entry itself, under a key derived
from the master key: without that key nobody can write a chain that verifies. A seal is an entry
that holds the heads of other chains, so that an end that was cut off is missed as well.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from osler.records.access import Action, Purpose
from osler.records.ids import new_id
from osler.records.tables import audit, audit_heads

START = "0" * 64
SEAL = "seal"


@dataclass(frozen=True)
class Entry:
    """What somebody did, to which row, and how it ended. Ids only, never a name or value."""

    user: str
    purpose: Purpose
    action: Action | str
    outcome: str = "done"
    subject: str | None = None
    patient_id: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


def mac_of(key: bytes, previous: str, row: Mapping[str, object]) -> str:
    """Return the mac of one entry behind another."""
    at = row["at"]
    assert isinstance(at, datetime)  # noqa: S101 - narrows the type; a row always has its time
    told = [
        row["chain"],
        row["seq"],
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        row["user"],
        row["purpose"],
        row["action"],
        row["outcome"],
        row["subject"],
        row["patient_id"],
        row["detail"],
    ]
    message = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hmac.new(key, f"{previous}{message}".encode(), hashlib.sha256).hexdigest()


_INSERT = insert(audit)
_HEAD = (
    update(audit_heads)
    .where(audit_heads.c.chain == bindparam("of_chain"))
    .values(seq=bindparam("to_seq"), mac=bindparam("to_mac"))
)


class Chain:
    """The chain of one process. Only its committer appends to it, one transaction at a time."""

    def __init__(self, key: bytes) -> None:
        self.name = new_id()
        self._key = key
        self._kept = (0, START)
        self._next = (0, START)

    def append(self, connection: Connection, entries: Sequence[Entry], *, at: datetime) -> None:
        """Write entries behind the last; they count when ``committed`` is told."""
        if not entries:
            return
        rows = [self._row(entry, at) for entry in entries]
        connection.execute(_INSERT, rows)
        seq, mac = self._next
        head = {"chain": self.name, "seq": seq, "mac": mac}
        if self._kept[0] == 0:
            into = sqlite if connection.dialect.name == "sqlite" else postgresql
            first = into.insert(audit_heads).values(**head, sealed_seq=0)
            changed = {"seq": seq, "mac": mac}
            connection.execute(first.on_conflict_do_update(index_elements=["chain"], set_=changed))
        else:
            connection.execute(_HEAD, {"of_chain": self.name, "to_seq": seq, "to_mac": mac})

    def _row(self, entry: Entry, at: datetime) -> dict[str, object]:
        """Return the next row of the chain."""
        seq, previous = self._next
        row: dict[str, object] = {
            "chain": self.name,
            "seq": seq + 1,
            "at": at,
            "user": entry.user,
            "purpose": str(entry.purpose),
            "action": str(entry.action),
            "outcome": entry.outcome,
            "subject": entry.subject,
            "patient_id": entry.patient_id,
            "detail": dict(entry.detail),
        }
        mac = mac_of(self._key, previous, row)
        self._next = (seq + 1, mac)
        return {**row, "mac": mac}

    def committed(self) -> None:
        """Take what was appended as kept."""
        self._kept = self._next

    def undone(self) -> None:
        """Go back to what was kept: the transaction was rolled back."""
        self._next = self._kept

    def recall(self, connection: Connection) -> None:
        """Read the head anew, where nobody knows whether the last commit reached the disk."""
        row = connection.execute(
            select(audit_heads.c.seq, audit_heads.c.mac).where(audit_heads.c.chain == self.name)
        ).one_or_none()
        self._kept = self._next = (row.seq, row.mac) if row is not None else (0, START)

    def head(self) -> tuple[int, str]:
        """Return number and mac of the last entry kept."""
        return self._kept


def seal_entry(connection: Connection, chain: Chain, *, user: str) -> Entry | None:
    """Return an entry that holds the heads of chains not sealed since they grew; None if none."""
    grown = connection.execute(
        select(audit_heads.c.chain, audit_heads.c.seq, audit_heads.c.mac)
        .where(audit_heads.c.seq > audit_heads.c.sealed_seq, audit_heads.c.chain != chain.name)
        .order_by(audit_heads.c.chain)
    ).all()
    if not grown:
        return None
    for row in grown:
        connection.execute(
            update(audit_heads)
            .where(audit_heads.c.chain == row.chain, audit_heads.c.sealed_seq < row.seq)
            .values(sealed_seq=row.seq)
        )
    heads = {row.chain: [row.seq, row.mac] for row in grown}
    return Entry(user, Purpose.OPERATIONS, SEAL, detail={"heads": heads})
