"""The plan of a task that outlines or counts: looked at once, derived, kept (no torch)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from osler.errors import Misuse
from osler.learn.datasets.table import DataSet
from osler.learn.imaging.at_once import Tell
from osler.learn.imaging.box_facts import BoxFingerprint, boxes_hash, examine_boxes
from osler.learn.imaging.box_rules import derive_boxes
from osler.learn.imaging.fine_facts import FineFingerprint, examine_masks, masks_hash
from osler.learn.imaging.fine_rules import derive_patches
from osler.learn.imaging.fingerprint import Counted
from osler.learn.imaging.outlined_plans import OutlinedPlan
from osler.learn.imaging.recipe import ImageRecipe
from osler.learn.imaging.volume_facts import VolumeFingerprint, examine_volumes, volumes_hash
from osler.learn.imaging.volume_rules import derive_volumes
from osler.learn.package_files import write_atomically

PLAN = "plan.json"
Found = TypeVar("Found", bound=Counted)


def outlined_plan(
    dataset: DataSet, recipe: ImageRecipe, *, file: Path, processes: int, tell: Tell
) -> OutlinedPlan:
    """Return the plan of a recipe that outlines or counts, and keep it in ``file``.

    Files that were looked at before are not looked at again.

    Raises
    ------
    Misuse
        The recipe is of another task.
    NotFound, InputRefused
        The data set cannot be trained on, or the recipe sets what cannot be done.
    """
    looking = _Looking(dataset, recipe, file, processes, tell)
    plan: OutlinedPlan
    if recipe.task == "volume":
        plan = derive_volumes(looking.at(VolumeFingerprint, volumes_hash, examine_volumes), recipe)
    elif recipe.task == "detection":
        plan = derive_boxes(looking.at(BoxFingerprint, boxes_hash, examine_boxes), recipe)
    elif recipe.task == "segmentation":
        plan = derive_patches(looking.at(FineFingerprint, masks_hash, examine_masks), recipe)
    else:
        raise Misuse(f"recipe {recipe.name}: the plan of task {recipe.task!r} is another")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, plan.model_dump_json(indent=1).encode())
    return plan


@dataclass(frozen=True)
class _Looking:
    """A data set that is to be looked at, and the plan that may know it already."""

    dataset: DataSet
    recipe: ImageRecipe
    file: Path
    processes: int
    tell: Tell

    def at(
        self,
        kind: type[Found],
        hashed: Callable[[DataSet, ImageRecipe], str],
        examine: Callable[..., Found],
    ) -> Found:
        """Return what was found, now or by an earlier plan of the same files."""
        known = self._known(kind)
        if known is not None and known.sha256 == hashed(self.dataset, self.recipe):
            return known
        return examine(self.dataset, self.recipe, processes=self.processes, tell=self.tell)

    def _known(self, kind: type[Found]) -> Found | None:
        """Return the fingerprint of an earlier plan; None where there is none that can be read."""
        if not self.file.is_file():
            return None
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            return kind.model_validate(kept["fingerprint"])
        except (KeyError, ValueError):
            return None
