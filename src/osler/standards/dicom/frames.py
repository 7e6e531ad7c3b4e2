"""Stored pixel values, frame by frame, through pydicom and free codecs."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import Decoder, get_decoder
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSTransferSyntaxes,
    RLELossless,
)

from osler.errors import NotReadable, NotSupported, OslerError
from osler.standards.dicom.codestream import has_codestream, has_end, read_codestream
from osler.standards.dicom.faults import DAMAGE, in_short
from osler.standards.dicom.shape import PixelShape, require_native_bytes, syntax_name

Stored = npt.NDArray[Any]

_UNDECODABLE_JPEG_LS_BITS = (6, 7)


def stored_frames(dataset: Dataset, shape: PixelShape, indices: Sequence[int]) -> Iterator[Stored]:
    """Decode the frames asked for, one after the other.

    Yields
    ------
    (rows, columns) as stored, or (rows, columns, 3) in RGB; palette indices stay indices.

    Raises
    ------
    NotSupported
        No free codec decodes the transfer syntax or this use of it.
    NotReadable
        The pixel data is damaged, cut short, or contradicts the header.
    """
    transfer_syntax = UID(dataset.file_meta.TransferSyntaxUID)
    decoder = _decoder(transfer_syntax)
    if transfer_syntax.is_encapsulated:
        _check_codestreams(dataset, shape, indices=indices, transfer_syntax=transfer_syntax)
    else:
        require_native_bytes(shape, len(dataset[shape.keyword].value or b""))
    options = _options(dataset, shape)
    iterator = decoder.iter_array(
        dataset, indices=indices, raw=False, decoding_plugin=_plugin(transfer_syntax), **options
    )
    for index in indices:
        try:
            array, _ = next(iterator)
        except OslerError:
            raise
        except (StopIteration, *DAMAGE) as error:
            raise NotReadable(
                f"frame {index + 1} of {shape.frames} in {syntax_name(transfer_syntax)} cannot be "
                f"decoded ({in_short(error)}); the pixel data is damaged, send it again"
            ) from error
        yield np.asarray(array)


def _decoder(transfer_syntax: UID) -> Decoder:
    """Return pydicom's decoder where one with a codec exists."""
    try:
        decoder = get_decoder(transfer_syntax)
    except NotImplementedError:
        raise _no_codec(transfer_syntax, "this transfer syntax") from None
    if not decoder.is_available:
        raise _no_codec(transfer_syntax, "this transfer syntax")
    return decoder


def _plugin(transfer_syntax: UID) -> str:
    """Return the plugin whose codec survives damaged data; empty where there is just one.

    pylibjpeg's RLE decoder panics past every `except`, and GDCM ends the whole process where its
    own assertions fail. On sound data all plugins give the same pixels (tests/contract/dicom).
    """
    if transfer_syntax == RLELossless:
        return "pydicom"
    if transfer_syntax in (JPEGBaseline8Bit, JPEGExtended12Bit):
        return "pillow"
    return "pylibjpeg" if transfer_syntax in JPEG2000TransferSyntaxes else ""


def _options(dataset: Dataset, shape: PixelShape) -> dict[str, Any]:
    """Return the header's values as pydicom's decoder wants them."""
    options: dict[str, Any] = {
        "rows": shape.rows,
        "columns": shape.columns,
        "number_of_frames": shape.frames,
        "samples_per_pixel": shape.samples,
        "bits_allocated": shape.bits_allocated,
        "photometric_interpretation": shape.photometric_interpretation,
        "pixel_keyword": shape.keyword,
        "allow_excess_frames": False,
    }
    if shape.keyword == "PixelData":
        options["bits_stored"] = shape.bits_stored
        options["pixel_representation"] = int(shape.signed)
    if shape.samples > 1:
        options["planar_configuration"] = int(dataset.get("PlanarConfiguration") or 0)
    if dataset.get("ExtendedOffsetTable") and dataset.get("ExtendedOffsetTableLengths"):
        options["extended_offsets"] = (
            dataset.ExtendedOffsetTable,
            dataset.ExtendedOffsetTableLengths,
        )
    return options


def _check_codestreams(
    dataset: Dataset, shape: PixelShape, *, indices: Sequence[int], transfer_syntax: UID
) -> None:
    """Compare the frames' own headers with the data set's, before a codec allocates memory."""
    if transfer_syntax == RLELossless and shape.bits_allocated == 1:
        raise _no_codec(transfer_syntax, "1-bit pixels in this transfer syntax")
    wanted, last = set(indices), max(indices)
    offsets = _options(dataset, shape).get("extended_offsets")
    encoded = generate_frames(
        dataset[shape.keyword].value, number_of_frames=shape.frames, extended_offsets=offsets
    )
    try:
        for index, frame in enumerate(encoded):
            if index in wanted:
                _check_codestream(frame, shape, transfer_syntax=transfer_syntax, index=index)
            if index >= last:
                return
    except DAMAGE as error:
        raise NotReadable(
            f"the encapsulated pixel data cannot be taken apart ({in_short(error)}); the file is "
            "damaged or cut short, send it again from its source"
        ) from error


def _check_codestream(frame: bytes, shape: PixelShape, *, transfer_syntax: UID, index: int) -> None:
    """Compare one frame's own header with the data set's."""
    if not has_codestream(transfer_syntax):
        return
    stream = read_codestream(frame, transfer_syntax)
    if stream is None:
        raise NotReadable(
            f"frame {index + 1} does not begin as {syntax_name(transfer_syntax)} does; the pixel "
            "data is damaged or the transfer syntax is wrong, export the image again"
        )
    if transfer_syntax == JPEGExtended12Bit and stream.precision > 8:
        raise _no_codec(transfer_syntax, f"{stream.precision}-bit pixels in this transfer syntax")
    if transfer_syntax in JPEGLSTransferSyntaxes and shape.bits_stored in _UNDECODABLE_JPEG_LS_BITS:
        raise _no_codec(transfer_syntax, f"{shape.bits_stored}-bit pixels in this transfer syntax")
    if (stream.rows, stream.columns) != (shape.rows, shape.columns):
        raise NotReadable(
            f"frame {index + 1} is encoded with {stream.columns} x {stream.rows} pixels, the "
            f"header says {shape.columns} x {shape.rows}; the file contradicts itself, export it "
            "again"
        )
    if stream.samples != shape.samples or not 1 <= stream.precision <= shape.bits_allocated:
        # GDCM ends the whole process on a JPEG-LS precision beyond 16, so it may not see one.
        raise NotReadable(
            f"frame {index + 1} is encoded with {stream.samples} samples of {stream.precision} "
            f"bits, the header says {shape.samples} in {shape.bits_allocated}; the file "
            "contradicts itself, export it again"
        )
    if not has_end(frame):
        raise NotReadable(
            f"frame {index + 1} ends before its end marker; the file is cut short, send it again "
            "from its source"
        )


def _no_codec(transfer_syntax: UID, what: str) -> NotSupported:
    """Return the refusal of pixels that no free codec decodes."""
    return NotSupported(
        f"{syntax_name(transfer_syntax)}: no free codec decodes {what}; send the image "
        "uncompressed or in a lossless syntax, or convert it first (for example with DCMTK's "
        "dcmdjpeg)"
    )
