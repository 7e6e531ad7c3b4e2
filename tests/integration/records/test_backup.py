"""A backup is whole or is no backup, and comes back into either kind of database."""

import json
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from make.disks import small_disk
from make.draft import a_draft
from make.kept import EVERYONE, FIRST_USER, MASTER, NOW, Kept, an_instance, embedded, kept_at
from make.postgres import Postgres
from make.record import a_vitals_record
from osler.clinical import Refusal, Study
from osler.errors import Damaged, Misuse, NotAllowed, NotFound, TryLater
from osler.records import Actor, MasterKey, RecordsAt, Role, StudyFilter
from osler.records.backup import BackedUp, backup, verify
from osler.records.backup_form import MANIFEST
from osler.records.engine import open_database
from osler.records.restoring import Restored, restore
from osler.records.tables import METADATA, audit, audit_heads, uploads

ADA = Actor(FIRST_USER, EVERYONE)
LATER = NOW + timedelta(hours=1)
AGES = timedelta(days=4000)


def fill(kept: Kept) -> None:
    """Keep something of every kind: versions, merges, a result, a refusal, a forgotten patient."""
    store = kept.osler.studies.store
    first = store(an_instance(study=1), source="ct-1", now=NOW)
    kept.osler.studies.complete(first.study_id, now=NOW)
    store(an_instance(study=2, PatientName="Roe^Jane"), source="ct-1", now=LATER)
    other = store(an_instance(study=3, PatientID="4712"), source="ct-1", now=NOW)
    gone = store(an_instance(study=4, PatientID="4713"), source="ct-1", now=NOW)
    kept.osler.documents.store(a_vitals_record(), b"a document", kind="fhir", source="ehr", now=NOW)
    refusal = Refusal("a.dcm", "a.dcm: cut short; send it again", "structure")
    kept.osler.studies.refuse(refusal, source="ct-1", now=NOW, content=b"half a film")
    kept.osler.jobs.sweep(now=NOW)
    for job in kept.osler.jobs.claim("w1", limit=1, now=LATER):
        begun = kept.osler.jobs.begin(job.job_id, "w1", now=LATER)
        kept.osler.results.store(begun, a_draft(), now=LATER)
    upload = kept.osler.uploads.begin("late.zip", 9, source="web", priority="routine", now=NOW)
    kept.osler.uploads.append(upload.upload_id, b"half", offset=0, now=NOW)
    kept.ada.patients.merge(other.patient_id, first.patient_id, now=LATER)
    kept.ada.patients.forget(gone.patient_id, now=LATER)
    kept.records.seal()


def back_up(kept: Kept, folder: Path) -> BackedUp:
    """Make a backup."""
    return backup(kept.records, folder, actor=ADA, now=LATER)


def bring_back(folder: Path, at: RecordsAt, *, aside: bool = False) -> Restored:
    """Restore a backup."""
    return restore(folder, at, actor=ADA, now=LATER, replace=aside)


def rows_of(at: RecordsAt) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables but the audit trail, which goes on."""
    database = open_database(at.database, key=at.master.derive("database"))
    try:
        with database.reader.connect() as connection:
            return {
                table.name: sorted(
                    (tuple(row) for row in connection.execute(select(table))), key=str
                )
                for table in METADATA.sorted_tables
                if table not in {audit, audit_heads}
            }
    finally:
        database.close()


def studies_of(kept: Kept) -> list[Study]:
    """Return all studies with their bytes, but those of forgotten patients."""
    listed = kept.osler.studies.list(limit=100)
    return [kept.osler.studies.load(one.study_id) for one in listed]


@pytest.fixture
def filled(at: RecordsAt) -> RecordsAt:
    """Return a place where something of every kind is kept."""
    with kept_at(at) as kept:
        fill(kept)
    return at


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Return the backup of an embedded place, which is gone since."""
    where = tmp_path / "gone"
    where.mkdir()
    with kept_at(embedded(where)) as kept:
        fill(kept)
        back_up(kept, tmp_path / "backup")
    shutil.rmtree(where)
    return tmp_path / "backup"


def new_place(tmp_path: Path, name: str = "new", **changes: object) -> RecordsAt:
    """Return an embedded place where nothing is kept yet."""
    (tmp_path / name).mkdir()
    return embedded(tmp_path / name, **changes)


@pytest.mark.parametrize("into", ["embedded", "scaled"])
def test_everything_comes_back_into_either_kind_of_database(
    request: pytest.FixtureRequest, filled: RecordsAt, tmp_path: Path, *, into: str
) -> None:
    """A laptop's data moves into the hospital's PostgreSQL, and back, without a loss."""
    with kept_at(filled) as kept:
        made = back_up(kept, tmp_path / "backup")
        studies = studies_of(kept)
    assert made.is_whole
    assert verify(tmp_path / "backup", master=MASTER) == made
    target = new_place(tmp_path)
    if into == "scaled":
        server: Postgres = request.getfixturevalue("postgres")
        target = replace(target, database=server.new_database())
    done = bring_back(tmp_path / "backup", target)
    assert (done.is_whole, done.rows, done.objects) == (True, made.rows, made.objects)
    assert rows_of(target) == rows_of(filled)
    with kept_at(target) as kept:
        assert studies_of(kept) == studies
        checked = kept.ada.audit.verify()
        assert checked.faults == ()
        newest = kept.ada.audit.list(limit=20)
    assert [one.detail["restored"] for one in newest if "restored" in one.detail] == [
        made.backup_id
    ]


@pytest.mark.parametrize("into", ["embedded", "scaled"])
def test_what_was_brought_back_is_found_and_goes_on(
    request: pytest.FixtureRequest, filled: RecordsAt, tmp_path: Path, *, into: str
) -> None:
    """Numbers that begin anew would stop the first film that comes in after the disaster."""
    with kept_at(filled) as kept:
        back_up(kept, tmp_path / "backup")
    target = new_place(tmp_path)
    if into == "scaled":
        server: Postgres = request.getfixturevalue("postgres")
        target = replace(target, database=server.new_database())
    bring_back(tmp_path / "backup", target)
    with kept_at(target) as kept:
        before, newest = kept.ada.search.studies(StudyFilter()).rows, kept.osler.events.newest()
        film = an_instance(study=77, StudyDescription="Knee")
        kept.osler.studies.store(film, source="x", now=LATER)
        assert kept.osler.events.newest() == newest + 1
        with kept.records.database.reader.connect() as connection:
            upload_id = connection.execute(select(uploads.c.upload_id)).scalar_one()
        assert kept.osler.uploads.content(kept.osler.uploads.get(upload_id)) == b"half"
        found = kept.ada.search.studies(StudyFilter(modality="CR")).rows
        assert len(found) == len(before) + 1
        assert kept.ada.search.studies(StudyFilter(words="knee")).rows[0] in found


def test_a_backup_shows_nothing_and_holds_no_key(saved: Path) -> None:
    """The tape that is lost on the way must be worthless."""
    everything = b"".join(one.read_bytes() for one in saved.rglob("*") if one.is_file())
    # Long enough that a megabyte of sealed bytes does not hold one of them by chance.
    assert b"Doe^Jane" not in everything
    assert b"Roe^Jane" not in everything
    assert MASTER.derive("database").hex().encode() not in everything
    assert "The master key is not in it" in (saved / "README.txt").read_text(encoding="utf-8")
    said = json.loads((saved / MANIFEST).read_text(encoding="utf-8"))["manifest"]
    assert said["fingerprint"] == MASTER.fingerprint()


def test_a_backup_is_of_one_moment_while_work_goes_on(at: RecordsAt, tmp_path: Path) -> None:
    """Tables of two moments would name films that are not there."""
    script = """
import sys
from make.kept import NOW, an_instance, Kept
from osler.records import MasterKey, RecordsAt, open_records
from ast import literal_eval
database, objects, options, key = sys.argv[1:]
at = RecordsAt(database=database, objects=objects, objects_options=literal_eval(options),
               master=MasterKey.of(key))
with open_records(at, create=False) as records:
    print("ready", flush=True)
    for number in range(2, 10**6):
        instance = an_instance(study=number, PatientID=str(number))
        Kept(records).osler.studies.store(instance, source="x", now=NOW)
"""
    with kept_at(at) as kept:
        fill(kept)
        argv = [at.database, at.objects, repr(dict(at.objects_options)), "5a" * 32]
        tests = Path(__file__).parents[2]
        with subprocess.Popen(
            [sys.executable, "-c", script, *argv],
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(tests)},
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(0.3)
            made = back_up(kept, tmp_path / "backup")
            writer.send_signal(signal.SIGKILL)
    assert made.is_whole
    target = new_place(tmp_path)
    assert bring_back(tmp_path / "backup", target).is_whole
    with kept_at(target) as kept:
        assert len(studies_of(kept)) >= 3
        assert kept.ada.audit.verify().faults == ()


def test_an_interrupted_backup_is_no_backup(saved: Path, tmp_path: Path) -> None:
    """The manifest is written last: without it nobody may rely on what is there."""
    (saved / MANIFEST).unlink()
    with pytest.raises(NotFound, match=r"no whole backup: it has no manifest\.json"):
        verify(saved, master=MASTER)
    with pytest.raises(NotFound, match="this one was interrupted"):
        bring_back(saved, new_place(tmp_path))


def test_a_full_disk_leaves_no_backup_behind(tmp_path: Path) -> None:
    """A backup that ended for want of room must be seen to have ended so."""
    with kept_at(new_place(tmp_path)) as kept, small_disk(tmp_path / "disk", "size=1200k"):
        for number in range(1, 9):
            instance = an_instance(study=number, Rows=400, Columns=400, PixelData=bytes(320_000))
            kept.osler.studies.store(instance, source="x", now=NOW)
        with pytest.raises(TryLater, match="disk is full"):
            back_up(kept, tmp_path / "disk" / "backup")
        with pytest.raises(NotFound, match="no whole backup"):
            verify(tmp_path / "disk" / "backup", master=MASTER)
        with pytest.raises(Misuse, match="need a new or empty folder"):
            back_up(kept, tmp_path / "disk" / "backup")


@pytest.mark.parametrize("name", ["studies-000001.part", "audit-000001.part"])
def test_an_altered_part_is_named_and_nothing_is_restored(
    saved: Path, tmp_path: Path, name: str
) -> None:
    """Half a table is worse than an error."""
    content = bytearray((saved / name).read_bytes())
    content[-1] ^= 1
    (saved / name).write_bytes(bytes(content))
    assert verify(saved, master=MASTER).altered.addresses == (name,)
    target = new_place(tmp_path)
    with pytest.raises(Damaged, match=f"{name} of the backup .* was altered; take another"):
        bring_back(saved, target)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_missing_part_is_named(saved: Path, tmp_path: Path) -> None:
    """Deleted by a clean-up of old files."""
    (saved / "studies-000001.part").unlink()
    assert verify(saved, master=MASTER).missing.addresses == ("studies-000001.part",)
    with pytest.raises(Damaged, match=r"studies-000001.part of the backup .* is missing"):
        bring_back(saved, new_place(tmp_path))


def test_a_part_of_another_backup_is_not_taken(saved: Path, tmp_path: Path) -> None:
    """Two backups in one place may be mixed up by hand."""
    where = new_place(tmp_path, "other")
    with kept_at(where) as kept:
        fill(kept)
        back_up(kept, tmp_path / "backup-2")
    shutil.copy(tmp_path / "backup-2" / "studies-000001.part", saved)
    assert not verify(saved, master=MASTER).is_whole


def test_an_altered_manifest_is_refused(saved: Path) -> None:
    """Who can write the backup must not be able to take a study out of it."""
    whole = json.loads((saved / MANIFEST).read_text(encoding="utf-8"))
    whole["manifest"]["tables"].pop()
    (saved / MANIFEST).write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(Damaged, match=r"manifest.json of the backup .* was altered"):
        verify(saved, master=MASTER)
    (saved / MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(Damaged, match="not a manifest"):
        verify(saved, master=MASTER)


def test_another_master_key_is_named_as_such(saved: Path, tmp_path: Path) -> None:
    """The key of the test system must not read as a broken backup."""
    other = MasterKey.of("0c" * 32)
    sentence = (
        f"under the master key {MASTER.fingerprint()}, the key given is {other.fingerprint()}"
    )
    with pytest.raises(NotAllowed, match=sentence):
        verify(saved, master=other)
    with pytest.raises(NotAllowed, match=sentence):
        bring_back(saved, new_place(tmp_path, master=other))


def test_missing_and_altered_objects_are_named_and_the_rest_comes_back(
    saved: Path, tmp_path: Path
) -> None:
    """One bad block must not cost the other films."""
    files = sorted(one for one in (saved / "objects").glob("??/*") if one.is_file())
    files[0].unlink()
    content = files[1].read_bytes()
    files[1].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    checked = verify(saved, master=MASTER)
    assert checked.missing.addresses == (files[0].name,)
    assert checked.altered.addresses == (files[1].name,)
    done = bring_back(saved, new_place(tmp_path))
    assert not done.is_whole
    assert done.objects == checked.objects - 2
    assert done.missing.addresses == (files[0].name,)


def test_a_film_that_is_damaged_already_is_named_and_left_out(
    filled: RecordsAt, tmp_path: Path
) -> None:
    """A backup must not carry damage on as if it were a film, nor fail for it."""
    with kept_at(filled) as kept:
        objects = kept.records.objects
        named = [one for one in objects.list() if one.sealed_size > 400]
        gone, cut = named[0].address, named[1].address
        objects.put_raw(cut, objects.raw(cut)[:-1])
        objects.delete(gone)
        made = back_up(kept, tmp_path / "backup")
    assert made.missing.addresses == (gone,)
    assert made.altered.addresses == (cut,)
    assert verify(tmp_path / "backup", master=MASTER).is_whole


def test_newer_records_are_never_overwritten(filled: RecordsAt, tmp_path: Path) -> None:
    """Somebody restores yesterday's backup into today's system by mistake."""
    with kept_at(filled) as kept:
        back_up(kept, tmp_path / "backup")
        kept.osler.studies.store(an_instance(study=9), source="ct-1", now=LATER + AGES)
    before = rows_of(filled)
    with pytest.raises(NotAllowed, match=r"are kept there already.*nothing was changed"):
        bring_back(tmp_path / "backup", filled)
    assert rows_of(filled) == before


def test_whether_what_is_there_is_newer_is_said(at: RecordsAt, tmp_path: Path) -> None:
    """The person has to decide which of the two to keep."""
    with kept_at(at) as kept:
        fill(kept)
        backup(kept.records, tmp_path / "old", actor=ADA, now=NOW - AGES)
        backup(kept.records, tmp_path / "future", actor=ADA, now=NOW + AGES)
    with pytest.raises(NotAllowed, match="newer than the backup"):
        bring_back(tmp_path / "old", at)
    with pytest.raises(NotAllowed, match="beside the backup"):
        bring_back(tmp_path / "future", at)


def test_today_s_records_are_set_aside_when_asked(filled: RecordsAt, tmp_path: Path) -> None:
    """Restored in the wrong night, today's work must still be there to go back to."""
    with kept_at(filled) as kept:
        back_up(kept, tmp_path / "backup")
        before = rows_of(filled)
        late = kept.osler.studies.store(an_instance(study=9), source="ct-1", now=LATER)
        studies = studies_of(kept)
        engine = kept.records.workflow_engine()
        engine.connect().close()
        engine.dispose()
    after = rows_of(filled)
    done = bring_back(tmp_path / "backup", filled, aside=True)
    assert rows_of(filled) == before
    with kept_at(filled) as kept:
        assert kept.ada.audit.verify().faults == ()
        with pytest.raises(NotFound):
            kept.osler.studies.load(late.study_id)
    if filled.database.startswith("sqlite"):
        database, workflow = done.set_aside
        assert "workflow" in workflow
        set_aside = replace(filled, database=f"sqlite:///{database}")
        assert rows_of(set_aside) == after
        with kept_at(set_aside) as kept:
            assert studies_of(kept) == studies
    else:
        (schema,) = done.set_aside
        aside = f"{filled.database}?options=-csearch_path%3D{schema}"
        assert rows_of(replace(filled, database=aside)) == after


def test_records_that_are_in_use_are_not_set_aside(filled: RecordsAt, tmp_path: Path) -> None:
    """A worker that goes on writing into a renamed file would lose what it writes."""
    with kept_at(filled) as kept:
        back_up(kept, tmp_path / "backup")
        with pytest.raises(TryLater, match=r"nothing was changed; stop all workers"):
            bring_back(tmp_path / "backup", filled, aside=True)
        assert len(studies_of(kept)) == 3


def test_a_restore_that_was_interrupted_is_done_again(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a restore is an empty database, not a small hospital."""
    target = new_place(tmp_path)
    content = (saved / "drafts-000001.part").read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr("osler.records.restoring._check", lambda *_: None)
        (saved / "drafts-000001.part").unlink()
        with pytest.raises(Damaged):
            bring_back(saved, target)
    (saved / "drafts-000001.part").write_bytes(content)
    assert bring_back(saved, target).is_whole


def test_only_an_administrator_makes_or_restores_a_backup(
    kept: Kept, saved: Path, tmp_path: Path
) -> None:
    """A backup is everything about everybody."""
    reader = Actor("bob", frozenset({Role.READER}))
    with pytest.raises(NotAllowed, match="may not maintain"):
        backup(kept.records, tmp_path / "b", actor=reader, now=NOW)
    assert not (tmp_path / "b").exists()
    with pytest.raises(NotAllowed, match="may not maintain"):
        restore(saved, new_place(tmp_path), actor=reader, now=NOW)


def test_a_backup_is_in_the_audit_trail(kept: Kept, tmp_path: Path) -> None:
    """Somebody will ask who took everything home."""
    made = back_up(kept, tmp_path / "backup")
    (newest,) = kept.ada.audit.list(limit=1)
    assert (newest.user, newest.action) == (FIRST_USER, "maintain")
    assert newest.subject == f"backup/{made.backup_id}"


def test_memory_does_not_grow_with_the_number_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hospital's audit trail has a hundred million entries."""
    monkeypatch.setattr("osler.records.backup_form.PART_BYTES", 100_000)
    at = new_place(tmp_path)
    with kept_at(at) as kept:
        fill(kept)

    def peak(name: str) -> int:
        with kept_at(at) as kept:
            tracemalloc.start()
            back_up(kept, tmp_path / name)
        bring_back(tmp_path / name, new_place(tmp_path, f"{name}-new"))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak("warm")
    small = peak("small")
    grow(at, 10_000)
    assert peak("large") < small + 6_000_000


def grow(at: RecordsAt, count: int) -> None:
    """Add entries to the audit trail, past the door and without a valid chain."""
    database = open_database(at.database, key=at.master.derive("database"))
    entry = {
        "at": NOW,
        "user": "u" * 100,
        "purpose": "TREAT",
        "action": "read study",
        "outcome": "done",
        "subject": "s" * 100,
        "patient_id": None,
        "detail": {"x": "y" * 200},
        "mac": "0" * 64,
    }
    try:
        with database.writer.connect() as connection:
            for start in range(0, count, 1000):
                connection.execute(
                    insert(audit),
                    [{**entry, "chain": "grown", "seq": start + n} for n in range(1000)],
                )
            connection.commit()
    finally:
        database.close()
