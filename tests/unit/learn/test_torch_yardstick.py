"""The yardstick on a made-up set of its form (needs torch)."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training bench needs torch (pip extra 'train')")

from osler.errors import InputRefused, NotFound
from osler.learn.yardstick import Trial, page, read_medmnist, run_trial


def a_set(folder: Path, *, solid: bool = False, colour: bool = False) -> Path:
    """Write an official-looking file whose second class is brighter."""
    rng = np.random.default_rng(4)
    kept = {}
    for split, count in (("train", 40), ("val", 12), ("test", 12)):
        labels = np.arange(count) % 2
        shape = (count, *(28,) * (3 if solid else 2), *((3,) if colour else ()))
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


def test_a_set_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Colours read as a third axis would train on nonsense."""
    with pytest.raises(InputRefused, match="colour"):
        read_medmnist(a_set(tmp_path, colour=True))
    with pytest.raises(NotFound, match=r"no absent\.npz"):
        read_medmnist(tmp_path / "absent.npz")


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
