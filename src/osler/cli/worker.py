"""``osler worker``: work through the queue."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer


def worker(
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="How many jobs at a time. [default: OSLER_WORKER_THREADS, or 2]"),
    ] = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Leave when no job waits or is at work.")
    ] = False,
) -> None:
    """Work through the queue until told to stop (Ctrl-C, SIGTERM).

    A SQLite data folder has one worker, with as many threads as you like; a PostgreSQL database
    any number of them, on any number of hosts. What a worker that dies had in hand, another goes
    on with. A line for each thing that happens goes to stderr, with ids and counts only.
    """
    from osler.settings import read_settings
    from osler.workflow.hiring import work

    settings = read_settings()
    with told_on_stderr():
        work(settings, threads=threads, until_idle=until_idle)


@contextmanager
def told_on_stderr() -> Iterator[None]:
    """Write what the rooms log to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("osler")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
