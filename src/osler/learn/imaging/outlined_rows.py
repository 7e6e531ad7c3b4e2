"""Which rows a training that outlines or counts takes, and which it could not (no torch)."""

from collections.abc import Iterable, Sequence

from osler.learn.datasets.table import DataSet, Row
from osler.learn.imaging.loading import usable
from osler.learn.imaging.outlined_plans import OutlinedPlan


def rows_of(dataset: DataSet, plan: OutlinedPlan, splits: Sequence[str]) -> DataSet:
    """Return the rows of some splits that the plan did not leave out."""
    return DataSet(dataset.name, dataset.folder, usable(dataset, plan.fingerprint, splits))


def unread(dataset: DataSet, read: Iterable[Row]) -> str:
    """Say how many test rows could not be measured; nothing where all were."""
    missing = len(dataset.where(splits=("test",)).rows) - len(list(read))
    return f"; {missing} test rows were left out, named in plan.json" if missing else ""
