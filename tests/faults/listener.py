"""A program that listens to the events, and notes each; killed, it goes on behind the last noted.

Run as ``python -m faults.listener HEARD``, with OSLER_URL and OSLER_TOKEN.
"""

import os
import sys
from pathlib import Path

from osler.client import Osler, Unreachable


def heard(notes: Path) -> list[int]:
    """Return the numbers of the events that were noted, in order."""
    lines = notes.read_bytes().split(b"\n")[:-1] if notes.exists() else []
    return [int(line.split()[0]) for line in lines]


def main(path: Path) -> None:
    """Listen for ever."""
    last = max(heard(path), default=0)
    notes = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with Osler(os.environ["OSLER_URL"], token=os.environ["OSLER_TOKEN"]) as osler:
        while True:
            try:
                for event in osler.events(after=last):
                    assert event.event_id is not None, "nothing is forgotten within a campaign"
                    os.write(notes, f"{event.event_id} {event.kind}\n".encode())
                    last = event.event_id
            except Unreachable:
                continue


if __name__ == "__main__":
    main(Path(sys.argv[1]))
