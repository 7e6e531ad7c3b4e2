"""A small site of real processes: a worker or two, a writer, and a database, to be killed."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import osler
from make.kept import EVERYONE, FIRST_USER
from make.package import a_card, a_package, an_anatomy, an_output
from make.postgres import Postgres, postgres_server
from make.serving import free_port
from make.stores import make_bucket, options_of, s3_server
from osler.records import Actor, Purpose, Records, Role
from osler.settings import Settings, read_settings
from osler.workflow.opening import open_kept

KEY = "5a" * 32
TESTS = Path(__file__).resolve().parents[1]
SOURCE = Path(osler.__file__).resolve().parents[1]


@dataclass
class Site:
    """Where everything of one campaign lies, and the processes that run.

    ``kind`` is 'embedded' (SQLite, a folder, one worker) or 'scaled' (PostgreSQL, S3, two), or one
    of those behind the API: 'served' (`osler serve`, which works as well) or 'served scaled'
    (`osler serve` and a worker of its own).
    """

    kind: str
    folder: Path
    environment: dict[str, str]
    postgres: Postgres | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def workers(self) -> tuple[str, ...]:
        """Return the names of what works."""
        return {
            "embedded": ("worker-1",),
            "scaled": ("worker-1", "worker-2"),
            "served": ("server",),
            "served scaled": ("server", "worker-1"),
        }[self.kind]

    @property
    def clients(self) -> tuple[str, ...]:
        """Return the names of what brings work and watches it."""
        return ("sender", "listener") if self.is_served else ("writer",)

    @property
    def is_served(self) -> bool:
        """Tell whether the API stands in front."""
        return self.kind.startswith("served")

    @property
    def heard(self) -> Path:
        """Return the file in which the listener notes events."""
        return self.folder / "heard"

    @property
    def acknowledged(self) -> Path:
        """Return the file in which the writer notes what it was told is stored."""
        return self.folder / "acknowledged"

    def start(self, name: str) -> None:
        """Start a process by its name."""
        command = [sys.executable, "-m", *self._command(name)]
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            self.processes[name] = subprocess.Popen(
                command, env=dict(self.environment), stdout=log, stderr=log, cwd=self.folder
            )

    def _command(self, name: str) -> list[str]:
        """Return the module that a process runs, and what it is told."""
        if name in self.clients:
            notes = self.heard if name == "listener" else self.acknowledged
            return [f"faults.{name}", str(notes)]
        if name == "server":
            port = self.environment["OSLER_URL"].rpartition(":")[2]
            rest = [] if self.kind == "served" else ["--no-worker"]
            return ["osler.cli.main", "serve", "--port", port, *rest]
        return ["osler.cli.main", "worker", "--threads", "2"]

    def kill(self, name: str) -> None:
        """Kill a process, or the database with all of its processes, and start it again."""
        if name == "database":
            assert self.postgres is not None
            self.postgres.kill()
            self.postgres.start()
            return
        self.processes[name].kill()
        self.processes[name].wait()
        self.start(name)

    def ended(self) -> dict[str, int]:
        """Return the processes that ended by themselves, with their exit codes."""
        codes = {name: process.poll() for name, process in self.processes.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def stop(self, name: str, *, how: signal.Signals = signal.SIGTERM) -> None:
        """Tell a process to stop, and wait."""
        process = self.processes.pop(name)
        process.send_signal(how)
        process.wait(60)

    def last_words(self) -> str:
        """Return the ends of all logs, to see why something went wrong."""
        logs = sorted(self.folder.rglob("*.log"))
        return "\n".join(f"== {log.name}\n{log.read_text()[-3000:]}" for log in logs)

    def places(self) -> tuple[Path, ...]:
        """Return where a name must not be readable: the data, the logs, the workflow's tables.

        PostgreSQL keeps our own tables as they are; its volume has to be encrypted.
        """
        if self.postgres is not None:
            tables = self.postgres.dump(self.environment["OSLER_DATABASE"], schema="dbos")
            (self.folder / "workflow.log").write_text(tables)
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        for log in self.folder.glob("*.log"):
            log.rename(logs / log.name)
        return (self.folder / "data", logs)

    def settings(self) -> Settings:
        """Return the settings that all processes have."""
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            return read_settings()
        finally:
            os.environ.clear()
            os.environ.update(before)

    def open(self) -> Records:
        """Open what is kept."""
        return open_kept(self.settings(), create=True)


def a_site(kind: str, folder: Path, around: ExitStack) -> Site:
    """Set up a site; what it needs runs until ``around`` ends."""
    folder.mkdir(parents=True, exist_ok=True)
    models = folder / "models"
    an_anatomy(models)
    a_package(models, a_card("tiny", outputs=(an_output("tiny-finding"),)))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(SOURCE)]),
        "ORT_DISABLE_TELEMETRY": "1",
        "OSLER_DATA_DIR": str(folder / "data"),
        "OSLER_MASTER_KEY": KEY,
        "OSLER_MODELS_DIR": str(models),
        "OSLER_USER": FIRST_USER,
        "OSLER_HEARTBEAT_SECONDS": "0.5",
        "OSLER_DEAD_AFTER_SECONDS": "5",
        "OSLER_SEAL_MINUTES": "0.2",
        "OSLER_QUIET_SECONDS": "5",
        "OSLER_ATTEMPTS": "1000",  # hundreds of kills must not look like a study that kills
    }
    if kind.startswith("served"):
        environment |= {"OSLER_URL": f"http://127.0.0.1:{free_port()}"}
    if kind in ("embedded", "served"):
        return _known(Site(kind, folder, environment))
    postgres = around.enter_context(postgres_server())
    endpoint = around.enter_context(s3_server())
    make_bucket(endpoint, "faults")
    options = options_of(endpoint)
    environment |= {
        "OSLER_DATABASE": postgres.new_database(),
        "OSLER_OBJECTS": "s3://faults/osler",
        "OSLER_OBJECTS_ENDPOINT": options["endpoint"],
        "OSLER_OBJECTS_REGION": options["region"],
        "OSLER_OBJECTS_KEY_ID": options["access_key_id"],
        "OSLER_OBJECTS_SECRET": options["secret_access_key"],
        "OSLER_OBJECTS_ALLOW_HTTP": "true",
    }
    return _known(Site(kind, folder, environment, postgres))


def _known(site: Site) -> Site:
    """Make the records, and a token for what comes through the API."""
    with site.open() as records:
        if site.is_served:
            desk = records.acting(Actor(FIRST_USER, EVERYONE), Purpose.OPERATIONS)
            secret, _ = desk.tokens.make(
                "faults",
                frozenset({Role.INTEGRATOR, Role.CLINICIAN}),
                now=datetime.now(UTC),
                lasts=timedelta(days=1),
            )
            site.environment["OSLER_TOKEN"] = secret
    return site
