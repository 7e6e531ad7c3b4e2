"""``make soak``: half an hour at four fifths of what the worker can do; memory and files stay flat.

``python -m faults.soak [--minutes M] [--load 0.8] [--page FILE]``. The worker is a process of its
own on SQLite and a folder; memory is its resident set, files are its open file descriptors.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from faults.site import Site, a_site
from faults.writer import film
from osler.records import SERVICE, Desk, Purpose

WARM_UP = 150
IN_HAND = 10
MEASURED_S = 20.0
SAMPLE_S = 5.0
ALLOWED_GROWTH_MB = 30.0
ALLOWED_FILES = 5


@dataclass(frozen=True)
class Sample:
    """The worker at one moment."""

    at_s: float
    resident_mb: float
    files: int
    waiting: int


def sample(site: Site, desk: Desk, at_s: float) -> Sample:
    """Look at the worker."""
    process = Path(f"/proc/{site.processes['worker-1'].pid}")
    pages = int((process / "statm").read_text().split()[1])
    return Sample(
        at_s, pages * 4096 / 1e6, len(list((process / "fd").iterdir())), desk.jobs.waiting()
    )


def put(desk: Desk, number: int) -> None:
    """Store one study of one film."""
    now = datetime.now(UTC)
    stored = desk.studies.store(film(3 * number), source="soak", now=now)
    desk.studies.complete(stored.study_id, now=now)


def most_a_second(desk: Desk) -> tuple[float, int]:
    """Return how many studies a second go in and out where the queue never runs dry."""
    number = 0
    for number in range(WARM_UP):
        put(desk, number)
    while desk.jobs.waiting() > IN_HAND:
        time.sleep(0.01)
    began, start = time.monotonic(), number
    while time.monotonic() - began < MEASURED_S:
        if desk.jobs.waiting() < IN_HAND:
            number += 1
            put(desk, number)
        else:
            time.sleep(0.005)
    return (number - start) / (time.monotonic() - began), number + 1


def soaked(desk: Desk, site: Site, *, seconds: float, rate: float, first: int) -> list[Sample]:
    """Put studies in at a rate, and look at the worker now and then."""
    rng = np.random.default_rng(1)
    samples, began, number = [], time.monotonic(), first
    due = looked = 0.0
    while (at := time.monotonic() - began) < seconds:
        if at >= looked:
            samples.append(sample(site, desk, at))
            looked += SAMPLE_S
        elif at >= due:
            put(desk, number)
            number += 1
            due += float(rng.exponential(1 / rate))
        else:
            time.sleep(min(due, looked) - at)
    return samples


def page(samples: list[Sample], *, rate: float, load: float) -> tuple[str, bool]:
    """Return what the run came to, and whether it stayed flat after the first sixth."""
    settled = samples[len(samples) // 6 :]
    third = max(1, len(settled) // 3)
    early, late = settled[:third], settled[-third:]
    before, after = (float(np.median([s.resident_mb for s in part])) for part in (early, late))
    growth = after - before
    files = max(s.files for s in late) - max(s.files for s in early)
    is_flat = growth <= ALLOWED_GROWTH_MB and files <= ALLOWED_FILES
    told = (
        f"{samples[-1].at_s / 60:.0f} minutes at {load:.0%} of {rate:.0f} studies/s "
        f"({load * rate * samples[-1].at_s:.0f} studies): worker's memory "
        f"{before:.0f} MB in the first third after warming up, "
        f"{after:.0f} MB in the last ({growth:+.1f} MB), at most "
        f"{max(s.resident_mb for s in samples):.0f} MB; open files {max(s.files for s in early)}, "
        f"then {max(s.files for s in late)}; at most {max(s.waiting for s in settled)} jobs waited."
    )
    return told, is_flat


def main() -> int:
    """Soak from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--load", type=float, default=0.8)
    parser.add_argument("--page", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="osler-soak-") as folder, ExitStack() as around:
        site = a_site("embedded", Path(folder), around)
        records = around.enter_context(site.open())
        desk = records.acting(SERVICE, Purpose.OPERATIONS)
        site.start("worker-1")
        try:
            rate, first = most_a_second(desk)
            samples = soaked(
                desk, site, seconds=60 * given.minutes, rate=given.load * rate, first=first
            )
        finally:
            site.stop("worker-1")
    told, is_flat = page(samples, rate=rate, load=given.load)
    print(told)
    if given.page is not None:
        header = "# Soak\n\n<!-- Written by `make soak`; do not edit by hand. -->\n\n"
        day = f"Measured on {datetime.now(UTC).date().isoformat()}. "
        given.page.write_text(f"{header}{day}{told}\n", encoding="utf-8")
    return 0 if is_flat else 1


if __name__ == "__main__":
    sys.exit(main())
