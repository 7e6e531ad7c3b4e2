"""The file of the master key."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from osler.errors import Misuse, NotAllowed, NotFound
from osler.records.keys import MasterKey, master_key

DIGITS = "0b" * 32


def test_a_key_that_is_given_wins_over_the_file(tmp_path: Path) -> None:
    """Where a key comes by the environment, none is left on the disk."""
    file = tmp_path / "master.key"
    found = master_key(given=DIGITS, file=file, create=True)
    assert found.derive("x") == MasterKey.of(DIGITS).derive("x")
    assert not file.exists()


def test_a_new_key_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    """The key file is all that stands between a stolen disk and the patients on it."""
    file = tmp_path / "new" / "master.key"
    made = master_key(given=None, file=file, create=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    again = master_key(given=None, file=file, create=False)
    assert again.derive("x") == made.derive("x")
    assert [one.name for one in file.parent.iterdir()] == ["master.key"]


def test_no_key_is_made_unless_asked_for(tmp_path: Path) -> None:
    """A typing error in a path must not make a second key beside the one that opens the records."""
    with pytest.raises(NotFound, match="no master key"):
        master_key(given=None, file=tmp_path / "master.key", create=False)
    assert list(tmp_path.iterdir()) == []


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    """Two keys at the first start would lose what was stored under the loser's."""
    file = tmp_path / "master.key"

    def start(_: int) -> bytes:
        return master_key(given=None, file=file, create=True).derive("x")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(64)))) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_may_open_is_refused(tmp_path: Path, mode: int) -> None:
    """A key that the whole ward can read protects nothing."""
    file = tmp_path / "master.key"
    master_key(given=None, file=file, create=True)
    file.chmod(mode)
    with pytest.raises(NotAllowed, match=f"mode 0{mode:o}, need 0600"):
        master_key(given=None, file=file, create=True)


def test_a_key_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """Who owns the file can change its mode, and the key in it, at any time."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    file = tmp_path / "master.key"
    master_key(given=None, file=file, create=True)
    os.chown(file, 65534, 65534)
    with pytest.raises(NotAllowed, match="belongs to user number 65534"):
        master_key(given=None, file=file, create=True)


def test_an_empty_key_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """A key made anew over a file that was cut would lock out everything kept before."""
    file = tmp_path / "master.key"
    file.touch(mode=0o600)
    with pytest.raises(Misuse, match="0 characters, need 64"):
        master_key(given=None, file=file, create=True)
    assert file.read_bytes() == b""
