"""Kills at random instants while studies come in and are analysed, and the verdict afterwards.

``python -m faults.campaign embedded|scaled --kills N --seed S`` prints one JSON object. The seed
gives the same victims after the same pauses.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from faults.site import Site, a_site
from faults.verdict import verdict, wait_until_idle
from osler.records import SERVICE, Purpose

SHORTEST_S, LONGEST_S = 0.05, 2.0
DRAIN_S = 60.0


def victims(site: Site) -> tuple[str, ...]:
    """Return what may be killed: a database in our own process dies with that."""
    return (*site.workers, "writer", *(("database",) if site.postgres is not None else ()))


def run(kind: str, *, kills: int, seed: int) -> dict[str, Any]:
    """Run one campaign and return its figures."""
    rng = np.random.default_rng(seed)
    killed: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="osler-faults-") as folder, ExitStack() as around:
        site = a_site(kind, Path(folder), around)
        site.open().close()
        began = time.monotonic()
        for name in (*site.workers, "writer"):
            site.start(name)
        for number in range(kills):
            time.sleep(float(rng.uniform(SHORTEST_S, LONGEST_S)))
            victim = str(rng.choice(victims(site)))
            _restart_what_ended(site)
            site.kill(victim)
            killed[victim] += 1
            if (number + 1) % 25 == 0:
                print(f"{kind}: {number + 1} of {kills} kills", file=sys.stderr, flush=True)
        seconds = time.monotonic() - began
        site.kill("writer")
        site.processes.pop("writer").kill()
        with site.open() as records:
            drained = wait_until_idle(records.acting(SERVICE, Purpose.OPERATIONS), seconds=DRAIN_S)
        for name in site.workers:
            site.stop(name)
        with site.open() as records:
            found = verdict(records, site.acknowledged, site.places())
        if not found.is_clean:
            print(site.last_words(), file=sys.stderr)
    return {
        "kind": kind,
        "seed": seed,
        "kills": dict(killed),
        "seconds": round(seconds),
        "drained_s": round(drained, 1),
        "is_clean": found.is_clean and drained < DRAIN_S,
        **asdict(found),
    }


def _restart_what_ended(site: Site) -> None:
    """Start again what ended because the database was away, as a supervisor does."""
    for name in site.ended():
        site.start(name)


def main() -> int:
    """Run one campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["embedded", "scaled"])
    parser.add_argument("--kills", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    figures = run(given.kind, kills=given.kills, seed=given.seed)
    print(json.dumps(figures, indent=1))
    return 0 if figures["is_clean"] else 1


if __name__ == "__main__":
    sys.exit(main())
