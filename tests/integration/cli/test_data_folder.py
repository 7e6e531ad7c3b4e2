"""The data folder of one computer: its beginning, its key, its disk."""

from pathlib import Path

import pytest
from sqlalchemy import text

from integration.cli.terminal import Terminal
from make.dicom import a_file
from osler.settings import read_settings
from osler.workflow.opening import open_kept


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Return a film beside the data folder."""
    path = tmp_path / "film.dcm"
    path.write_bytes(a_file())
    return path


def test_where_nothing_is_kept_each_command_says_so(terminal: Terminal, data_dir: Path) -> None:
    """An empty list would read as 'nothing waits' where the wrong folder was named."""
    for command in (
        ["records", "studies"],
        ["jobs", "list"],
        ["users", "list"],
        ["audit", "verify"],
    ):
        ran = terminal.osler(*command)
        assert (ran.code, ran.out) == (4, "")
        assert f"no records are kept in {data_dir / 'osler.db'} yet" in ran.err
    assert not data_dir.exists()


def test_whoever_was_killed_while_setting_up_is_not_locked_out(
    terminal: Terminal, film: Path
) -> None:
    """The power failed between the first table and the first user."""
    assert terminal.osler("collect", "files", film).code == 0
    with open_kept(read_settings()) as records, records.database.writer.begin() as connection:
        connection.execute(text("DELETE FROM users"))
    assert terminal.osler("records", "studies").code == 5
    assert terminal.osler("collect", "files", film).code == 0
    assert terminal.osler("records", "studies").code == 0


def test_a_disk_without_room_says_try_later(
    terminal: Terminal, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last bytes of a disk belong to what is kept already."""
    monkeypatch.setenv("OSLER_LEAST_FREE_MB", str(10**12))
    ran = terminal.osler("collect", "files", film)
    assert ran.code == 75
    assert "OSLER_LEAST_FREE_MB sets the limit" in ran.err


def test_another_key_opens_nothing_and_makes_nothing(
    terminal: Terminal, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Films stored under a second key would be lost for whoever holds the first."""
    data_dir, elsewhere = film.parent / "data", film.parent / "kept.key"
    assert terminal.osler("collect", "files", film).code == 0
    (data_dir / "master.key").rename(elsewhere)
    ran = terminal.osler("collect", "files", film)
    assert ran.code == 4
    assert "no master key" in ran.err
    assert not (data_dir / "master.key").exists()
    monkeypatch.setenv("OSLER_MASTER_KEY", "ab" * 32)
    assert terminal.osler("collect", "files", film).code == 5
    monkeypatch.setenv("OSLER_MASTER_KEY_FILE", str(elsewhere))
    monkeypatch.delenv("OSLER_MASTER_KEY")
    assert terminal.osler("collect", "files", film).code == 0
