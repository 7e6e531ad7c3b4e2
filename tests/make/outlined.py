"""Small data sets of volumes, of boxed and of outlined pictures, with their smallest recipes."""

import csv
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
from PIL import Image

from osler.learn.imaging.recipe import ImageRecipe

SPLITS = ("train", "train", "train", "train", "val", "val", "test", "test")
NIFTI_1: Any = nib.Nifti1Image  # untyped in nibabel
AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])


def smallest(task: str, modality: str, data: str, **more: Any) -> ImageRecipe:  # noqa: ANN401
    """Return a recipe that leaves everything to the rules; ``more`` are keys that it states."""
    return ImageRecipe.model_validate(
        {
            "kind": "image",
            "name": f"{data}-small",
            "version": "1.0.0",
            "task": task,
            "modality": modality,
            "data": data,
            "seed": 1,
            "card": f"{data}-small.toml",
            "structures": [{"name": "spot", "display": "Spot", "code": "spot"}],
        }
        | more
    )


def write_table(file: Path, rows: list[dict[str, Any]]) -> None:
    """Write a table."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_volume(file: Path, voxels: npt.NDArray[Any], affine: Any = AFFINE) -> None:  # noqa: ANN401
    """Write a NIfTI file, axes (columns, rows, slices)."""
    nib.save(NIFTI_1(voxels, affine), file)


def volumes(folder: Path, *, shape: tuple[int, int, int] = (18, 22, 20)) -> Path:
    """Write eight noisy volumes of 1 mm with a bright box each, and their label maps."""
    rng = np.random.default_rng(1)
    folder.mkdir(parents=True)
    rows = []
    for number, split in enumerate(SPLITS):
        at = rng.integers(3, 9, 3)
        label = np.zeros(shape, dtype=np.uint8)
        label[tuple(slice(a, a + 7) for a in at)] = 1
        noisy = 100.0 * label + rng.normal(200.0, 30.0, shape)
        write_volume(folder / f"v{number}.nii.gz", noisy.astype(np.float32))
        write_volume(folder / f"m{number}.nii.gz", label)
        rows.append(
            {
                "file": f"v{number}.nii.gz",
                "mask": f"m{number}.nii.gz",
                "patient_id": f"p{number}",
                "split": split,
            }
        )
    write_table(folder / "labels.csv", rows)
    return folder


def boxed_pictures(folder: Path) -> Path:
    """Write eight coloured pictures of 96 x 128 with three bright squares each, and boxes.csv."""
    rng = np.random.default_rng(2)
    folder.mkdir(parents=True)
    rows, boxes = [], []
    for number, split in enumerate(SPLITS):
        picture = rng.integers(0, 120, (96, 128, 3)).astype(np.uint8)
        for _ in range(3):
            row, column = int(rng.integers(0, 76)), int(rng.integers(0, 108))
            picture[row : row + 20, column : column + 20] = (250, 200, 220)
            boxes.append(
                {
                    "file": f"b{number}.png",
                    "label": "mask",
                    "xmin": column + 1,
                    "ymin": row + 1,
                    "xmax": column + 20,
                    "ymax": row + 20,
                }
            )
        Image.fromarray(picture).save(folder / f"b{number}.png")
        rows.append({"file": f"b{number}.png", "group_id": f"g{number}", "split": split})
    write_table(folder / "labels.csv", rows)
    write_table(folder / "boxes.csv", boxes)
    return folder


def outlined_pictures(folder: Path, *, side: int = 128) -> Path:
    """Write eight coloured pictures with a bright line of five pixels each, and their masks."""
    rng = np.random.default_rng(3)
    folder.mkdir(parents=True)
    rows = []
    for number, split in enumerate(SPLITS):
        mask = np.zeros((side, side), dtype=bool)
        at = int(rng.integers(20, side - 20))
        mask[at : at + 5, 10 : side - 10] = True
        picture = rng.integers(60, 160, (side, side, 3)).astype(np.uint8)
        picture[mask] = (40, 30, 20)
        Image.fromarray(picture).save(folder / f"f{number}.png")
        Image.fromarray((mask * 255).astype(np.uint8)).save(folder / f"m{number}.png")
        rows.append(
            {
                "file": f"f{number}.png",
                "mask": f"m{number}.png",
                "patient_id": f"p{number}",
                "split": split,
            }
        )
    write_table(folder / "labels.csv", rows)
    return folder
