"""Bytes to a pydicom data set, with every fault that was read past."""

import zlib
from dataclasses import dataclass, field
from io import BytesIO

from pydicom import dcmread
from pydicom.datadict import dictionary_has_tag
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from osler.errors import NotReadable, NotSupported, TooLarge
from osler.standards.dicom.codestream import transfer_syntax_of
from osler.standards.dicom.faults import DAMAGE, in_short
from osler.standards.recovered import recovered_faults

PREAMBLE_BYTES = 128
MOST_INFLATED_BYTES = 2 * 1024**3
_FIRST_GROUPS = (0x0002, 0x0008)
_PIECE = 1024 * 1024
_META_LENGTH = b"\x02\x00\x00\x00UL\x04\x00"
_UNDEFINED_LENGTH = 0xFFFFFFFF


@dataclass(frozen=True)
class Parsed:
    """A data set, and the sentences on what was wrong with its encoding."""

    dataset: Dataset = field(repr=False)
    warnings: tuple[str, ...]


def has_preamble(content: bytes) -> bool:
    """Tell whether the bytes carry DICOM's preamble and prefix (PS3.10 7.1)."""
    return content[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] == b"DICM"


def is_dicomdir(content: bytes) -> bool:
    """Tell whether the bytes are a DICOMDIR, by the class in the file meta information."""
    uid = MediaStorageDirectoryStorage.encode("ascii")
    return has_preamble(content) and uid in content[:1024]


def looks_like_dicom(content: bytes) -> bool:
    """Tell whether the bytes are DICOM: by the prefix, or by a sound beginning without one."""
    if has_preamble(content):
        return True
    heads = (content[:8], content[PREAMBLE_BYTES : PREAMBLE_BYTES + 8])
    return any(_starts_a_data_set(head) for head in heads)


def parse(content: bytes, *, origin: str) -> Parsed:
    """Read all elements, whether or not the file meta information is there.

    Raises
    ------
    NotReadable
        The bytes are empty, are not DICOM, or end inside an element that cannot be read past.
    TooLarge
        A deflated data set inflates beyond the limit.
    """
    if not content:
        raise NotReadable(f"{origin}: the file is empty (0 bytes); send it again from its source")
    if not looks_like_dicom(content):
        raise NotReadable(
            f"{origin}: neither the DICOM prefix nor a DICOM element at the beginning; "
            "expected a DICOM file, check what was exported"
        )
    with recovered_faults() as faults:
        try:
            _refuse_deflate_bomb(content, origin=origin)
            dataset = dcmread(BytesIO(_from_data_set(content)), force=True)
            tags = [tag for tag in dataset.keys() if tag.group]  # noqa: SIM118 - iterating converts
            known = sum(dictionary_has_tag(tag) for tag in tags)
        except DAMAGE as error:
            raise NotReadable(
                f"{origin}: the DICOM data set cannot be read ({in_short(error)}); "
                "the file is damaged or cut short, send it again from its source"
            ) from error
    if not tags or (known < 2 and not has_preamble(content)):
        raise NotReadable(
            f"{origin}: {known} known DICOM elements found, expected a data set; "
            "the file is damaged or cut short, send it again from its source"
        )
    own = [] if has_preamble(content) else ["no DICOM preamble and prefix: read all the same"]
    own += _complete_transfer_syntax(dataset)
    return Parsed(dataset, (*own, *faults))


def require_object(content: bytes, *, origin: str) -> None:
    """Refuse a DICOMDIR, which is an index and no object.

    Raises
    ------
    NotSupported
        It is a DICOMDIR.
    """
    if is_dicomdir(content):
        raise NotSupported(
            f"{origin}: this is a DICOMDIR, an index without images; give the folder that it "
            "lies in"
        )


def _starts_a_data_set(head: bytes) -> bool:
    """Tell whether eight bytes begin an element of group 0002 or 0008, in either byte order."""
    if len(head) < 8:
        return False
    little = (int.from_bytes(head[:2], "little"), int.from_bytes(head[2:4], "little"))
    big = (int.from_bytes(head[:2], "big"), int.from_bytes(head[2:4], "big"))
    return any(
        group in _FIRST_GROUPS and (element == 0 or dictionary_has_tag((group << 16) | element))
        for group, element in (little, big)
    )


def _from_data_set(content: bytes) -> bytes:
    """Drop a preamble that has lost its prefix, which pydicom would read as an element."""
    if has_preamble(content) or _starts_a_data_set(content[:8]):
        return content
    return content[PREAMBLE_BYTES:]


def _refuse_deflate_bomb(content: bytes, *, origin: str) -> None:
    """Inflate a deflated data set piece by piece, before pydicom does so at once."""
    uid = DeflatedExplicitVRLittleEndian.encode("ascii")
    end = content.find(uid, 0, 1024) + len(uid)
    if end < len(uid) or content[end : end + 1] == b".":
        return
    if content[132:140] != _META_LENGTH:
        raise NotReadable(
            f"{origin}: a deflated data set without the length of its file meta information; "
            "its beginning cannot be found, export it again"
        )
    rest = content[144 + int.from_bytes(content[140:144], "little") :]
    inflater, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while rest and not inflater.eof:
        total += len(inflater.decompress(rest, _PIECE))
        rest = inflater.unconsumed_tail
        if total > MOST_INFLATED_BYTES:
            raise TooLarge(
                f"{origin}: the deflated data set inflates beyond {MOST_INFLATED_BYTES} bytes, "
                "the limit; send the study without this transfer syntax"
            )


def _complete_transfer_syntax(dataset: Dataset) -> list[str]:
    """State the transfer syntax in the data set's file meta, guessing what is not said."""
    meta = getattr(dataset, "file_meta", None)
    if meta is None:
        meta = dataset.file_meta = FileMetaDataset()
    if meta.get("TransferSyntaxUID"):
        return []
    guess = _guess_transfer_syntax(dataset)
    meta.TransferSyntaxUID = guess
    return [f"no Transfer Syntax UID: read as {guess.name}, judged from the bytes"]


def _guess_transfer_syntax(dataset: Dataset) -> UID:
    """Judge the transfer syntax from how elements and pixel data are encoded."""
    if "PixelData" in dataset:
        pixel_data = dataset.get_item("PixelData")
        if getattr(pixel_data, "length", 0) == _UNDEFINED_LENGTH:
            return transfer_syntax_of(pixel_data.value or b"")
    implicit, little = dataset.original_encoding
    if not little:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
