"""Pictures and outlines of a data set in memory, by the road of a served picture (no torch)."""

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.clinical import Picture
from osler.errors import InputRefused, NotFound, OslerError
from osler.learn.datasets.table import DataSet, Row
from osler.learn.imaging.fingerprint import Counted
from osler.learn.masks import read_mask
from osler.prepare.picture import PictureContract, fitted_mask, network_input
from osler.standards.pictures import decode_first, read_content

Bytes = npt.NDArray[np.uint8]
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Pictures:
    """Pictures that could be read, ready for a network.

    ``images`` is (N,C,S,S), 0 to 255; ``masks`` (N,M,S,S), 0 or 1, or None; ``rows`` their rows;
    ``faults`` a sentence for each row that was left out.
    """

    rows: tuple[Row, ...]
    images: Bytes
    masks: Bytes | None
    faults: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.rows)

    def patients(self) -> list[str]:
        """Return the group of each picture."""
        return [row.patient_id for row in self.rows]


def usable(dataset: DataSet, seen: Counted, splits: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of some splits that a fingerprint left in, in their groups.

    A row without a split counts as of 'train'.
    """
    return tuple(
        replace(row, patient_id=seen.groups.get(row.columns["file"], row.patient_id))
        for row in dataset.rows
        if (row.split or "train") in splits and row.columns["file"] not in seen.left_out
    )


def read_mask_rows(folder: Path, table: str, splits: Sequence[str]) -> tuple[Row, ...]:
    """Read the rows of a second table, of pictures that are outlined.

    Raises
    ------
    NotFound, InputRefused
        There is no such table, or a row names a file that is not there.
    """
    if not (folder / table).is_file():
        raise NotFound(f"no {table} in {folder}; the recipe's mask_table names it")
    rows = []
    with (folder / table).open(newline="", encoding="utf-8-sig") as stream:
        for line in csv.DictReader(stream):
            path = (folder / line["file"]).resolve()
            if not path.is_relative_to(folder.resolve()) or not path.is_file():
                raise InputRefused(f"{table}: {line['file']!r} is not a file in the data set")
            whose = line.get("patient_id") or line.get("same_photo_as") or line["file"]
            if (line.get("split") or "train") in splits:
                rows.append(Row(path, whose, line.get("split"), line))
    return tuple(rows)


def load(
    rows: Sequence[Row],
    contract: PictureContract,
    *,
    folder: Path,
    columns: Sequence[str] = (),
    cache: Path,
    on_progress: Tell = lambda _done, _of: None,
) -> Pictures:
    """Return pictures, and outlines from the mask files that ``columns`` name.

    A picture that cannot be read, is blank or holds values that are no numbers is left out and
    named; so is one whose mask has another shape. What was read is kept in ``cache``.

    Raises
    ------
    InputRefused
        No picture could be read.
    """
    file = cache / f"{folder.name}-{_key(rows, contract, columns)}.npz"
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part.npz")
        read = _read_all(rows, contract, columns, folder=folder, tell=on_progress)
        np.savez(part, allow_pickle=False, **read)
        part.replace(file)
    with np.load(file, allow_pickle=False) as kept:
        good = kept["good"]
        images: Bytes = kept["images"]
        masks: Bytes | None = kept["masks"] if columns else None
        faults = tuple(str(one) for one in kept["faults"])
    if not len(good):
        raise InputRefused(f"{folder.name}: none of {len(rows)} pictures can be used: {faults[0]}")
    return Pictures(tuple(rows[n] for n in good), images, masks, faults)


def _key(rows: Sequence[Row], contract: PictureContract, columns: Sequence[str]) -> str:
    """Return a name of what is kept: files, their sizes and the contract."""
    digest = hashlib.sha256(f"{contract}{tuple(columns)}".encode())
    for row in rows:
        size = row.path.stat().st_size if row.path.is_file() else -1
        digest.update(f"{row.columns['file']}:{size}\n".encode())
    return digest.hexdigest()[:16]


def _read_all(
    rows: Sequence[Row],
    contract: PictureContract,
    columns: Sequence[str],
    *,
    folder: Path,
    tell: Tell,
) -> dict[str, npt.NDArray[np.generic]]:
    """Read every picture that can be read."""
    shape = (contract.size, contract.size)
    images = np.zeros((len(rows), contract.channels, *shape), dtype=np.uint8)
    masks = np.zeros((len(rows), len(columns), *shape), dtype=np.uint8)
    good: list[int] = []
    faults: list[str] = []
    for n, row in enumerate(rows):
        try:
            picture = _picture(row.path)
            images[len(good)] = np.rint(network_input(picture, contract) * 255.0).astype(np.uint8)
            for m, column in enumerate(columns):
                name = row.columns.get(column) or ""
                if name:
                    mask = read_mask(folder, name, picture=picture)
                    masks[len(good), m] = fitted_mask(mask, picture, contract)
        except OslerError as error:
            faults.append(str(error))
        else:
            good.append(n)
        tell(n + 1, len(rows))
    return {
        "good": np.array(good, dtype=np.int64),
        "images": images[: len(good)],
        "masks": masks[: len(good)],
        "faults": np.array(faults, dtype=np.str_),
    }


def _picture(path: Path) -> Picture:
    """Read one picture; refuse what shows nothing."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputRefused(
            f"{path.name}: {error.strerror}; add the file or drop its row"
        ) from error
    picture = decode_first(read_content(content, origin=path.name))
    if not np.isfinite(picture.pixels).all():
        raise InputRefused(f"{path.name}: holds values that are no numbers; expected finite pixels")
    if float(picture.pixels.min()) == float(picture.pixels.max()):
        raise InputRefused(f"{path.name}: every pixel is the same; drop its row")
    return picture
