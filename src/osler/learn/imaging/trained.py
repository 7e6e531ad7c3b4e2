"""What a finished training left behind, as the building of a package needs it. No torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from osler.errors import NotFound
from osler.learn.datasets.table import DataSet, read_dataset, read_listed
from osler.learn.imaging.recipe import ImageRecipe
from osler.prepare.picture import PictureContract

CHEST_FILMS = ("cxr-adult", "cxr-pneumonia", "cxr-tb-shenzhen")


@dataclass(frozen=True)
class Trained:
    """A recipe that was trained, where its data and runs lie, and how its pictures are read.

    ``left_out`` are files that the plan left out: they may be absent or damaged.
    """

    recipe: ImageRecipe
    recipe_folder: Path
    data: Path
    runs: Path
    contract: PictureContract
    left_out: frozenset[str] = frozenset()

    def folder(self) -> Path:
        """Return this recipe's folder of runs."""
        return self.runs / self.recipe.name

    def cache(self) -> Path:
        """Return the folder of pictures and features that all recipes share."""
        return self.runs / "cache"

    def dataset(self) -> DataSet:
        """Return the data set without the files that the plan left out."""
        if not self.left_out:
            return read_dataset(self.data / self.recipe.data)
        whole = read_listed(self.data / self.recipe.data)
        kept = tuple(row for row in whole.rows if row.columns["file"] not in self.left_out)
        return DataSet(whole.name, whole.folder, kept)

    def learnt_from(self) -> DataSet:
        """Return the rows that the shipped network and its calibration learnt from."""
        return self._named_in("oof.npz") or self.dataset().where(splits=self.recipe.fit.splits)

    def pooled(self) -> Path | None:
        """Return the scores of folds over all rows, each by a network that never saw the patient.

        None where there are none: train and val alone were cut into folds.
        """
        kept = self.folder() / "cross-check.npz"
        if not kept.is_file() and "test" in self.recipe.fit.splits:
            kept = self.folder() / "oof.npz"
        return kept if kept.is_file() else None

    def tested_on(self) -> DataSet:
        """Return the rows that were kept for the test; all held-out rows where there is none."""
        found = self._named_in("test.npz") or self.dataset().where(splits=("test",))
        return found if found.rows else self.learnt_from()

    def other_kinds(self) -> tuple[str, ...]:
        """Return the data sets of other kinds that the gates are to tell apart.

        Raises
        ------
        NotFound
            One of them is not there.
        """
        chest = CHEST_FILMS if self.recipe.gates.chest else ()
        names = (*self.recipe.gates.others, *chest)
        for name in names:
            if not (self.data / name / "labels.csv").is_file():
                raise NotFound(
                    f"recipe {self.recipe.name} tells its pictures from those of {name}, which is "
                    f"not in {self.data}; add that data set or take it out of [gates]"
                )
        return names

    def _named_in(self, file: str) -> DataSet | None:
        """Return the rows that a file of kept scores names, None where there is no such file."""
        if not (self.folder() / file).is_file():
            return None
        with np.load(self.folder() / file, allow_pickle=False) as kept:
            names = {str(name) for name in kept["files"]}
        whole = self.dataset()
        rows = tuple(row for row in whole.rows if row.path.name in names)
        return DataSet(whole.name, whole.folder, rows)
