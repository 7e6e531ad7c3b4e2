"""A program that sends studies through the API, and notes each instance once its upload is done.

Killed and started again it sends the study again that it does not know of, as a real sender
would. Run as ``python -m faults.sender ACKNOWLEDGED``, with OSLER_URL and OSLER_TOKEN.
"""

import hashlib
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from faults.writer import INSTANCES, MOST_WAITING, PAUSE_S, film
from osler.client import ApiError, Osler, Unreachable

OPEN: tuple[Literal["waiting", "claimed", "running"], ...] = ("waiting", "claimed", "running")


def send(osler: Osler, parcel: Path) -> None:
    """Send one study, however long that takes."""
    until(lambda: osler.upload(parcel)["state"] == "done")


def wait_for_room(osler: Osler) -> None:
    """Wait while the workers are behind."""
    until(lambda: sum(len(osler.list_jobs(state=one)) for one in OPEN) < MOST_WAITING)


def until(is_so: Callable[[], bool]) -> None:
    """Try again and again until something is so, whatever the server goes through."""
    while True:
        try:
            if is_so():
                return
        except Unreachable:
            pass
        except ApiError as error:
            if not error.is_transient:
                raise
        time.sleep(PAUSE_S)


def main(acknowledged: Path) -> None:
    """Send for ever."""
    known = acknowledged.read_bytes().count(b"\n") if acknowledged.exists() else 0
    study = known // INSTANCES
    notes = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with (
        tempfile.TemporaryDirectory() as folder,
        Osler(os.environ["OSLER_URL"], token=os.environ["OSLER_TOKEN"]) as osler,
    ):
        while True:
            films = [film(study * INSTANCES + one) for one in range(INSTANCES)]
            parcel = Path(folder) / "study.zip"
            with zipfile.ZipFile(parcel, "w") as archive:
                for one in films:
                    archive.writestr(one.origin, one.content)
            wait_for_room(osler)
            send(osler, parcel)
            lines = (
                f"{study * INSTANCES + number} {hashlib.sha256(one.content).hexdigest()}\n"
                for number, one in enumerate(films)
            )
            os.write(notes, "".join(lines).encode())
            study += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
