"""Label maps as NIfTI files, on the grid that they belong to."""

import gzip
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
import pytest

from osler.clinical import Instance, SeriesUid, Volume
from osler.errors import WrongGeometry
from osler.standards.images import label_file, label_file_like, read_image, to_volume

NIFTI_1: Any = nib.Nifti1Image  # untyped in nibabel
TURNED: Any = nib.eulerangles.euler2mat

# Columns to the front, rows to the head, slices to the right: all axes swapped, one turned over,
# the whole tilted by some degrees, voxels of 0.9 x 1.2 x 4 mm.
TILT = TURNED(0.2, -0.1, 0.15)
AXES = np.array([[0.0, 0.0, -4.0], [0.9, 0.0, 0.0], [0.0, 1.2, 0.0]])


def _file() -> tuple[Instance, npt.NDArray[np.int16], npt.NDArray[np.float64]]:
    """Return a tilted anisotropic file, its stored values and its affine."""
    affine = np.eye(4)
    affine[:3, :3] = TILT @ AXES
    affine[:3, 3] = (33.0, -20.0, 7.0)
    stored = np.arange(7 * 6 * 5, dtype=np.int16).reshape(7, 6, 5)
    image = NIFTI_1(stored, affine)
    image.set_sform(affine, code=2)
    image.set_qform(affine, code=1)
    return read_image(gzip.compress(image.to_bytes()), origin="tilted.nii.gz"), stored, affine


def test_a_mask_lies_voxel_by_voxel_on_the_file_that_it_was_made_for() -> None:
    """A viewer lays the two on each other by their headers alone."""
    instance, stored, affine = _file()
    labels = (to_volume(instance).voxels % 3).astype(np.uint8)
    written = NIFTI_1.from_bytes(gzip.decompress(label_file_like(labels, instance)))
    np.testing.assert_array_equal(np.asarray(written.dataobj), stored % 3)
    np.testing.assert_allclose(written.affine, affine, atol=1e-5)
    assert written.get_data_dtype() == np.uint8
    assert int(written.header["sform_code"]) == 2
    assert int(written.header["qform_code"]) == 1


def test_a_mask_that_is_read_again_is_the_mask_that_was_written() -> None:
    """What was stored yesterday is compared with today's."""
    instance, _, _ = _file()
    volume = to_volume(instance)
    labels = (volume.voxels > 90).astype(np.uint8)
    again = to_volume(read_image(label_file_like(labels, instance), origin="mask.nii.gz"))
    np.testing.assert_array_equal(again.voxels, labels)
    np.testing.assert_allclose(again.affine, volume.affine, atol=1e-4)


def test_a_mask_of_a_series_lies_where_the_series_lies() -> None:
    """A DICOM series has no NIfTI file of its own: its affine decides."""
    volume = to_volume(_file()[0])
    labels = (volume.voxels % 2).astype(np.uint8)
    written = NIFTI_1.from_bytes(gzip.decompress(label_file(labels, volume)))
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine @ np.array([2.0, 4.0, 3.0, 1.0])
    np.testing.assert_allclose(written.affine @ [3.0, 4.0, 2.0, 1.0], ras, atol=1e-4)
    assert np.asarray(written.dataobj)[3, 4, 2] == labels[2, 4, 3]


def test_a_mask_of_another_shape_is_refused() -> None:
    """It was made for another file."""
    instance, _, _ = _file()
    with pytest.raises(WrongGeometry, match="outline this very file"):
        label_file_like(np.zeros((5, 6, 8), dtype=np.uint8), instance)
    volume = Volume(SeriesUid("2.25.3"), np.zeros((2, 3, 4), dtype=np.float32), np.eye(4))
    with pytest.raises(WrongGeometry, match="need one grid"):
        label_file(np.zeros((2, 3, 5), dtype=np.uint8), volume)


def test_the_same_labels_give_the_same_bytes() -> None:
    """A file named by its hash must not change with the clock."""
    instance, _, _ = _file()
    labels = np.zeros(to_volume(instance).voxels.shape, dtype=np.uint8)
    assert label_file_like(labels, instance) == label_file_like(labels, instance)
