"""What a compressed frame says of itself, before any codec allocates memory for it."""

from dataclasses import dataclass

from pydicom.encaps import generate_fragments
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

_JPEG_START = b"\xff\xd8"
_JPEG_2000_START = b"\xff\x4f\xff\x51"
_JP2_BOX = b"\x00\x00\x00\x0cjP  "
_END = b"\xff\xd9"
_START_OF_SCAN = 0xDA
_HUFFMAN_TABLES = 0xC4
_JPEG_LS_FRAME = 0xF7
_APP_0, _APP_14 = 0xE0, 0xEE
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
# SOF markers of ITU-T T.81 table B.1 and T.87: all but DHT (C4), JPG (C8) and DAC (CC).
_FRAME_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC} | {0xF7}
_SYNTAX_OF_MARKER = {
    0xC0: JPEGBaseline8Bit,
    0xC1: JPEGExtended12Bit,
    0xC3: JPEGLosslessSV1,
    0xF7: JPEGLSLossless,
}


@dataclass(frozen=True)
class Codestream:
    """Rows, columns, bits per sample and samples that a codestream's own header states."""

    rows: int
    columns: int
    precision: int
    samples: int


def has_codestream(transfer_syntax: UID) -> bool:
    """Tell whether frames of a syntax carry a header that is read here: the JPEG family."""
    return (
        transfer_syntax in JPEGTransferSyntaxes
        or transfer_syntax in JPEGLSTransferSyntaxes
        or transfer_syntax in JPEG2000TransferSyntaxes
    )


def read_codestream(frame: bytes, transfer_syntax: UID) -> Codestream | None:
    """Read the header of one frame of the JPEG family; None where it is not found."""
    if transfer_syntax in JPEG2000TransferSyntaxes:
        return _jpeg_2000(frame)
    found = _jpeg(frame)
    return None if found is None else found[1]


def has_end(frame: bytes) -> bool:
    """Tell whether a frame of the JPEG family reaches its end marker.

    JPEG, JPEG-LS and JPEG 2000 end with the same two bytes.
    """
    return _END in frame[-64:]


def transfer_syntax_of(encapsulated: bytes) -> UID:
    """Judge the transfer syntax of encapsulated pixel data from its first codestream.

    Uncompressed is the answer where no codestream is known: decoding then says what is wrong.
    """
    for fragment in generate_fragments(encapsulated):
        if fragment.startswith((_JPEG_2000_START, _JP2_BOX)):
            return JPEG2000
        found = _jpeg(fragment) if fragment.startswith(_JPEG_START) else None
        if found is not None and found[0] in _SYNTAX_OF_MARKER:
            return _SYNTAX_OF_MARKER[found[0]]
    return ExplicitVRLittleEndian


def _jpeg_2000(frame: bytes) -> Codestream | None:
    """Read the SIZ segment (ISO 15444-1 A.5.1), also inside a JP2 wrapper."""
    start = frame.find(_JPEG_2000_START)
    siz = frame[start + 4 :]
    if start < 0 or len(siz) < 39:
        return None
    width, height, left, top = (int.from_bytes(siz[at : at + 4]) for at in (4, 8, 12, 16))
    return Codestream(
        rows=height - top,
        columns=width - left,
        precision=(siz[38] & 0x7F) + 1,
        samples=int.from_bytes(siz[36:38]),
    )


def _jpeg(frame: bytes) -> tuple[int, Codestream] | None:
    """Walk the markers of a JPEG or JPEG-LS stream up to its first scan.

    None where the chain of markers breaks, or the scan uses a Huffman table that is not there:
    GDCM's assertions end the whole process on such headers, so they may not get that far.
    """
    at = 2 if frame.startswith(_JPEG_START) else len(frame)
    found: tuple[int, Codestream] | None = None
    tables: set[int] = set()
    while at + 9 < len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        length = int.from_bytes(frame[at + 2 : at + 4])
        segment = frame[at + 4 : at + 2 + length]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _START_OF_SCAN:
            return found if found is not None and _scan_is_sound(segment, found, tables) else None
        if _is_unknown_mark(marker, segment):
            return None
        if marker == _HUFFMAN_TABLES:
            tables |= _table_ids(segment)
        elif marker in _FRAME_MARKERS and len(segment) >= 6:
            found = (marker, _frame_header(segment))
        at += 2 + max(length, 2)
    return None


def _is_unknown_mark(marker: int, segment: bytes) -> bool:
    """Tell a JFIF or Adobe mark of a version or colour transform that libjpeg warns of."""
    if marker == _APP_0 and segment.startswith(b"JFIF\0"):
        return segment[5:6] != b"\x01"
    is_adobe = marker == _APP_14 and segment.startswith(b"Adobe")
    return is_adobe and segment[11:12] not in (b"", b"\0", b"\x01")


def _frame_header(segment: bytes) -> Codestream:
    """Read a frame header (ITU-T T.81 B.2.2)."""
    return Codestream(
        rows=int.from_bytes(segment[1:3]),
        columns=int.from_bytes(segment[3:5]),
        precision=segment[0],
        samples=segment[5],
    )


def _table_ids(segment: bytes) -> set[int]:
    """Return class and number of each Huffman table that is whole (ITU-T T.81 B.2.4.2)."""
    ids, at = set(), 0
    while at + 17 <= len(segment):
        end = at + 17 + sum(segment[at + 1 : at + 17])
        if end <= len(segment):
            ids.add(segment[at])
        at = end
    return ids


def _scan_is_sound(scan: bytes, frame: tuple[int, Codestream], tables: set[int]) -> bool:
    """Tell whether a scan header fits its frame and uses tables that are there (B.2.3)."""
    marker, stream = frame
    count = scan[0] if scan else 0
    if not 1 <= count <= stream.samples or len(scan) != 4 + 2 * count:
        return False
    if marker == _JPEG_LS_FRAME:
        return True
    selectors = scan[2 : 2 + 2 * count : 2]
    return all(selector >> 4 in tables for selector in selectors)
