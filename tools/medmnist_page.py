"""Run the yardstick and write its page: `python tools/medmnist_page.py --data ../data/medmnist`.

A run that was stopped goes on from there; a finished seed is not run again.
"""

import argparse
import time
from pathlib import Path

from osler.learn.imaging.planning import PICTURES
from osler.learn.yardstick import SEEDS, run_trial
from osler.learn.yardstick_page import page

SETS = ("breastmnist", "pneumoniamnist", "adrenalmnist3d")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--runs", type=Path, default=Path("runs/yardstick"))
    asked.add_argument("--out", type=Path, default=Path("docs/reference/medmnist.md"))
    asked.add_argument("--machine", default="2 CPU cores, shared with other trainings")
    asked.add_argument("--sets", nargs="+", default=list(SETS))
    asked.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    asked.add_argument("--shown", type=int, default=PICTURES, help="pictures that a run sees")
    found = asked.parse_args()
    trials = []
    told = 0.0

    def tell(name: str, done: int, of: int, loss: float) -> None:  # noqa: PLR0917
        nonlocal told
        if time.monotonic() - told > 10:
            print(f"{name}: {done} of {of}, loss {loss:.3f}", flush=True)
            told = time.monotonic()

    for name in found.sets:
        for seed in found.seeds:
            file = found.data / f"{name}.npz"
            trial = run_trial(file, found.runs, seed=seed, on_progress=tell, shown=found.shown)
            print(trial, flush=True)
            trials.append(trial)
            found.out.write_text(
                page(trials, found.data, machine=found.machine, shown=found.shown), encoding="utf-8"
            )


if __name__ == "__main__":
    main()
