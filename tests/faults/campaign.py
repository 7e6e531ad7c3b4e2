"""Kills at random instants while studies come in and are analysed, and the verdict afterwards.

``python -m faults.campaign KIND --kills N --seed S`` prints one JSON object; kinds are embedded,
scaled, served and "served scaled". The seed gives the same victims after the same pauses.
"""

import argparse
import json
import signal
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
from faults.verdict import until_heard, verdict, wait_until_idle
from osler.records import SERVICE, Purpose

KINDS = ("embedded", "scaled", "served", "served scaled")
SHORTEST_S, LONGEST_S = 0.05, 2.0
# A server takes seconds to start: killed as often as a worker it would never serve.
SERVED_LONGEST_S = 6.0
DRAIN_S = 60.0


def victims(site: Site) -> tuple[str, ...]:
    """Return what may be killed: a database in our own process dies with that."""
    return (*site.workers, *site.clients, *(("database",) if site.postgres is not None else ()))


def run(kind: str, *, kills: int, seed: int) -> dict[str, Any]:
    """Run one campaign and return its figures."""
    rng = np.random.default_rng(seed)
    killed: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="osler-faults-") as folder, ExitStack() as around:
        site = a_site(kind, Path(folder), around)
        longest = SERVED_LONGEST_S if site.is_served else LONGEST_S
        began = time.monotonic()
        for name in (*site.workers, *site.clients):
            site.start(name)
        for number in range(kills):
            time.sleep(float(rng.uniform(SHORTEST_S, longest)))
            victim = str(rng.choice(victims(site)))
            _restart_what_ended(site)
            site.kill(victim)
            killed[victim] += 1
            if (number + 1) % 25 == 0:
                print(f"{kind}: {number + 1} of {kills} kills", file=sys.stderr, flush=True)
        seconds = time.monotonic() - began
        _restart_what_ended(site)
        site.stop(site.clients[0], how=signal.SIGKILL)
        with site.open() as records:
            desk = records.acting(SERVICE, Purpose.OPERATIONS)
            drained = wait_until_idle(desk, seconds=DRAIN_S)
            told = until_heard(desk, site.heard, seconds=DRAIN_S) if site.is_served else None
        for name in tuple(site.processes):
            site.stop(name, how=signal.SIGKILL if name in site.clients else signal.SIGTERM)
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
        "is_clean": found.is_clean and drained < DRAIN_S and (told is None or told.is_clean),
        **asdict(found),
        **({} if told is None else asdict(told)),
    }


def _restart_what_ended(site: Site) -> None:
    """Start again what ended because the database was away, as a supervisor does."""
    for name in site.ended():
        site.start(name)


def main() -> int:
    """Run one campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--kills", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    figures = run(given.kind, kills=given.kills, seed=given.seed)
    print(json.dumps(figures, indent=1))
    return 0 if figures["is_clean"] else 1


if __name__ == "__main__":
    sys.exit(main())
