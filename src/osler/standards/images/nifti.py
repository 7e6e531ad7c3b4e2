"""NIfTI files to volumes in LPS, and to axial pictures as a DICOM viewer shows them."""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.filebasedimages import ImageFileError
from nibabel.orientations import (
    apply_orientation,
    axcodes2ornt,
    inv_ornt_aff,
    io_orientation,
    ornt_transform,
)
from nibabel.spatialimages import HeaderDataError

from osler.clinical import Instance, Picture, Volume
from osler.errors import Misuse, NotReadable, NotSupported, OslerError, TooLarge, WrongGeometry
from osler.standards.images.kinds import GZIP, GZIP_WINDOW, NIFTI, NIFTI_HEADER_BYTES
from osler.standards.recovered import recovered_faults

__all__ = ["NIFTI", "check", "image_of", "pictures", "volume"]

_DAMAGE = (
    ImageFileError,
    HeaderDataError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    EOFError,
    zlib.error,
)
_FLOAT32_BYTES = 4
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_PIECE = 1024 * 1024


@dataclass(frozen=True)
class _Oriented:
    """Voxels as (slices, rows, columns) with axes nearest to S, P and L, and their affine."""

    voxels: npt.NDArray[np.float32] = field(repr=False)
    affine: npt.NDArray[np.float64]
    placed: bool


def check(content: bytes) -> tuple[str, ...]:
    """Read the header; return what it leaves open.

    Raises
    ------
    NotReadable, NotSupported
        The header is damaged, or describes what Osler does not read.
    """
    with _our_errors():
        header = _header(_head(content))
        _spatial_shape(header)
    if _is_placed(header):
        return ()
    return ("the NIfTI header states no orientation: left and right are not known",)


def pictures(
    instance: Instance, *, frames: Sequence[int] | None, max_pixels_bytes: int
) -> tuple[Picture, ...]:
    """Return axial slices, from the feet up, rows running to the back, columns to the left.

    A volume that was not taken axially is cut along the axis nearest to head and feet. The
    window is the range of the whole volume, so that slices look alike.
    """
    found = _oriented(instance, max_pixels_bytes)
    count = len(found.voxels)
    wanted = range(count) if frames is None else frames
    if not wanted or any(not 0 <= frame < count for frame in wanted):
        raise Misuse(f"frames {list(wanted)} asked for, the file has 0 to {count - 1}")
    window = (float(found.voxels.min()), float(found.voxels.max()))
    lengths = np.linalg.norm(found.affine[:3, :3], axis=0)
    spacing_mm = (float(lengths[1]), float(lengths[2]))
    return tuple(
        Picture(instance.uid, frame, found.voxels[frame], window, spacing_mm=spacing_mm)
        for frame in wanted
    )


def volume(instance: Instance, *, max_pixels_bytes: int) -> Volume:
    """Return the whole file with its place in the patient.

    Raises
    ------
    WrongGeometry
        The header states no orientation, or there is one slice only.
    """
    found = _oriented(instance, max_pixels_bytes)
    if not found.placed:
        raise WrongGeometry(
            f"{instance.origin}: neither sform nor qform is set, so left and right are not known; "
            "convert the image again with its orientation"
        )
    if len(found.voxels) < 2:
        raise WrongGeometry(f"{instance.origin}: one slice; need at least two")
    return Volume(series_uid=instance.series_uid, voxels=found.voxels, affine=found.affine)


def image_of(instance: Instance, *, max_pixels_bytes: int) -> Any:  # noqa: ANN401 - as _header
    """Return the file as nibabel reads it: axes, affine and header as they are in it."""
    with _our_errors():
        header = _header(_head(instance.content))
        return _image(_inflated(instance.content, header, max_pixels_bytes))


def _oriented(instance: Instance, max_pixels_bytes: int) -> _Oriented:
    """Decode a file and turn its axes to the nearest of superior, posterior and left."""
    with _our_errors():
        header = _header(_head(instance.content))
        shape = _spatial_shape(header)
        needed = int(np.prod(shape, dtype=np.float64)) * _FLOAT32_BYTES
        if needed > max_pixels_bytes:
            raise TooLarge(
                f"the header claims {' x '.join(map(str, shape))} voxels, {needed} bytes; the "
                f"limit is {max_pixels_bytes}"
            )
        image = _image(_inflated(instance.content, header, max_pixels_bytes))
        values = np.asarray(image.dataobj, dtype=np.float32).reshape(shape)
        if not np.isfinite(values).all():
            raise NotReadable("some voxels are no finite numbers; convert the image again")
        ras = np.asarray(image.affine, dtype=np.float64)
        turn = ornt_transform(io_orientation(ras), axcodes2ornt(("L", "P", "S")))
        turned = np.asarray(apply_orientation(values, turn))
        lps = _RAS_TO_LPS @ ras @ np.asarray(inv_ornt_aff(turn, shape))
    # From (to the left, to the back, to the head) to (slices, rows, columns).
    voxels = np.ascontiguousarray(turned.transpose(2, 1, 0), dtype=np.float32)
    return _Oriented(voxels, lps[:, [2, 1, 0, 3]], _is_placed(header))


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn nibabel's errors into ours."""
    with recovered_faults():
        try:
            yield
        except OslerError:
            raise
        except _DAMAGE as error:
            raise NotReadable(
                f"the NIfTI file cannot be read ({error}); it is damaged or cut short, send it "
                "again"
            ) from error


def _head(content: bytes) -> bytes:
    """Return the header's bytes."""
    if not content.startswith(GZIP):
        return content[:NIFTI_HEADER_BYTES]
    return zlib.decompressobj(GZIP_WINDOW).decompress(content, NIFTI_HEADER_BYTES)


def _header(head: bytes) -> Any:  # noqa: ANN401 - nibabel's headers share no typed root
    """Parse a NIfTI-1 or NIfTI-2 header."""
    second = 540 in (int.from_bytes(head[:4], "little"), int.from_bytes(head[:4], "big"))
    magic = head[4:7] if second else head[344:347]
    if magic.startswith(b"ni"):
        raise NotSupported(
            "the NIfTI header lies apart from its image (.hdr and .img); convert it to one file "
            "(.nii)"
        )
    kind = nib.Nifti2Header if second else nib.Nifti1Header
    return kind(head[: kind.template_dtype.itemsize])


def _spatial_shape(header: Any) -> tuple[int, int, int]:  # noqa: ANN401 - as _header
    """Return columns, rows and slices; refuse what has time, colour or complex numbers."""
    shape = tuple(int(size) for size in header.get_data_shape())
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) != 3 or min(shape) < 1:
        raise NotSupported(
            f"the NIfTI image has shape {shape}, Osler reads three dimensions; split it first"
        )
    if header.get_data_dtype().kind not in "iuf":
        raise NotSupported("the NIfTI image holds colours or complex numbers; need one real value")
    return (shape[0], shape[1], shape[2])


def _is_placed(header: Any) -> bool:  # noqa: ANN401 - as _header
    """Tell whether sform or qform says how the voxels lie in the patient."""
    return int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0


def _inflated(content: bytes, header: Any, most: int) -> bytes:  # noqa: ANN401 - as _header
    """Return the bytes without gzip, of not more than the header describes and the limit."""
    voxels = int(np.prod([float(size) for size in header.get_data_shape()]))
    needed = int(header["vox_offset"]) + voxels * int(header.get_data_dtype().itemsize)
    if not content.startswith(GZIP):
        held = content
    else:
        if needed > 2 * most + _PIECE:
            raise TooLarge(f"the NIfTI file inflates to {needed} bytes, beyond the limit")
        inflater = zlib.decompressobj(GZIP_WINDOW)
        held = inflater.decompress(content, max(needed, NIFTI_HEADER_BYTES))
    if len(held) < needed:
        raise NotReadable(
            f"the NIfTI file holds {len(held)} bytes, its header describes {needed}; it is cut "
            "short, send it again"
        )
    return held


def _image(content: bytes) -> Any:  # noqa: ANN401 - nibabel's images share no typed root
    """Parse a whole file."""
    second = 540 in (int.from_bytes(content[:4], "little"), int.from_bytes(content[:4], "big"))
    return (nib.Nifti2Image if second else nib.Nifti1Image).from_bytes(content)
