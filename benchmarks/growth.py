"""What a study costs, from stored to result, with 1,000 and with 100,000 studies kept before it.

Tables are filled as in `api.py`; then small CT images, which no shipped package judges, are stored
and go all the way: what is measured is the keeping, not the networks. The sizes take turns,
because a shared machine changes its pace.
Run: python benchmarks/growth.py [--sizes 1000 100000] [--studies 100]
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

import api
from workflow import busy, films, store, wait_for, worked

from osler.records import MasterKey, RecordsAt, open_records

FILM = "CT_small.dcm"


def fill(folder: Path, size: int) -> None:
    """Fill the tables with so many studies that are done, of as many patients."""
    at = RecordsAt(
        database=f"sqlite:///{folder / 'osler.db'}",
        objects=str(folder / "objects"),
        master=MasterKey.of("5a" * 32),
    )
    with open_records(at, create=True) as records:
        # All of them done: the worker would do the others first.
        rng = random.Random(1)  # noqa: S311 - not secret
        api.fill(records, people=size, films=size, rng=rng, states=("analysed",))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs=2, default=[1000, 100_000])
    parser.add_argument("--studies", type=int, default=100)
    given = parser.parse_args()
    few, many = given.sizes
    costs: dict[int, list[float]] = {few: [], many: []}
    with tempfile.TemporaryDirectory(prefix="osler-bench-") as folder:
        places = {size: Path(folder) / str(size) for size in (few, many)}
        for size, place in places.items():
            place.mkdir()
            fill(place, size)
        for turn, size in enumerate(2 * (few, many)):
            instances = films(FILM, (turn // 2 + 1) * (given.studies + 1))[-given.studies - 1 :]
            with worked(places[size]) as desk:
                last = desk.events.newest()
                store(desk, instances[0])
                wait_for(desk, 1, after=last)
                began = time.monotonic()
                rate = busy(desk, instances[1:])
                storing = time.monotonic() - began - given.studies / rate
            costs[size].append(1000 * (storing / given.studies + 1 / rate))
            print(
                f"{size:,} studies kept: {costs[size][-1]:.1f} ms a study, "
                f"{1000 * storing / given.studies:.1f} of them to store it; "
                f"database {(places[size] / 'osler.db').stat().st_size / 1e6:,.0f} MB",
                flush=True,
            )
    ratio = min(costs[many]) / min(costs[few])
    print(f"{many:,} beside {few:,}, the better turn of each: {ratio:.2f} times the cost")


if __name__ == "__main__":
    main()
