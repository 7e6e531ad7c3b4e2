"""``osler records backup|restore|verify``: out, lost, and back."""

import shutil
from pathlib import Path

import pytest

from integration.cli.terminal import Terminal
from make.dicom import a_file


@pytest.fixture
def one(terminal: Terminal, tmp_path: Path) -> Path:
    """Keep one study; return the film."""
    path = tmp_path / "film.dcm"
    path.write_bytes(a_file(StudyInstanceUID="2.25.20"))
    assert terminal.osler("collect", "files", path).code == 0
    return path


@pytest.mark.usefixtures("anywhere")
def test_a_backup_is_made_once_into_an_empty_folder_and_is_whole(
    terminal: Terminal, one: Path, tmp_path: Path
) -> None:
    """A backup that cannot be proved is a hope."""
    ran = terminal.osler("records", "backup", tmp_path / "saved", "--json")
    assert (ran.code, ran.err) == (0, "")
    made = ran.json()
    assert (made["whole"], made["missing"]["count"], made["altered"]["count"]) == (True, 0, 0)
    checked = terminal.osler("records", "verify", tmp_path / "saved", "--json").json()
    assert (checked["whole"], checked["backup_id"]) == (True, made["backup_id"])
    again = terminal.osler("records", "backup", tmp_path / "saved")
    assert again.code == 2
    assert "need a new or empty folder" in again.err
    scrubbed = terminal.osler("records", "verify")
    assert scrubbed.code == 0
    assert "whole" in scrubbed.out


def test_what_was_lost_comes_back_with_the_key(
    terminal: Terminal, one: Path, data_dir: Path
) -> None:
    """The disk dies in the night; the key and the backup lie elsewhere."""
    saved, key = data_dir.parent / "saved", data_dir.parent / "kept.key"
    assert terminal.osler("records", "backup", saved).code == 0
    shutil.copy2(data_dir / "master.key", key)
    shutil.rmtree(data_dir)
    ran = terminal.osler("records", "restore", saved)
    assert (ran.code, ran.out) == (4, "")
    assert "no master key" in ran.err
    data_dir.mkdir()
    shutil.copy2(key, data_dir / "master.key")
    ran = terminal.osler("records", "restore", saved)
    assert ran.code == 0
    assert "restored" in ran.out
    assert "whole" in ran.out
    (study,) = terminal.osler("records", "studies", "--json").json()
    assert study["study_uid"] == "2.25.20"
    assert terminal.osler("records", "verify").code == 0
    assert terminal.osler("audit", "verify").code == 0


def test_a_backup_on_top_of_newer_data_needs_a_word(
    terminal: Terminal, one: Path, data_dir: Path
) -> None:
    """Yesterday's backup must not wipe out today's films by a slip."""
    saved = data_dir.parent / "saved"
    assert terminal.osler("records", "backup", saved).code == 0
    one.write_bytes(a_file(StudyInstanceUID="2.25.21", SOPInstanceUID="2.25.211"))
    assert terminal.osler("collect", "files", one).code == 0
    refused = terminal.osler("records", "restore", saved)
    assert (refused.code, refused.out) == (5, "")
    assert "newer than the backup" in refused.err
    assert "(--replace)" in refused.err
    assert len(terminal.osler("records", "studies", "--json").json()) == 2
    done = terminal.osler("records", "restore", saved, "--replace")
    assert done.code == 0
    assert "set aside: " in done.err
    (study,) = terminal.osler("records", "studies", "--json").json()
    assert study["study_uid"] == "2.25.20"


def test_a_laptops_records_move_into_postgresql(
    terminal: Terminal, one: Path, request: pytest.FixtureRequest
) -> None:
    """What began on one computer must not have to begin again in the hospital."""
    saved = one.parent / "saved"
    digits = (one.parent / "data" / "master.key").read_text(encoding="ascii").strip()
    assert terminal.osler("records", "backup", saved).code == 0
    request.getfixturevalue("on_servers")
    request.getfixturevalue("monkeypatch").setenv("OSLER_MASTER_KEY", digits)
    assert terminal.osler("records", "restore", saved).code == 0
    assert terminal.osler("records", "show", "2.25.20").code == 0
    assert terminal.osler("records", "verify").code == 0


def test_an_object_that_is_gone_or_altered_is_named(
    terminal: Terminal, one: Path, data_dir: Path
) -> None:
    """A film that rotted on the disk must be missed before a doctor asks for it."""
    for found in (data_dir / "objects").rglob("*"):
        if found.is_file() and found.stat().st_size > 500:
            content = bytearray(found.read_bytes())
            content[-1] ^= 1
            found.write_bytes(bytes(content))
    ran = terminal.osler("records", "verify", "--json")
    assert ran.code == 5
    assert ran.json()["altered"]["count"] == 1
    assert "0 are missing and 1 altered, expected none" in ran.err
    made = terminal.osler("records", "backup", data_dir.parent / "saved")
    assert made.code == 5
    assert "NOT WHOLE" in made.out


def test_only_an_administrator_may(
    terminal: Terminal, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can restore can undo what others did."""
    saved = one.parent / "saved"
    assert terminal.osler("records", "backup", saved).code == 0
    assert terminal.osler("users", "add", "rita", "reader").code == 0
    monkeypatch.setenv("OSLER_USER", "rita")
    for command in (["backup", one.parent / "b"], ["restore", saved, "--replace"], ["verify"]):
        ran = terminal.osler("records", *command)
        assert ran.code == 5
        assert "may not maintain" in ran.err
