"""Official files of every kind: what is a class, what is a side, what is colour."""

from pathlib import Path

import numpy as np
import pytest

from osler.errors import InputRefused, NotFound
from osler.learn.medmnist import read_medmnist


def a_file(folder: Path, name: str, *, shape: tuple[int, ...], labels: list[list[int]]) -> Path:
    """Write an official-looking file whose splits are alike."""
    kept = {}
    for split in ("train", "val", "test"):
        kept[f"{split}_images"] = np.zeros((len(labels), *shape), dtype=np.uint8)
        kept[f"{split}_labels"] = np.array(labels, dtype=np.uint8)
    np.savez(folder / f"{name}.npz", allow_pickle=False, **kept)
    return folder / f"{name}.npz"


def test_two_classes_are_one_column(tmp_path: Path) -> None:
    """As the authors count them: a score of the second class."""
    found = read_medmnist(a_file(tmp_path, "breastmnist", shape=(28, 28), labels=[[0], [1], [1]]))
    assert found.splits["test"].labels.tolist() == [[0.0], [1.0], [1.0]]
    assert (found.solid, found.colour, found.several) == (False, False, False)
    assert found.modality == "ultrasound"


def test_more_classes_are_a_column_each(tmp_path: Path) -> None:
    """Of which one holds in a row."""
    found = read_medmnist(a_file(tmp_path, "bloodmnist", shape=(28, 28, 3), labels=[[2], [0], [1]]))
    assert found.splits["val"].labels.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert found.colour
    assert found.outputs == 3
    assert not found.several


def test_several_labels_at_once_stay_as_they_are(tmp_path: Path) -> None:
    """A film may show two findings, and none."""
    found = read_medmnist(a_file(tmp_path, "chestmnist", shape=(28, 28), labels=[[0, 0], [1, 1]]))
    assert found.several
    assert found.splits["train"].labels.tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_organs_have_a_side(tmp_path: Path) -> None:
    """Left and right kidney are two classes: a mirrored one would be the other."""
    found = read_medmnist(a_file(tmp_path, "organmnist3d", shape=(28, 28, 28), labels=[[0], [2]]))
    assert found.solid
    assert found.has_side
    flat = read_medmnist(a_file(tmp_path, "organamnist", shape=(28, 28), labels=[[0], [2]]))
    assert flat.modality == "x-ray"


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    """In a sentence that says what it lacks."""
    np.savez(tmp_path / "other.npz", allow_pickle=False, train_images=np.zeros(3))
    with pytest.raises(InputRefused, match="lacks test_images, test_labels, train_labels"):
        read_medmnist(tmp_path / "other.npz")
    with pytest.raises(InputRefused, match=r"pictures of shape \(28,\)"):
        read_medmnist(a_file(tmp_path, "line", shape=(28,), labels=[[0], [1]]))
    with pytest.raises(NotFound, match=r"no absent\.npz"):
        read_medmnist(tmp_path / "absent.npz")
