"""The audit trail: complete, and no entry of it can go, change or move unseen."""

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Connection, text

from make.kept import NOW, Kept, an_instance, kept_at
from osler.errors import NotAllowed
from osler.records import RecordsAt, Role

Tampering = Callable[[Connection, str], object]


def test_every_write_and_read_leaves_an_entry_that_says_who_and_what(kept: Kept) -> None:
    """Who looked at this patient's film, and when: the question every hospital is asked."""
    stored = kept.osler.studies.store(an_instance(), source="ct-1", now=NOW)
    kept.as_role(Role.CLINICIAN).studies.load(stored.study_id)
    told = kept.ada.audit.list(patient_id=stored.patient_id)
    assert [(one.user, one.action, one.subject) for one in told] == [
        ("somebody", "read study", f"study/{stored.study_id}"),
        ("osler", "store", f"instance/{stored.instance_id}"),
    ]
    assert "Doe" not in repr(told)


def test_a_read_that_is_not_allowed_is_refused_and_told(kept: Kept) -> None:
    """Whoever tries doors that are not theirs is seen trying."""
    stored = kept.osler.studies.store(an_instance(), source="ct-1", now=NOW)
    with pytest.raises(NotAllowed, match=r"may not read study: found the roles integrator"):
        kept.as_role(Role.INTEGRATOR).studies.load(stored.study_id)
    newest = kept.ada.audit.list(user="somebody")[0]
    assert (newest.action, newest.outcome) == ("read study", "not allowed")


def test_a_write_that_fails_leaves_neither_row_nor_entry(kept: Kept) -> None:
    """An entry for what never happened is as bad as none for what did."""
    kept.osler.studies.store(an_instance(1), source="ct-1", now=NOW)
    before = kept.ada.audit.verify().entries
    with pytest.raises(NotAllowed):
        kept.records.actor("nobody")
    with pytest.raises(Exception, match="another patient"):
        kept.osler.studies.store(an_instance(1, PatientID="9"), source="ct-1", now=NOW)
    stored = [one for one in kept.ada.audit.list(limit=50) if one.action == "store"]
    assert len([one for one in stored if str(one.subject).startswith("instance/")]) == 1
    assert kept.ada.audit.verify().entries > before


def filled(at: RecordsAt) -> None:
    """Leave the trail of two processes that have ended, each with its entries."""
    for process in range(2):
        with kept_at(at) as kept:
            for number in range(3):
                film = an_instance(number, study=process + 1)
                kept.osler.studies.store(film, source="ct-1", now=NOW)


def tampered(at: RecordsAt, change: Tampering) -> Sequence[str]:
    """Return what a check finds after somebody changed the trail of the first process by hand."""
    filled(at)
    with kept_at(at) as kept:
        with kept.records.database.writer.connect() as connection:
            chain = connection.scalar(text("SELECT min(chain) FROM audit"))
            change(connection, str(chain))
            connection.commit()
        return kept.ada.audit.verify().faults


def test_a_trail_that_nobody_touched_is_whole(at: RecordsAt) -> None:
    """A check that always finds something is never read."""
    assert tampered(at, lambda _connection, _chain: None) == ()


def sql(statement: str) -> Tampering:
    """Return a change by one statement."""
    return lambda connection, chain: connection.execute(text(statement), {"chain": chain})


def swapped(connection: Connection, chain: str) -> None:
    """Give two entries each other's place."""
    for one, other in ((2, 1002), (3, 2), (1002, 3)):
        connection.execute(
            text("UPDATE audit SET seq = :other WHERE chain = :chain AND seq = :one"),
            {"chain": chain, "one": one, "other": other},
        )


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (sql("DELETE FROM audit WHERE chain = :chain AND seq = 2"), "entries between were removed"),
        (sql("DELETE FROM audit WHERE chain = :chain"), "all of its entries were removed"),
        (
            sql("UPDATE audit SET \"user\" = 'eve' WHERE chain = :chain AND seq = 2"),
            "entry 2: was altered",
        ),
        (swapped, "was altered, or put in another place"),
    ],
    ids=["removed", "all removed", "altered", "reordered"],
)
def test_an_entry_that_was_removed_altered_or_moved_is_found(
    at: RecordsAt, change: Tampering, found: str
) -> None:
    """A trail that its subject can edit protects nobody."""
    assert any(found in fault for fault in tampered(at, change))


def test_an_end_that_was_cut_off_is_found_even_with_its_note_set_back(at: RecordsAt) -> None:
    """The last entries are those that somebody would most like to be rid of."""

    def cut(connection: Connection, chain: str) -> None:
        told = {"chain": chain}
        connection.execute(text("DELETE FROM audit WHERE chain = :chain AND seq > 2"), told)
        mac = connection.scalar(
            text("SELECT mac FROM audit WHERE chain = :chain AND seq = 2"), told
        )
        connection.execute(
            text("UPDATE audit_heads SET seq = 2, mac = :mac WHERE chain = :chain"),
            {**told, "mac": mac},
        )

    assert any("its end is gone" in fault for fault in tampered(at, cut))


def test_the_end_of_the_last_process_is_held_by_the_witness_outside(at: RecordsAt) -> None:
    """No other chain has sealed it yet: only the store outside the database knows it."""
    filled(at)
    with kept_at(at) as kept:
        with kept.records.database.writer.connect() as connection:
            chain = {"chain": connection.scalar(text("SELECT max(chain) FROM audit"))}
            connection.execute(text("DELETE FROM audit WHERE action = 'seal'"))
            connection.execute(text("DELETE FROM audit WHERE chain = :chain AND seq > 1"), chain)
            connection.commit()
        faults = kept.ada.audit.verify().faults
    assert any(f"chain {chain['chain']}: ends at entry 1" in fault for fault in faults)
