"""Looking at and reading pictures: what cannot be learnt from is named, counted and left out."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from osler.errors import InputRefused
from osler.learn.datasets.table import read_listed
from osler.learn.imaging.fingerprint import Fingerprint, examine
from osler.learn.imaging.loading import load, read_mask_rows, usable
from osler.learn.imaging.recipe import ImageRecipe
from osler.learn.imaging.trained import Trained
from osler.prepare.picture import PictureContract

RECIPE = ImageRecipe.model_validate(
    {
        "kind": "image",
        "name": "spot",
        "version": "1.0.0",
        "task": "binary",
        "modality": "ct",
        "data": "spots",
        "seed": 1,
        "card": "none",
        "outputs": [{"name": "ill", "display": "Ill", "code": "ill", "positive": ["ill"]}],
    }
)
SMALL = PictureContract(size=32)


def picture(seed: int) -> Any:  # noqa: ANN401 - an array of bytes
    """Return a picture of 48 x 64 pixels that is like no other."""
    return np.random.default_rng(seed).integers(0, 256, (48, 64)).astype(np.uint8)


def data_set(folder: Path, rows: list[dict[str, str]], images: dict[str, Any]) -> Path:
    """Write pictures and their table."""
    for name, pixels in images.items():
        Image.fromarray(pixels).save(folder / name)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def row(name: str, label: str = "well", *, split: str = "train", mask: str = "") -> dict[str, str]:
    """Return a line of the table."""
    return {"file": name, "label": label, "split": split, "mask": mask}


def seen(folder: Path) -> Fingerprint:
    """Return the fingerprint of a folder."""
    return examine(read_listed(folder), RECIPE, processes=1)


def test_a_damaged_file_costs_one_row_not_the_run(tmp_path: Path) -> None:
    """One file of ten thousand is always broken; it is named before the night begins."""
    data_set(tmp_path, [row("a.png", "ill"), row("b.png")], {"a.png": picture(1)})
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n, and then nothing")
    found = seen(tmp_path)
    assert list(found.left_out) == ["b.png"]
    assert "b.png" in found.left_out["b.png"]
    assert found.training == 1


def test_a_picture_of_one_grey_is_left_out(tmp_path: Path) -> None:
    """An empty slice labelled ill teaches that black is ill."""
    images = {"a.png": picture(1), "b.png": np.full((48, 64), 7, dtype=np.uint8)}
    data_set(tmp_path, [row("a.png"), row("b.png", "ill")], images)
    assert "every pixel is the same" in seen(tmp_path).left_out["b.png"]


def test_what_is_tested_is_not_learnt(tmp_path: Path) -> None:
    """The mirror image of a test picture in train makes the test figure a lie."""
    images = {"a.png": picture(1), "b.png": picture(1)[:, ::-1], "c.png": picture(2)}
    data_set(tmp_path, [row("a.png", split="test"), row("b.png"), row("c.png")], images)
    assert "(mirrored), which is in test" in seen(tmp_path).left_out["b.png"]


def test_two_labels_of_one_picture_are_both_left_out(tmp_path: Path) -> None:
    """One of them is wrong, and nobody knows which."""
    images = {"a.png": picture(1), "b.png": picture(1), "c.png": picture(2)}
    data_set(tmp_path, [row("a.png"), row("b.png", "ill"), row("c.png")], images)
    assert sorted(seen(tmp_path).left_out) == ["a.png", "b.png"]


def test_repeats_are_of_one_group(tmp_path: Path) -> None:
    """The same picture on both sides of a fold is learnt by heart and then asked for."""
    images = {"a.png": picture(1), "b.png": picture(1), "c.png": picture(2)}
    folder = data_set(tmp_path, [row("a.png"), row("b.png"), row("c.png")], images)
    groups = [one.patient_id for one in usable(read_listed(folder), seen(folder), ("train",))]
    assert groups[0] == groups[1] != groups[2]


def test_nothing_left_to_train_on_is_refused(tmp_path: Path) -> None:
    """A folder of broken files is not a training of no epochs."""
    data_set(tmp_path, [row("a.png")], {"a.png": np.zeros((48, 64), dtype=np.uint8)})
    with pytest.raises(InputRefused, match="no row is left to train on; 1 of 1 were left out"):
        seen(tmp_path)


def loaded(folder: Path, *, masks: bool = False) -> Any:  # noqa: ANN401 - pictures
    """Return the pictures of a folder."""
    return load(
        read_listed(folder).rows,
        SMALL,
        folder=folder,
        columns=("mask",) if masks else (),
        cache=folder / "cache",
    )


def test_a_file_that_breaks_after_it_was_looked_at_is_left_out(tmp_path: Path) -> None:
    """The disk fails in the middle of a night; the other pictures are still learnt from."""
    folder = data_set(tmp_path, [row("a.png"), row("b.png")], {"a.png": picture(1)})
    (folder / "b.png").write_bytes(b"")
    found = loaded(folder)
    assert [one.path.name for one in found.rows] == ["a.png"]
    assert found.images.shape == (1, 1, 32, 32)
    assert "b.png: the file is empty" in found.faults[0]


def test_a_mask_of_another_shape_takes_its_picture_out(tmp_path: Path) -> None:
    """Stretched to fit, it would outline what is not there."""
    images = {"a.png": picture(1), "b.png": picture(2)}
    images |= {"ma.png": np.full((48, 64), 255, np.uint8), "mb.png": np.zeros((64, 48), np.uint8)}
    rows = [row("a.png", mask="ma.png"), row("b.png", mask="mb.png")]
    found = loaded(data_set(tmp_path, rows, images), masks=True)
    assert len(found) == 1
    assert "mask mb.png has 64 x 48 pixels and its picture 48 x 64" in found.faults[0]
    # A square of 32 shows a picture of 48 x 64 on its 24 middle rows.
    assert found.masks.sum() == 24 * 32


def test_pictures_are_read_once(tmp_path: Path) -> None:
    """The second run of a recipe does not decode ten thousand files again."""
    folder = data_set(tmp_path, [row("a.png")], {"a.png": picture(1)})
    first = loaded(folder)
    (kept,) = (folder / "cache").iterdir()
    written = kept.stat().st_mtime_ns
    assert np.array_equal(loaded(folder).images, first.images)
    assert kept.stat().st_mtime_ns == written


def test_a_mask_table_that_names_no_file_is_refused(tmp_path: Path) -> None:
    """Half of the outlines missing is told before, not seen in a figure afterwards."""
    (tmp_path / "seg.csv").write_text("file,mask\ngone.png,m.png\n", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"'gone\.png' is not a file in the data set"):
        read_mask_rows(tmp_path, "seg.csv", ("train",))


def test_a_file_that_was_left_out_does_not_end_the_packaging(tmp_path: Path) -> None:
    """A night of training lost for want of a file that nothing was learnt from."""
    (tmp_path / "spots").mkdir()
    data_set(tmp_path / "spots", [row("a.png"), row("gone.png")], {"a.png": picture(1)})
    trained = Trained(RECIPE, tmp_path, tmp_path, tmp_path, SMALL, left_out=frozenset({"gone.png"}))
    assert [one.path.name for one in trained.learnt_from().rows] == ["a.png"]
    with pytest.raises(InputRefused, match=r"first gone\.png"):
        replace(trained, left_out=frozenset()).learnt_from()
