"""What a folder of objects does when the disk, the power or a neighbour fails."""

import os
import secrets
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from make.disks import make_read_only, small_disk
from osler.errors import Misuse, NotAllowed, NotFound, TryLater
from osler.records import durable
from osler.records.keys import MasterKey
from osler.records.objects import Objects

MASTER = MasterKey.of("0b" * 32)
KEY = bytes(range(32))
CONTENT = b"a film of the chest" * 2000
NOBODY = 65534
# Puts objects until it is killed, and says each address only when the put has returned.
WRITER = """
import sys
from osler.records.keys import MasterKey
from osler.records.objects import Objects
objects = Objects.open(sys.argv[1], master=MasterKey.of("0b" * 32), create=True)
for number in range(10**9):
    content = f"{sys.argv[2]} {number} ".encode() * 20_000
    print(objects.put(content, holder="p1", key=bytes(range(32))).address, flush=True)
"""


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    """Return a new, empty folder of objects."""
    return Objects.open(str(tmp_path / "objects"), master=MASTER, create=True)


def path_of(tmp_path: Path, address: str) -> Path:
    """Return where an object lies."""
    return tmp_path / "objects" / address[:2] / address


def test_files_are_for_their_owner_alone(objects: Objects, tmp_path: Path) -> None:
    """Sealed or not, nobody else on the machine has business there."""
    file = path_of(tmp_path, objects.put(CONTENT, holder="p1", key=KEY).address)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_put_calls_fsync_in_the_order_that_survives(tmp_path: Path) -> None:
    """Renamed before it was written, a film is an empty file after a power loss."""
    if subprocess.run(["which", "strace"], check=False, capture_output=True).returncode != 0:
        pytest.skip("strace is not installed")
    script = WRITER.replace("10**9", "1")
    log = tmp_path / "calls"
    subprocess.run(
        [
            *("strace", "-f", "-y", "-o", str(log), "-e", "trace=fsync,rename,writev"),
            *(sys.executable, "-c", script, str(tmp_path / "objects"), "x"),
        ],
        check=True,
        capture_output=True,
    )
    calls = [line.split(None, 1)[1] for line in log.read_text().splitlines() if "/objects/" in line]
    renamed = next(i for i, call in enumerate(calls) if call.startswith("rename("))
    assert calls[renamed - 2].startswith("writev(")
    assert calls[renamed - 1].startswith("fsync(")
    assert calls[renamed + 1].startswith("fsync(")
    assert "#" in calls[renamed - 1]
    assert "#" not in calls[renamed + 1]


@pytest.mark.parametrize("left", [b"", bytes(4096), b"OSL1"])
def test_what_a_power_loss_left_is_noticed_and_written_anew(
    objects: Objects, tmp_path: Path, left: bytes
) -> None:
    """An object put without durability may come back empty; the next put must not trust it."""
    kept = objects.put(CONTENT, holder="p1", key=KEY, durable=False)
    path_of(tmp_path, kept.address).write_bytes(left)
    objects.put(CONTENT, holder="p1", key=KEY)
    assert objects.get(kept.address, holder="p1", key=KEY) == CONTENT


def test_a_whole_object_is_not_written_again(objects: Objects, tmp_path: Path) -> None:
    """Sending a study twice must not cost the disk twice; but it is young again."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    file = path_of(tmp_path, kept.address)
    os.utime(file, (0, 0))
    before = file.stat().st_ino
    objects.put(CONTENT, holder="p1", key=KEY)
    assert file.stat().st_ino == before
    assert file.stat().st_mtime > time.time() - 60


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half(tmp_path: Path) -> None:
    """The sender keeps its film and sends it again when there is room."""
    with small_disk(tmp_path / "disk", "size=2m"):
        objects = Objects.open(str(tmp_path / "disk" / "objects"), master=MASTER, create=True)
        kept = objects.put(CONTENT, holder="p1", key=KEY)
        with pytest.raises(TryLater, match="disk is full"):
            objects.put(os.urandom(4_000_000), holder="p1", key=KEY)
        assert [one.address for one in objects.list()] == [kept.address]
        assert [one for one in tmp_path.rglob("*") if "#" in one.name] == []
        assert objects.get(kept.address, holder="p1", key=KEY) == CONTENT
        assert objects.put(b"small", holder="p1", key=KEY).size == 5
        free = objects.free_bytes()
        assert free is not None
        assert 0 < free < 2 * 1024**2


def test_an_object_of_a_name_survives_a_full_disk(tmp_path: Path) -> None:
    """Replacing must not lose the old content before the new one is safe."""
    with small_disk(tmp_path / "disk", "size=2m"):
        objects = Objects.open(str(tmp_path / "disk" / "objects"), master=MASTER, create=True)
        kept = objects.put_named("step", b"old", holder="p1", key=KEY)
        with pytest.raises(TryLater, match="disk is full"):
            objects.put_named("step", os.urandom(4_000_000), holder="p1", key=KEY)
        assert objects.get(kept.address, holder="p1", key=KEY) == b"old"


def test_a_limit_on_the_size_of_files_is_a_sentence(tmp_path: Path) -> None:
    """Where nobody may mount, the same answer comes from the limit of the process."""
    script = """
import os, resource, sys
from osler.errors import TryLater
from osler.records.keys import MasterKey
from osler.records.objects import Objects
objects = Objects.open(sys.argv[1], master=MasterKey.of("0b" * 32), create=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    objects.put(os.urandom(200_000), holder="p1", key=bytes(32))
except TryLater as error:
    print(error)
print(len(list(objects.list())))
"""
    command = [sys.executable, "-c", script, str(tmp_path / "objects")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "disk is full" in done.stdout
    assert done.stdout.endswith("\n0\n")
    assert [one for one in tmp_path.rglob("*") if "#" in one.name] == []


def test_a_read_only_disk_is_read_and_refuses_to_write(tmp_path: Path) -> None:
    """A disk that the system turned read-only after a fault still shows its films."""
    folder = tmp_path / "disk"
    with small_disk(folder, "size=8m"):
        objects = Objects.open(str(folder / "objects"), master=MASTER, create=True)
        kept = objects.put(CONTENT, holder="p1", key=KEY)
        make_read_only(folder)
        with pytest.raises(TryLater, match="disk is read-only"):
            objects.put(b"new", holder="p1", key=KEY)
        again = Objects.open(str(folder / "objects"), master=MASTER, create=True)
        assert again.get(kept.address, holder="p1", key=KEY) == CONTENT


def test_a_folder_of_somebody_else_is_not_allowed(tmp_path: Path, objects: Objects) -> None:
    """Trying again does not help; somebody has to give the folder to Osler's user."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    for folder in (tmp_path / "objects").iterdir():
        folder.chmod(0o500)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(NOBODY)
        with pytest.raises(NotAllowed, match="does not permit"):
            objects.put(b"new", holder="p1", key=KEY)
        if user == 0:
            with pytest.raises(NotAllowed, match="does not permit"):
                objects.get(kept.address, holder="p1", key=KEY)
    finally:
        os.seteuid(user)
        for folder in (tmp_path / "objects").iterdir():
            folder.chmod(0o700)


def test_a_disk_that_went_away_is_not_a_missing_film(objects: Objects, tmp_path: Path) -> None:
    """A scrub while the disk is away must not report a hospital's films as lost."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    (tmp_path / "objects").rename(tmp_path / "away")
    with pytest.raises(TryLater, match="gone"):
        objects.get(kept.address, holder="p1", key=KEY)
    with pytest.raises(TryLater, match="gone"):
        objects.put(CONTENT, holder="p1", key=KEY)
    with pytest.raises(TryLater, match="gone"):
        list(objects.list())
    with pytest.raises(TryLater, match="gone"):
        objects.delete(kept.address)
    (tmp_path / "away").rename(tmp_path / "objects")
    assert objects.get(kept.address, holder="p1", key=KEY) == CONTENT


def test_nothing_that_was_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    """Killed in the middle of puts: what was said to be kept is whole, and nothing is half."""
    seed = secrets.randbits(32)
    rng = np.random.default_rng(seed)
    place = tmp_path / "objects"
    said: list[str] = []
    for turn in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(place), str(turn)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            said.append(process.stdout.readline().decode().strip())
            time.sleep(rng.uniform(0.0, 0.15))
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().decode()
        said += [line for line in rest.splitlines(keepends=False) if len(line) == 64]
    objects = Objects.open(str(place), master=MASTER, create=False)
    listed = [one.address for one in objects.list()]
    assert set(said) <= set(listed), f"seed {seed}"
    assert all(objects.get(one, holder="p1", key=KEY) for one in listed), f"seed {seed}"


def test_what_a_killed_writer_left_is_never_taken_for_an_object(
    objects: Objects, tmp_path: Path
) -> None:
    """It is not listed, not read, and cleared when no writer can still be at it."""
    kept = objects.put(CONTENT, holder="p1", key=KEY)
    left = path_of(tmp_path, f"{kept.address}#12345")
    left.write_bytes(b"OSL1 half")
    now = datetime.now(UTC)
    assert [one.address for one in objects.list()] == [kept.address]
    assert objects.clear_leftovers(older_than=now - timedelta(hours=1)) == 0
    assert objects.clear_leftovers(older_than=now + timedelta(hours=1)) == 1
    assert not left.exists()
    assert objects.get(kept.address, holder="p1", key=KEY) == CONTENT


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    """A slip in the settings must not mix films into somebody's home."""
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(Misuse, match="holds other things"):
        Objects.open(str(tmp_path), master=MASTER, create=True)
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_that_is_not_there_is_not_made_unasked(tmp_path: Path) -> None:
    """The disk may not be mounted yet."""
    with pytest.raises(NotFound, match="is it mounted"):
        Objects.open(str(tmp_path / "objects"), master=MASTER, create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_start_that_was_interrupted_is_taken_up(tmp_path: Path) -> None:
    """The power may fail in the very first second."""
    place = tmp_path / "objects"
    place.mkdir()
    (place / "osler-objects#77").write_bytes(b"OSL1")
    objects = Objects.open(str(place), master=MASTER, create=True)
    (place / "3f").rmdir()
    again = Objects.open(str(place), master=MASTER, create=False)
    assert again.store_id == objects.store_id
    assert (place / "3f").is_dir()


def test_another_kind_of_place_is_refused() -> None:
    """A place that Osler cannot keep safe is no place."""
    with pytest.raises(Misuse, match="in a folder or in s3"):
        Objects.open("gs://bucket/x", master=MASTER, create=True)
    with pytest.raises(Misuse, match="options region are for s3"):
        Objects.open("/nowhere", master=MASTER, create=True, options={"region": "x"})


def test_a_written_file_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    """Many parts, an empty one among them, arrive in their order."""
    file = tmp_path / "file"
    durable.replace(file, (b"a", b"", b"bc" * 50_000, b"d"))
    assert file.read_bytes() == b"a" + b"bc" * 50_000 + b"d"
    assert durable.create(file, (b"other",)) is False
    assert file.read_bytes()[:2] == b"ab"
