"""What the clinical tests share: the shipped packages and the data sets beside the checkout."""

from pathlib import Path

import numpy as np
import pytest

from osler.analyse.package import Package
from osler.analyse.registry import ANATOMY, default_folder, find_package
from osler.learn.datasets.table import DataSet, read_dataset

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = REPOSITORY.parent / "shared" / "data"
GOLDEN = Path(__file__).with_name("golden")
JUDGES = {
    "cxr-adult": "cxr-adult",
    "cxr-tb": "cxr-tb-shenzhen",
    "cxr-pneumonia": "cxr-pneumonia",
}


def shipped(name: str) -> Package:
    """Load a shipped package; one that is missing fails the test.

    Packages that are for research only are allowed by name: they are tested, not used.
    """
    return find_package(default_folder(), name, allowed=frozenset({name}))


def anatomy() -> Package:
    """Load chest-anatomy, without which no gate can look."""
    return shipped(ANATOMY)


def data_set(name: str) -> DataSet:
    """Read a data set; skip where it does not lie beside the checkout."""
    if not (DATA / name / "labels.csv").is_file():
        pytest.skip(f"the data set {name} is not in ../shared/data")
    return read_dataset(DATA / name)


def some_test_rows(name: str, most: int) -> DataSet:
    """Return an evenly drawn part of a data set's test rows, the same each time."""
    test = data_set(name).where(splits=("test",))
    drawn = np.random.default_rng(11).permutation(len(test.rows))[:most]
    return DataSet(test.name, test.folder, tuple(test.rows[i] for i in sorted(drawn)))
