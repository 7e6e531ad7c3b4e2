"""Elements that may stand per frame, shared by all frames, or at the top of the data set."""

import math
from collections.abc import Iterable

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from osler.errors import NotReadable
from osler.standards.dicom.faults import DAMAGE


def first_item(dataset: Dataset, keyword: str) -> Dataset | None:
    """Return the first item of a sequence, None where it is absent or empty."""
    return item_at(dataset, keyword, 0)


def item_at(dataset: Dataset, keyword: str, index: int) -> Dataset | None:
    """Return one item of a sequence, None where there is none."""
    sequence = dataset.get(keyword)
    if not sequence or index >= len(sequence):
        return None
    item = sequence[index]
    return item if isinstance(item, Dataset) else None


def frame_group(dataset: Dataset, frame: int, keyword: str) -> Dataset:
    """Return the functional group of one frame, else the shared one, else the data set itself.

    References
    ----------
    DICOM PS3.3 C.7.6.16 (multi-frame functional groups).
    """
    holders = (
        item_at(dataset, "PerFrameFunctionalGroupsSequence", frame),
        first_item(dataset, "SharedFunctionalGroupsSequence"),
    )
    for holder in holders:
        group = None if holder is None else first_item(holder, keyword)
        if group is not None:
            return group
    return dataset


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """Return the finite numbers of an element, empty where it is absent.

    Raises
    ------
    NotReadable
        A value is no number, or is not finite.
    """
    try:
        value = dataset.get(keyword)
        if value is None or value == "":
            return ()
        parts: Iterable[object] = value if isinstance(value, MultiValue | list) else [value]
        found = tuple(float(str(part)) for part in parts)
    except DAMAGE as error:
        raise NotReadable(
            f"{keyword} is not a number; the header is damaged, export the image again"
        ) from error
    if not all(math.isfinite(number) for number in found):
        raise NotReadable(f"{keyword} is not finite; the header is damaged, export the image again")
    return found


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return the first number of an element, None where it is absent."""
    found = numbers(dataset, keyword)
    return found[0] if found else None
