"""What kind of picture file bytes are, told by their beginning and never by a file name."""

import zlib

PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
NIFTI = "application/nifti"

ACCEPTED = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF", NIFTI: "NIfTI (.nii, .nii.gz)"}

GZIP = b"\x1f\x8b"
NIFTI_HEADER_BYTES = 540
GZIP_WINDOW = 16 + zlib.MAX_WBITS

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
)
_NIFTI_1_SIZE = 348
_NIFTI_2_SIZE = 540


def kind_of(content: bytes) -> str | None:
    """Return the media type of a picture file, None where it is none that Osler reads."""
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    return NIFTI if _is_nifti(_header(content)) else None


def _header(content: bytes) -> bytes:
    """Return the first bytes, of what is inside where they are gzip."""
    if not content.startswith(GZIP):
        return content[:NIFTI_HEADER_BYTES]
    try:
        return zlib.decompressobj(GZIP_WINDOW).decompress(content[:65536], NIFTI_HEADER_BYTES)
    except zlib.error:
        return b""


def _is_nifti(header: bytes) -> bool:
    """Tell NIfTI-1 and NIfTI-2, as one file or as a pair, in either byte order."""
    sizes = (int.from_bytes(header[:4], "little"), int.from_bytes(header[:4], "big"))
    if _NIFTI_1_SIZE in sizes:
        return header[344:348] in (b"n+1\0", b"ni1\0")
    return _NIFTI_2_SIZE in sizes and header[4:7] in (b"n+2", b"ni2")
