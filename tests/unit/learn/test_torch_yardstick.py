"""The yardstick on a made-up set of its form (needs torch)."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training bench needs torch (pip extra 'train')")

from osler.learn.yardstick import Trial, macro_auc, run_trial, share_right
from osler.learn.yardstick_page import page


def a_set(folder: Path, *, solid: bool = False) -> Path:
    """Write an official-looking file whose second class is brighter."""
    rng = np.random.default_rng(4)
    kept = {}
    for split, count in (("train", 40), ("val", 12), ("test", 12)):
        labels = np.arange(count) % 2
        shape = (count, *(28,) * (3 if solid else 2))
        dark = rng.integers(0, 80, shape)
        bright = 120 * labels.reshape(-1, *(1,) * (len(shape) - 1))
        kept[f"{split}_images"] = (dark + bright).astype(np.uint8)
        kept[f"{split}_labels"] = labels[:, None].astype(np.uint8)
    file = folder / ("solidmnist.npz" if solid else "flatmnist.npz")
    np.savez(file, allow_pickle=False, **kept)
    return file


@pytest.mark.parametrize("solid", [False, True])
def test_a_trial_is_run_once_and_then_read(tmp_path: Path, solid: bool) -> None:
    """A stopped table of nine trainings goes on where it was."""
    file, told = a_set(tmp_path, solid=solid), []

    def tell(*seen: object) -> None:
        told.append(seen)

    first = run_trial(file, tmp_path / "runs", seed=1, on_progress=tell, shown=80)
    steps = len(told)
    again = run_trial(file, tmp_path / "runs", seed=1, on_progress=tell, shown=80)
    assert first == again
    assert len(told) == steps > 0
    assert 0.0 <= first.auc <= 1.0


def test_classes_in_colour_and_several_labels_are_run_too(tmp_path: Path) -> None:
    """A set that somebody downloads is more often of many classes than of two."""
    rng = np.random.default_rng(6)
    kept = {}
    for split, count in (("train", 36), ("val", 12), ("test", 12)):
        kind = np.arange(count) % 3
        images = rng.integers(0, 60, (count, 28, 28, 3))
        images[np.arange(count), :, :, kind] += 120
        kept[f"{split}_images"] = images.astype(np.uint8)
        kept[f"{split}_labels"] = kind[:, None].astype(np.uint8)
    np.savez(tmp_path / "bloodmnist.npz", allow_pickle=False, **kept)
    found = run_trial(
        tmp_path / "bloodmnist.npz", tmp_path, seed=1, on_progress=lambda *_: None, shown=720
    )
    assert found.auc > 0.9
    assert found.acc > 0.6


def test_auc_and_accuracy_are_counted_as_the_authors_do() -> None:
    """By hand, of two columns: areas of 1 and 0.5; one class right of two rows."""
    logits = np.array([[2.0, -1.0], [-2.0, 1.0], [1.0, 0.5], [-1.0, -2.0]])
    several = np.array([[1, 0], [0, 0], [1, 1], [0, 1]], dtype=np.float32)
    assert macro_auc(logits, several) == pytest.approx((1.0 + 0.25) / 2)
    assert share_right(logits, several, several=True) == pytest.approx(6 / 8)
    classes = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], dtype=np.float32)
    assert share_right(logits, classes, several=False) == pytest.approx(0.5)
    assert share_right(logits[:, :1], several[:, :1], several=False) == 1.0


def test_the_page_says_whether_the_aim_was_reached(tmp_path: Path) -> None:
    """By hand: mean of 0.9 and 0.8 is 0.85, under the best published 0.9."""
    head = "dataset,method,test_auc,test_acc\n"
    (tmp_path / "published_baselines_2d.csv").write_text(
        f"{head}FlatMNIST,one,0.9,0.8\nFlatMNIST,other,0.7,0.9\n", encoding="utf-8"
    )
    (tmp_path / "published_baselines_3d.csv").write_text(head, encoding="utf-8")
    trials = [
        Trial("flatmnist", seed, auc, acc=0.75, val_auc=0.8, seconds=10.0)
        for seed, auc in ((1, 0.9), (2, 0.8))
    ]
    text = page(trials, tmp_path, machine="a test", shown=80)
    assert "mean of 2 seeds (0.900, 0.800) | **0.850** | **0.750**" in text
    assert "the best published AUC, 0.900: missed. 10 s" in text
