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
from pathlib import Path
from typing import Literal

from faults.writer import INSTANCES, MOST_WAITING, PAUSE_S, film
from osler.client import ApiError, Osler, Unreachable

OPEN: tuple[Literal["waiting", "claimed", "running"], ...] = ("waiting", "claimed", "running")


def send(osler: Osler, parcel: Path) -> None:
    """Send one study, however long that takes."""
    while True:
        try:
            if osler.upload(parcel)["state"] == "done":
                return
        except Unreachable:
            pass
        except ApiError as error:
            if not error.is_transient:
                raise
        time.sleep(PAUSE_S)


def wait_for_room(osler: Osler) -> None:
    """Wait while the workers are behind."""
    while True:
        try:
            jobs = [one for state in OPEN for one in osler.list_jobs(state=state)]
            if len(jobs) < MOST_WAITING:
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
