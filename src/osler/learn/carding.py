"""Parts of a card that every bench writes alike. No torch."""

import importlib.metadata
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Card, DataCard, EvaluationCard, OutputCard, TrainingCard
from osler.analyse.package import sha256
from osler.learn.calibrating import Calibrated, OutOfFold
from osler.learn.cardtext import CardText
from osler.learn.datasets.table import DataSet, read_labels
from osler.learn.package_files import list_shipped, write_atomically
from osler.learn.recipe import OutputPlan

FLOOR = 0.70
Arrays = dict[str, npt.NDArray[np.generic]]
FILES = ("model.onnx", "fingerprint.npz")


class NamedRecipe(Protocol):
    """What a card says of any recipe."""

    @property
    def name(self) -> str:
        """The package's name, and the recipe's file."""
        ...

    @property
    def version(self) -> str:
        """The package's version."""
        ...

    @property
    def seed(self) -> int:
        """Where all chance of the training comes from."""
        ...


def whole_folder(models: Path, recipe: NamedRecipe, write: Callable[[Path], None]) -> Path:
    """Build models/<name>/<version> beside its place, move it there, and renew the shipped list."""
    place = models / recipe.name / recipe.version
    work = place.with_name(place.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    write(work)
    shutil.rmtree(place, ignore_errors=True)
    work.rename(place)
    list_shipped(models)
    return place


def store(folder: Path, content: bytes, fingerprint: Arrays) -> None:
    """Write graph and fingerprint of a package."""
    write_atomically(folder / "model.onnx", content)
    np.savez_compressed(folder / "fingerprint.npz", **fingerprint)  # type: ignore[arg-type]


@dataclass(frozen=True)
class CardDraft:
    """What the card of any bench says alike: of its recipe, its written text, its training."""

    recipe: NamedRecipe
    recipe_folder: Path
    text: CardText

    def write(self, folder: Path, training: TrainingCard, own: Mapping[str, Any]) -> Card:
        """Write the card of a package whose files lie in a folder; return it.

        Parameters
        ----------
        own
            The fields of the card that the bench alone knows.
        """
        card = Card(
            name=self.recipe.name,
            version=self.recipe.version,
            title=self.text.title,
            intended_use=self.text.intended_use,
            floor_auroc=FLOOR,
            training=training,
            limits=self.text.limits,
            change_plan=self.text.change_plan,
            terms=self.text.terms,
            runtime=runtime(),
            files={name: sha256(folder / name) for name in FILES},
            **own,
        )
        write_atomically(folder / "card.json", card.model_dump_json(indent=1).encode())
        return card

    def training(self, *, start: str, datasets: Iterable[DataCard]) -> TrainingCard:
        """Say how and on what the package was trained."""
        name = self.recipe.name
        return TrainingCard(
            recipe=f"recipes/{name}.toml",
            recipe_sha256=sha256(self.recipe_folder / f"{name}.toml"),
            seed=self.recipe.seed,
            start=start,
            machine=self.text.trained_on,
            trained_on=f"{platform.system()} {platform.machine()}",
            datasets=tuple(datasets),
            method=self.text.method,
            tried=self.text.tried,
        )

    def data(
        self,
        name: str,
        rows: DataSet,
        *,
        splits: tuple[str, ...],
        outputs: Sequence[tuple[str, tuple[str, ...]]],
    ) -> DataCard:
        """Describe one data set that went in; ``outputs`` are those whose positives it counts."""
        source = self.text.sources[name]
        labels = read_labels(rows.rows, outputs) if outputs else np.zeros((0, 0))
        return DataCard(
            name=name,
            use=source.use,
            source=source.source,
            licence=source.licence,
            films=len(rows.rows),
            patients=len(rows.patients()),
            splits=splits,
            positives={one: int(np.nansum(labels[:, k])) for k, (one, _) in enumerate(outputs)},
            fingerprint=rows.fingerprint(),
        )


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
