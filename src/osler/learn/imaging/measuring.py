"""Figures of the tasks whose networks outline or count, kept beside the run. No torch."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Estimate, EvaluationCard
from osler.evaluate.bootstrap import interval, patient_weights
from osler.learn.package_files import write_atomically

Weights = npt.NDArray[np.float64]
FIGURES = "figures.json"
REPEATS = 1000


@dataclass(frozen=True)
class Measured:
    """What was measured of one graph: evaluations for the card, and cut-offs."""

    figures: tuple[EvaluationCard, ...]
    thresholds: dict[str, float] = field(default_factory=dict)


def measured_once(folder: Path, content: bytes, work: Callable[[], Measured]) -> Measured:
    """Return the figures of a graph; those of the same bytes are read, not measured again."""
    file, key = folder / FIGURES, hashlib.sha256(content).hexdigest()
    if file.is_file():
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["graph_sha256"] == key:
            return Measured(
                tuple(EvaluationCard.model_validate(one) for one in kept["evaluations"]),
                kept["thresholds"],
            )
    found = work()
    written = {
        "graph_sha256": key,
        "thresholds": found.thresholds,
        "evaluations": [one.model_dump(mode="json") for one in found.figures],
    }
    write_atomically(file, json.dumps(written, indent=1).encode())
    return found


@dataclass(frozen=True)
class Resampled:
    """Resamples of the patients of some rows: every figure of one evaluation takes the same."""

    weights: Weights = field(repr=False)

    @classmethod
    def of(cls, patients: Sequence[str], *, seed: int) -> "Resampled":
        """Draw patients with replacement, a thousand times."""
        rng = np.random.default_rng(seed)
        return cls(patient_weights(patients, rng=rng, repeats=REPEATS))

    def estimate(self, statistic: Callable[[Weights | None], float]) -> Estimate | None:
        """Return a figure with its 95 % interval; None where it is not defined."""
        return Estimate.of(interval(statistic, self.weights))

    def mean(self, values: Weights) -> Estimate | None:
        """Return the mean over rows; rows that are NaN are left out."""
        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)

        def statistic(weights: Weights | None) -> float:
            times = known * (1.0 if weights is None else weights)
            total = float(times.sum())
            return float((filled * times).sum()) / total if total > 0 else float("nan")

        return self.estimate(statistic)

    def quantile(self, values: Weights, share: float) -> Estimate | None:
        """Return the smallest value that a share of the rows does not exceed."""
        order = np.argsort(values)

        def statistic(weights: Weights | None) -> float:
            times = np.ones(len(values)) if weights is None else weights
            reached = np.cumsum(times[order]) >= share * times.sum() - 1e-9
            return float(values[order][int(np.argmax(reached))])

        return self.estimate(statistic)


def defined(found: dict[str, Estimate | None]) -> dict[str, Estimate]:
    """Leave out the figures that are not defined."""
    return {name: one for name, one in found.items() if one is not None}
