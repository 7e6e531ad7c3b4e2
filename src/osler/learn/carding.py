"""Parts of a card that every bench writes alike. No torch."""

import importlib.metadata
import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import EvaluationCard, OutputCard
from osler.learn.calibrating import Calibrated, OutOfFold
from osler.learn.recipe import OutputPlan

FLOOR = 0.70
Arrays = dict[str, npt.NDArray[np.generic]]


def read_scores(file: Path) -> OutOfFold:
    """Read scores that training kept beside their labels and patients."""
    with np.load(file, allow_pickle=False) as kept:
        return OutOfFold(kept["logits"], kept["labels"], [str(p) for p in kept["patients"]])


def platt_arrays(found: Sequence[Calibrated], *, prefix: str = "platt") -> Arrays:
    """Return the resampled maps of all outputs as the fingerprint holds them: (200, outputs)."""
    parts = {
        "slopes": [one.slopes for one in found],
        "intercepts": [one.intercepts for one in found],
        "prevalences": [one.prevalences for one in found],
    }
    return {
        f"{prefix}_{name}": np.stack(values, axis=1).astype(np.float32)
        for name, values in parts.items()
    }


def score_quantiles(scores: OutOfFold) -> npt.NDArray[np.float32]:
    """Return 21 quantiles of each output's logits, by which drift is seen: (21, outputs)."""
    return np.quantile(scores.logits, np.linspace(0, 1, 21), axis=0).astype(np.float32)


def output_card(plan: OutputPlan, one: Calibrated) -> OutputCard:
    """Return an output's card from its plan and its calibration."""
    return OutputCard(
        name=plan.name,
        display=plan.display,
        system=plan.system,
        code=plan.code,
        positive_labels=plan.positive,
        needs_pretest=plan.needs_pretest,
        shipped=True,
        calibration=one.calibration,
        conformal=one.conformal,
        operating_points=one.points,
    )


def with_floor(output: OutputCard, evaluations: tuple[EvaluationCard, ...]) -> OutputCard:
    """Mark an output *not assessed* where its lower bound is under the floor.

    The readers' labels decide where they give at least 20 of each kind, else the data's own.
    """
    for evaluation in sorted(evaluations, key=lambda e: "reader" not in e.name):
        found = evaluation.outputs.get(output.name)
        if found is None or found.auroc is None or not evaluation.name.startswith("test"):
            continue
        few = min(found.positives, found.films - found.positives) < 20
        if few and "reader" in evaluation.name:
            continue
        if found.auroc.low >= FLOOR:
            return output
        reason = (
            "the model is too weak here: the lower 95 % bound of its AUROC on test films is below "
            f"{FLOOR:.2f} (see its card)"
        )
        return output.model_copy(update={"shipped": False, "not_assessed_reason": reason})
    return output


def runtime() -> dict[str, str]:
    """Return the versions that trained and exported the package."""
    names = ("torch", "onnx", "onnxruntime", "numpy", "scikit-learn", "pillow")
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in names
    }
