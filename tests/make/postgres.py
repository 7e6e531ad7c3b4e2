"""A real PostgreSQL for tests: a server of its own on a free port, in a temporary folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from make.stores import free_port

PROGRAMS = ("initdb", "pg_ctl", "createdb", "psql", "pg_dump")
PLACES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")
START_SECONDS = 30
_NUMBERS = count()


@dataclass(frozen=True)
class Postgres:
    """A running server. PostgreSQL refuses to run as root: then it runs as user ``postgres``."""

    programs: Path
    folder: Path
    port: int

    def new_database(self) -> str:
        """Make an empty database; return its address for OSLER_DATABASE."""
        name = f"osler_{os.getpid()}_{next(_NUMBERS)}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "osler", name)
        return f"postgresql://osler@127.0.0.1:{self.port}/{name}"

    def query(self, url: str, sql: str) -> str:
        """Return what psql prints for a query, one row a line."""
        return self._run("psql", url, "-X", "-A", "-t", "-c", sql)

    def dump(self, url: str, *, schema: str | None = None) -> str:
        """Return everything in a database, or in one schema of it, as text."""
        chosen = ("--schema", schema) if schema is not None else ()
        return self._run("pg_dump", "--inserts", *chosen, url)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = (
            f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 "
            "-c shared_buffers=64MB -c max_connections=200"
        )
        self._control("-w", "-t", str(START_SECONDS), "-o", options, "start")

    def stop(self, *, how: str = "immediate") -> None:
        """Stop the server; 'immediate' is what a power cut does to it."""
        self._control("-m", how, "stop")

    def kill(self) -> None:
        """Kill the server and all of its processes at once, as losing power does."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGSTOP)  # so that it starts no other while its children are read
        family = [first, *_children_of(first)]
        for one in family:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        end = time.monotonic() + START_SECONDS
        while any(Path(f"/proc/{one}").exists() and not _is_zombie(one) for one in family):
            assert time.monotonic() < end, "the server does not die"
            time.sleep(0.01)
        # A dead process that nobody buries keeps its number: the next server would take it for
        # a living one. After a power cut there is no such process.
        for left in (self.folder / "data" / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)

    def _control(self, *arguments: str) -> None:
        """Run pg_ctl."""
        folder = self.folder
        self._run("pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "log"), *arguments)

    def _run(self, program: str, *arguments: str) -> str:
        """Run one of the server's programs as a user who may, and return what it printed."""
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            user=_user(),
            group=_group(),
            extra_groups=[] if os.getuid() == 0 else None,
            env={"PATH": os.defpath, "LC_ALL": "C", "PGTZ": "UTC"},
            timeout=2 * START_SECONDS,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}"
        return done.stdout


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Run a server while the block runs; skip where PostgreSQL is not installed."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="osler-postgres-"))
    server = Postgres(programs, folder, free_port())
    try:
        if os.getuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        server._run(
            "initdb", "-D", str(folder / "data"), "-U", "osler", "-A", "trust", "-E", "UTF8"
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Return where the server's programs are; skip where there are none."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else []
    for place in PLACES:
        found += sorted(Path("/").glob(place), reverse=True)
    there = [one for one in found if all((one / name).exists() for name in PROGRAMS)]
    if not there:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    if os.getuid() == 0 and _user() is None:
        pytest.skip("PostgreSQL refuses to run as root, and there is no user postgres")
    return there[0]


def _children_of(process: int) -> list[int]:
    """Return the processes that a process started."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(one) for one in listed]


def _is_zombie(process: int) -> bool:
    """Tell whether a process is dead and only waits to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _user() -> int | None:
    """Return the user that the server runs as, where that is not the one who asks."""
    try:
        return pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else None
    except KeyError:
        return None


def _group() -> int | None:
    """Return that user's group."""
    user = _user()
    return pwd.getpwuid(user).pw_gid if user is not None else None
