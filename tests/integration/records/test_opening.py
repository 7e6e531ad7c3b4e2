"""Opening what is kept: the right key, the right version, and the schema that the code knows."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from make.kept import FIRST_USER, MASTER, NOW, Kept, an_instance, embedded, kept_at
from make.postgres import Postgres
from osler.errors import Misuse, NotAllowed, NotFound, OslerError, TryLater
from osler.records import MasterKey, RecordsAt, Role, open_records
from osler.records.tables import METADATA


def test_the_steps_of_the_database_build_the_tables_that_the_code_knows(kept: Kept) -> None:
    """A column that only the code knows would fail on the first hospital that upgrades."""
    with kept.records.database.reader.connect() as connection:
        opts = {"compare_type": True, "include_name": is_a_table_of_ours}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, METADATA) == []


def is_a_table_of_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the index over words, which each database has in its own way."""
    is_index_over_words = kind == "table" and str(name).startswith("study_words")
    return not is_index_over_words and name != "ix_study_texts_words"


def test_whoever_sets_it_up_gets_every_role_of_a_person(kept: Kept) -> None:
    """On a laptop one person is everything; Osler's own role is nobody's."""
    assert kept.records.actor(FIRST_USER).roles == frozenset(Role) - {Role.SERVICE}
    with pytest.raises(NotAllowed, match="user 'eve' is not known here"):
        kept.records.actor("eve")


def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    """A stolen disk without its key is noise."""
    at = embedded(tmp_path)
    with kept_at(at) as kept:
        kept.osler.studies.store(an_instance(), source="ct-1", now=NOW)
    with pytest.raises(OslerError, match="master key"):
        open_records(replace(at, master=MasterKey.of("00" * 32)), create=False)


def test_nothing_readable_lies_in_the_embedded_folder(tmp_path: Path) -> None:
    """Whoever reads the disk finds no name, no number and no UID."""
    with kept_at(embedded(tmp_path)) as kept:
        kept.osler.studies.store(
            an_instance(PatientName="Zebedee^Quux", PatientID="NUMBER-4711"), source="x", now=NOW
        )
        found = [
            path.name
            for path in tmp_path.rglob("*")
            if path.is_file()
            and re.search(rb"Zebedee|NUMBER-4711|2\.25\.1|SQLite format", path.read_bytes())
        ]
    assert found == []


def test_a_database_of_a_newer_osler_is_left_alone(at: RecordsAt) -> None:
    """Going back to an older version must not eat what the newer one wrote."""
    with kept_at(at) as kept, kept.records.database.writer.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(NotAllowed, match="is at step 9999, this version of Osler knows"):
        open_records(at, create=True)


def test_an_empty_place_is_not_made_by_looking(tmp_path: Path) -> None:
    """A typing error in the folder's name must not look like an empty archive."""
    with pytest.raises(NotFound):
        open_records(embedded(tmp_path), create=False)


def test_a_database_of_another_kind_is_named(tmp_path: Path) -> None:
    """The integrator reads which kinds there are."""
    at = embedded(tmp_path, database="mysql://h/osler")
    with pytest.raises(Misuse, match="expected sqlite:///file or postgresql:"):
        open_records(at, create=True)


def test_a_database_that_is_gone_and_comes_back_is_told_and_used_again(
    postgres: Postgres, s3: str, tmp_path: Path
) -> None:
    """The database is restarted at night; Osler waits and goes on."""
    at = replace(embedded(tmp_path), database=postgres.new_database())
    with kept_at(at) as kept:
        kept.osler.studies.store(an_instance(1), source="ct-1", now=NOW)
        postgres.stop()
        try:
            with pytest.raises(TryLater, match="the database cannot be reached"):
                kept.osler.studies.store(an_instance(2), source="ct-1", now=NOW)
            with pytest.raises(TryLater, match="the database cannot be reached"):
                kept.osler.studies.list()
        finally:
            postgres.start()
        stored = kept.osler.studies.store(an_instance(2), source="ct-1", now=NOW)
        assert len(kept.osler.studies.load(stored.study_id).instances()) == 2
        assert kept.ada.audit.verify().faults == ()


def test_two_processes_write_into_one_file_in_turns(tmp_path: Path) -> None:
    """A folder is collected while the worker writes its results."""
    at = embedded(tmp_path)
    with kept_at(at) as one, kept_at(at) as other:
        for number in range(4):
            for kept in (one, other):
                study = 1 if kept is one else 2
                film = an_instance(number, study=study, PatientID=str(study))
                kept.osler.studies.store(film, source="x", now=NOW)
        assert len(one.osler.studies.list()) == 2
        assert other.ada.audit.verify().faults == ()


def test_the_key_is_never_shown() -> None:
    """A traceback with the key in it would be the leak."""
    assert "5a5a" not in repr(MASTER)
