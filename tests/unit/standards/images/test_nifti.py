"""NIfTI volumes: from RAS to LPS, whatever way the axes run."""

import gzip
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from osler.errors import NotReadable, NotSupported, TooLarge, WrongGeometry
from osler.standards.pictures import decode, decode_first, read_content, to_volume

NIFTI_1: Any = nib.Nifti1Image  # untyped in nibabel

VOXELS = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
STRAIGHT = np.diag([2.0, 3.0, 4.0, 1.0])
SAGITTAL = np.array([[0, 0, 4, 10], [2, 0, 0, 20], [0, -3, 0, 30], [0, 0, 0, 1]], dtype=float)


def a_nifti(affine: np.ndarray | None, voxels: np.ndarray = VOXELS) -> bytes:
    """Return the bytes of a NIfTI-1 file."""
    return bytes(NIFTI_1(voxels, affine).to_bytes())


@pytest.mark.parametrize("affine", [STRAIGHT, SAGITTAL], ids=["straight", "sagittal"])
@pytest.mark.parametrize("packed", [False, True], ids=[".nii", ".nii.gz"])
def test_each_voxel_lies_where_the_file_says(affine: np.ndarray, packed: bool) -> None:
    """Left and right swapped, the wrong side is operated on."""
    content = gzip.compress(a_nifti(affine)) if packed else a_nifti(affine)
    instance = read_content(content, origin="brain.dat")
    assert instance.media_type == "application/nifti"
    volume = to_volume([instance])
    for index in np.ndindex(VOXELS.shape):
        place = RAS_TO_LPS @ affine @ np.array([*index, 1.0])
        found = np.linalg.solve(volume.affine, place)[:3].round().astype(int)
        assert volume.voxels[tuple(found)] == VOXELS[index]


def test_slices_are_axial_with_left_on_the_right() -> None:
    """Shown the other way round than DICOM, a film and a slice contradict each other."""
    volume = to_volume([read_content(a_nifti(SAGITTAL), origin="x")])
    assert (np.diag(volume.affine[:3, [2, 1, 0]]) > 0).all()
    pictures = decode(read_content(a_nifti(SAGITTAL), origin="x"))
    assert len(pictures) == 3
    assert pictures[0].spacing_mm == (2.0, 4.0)
    assert pictures[0].window == (0.0, 23.0)


def test_a_file_without_orientation_is_shown_but_is_no_volume() -> None:
    """Without sform and qform nobody knows which side is left."""
    instance = read_content(a_nifti(None), origin="x")
    assert instance.warnings == (
        "the NIfTI header states no orientation: left and right are not known",
    )
    assert len(decode(instance)) == 4
    with pytest.raises(WrongGeometry, match="x: neither sform nor qform is set"):
        to_volume([instance])


def test_scaling_is_applied() -> None:
    """Stored integers are not the measured values."""
    image = NIFTI_1(VOXELS.astype(np.float32) / 2, STRAIGHT)
    image.set_data_dtype(np.int16)
    shown = decode_first(read_content(image.to_bytes(), origin="x"))
    assert shown.pixels.max() == pytest.approx((VOXELS[..., 0] / 2).max(), abs=1e-3)


@pytest.mark.parametrize("packed", [False, True], ids=[".nii", ".nii.gz"])
def test_a_truncated_file_is_refused(packed: bool) -> None:
    """Missing slices must not be read as empty ones."""
    content = a_nifti(STRAIGHT)
    cut = gzip.compress(content[:-7]) if packed else content[:-7]
    with pytest.raises(NotReadable, match="holds 393 bytes, its header describes 400"):
        decode(read_content(cut, origin="x"))


def test_four_dimensions_are_refused() -> None:
    """A time series is not one volume."""
    content = a_nifti(STRAIGHT, np.zeros((2, 2, 2, 3), dtype=np.int16))
    with pytest.raises(NotSupported, match="reads three dimensions"):
        read_content(content, origin="x")


def test_a_volume_beyond_the_limit_is_refused() -> None:
    """A header's claim must not take all memory."""
    with pytest.raises(TooLarge, match="claims 2 x 3 x 4 voxels, 96 bytes; the limit is 95"):
        decode(read_content(a_nifti(STRAIGHT), origin="x"), max_pixels_bytes=95)
