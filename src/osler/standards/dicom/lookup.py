"""Lookup tables of the header: Modality LUT, VOI LUT and palettes.

pydicom's own functions are not used here: its Modality LUT fails for tables of 10 to 15 bits,
and its palette overflows for 8-bit tables under 16-bit pixels (both seen with 3.0.2).
"""

from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut

Entries = npt.NDArray[np.uint16]
Stored = npt.NDArray[Any]

_CHANNELS = ("Red", "Green", "Blue")


@dataclass(frozen=True)
class LookupTable:
    """Output values of the inputs ``first``, ``first`` + 1, …; ends continue outwards."""

    first: int
    entries: Entries = field(repr=False)

    def apply(self, values: Stored) -> Entries:
        """Return the entry of each value, which is rounded to a whole number first."""
        index = np.rint(values).astype(np.int64) - self.first
        return self.entries[np.clip(index, 0, len(self.entries) - 1)]

    def range(self) -> tuple[float, float]:
        """Return the smallest and largest entry."""
        return (float(self.entries.min()), float(self.entries.max()))


def has_table(item: Dataset | None) -> TypeGuard[Dataset]:
    """Tell whether an item holds a lookup table; templates carry empty ones."""
    return item is not None and bool(item.get("LUTDescriptor")) and bool(item.get("LUTData"))


def table_of(item: Dataset, dataset: Dataset, prefix: str = "LUT") -> LookupTable:
    """Read one lookup table.

    Parameters
    ----------
    item
        Holds the descriptor and the data.
    dataset
        Says byte order and sign of pixels.
    prefix
        Beginning of the two keywords, such as RedPaletteColorLookupTable.

    Raises
    ------
    ValueError
        The table is shorter than its descriptor says.

    References
    ----------
    DICOM PS3.3 C.11.1.1.1, C.11.2.1.1 and C.7.6.3.1.5.
    """
    count, first, bits = (int(number) for number in item[f"{prefix}Descriptor"].value)
    count = count or 65536
    if first > 32767 and dataset.get("PixelRepresentation") == 1:
        first -= 65536  # the descriptor was read as unsigned
    entries = _entries(item[f"{prefix}Data"].value, count, little_endian=_is_little_endian(dataset))
    if bits == 8 and entries.max(initial=0) > 255:
        entries = (entries >> 8).astype(np.uint16)  # 8-bit entries kept in the high byte of words
    return LookupTable(first, entries)


def colours_of(indices: Stored, dataset: Dataset) -> tuple[npt.NDArray[np.float32], float]:
    """Return the colours of palette indices, and the largest value that a channel can take.

    References
    ----------
    DICOM PS3.3 C.7.6.3.1.5, C.7.9.2 (segmented palettes, expanded by pydicom).
    """
    bits = int(dataset["RedPaletteColorLookupTableDescriptor"].value[2])
    if "RedPaletteColorLookupTableData" in dataset:
        names = [f"{channel}PaletteColorLookupTable" for channel in _CHANNELS]
        tables = [table_of(dataset, dataset, name) for name in names]
        colours = np.stack([table.apply(indices) for table in tables], axis=-1)
    else:
        colours = apply_color_lut(indices.astype(np.int32), dataset)[..., :3]
    if bits == 16 and colours.max(initial=0) <= 255:
        bits = 8  # entries of 8 bits under a descriptor that says 16
    return colours.astype(np.float32), float(2**bits - 1)


def _entries(data: object, count: int, *, little_endian: bool) -> Entries:
    """Return table data as words, whether it came as numbers, words or packed bytes."""
    if isinstance(data, bytes):
        order = "<u2" if little_endian else ">u2"
        wide = len(data) >= 2 * count
        words = np.frombuffer(data[: len(data) // 2 * 2] if wide else data, order if wide else "u1")
    else:
        parts = data if isinstance(data, MultiValue | list) else [data]
        words = np.array([int(str(part)) & 0xFFFF for part in parts], dtype=np.uint16)
        if len(words) < count <= 2 * len(words):
            words = words.astype("<u2").view("u1")
    if len(words) < count:
        raise ValueError(f"a lookup table of {len(words)} entries where {count} are described")
    return words[:count].astype(np.uint16)


def _is_little_endian(dataset: Dataset) -> bool:
    """Tell the byte order that the data set was encoded in."""
    _, little_endian = dataset.original_encoding
    return little_endian is not False
