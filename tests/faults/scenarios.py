"""One fault at a time, and the sentence that it gets."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from _pytest.outcomes import Skipped

from faults.site import Site, a_site
from faults.verdict import wait_until_idle
from faults.writer import film
from make.disks import make_read_only, small_disk
from make.kept import Kept, embedded, kept_at, scaled
from make.postgres import postgres_server
from make.stores import answering, s3_server
from osler.errors import OslerError
from osler.records import SERVICE, Purpose
from osler.records.buckets import BucketPlace
from osler.workflow.tools import ModelsAt
from osler.workflow.worker import Habits, Surroundings, run_worker

STORED = "stored"


@dataclass(frozen=True)
class Answer:
    """What became of one fault: the sentence, and what held afterwards."""

    fault: str
    sentence: str
    afterwards: str


def tried(kept: Kept, number: int) -> str:
    """Store an instance; return 'stored', or the sentence that says why not."""
    try:
        kept.osler.studies.store(film(number), source="faults", now=datetime.now(UTC))
    except OslerError as error:
        return f"{type(error).__name__}: {error}"
    return STORED


def after(kept: Kept, numbers: range) -> str:
    """Return what holds now: how much of what was acknowledged opens, and how the trail is."""
    opened = sum(
        len(kept.osler.studies.load(row.study_id).instances()) for row in kept.osler.studies.list()
    )
    faults = kept.ada.audit.verify().faults
    trail = "audit trail whole" if not faults else f"audit trail: {faults}"
    return f"{opened} of {len(numbers)} acknowledged instances open; {trail}"


def disk_full(folder: Path) -> Answer:
    """Fill the disk of database and objects while instances come in, then make room."""
    disk = folder / "disk"
    with small_disk(disk, "size=8m"), kept_at(embedded(disk)) as kept:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(4_000_000))
        acknowledged = 0
        while (said := tried(kept, acknowledged)) == STORED:
            acknowledged += 1
        assert tried(kept, acknowledged) != STORED
        ballast.unlink()
        assert tried(kept, acknowledged) == STORED
        holds = after(kept, range(acknowledged + 1))
    return Answer("disk full", said, f"room made: {holds}")


def disk_read_only(folder: Path) -> Answer:
    """Take away the right to write."""
    disk = folder / "disk"
    with small_disk(disk, "size=16m"):
        with kept_at(embedded(disk)) as kept:
            assert tried(kept, 0) == STORED
        before = embedded(disk)
        make_read_only(disk)
        try:
            with kept_at(before) as kept:
                said = tried(kept, 1)
        except OslerError as error:
            said = f"{type(error).__name__}: {error}"
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        with kept_at(before) as kept:
            assert tried(kept, 1) == STORED
            holds = after(kept, range(2))
    return Answer("read-only disk", said, f"writable again: {holds}")


def database_gone(folder: Path) -> Answer:
    """Stop PostgreSQL, and start it again."""
    with postgres_server() as postgres:
        at = replace(embedded(folder), database=postgres.new_database())
        with kept_at(at) as kept:
            assert tried(kept, 0) == STORED
            postgres.kill()
            said = tried(kept, 1)
            postgres.start()
            assert tried(kept, 1) == STORED
            holds = after(kept, range(2))
    return Answer("database gone and back", said, f"back again: {holds}")


def store_answers_503(folder: Path) -> Answer:
    """Let the object store say that it is overloaded."""
    del folder
    with postgres_server() as postgres, s3_server() as endpoint:
        at = scaled(postgres, endpoint)
        with kept_at(at) as kept, answering(503) as store:
            assert tried(kept, 0) == STORED
            sound = kept.records.objects.place
            broken = BucketPlace.open(
                at.objects, {**at.objects_options, "endpoint": store.endpoint}
            )
            object.__setattr__(kept.records.objects, "place", broken)
            said = tried(kept, 1)
            object.__setattr__(kept.records.objects, "place", sound)
            assert tried(kept, 1) == STORED
            holds = after(kept, range(2))
    return Answer("object store answers 503", said, f"sound again: {holds}")


def two_writers(folder: Path) -> Answer:
    """Let two processes write into one SQLite file, and one hold its lock too long."""
    at = embedded(folder)
    with kept_at(at) as kept:
        assert tried(kept, 0) == STORED
        with _locked(kept):
            said = tried(kept, 1)
        assert tried(kept, 1) == STORED
        with kept_at(at) as other:
            sides = [
                threading.Thread(target=tried, args=(one, n))
                for one, n in ((kept, 2), (other, 3), (kept, 4), (other, 5))
            ]
            for one in sides:
                one.start()
            for one in sides:
                one.join()
        holds = after(kept, range(6))
    return Answer("two writers on one SQLite file", said, f"in turns: {holds}")


@contextmanager
def _locked(kept: Kept) -> Iterator[None]:
    """Hold the write lock as a process does that hangs in the middle of a transaction."""
    url = kept.records.at.database.removeprefix("sqlite:///")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url, kept.records.at.master.derive("database").hex()],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        yield
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


HOLDER = """
import sys, time
import sqlcipher3.dbapi2 as sqlite
connection = sqlite.connect(sys.argv[1], isolation_level=None)
connection.execute(f"PRAGMA key = \\"x'{sys.argv[2]}'\\"")
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(60)
"""


def second_worker(folder: Path) -> Answer:
    """Start a second worker on a SQLite folder that has one."""
    with ExitStack() as around:
        site = a_site("embedded", folder, around)
        site.open().close()
        site.start("worker-1")
        try:
            _wait_for(site, b"works")
            second = subprocess.run(
                [sys.executable, "-m", "osler.cli.main", "worker", "--until-idle"],
                env=dict(site.environment),
                check=False,
                capture_output=True,
                text=True,
                timeout=60,
            )
        finally:
            site.stop("worker-1")
    said = second.stderr.strip().splitlines()[-1].removeprefix("osler: ")
    return Answer("second worker on one SQLite folder", said, f"exit code {second.returncode}")


def _wait_for(site: Site, words: bytes) -> None:
    """Wait until the first worker has said something."""
    log = site.folder / "worker-1.log"
    for _ in range(600):
        if log.exists() and words in log.read_bytes():
            return
        threading.Event().wait(0.05)
    pytest.fail("the worker did not start")


def clock_jumps(folder: Path) -> Answer:
    """Let the clock go back by two hours, then forward by two days, while a worker works."""
    ahead = [timedelta()]
    around = Surroundings(clock=lambda: datetime.now(UTC) + ahead[0])
    with ExitStack() as stack:
        site = a_site("embedded", folder, stack)
        records = stack.enter_context(site.open())
        desk = records.acting(SERVICE, Purpose.OPERATIONS)
        stop = threading.Event()
        models = ModelsAt(site.settings().models_dir)
        habits = Habits(beat=timedelta(seconds=0.1), dead_after=timedelta(seconds=1))
        worker = threading.Thread(
            target=run_worker,
            args=(records, models, habits),
            kwargs={"stop": stop, "around": around},
        )
        worker.start()
        try:
            for study, jump in enumerate((timedelta(), timedelta(hours=-2), timedelta(days=2))):
                ahead[0] = jump
                now = around.clock()
                stored = [
                    desk.studies.store(film(number), source="faults", now=now)
                    for number in range(3 * study, 3 * study + 3)
                ]
                desk.studies.complete(stored[-1].study_id, now=now)
                waited = wait_until_idle(desk, seconds=60)
                assert waited < 60, f"stuck after the clock jumped by {jump}"
        finally:
            stop.set()
            worker.join()
        rows = desk.studies.list()
    done = sum(row.state == "analysed" for row in rows)
    said = "nothing to refuse: waits and heartbeats do not trust the wall clock"
    return Answer(
        "clock back 2 h, then forward 2 days", said, f"{done} of {len(rows)} studies analysed"
    )


ALL: tuple[Callable[[Path], Answer], ...] = (
    disk_full,
    disk_read_only,
    database_gone,
    store_answers_503,
    two_writers,
    second_worker,
    clock_jumps,
)


def run_all() -> list[Answer]:
    """Make each fault in turn; one that this machine cannot make is named as not made."""
    answers = []
    for scenario in ALL:
        with tempfile.TemporaryDirectory(prefix="osler-fault-") as folder:
            try:
                answers.append(scenario(Path(folder)))
            except Skipped as reason:
                answers.append(Answer(scenario.__name__, "not made here", str(reason)))
    return answers
