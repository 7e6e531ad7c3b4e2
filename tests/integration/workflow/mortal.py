"""A worker in a process of its own, which can be told to die or to stall at a step.

    python mortal.py FOLDER DATABASE [--die STEP] [--stall STEP] [--until-idle] [--offline]
                     [--dead-after SECONDS]

It writes a line to stdout for each step. ``--die`` kills it with SIGKILL as the step begins;
``--stall`` stops it with SIGSTOP there, as a host does that is suspended. Both once, in a folder.
"""

import argparse
import logging
import os
import signal
import socket
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from integration.workflow.ward import QUICK, Ward
from osler.workflow.worker import Surroundings, run_worker


def main() -> None:
    """Work until killed, told to stop, or idle."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("database")
    parser.add_argument("--die")
    parser.add_argument("--stall")
    parser.add_argument("--until-idle", action="store_true")
    parser.add_argument("--offline", action="store_true")
    parser.add_argument("--dead-after", type=float, default=QUICK.dead_after.total_seconds())
    asked = parser.parse_args()
    if asked.offline:
        _cut_off()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)

    def on_step(step: str) -> None:
        sys.stdout.write(f"{step}\n")
        sys.stdout.flush()
        for wish, number in ((asked.die, signal.SIGKILL), (asked.stall, signal.SIGSTOP)):
            if wish == step and _first_time(asked.folder / f"{number.name}-{step}"):
                os.kill(os.getpid(), number)

    ward = Ward(asked.folder, asked.database)
    with ward.open() as records:
        sys.stdout.write("works\n")
        sys.stdout.flush()
        run_worker(
            records,
            ward.models,
            replace(QUICK, dead_after=timedelta(seconds=asked.dead_after)),
            until_idle=asked.until_idle,
            around=Surroundings(on_step=on_step),
        )


def _cut_off() -> None:
    """Make every attempt to reach a network end the process."""

    def reached(self: socket.socket, address: object) -> None:
        sys.stderr.write(f"a connection to {address} was tried\n")
        os._exit(9)

    socket.socket.connect = reached  # type: ignore[method-assign, assignment]
    socket.socket.bind = reached  # type: ignore[method-assign, assignment]


def _first_time(mark: Path) -> bool:
    """Tell whether this is the first time in the folder."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


if __name__ == "__main__":
    main()
