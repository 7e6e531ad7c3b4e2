"""Labelled folders of drawn images."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]


def drawn(seed: int, *, rows: int = 96, columns: int = 128) -> Pixels:
    """Return an image of soft blobs, another one for each seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : 1j * rows, 0 : 1 : 1j * columns]
    image = np.zeros((rows, columns))
    for _ in range(25):
        cy, cx, size, height = rng.random(4)
        image += (height - 0.3) * np.exp(
            -((y - cy) ** 2 + (x - cx) ** 2) / (0.002 + 0.03 * size**2)
        )
    image = (image - image.min()) / (image.max() - image.min())
    pixels: Pixels = np.rint(255 * image).astype(np.uint8)
    return pixels


def a_labelled_folder(
    folder: Path, images: Sequence[Pixels], **columns: Sequence[str | int]
) -> Path:
    """Write images as PNG and their table; ``columns`` has a value for each image."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number:03d}.png" for number in range(len(images))]
    for name, image in zip(names, images, strict=True):
        Image.fromarray(image).save(folder / name)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", *columns])
        writer.writerows(zip(names, *columns.values(), strict=True))
    return folder
