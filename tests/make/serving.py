"""``osler serve`` as a process of its own, as a hospital runs it."""

import queue
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SERVE = (str(Path(sys.executable).with_name("osler")), "serve", "--port")
START_S = 60.0
STOP_S = 60.0
SERVES = re.compile(r"Osler serves at (http://\S+)")
ADMINISTRATOR = re.compile(r"administrator: (\S+), one-time password: (\S+)")


@dataclass
class Serving:
    """A server that runs on a folder; it may be stopped and started again on the same port."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = 0
    name: str = ""
    password: str = ""
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it serves."""
        self.port = self.port or free_port()
        self.process = subprocess.Popen(
            [*SERVE, str(self.port), *self.options],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={"HOME": str(self.folder), "OSLER_DATA_DIR": str(self.folder / "data")},
        )
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read, args=(self.process, lines), daemon=True).start()
        while not any(SERVES.search(one) for one in self.said[-1:]):
            line = lines.get(timeout=START_S)
            assert line is not None, "".join(self.said)
            self.said.append(line)
            if found := ADMINISTRATOR.search(line):
                self.name, self.password = found.groups()

    def stop(self) -> None:
        """Stop as an operator does, and wait until it has ended."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STOP_S)
            self.process = None

    def kill(self) -> None:
        """Pull the plug."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(STOP_S)
            self.process = None


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Serving]:
    """Serve while the block runs."""
    one = Serving(folder, options)
    one.start()
    try:
        yield one
    finally:
        one.stop()


def _read(process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
    """Hand on what the process says, so that it never waits for its reader."""
    assert process.stderr is not None
    for line in process.stderr:
        lines.put(line)
    process.stderr.close()
    lines.put(None)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
