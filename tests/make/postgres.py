"""A real PostgreSQL for tests: a server of its own on a free port, in a temporary folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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

    def dump(self, url: str) -> str:
        """Return everything in a database as text."""
        return self._run("pg_dump", "--inserts", url)

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
