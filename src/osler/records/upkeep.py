"""Looking after what is kept: are all objects there that the tables name, and do they open."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import merge

from sqlalchemy import Connection, select

from osler.records.access import Action, Actor, Purpose
from osler.records.door import Door, Subject
from osler.records.engine import explained
from osler.records.expected import Keyring, in_shard, named_objects
from osler.records.places import SHARDS
from osler.records.records import Records
from osler.records.scrubbing import GRACE, MOST_NAMED, Expected, Found, Scrubbed, scrub
from osler.records.tables import audit_heads
from osler.records.witness import HOLDER as WITNESS

# No put takes as long: what is older was left behind by a process that was killed.
LEFT_BEHIND = timedelta(days=1)


def scrub_records(
    records: Records, *, actor: Actor, now: datetime, grace: timedelta = GRACE
) -> Scrubbed:
    """Open every object that the tables name, and find those that nothing names.

    Records may be in use meanwhile. What a killed writer left is cleared away, a day later.
    Extra objects do no harm: puts whose row was never committed, and steps of unfinished jobs.

    Raises
    ------
    NotAllowed
        The actor is no administrator.
    TryLater
        Database or store went away: nothing can be said.
    """
    door = records.acting(actor, Purpose.ADMINISTRATION).door

    def query(connection: Connection) -> tuple[list[str], Sequence[Subject]]:
        chains = connection.scalars(select(audit_heads.c.chain))
        return sorted(records.witness.address(chain) for chain in chains), [Subject("objects")]

    witnesses = door.read(Action.MAINTAIN, query)
    records.objects.clear_leftovers(older_than=now - LEFT_BEHIND)
    keys = Keyring(records.at.master)
    noted = (
        Expected(one, WITNESS, keys.key_of(WITNESS, None), may_be_absent=True) for one in witnesses
    )
    expected = merge(_expected(door, keys), noted, key=lambda one: one.address)
    found = scrub(records.objects, expected, now=now, grace=grace)
    return replace(found, missing=still_missing(door, keys, found.missing))


def _expected(door: Door, keys: Keyring) -> Iterator[Expected]:
    """Yield what the tables name. Each part is a transaction of its own: a scrub takes hours."""
    for shard in SHARDS:
        with explained(), door.reader.connect() as connection:
            named = named_objects(connection, in_shard(shard))
        for one in named:
            yield Expected(one.address, one.holder, keys.key_of(one.holder, one.wrapped))


def still_missing(door: Door, keys: Keyring, missing: Found) -> Found:
    """Leave out what was forgotten between reading its row and looking for it."""
    if not 0 < missing.count <= MOST_NAMED:
        return missing
    with explained(), door.reader.connect() as connection:
        named = named_objects(connection, lambda address: address.in_(missing.addresses))
    open_ones = [one.address for one in named if keys.key_of(one.holder, one.wrapped) is not None]
    return Found(len(open_ones), tuple(open_ones))
